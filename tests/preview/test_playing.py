"""A sweep that is played through obeys the pruner's rule and the order of the trials."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.preview.playing import Course, play, play_pruned
from sweep.search.pruners import make_pruner
from sweep.search.rungs import Rungs
from sweep.space.strategies import Median

seconds = st.floats(0.1, 10)


@st.composite
def courses(draw: st.DrawFn) -> Course:
    evaluate_at = tuple(
        draw(st.lists(st.sampled_from(range(10, 101, 10)), min_size=1, max_size=6, unique=True))
    )
    step, evaluation, once = draw(seconds), draw(seconds), draw(seconds)
    return course(
        tuple(sorted(evaluate_at)), step, evaluation, once, draw(st.booleans()), draw(st.booleans())
    )


def course(
    evaluate_at: tuple[int, ...],
    step: float,
    evaluation: float,
    once: float,
    is_ranked: bool = True,
    may: bool = True,
) -> Course:
    times = tuple(once + at * step + count * evaluation for count, at in enumerate(evaluate_at, 1))
    return Course(evaluate_at, times, step, is_ranked, may)


@st.composite
def sweeps(draw: st.DrawFn) -> tuple[list[Course], list[float], list[float]]:
    """Trials, how many times their seconds they take, and their scores."""
    found = draw(st.lists(courses(), min_size=1, max_size=12))
    size = len(found)
    return (
        found,
        draw(st.lists(st.floats(0.5, 2), min_size=size, max_size=size)),
        draw(st.lists(st.floats(0, 1), min_size=size, max_size=size)),
    )


workers = st.integers(1, 5)
rungs_of_some_sweep = st.builds(Rungs, st.sampled_from([10, 20]), st.integers(2, 4), st.just(True))


@given(sweeps(), workers)
def test_more_workers_never_take_longer(
    sweep: tuple[list[Course], list[float], list[float]], count: int
) -> None:
    trials, paces, _ = sweep
    assert play(trials, paces, count + 1).seconds <= play(trials, paces, count).seconds * (1 + 1e-9)


@given(sweeps(), workers, rungs_of_some_sweep)
def test_pruning_never_makes_it_longer(
    sweep: tuple[list[Course], list[float], list[float]], count: int, rungs: Rungs
) -> None:
    trials, paces, scores = sweep
    pruned = play_pruned(trials, paces, count, rungs, scores)
    whole = play(trials, paces, count)
    assert pruned.seconds <= whole.seconds * (1 + 1e-9)
    if pruned.pruned == 0:
        assert pruned.seconds == pytest.approx(whole.seconds)


@given(sweeps(), workers)
def test_one_trial_at_once_takes_the_sum_and_many_the_longest(
    sweep: tuple[list[Course], list[float], list[float]], count: int
) -> None:
    trials, paces, _ = sweep
    each = [trial.times[-1] * pace for trial, pace in zip(trials, paces, strict=True)]
    assert play(trials, paces, 1).seconds == pytest.approx(sum(each))
    assert play(trials, paces, len(trials)).seconds == pytest.approx(max(each))
    assert max(each) <= play(trials, paces, count).seconds * (1 + 1e-9)


def test_a_trial_that_falls_behind_frees_its_worker_a_little_later() -> None:
    trials = [course((100, 200), 1.0, 5.0, 10.0)] * 2
    # The second reaches the first rung after the better first one; twenty steps later it is gone.
    played = play_pruned(trials, [1.0, 1.0], 1, Rungs(100, 2, maximize=True), [1.0, 0.0])
    assert played.seconds == pytest.approx((10 + 200 + 10) + (10 + 100 + 5 + 20))
    assert played.pruned == 1


def test_a_baseline_is_judged_and_runs_on_and_a_last_evaluation_prunes_nobody() -> None:
    good = course((100, 200), 1.0, 5.0, 10.0)
    for second in (course((100, 200), 1.0, 5.0, 10.0, may=False), course((100,), 1.0, 5.0, 10.0)):
        played = play_pruned(
            [good, second], [1.0, 1.0], 1, Rungs(100, 2, maximize=True), [1.0, 0.0]
        )
        assert played.pruned == 0
        assert played.seconds == pytest.approx(good.times[-1] + second.times[-1])


def test_a_pruner_hears_which_trials_came_to_their_end() -> None:
    trials = [course((100, 200), 1.0, 5.0, 10.0)] * 4
    scores = [0.5, 0.6, 0.1, 0.7]
    median = make_pruner(Median(n_startup_trials=2), 100, 2, maximize=True)
    assert median is not None
    assert play_pruned(trials, [1.0] * 4, 1, median, scores).pruned == 1
    patient = make_pruner(Median(n_startup_trials=3), 100, 2, maximize=True)
    assert patient is not None
    assert play_pruned(trials, [1.0] * 4, 1, patient, scores).pruned == 0


class Listening(Rungs):
    """Rungs that remember which trials ended, and how."""

    def __init__(self) -> None:
        super().__init__(100, 2, maximize=True)
        self.heard: list[tuple[int, bool]] = []

    def ended(self, trial: int, *, complete: bool) -> None:
        self.heard.append((trial, complete))
        super().ended(trial, complete=complete)


def test_a_pruner_hears_of_every_end_of_a_ranked_trial() -> None:
    whole, unranked = (course((100, 200), 1.0, 5.0, 10.0, is_ranked=r) for r in (True, False))
    listening = Listening()
    play_pruned([whole, unranked, whole, whole], [1.0] * 4, 1, listening, [0.5, 0.6, 0.1, 0.7])
    assert listening.heard == [(0, True), (2, False), (3, True)]
