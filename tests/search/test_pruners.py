"""The contract of pruners: those that a file can name, and Optuna's own alike."""

from collections.abc import Callable
from typing import Any, get_args

import optuna
import pytest
from optuna.trial import TrialState

from sweep.search.pruners import Pruner, make_pruner
from sweep.search.rungs import Rungs
from sweep.space.strategies import Asha, NoPruner
from sweep.space.strategies import Pruner as Named


class OptunaPruner:
    """One of Optuna's own pruners, with a study that holds nothing but the evaluations."""

    def __init__(self, pruner: optuna.pruners.BasePruner) -> None:
        self._study = optuna.create_study(direction="maximize", pruner=pruner)
        self._trials: dict[int, optuna.Trial] = {}

    def falls_behind(self, trial: int, step: int, value: float) -> bool:
        if trial not in self._trials:
            self._trials[trial] = self._study.ask()
        handle = self._trials[trial]
        handle.report(value, step)
        is_behind = handle.should_prune()
        if is_behind or step == 30:
            state = TrialState.PRUNED if is_behind else TrialState.COMPLETE
            self._study.tell(handle, None if is_behind else value, state=state)
        return is_behind


def _made(kind: Any) -> Callable[[], Pruner | None]:
    return lambda: make_pruner(kind(), 10, maximize=True)


PRUNERS: dict[str, Callable[[], Pruner | None]] = {
    **{kind().name: _made(kind) for kind in get_args(Named) if kind is not NoPruner},
    "optuna's median": lambda: OptunaPruner(optuna.pruners.MedianPruner(n_startup_trials=2)),
    "optuna's halving": lambda: OptunaPruner(
        optuna.pruners.SuccessiveHalvingPruner(min_resource=10, reduction_factor=2)
    ),
}


@pytest.mark.parametrize("make", PRUNERS.values(), ids=PRUNERS)
def test_the_worst_falls_behind_and_the_best_never_does(
    make: Callable[[], Pruner | None],
) -> None:
    pruner = make()
    assert pruner is not None
    verdicts: dict[int, bool] = {}
    for trial, value in enumerate([0.5, 0.6, 0.1, 0.9, 0.05]):
        verdicts[trial] = any(
            pruner.falls_behind(trial, step, value + step / 1000) for step in (10, 20, 30)
        )
    assert (verdicts[2], verdicts[4]) == (True, True)
    assert (verdicts[1], verdicts[3]) == (False, False)


def test_a_pruner_has_the_options_of_the_file() -> None:
    assert make_pruner(Asha(reduction_factor=3), 30, maximize=True) == Rungs(30, 3, maximize=True)
    assert make_pruner(Asha(), 10, maximize=False) == Rungs(10, 2, maximize=False)


def test_without_a_pruner_nothing_is_judged() -> None:
    assert make_pruner(NoPruner(), 30, maximize=True) is None
