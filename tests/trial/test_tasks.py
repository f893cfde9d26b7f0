"""The evaluations of a training lie on the grid of the sweep, and at its last step."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.space import Hyperparams
from sweep.trial.tasks import Train, evaluation_steps


@given(st.integers(1, 1000), st.integers(1, 5000))
def test_evaluations_lie_on_the_grid_and_the_last_is_at_the_last_step(
    interval: int, last: int
) -> None:
    steps = evaluation_steps(interval, last)
    assert steps[-1] == last
    assert list(steps) == sorted(set(steps))
    assert all(step % interval == 0 for step in steps[:-1])
    assert len(steps) == -(-last // interval)


@given(st.integers(1, 100), st.integers(1, 1000), st.integers(1, 1000))
def test_trials_of_two_lengths_are_evaluated_at_the_same_steps_as_far_as_both_go(
    interval: int, one: int, other: int
) -> None:
    shared = min(one, other)
    on_grid = [
        {step for step in evaluation_steps(interval, last)[:-1] if step < shared}
        for last in (one, other)
    ]
    assert on_grid[0] == on_grid[1]


TRAIN = Train(0, Hyperparams(steps=100), 0, 40, 1, Path("w.h5"))


@pytest.mark.parametrize(
    ("until", "expected"),
    [(None, (40, 80, 100)), (100, (40, 80, 100)), (80, (40, 80)), (81, (40, 80, 81)), (1, (1,))],
)
def test_a_training_that_ends_early_is_evaluated_at_its_end(
    until: int | None, expected: tuple[int, ...]
) -> None:
    assert replace(TRAIN, until=until).evaluate_at == expected
