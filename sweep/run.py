"""The coordinator: a space file becomes finished trials in the ledger, MLflow and a table.

`run` reads like the program: open the ledger, start the workers and MLflow, and then, until every trial
has ended, ask for a point, submit it, listen, prune, and write down what came of it.
"""

import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from types import FrameType

from sweep.analysis.table import append_row, export, table, write_whole
from sweep.best import keep_best, remove_weights, weights_file, write_best
from sweep.console import View
from sweep.data.dataset import DataSummary
from sweep.errors import InputError, Interrupted, NothingSucceeded, StoreError
from sweep.execute.seam import PUBLISHER, Ended, Evaluated, Event, Executor, Job, Started
from sweep.record import State, Trial, TrialRecord, ranking
from sweep.search.ledger import Facts, Ledger, new_id
from sweep.search.study import Handle, Study, derive_seed, storing
from sweep.shapes import parameters, plan
from sweep.spacefile import SpaceFile, parse
from sweep.spec import DataSpec, SweepSpec
from sweep.track import Identity, Tracker

TABLE = "trials.csv"

# How long the first trial waits for MLflow's store, in seconds; a slower one is written to as it answers.
STORE_PATIENCE = 20.0
# How long the end of a sweep waits for MLflow to have taken everything, in seconds.
FLUSH_PATIENCE = 60.0
INTERRUPT_PATIENCE = 10.0


@dataclass(frozen=True)
class Options:
    """What does not change a result: where it goes, and how much of the machine is used."""

    results: Path
    tracking_uri: str
    workers: int
    flags: str = ""
    """How these were said on the command line, for a hint that repeats it."""


@dataclass(frozen=True)
class Outcome:
    """A sweep that has come to its end: its trials by number, and whether there was nothing to do."""

    records: tuple[TrialRecord, ...]
    folder: Path
    tracking_uri: str
    was_finished: bool

    def check_success(self) -> None:
        """Raises `NothingSucceeded`, with one of the causes, where no trial completed."""
        if not any(record.state is State.COMPLETE for record in self.records):
            cause = next((record.cause for record in self.records if record.cause), "every trial was pruned")
            what = f"the sweep has finished and no trial completed: {cause}"
            raise NothingSucceeded(what, f"sweep show {self.folder} lists the causes", str(self.folder))


@dataclass
class _Active:
    """A trial that was submitted: what is known of it, and Optuna's handle on it."""

    record: TrialRecord
    handle: Handle | None
    has_started: bool = False
    pruned: bool = False


@dataclass
class _Sweep:
    """Everything that a running sweep consists of."""

    spec: SweepSpec
    ledger: Ledger
    study: Study
    executor: Executor
    tracker: Tracker
    view: View
    data: DataSummary
    records: list[TrialRecord]
    waiting: list[TrialRecord]
    active: dict[int, _Active] = field(default_factory=dict)

    @property
    def table_file(self) -> Path:
        return self.ledger.folder / TABLE

    @property
    def is_finished(self) -> bool:
        """Whether every trial has ended, and no process of one is left."""
        return len(self.records) >= self.spec.search.trials and not self.active

    @property
    def wants_another(self) -> bool:
        """Whether a worker is free and a trial is left for it."""
        planned = len(self.records) + sum(not active.pruned for active in self.active.values())
        return planned < self.spec.search.trials and len(self.active) < self.executor.capacity


