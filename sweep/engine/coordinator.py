"""The coordinator turns a space file into finished trials in the ledger, MLflow and a table.

`run` reads like the program. It opens the ledger; `_open` waits for the data, and opens MLflow's
store and the study. Then, until every trial has ended, `_train` asks for points, submits them,
listens, prunes and records.
"""

from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote

from sweep.data.line import data_line, warnings
from sweep.engine.finish import Ending, best_score, finish, keep_so_far
from sweep.engine.resume import begin, check_same, in_words, versions
from sweep.engine.sinks import LedgerSink, Sink, TableSink, TrackerSink, ViewSink, WeightsSink
from sweep.engine.trials import KnownSink, Parts, RunningSweep, handle, submit_wanted
from sweep.engine.view import View
from sweep.errors import NothingSucceeded
from sweep.execute import machine
from sweep.execute.drive import Executor, drive, nothing, wait_for_data
from sweep.search.study import Study, prepare, storing
from sweep.secrets import HIDDEN, without_secrets
from sweep.space import (
    Shape,
    SweepSpec,
    by_configuration,
    idle_constraints,
    notes_on,
    possible_trials,
    too_few,
)
from sweep.spacefile.read import SpaceFile
from sweep.store import Facts, KeptWeights, Ledger, has_ledger
from sweep.track.tracker import End, Identity, Tracker
from sweep.track.uri import secret_is_missing
from sweep.trial import DataSummary, Event, Standings, State, TrialRecord

TABLE = "trials.csv"
# Seconds that the first trial waits for MLflow's store. A slower store gets everything later.
STORE_PATIENCE = 20.0
# Seconds that an interrupted sweep waits for MLflow to take everything.
INTERRUPT_PATIENCE = 10.0


@dataclass(frozen=True)
class Options:
    """What does not change a result: where it is stored, and how much of the machine is used."""

    results: Path
    tracking_uri: str
    workers: int
    names_store: bool = True
    """Whether the person named MLflow's store, and it is not the default."""
    check: Callable[[], None] = nothing
    """Is called now and then. Any exception from it interrupts the sweep, which can go on later."""
    sinks: tuple[Sink, ...] = ()
    """Further places to which what becomes known of the trials goes."""


@dataclass(frozen=True)
class Outcome:
    """A finished sweep: its trials by number, its data, and whether there was nothing to do."""

    spec: SweepSpec
    records: tuple[TrialRecord, ...]
    data: DataSummary
    folder: Path
    tracking_uri: str
    """MLflow's store, without secrets."""
    was_finished: bool
    exhausted: bool = False
    """Whether it ended early, because every configuration of the space was tried."""

    def check_success(self) -> None:
        """Raises `NothingSucceeded` with one of the causes if no trial completed."""
        if any(record.state is State.COMPLETE for record in self.records):
            return
        folder = quote(str(self.folder))
        causes = [record.cause for record in self.records if record.cause]
        if causes:
            cause = causes[0]
            hint = f"sweep show {folder} lists the causes"
        else:
            cause = "every trial was pruned"
            hint = (
                "write a looser pruner, or pruner: none, and another name, and run that; "
                f"sweep export {folder} has every trial"
            )
        raise NothingSucceeded(
            f"the sweep has finished and no trial completed: {cause}", hint, str(self.folder)
        )


def run(file: SpaceFile, path: Path, options: Options, view: View, executor: Executor) -> Outcome:
    """Runs the sweep of `file` to its total number of trials, or continues it.

    The caller closes `executor`, also after an interruption. Raises `SweepError`, for example
    `InputError` if the folder holds another sweep of this name, and whatever `options.check`
    raises.
    """
    folder = options.results / file.name
    is_native = machine.has_native_bfloat16()
    with ExitStack() as stack:
        if not has_ledger(folder):
            # Before anything is written. A sweep that has finished elsewhere needs no such
            # processor.
            file.check_precision(bfloat16_is_native=is_native)
        ledger = stack.enter_context(Ledger.open_to_write(folder))
        facts = ledger.facts()
        spec: SweepSpec | None = None
        if facts is not None:
            spec = file.spec(facts.data.shape, facts.data.train, facts.data.class_count)
            facts = check_same(spec, facts, ledger)
            is_trained = facts.exhausted or ledger.finished() >= spec.search.trials
            if facts.completed and is_trained:
                return _as_it_is(spec, ledger, facts)
        file.check_precision(bfloat16_is_native=is_native)
        _check_store(facts, options)
        stack.callback(view.close)
        opened = _open(_Given(file, path, options, view, executor), ledger, spec, facts, stack)
        has_everything = _train(opened)
        view.close()
        return _outcome(opened, has_everything=has_everything)


