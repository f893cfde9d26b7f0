"""The trials of a running sweep: what is asked for and submitted, and what comes of it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sweep.analysis.rows import append_row
from sweep.engine.view import View
from sweep.execute.seam import Executor
from sweep.search.study import Handle, Study, derive_seed
from sweep.space.design import Planned
from sweep.space.shapes import parameters, plan
from sweep.space.spec import SweepSpec
from sweep.store.ledger import Ledger
from sweep.store.weights import keep_best, remove_weights, weights_file
from sweep.track.tracker import Tracker
from sweep.trial.events import Ended, Evaluated, Event, Finishing, Started, Traced
from sweep.trial.images import DataSummary
from sweep.trial.record import Standings, State, Trace, Trial, TrialRecord
from sweep.trial.tasks import Job

TABLE = "trials.csv"


@dataclass
class Active:
    """A trial that was submitted: what is known of it, and Optuna's handle on it."""

    record: TrialRecord
    handle: Handle | None
    has_started: bool = False
    pruned: bool = False
    finishing: bool = False
    traces: list[Trace] = field(default_factory=list)


@dataclass
class Sweep:
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
    planned: Mapping[int, Planned]
    """The configurations that the file itself names, by their number."""
    known: dict[int, Trial]
    """Every trial that was begun, by its number."""
    standings: Standings
    """The configurations of the trials that have ended, the best first."""
    next_number: int = 0
    """No number below it is free."""
    active: dict[int, Active] = field(default_factory=dict)

    @property
    def table_file(self) -> Path:
        return self.ledger.folder / TABLE

    @property
    def is_finished(self) -> bool:
        """Whether every trial has ended, and no process of one is left."""
        return len(self.records) >= self.spec.search.trials and not self.active

    @property
    def wants_another(self) -> bool:
        """Whether a worker is free, or about to be, and a trial is left for it."""
        planned = len(self.records) + sum(not active.pruned for active in self.active.values())
        busy = sum(not (active.pruned or active.finishing) for active in self.active.values())
        return planned < self.spec.search.trials and busy < self.executor.capacity


def submit_wanted(sweep: Sweep) -> None:
    """Submits as many trials as there are workers that are free, or about to be."""
    while sweep.wants_another:
        _submit_next(sweep)


def _submit_next(sweep: Sweep) -> None:
    """Submits an interrupted trial, else another training of a configuration, else the next
    configuration: one that is planned, or what the sampler suggests."""
    if sweep.waiting:
        trial = sweep.waiting.pop(0).trial
        optuna = sweep.ledger.optuna_number(trial.number)
        handle = None if optuna is None else sweep.study.resume(optuna)
    else:
        trial, handle = _next_trial(sweep)
    record = sweep.ledger.start(trial, handle.number if handle else None)
    sweep.active[trial.number] = Active(record, handle)
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


def _next_trial(sweep: Sweep) -> tuple[Trial, Handle | None]:
    """The first number that is free; `repeats` of them in turn are one configuration."""
    while sweep.next_number in sweep.known:
        sweep.next_number += 1
    number = sweep.next_number
    repeats = sweep.spec.search.repeats
    configuration = number // repeats
    siblings = (sweep.known.get(n) for n in range(configuration * repeats, number))
    twin = next((trial for trial in siblings if trial is not None), None)
    planned = sweep.planned.get(configuration)
    if twin is not None:
        suggestion, baseline = sweep.study.given(twin.point), twin.baseline
    elif planned is not None:
        suggestion, baseline = sweep.study.given(planned.point), planned.baseline
    else:
        suggestion, baseline = sweep.study.suggest(), None
    layers = plan(suggestion.point, sweep.data.shape, len(sweep.data.classes))
    seed = derive_seed(sweep.spec.search.seed, "trial", number)
    trial = Trial(number, configuration, suggestion.point, seed, parameters(layers), baseline)
    sweep.known[number] = trial
    return trial, suggestion.handle


def handle(sweep: Sweep, event: Event) -> None:
    """Takes one event of a trial to the study, the ledger, MLflow and the view."""
    active = sweep.active.get(event.number)
    if active is None:
        return
    match event:
        case Started():
            _started(sweep, active)
        case Evaluated() if not active.pruned:
            _evaluated(sweep, active, event)
        case Finishing():
            active.finishing = True
        case Traced() if not active.pruned:
            active.traces.append(event.trace)
        case Evaluated() | Traced():
            # It went on for as long as the verdict took.
            pass
        case Ended():
            _ended(sweep, active, event)


def _started(sweep: Sweep, active: Active) -> None:
    active.has_started = True
    active.record = replace(active.record, started=time.time())
    sweep.tracker.start(active.record, sweep.spec.flat(active.record.trial.point))
    sweep.view.running(active.record)


def _evaluated(sweep: Sweep, active: Active, event: Evaluated) -> None:
    """An evaluation; the trial is pruned if it fell behind, but never at its last step, and no
    baseline."""
    trial, evaluation = active.record.trial, event.evaluation
    active.record = replace(
        active.record, evaluations=(*active.record.evaluations, evaluation), steps=evaluation.step
    )
    sweep.tracker.evaluation(trial.number, evaluation)
    sweep.view.running(active.record)
    if active.handle is not None:
        value = evaluation.metric(sweep.spec.objective.metric)
        behind = sweep.study.report(active.handle, evaluation.step, value)
        if behind and evaluation.step < trial.point.steps and trial.baseline is None:
            # The verdict is written down at once; the process is told to stop, and gone a little
            # later.
            active.pruned = True
            sweep.executor.stop(trial.number)
            _conclude(sweep, active, replace(active.record, state=State.PRUNED))


def _ended(sweep: Sweep, active: Active, event: Ended) -> None:
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


def _conclude(sweep: Sweep, active: Active, record: TrialRecord) -> None:
    """The end of a trial: first the ledger, then everything that is derived from it."""
    record = replace(record, seconds=time.time() - record.started)
    sweep.ledger.finish(record, active.traces)
    sweep.records.append(record)
    append_row(sweep.table_file, sweep.spec, record)
    if active.handle is not None:
        sweep.study.tell(active.handle, record)
    keep_best(sweep.ledger.folder, record, sweep.standings, sweep.spec.search.keep)
    sweep.tracker.end(record)
    sweep.view.ended(record)
