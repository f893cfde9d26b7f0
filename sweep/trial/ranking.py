"""Ranks trials and configurations: the one order of a sweep."""

import math
import statistics
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, TypeAlias

from sweep.space import MOST_DRAWS, Metric, Objectives, SweepSpec, configurations_in_words, is_small
from sweep.trial.record import State, TrialRecord

if TYPE_CHECKING:
    from sweep.trial.images import DataSummary

# The sort key of trials and configurations; the least is the best. It holds one of the three values
# below, the key of the objectives, parameters and number.
Standing: TypeAlias = tuple[int, tuple[float, ...], int, int]

# All trainings of a configuration completed; all ended, but some did not complete; some have not
# ended.
WHOLE, FLATTERED, UNSETTLED = 0, 1, 2
# Digits of a mean that count. The last ones depend on the order of the sum.
DIGITS = 12


def standing(record: TrialRecord, objectives: Objectives) -> Standing | None:
    """The sort key of a trial; the least is the best. None unless the trial is complete.

    Equal results are ordered by parameters, fewer first, then by number.
    """
    judged = record.judged
    if record.state is not State.COMPLETE or judged is None:
        return None
    order = objectives.order(judged.value)
    return (WHOLE, order, record.trial.parameters, record.trial.number)


def ranked(records: Iterable[TrialRecord], objectives: Objectives) -> list[TrialRecord]:
    """The complete trials in the order of `standing`, the best first."""
    placed: list[tuple[Standing, TrialRecord]] = []
    for record in records:
        place = standing(record, objectives)
        if place is not None:
            placed.append((place, record))
    placed.sort(key=lambda item: item[0])
    return [record for _, record in placed]


@dataclass(frozen=True)
class Configuration:
    """The trainings of one configuration.

    `complete` are those that completed, at least one, best first. `ended` counts ended trainings.
    `repeats` is their final number.
    """

    number: int
    complete: tuple[TrialRecord, ...]
    ended: int
    repeats: int

    @property
    def best(self) -> TrialRecord:
        """Its best training, whose network represents the configuration."""
        return self.complete[0]

    @property
    def is_settled(self) -> bool:
        """Whether all of its trainings have ended. Until then its best training's value counts."""
        return self.ended >= self.repeats

    def mean(self, metric: Metric) -> float:
        """The mean over the completed trainings; NaN if one of them lacks the metric."""
        values = self._values(metric)
        if values:
            return statistics.fmean(values)
        return math.nan

    def deviation(self, metric: Metric) -> float:
        """The sample standard deviation; NaN for one training, and where the mean is."""
        values = self._values(metric)
        if len(values) > 1:
            return statistics.stdev(values)
        return math.nan

    def value(self, metric: Metric) -> float:
        """The value that ranks it: the mean once it is settled, until then its best training's."""
        if self.is_settled:
            return self.mean(metric)
        value = self.best.metric(metric)
        assert value is not None
        return value

    def spread(self, metric: Metric) -> float | None:
        """The standard deviation of `value`; None for a single training."""
        if self.is_settled and len(self.complete) > 1:
            return self.deviation(metric)
        return None

    def standing(self, objectives: Objectives) -> Standing:
        """Sort key: complete configurations, then those with failed trainings, then unsettled ones.

        A mean over only some of the trainings flatters.
        """
        if len(self.complete) >= self.repeats:
            rank = WHOLE
        else:
            rank = FLATTERED
        if not self.is_settled:
            rank = UNSETTLED
        order = objectives.order(lambda metric: round(self.value(metric), DIGITS))
        return (rank, order, self.best.trial.parameters, self.number)

    @property
    def title(self) -> str:
        """The source of its value, such as `trial 3` or `configuration 2, 3 trainings`."""
        if self.repeats == 1:
            return f"trial {self.best.trial.number}"
        if not self.is_settled:
            return f"trial {self.best.trial.number}, a single training"
        return (
            f"configuration {self.number}, {of_trained(len(self.complete), self.repeats)} trainings"
        )

    def score(self, metric: Metric) -> str:
        """Its value for a person, with the standard deviation if it is a mean."""
        spread = self.spread(metric)
        return with_spread(self.value(metric), math.nan if spread is None else spread)

    def _values(self, metric: Metric) -> list[float]:
        """The values of all completed trainings; none if one of them lacks it."""
        found = [record.metric(metric) for record in self.complete]
        if None in found:
            return []
        return [value for value in found if value is not None]


