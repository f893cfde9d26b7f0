"""What the networks that were timed come to for a whole sweep."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.preview.assumed import Assumed, assume, to_time
from sweep.preview.costs import work
from sweep.preview.forecast import BETWEEN, Forecast, forecast
from sweep.preview.timing import Timed, Timing, Took
from sweep.space.spec import SweepSpec
from tests.conftest import spec_of
from tests.fakes import SUMMARY
from tests.preview.spaces import spec

ONCE, EVALUATION = 0.4, 0.8


def timing(assumed: Assumed, noise: float = 0.0) -> Timing:
    """What the networks would take at 20 GFLOP/s, each farther off or nearer by so much."""
    found = []
    for number, candidate in enumerate(to_time(assumed, SUMMARY)):
        off = 1 + noise * (-1) ** number
        found.append(
            Timed(
                candidate, Took(work(candidate.point, SUMMARY)[0][0] / 2e10 * off, EVALUATION, ONCE)
            )
        )
    return Timing(6.0, tuple(found))


def forecast_of(spec: SweepSpec, workers: int = 2, noise: float = 0.0) -> Forecast:
    assumed = assume(spec, SUMMARY)
    return forecast(spec, assumed, timing(assumed, noise), SUMMARY, workers)


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 60), st.integers(1, 6), st.integers(0, 3), st.sampled_from([0.0, 0.2]))
def test_the_range_has_the_median_in_it_and_pruning_makes_nothing_longer(
    trials: int, workers: int, seed: int, noise: float
) -> None:
    found = forecast_of(spec(f"{{trials: {trials}, seed: {seed}}}"), workers, noise)
    assert 0 < found.around < found.low <= found.seconds <= found.high
    assert found.seconds <= found.without_pruning * (1 + 1e-9)
    assert 0 <= found.pruned < trials


def test_more_workers_take_less_and_more_trials_more() -> None:
    seconds = [forecast_of(spec("{pruner: none}"), workers).seconds for workers in (1, 2, 4, 8)]
    assert seconds == sorted(seconds, reverse=True)
    assert seconds[0] > 1.7 * seconds[1]
    lengths = [forecast_of(spec(f"{{trials: {trials}}}")).seconds for trials in (5, 20, 80)]
    assert lengths == sorted(lengths)


def test_a_worse_model_gives_a_wider_range() -> None:
    sure, unsure = (
        forecast_of(spec("{trials: 300, pruner: none, sampler: random}"), noise=noise)
        for noise in (0.0, 0.5)
    )
    assert (unsure.high - unsure.low) / unsure.seconds > 1.5 * (sure.high - sure.low) / sure.seconds


@pytest.mark.parametrize("pruner", ["asha", "hyperband", "median", "percentile"])
def test_trials_are_pruned_as_in_the_sweep(pruner: str) -> None:
    found = forecast_of(spec(f"{{trials: 40, pruner: {pruner}}}"))
    assert 5 < found.pruned < 40
    assert found.seconds < found.without_pruning


def test_a_pruner_with_fixed_limits_is_taken_to_prune_nothing() -> None:
    found = forecast_of(spec("{trials: 40, pruner: {name: threshold, lower: 0.9}}"))
    assert found.pruned == 0
    assert found.seconds == found.without_pruning


def test_a_sweep_that_exhausts_its_space_is_forecast_to_its_end() -> None:
    space = "{batch_size: {choices: [32, 64]}, dense: {choices: [[], [8]]}, steps: 100}"
    whole = forecast_of(spec_of(space, "search: {trials: 4, pruner: none}"))
    more = forecast_of(spec_of(space, "search: {trials: 40, pruner: none}"))
    assert (more.trials, more.drawn) == (4, 4)
    assert more == whole


def test_fewer_are_pruned_where_the_sampler_learns() -> None:
    chance, learning = (
        forecast_of(spec(f"{{trials: 40, sampler: {name}}}")) for name in ("random", "tpe")
    )
    assert learning.pruned < chance.pruned


def test_a_sampler_that_may_come_to_prefer_dear_networks_has_a_wider_range() -> None:
    chance, learning = (
        forecast_of(spec(f"{{pruner: none, sampler: {name}}}")) for name in ("random", "tpe")
    )
    assert (learning.high - learning.low) > 1.5 * (chance.high - chance.low)


def test_the_same_file_and_times_have_the_same_forecast() -> None:
    assert forecast_of(spec()) == forecast_of(spec())


def test_a_design_is_the_sum_of_its_trials() -> None:
    grid = spec_of(
        "{filters: [{choices: [8, 16]}], dense: [16], batch_size: 32, steps: {choices: [100, "
        "200]}}",
        "search: {sampler: grid, repeats: 3, evaluations: 2}\n",
    )
    found = forecast_of(grid, workers=1)
    steps = [work(point, SUMMARY)[0][0] / 2e10 for point in assume(grid, SUMMARY).points]
    # Half of the four configurations have one evaluation, half have two.
    expected = 3 * (150 * sum(steps) + 4 * (ONCE + BETWEEN) + 6 * EVALUATION)
    assert found.seconds - found.around == pytest.approx(expected, rel=0.03)
    assert (found.trials, found.drawn, found.pruned) == (12, 0, 0)
    assert found.without_pruning == found.seconds


def test_baselines_are_counted_in_and_the_rest_is_drawn() -> None:
    assert forecast_of(spec("{trials: 7}")).drawn == 6
    assert forecast_of(spec("{trials: 8, repeats: 2}")).drawn == 6
