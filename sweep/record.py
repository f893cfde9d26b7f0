"""One trial, before and after it ran."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sweep.hyperparams import Hyperparams
from sweep.spec import Metric, Objective


class State(StrEnum):
    """How a trial stands. `diverged`: a loss, a weight or an evaluation was not finite."""

    COMPLETE = "complete"
    PRUNED = "pruned"
    FAILED = "failed"
    DIVERGED = "diverged"
    RUNNING = "running"

    @property
    def is_finished(self) -> bool:
        return self is not State.RUNNING


@dataclass(frozen=True)
class Evaluation:
    """The numbers at one step: training means since the evaluation before it, and the validation split."""

    step: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float

    def metric(self, name: Metric) -> float:
        value: float = getattr(self, name)
        return value


@dataclass(frozen=True)
class Trace:
    """One step seen from within: the loss of its batch, and the probabilities of the classes of the first
    validation image, both as they were before the step changed the weights."""

    step: int
    loss: float
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class Trial:
    """One training that is to be done: everything that its numbers depend on, but for data and versions."""

    number: int
    configuration: int
    point: Hyperparams
    seed: int
    parameters: int
    baseline: str | None = None


@dataclass(frozen=True)
class TrialRecord:
    """One trial as it is known: its evaluations so far and, when it has ended, how.

    `started` is in seconds since the epoch, `seconds` from the fork to the end, `steps` those of the
    last evaluation, or of the divergence.
    """

    trial: Trial
    state: State
    started: float
    seconds: float | None = None
    steps: int = 0
    evaluations: tuple[Evaluation, ...] = ()
    cause: str | None = None

    @property
    def last(self) -> Evaluation | None:
        return self.evaluations[-1] if self.evaluations else None

    def metric(self, name: Metric) -> float | None:
        """The value of the last evaluation; None before the first."""
        return self.last.metric(name) if self.last else None


def ranking(records: Iterable[TrialRecord], objective: Objective) -> list[TrialRecord]:
    """The complete trials, best first; of equals the earlier one."""
    sign = -1.0 if objective.maximize else 1.0
    scored = [(r.metric(objective.metric), r) for r in records if r.state is State.COMPLETE]
    kept = [(sign * value, r.trial.number, r) for value, r in scored if value is not None]
    return [record for _, _, record in sorted(kept, key=lambda item: item[:2])]