class Standings:
    """The configurations with complete trainings, best first.

    `add` takes every further ended trial. Without repeats a configuration is a trial.
    """

    def __init__(self, spec: SweepSpec, ended: Iterable[TrialRecord] = ()) -> None:
        self._objectives = spec.objectives
        self._repeats = spec.search.repeats
        self._ended: dict[int, list[TrialRecord]] = {}
        for record in ended:
            self._ended.setdefault(record.trial.configuration, []).append(record)
        made = (self._made(number) for number in self._ended)
        self._known = {found.number: found for found in made if found is not None}
        self._places = sorted(found.standing(self._objectives) for found in self._known.values())

    def add(self, record: TrialRecord) -> None:
        """Adds a trial that has ended."""
        number = record.trial.configuration
        self._ended.setdefault(number, []).append(record)
        before = self._known.get(number)
        now = self._made(number)
        if before is not None:
            del self._places[bisect_left(self._places, before.standing(self._objectives))]
        if now is not None:
            self._known[number] = now
            insort(self._places, now.standing(self._objectives))

    @property
    def configurations(self) -> list[Configuration]:
        """All configurations, best first."""
        return [self._known[place[-1]] for place in self._places]

    @property
    def best(self) -> Configuration | None:
        if self._places:
            return self._known[self._places[0][-1]]
        return None

    def settled(self, most: int) -> list[Configuration]:
        """At most `most` configurations: the best whose trainings have all ended.

        A configuration that drops out never returns.
        """
        return [self._known[place[-1]] for place in self._places[:most] if place[0] != UNSETTLED]

    @property
    def unsettled(self) -> list[Configuration]:
        """Configurations with trainings to come."""
        return [
            self._known[place[-1]]
            for place in takewhile(lambda p: p[0] == UNSETTLED, reversed(self._places))
        ]

    def _made(self, number: int) -> Configuration | None:
        trainings = self._ended[number]
        complete = ranked(trainings, self._objectives)
        if complete:
            return Configuration(number, tuple(complete), len(trainings), self._repeats)
        return None


def configurations(spec: SweepSpec, records: Iterable[TrialRecord]) -> list[Configuration]:
    """The configurations with complete trainings, the best first."""
    return Standings(
        spec, (record for record in records if record.state.is_finished)
    ).configurations


def network_of_best(spec: SweepSpec, records: Iterable[TrialRecord]) -> str | None:
    """A sentence on which training represents the best configuration; None without repeats."""
    best = None
    if spec.search.repeats > 1:
        best = next(iter(configurations(spec, records)), None)
    if best is None:
        return None
    metric = spec.objective.metric
    value = f"{metric} {best.best.metric(metric):.4f}"
    training = (
        f"trial {best.best.trial.number}, the best training of configuration {best.number} "
        f"({value})"
    )
    return f"the best network is that of {training}"


def judged_by_best(spec: SweepSpec) -> str | None:
    """A sentence on the numbers of trials that are judged by their best evaluation, else None."""
    if spec.objective.of == "last":
        return None
    return f"the numbers of a trial are those of its best evaluation, by {spec.objective.metric}"


def with_spread(mean: float, deviation: float) -> str:
    """A mean with its standard deviation, for a person.

    One trial has no deviation, and no trial has no mean.
    """
    if math.isnan(mean):
        return "-"
    if math.isnan(deviation):
        return f"{mean:.4f}"
    return f"{mean:.4f} ± {deviation:.4f}"


def of_trained(complete: int, trained: int) -> str:
    """The number of trainings in a mean: `3`, or `1 of 3` if others did not complete."""
    if complete == trained:
        return str(complete)
    return f"{complete} of {trained}"


def exhaustion(spec: SweepSpec, records: Collection[TrialRecord]) -> str:
    """A sentence on a sweep that ended because nothing in its space was left to try, or was found
    in a large one."""
    count = len({record.trial.configuration for record in records})
    missing = "nothing new was left"
    if not is_small(spec.space):
        missing = f"nothing new that is allowed was found in {MOST_DRAWS:,} random draws"
    return (
        f"the space is exhausted: after {configurations_in_words(count)} {missing}, so the sweep "
        f"ended with {len(records):,} of {spec.search.trials:,} trials"
    )


def nothing_completed(spec: SweepSpec, records: Iterable[TrialRecord], *, exhausted: bool) -> str:
    """A sentence on a sweep without a complete trial: whether one may follow, else how they
    ended."""
    ended = [record.state for record in records if record.state.is_finished]
    if len(ended) < spec.search.trials and not exhausted:
        return "no trial has completed yet"
    counts = [f"{count} {state}" for state, count in Counter(ended).items()]
    return f"the sweep has finished, and no trial completed: {', '.join(counts)}"


# Equal scores may differ by this much.
_SAME_SCORE = 5e-7


def triviality(spec: SweepSpec, records: Iterable[TrialRecord], data: "DataSummary") -> str | None:
    """A sentence for a sweep in which no complete trial beats always answering the largest class.

    Trials are judged by the objective, or by `val_accuracy` if it is not known what that one answer
    comes to in the objective. None if a trial is better, if none is complete, or if the classes
    were not counted.
    """
    metric = spec.objective.metric
    if not spec.objective.maximize or data.of_one_answer(metric) is None:
        metric = "val_accuracy"
    least = data.of_one_answer(metric)
    if least is None:
        return None
    values = []
    for record in records:
        value = record.metric(metric)
        if record.state is State.COMPLETE and value is not None:
            values.append(value)
    if not values or max(values) > least + _SAME_SCORE:
        return None
    if metric == "val_accuracy":
        reached = f"{least:.4f} of the validation images"
    else:
        reached = f"{metric} {least:.4f}"
    words = f"no trial is better than always answering the largest class, {data.largest_class}"
    if metric != spec.objective.metric:
        words = f"by {metric}, {words}"
    return f"{words}: {reached}"
