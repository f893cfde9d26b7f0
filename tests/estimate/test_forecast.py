"""Which trials a sweep is taken to consist of, which networks tell their cost, and what it all comes to."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.errors import InputError
from sweep.estimate.assumed import POOL, Assumed, assume, random_point, to_time
from sweep.estimate.costs import deciding, work
from sweep.estimate.forecast import BETWEEN, Forecast, forecast
from sweep.estimate.timing import Candidate, Timed, Timing, Took
from sweep.feasible import impossible
from sweep.spec import SweepSpec
from tests.conftest import spec_of
from tests.fakes import SUMMARY

SPACE = (
    "{filters: [{low: 4, high: 32, log: true}, {low: 8, high: 64, step: 8}], "
    "dropout: {low: 0.0, high: 0.5, step: 0.1}, optimizer: {choices: [sgd, momentum]}, "
    "momentum: {low: 0.5, high: 0.9, when: {optimizer: momentum}}, "
    "learning_rate: {low: 1e-4, high: 1e-1, log: true}, batch_size: {choices: [32, 128]}, "
    "steps: {low: 100, high: 500, step: 100}}"
)
BASELINE = (
    "baselines: {plain: {filters: [8, 16], dropout: 0.1, optimizer: sgd, learning_rate: 0.01, batch_size: 32, "
    "steps: 300}}\n"
)
ONCE, EVALUATION = 0.4, 0.8


def timing(assumed: Assumed, noise: float = 0.0) -> Timing:
    """What the networks would take at 20 GFLOP/s, each farther off or nearer by so much."""
    found = []
    for number, candidate in enumerate(to_time(assumed, SUMMARY)):
        off = 1 + noise * (-1) ** number
        found.append(Timed(candidate, Took(work(candidate.point, SUMMARY)[0][0] / 2e10 * off, EVALUATION, ONCE)))
    return Timing(6.0, tuple(found))


def forecast_of(spec: SweepSpec, workers: int = 2, noise: float = 0.0) -> Forecast:
    assumed = assume(spec, SUMMARY)
    return forecast(spec, assumed, timing(assumed, noise), SUMMARY, workers)


def spec(search: str = "{}", baselines: str = BASELINE) -> SweepSpec:
    return spec_of(SPACE, f"search: {search}\n{baselines}")


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
        forecast_of(spec("{trials: 300, pruner: none, sampler: random}"), noise=noise) for noise in (0.0, 0.5)
    )
    assert (unsure.high - unsure.low) / unsure.seconds > 1.5 * (sure.high - sure.low) / sure.seconds


def test_fewer_are_pruned_where_the_sampler_learns() -> None:
    chance, learning = (forecast_of(spec(f"{{trials: 40, sampler: {name}}}")) for name in ("random", "tpe"))
    assert learning.pruned < chance.pruned


def test_a_sampler_that_may_come_to_prefer_dear_networks_has_a_wider_range() -> None:
    chance, learning = (forecast_of(spec(f"{{pruner: none, sampler: {name}}}")) for name in ("random", "tpe"))
    assert (learning.high - learning.low) > 1.5 * (chance.high - chance.low)


def test_the_same_file_and_times_have_the_same_forecast() -> None:
    assert forecast_of(spec()) == forecast_of(spec())


def test_a_design_is_the_sum_of_its_trials() -> None:
    grid = spec_of(
        "{filters: [{choices: [8, 16]}], dense: [16], batch_size: 32, steps: {choices: [100, 200]}}",
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


@pytest.mark.parametrize("seed", range(20))
def test_random_points_are_of_the_space(seed: int) -> None:
    space = spec().space
    point = random_point(space, np.random.default_rng(seed))
    assert space.values(point) is not None


def test_random_points_reach_both_ends() -> None:
    space, random = spec().space, np.random.default_rng(0)
    points = [random_point(space, random) for _ in range(600)]
    assert {p.filters[0] for p in points} == set(range(4, 33))
    assert {p.filters[1] for p in points} == set(range(8, 65, 8))
    assert {p.steps for p in points} == {100, 200, 300, 400, 500}
    assert {round(p.dropout, 9) for p in points} == {0.0, 0.1, 0.2, 0.3, 0.4, 0.5}
    small = sum(p.learning_rate < 1e-3 for p in points)
    assert 0.25 < small / len(points) < 0.42


def test_what_cannot_be_built_is_not_assumed() -> None:
    tight = spec_of("{filters: [4, 4, 4], kernel_size: {choices: [3, 9, 25]}, padding: valid, pool: none}")
    points = assume(tight, SUMMARY).pool
    assert len(points) == POOL
    assert {impossible(point, SUMMARY.shape) for point in points} == {None}
    assert {point.kernel_size for point in points} == {3, 9}


def test_a_space_of_which_no_point_can_be_built_is_bad_input() -> None:
    valid = spec_of("{filters: [2], kernel_size: 3, padding: valid}")
    with pytest.raises(InputError, match="could be built"):
        assume(valid, replace(SUMMARY, shape=(2, 2, 1)))


def test_every_baseline_the_cheapest_and_the_dearest_are_timed_dearest_first() -> None:
    assumed = assume(spec(), SUMMARY)
    networks = to_time(assumed, SUMMARY)
    assert {"plain", "cheapest", "dearest"} <= {network.name for network in networks}
    flops = [work(network.point, SUMMARY)[0][0] for network in networks]
    assert flops == sorted(flops, reverse=True)
    everything = [work(point, SUMMARY)[0][0] for point in assumed.points]
    assert (flops[0], flops[-1]) == (max(everything), min(everything))
    assert len({deciding(network.point) for network in networks}) == len(networks) == len(set(map(name, networks)))


def name(candidate: Candidate) -> str:
    return candidate.name


def test_both_precisions_are_timed() -> None:
    mixed = spec_of("{filters: [{low: 4, high: 32}], precision: {choices: [float32, bfloat16]}}")
    networks = to_time(assume(mixed, SUMMARY), SUMMARY)
    assert {n.point.precision for n in networks if n.name.startswith("dearest")} == {"float32", "bfloat16"}


def test_where_only_the_learning_rate_varies_one_network_tells_all() -> None:
    (only,) = to_time(assume(spec_of("{learning_rate: {low: 0.01, high: 0.1}}"), SUMMARY), SUMMARY)
    assert only.name == "any"
