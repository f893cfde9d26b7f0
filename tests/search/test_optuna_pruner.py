"""Optuna's pruners behind our protocol: what they compare a trial with, and how many of them."""

import random

import optuna
import pytest

from sweep.search.memory import lot
from sweep.search.optuna_pruner import OptunaPruner


class Counting(optuna.pruners.BasePruner):
    """Prunes nothing, and remembers what it was shown."""

    def __init__(self) -> None:
        self.shown: list[list[int]] = []
        self.directions: list[str] = []

    def prune(self, study: optuna.Study, trial: optuna.trial.FrozenTrial) -> bool:
        complete = (optuna.trial.TrialState.COMPLETE,)
        found = study.get_trials(deepcopy=False, states=complete)
        self.shown.append(sorted(one.number for one in found))
        self.directions.append(study.direction.name)
        return False


def test_a_trial_is_compared_with_complete_ones_alone() -> None:
    looking = Counting()
    pruner = OptunaPruner(looking, maximize=True)
    pruner.falls_behind(4, 10, 0.5)
    pruner.falls_behind(7, 10, 0.5)
    pruner.ended(4, complete=True)
    pruner.falls_behind(7, 20, 0.5)
    pruner.ended(7, complete=True)
    pruner.falls_behind(9, 10, 0.5)
    assert looking.shown == [[], [], [4], [4, 7]]


def test_a_trial_that_ends_otherwise_is_forgotten() -> None:
    looking = Counting()
    pruner = OptunaPruner(looking, maximize=True)
    for trial in range(3):
        pruner.falls_behind(trial, 10, 0.5)
        pruner.ended(trial, complete=trial == 1)
    pruner.falls_behind(3, 10, 0.5)
    assert looking.shown[-1] == [1]
    assert list(pruner._going) == [3]


@pytest.mark.parametrize(("maximize", "name"), [(True, "MAXIMIZE"), (False, "MINIMIZE")])
def test_the_direction_is_that_of_the_objective(maximize: bool, name: str) -> None:
    looking = Counting()
    OptunaPruner(looking, maximize=maximize).falls_behind(0, 10, 0.5)
    assert looking.directions == [name]


def test_a_trial_without_an_evaluation_may_end() -> None:
    looking = Counting()
    pruner = OptunaPruner(looking, maximize=True)
    pruner.ended(3, complete=True)
    pruner.falls_behind(4, 10, 0.5)
    assert looking.shown == [[]]


def test_many_trials_are_compared_with_a_sample_that_no_order_changes() -> None:
    numbers = list(range(50))
    expected = sorted(sorted(numbers, key=lot)[:8])
    for seed in range(3):
        random.Random(seed).shuffle(numbers)
        looking = Counting()
        pruner = OptunaPruner(looking, maximize=True, most=8)
        for number in numbers:
            pruner.falls_behind(number, 10, 0.5)
            pruner.ended(number, complete=True)
        pruner.falls_behind(50, 10, 0.5)
        assert looking.shown[-1] == expected


def test_nothing_is_logged_for_a_study_that_nobody_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    optuna.logging.set_verbosity(optuna.logging.INFO)
    OptunaPruner(Counting(), maximize=True).falls_behind(0, 10, 0.5)
    assert capsys.readouterr().err == ""