def run(
    file: SpaceFile, path: Path, options: Options, view: View, start_executor: Callable[[DataSpec, int], Executor]
) -> Outcome:
    """Runs the sweep of `file` to its total number of trials, or goes on where it stopped.

    Raises `SweepError`: among others `InputError` where the folder holds another sweep of this name, and
    `Interrupted` after SIGINT or SIGTERM.
    """
    spec = file.spec
    with ExitStack() as stack:
        ledger = stack.enter_context(Ledger.open_to_write(options.results / spec.name))
        facts = ledger.facts()
        if facts is not None:
            _check_same_sweep(spec, facts, ledger)
            records = ledger.records()
            if facts.completed and sum(r.state.is_finished for r in records) >= spec.search.trials:
                if not (ledger.folder / TABLE).exists():
                    write_whole(ledger.folder / TABLE, export(table(spec, records), "csv"))
                return Outcome(tuple(records), ledger.folder, facts.tracking_uri, was_finished=True)

        check_signals = stack.enter_context(_signals(f"sweep run {path}{options.flags}"))
        executor = start_executor(spec.data, options.workers)
        stack.callback(executor.close)
        data = _wait_for_data(executor, check_signals)
        file.check_shapes(data.shape)

        tracker = Tracker(options.tracking_uri)
        stack.callback(tracker.close)
        stack.callback(view.close)
        stack.enter_context(storing(ledger.path))
        if facts is not None and facts.versions != _versions():
            view.note(f"this sweep began with other versions ({_said(facts.versions)}): its table mixes them")
        facts = _begin(spec, path, ledger, facts, data, options)
        study = Study(spec, ledger, data.shape)
        if not tracker.opened(STORE_PATIENCE):
            view.note(f"MLflow has not answered within {STORE_PATIENCE:.0f} s; the sweep goes on without waiting")

        sweep = _prepare(spec, ledger, study, executor, tracker, view, data)
        tracker.begin(Identity(facts.id, spec, data, facts.versions), tuple(sweep.records))
        view.begin(spec, sweep.records, executor.capacity)
        try:
            while not sweep.is_finished:
                while sweep.wants_another:
                    _submit_next(sweep)
                for event in executor.events():
                    _handle(sweep, event)
                check_signals()
            _finish(sweep, facts, options, check_signals)
        except BaseException as error:
            executor.close()
            tracker.finish("KILLED" if isinstance(error, Interrupted) else "FAILED", [], {})
            tracker.wait(INTERRUPT_PATIENCE)
            raise
        view.close()
        if tracker.failure is None:
            ledger.begin(replace(facts, completed=True))
        else:
            view.note(f"MLflow lacks something, and the same command tries again: {tracker.store_error().problems[0]}")
        return Outcome(tuple(sweep.records), ledger.folder, options.tracking_uri, was_finished=False)


def _check_same_sweep(spec: SweepSpec, facts: Facts, ledger: Ledger) -> None:
    """Raises `InputError` where the ledger is that of another space file; only the number of trials and of
    kept weights may change."""
    before = parse(facts.source, Path(facts.path)).spec
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
            f"{ledger.folder} holds a sweep of this name with another {' and '.join(differing)}",
            "give this one another name; of a sweep that has begun, only trials and keep can change",
            str(ledger.folder / "space.yaml"),
        )


@contextmanager
def _signals(command: str) -> Iterator[Callable[[], None]]:
    """Gives a function that raises `Interrupted` once SIGINT or SIGTERM has arrived. A second signal ends
    the process at once."""
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
    spec: SweepSpec, path: Path, ledger: Ledger, before: Facts | None, data: DataSummary, options: Options
) -> Facts:
    """Writes down what this sweep is. Raises `StoreError` where its data have changed since it began."""
    if before is not None and before.fingerprint != data.fingerprint:
        raise StoreError("the data have changed since this sweep began", "give the sweep another name", spec.data.label)
    facts = Facts(
        id=before.id if before else new_id(),
        source=spec.source,
        path=str(path.resolve()),
        fingerprint=data.fingerprint,
        tracking_uri=options.tracking_uri,
        versions=_versions(),
        created=before.created if before else time.time(),
    )
    ledger.begin(facts)
    write_whole(ledger.folder / "space.yaml", spec.source.encode())
    return facts


def _versions() -> Mapping[str, str]:
    names = {"sweep": "cnn-sweep"}
    return {name: version(names.get(name, name)) for name in ("sweep", "tensorflow", "keras", "optuna", "mlflow")}


