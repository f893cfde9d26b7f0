"""Rungs: every verdict is Optuna's, in any order of evaluations, and after an interruption."""

import copy
import math

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.trial import Trial

from sweep.search.rungs import STUDY, Brackets, Rungs

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


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=30),
    st.sampled_from([2, 3, 4]),
    st.sampled_from([1, 5, 8]),
    st.booleans(),
)
def test_brackets_have_the_verdicts_of_optuna(
    values: list[float], factor: int, longest: int, maximize: bool
) -> None:
    theirs = optuna.create_study(
        study_name=STUDY,
        direction="maximize" if maximize else "minimize",
        pruner=optuna.pruners.HyperbandPruner(10, 10 * longest, factor),
    )
    ours = Brackets(10, factor, longest, maximize)
    for number, value in enumerate(values):
        trial = theirs.ask()
        for step in range(10, 10 * longest + 1, 10):
            trial.report(value, step)
            behind = trial.should_prune()
            assert ours.falls_behind(number, step, value) == behind
            if behind:
                break
        state = optuna.trial.TrialState.PRUNED if behind else optuna.trial.TrialState.COMPLETE
        theirs.tell(trial, None if behind else value, state=state)


def test_a_trial_of_a_later_bracket_is_judged_later() -> None:
    brackets = Brackets(10, 2, 4, maximize=True)
    # Each better than all after it, so every trial but the first of a bracket falls behind at once.
    first_steps = set()
    for number in range(60):
        for step in (10, 20, 40):
            if brackets.falls_behind(number, step, 1 - number / 100):
                first_steps.add(step)
                break
    assert first_steps == {10, 20, 40}


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("kind", [Rungs(10, 2, True), Brackets(10, 2, 8, True)])
def test_the_values_of_a_trial_that_ended_stay_and_its_place_is_forgotten(
    kind: Rungs | Brackets, complete: bool
) -> None:
    kind = copy.deepcopy(kind)
    for trial in range(20):
        kind.falls_behind(trial, 10, 0.9)
        kind.ended(trial, complete=complete)
    rungs = [kind] if isinstance(kind, Rungs) else kind._brackets
    assert not any(each._passed for each in rungs)
    assert any(kind.falls_behind(trial, 10, 0.1) for trial in range(20, 30))
