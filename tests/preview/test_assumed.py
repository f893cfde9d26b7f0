"""Which trials a sweep is taken to consist of, and which networks tell their cost."""

from dataclasses import replace
from itertools import islice

import pytest

from sweep.errors import InputError
from sweep.preview.assumed import POOL, assume, to_time
from sweep.preview.costs import deciding, work
from sweep.preview.timing import Candidate
from sweep.space.allowed import is_allowed
from sweep.space.feasible import impossible
from sweep.space.space import random_points
from tests.conftest import spec_of
from tests.fakes import SUMMARY
from tests.preview.spaces import spec


@pytest.mark.parametrize("seed", range(20))
def test_random_points_are_of_the_space(seed: int) -> None:
    space = spec().space
    point = next(random_points(space, seed))
    assert space.values(point) is not None


def test_random_points_reach_both_ends() -> None:
    points = list(islice(random_points(spec().space, 0), 600))
    assert {p.filters[0] for p in points} == set(range(4, 33))
    assert {p.filters[1] for p in points} == set(range(8, 65, 8))
    assert {p.steps for p in points} == {100, 200, 300, 400, 500}
    assert {round(p.model_dump()["dropout"], 9) for p in points} == {0.0, 0.1, 0.2, 0.3, 0.4, 0.5}
    small = sum(p.learning_rate < 1e-3 for p in points)
    assert 0.25 < small / len(points) < 0.42


def test_what_cannot_be_built_is_not_assumed() -> None:
    tight = spec_of(
        "{filters: [4, 4, 4], kernel_size: {choices: [3, 9, 25]}, padding: valid, pool: none}"
    )
    points = assume(tight, SUMMARY).pool
    assert len(points) == POOL
    assert {impossible(point, SUMMARY.shape) for point in points} == {None}
    assert {point.kernel_size for point in points} == {3, 9}


def test_a_space_of_which_no_point_can_be_built_is_bad_input() -> None:
    valid = spec_of("{filters: [2], kernel_size: 3, padding: valid}")
    with pytest.raises(InputError, match="could be built"):
        assume(valid, replace(SUMMARY, shape=(2, 2, 1)))


def test_what_breaks_a_constraint_is_not_assumed() -> None:
    constrained = spec_of(
        "{filters: [{low: 4, high: 64}, {low: 4, high: 64}]}",
        "constraints: [filters.1 <= filters.2, parameters <= 30_000]",
    )
    points = assume(constrained, SUMMARY).pool
    assert len(points) == POOL
    assert all(is_allowed(constrained, point, SUMMARY.shape) for point in points)
    assert len({point.filters for point in points}) > POOL / 2


def test_a_space_of_which_constraints_leave_no_point_is_bad_input() -> None:
    some = spec_of("{batch_size: {choices: [32, 64]}}", "constraints: batch_size < 64")
    space = spec_of("{batch_size: 64, steps: {low: 1, high: 9}}").space
    never = replace(some, space=space)
    with pytest.raises(InputError, match="and keeps every constraint") as raised:
        assume(never, SUMMARY)
    assert "loosen the constraints" in raised.value.problems[0].hint


def test_every_baseline_the_cheapest_and_the_dearest_are_timed_dearest_first() -> None:
    assumed = assume(spec(), SUMMARY)
    networks = to_time(assumed, SUMMARY)
    assert {"plain", "cheapest", "dearest"} <= {network.name for network in networks}
    flops = [work(network.point, SUMMARY)[0][0] for network in networks]
    assert flops == sorted(flops, reverse=True)
    everything = [work(point, SUMMARY)[0][0] for point in assumed.points]
    assert (flops[0], flops[-1]) == (max(everything), min(everything))
    assert (
        len({deciding(network.point) for network in networks})
        == len(networks)
        == len(set(map(name, networks)))
    )


def name(candidate: Candidate) -> str:
    return candidate.name


def test_both_precisions_are_timed() -> None:
    mixed = spec_of("{filters: [{low: 4, high: 32}], precision: {choices: [float32, bfloat16]}}")
    networks = to_time(assume(mixed, SUMMARY), SUMMARY)
    assert {n.point.precision for n in networks if n.name.startswith("dearest")} == {
        "float32",
        "bfloat16",
    }


def test_where_only_the_learning_rate_varies_one_network_tells_all() -> None:
    (only,) = to_time(assume(spec_of("{learning_rate: {low: 0.01, high: 0.1}}"), SUMMARY), SUMMARY)
    assert only.name == "any"