@dataclass(frozen=True)
class _Given:
    """What the caller of `run` gave."""

    file: SpaceFile
    path: Path
    options: Options
    view: View
    executor: Executor


@dataclass(frozen=True)
class _Opened:
    """A sweep whose data are there, and whose stores are open."""

    facts: Facts
    sweep: RunningSweep
    parts: Parts
    ending: Ending


def _open(
    given: _Given, ledger: Ledger, spec: SweepSpec | None, facts: Facts | None, stack: ExitStack
) -> _Opened:
    """Waits for the data, and opens MLflow's store and the study, which `stack` closes. `spec` and
    `facts` are those of a sweep that began earlier."""
    view = given.view
    options = given.options
    stack.enter_context(storing(ledger.path))
    study: Study | None = None
    if spec is not None and facts is not None:
        # A study of thousands of trials takes seconds to open; the data are read meanwhile.
        study = stack.enter_context(closing(Study(spec, ledger, facts.data.shape)))
    prepare(given.file.sampler)
    data = wait_for_data(given.executor, options.check, view.reading)
    spec = given.file.spec(data.shape, data.train, data.class_count)
    tracker = Tracker(options.tracking_uri)
    stack.callback(tracker.close)
    _note_before(view, spec, facts, data.shape, options)
    facts = begin(spec, given.path, ledger, facts, data, options.tracking_uri)
    for line in (data_line(data), *warnings(data)):
        view.note(line)
    if study is None:
        study = stack.enter_context(closing(Study(spec, ledger, data.shape)))
    if not tracker.opened(STORE_PATIENCE):
        patience = f"MLflow has not answered within {STORE_PATIENCE:.0f} s"
        view.note(f"{patience}; the sweep goes on without waiting")
    sweep = _as_recorded(spec, ledger, data, is_exhausted=facts.exhausted)
    table = ledger.folder / TABLE
    ending = Ending(ledger.folder, table, given.executor, tracker, view, options.check)
    sinks = (*_sinks(sweep, ledger, facts, ending), *options.sinks)
    return _Opened(facts, sweep, Parts(ledger, study, given.executor, sinks), ending)


def _sinks(sweep: RunningSweep, ledger: Ledger, facts: Facts, ending: Ending) -> tuple[Sink, ...]:
    """Where outcomes go, in this order."""
    spec = sweep.spec
    return (
        LedgerSink(ledger),
        KnownSink(sweep),
        TableSink(ending.table, spec),
        WeightsSink(KeptWeights(ending.folder, sweep.standings, spec.search.keep)),
        TrackerSink(ending.tracker, Identity(facts.id, spec, sweep.data, facts.versions)),
        ViewSink(ending.view, _possible(spec, sweep.data.shape), ending.executor.capacity),
    )


def _possible(spec: SweepSpec, shape: Shape) -> SweepSpec:
    """The same sweep with no more trials than its space has, as far as that is known."""
    return replace(spec, search=replace(spec.search, trials=possible_trials(spec, shape)))


def _outcome(opened: _Opened, *, has_everything: bool) -> Outcome:
    """The sweep after its last trial; the ledger records whether MLflow `has_everything`."""
    sweep = opened.sweep
    tracker = opened.ending.tracker
    if tracker.failure is not None:
        cause = tracker.store_error().problems[0]
        opened.ending.view.note(
            f"MLflow lacks something, and the same command tries again: {cause}"
        )
    elif has_everything:
        facts = replace(opened.facts, completed=True, exhausted=sweep.is_exhausted)
        opened.parts.ledger.begin(facts)
    records = tuple(sweep.records)
    uri = without_secrets(opened.facts.tracking_uri)
    folder = opened.ending.folder
    return Outcome(sweep.spec, records, sweep.data, folder, uri, False, sweep.is_exhausted)


