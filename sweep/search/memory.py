"""Optuna's trials in memory, of which a sampler is shown a bounded number, however large the study."""

import copy
from collections.abc import Container

from optuna.storages import InMemoryStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

# As many as TPE counts among the good ones, at most: Optuna's `default_gamma`.
BEST = 25


class BoundedMemory(InMemoryStorage):
    """Shows the `latest` trials of its one study, and of those before them the ones that have not ended and the `BEST`
    best.

    What TPE takes for good is then what it is among all trials; what it compares that with is the latest of them.
    """

    def __init__(self, latest: int) -> None:
        super().__init__()
        self._latest = latest
        self._looked_at = 0
        # Numbers of the trials before that one: those that have not ended, and the best of the completed, best first.
        self._open: list[int] = []
        self._best: list[int] = []

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        """The trials that are shown, in the order of their numbers."""
        if states == (TrialState.WAITING,):
            # Optuna's storage has a short way to these, which `ask` takes for each trial.
            return super().get_all_trials(study_id, deepcopy, states)
        every = super().get_all_trials(study_id, deepcopy=False)
        self._look_at(every[: -self._latest], self.get_study_directions(study_id)[0])
        earlier = sorted([*self._open, *self._best])
        shown = [*(every[number] for number in earlier), *every[self._looked_at :]]
        if states is not None:
            shown = [trial for trial in shown if trial.state in states]
        return copy.deepcopy(shown) if deepcopy else shown

    def get_n_trials(self, study_id: int, state: tuple[TrialState, ...] | TrialState | None = None) -> int:
        """How many trials the study has, shown or not."""
        states = (state,) if isinstance(state, TrialState) else state
        return len(super().get_all_trials(study_id, deepcopy=False, states=states))

    def _look_at(self, earlier: list[FrozenTrial], direction: StudyDirection) -> None:
        """Ranks those of the trials before the latest that have ended since the last time."""
        waiting = [*self._open, *range(self._looked_at, len(earlier))]
        self._looked_at = len(earlier)
        self._open = [number for number in waiting if not earlier[number].state.is_finished()]
        sign = -1 if direction is StudyDirection.MAXIMIZE else 1
        ranked = sorted(
            (sign * value, number)
            for number in (*self._best, *waiting)
            if earlier[number].state is TrialState.COMPLETE and (value := earlier[number].value) is not None
        )
        self._best = [number for _, number in ranked[:BEST]]
