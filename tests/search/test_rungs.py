"""Rungs: every verdict is Optuna's, in any order of evaluations, and after an interruption."""

import math

import optuna
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.trial import Trial

from sweep.search.rungs import Rungs

VALUES = st.sampled_from([0.1, 0.2, 0.3, 0.5, 0.5000001, 0.9, float("nan"), float("inf")])


def by_optuna(first: int, factor: int, maximize: bool) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    pruner = optuna.pruners.SuccessiveHalvingPruner(min_resource=first, reduction_factor=factor)
    return optuna.create_study(direction="maximize" if maximize else "minimize", pruner=pruner)


@settings(deadline=None)
@given(
    first=st.integers(1, 3),
    factor=st.integers(2, 4),
    maximize=st.booleans(),
    evaluations=st.lists(st.tuples(st.integers(0, 5), VALUES), max_size=60),
    cut=st.integers(0, 60),
)
def test_every_verdict_is_that_of_optuna(
    first: int, factor: int, maximize: bool, evaluations: list[tuple[int, float]], cut: int
) -> None:
    rungs = Rungs(first, factor, maximize)
    study = by_optuna(first, factor, maximize)
    trials: list[Trial] = [study.ask() for _ in range(6)]
    reported: list[dict[int, float]] = [{} for _ in trials]
    for count, (number, value) in enumerate(evaluations):
        if count == cut:
            # What is known of trials after an interruption: each with its evaluations, one trial
            # after the other.
            rungs = Rungs(first, factor, maximize)
            for other, values in enumerate(reported):
                for step, before in values.items():
                    rungs.falls_behind(other, step, before)
        if any(map(math.isnan, reported[number].values())):
            # It fell behind with that, and no trial goes on after its verdict.
            continue
        step = first * (len(reported[number]) + 1)
        reported[number][step] = value
        trials[number].report(value, step)
        assert rungs.falls_behind(number, step, value) == trials[number].should_prune()
