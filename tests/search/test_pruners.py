"""The contract of pruners: each that a file can name, at its defaults or with limits."""

from collections.abc import Iterable
from typing import get_args

import optuna
import pytest

from sweep.search.optuna_pruner import OptunaPruner
from sweep.search.pruners import Pruner, make_pruner
from sweep.search.rungs import Brackets, Rungs
from sweep.space.strategies import (
    Asha,
    Hyperband,
    Median,
    NoPruner,
    Percentile,
    Threshold,
)
from sweep.space.strategies import Pruner as Named

FIRST, EVALUATIONS = 10, 4
STEPS = (10, 20, 30, 40)
VALUES = (0.5, 0.6, 0.55, 0.1, 0.9, 0.52, 0.65, 0.45, 0.62, 0.05)
# The best and the worst of `VALUES`, by their place.
BEST, WORST = 4, 9

PRUNERS: dict[str, Named] = {
    "asha": Asha(),
    "hyperband": Hyperband(reduction_factor=2),
    "median": Median(n_startup_trials=2),
    "percentile": Percentile(n_startup_trials=2),
    "threshold": Threshold(lower=0.2),
}


def made(pruner: Named, *, maximize: bool = True) -> Pruner:
    found = make_pruner(pruner, FIRST, EVALUATIONS, maximize=maximize)
    assert found is not None
    return found


def played(pruner: Pruner, values: Iterable[float]) -> list[int | None]:
    """The step at which each trial fell behind, one trial after the other."""
    return [course(pruner, trial, value) for trial, value in enumerate(values)]


def course(pruner: Pruner, trial: int, value: float) -> int | None:
    for step in STEPS:
        if pruner.falls_behind(trial, step, value + step / 1000) and step < STEPS[-1]:
            pruner.ended(trial, complete=False)
            return step
    pruner.ended(trial, complete=True)
    return None


def test_every_pruner_of_the_file_is_tested_here() -> None:
    assert {type(pruner) for pruner in PRUNERS.values()} == {*get_args(Named)} - {NoPruner}
    assert {name: pruner.name for name, pruner in PRUNERS.items()} == {n: n for n in PRUNERS}


@pytest.mark.parametrize("pruner", PRUNERS.values(), ids=PRUNERS)
def test_the_worst_falls_behind_and_the_best_never_does(pruner: Named) -> None:
    ends = played(made(pruner), VALUES)
    assert ends[WORST] is not None
    assert ends[BEST] is None


@pytest.mark.parametrize("pruner", PRUNERS.values(), ids=PRUNERS)
def test_the_least_is_the_best_where_the_objective_is_minimized(pruner: Named) -> None:
    if isinstance(pruner, Threshold):
        pruner = Threshold(upper=-0.2)
    values = [-value for value in VALUES]
    ends = played(made(pruner, maximize=False), values)
    assert ends[WORST] is not None
    assert ends[BEST] is None


@pytest.mark.parametrize("pruner", PRUNERS.values(), ids=PRUNERS)
def test_what_is_no_number_falls_behind_without_a_warning(pruner: Named) -> None:
    judging = made(pruner)
    played(judging, VALUES[:BEST])
    # At the first rung of every bracket.
    assert any(judging.falls_behind(WORST, step, float("nan")) for step in STEPS)


@pytest.mark.parametrize("pruner", PRUNERS.values(), ids=PRUNERS)
def test_evaluations_that_are_repeated_trial_by_trial_leave_the_same_state(pruner: Named) -> None:
    """As when a sweep goes on: in the order of numbers, whatever the order was at first."""
    live = made(pruner)
    reported: dict[int, list[tuple[int, float]]] = {trial: [] for trial in range(len(VALUES))}
    ended = []
    going = list(reported)
    for step in STEPS:
        for trial in reversed(going.copy()):
            value = VALUES[trial] + step / 1000
            reported[trial].append((step, value))
            if live.falls_behind(trial, step, value) and step < STEPS[-1]:
                going.remove(trial)
                live.ended(trial, complete=False)
    for trial in reversed(going):
        live.ended(trial, complete=True)
        ended.append(trial)
    again = made(pruner)
    for trial, evaluations in reported.items():
        for step, value in evaluations:
            again.falls_behind(trial, step, value)
        again.ended(trial, complete=trial in ended)
    further = (0.3, 0.95, 0.58, 0.61, 0.2, 0.0)
    for number, value in enumerate(further, len(VALUES)):
        assert course(live, number, value) == course(again, number, value)


@pytest.mark.parametrize(
    ("patient", "hasty"),
    [
        (Median(n_startup_trials=6), Median(n_startup_trials=2)),
        (Median(n_startup_trials=2, n_min_trials=6), Median(n_startup_trials=2)),
        (Median(n_startup_trials=2, n_warmup_steps=40), Median(n_startup_trials=2)),
        (
            Percentile(n_startup_trials=2, percentile=99.0),
            Percentile(n_startup_trials=2, percentile=10.0),
        ),
        (Threshold(lower=0.01), Threshold(lower=0.7)),
        (Threshold(upper=1.0), Threshold(upper=0.3)),
        (Threshold(lower=0.7, n_warmup_steps=40), Threshold(lower=0.7)),
        (Asha(reduction_factor=2), Asha(reduction_factor=6)),
        (Hyperband(reduction_factor=2), Hyperband(reduction_factor=10)),
    ],
)
def test_options_reach_the_pruner(patient: Named, hasty: Named) -> None:
    def pruned(pruner: Named) -> int:
        return sum(end is not None for end in played(made(pruner), VALUES * 3))

    assert pruned(patient) < pruned(hasty)


def test_halving_begins_at_the_first_rung() -> None:
    assert make_pruner(Asha(reduction_factor=3), 30, 5, maximize=True) == Rungs(30, 3, True)
    assert make_pruner(Asha(), 10, 5, maximize=False) == Rungs(10, 2, False)
    assert make_pruner(Hyperband(), 30, 5, maximize=True) == Brackets(30, 3, 5, True)


def test_the_median_is_the_percentile_of_50() -> None:
    values = [0.3, 0.8, 0.5, 0.55, 0.7, 0.2, 0.6, 0.65]
    median = played(made(Median()), values)
    assert median == played(made(Percentile(percentile=50.0)), values)
    assert median == [None, None, None, None, None, 10, None, None]


def test_the_median_rule_has_the_verdicts_of_optuna() -> None:
    ours = made(Median(n_startup_trials=2))
    assert isinstance(ours, OptunaPruner)
    theirs = optuna.create_study(
        direction="maximize", pruner=optuna.pruners.MedianPruner(n_startup_trials=2)
    )
    for number, value in enumerate([0.5, 0.4, 0.7, 0.45, 0.1, 0.8, 0.62, 0.58, 0.9]):
        trial = theirs.ask()
        verdicts = []
        for step in STEPS:
            trial.report(value + step / 1000, step)
            verdicts.append(trial.should_prune())
            assert ours.falls_behind(number, step, value + step / 1000) == verdicts[-1]
        if any(verdicts):
            theirs.tell(trial, state=optuna.trial.TrialState.PRUNED)
        else:
            theirs.tell(trial, value)
        ours.ended(number, complete=not any(verdicts))


def test_without_a_pruner_nothing_is_judged() -> None:
    assert make_pruner(NoPruner(), 30, 5, maximize=True) is None