def _said(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in versions.items())


def _prepare(
    spec: SweepSpec, ledger: Ledger, study: Study, executor: Executor, tracker: Tracker, view: View, data: DataSummary
) -> _Sweep:
    """The sweep as the ledger has it; trials that were interrupted wait to be run again, as many as there
    is room for."""
    records = ledger.records()
    finished = [r for r in records if r.state.is_finished]
    interrupted = [r for r in records if not r.state.is_finished]
    room = max(spec.search.trials - len(finished), 0)
    ledger.forget(r.trial.number for r in interrupted[room:])
    interrupted = interrupted[:room]
    sweep = _Sweep(spec, ledger, study, executor, tracker, view, data, finished, interrupted)
    write_whole(sweep.table_file, export(table(spec, finished), "csv"))
    return sweep


def _submit_next(sweep: _Sweep) -> None:
    """Submits an interrupted trial, else the next baseline, else what the sampler suggests."""
    if sweep.waiting:
        trial = sweep.waiting.pop(0).trial
        optuna = sweep.ledger.optuna_numbers().get(trial.number)
        handle = None if optuna is None else sweep.study.resume(optuna)
    else:
        trial, handle = _next_trial(sweep)
    record = sweep.ledger.start(trial, handle.number if handle else None)
    sweep.active[trial.number] = _Active(record, handle)
    sweep.executor.submit(
        Job(
            number=trial.number,
            point=trial.point,
            seed=trial.seed,
            interval=sweep.spec.evaluation_interval,
            threads=sweep.spec.search.threads,
            weights=weights_file(sweep.ledger.folder, trial.number),
        )
    )


def _next_trial(sweep: _Sweep) -> tuple[Trial, Handle | None]:
    known = [*sweep.records, *(active.record for active in sweep.active.values())]
    number = max((r.trial.number for r in known), default=-1) + 1
    begun = {r.trial.baseline for r in known}
    baseline = next((b for b in sweep.spec.baselines if b.name not in begun), None)
    suggestion = sweep.study.suggest() if baseline is None else sweep.study.baseline(baseline.point)
    layers = plan(suggestion.point, sweep.data.shape, len(sweep.data.classes))
    seed = derive_seed(sweep.spec.search.seed, "trial", number)
    name = baseline.name if baseline else None
    return Trial(number, number, suggestion.point, seed, parameters(layers), name), suggestion.handle


def _handle(sweep: _Sweep, event: Event) -> None:
    """Takes one event of a trial to the study, the ledger, MLflow and the view."""
    active = sweep.active.get(event.number)
    if active is None:
        return
    match event:
        case Started():
            _started(sweep, active)
        case Evaluated() if not active.pruned:
            _evaluated(sweep, active, event)
        case Evaluated():
            # It went on for as long as the verdict took.
            pass
        case Ended():
            _ended(sweep, active, event)


def _started(sweep: _Sweep, active: _Active) -> None:
    active.has_started = True
    active.record = replace(active.record, started=time.time())
    sweep.tracker.start(active.record, sweep.spec.flat(active.record.trial.point))
    sweep.view.started(active.record)


def _evaluated(sweep: _Sweep, active: _Active, event: Evaluated) -> None:
    """An evaluation; the trial is pruned if it fell behind, but never at its last step, and no baseline."""
    trial, evaluation = active.record.trial, event.evaluation
    active.record = replace(active.record, evaluations=(*active.record.evaluations, evaluation), steps=evaluation.step)
    sweep.tracker.evaluation(trial.number, evaluation)
    sweep.view.evaluated(active.record)
    if active.handle is not None:
        value = evaluation.metric(sweep.spec.objective.metric)
        behind = sweep.study.report(active.handle, evaluation.step, value)
        if behind and evaluation.step < trial.point.steps and trial.baseline is None:
            # The verdict is written down at once; the process is told to stop, and gone a little later.
            active.pruned = True
            sweep.executor.stop(trial.number)
            _conclude(sweep, active, replace(active.record, state=State.PRUNED))


