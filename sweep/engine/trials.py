"""The trials of a running sweep: which ones to submit, and how their events are handled."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sweep.engine.sinks import Sink
from sweep.execute.drive import Executor
from sweep.search.study import Handle, Study, Suggestion, derive_seed
from sweep.space import Planned, SweepSpec, Value, parameters, plan
from sweep.store import Ledger, remove_weights, weights_file
from sweep.trial import (
    DataSummary,
    Done,
    Ended,
    Evaluated,
    Event,
    Finishing,
    Improvement,
    Loaded,
    Reading,
    Standings,
    Started,
    State,
    Trace,
    Traced,
    Train,
    Trial,
    TrialRecord,
    best_step,
)


@dataclass
class Active:
    """A submitted trial: its record so far, and Optuna's handle on it."""

    record: TrialRecord
    handle: Handle | None
    has_started: bool = False
    pruned: bool = False
    finishing: bool = False
    traces: list[Trace] = field(default_factory=list)


@dataclass
class RunningSweep:
    """The state of a running sweep and its trials."""

    spec: SweepSpec
    data: DataSummary
    planned: Mapping[int, Planned]
    """The configurations that the file itself names, by their number."""
    records: list[TrialRecord]
    """The trials that have ended."""
    waiting: list[TrialRecord]
    """The trials that were interrupted, and are to be run again."""
    known: dict[int, Trial]
    """Every trial that was begun, by its number."""
    standings: Standings
    """The configurations of the trials that have ended, the best first."""
    next_number: int = 0
    """No number below it is free."""
    active: dict[int, Active] = field(default_factory=dict)
    is_exhausted: bool = False
    """Whether every configuration of the space was tried."""
    tried: set[tuple[Value, ...]] = field(init=False)
    """What the trials that were begun mean (`Space.meaning`)."""

    def __post_init__(self) -> None:
        self.tried = {self.spec.space.meaning(trial.point) for trial in self.known.values()}

    @property
    def is_finished(self) -> bool:
        """Whether every trial has ended, and no process of a trial is left."""
        is_whole = len(self.records) >= self.spec.search.trials
        return (is_whole or self.is_exhausted) and not self.active

    def wants_another(self, capacity: int) -> bool:
        """Whether one of `capacity` workers is free, or about to be, and a trial is left for it."""
        active = [trial for trial in self.active.values() if not trial.pruned]
        planned = len(self.records) + len(active)
        busy = sum(not trial.finishing for trial in active)
        is_left = planned < self.spec.search.trials and not self.is_exhausted
        return is_left and busy < capacity

    def begin(self, trial: Trial) -> None:
        """Notes that a trial begins."""
        self.known[trial.number] = trial
        self.tried.add(self.spec.space.meaning(trial.point))

    def free_number(self) -> int:
        """The first number that no trial has."""
        while self.next_number in self.known:
            self.next_number += 1
        return self.next_number


@dataclass(frozen=True)
class KnownSink:
    """Updates the trials known in memory. It comes after the ledger: what was not recorded is not
    known."""

    sweep: RunningSweep

    def begin(self, finished: Sequence[TrialRecord]) -> None: ...

    def started(self, record: TrialRecord) -> None: ...

    def evaluated(self, record: TrialRecord) -> None: ...

    def ended(self, record: TrialRecord, traces: Sequence[Trace]) -> None:  # noqa: ARG002 a Sink
        self.sweep.records.append(record)
        self.sweep.standings.add(record)


@dataclass(frozen=True)
class Parts:
    """The parts of a running sweep. Every outcome goes to `sinks`, in their order."""

    ledger: Ledger
    study: Study
    executor: Executor
    sinks: tuple[Sink, ...]


def submit_wanted(sweep: RunningSweep, parts: Parts) -> None:
    """Submits a trial for every worker that is free, or about to be."""
    while sweep.wants_another(parts.executor.capacity):
        _submit_next(sweep, parts)


def _submit_next(sweep: RunningSweep, parts: Parts) -> None:
    """Submits an interrupted trial, else another training of a configuration, else a new one.

    A new configuration is a planned one, or one that the sampler suggests. Without any left, the
    space is exhausted, and nothing is submitted.
    """
    if sweep.waiting:
        found = _interrupted_trial(sweep, parts)
    else:
        found = _next_trial(sweep, parts.study)
    if found is None:
        sweep.is_exhausted = True
        return
    trial, handle = found
    record = parts.ledger.start(trial, handle.number if handle else None)
    sweep.active[trial.number] = Active(record, handle)
    task = Train(
        number=trial.number,
        point=trial.point,
        seed=trial.seed,
        evaluate_at=sweep.spec.grid.steps(trial.point),
        threads=sweep.spec.search.threads,
        weights=weights_file(parts.ledger.folder, trial.number),
        objective=sweep.spec.objective,
        patience=sweep.spec.search.patience,
    )
    parts.executor.submit(task)


