"""One trial, before and after it ran."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TypeVar

from sweep.errors import InputError
from sweep.space import METRICS, Hyperparams, Metric

T = TypeVar("T")


class State(StrEnum):
    """A trial's state. `diverged`: a loss, a weight or an evaluation was not finite."""

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
    """The results at one step: training means since the last evaluation, and validation results.

    Those with a default are missing in trials of earlier versions.
    """

    step: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    val_balanced_accuracy: float | None = None
    val_macro_f1: float | None = None

    def metric(self, name: Metric) -> float | None:
        """None if the version that trained it did not record this metric. Raises `InputError` for
        what is no metric."""
        if name not in METRICS:
            raise InputError(f"there is no metric {name}", f"the metrics are {', '.join(METRICS)}")
        value: float | None = getattr(self, name)
        return value

    def value(self, name: Metric) -> float:
        """A metric that was recorded, as the objective always is."""
        found = self.metric(name)
        assert found is not None
        return found

    def agrees(self, other: "Evaluation") -> bool:
        """Whether the steps are the same, and every number that both have."""
        pairs = [(self.metric(name), other.metric(name)) for name in METRICS]
        return self.step == other.step and all(a == b for a, b in pairs if None not in (a, b))


@dataclass(frozen=True)
class Trace:
    """One step: its batch's loss, and the first validation image's class probabilities.

    Both use the weights before the step.
    """

    step: int
    loss: float
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class Trial:
    """One planned training: everything that determines its results, except data and versions."""

    number: int
    configuration: int
    point: Hyperparams
    seed: int
    parameters: int
    baseline: str | None = None


@dataclass(frozen=True)
class TrialRecord:
    """One trial as far as it is known: its evaluations, and its end.

    `started` is when it was ready and had a worker, in seconds since the epoch. `seconds` is the
    time from then to the end of its process. `steps` is the step of the last evaluation, or of the
    divergence. `best_step` is the step of the evaluation that the trial is judged by; None if that
    is the last one.
    """

    trial: Trial
    state: State
    started: float
    seconds: float | None = None
    steps: int = 0
    evaluations: tuple[Evaluation, ...] = ()
    cause: str | None = None
    best_step: int | None = None

    @property
    def last(self) -> Evaluation | None:
        if self.evaluations:
            return self.evaluations[-1]
        return None

    @property
    def judged(self) -> Evaluation | None:
        """The evaluation that the trial is judged by: the network with its numbers is the one whose
        weights are kept."""
        if self.best_step is None:
            return self.last
        return next((e for e in self.evaluations if e.step == self.best_step), None)

    def metric(self, name: Metric) -> float | None:
        """The value of the evaluation that counts; None before the first, and if it was not
        recorded."""
        judged = self.judged
        if judged is None:
            return None
        return judged.metric(name)


@dataclass(frozen=True)
class TrialsTook:
    """The duration of trials, in seconds: wall time while at least one ran, and their sum.

    `at_once` is how many ran at once, at most.
    """

    wall_seconds: float
    trial_seconds: float
    at_once: int


def took(records: Iterable[TrialRecord]) -> TrialsTook:
    """The duration of the ended trials. Time between trials, such as a night, does not count."""
    moments = []
    together = 0.0
    for record in records:
        if record.seconds is None:
            continue
        end = record.started + record.seconds
        moments += [(record.started, 1), (end, -1)]
        together += record.seconds
    # Of equal moments the end comes first, because the next trial takes its place.
    moments.sort()
    wall = 0.0
    running = 0
    most = 0
    for (at, change), (following, _) in pairwise([*moments, (0.0, 0)]):
        running += change
        most = max(most, running)
        if running:
            wall += following - at
    return TrialsTook(wall, together, most)


def thinned(items: Sequence[T], most: int) -> list[T]:
    """At most `most` items, spread evenly, including the first and the last."""
    count = len(items)
    if count <= most:
        return list(items)
    apart = (count - 1) / (most - 1)
    return [items[round(index * apart)] for index in range(most)]
