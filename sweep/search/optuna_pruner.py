"""One of Optuna's own pruners, with a study that holds nothing but evaluations."""

import math
from bisect import insort
from collections.abc import Container

import optuna
from optuna.storages import InMemoryStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from sweep.search.memory import lot

# Complete trials with which others are compared. The time of a verdict grows with them.
MOST = 1000


class OptunaPruner:
    """Asks one of Optuna's pruners. It compares a trial with at most `most` complete ones.

    They are those with the lowest `lot`, so the order in which trials ended does not matter.
    """

    def __init__(
        self, pruner: optuna.pruners.BasePruner, *, maximize: bool, most: int = MOST
    ) -> None:
        self._pruner = pruner
        self._most = most
        self._complete = _Complete(maximize=maximize)
        self._study = optuna.study.Study("", self._complete)
        self._going: dict[int, FrozenTrial] = {}

    def falls_behind(self, trial: int, step: int, value: float) -> bool:
        """Takes the next evaluation of a trial, and returns whether Optuna would prune it."""
        if math.isnan(value):
            return True
        evaluated = self._going.get(trial)
        if evaluated is None:
            evaluated = optuna.trial.create_trial(state=TrialState.RUNNING)
            evaluated.number = trial
            self._going[trial] = evaluated
        evaluated.intermediate_values[step] = value
        return self._pruner.prune(self._study, evaluated)

    def ended(self, trial: int, *, complete: bool) -> None:
        """Compares others with a complete trial from now on, and forgets any other."""
        evaluated = self._going.pop(trial, None)
        if evaluated is None or not complete:
            return
        shown = self._complete.shown
        insort(shown, evaluated, key=lambda other: lot(other.number))
        del shown[self._most :]


class _Complete(InMemoryStorage):
    """One study of complete trials.

    Optuna's own storage would go through all other trials, too, and log that it was made.
    """

    def __init__(self, *, maximize: bool) -> None:
        super().__init__()
        self.shown: list[FrozenTrial] = []
        self._direction = StudyDirection.MINIMIZE
        if maximize:
            self._direction = StudyDirection.MAXIMIZE

    def get_study_id_from_name(self, study_name: str) -> int:  # noqa: ARG002 there is one
        return 0

    def get_study_directions(self, study_id: int) -> list[StudyDirection]:  # noqa: ARG002 as above
        return [self._direction]

    def get_all_trials(
        self,
        study_id: int,  # noqa: ARG002 as above
        deepcopy: bool = True,  # noqa: ARG002 pruners ask for no copies
        states: Container[TrialState] | None = None,  # noqa: ARG002 pruners ask for complete ones
    ) -> list[FrozenTrial]:
        return self.shown