def _interrupted_trial(sweep: RunningSweep, parts: Parts) -> tuple[Trial, Handle | None] | None:
    trial = sweep.waiting.pop(0).trial
    optuna = parts.ledger.optuna_number(trial.number)
    if optuna is None:
        return trial, None
    return trial, parts.study.resume(optuna)


def _next_trial(sweep: RunningSweep, study: Study) -> tuple[Trial, Handle | None] | None:
    """The trial with the first free number; None if the space is exhausted. Each configuration has
    `repeats` numbers in a row."""
    number = sweep.free_number()
    repeats = sweep.spec.search.repeats
    configuration = number // repeats
    siblings = (sweep.known.get(n) for n in range(configuration * repeats, number))
    twin = next((trial for trial in siblings if trial is not None), None)
    planned = sweep.planned.get(configuration)
    baseline = None
    suggestion: Suggestion | None
    if twin is not None:
        suggestion = study.given(twin.point)
        baseline = twin.baseline
    elif planned is not None:
        suggestion = study.given(planned.point)
        baseline = planned.baseline
    else:
        suggestion = study.suggest(configuration, sweep.tried)
    if suggestion is None:
        return None
    layers = plan(suggestion.point, sweep.data.shape, len(sweep.data.classes))
    seed = derive_seed(sweep.spec.search.seed, "trial", number)
    trial = Trial(number, configuration, suggestion.point, seed, parameters(layers), baseline)
    sweep.begin(trial)
    return trial, suggestion.handle


def handle(sweep: RunningSweep, parts: Parts, event: Event) -> None:
    """Passes one event of a trial to the study and the sinks."""
    if isinstance(event, Reading | Loaded | Done):
        return
    active = sweep.active.get(event.number)
    if active is None:
        return
    match event:
        case Started():
            _started(active, parts)
        case Evaluated() if not active.pruned:
            _evaluated(sweep, parts, active, event)
        case Finishing():
            active.finishing = True
        case Traced() if not active.pruned:
            active.traces.append(event.trace)
        case Evaluated() | Traced():
            # A pruned trial trains on until the verdict arrives.
            pass
        case Ended():
            _ended(sweep, parts, active, event)


def _started(active: Active, parts: Parts) -> None:
    active.has_started = True
    active.record = replace(active.record, started=time.time())
    for sink in parts.sinks:
        sink.started(active.record)


def _evaluated(sweep: RunningSweep, parts: Parts, active: Active, event: Evaluated) -> None:
    """Handles an evaluation, and prunes the trial if it fell behind.

    It never prunes a baseline, or a trial at its last evaluation.
    """
    evaluation = event.evaluation
    evaluations = (*active.record.evaluations, evaluation)
    active.record = replace(
        active.record,
        evaluations=evaluations,
        steps=evaluation.step,
        best_step=best_step(evaluations, sweep.spec.objective),
    )
    for sink in parts.sinks:
        sink.evaluated(active.record)
    if active.handle is None:
        return
    trial = active.record.trial
    progress = sweep.spec.grid.progress(trial.point, evaluation.step)
    value = evaluation.value(sweep.spec.objective.metric)
    is_behind = parts.study.report(active.handle, progress, value)
    if is_behind and trial.baseline is None and not _is_last(sweep.spec, active.record):
        # The verdict is recorded at once; the process stops a little later.
        active.pruned = True
        parts.executor.stop(trial.number)
        _conclude(parts, active, replace(active.record, state=State.PRUNED))


def _is_last(spec: SweepSpec, record: TrialRecord) -> bool:
    """Whether a running trial ends with its newest evaluation: at its last step, or because its
    patience is over."""
    if record.steps >= record.trial.point.steps:
        return True
    patience = spec.search.patience
    return Improvement.of(record.evaluations, spec.objective).is_over(patience)


def _ended(sweep: RunningSweep, parts: Parts, active: Active, event: Ended) -> None:
    """Handles the end of a trial's process, which frees its worker."""
    del sweep.active[event.number]
    if active.pruned:
        remove_weights(parts.ledger.folder, event.number)
        return
    if not active.has_started:
        _started(active, parts)
    state = event.state
    cause = event.cause
    if state is State.PRUNED:
        state = State.FAILED
        cause = "stopped from outside"
    if event.step is None:
        steps = active.record.steps
    else:
        steps = event.step
    record = replace(active.record, state=state, cause=cause, steps=steps)
    _conclude(parts, active, record)


def _conclude(parts: Parts, active: Active, record: TrialRecord) -> None:
    """Passes a trial's outcome to the sinks and the study."""
    record = replace(record, seconds=time.time() - record.started)
    for sink in parts.sinks:
        sink.ended(record, active.traces)
    if active.handle is not None:
        parts.study.tell(active.handle, record)
