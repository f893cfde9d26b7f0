"""Pruners decide which trials have fallen behind the others and end early."""

from typing import Protocol, assert_never

from sweep.search.rungs import Rungs
from sweep.space import strategies


class Pruner(Protocol):
    """Judges trials by their evaluations, those on the grid of the sweep and the last one of each.

    When a study is opened again, earlier evaluations are repeated, trial by trial. Optuna's own
    pruners may stand behind one.
    """

    def falls_behind(self, trial: int, step: int, value: float) -> bool:
        """Records the objective of a trial at a step; returns whether the trial has fallen behind.

        The steps of a trial must increase.
        """


def make_pruner(pruner: strategies.Pruner, first_rung: int, *, maximize: bool) -> Pruner | None:
    """The pruner that the file names; None if no trial is pruned.

    It judges no trial before the step `first_rung`, and objectives as ones to `maximize` or not.
    """
    match pruner:
        case strategies.Asha(reduction_factor=factor):
            return Rungs(first_rung, factor, maximize)
        case strategies.NoPruner():
            return None
        case _:
            assert_never(pruner)
