"""Where trials are evaluated and compared: rungs and even points, in steps or in images."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.errors import SpaceFileError
from sweep.space.grid import Grid
from sweep.space.hyperparams import Hyperparams
from tests.conftest import spec_of


def trial(steps: int) -> Hyperparams:
    return Hyperparams(steps=steps)


CASES = {
    "the default": ("{steps: 1000}", "", (200, 400, 600, 800, 1000)),
    "a rung in steps": (
        "{steps: 1000}",
        "search: {evaluations: 1, pruner: {name: asha, first_rung: 90, reduction_factor: 3}}",
        (90, 270, 810, 1000),
    ),
    "a rung as a share": (
        "{steps: 1600}",
        "search: {evaluations: 1, pruner: {name: asha, first_rung: 0.0625, reduction_factor: 4}}",
        (100, 400, 1600),
    ),
    "even points besides": (
        "{steps: 1600}",
        "search: {evaluations: 4, pruner: {name: asha, first_rung: 100, reduction_factor: 4}}",
        (100, 400, 800, 1200, 1600),
    ),
    "a rung after the end": (
        "{steps: 100}",
        "search: {evaluations: 1, pruner: {name: asha, first_rung: 200}}",
        (100,),
    ),
    "no pruner": ("{steps: 1600}", "search: {pruner: none, evaluations: 2}", (800, 1600)),
}


@pytest.mark.parametrize(("space", "rest", "steps"), CASES.values(), ids=CASES)
def test_trials_of_the_largest_length_are_evaluated_at(
    space: str, rest: str, steps: tuple[int, ...]
) -> None:
    spec = spec_of(space, rest)
    assert spec.grid.steps(trial(spec.largest_steps)) == steps


grids = st.builds(
    Grid,
    interval=st.integers(1, 200),
    rungs=st.none() | st.tuples(st.integers(1, 200), st.integers(2, 5)),
    images=st.none(),
)


@given(grids, st.integers(1, 2000), st.integers(1, 2000))
def test_trials_are_evaluated_at_the_same_steps_as_far_as_both_go(
    grid: Grid, one: int, other: int
) -> None:
    shared = min(one, other)
    reached = [{s for s in grid.steps(trial(last))[:-1] if s < shared} for last in (one, other)]
    assert reached[0] == reached[1]


@given(grids, st.integers(1, 2000))
def test_steps_rise_to_the_last_one_and_hold_every_rung(grid: Grid, last: int) -> None:
    steps = grid.steps(trial(last))
    assert list(steps) == sorted(set(steps))
    assert steps[-1] == last
    if grid.rungs is not None:
        rung, factor = grid.rungs
        while rung < last:
            assert rung in steps
            rung *= factor
    assert [grid.progress(trial(last), step) for step in steps] == list(steps)


def test_a_longer_baseline_is_compared_at_further_rungs() -> None:
    spec = spec_of(
        "{steps: 1600}",
        "search: {evaluations: 1, pruner: {name: asha, first_rung: 100, reduction_factor: 4}}",
    )
    assert spec.grid.steps(trial(7000)) == (100, 400, 1600, 3200, 4800, 6400, 7000)


@pytest.mark.parametrize(
    ("first", "rung"), [("2", 6000), ("0.5", 4500), ("0.1", 900), ("1.5", 4500)]
)
def test_with_epochs_a_rung_is_counted_in_epochs_or_as_a_share(first: str, rung: int) -> None:
    spec = spec_of(
        "{epochs: 3, batch_size: {choices: [10, 30]}}",
        "data: {name: mnist, train: 3000}\n"
        f"search: {{evaluations: 1, pruner: {{name: asha, first_rung: {first}}}}}",
    )
    assert spec.first_rung == rung
    for batch_size in (10, 30):
        own = spec.space.point({"epochs": 3, "batch_size": batch_size})
        assert spec.grid.steps(own)[0] == rung // batch_size
        assert spec.grid.progress(own, rung // batch_size) == rung


def test_without_a_rung_of_its_own_a_trial_is_first_compared_at_its_first_evaluation() -> None:
    assert spec_of("{steps: 1000}").first_rung == 200
    assert spec_of("{steps: 1000}", "search: {evaluations: 3}").first_rung == 334


BAD = ["0", "-1", "true", "some", ".inf"]


@pytest.mark.parametrize("value", BAD)
def test_a_rung_is_a_number_above_zero(value: str) -> None:
    with pytest.raises(SpaceFileError, match="first_rung"):
        spec_of("{}", f"search: {{pruner: {{name: asha, first_rung: {value}}}}}")
