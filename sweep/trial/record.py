"""One trial, before and after it ran."""

import math
import statistics
from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise, takewhile
from typing import TypeAlias

from sweep.space.hyperparams import Hyperparams
from sweep.space.spec import Metric, Objective, SweepSpec

# The order of trials and of configurations; the least is the best. First one of the three below,
# then the objective and the metric that decides between equal values, both signed so that less is
# better, then parameters and number.
Standing: TypeAlias = tuple[int, float, float, int, int]

# All trainings of a configuration completed; all ended, but some did not complete; some have yet to
# end.
WHOLE, FLATTERED, UNSETTLED = 0, 1, 2
# Digits of a mean that count: sums in another order differ in the last.
DIGITS = 12


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
    """The numbers at one step: training means since the evaluation before it, and the validation
    split."""

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
    """One step seen from within: the loss of its batch, and the probabilities of the classes of the
    first validation image, both as they were before the step changed the weights."""

    step: int
    loss: float
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class Trial:
    """One training that is to be done: everything that its numbers depend on, but for data and
    versions."""

    number: int
    configuration: int
    point: Hyperparams
    seed: int
    parameters: int
    baseline: str | None = None


@dataclass(frozen=True)
class TrialRecord:
    """One trial as it is known: its evaluations so far and, when it has ended, how.

    `started` is when it was ready and had a worker, in seconds since the epoch; `seconds` are from
    there to the end of its process, `steps` those of the last evaluation, or of the divergence.
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


def standing(record: TrialRecord, objective: Objective) -> Standing | None:
    """Where a trial stands among others: the least is the best. None unless it is complete.

    Equal values are ordered by `val_loss` (by `val_accuracy` where that is the objective), then by
    parameters, fewer first, then by number.
    """
    if record.state is not State.COMPLETE or record.last is None:
        return None
    value, tie = (
        _signed(record.last.metric(metric), metric, objective) for metric in _judged_by(objective)
    )
    return (WHOLE, value, tie, record.trial.parameters, record.trial.number)


def _judged_by(objective: Objective) -> tuple[Metric, Metric]:
    """The metric of the objective, and the one that decides between equal values of it."""
    return objective.metric, "val_accuracy" if objective.metric == "val_loss" else "val_loss"


def _signed(value: float, metric: Metric, objective: Objective) -> float:
    """`value` with its sign such that less is better."""
    more_is_better = objective.maximize if metric == objective.metric else metric == "val_accuracy"
    return -value if more_is_better else value


def ranking(records: Iterable[TrialRecord], objective: Objective) -> list[TrialRecord]:
    """The complete trials in the order of `standing`, the best first."""
    placed = [
        (place, record) for record in records if (place := standing(record, objective)) is not None
    ]
    return [record for _, record in sorted(placed, key=lambda item: item[0])]


@dataclass(frozen=True)
class Configuration:
    """The trainings of one configuration: those that completed, the best first and at least one;
    how many have ended; and how many it has in the end."""

    number: int
    complete: tuple[TrialRecord, ...]
    ended: int
    repeats: int

    @property
    def best(self) -> TrialRecord:
        """Its best training, whose network stands for the configuration."""
        return self.complete[0]

    @property
    def is_settled(self) -> bool:
        """Whether all of its trainings have ended. Before that its value is the value of its best
        training."""
        return self.ended >= self.repeats

    def mean(self, metric: Metric) -> float:
        """The mean over the trainings that completed."""
        return statistics.fmean(self._values(metric))

    def deviation(self, metric: Metric) -> float:
        """The standard deviation of a sample; NaN for one training."""
        return statistics.stdev(self._values(metric)) if len(self.complete) > 1 else math.nan

    def value(self, metric: Metric) -> float:
        """What it is ranked by: the mean once it is settled, before that the value of its best
        training."""
        value = self.mean(metric) if self.is_settled else self.best.metric(metric)
        assert value is not None
        return value

    def spread(self, metric: Metric) -> float | None:
        """The standard deviation that belongs to `value`; None where that is of one training."""
        return self.deviation(metric) if self.is_settled and len(self.complete) > 1 else None

    def standing(self, objective: Objective) -> Standing:
        """Where it stands among others. A mean over a part of the trainings flatters, so that
        configurations with trainings that failed come after the others, and those with trainings
        still to come after these."""
        rank = WHOLE if len(self.complete) >= self.repeats else FLATTERED
        value, tie = (
            _signed(round(self.value(metric), DIGITS), metric, objective)
            for metric in _judged_by(objective)
        )
        return (
            rank if self.is_settled else UNSETTLED,
            value,
            tie,
            self.best.trial.parameters,
            self.number,
        )

    @property
    def title(self) -> str:
        """What its value is of, such as `trial 3` or `configuration 2, 3 trainings`."""
        if self.repeats == 1:
            return f"trial {self.best.trial.number}"
        if not self.is_settled:
            return f"trial {self.best.trial.number}, a single training"
        return (
            f"configuration {self.number}, {of_trained(len(self.complete), self.repeats)} trainings"
        )

    def score(self, metric: Metric) -> str:
        """Its value as a person reads it, with the standard deviation where the value is a mean."""
        spread = self.spread(metric)
        return with_spread(self.value(metric), math.nan if spread is None else spread)

    def _values(self, metric: Metric) -> list[float]:
        return [record.last.metric(metric) for record in self.complete if record.last is not None]


class Standings:
    """The configurations of a sweep that have complete trainings, by their standing; `add` takes
    every further trial that ends. Where each configuration is trained once, it is a trial, and the
    order that of `ranking`."""

    def __init__(self, spec: SweepSpec, ended: Iterable[TrialRecord] = ()) -> None:
        self._objective = spec.objective
        self._repeats = spec.search.repeats
        self._ended: dict[int, list[TrialRecord]] = {}
        for record in ended:
            self._ended.setdefault(record.trial.configuration, []).append(record)
        made = (self._made(number) for number in self._ended)
        self._known = {found.number: found for found in made if found is not None}
        self._places = sorted(found.standing(self._objective) for found in self._known.values())

    def add(self, record: TrialRecord) -> None:
        """Takes a trial that has ended."""
        number = record.trial.configuration
        self._ended.setdefault(number, []).append(record)
        before, now = self._known.get(number), self._made(number)
        if before is not None:
            del self._places[bisect_left(self._places, before.standing(self._objective))]
        if now is not None:
            self._known[number] = now
            insort(self._places, now.standing(self._objective))

    @property
    def configurations(self) -> list[Configuration]:
        """All of them, the best first."""
        return [self._known[place[-1]] for place in self._places]

    @property
    def best(self) -> Configuration | None:
        return self._known[self._places[0][-1]] if self._places else None

    def settled(self, most: int) -> list[Configuration]:
        """The best of those whose trainings have all ended, at most `most`. One that is not among
        them never will be again."""
        return [self._known[place[-1]] for place in self._places[:most] if place[0] != UNSETTLED]

    @property
    def unsettled(self) -> list[Configuration]:
        """Those with trainings to come."""
        return [
            self._known[place[-1]]
            for place in takewhile(lambda p: p[0] == UNSETTLED, reversed(self._places))
        ]

    def _made(self, number: int) -> Configuration | None:
        trainings = self._ended[number]
        complete = ranking(trainings, self._objective)
        return (
            Configuration(number, tuple(complete), len(trainings), self._repeats)
            if complete
            else None
        )


def configurations(spec: SweepSpec, records: Iterable[TrialRecord]) -> list[Configuration]:
    """The configurations with complete trainings, the best first."""
    return Standings(
        spec, (record for record in records if record.state.is_finished)
    ).configurations


def network_of_best(spec: SweepSpec, records: Iterable[TrialRecord]) -> str | None:
    """Which training stands for the best configuration, as its network is the one that is used;
    None where each configuration is trained once."""
    best = next(iter(configurations(spec, records)), None) if spec.search.repeats > 1 else None
    if best is None:
        return None
    metric = spec.objective.metric
    value = f"{metric} {best.best.metric(metric):.4f}"
    training = (
        f"trial {best.best.trial.number}, the best training of configuration {best.number} "
        f"({value})"
    )
    return f"the best network is that of {training}"


def with_spread(mean: float, deviation: float) -> str:
    """A mean with its standard deviation, as a person reads it: of one trial there is no deviation,
    of none no mean."""
    if math.isnan(mean):
        return "-"
    return f"{mean:.4f}" if math.isnan(deviation) else f"{mean:.4f} ± {deviation:.4f}"


def of_trained(complete: int, trained: int) -> str:
    """How many trainings a mean is of: `3`, or `1 of 3` where others did not complete."""
    return str(complete) if complete == trained else f"{complete} of {trained}"


# Two shares of images that are equal may differ by this much.
_SAME_SHARE = 5e-7


def triviality(
    records: Iterable[TrialRecord], largest_share: float | None, largest_class: str | None = None
) -> str | None:
    """A sentence for a sweep of which no complete trial has a better validation accuracy than
    always answering the largest class, which has `largest_share` of the validation images. None
    where a trial is better, where none is complete, and where the share is unknown."""
    complete = [r for r in records if r.state is State.COMPLETE]
    accuracies = [accuracy for r in complete if (accuracy := r.metric("val_accuracy")) is not None]
    if largest_share is None or not accuracies or max(accuracies) > largest_share + _SAME_SHARE:
        return None
    named = "" if largest_class is None else f", {largest_class}"
    answer = f"always answering the largest class{named}"
    return f"no trial is better than {answer}: {largest_share:.4f} of the validation images"


@dataclass(frozen=True)
class TrialsTook:
    """What trials took, in seconds: with a clock on the wall while at least one ran, and all of
    them together; and how many ran at once, at most."""

    wall_seconds: float
    trial_seconds: float
    at_once: int


def took(records: Iterable[TrialRecord]) -> TrialsTook:
    """What the trials that ended took; the time between them, of an interruption or a night, does
    not count."""
    ended = [(record.started, record.seconds) for record in records if record.seconds is not None]
    # Of two moments that are equal the end comes first: the next trial has its place.
    moments = sorted(
        [(start, 1) for start, _ in ended] + [(start + seconds, -1) for start, seconds in ended]
    )
    wall, running, most = 0.0, 0, 0
    for (at, change), (following, _) in pairwise([*moments, (0.0, 0)]):
        running += change
        most = max(most, running)
        wall += following - at if running else 0.0
    return TrialsTook(wall, sum(seconds for _, seconds in ended), most)
