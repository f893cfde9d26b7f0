"""The coordinator: a space file becomes finished trials in the ledger, MLflow and a table.

`run` reads like the program: open the ledger, start the workers and MLflow, and then, until every
trial has ended, ask for a point, submit it, listen, prune, and write down what came of it.
"""

import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from types import FrameType

from sweep.analysis.rows import csv_table
from sweep.data.line import data_line, warnings
from sweep.engine.finish import best_score, finish, keep_so_far
from sweep.engine.trials import TABLE, Sweep, handle, submit_wanted
from sweep.engine.view import View
from sweep.errors import InputError, Interrupted, NothingSucceeded, StoreError
from sweep.execute import machine
from sweep.execute.seam import Executor
from sweep.files import write_whole
from sweep.search.study import Study, storing
from sweep.secrets import HIDDEN, without_secrets
from sweep.space.design import by_configuration
from sweep.space.hyperparams import (
    EARLIER_DEFAULTS,
    KNOBS,
    NEWEST_DEFAULTS,
    ByOptimizer,
    exact,
    idle,
)
from sweep.space.notes import notes
from sweep.space.spec import SweepSpec
from sweep.spacefile.read import SpaceFile, parse
from sweep.store.ledger import Facts, Ledger, has_ledger, new_id
from sweep.store.weights import only_wanted
from sweep.track.tracker import Identity, Tracker
from sweep.track.uri import secret_is_missing
from sweep.trial.images import DataSummary
from sweep.trial.record import Standings, State, TrialRecord

# How long the first trial waits for MLflow's store, in seconds; a slower one is written to as it
# answers.
STORE_PATIENCE = 20.0
# How long an interrupted sweep waits for MLflow to have taken everything, in seconds.
INTERRUPT_PATIENCE = 10.0


@dataclass(frozen=True)
class Options:
    """What does not change a result: where it goes, and how much of the machine is used."""

    results: Path
    tracking_uri: str
    workers: int
    names_store: bool = True
    """Whether the person named MLflow's store, and it is not the default."""
    flags: str = ""
    """How these were said on the command line, for a hint that repeats it."""


@dataclass(frozen=True)
class Outcome:
    """A sweep that has come to its end: its trials by number, its data, and whether there was
    nothing to do."""

    spec: SweepSpec
    records: tuple[TrialRecord, ...]
    data: DataSummary
    folder: Path
    tracking_uri: str
    """MLflow's store, without secrets."""
    was_finished: bool

    def check_success(self) -> None:
        """Raises `NothingSucceeded`, with one of the causes, where no trial completed."""
        if not any(record.state is State.COMPLETE for record in self.records):
            cause = next(
                (record.cause for record in self.records if record.cause), "every trial was pruned"
            )
            what = f"the sweep has finished and no trial completed: {cause}"
            raise NothingSucceeded(
                what, f"sweep show {self.folder} lists the causes", str(self.folder)
            )


