"""Which points are allowed, and what constraints leave of a space."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.space import allowed
from sweep.space.allowed import (
    DRAWN,
    MOST_DRAWS,
    allow_more,
    broken,
    idle_constraints,
    is_allowed,
    nothing_is_left,
    remainder,
    remainder_in_words,
)
from sweep.space.constraints import Comparison, Literally, Named, written
from sweep.space.design import designed
from sweep.space.hyperparams import Hyperparams
from sweep.space.shapes import flops, parameters, plan
from sweep.space.space import Space, random_points
from sweep.space.spec import SweepSpec
from tests.conftest import spec_of

SHAPE = (28, 28, 1)
DEEP = "filters: {layers: {low: 1, high: 3}, each: {low: 4, high: 64}}"
MOMENTUM = (
    "optimizer: {choices: [adam, sgd, momentum]}, "
    "momentum: {low: 0.5, high: 0.99, when: {optimizer: momentum}}"
)


def constrained(space: str, *constraints: str, rest: str = "") -> SweepSpec:
    lines = "".join(f"  - {constraint}\n" for constraint in constraints)
    return spec_of(f"{{{space}}}", f"constraints:\n{lines}{rest}")


def drawn(spec: SweepSpec, count: int = 200) -> list[Hyperparams]:
    return list(islice(random_points(spec.space, 0), count))


def is_kept(space: str, constraint: str, **knobs: object) -> bool:
    """Whether a point with these values keeps a constraint on a space."""
    spec = constrained(space, constraint)
    point = spec.space.settled(knobs)  # type: ignore[arg-type]
    return not broken(spec, point, SHAPE)


# What a name stands for.
VALUES = [
    ("filters: [{low: 4, high: 64}, 8]", "filters.1 <= filters.2", {"filters": (8, 8)}, True),
    ("filters: [{low: 4, high: 64}, 8]", "filters.1 <= filters.2", {"filters": (9, 8)}, False),
    (DEEP, "filters.2 == 9", {"filters": (4, 9)}, True),
    (DEEP, "filters.2 == 9", {"filters": (4, 8)}, False),
    (DEEP, "filters.2 == 9", {"filters": (4,)}, True),
    (DEEP, "not filters.2 == 9", {"filters": (4,)}, True),
    (DEEP, "filters.1 <= filters.2 <= filters.3", {"filters": (4, 9)}, True),
    (DEEP, "filters.1 <= filters.2 <= filters.3", {"filters": (9, 4)}, False),
    (DEEP, "filters.layers == 2", {"filters": (4, 9)}, True),
    (DEEP, "filters.layers == 2", {"filters": (4,)}, False),
    ("dense: {choices: [[], [8], [8, 8]]}", "dense.layers < 2", {"dense": ()}, True),
    ("dense: {choices: [[], [8], [8, 8]]}", "dense.layers < 2", {"dense": (8, 8)}, False),
    ("dense: {choices: [[], [8], [9, 8]]}", "dense.1 < 9", {"dense": ()}, True),
    ("dense: {choices: [[], [8], [9, 8]]}", "dense.1 < 9", {"dense": (9, 8)}, False),
    ("kernel_size: {choices: [3, 5]}", "kernel_size.2 < 5", {"kernel_size": 5}, False),
    ("kernel_size: {choices: [3, 5]}", "kernel_size.2 < 5", {"kernel_size": 3}, True),
    (
        "filters: {choices: [[8], [8, 8]]}, kernel_size: {choices: [3, 5]}",
        "kernel_size.2 < 5",
        {"filters": (8,), "kernel_size": 5},
        True,
    ),
    ("kernel_size: {each: {choices: [3, 5]}}", "kernel_size.1 < 5", {"kernel_size": (5, 3)}, False),
    ("kernel_size: {choices: [3, 5]}", "kernel_size < 5", {"kernel_size": 3}, True),
    # A baseline may have a list where the space has one value: nothing can be compared with it.
    ("kernel_size: {choices: [3, 5]}", "kernel_size < 5", {"kernel_size": (5, 5)}, True),
    ("dropout: {low: 0.0, high: 0.5}", "dropout.1 < 0.3", {"dropout": 0.2}, True),
    ("dropout: {low: 0.0, high: 0.5}", "dropout.1 < 0.3", {"dropout": 0.4}, False),
    (MOMENTUM, "momentum <= 0.9", {"optimizer": "sgd"}, True),
    (MOMENTUM, "not momentum <= 0.9", {"optimizer": "sgd"}, True),
    (MOMENTUM, "momentum <= 0.9", {"optimizer": "momentum", "momentum": 0.8}, True),
    (MOMENTUM, "momentum <= 0.9", {"optimizer": "momentum", "momentum": 0.95}, False),
    (
        "optimizer: {choices: [adam, sgd]}, "
        "dropout: {low: 0.0, high: 0.5, when: {optimizer: adam}, else: 0.4}",
        "dropout <= 0.3",
        {"optimizer": "sgd"},
        False,
    ),
    (MOMENTUM, "optimizer == momentum", {"optimizer": "momentum", "momentum": 0.8}, True),
    (MOMENTUM, "optimizer == momentum", {"optimizer": "adam"}, False),
    (MOMENTUM, "optimizer != adam", {"optimizer": "adam"}, False),
    ("batch_norm: {choices: [true, false]}", "batch_norm", {"batch_norm": True}, True),
    ("batch_norm: {choices: [true, false]}", "not batch_norm", {"batch_norm": True}, False),
    ("batch_norm: {choices: [true, false]}", "batch_norm == false", {"batch_norm": True}, False),
    # What the space does not name has its default, which may follow something else.
    (MOMENTUM, "learning_rate < 0.005", {"optimizer": "adam"}, True),
    (MOMENTUM, "learning_rate < 0.005", {"optimizer": "sgd"}, False),
    (
        "activation: {choices: [relu, elu]}, dense: [8]",
        "dense_activation == elu",
        {"activation": "elu"},
        True,
    ),
    (
        "activation: {choices: [relu, elu]}, dense: [8]",
        "dense_activation == elu",
        {"activation": "relu"},
        False,
    ),
    (
        "batch_size: {choices: [32, 64]}, steps: {choices: [10, 20]}",
        "batch_size * steps <= 640",
        {"batch_size": 32, "steps": 20},
        True,
    ),
    (
        "batch_size: {choices: [32, 64]}, steps: {choices: [10, 20]}",
        "batch_size * steps <= 640",
        {"batch_size": 64, "steps": 20},
        False,
    ),
    # An epoch of MNIST has 55,000 images.
    ("epochs: {choices: [1, 2]}, batch_size: 100", "steps <= 550", {"epochs": 1}, True),
    ("epochs: {choices: [1, 2]}, batch_size: 100", "steps <= 550", {"epochs": 2}, False),
    ("epochs: {choices: [1, 2]}, batch_size: 100", "epochs < 2", {"epochs": 2}, False),
]


@pytest.mark.parametrize(("space", "constraint", "knobs", "kept"), VALUES)
def test_a_name_has_the_value_of_the_point_or_none_where_it_does_not_exist(
    space: str, constraint: str, knobs: dict[str, object], kept: bool
) -> None:
    assert is_kept(space, constraint, **knobs) is kept


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_parameters_and_flops_are_those_of_the_whole_network_with_its_logits(seed: int) -> None:
    point = next(random_points(constrained(DEEP, "flops > 0").space, seed))
    layers = plan(point, SHAPE, 10)
    cases = {
        ("parameters", parameters(layers)): True,
        ("parameters", parameters(layers) + 1): False,
        ("flops", flops(layers)): True,
        ("flops", flops(layers) - 1): False,
    }
    for (name, value), kept in cases.items():
        equal = Comparison(("==",), (Named(name), Literally(value)))
        spec = replace(spec_of(f"{{{DEEP}}}"), constraints=(equal,))
        assert is_allowed(spec, point, SHAPE) is kept


def test_a_network_that_cannot_be_built_is_not_allowed() -> None:
    spec = constrained("kernel_size: {choices: [3, 40]}, padding: valid", "kernel_size > 0")
    sizes = {p.kernel_size for p in drawn(spec) if is_allowed(spec, p, SHAPE)}
    assert sizes == {3}


def test_the_constraints_that_are_broken_are_named_in_the_order_of_the_file() -> None:
    texts = ("batch_size > 32", "filters.1 > 4", "batch_size + filters.1 > 40")
    spec = constrained("filters: [{low: 4, high: 9}], batch_size: {choices: [32, 64]}", *texts)
    point = spec.space.settled({"filters": (4,), "batch_size": 32})
    assert tuple(map(written, broken(spec, point, SHAPE))) == texts
    point = spec.space.settled({"filters": (4,), "batch_size": 64})
    assert [written(c) for c in broken(spec, point, SHAPE)] == [texts[1]]


def test_without_constraints_nothing_is_broken() -> None:
    spec = spec_of(f"{{{DEEP}}}")
    assert [broken(spec, point, SHAPE) for point in drawn(spec, 20)] == [[]] * 20
    assert idle_constraints(spec, SHAPE) == []


# What is left.


def test_what_is_left_is_counted_for_each_constraint_and_for_all() -> None:
    spec = constrained(
        "batch_size: {choices: [1, 2, 3, 4]}, steps: {choices: [1, 2]}",
        "batch_size < 4",
        "steps == 2",
        "batch_size > 0",
    )
    left = remainder(spec, SHAPE)
    assert left.drawn == DRAWN
    points = drawn(spec, DRAWN)
    assert left.each == (
        sum(p.batch_size < 4 for p in points),
        sum(p.steps == 2 for p in points),
        DRAWN,
    )
    assert left.every == sum(p.batch_size < 4 and p.steps == 2 for p in points)
    assert 0.7 < left.each[0] / DRAWN < 0.8
    assert 0.45 < left.each[1] / DRAWN < 0.55


def test_what_is_left_is_in_words_with_the_number_of_points() -> None:
    spec = constrained("batch_size: {choices: [32, 64]}", "batch_size < 64", "batch_size > 0")
    left = replace(remainder(spec, SHAPE), drawn=2000, each=(999, 2000), every=999)
    assert remainder_in_words(spec, left) == [
        "the constraint batch_size < 64 leaves 999 of 2,000 random points (49.95 %)",
        "the constraint batch_size > 0 leaves 2,000 of 2,000 random points (100 %); it has no "
        "effect",
        "all constraints leave 999 of 2,000 random points (49.95 %)",
    ]
    alone = constrained("batch_size: {choices: [32, 64]}", "batch_size < 64")
    assert len(remainder_in_words(alone, remainder(alone, SHAPE))) == 1


def test_a_constraint_that_every_point_keeps_has_no_effect() -> None:
    spec = constrained("batch_size: {choices: [32, 64]}", "batch_size < 64", "batch_size > 0")
    assert idle_constraints(spec, SHAPE) == [
        "the constraint batch_size > 0 has no effect: all of 2,000 random points keep it"
    ]


def test_points_that_cannot_be_built_are_not_counted_as_left() -> None:
    space = "kernel_size: {choices: [3, 40]}, padding: valid"
    # Only points that cannot be built keep it, so a file cannot have it.
    large = Comparison(("==",), (Named("kernel_size"), Literally(40)))
    spec = constrained(space, "kernel_size == 3")
    spec = replace(spec, constraints=(*spec.constraints, large))
    left = remainder(spec, SHAPE, 50)
    assert (left.drawn, left.each, left.every) == (50, (50, 0), 0)


def test_a_space_of_which_something_is_left_is_not_looked_at_further(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[Hyperparams] = []

    def noted(space: Space, seed: int) -> Iterator[Hyperparams]:
        for point in random_points(space, seed):
            seen.append(point)
            yield point

    spec = constrained(DEEP, "filters.1 > 32")
    monkeypatch.setattr(allowed, "random_points", noted)
    assert nothing_is_left(spec, SHAPE) is None
    *others, last = seen
    assert last.filters[0] > 32
    assert all(point.filters[0] <= 32 for point in others)


@pytest.mark.parametrize(
    ("constraints", "remedy"),
    [((), "narrow kernel_size, strides"), (("kernel_size > 0",), "loosen the constraints")],
    ids=["without constraints", "with constraints"],
)
def test_what_to_do_for_more_allowed_points_depends_on_whether_there_are_constraints(
    constraints: tuple[str, ...], remedy: str
) -> None:
    spec = spec_of("{kernel_size: {choices: [3, 5]}}")
    if constraints:
        spec = constrained("kernel_size: {choices: [3, 5]}", *constraints)
    assert allow_more(spec).startswith(remedy)


def test_a_space_of_which_nothing_is_left_is_counted_whole() -> None:
    spec = constrained("batch_size: {choices: [32, 64]}", "batch_size < 64")
    (more,) = constrained("batch_size: {choices: [32, 64]}", "batch_size > 32").constraints
    left = nothing_is_left(replace(spec, constraints=(*spec.constraints, more)), SHAPE)
    assert left is not None
    assert (left.drawn, left.every) == (MOST_DRAWS, 0)
    assert sum(left.each) == MOST_DRAWS


# Designs leave out what is not allowed.


def test_a_grid_leaves_out_what_breaks_a_constraint() -> None:
    space = "filters: [{choices: [4, 8]}, {choices: [4, 8]}], batch_size: {choices: [32, 64]}"
    spec = constrained(space, "filters.1 <= filters.2", rest="search: {sampler: grid}\n")
    points = [planned.point for planned in designed(spec, SHAPE).configurations]
    assert {p.filters for p in points} == {(4, 4), (4, 8), (8, 8)}
    assert len(points) == spec.search.trials == 6


def test_one_at_a_time_leaves_out_what_breaks_a_constraint() -> None:
    rest = (
        "search: {sampler: {name: one-at-a-time, values: 3}}\n"
        "baselines: {b: {filters: [8, 8], batch_size: 32}}\n"
    )
    space = "filters: [{low: 4, high: 12}, {low: 4, high: 12}], batch_size: {choices: [32, 64]}"
    spec = constrained(space, "filters.1 <= filters.2", rest=rest)
    points = [planned.point for planned in designed(spec, SHAPE).configurations]
    assert [p.filters for p in points] == [(8, 8), (4, 8), (8, 12), (8, 8)]
    assert spec.search.trials == 4
