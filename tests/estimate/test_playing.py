"""A sweep that is played through obeys the pruner's rule and the order of the trials."""

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.estimate.playing import Course, Halving, Rungs, play, play_pruned

seconds = st.floats(0.1, 10)


@st.composite
def courses(draw: st.DrawFn) -> Course:
    evaluate_at = tuple(draw(st.lists(st.sampled_from(range(10, 101, 10)), min_size=1, max_size=6, unique=True)))
    step, evaluation, once = draw(seconds), draw(seconds), draw(seconds)
    return course(tuple(sorted(evaluate_at)), step, evaluation, once, draw(st.booleans()), draw(st.booleans()))


def course(
    evaluate_at: tuple[int, ...], step: float, evaluation: float, once: float, is_ranked: bool = True, may: bool = True
) -> Course:
    times = tuple(once + at * step + count * evaluation for count, at in enumerate(evaluate_at, 1))
    return Course(evaluate_at, times, step, is_ranked, may)


@st.composite
def sweeps(draw: st.DrawFn) -> tuple[list[Course], list[float], list[float]]:
    """Trials, how many times their seconds they take, and their scores."""
    found = draw(st.lists(courses(), min_size=1, max_size=12))
    count = {"min_size": len(found), "max_size": len(found)}
    return found, draw(st.lists(st.floats(0.5, 2), **count)), draw(st.lists(st.floats(0, 1), **count))


workers = st.integers(1, 5)
halvings = st.builds(Halving, st.sampled_from([10, 20]), st.integers(2, 4))


@given(sweeps(), workers)
def test_more_workers_never_take_longer(sweep: tuple[list[Course], list[float], list[float]], count: int) -> None:
    trials, paces, _ = sweep
    assert play(trials, paces, count + 1).seconds <= play(trials, paces, count).seconds * (1 + 1e-9)


@given(sweeps(), workers, halvings)
def test_pruning_never_makes_it_longer(
    sweep: tuple[list[Course], list[float], list[float]], count: int, halving: Halving
) -> None:
    trials, paces, scores = sweep
    pruned = play_pruned(trials, paces, count, halving, scores)
    whole = play(trials, paces, count)
    assert pruned.seconds <= whole.seconds * (1 + 1e-9)
    if pruned.pruned == 0:
        assert pruned.seconds == pytest.approx(whole.seconds)


@given(sweeps(), workers, halvings)
def test_one_trial_at_once_takes_the_sum_and_many_the_longest(
    sweep: tuple[list[Course], list[float], list[float]], count: int, halving: Halving
) -> None:
    trials, paces, _ = sweep
    each = [trial.times[-1] * pace for trial, pace in zip(trials, paces, strict=True)]
    assert play(trials, paces, 1).seconds == pytest.approx(sum(each))
    assert play(trials, paces, len(trials)).seconds == pytest.approx(max(each))
    assert max(each) <= play(trials, paces, count).seconds * (1 + 1e-9)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([40, 70, 100]), st.lists(st.integers(0, 5), min_size=10, max_size=10)),
        min_size=1,
        max_size=8,
    ),
    st.integers(2, 4),
)
def test_rungs_judge_as_optuna_does(trials: list[tuple[int, list[int]]], factor: int) -> None:
    """Trials whose values at each step of 10 are given report in turn; one that falls behind ends there."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    pruner = optuna.pruners.SuccessiveHalvingPruner(min_resource=10, reduction_factor=factor)
    study = optuna.create_study(direction="maximize", pruner=pruner)
    rungs = Rungs(Halving(10, factor))
    running = {number: (study.ask(), 0) for number in range(len(trials))}
    for place, step in enumerate(range(10, 101, 10)):
        for number, (trial, passed) in list(running.items()):
            last, values = trials[number]
            trial.report(values[place], step)
            behind, passed = rungs.judge(step, values[place], passed)
            running[number] = (trial, passed)
            assert behind == trial.should_prune()
            if behind or step >= last:
                del running[number]


def test_a_trial_that_falls_behind_frees_its_worker_a_little_later() -> None:
    trials = [course((100, 200), 1.0, 5.0, 10.0)] * 2
    # The second reaches the first rung after the better first one; twenty steps later it is gone.
    played = play_pruned(trials, [1.0, 1.0], 1, Halving(100, 2), [1.0, 0.0])
    assert played.seconds == pytest.approx((10 + 200 + 10) + (10 + 100 + 5 + 20))
    assert played.pruned == 1


def test_a_baseline_is_judged_and_runs_on_and_a_last_evaluation_prunes_nobody() -> None:
    good = course((100, 200), 1.0, 5.0, 10.0)
    for second in (course((100, 200), 1.0, 5.0, 10.0, may=False), course((100,), 1.0, 5.0, 10.0)):
        played = play_pruned([good, second], [1.0, 1.0], 1, Halving(100, 2), [1.0, 0.0])
        assert played.pruned == 0
        assert played.seconds == pytest.approx(good.times[-1] + second.times[-1])
