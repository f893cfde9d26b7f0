"""Optuna's trials in memory. A sampler sees a bounded number of the finished ones."""

import copy
import math
from collections.abc import Container

from optuna.storages import InMemoryStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

# The most trials that TPE counts as good: Optuna's `default_gamma`.
BEST = 25
# 2**64 divided by the golden ratio.
GOLDEN = 11400714819323198485
# What TPE learns from; it never looks at failed trials.
LEARNT_FROM = (TrialState.COMPLETE, TrialState.PRUNED)


class BoundedMemory(InMemoryStorage):
    """Shows a sampler a bounded part of its one study: unfinished trials, the `best` best, and a
    sample of `most` finished ones.

    TPE then counts the same trials as good as it would among all, and compares them with a fair
    sample of the others. The sample depends only on the numbers of the trials. Not thread-safe.
    """

    def __init__(self, most: int, best: int = BEST) -> None:
        super().__init__()
        self._most = most
        self._best = best
        # The numbers of unfinished trials, and the ranks of shown finished trials by number.
        self._open: list[int] = []
        self._ranks: dict[int, tuple[float, ...]] = {}
        self._noted = 0

    def get_all_trials(
        self, study_id: int, deepcopy: bool = True, states: Container[TrialState] | None = None
    ) -> list[FrozenTrial]:
        """The trials that are shown, in the order of their numbers."""
        if states == (TrialState.WAITING,):
            # All of these are shown. Optuna's storage has a fast path for them, and `ask` uses it
            # for each trial.
            return super().get_all_trials(study_id, deepcopy, states)
        every = super().get_all_trials(study_id, deepcopy=False)
        self._note(every, maximize=self.get_study_directions(study_id) == [StudyDirection.MAXIMIZE])
        shown = [every[number] for number in sorted([*self._open, *self._ranks])]
        if states is not None:
            shown = [trial for trial in shown if trial.state in states]
        if deepcopy:
            return copy.deepcopy(shown)
        return shown

    def get_n_trials(
        self, study_id: int, state: tuple[TrialState, ...] | TrialState | None = None
    ) -> int:
        """The number of trials in the study, shown or not."""
        if isinstance(state, TrialState):
            state = (state,)
        return len(super().get_all_trials(study_id, deepcopy=False, states=state))

    def _note(self, every: list[FrozenTrial], *, maximize: bool) -> None:
        """Ranks the newly ended trials, and forgets those that can never be shown again."""
        candidates = [*self._open, *range(self._noted, len(every))]
        self._noted = len(every)
        self._open = []
        for number in candidates:
            trial = every[number]
            if not trial.state.is_finished():
                self._open.append(number)
            elif trial.state in LEARNT_FROM:
                rank = _rank(trial, maximize=maximize)
                self._ranks[number] = (*rank, number)
        if len(self._ranks) <= self._most:
            return
        sample = sorted(self._ranks, key=lot)[: self._most]
        ranked = sorted(self._ranks, key=lambda number: self._ranks[number])
        kept = {*sample, *ranked[: self._best]}
        self._ranks = {number: self._ranks[number] for number in kept}


def lot(number: int) -> int:
    """A number for each trial; the trials with the lowest numbers are the sample.

    These are multiples of the golden section (Knuth, The Art of Computer Programming 3, section
    6.4). They are evenly spread, so every part of a study is represented.
    """
    return number * GOLDEN % 2**64


def _rank(trial: FrozenTrial, *, maximize: bool) -> tuple[float, float, float]:
    """TPE's order of trials, best first.

    Completed trials come first, by value; then pruned ones, by their last step and value; then
    those that break a constraint, by the amount.
    """
    sign = 1
    if maximize:
        sign = -1
    broken = sum(excess for excess in trial.constraints.values() if excess > 0)
    if broken:
        return 2, broken, 0.0
    if trial.state is TrialState.COMPLETE:
        assert trial.value is not None
        return 0, sign * trial.value, 0.0
    if not trial.intermediate_values:
        return 1, 1, 0.0
    step, last = max(trial.intermediate_values.items())
    return 1, -step, math.inf if math.isnan(last) else sign * last
