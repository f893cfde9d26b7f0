"""The objectives of trials: the one place that decides which of two values is better."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Metric: TypeAlias = Literal[
    "val_accuracy", "val_balanced_accuracy", "val_macro_f1", "val_loss", "accuracy", "loss"
]
METRICS: tuple[Metric, ...] = get_args(Metric)
# The evaluation that a trial is judged by.
Of: TypeAlias = Literal["last", "best"]
# What people see in every table, besides the objective.
ALWAYS_SHOWN: tuple[Metric, ...] = ("val_accuracy", "val_loss")


@dataclass(frozen=True)
class Objective:
    """A metric, its better direction, and the evaluation of a trial that counts."""

    metric: Metric
    maximize: bool
    of: Of = "last"

    @property
    def direction(self) -> Literal["maximize", "minimize"]:
        """The direction as in space files, Optuna and MLflow."""
        if self.maximize:
            return "maximize"
        return "minimize"

    @property
    def columns(self) -> tuple[Metric, ...]:
        """The metrics of a leaderboard: the objective's own, and two that every sweep has."""
        return tuple(dict.fromkeys((self.metric, *ALWAYS_SHOWN)))

    def __str__(self) -> str:
        words = f"{self.direction} {self.metric}"
        if self.of == "best":
            words += " of the best evaluation"
        return words

    def signed(self, value: float) -> float:
        """`value`, negated if larger is better, so less is better."""
        if self.maximize:
            return -value
        return value

    def is_better(self, value: float, than: float | None) -> bool:
        """Whether `value` is better than another, or than none. NaN is never better."""
        if math.isnan(value):
            return False
        return than is None or self.signed(value) < self.signed(than)


def usual(metric: Metric) -> Objective:
    """The usual objective for a metric: losses are minimized, everything else is maximized."""
    return Objective(metric, maximize=not metric.endswith("loss"))


@dataclass(frozen=True)
class Objectives:
    """The objectives of a sweep, at least one.

    The first decides. The others, and finally `val_loss` (or `val_accuracy` if the loss is the
    objective), resolve ties.
    """

    each: tuple[Objective, ...]

    @property
    def main(self) -> Objective:
        """The objective that decides."""
        return self.each[0]

    def order(self, value_of: Callable[[Metric], float]) -> tuple[float, ...]:
        """A sort key for results, best first; `value_of` returns their metrics."""
        tie = usual("val_accuracy" if self.main.metric == "val_loss" else "val_loss")
        return tuple(one.signed(value_of(one.metric)) for one in (*self.each, tie))


DEFAULT_OBJECTIVE = usual("val_accuracy")