def _ended(sweep: _Sweep, active: _Active, event: Ended) -> None:
    """A trial's process is gone, and its worker is free."""
    del sweep.active[event.number]
    if active.pruned:
        remove_weights(sweep.ledger.folder, event.number)
        return
    if not active.has_started:
        _started(sweep, active)
    state, cause = event.state, event.cause
    if state is State.PRUNED:
        state, cause = State.FAILED, "stopped from outside"
    steps = active.record.steps if event.step is None else event.step
    _conclude(sweep, active, replace(active.record, state=state, cause=cause, steps=steps))


def _conclude(sweep: _Sweep, active: _Active, record: TrialRecord) -> None:
    """The end of a trial: first the ledger, then everything that is derived from it."""
    record = replace(record, seconds=time.time() - record.started)
    sweep.ledger.finish(record)
    sweep.records.append(record)
    append_row(sweep.table_file, sweep.spec, record)
    if active.handle is not None:
        sweep.study.tell(active.handle, record)
    keep_best(sweep.ledger.folder, record, ranking(sweep.records, sweep.spec.objective), sweep.spec.search.keep)
    sweep.tracker.end(record)
    sweep.view.ended(record)


def _finish(sweep: _Sweep, facts: Facts, options: Options, check_signals: Callable[[], None]) -> None:
    """The sorted table, the best network, and MLflow's parent run."""
    sweep.records.sort(key=lambda r: r.trial.number)
    write_whole(sweep.table_file, export(table(sweep.spec, sweep.records), "csv"))
    best = ranking(sweep.records, sweep.spec.objective)
    metrics: dict[str, float] = {}
    if best:
        write_best(sweep.ledger.folder, sweep.spec, best[0])
        metric = sweep.spec.objective.metric
        metrics = {f"best_{metric}": best[0].metric(metric) or 0.0}
        _publish(sweep, best[0], facts, options, check_signals)
    sweep.tracker.repair(tuple(sweep.records))
    sweep.tracker.finish("FINISHED", [sweep.ledger.folder / "space.yaml", sweep.table_file], metrics)
    if not sweep.tracker.wait(FLUSH_PATIENCE, check_signals):
        sweep.view.note(f"MLflow has not taken everything within {FLUSH_PATIENCE:.0f} s")


def _publish(
    sweep: _Sweep, best: TrialRecord, facts: Facts, options: Options, check_signals: Callable[[], None]
) -> None:
    """Logs the best network to the parent run, in a process that holds Keras and MLflow."""
    weights = weights_file(sweep.ledger.folder, best.trial.number)
    if (
        not sweep.tracker.wait(FLUSH_PATIENCE, check_signals)
        or sweep.tracker.parent_run is None
        or not weights.exists()
    ):
        return
    sweep.executor.publish(
        {
            "point": best.trial.point.model_dump(),
            "weights": str(weights),
            "tracking_uri": options.tracking_uri,
            "run_id": sweep.tracker.parent_run,
            "metadata": {
                "sweep": sweep.spec.name,
                "trial": best.trial.number,
                "seed": best.trial.seed,
                "classes": list(sweep.data.classes),
                "input": "images scaled to 0..1 by 255",
                "output": "logits",
                "data_fingerprint": facts.fingerprint,
            },
        }
    )
    sweep.view.note("logging the best network to MLflow")
    ended: Sequence[Ended] = ()
    while not ended:
        ended = [e for e in sweep.executor.events() if isinstance(e, Ended) and e.number == PUBLISHER]
        check_signals()
    if ended[0].state is not State.COMPLETE:
        sweep.view.note(f"the best network could not be logged to MLflow: {ended[0].cause}")
