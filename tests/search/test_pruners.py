"""What stands behind the seam of pruners: our rungs, and Optuna's own pruners alike."""

from collections.abc import Callable

import optuna
import pytest
from optuna.trial import TrialState

from sweep.search.pruners import Pruner, make_pruner
from sweep.search.rungs import Rungs
from tests.conftest import spec_of


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


PRUNERS: dict[str, Callable[[], Pruner]] = {
    "rungs": lambda: Rungs(10, 2, maximize=True),
    "optuna's median": lambda: OptunaPruner(optuna.pruners.MedianPruner(n_startup_trials=2)),
    "optuna's halving": lambda: OptunaPruner(
        optuna.pruners.SuccessiveHalvingPruner(min_resource=10, reduction_factor=2)
    ),
}


@pytest.mark.parametrize("make", PRUNERS.values(), ids=PRUNERS)
def test_the_worst_falls_behind_and_the_best_never_does(make: Callable[[], Pruner]) -> None:
    pruner = make()
    verdicts: dict[int, bool] = {}
    for trial, value in enumerate([0.5, 0.6, 0.1, 0.9, 0.05]):
        verdicts[trial] = any(
            pruner.falls_behind(trial, step, value + step / 1000) for step in (10, 20, 30)
        )
    assert (verdicts[2], verdicts[4]) == (True, True)
    assert (verdicts[1], verdicts[3]) == (False, False)


def test_the_file_names_the_pruner() -> None:
    asked = "search: {evaluations: 3, pruner: {name: asha, reduction_factor: 3}}"
    assert make_pruner(spec_of("{steps: 90}", asked)) == Rungs(30, 3, maximize=True)
    assert make_pruner(spec_of("{steps: 90}", "search: {pruner: none}")) is None