def run(file: SpaceFile, path: Path, options: Options, view: View, executor: Executor) -> Outcome:
    """Runs the sweep of `file` to its total number of trials, or goes on where it stopped. The
    caller closes `executor`, which an interruption does, too.

    Raises `SweepError`: among others `InputError` where the folder holds another sweep of this
    name, and `Interrupted` after SIGINT or SIGTERM.
    """
    with ExitStack() as stack:
        if not has_ledger(options.results / file.name):
            # Before anything is left behind; a sweep that has finished elsewhere needs no such
            # processor.
            file.check_precision(bfloat16_is_native=machine.has_native_bfloat16())
        ledger = stack.enter_context(Ledger.open_to_write(options.results / file.name))
        facts = ledger.facts()
        if facts is not None:
            spec = file.spec(facts.data.shape)
            _check_same_sweep(spec, facts, ledger)
            if facts.completed and ledger.finished() >= spec.search.trials:
                records = ledger.records()
                if not (ledger.folder / TABLE).exists():
                    write_whole(ledger.folder / TABLE, csv_table(spec, records))
                where, uri = ledger.folder, facts.tracking_uri
                return Outcome(spec, tuple(records), facts.data, where, uri, was_finished=True)
            is_trained = ledger.finished() >= spec.search.trials
            _check_same_defaults(spec, facts, ledger, is_trained=is_trained)
            if not is_trained:
                # What is to come is trained with these, and what was trained is equal under both.
                facts = replace(facts, defaults=NEWEST_DEFAULTS)

        file.check_precision(bfloat16_is_native=machine.has_native_bfloat16())
        shown_uri = without_secrets(options.tracking_uri)
        moves_store = facts is not None and facts.tracking_uri != shown_uri
        if (
            facts is not None
            and moves_store
            and HIDDEN in facts.tracking_uri
            and not options.names_store
        ):
            raise secret_is_missing(facts.tracking_uri)
        check_signals = stack.enter_context(_signals(f"sweep run {path}{options.flags}"))
        stack.callback(view.close)
        stack.enter_context(storing(ledger.path))
        # A study of thousands of trials takes seconds to open; the data are read meanwhile, and
        # compared below.
        opened = (
            None
            if facts is None
            else stack.enter_context(closing(Study(spec, ledger, facts.data.shape)))
        )
        data = _wait_for_data(executor, check_signals)
        spec = file.spec(data.shape)

        tracker = Tracker(options.tracking_uri)
        stack.callback(tracker.close)
        if facts is not None and facts.versions != _versions():
            view.note(
                f"this sweep began with other versions ({_said(facts.versions)}): its table mixes "
                "them"
            )
        if facts is not None and moves_store:
            view.note(
                f"its runs so far are in another MLflow store, {facts.tracking_uri}: all are "
                "written to this one"
            )
        if facts is None:
            for line in notes(spec):
                view.note(line)
        facts = _begin(spec, path, ledger, facts, data, options)
        for line in (data_line(data), *warnings(data)):
            view.note(line)
        study = opened or stack.enter_context(closing(Study(spec, ledger, data.shape)))
        if not tracker.opened(STORE_PATIENCE):
            view.note(
                f"MLflow has not answered within {STORE_PATIENCE:.0f} s; the sweep goes on without "
                "waiting"
            )

        sweep = _prepare(spec, ledger, study, executor, tracker, view, data)
        tracker.begin(Identity(facts.id, spec, data, facts.versions), tuple(sweep.records))
        view.begin(spec, sweep.records, executor.capacity)
        try:
            submit_wanted(sweep)
            while not sweep.is_finished:
                for event in executor.events():
                    handle(sweep, event)
                    # At once, so that what the sampler knows follows from the order of the events
                    # alone.
                    submit_wanted(sweep)
                check_signals()
            finish(sweep, check_signals)
        except BaseException as error:
            executor.close()
            if isinstance(error, Interrupted):
                keep_so_far(sweep)
            tracker.finish(
                "KILLED" if isinstance(error, Interrupted) else "FAILED", [], best_score(sweep)
            )
            tracker.wait(INTERRUPT_PATIENCE)
            raise
        view.close()
        if tracker.failure is None:
            ledger.begin(replace(facts, completed=True))
        else:
            view.note(
                "MLflow lacks something, and the same command tries again: "
                f"{tracker.store_error().problems[0]}"
            )
        return Outcome(
            spec, tuple(sweep.records), data, ledger.folder, shown_uri, was_finished=False
        )


def _check_same_sweep(spec: SweepSpec, facts: Facts, ledger: Ledger) -> None:
    """Raises `InputError` where the ledger is that of another space file; only the number of trials
    and of kept weights may change."""
    before = parse(facts.source, Path(facts.path), as_run=True).spec(facts.data.shape)
    # Trials may be added; and data that have moved are known by their fingerprint.
    search = replace(before.search, trials=spec.search.trials, keep=spec.search.keep)
    data = replace(before.data, path=before.data.path and spec.data.path)
    same = replace(before, search=search, data=data)
    differing = [
        name
        for name in ("data", "space", "search", "objective", "baselines")
        if getattr(same, name) != getattr(spec, name)
    ]
    if differing:
        raise InputError(
            f"{ledger.folder} holds a sweep of this name with another "
            f"{_differing(same, spec, differing)}",
            "give this one another name; of a sweep that has begun, only trials and keep can "
            "change",
            str(ledger.folder / "space.yaml"),
        )


def _differing(before: SweepSpec, spec: SweepSpec, sections: Sequence[str]) -> str:
    """The sections that differ, for a person: the space with its hyperparameters, and without the
    baselines, which are made of it."""
    if "space" not in sections:
        return " and ".join(sections)
    spaces = [
        {name: [p for p in s.space.parameters if p.knob == name] for name in KNOBS}
        for s in (before, spec)
    ]
    names = [name for name in KNOBS if spaces[0][name] != spaces[1][name]]
    space = f"space ({', '.join(names)})" if names else "space"
    return " and ".join(
        space if name == "space" else name for name in sections if name != "baselines"
    )


