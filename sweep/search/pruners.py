"""Pruners decide which trials have fallen behind the others and end early."""

from typing import Protocol, assert_never

import optuna

from sweep.search.optuna_pruner import MOST, OptunaPruner
from sweep.search.rungs import Brackets, Rungs
from sweep.space import strategies


class Pruner(Protocol):
    """Judges trials by their evaluations, those on the grid of the sweep and the last one of each.

    When a study is opened again, earlier evaluations and ends are repeated, trial by trial.
    """

    def falls_behind(self, trial: int, step: int, value: float) -> bool:
        """Records the objective of a trial at a step; returns whether the trial has fallen behind.

        The steps of a trial must increase.
        """

    def ended(self, trial: int, *, complete: bool) -> None:
        """Records the end of a trial, of which no evaluation follows.

        It is `complete` if it came to its last step; else it was pruned, failed or diverged.
        """


def make_pruner(
    pruner: strategies.Pruner, first_rung: int, evaluations: int, *, maximize: bool
) -> Pruner | None:
    """The pruner that the file names; None if no trial is pruned.

    Halving judges no trial before the step `first_rung`; the longest trials have so many
    `evaluations`. Objectives are ones to `maximize` or not.
    """
    match pruner:
        case strategies.Asha(reduction_factor=factor):
            return Rungs(first_rung, factor, maximize)
        case strategies.Hyperband(reduction_factor=factor):
            return Brackets(first_rung, factor, evaluations, maximize)
        case strategies.Median():
            return _among_complete(pruner, 50.0, maximize=maximize)
        case strategies.Percentile(percentile=percentile):
            return _among_complete(pruner, percentile, maximize=maximize)
        case strategies.Threshold(lower=lower, upper=upper, n_warmup_steps=warmup):
            limits = optuna.pruners.ThresholdPruner(lower, upper, n_warmup_steps=warmup)
            return OptunaPruner(limits, maximize=maximize)
        case strategies.NoPruner():
            return None
        case _:
            assert_never(pruner)


def _among_complete(
    pruner: strategies.Median | strategies.Percentile, percentile: float, *, maximize: bool
) -> OptunaPruner:
    """Optuna's median rule is its percentile rule at 50."""
    made = optuna.pruners.PercentilePruner(
        percentile,
        n_startup_trials=pruner.n_startup_trials,
        n_warmup_steps=pruner.n_warmup_steps,
        n_min_trials=pruner.n_min_trials,
    )
    most = max(MOST, pruner.n_startup_trials)
    return OptunaPruner(made, maximize=maximize, most=most)