def _as_it_is(spec: SweepSpec, ledger: Ledger, facts: Facts) -> Outcome:
    """A sweep that had already finished; its table is rewritten if it is missing."""
    records = ledger.records()
    table = ledger.folder / TABLE
    if not table.exists():
        TableSink(table, spec).begin(records)
    uri = facts.tracking_uri
    return Outcome(spec, tuple(records), facts.data, ledger.folder, uri, True, facts.exhausted)


def _check_store(facts: Facts | None, options: Options) -> None:
    """Raises `InputError` if the store of the sweep needs a password that was not given."""
    if facts is None or options.names_store or HIDDEN not in facts.tracking_uri:
        return
    if facts.tracking_uri != without_secrets(options.tracking_uri):
        raise secret_is_missing(facts.tracking_uri)


def _note_before(
    view: View, spec: SweepSpec, facts: Facts | None, shape: Shape, options: Options
) -> None:
    """Prints notes before the first trial: how the file of a new sweep was read, or what changed
    since an old one began."""
    if facts is None:
        for line in (*notes_on(spec), *too_few(spec, shape), *idle_constraints(spec, shape)):
            view.note(line)
        return
    if facts.versions != versions():
        known = in_words(facts.versions)
        view.note(f"this sweep began with other versions ({known}): its table mixes them")
    if facts.tracking_uri != without_secrets(options.tracking_uri):
        view.note(
            f"its runs so far are in another MLflow store, {facts.tracking_uri}: all are written "
            "to this one"
        )


def _as_recorded(
    spec: SweepSpec, ledger: Ledger, data: DataSummary, *, is_exhausted: bool
) -> RunningSweep:
    """The sweep as the ledger has it. Interrupted trials wait to run again, up to the number of
    trials."""
    finished: list[TrialRecord] = []
    interrupted: list[TrialRecord] = []
    for record in ledger.records():
        if record.state.is_finished:
            finished.append(record)
        else:
            interrupted.append(record)
    room = max(spec.search.trials - len(finished), 0)
    waiting = interrupted[:room]
    ledger.forget(record.trial.number for record in interrupted[room:])
    begun = [record.trial for record in (*finished, *waiting)]
    return RunningSweep(
        spec=spec,
        data=data,
        planned=by_configuration(spec, data.shape),
        records=finished,
        waiting=waiting,
        known={trial.number: trial for trial in begun},
        standings=Standings(spec, finished),
        is_exhausted=is_exhausted,
    )


def _train(opened: _Opened) -> bool:
    """Trains the remaining trials, then finishes the sweep or handles an interruption. Returns
    whether MLflow has everything."""
    sweep = opened.sweep
    parts = opened.parts
    check = _Check(opened.ending.check)
    ending = replace(opened.ending, check=check)

    def take(event: Event) -> None:
        handle(sweep, parts, event)
        # At once: the sampler's knowledge then depends on the order of the events alone.
        submit_wanted(sweep, parts)

    try:
        for sink in parts.sinks:
            sink.begin(tuple(sweep.records))
        submit_wanted(sweep, parts)
        drive(parts.executor, take, lambda: sweep.is_finished, check)
        if sweep.is_exhausted:
            # Already now: MLflow may fail to take everything.
            parts.ledger.begin(replace(opened.facts, exhausted=True))
        return finish(sweep, ending)
    except BaseException as error:
        parts.executor.close()
        was_interrupted = check.has_raised or isinstance(error, KeyboardInterrupt)
        if was_interrupted:
            keep_so_far(sweep, ending.folder, ending.view)
        end: End = "interrupted" if was_interrupted else "failed"
        ending.tracker.finish(end, [], best_score(sweep))
        ending.tracker.wait(INTERRUPT_PATIENCE)
        raise


class _Check:
    """The caller's check. Whatever it raises is an interruption."""

    def __init__(self, check: Callable[[], None]) -> None:
        self._check = check
        self.has_raised = False

    def __call__(self) -> None:
        try:
            self._check()
        except BaseException:
            self.has_raised = True
            raise
