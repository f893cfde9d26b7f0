"""Untried points: near the one that is suggested again and again, or anywhere; each once, until
none is left."""

import pytest

from sweep.search import untried
from sweep.search.untried import Untried
from sweep.space import Hyperparams, SweepSpec, Value, is_allowed, nothing_is_left
from tests.conftest import spec_of

SHAPE = (28, 28, 1)
# 2 + 4 points: momentum exists for one optimizer only.
SMALL = (
    "{optimizer: {choices: [adam, momentum]}, momentum: {low: 0.6, high: 0.9, step: 0.1, when: "
    "{optimizer: momentum}}, batch_size: {choices: [32, 64, 128]}}"
)
LARGE = "{dropout: {low: 0.0, high: 0.5}, batch_size: {choices: [32, 64]}, optimizer: sgd}"
# Beyond what is looked at point by point. Of 1000 kernels 28 can be built.
SPARSE = (
    "{kernel_size: {low: 1, high: 1000}, strides: {low: 1, high: 20}, padding: valid, filters: "
    "[1], pool: none}"
)


def point_of(spec: SweepSpec, **values: Value) -> Hyperparams:
    """The point of the space with these values, and its constants."""
    return spec.space.point(spec.space.draw(lambda parameter: values[parameter.name]))


def exhausted(spec: SweepSpec, first: Hyperparams) -> list[Hyperparams]:
    """Every point that is found, one after the other, near the one before."""
    finder = Untried(spec, SHAPE)
    points = [first]
    tried = {spec.space.meaning(first)}
    while (found := finder.near(points[-1], tried, seed=len(points))) is not None:
        points.append(found)
        tried.add(spec.space.meaning(found))
        assert len(tried) == len(points)
    return points


@pytest.mark.parametrize("looked_at", [True, False])
def test_every_point_of_a_small_space_is_found_once(
    looked_at: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not looked_at:
        monkeypatch.setattr(untried, "every_configuration", lambda *_: None)
    spec = spec_of(SMALL)
    points = exhausted(spec, point_of(spec, optimizer="adam", batch_size=32))
    assert len(points) == 3 * (1 + 4)
    assert all(spec.space.values(point) is not None for point in points)


def test_the_nearest_point_of_a_small_space_is_taken() -> None:
    spec = spec_of("{dropout: {low: 0.0, high: 0.4, step: 0.1}, batch_size: {choices: [32, 64]}}")
    here = point_of(spec, dropout=0.2, batch_size=32)
    tried = {spec.space.meaning(here)}
    for seed in range(10):
        found = Untried(spec, SHAPE).near(here, tried, seed)
        assert found is not None
        assert (found.dropout == here.dropout) != (found.batch_size == here.batch_size)


def test_in_a_large_space_one_parameter_changes_first() -> None:
    spec = spec_of(LARGE)
    here = point_of(spec, dropout=0.2, batch_size=32)
    found = Untried(spec, SHAPE).near(here, {spec.space.meaning(here)}, seed=1)
    assert found is not None
    assert (found.dropout == here.dropout) != (found.batch_size == here.batch_size)


def test_the_seed_decides_which_of_several_is_taken() -> None:
    for space in (SMALL, LARGE):
        spec = spec_of(space)
        here = point_of(spec, optimizer="adam", batch_size=32, dropout=0.1)
        tried = {spec.space.meaning(here)}
        found = [Untried(spec, SHAPE).near(here, tried, seed) for seed in (1, 1, 2, 3, 4, 5)]
        assert found[0] == found[1]
        assert len(set(found)) > 1


def test_what_cannot_be_built_is_no_point() -> None:
    spec = spec_of("{kernel_size: {low: 26, high: 40}, padding: valid, filters: [1], pool: none}")
    points = exhausted(spec, point_of(spec, kernel_size=26))
    assert sorted(point.kernel_size for point in points) == [26, 27, 28]


def test_a_large_space_in_which_many_draws_find_nothing_is_exhausted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spec = spec_of(SPARSE)
    here = point_of(spec, kernel_size=28, strides=1)
    tried = {spec.space.meaning(point_of(spec, kernel_size=28, strides=n)) for n in range(1, 21)}
    assert Untried(spec, SHAPE).near(here, tried, seed=0) is not None
    monkeypatch.setattr(untried, "MOST_NEAR", 5)
    monkeypatch.setattr(untried, "MOST_DRAWS", 5)
    finder = Untried(spec, SHAPE)
    assert finder.near(here, tried, seed=0) is None
    assert finder.near(here, tried, seed=1) is None


def test_a_large_space_is_looked_at_everywhere_if_nothing_is_near(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(untried, "MOST_NEAR", 0)
    spec = spec_of(SPARSE)
    here = point_of(spec, kernel_size=28, strides=1)
    found = Untried(spec, SHAPE).near(here, {spec.space.meaning(here)}, seed=0)
    assert found is not None
    assert is_allowed(spec, found, SHAPE)


def in_turn(
    finder: Untried, spec: SweepSpec, tried: set[tuple[Value, ...]], most: int = 1000
) -> list[Hyperparams]:
    """Up to `most` points that are found anywhere, one after the other."""
    points: list[Hyperparams] = []
    while len(points) < most:
        found = finder.near(None, tried, seed=len(tried))
        if found is None:
            break
        points.append(found)
        tried.add(spec.space.meaning(found))
    return points


@pytest.mark.parametrize("looked_at", [True, False])
def test_every_point_is_found_without_one_to_be_near(
    looked_at: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not looked_at:
        monkeypatch.setattr(untried, "every_configuration", lambda *_: None)
    spec = spec_of(SMALL, "constraints: batch_size != 64")
    points = in_turn(Untried(spec, SHAPE), spec, set())
    assert len({spec.space.meaning(point) for point in points}) == len(points) == 2 * (1 + 4)
    assert all(is_allowed(spec, point, SHAPE) for point in points)


def test_what_is_found_anywhere_is_the_same_after_an_interruption() -> None:
    spec = spec_of(SPARSE)
    whole = in_turn(Untried(spec, SHAPE), spec, set(), most=12)
    tried: set[tuple[Value, ...]] = set()
    begun = in_turn(Untried(spec, SHAPE), spec, tried, most=5)
    assert begun + in_turn(Untried(spec, SHAPE), spec, tried, most=7) == whole
    assert len(set(whole)) == 12


@pytest.mark.parametrize("seed", [0, 2])
def test_the_point_that_a_check_finds_is_found_too(seed: int) -> None:
    # About 1 in 10,000 points is left.
    rest = f"constraints: [dropout < 0.005, learning_rate < 1.07e-4]\nsearch: {{seed: {seed}}}"
    spec = spec_of(
        "{dropout: {low: 0.0, high: 0.5}, learning_rate: {low: 1e-4, high: 1e-1, log: true}}", rest
    )
    assert nothing_is_left(spec, SHAPE) is None
    assert Untried(spec, SHAPE).near(None, set(), seed=0) is not None


def test_numbers_that_differ_by_arithmetic_alone_are_one_point() -> None:
    spec = spec_of("{dropout: {low: 0.0, high: 0.7, step: 0.1}}")
    here = point_of(spec, dropout=0.30000000000000004)
    points = exhausted(spec, here)
    assert len(points) == 8
