"""The best evaluation of a training, and when a training has stopped improving.

The process of a trial and the coordinator both decide by this file.
"""

from collections.abc import Iterable
from typing import Self

from sweep.space import Objective
from sweep.trial.record import Evaluation


class Improvement:
    """Follows a training: its best evaluation so far, and how many have followed it."""

    def __init__(self, objective: Objective) -> None:
        self._objective = objective
        self.best: Evaluation | None = None
        self.stale = 0
        """Evaluations in a row that were no better than the best."""

    @classmethod
    def of(cls, evaluations: Iterable[Evaluation], objective: Objective) -> Self:
        """The training with these evaluations."""
        found = cls(objective)
        for evaluation in evaluations:
            found.add(evaluation)
        return found

    def add(self, evaluation: Evaluation) -> bool:
        """Adds the next evaluation, and returns whether it is better than every earlier one."""
        metric = self._objective.metric
        before = None
        if self.best is not None:
            before = self.best.value(metric)
        is_best = self._objective.is_better(evaluation.value(metric), before)
        if is_best:
            self.best = evaluation
            self.stale = 0
        else:
            self.stale += 1
        return is_best

    def is_over(self, patience: int | None) -> bool:
        """Whether the training ends here; without a patience it never does."""
        return patience is not None and self.stale >= patience


def best_step(evaluations: Iterable[Evaluation], objective: Objective) -> int | None:
    """The step of the best evaluation, if trials are judged by it; None if there is none yet, or if
    they are judged by their last."""
    if objective.of == "last":
        return None
    best = Improvement.of(evaluations, objective).best
    if best is None:
        return None
    return best.step
