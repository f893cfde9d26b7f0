"""Pruners decide which trials have fallen behind the others and end early."""

from typing import Protocol, assert_never

from sweep.search.rungs import Rungs
from sweep.space import Asha, NoPruner, SweepSpec


class Pruner(Protocol):
    """Judges trials by their evaluations, those on the grid of the sweep and the last one of each.

    When a study is opened again, earlier evaluations are repeated, trial by trial. Optuna's own
    pruners may stand behind one.
    """

    def falls_behind(self, trial: int, step: int, value: float) -> bool:
        """Records the objective of a trial at a step; returns whether the trial has fallen behind.

        The steps of a trial must increase.
        """


def make_pruner(spec: SweepSpec) -> Pruner | None:
    """The pruner that the file names; None if no trial is pruned."""
    match spec.search.pruner:
        case Asha(reduction_factor=factor):
            return Rungs(spec.first_rung, factor, spec.objective.maximize)
        case NoPruner():
            return None
        case _:
            assert_never(spec.search.pruner)