def _check_same_defaults(
    spec: SweepSpec, facts: Facts, ledger: Ledger, *, is_trained: bool
) -> None:
    """Raises `InputError` where the sweep began with other defaults and these decided over a trial:
    what is still to be trained would differ from what was, by nothing that the file says. Raises
    it, too, where the configurations were counted otherwise, which alone matters where every trial
    `is_trained`: there may have been more of them."""
    if facts.defaults == NEWEST_DEFAULTS:
        return
    earlier = EARLIER_DEFAULTS[facts.defaults]
    planned = by_configuration(spec, facts.data.shape)
    differing: dict[str, str] = {}
    for trial in (record.trial for record in ledger.records()):
        own = planned.get(trial.configuration)
        now = spec.space.point(spec.space.draw_from(trial.point)) if own is None else own.point
        for knob in KNOBS:
            was, value = getattr(trial.point, knob), getattr(now, knob)
            if was == value or knob in idle(trial.point):
                continue
            if was != earlier.get(knob):
                before = (
                    f"configuration {trial.configuration} of this sweep had {knob} {exact(was)}"
                )
                raise InputError(
                    f"{before}, now it has {exact(value)}",
                    "give the sweep another name: the version that began it counted its "
                    "configurations otherwise",
                    str(ledger.folder),
                )
            under = (
                f" under {now.optimizer}" if isinstance(KNOBS[knob].default, ByOptimizer) else ""
            )
            differing.setdefault(
                knob, f"{knob} was {exact(was)} by default, now it is {exact(value)}{under}"
            )
    if differing and not is_trained:
        kept = ", ".join(f"{knob}: {exact(earlier[knob])}" for knob in differing)
        raise InputError(
            f"this sweep began when {'; '.join(differing.values())}",
            f"give the sweep another name; to train as before, write {kept}",
            str(ledger.folder),
        )


@contextmanager
def _signals(command: str) -> Iterator[Callable[[], None]]:
    """Gives a function that raises `Interrupted` once SIGINT or SIGTERM has arrived. A second
    signal ends the process at once."""
    arrived: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        arrived.append(number)
        signal.signal(number, signal.SIG_DFL)

    def check() -> None:
        if arrived:
            raise Interrupted(arrived[0], f"go on with: {command}")

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield check
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait_for_data(executor: Executor, check_signals: Callable[[], None]) -> DataSummary:
    while (data := executor.data()) is None:
        executor.events()
        check_signals()
    return data


def _begin(
    spec: SweepSpec,
    path: Path,
    ledger: Ledger,
    before: Facts | None,
    data: DataSummary,
    options: Options,
) -> Facts:
    """Writes down what this sweep is. Raises `StoreError` where its data have changed since it
    began."""
    if before is not None and before.data.fingerprint != data.fingerprint:
        raise StoreError(
            "the data have changed since this sweep began",
            "give the sweep another name",
            spec.data.label,
        )
    facts = Facts(
        id=before.id if before else new_id(),
        source=spec.source,
        path=str(path.resolve()),
        data=data,
        tracking_uri=options.tracking_uri,
        versions=_versions(),
        created=before.created if before else time.time(),
        defaults=before.defaults if before else NEWEST_DEFAULTS,
    )
    ledger.begin(facts)
    write_whole(ledger.folder / "space.yaml", spec.source.encode())
    return facts


def _versions() -> Mapping[str, str]:
    names = {"sweep": "cnn-sweep"}
    return {
        name: version(names.get(name, name))
        for name in ("sweep", "tensorflow", "keras", "optuna", "mlflow")
    }


def _said(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in versions.items())


def _prepare(
    spec: SweepSpec,
    ledger: Ledger,
    study: Study,
    executor: Executor,
    tracker: Tracker,
    view: View,
    data: DataSummary,
) -> Sweep:
    """The sweep as the ledger has it; trials that were interrupted wait to be run again, as many as
    there is room for."""
    records = ledger.records()
    finished = [r for r in records if r.state.is_finished]
    interrupted = [r for r in records if not r.state.is_finished]
    room = max(spec.search.trials - len(finished), 0)
    ledger.forget(r.trial.number for r in interrupted[room:])
    interrupted = interrupted[:room]
    planned = by_configuration(spec, data.shape)
    known = {record.trial.number: record.trial for record in (*finished, *interrupted)}
    standings = Standings(spec, finished)
    only_wanted(ledger.folder, standings, spec.search.keep)
    sweep = Sweep(
        spec,
        ledger,
        study,
        executor,
        tracker,
        view,
        data,
        finished,
        interrupted,
        planned,
        known,
        standings,
    )
    write_whole(sweep.table_file, csv_table(spec, finished))
    return sweep
