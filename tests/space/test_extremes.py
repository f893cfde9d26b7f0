"""The smallest and the largest network of a space are those that trying every point finds."""

import math
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.space.domains import Choices, Constant, Domain, FloatRange, IntRange
from sweep.space.extremes import extreme
from sweep.space.hyperparams import KNOBS, Hyperparams, Value
from sweep.space.shapes import Impossible, Shape, parameters, plan
from sweep.space.space import Condition, Parameter, Space
from sweep.spacefile.layers import Layered, expanded
from tests.conftest import spec_of


def values_of(domain: Domain) -> Sequence[Value]:
    match domain:
        case Constant(value):
            return (value,)
        case Choices(options):
            return options
        case IntRange(low, high, step):
            return range(low, high + 1, step)
        case FloatRange(low, high):
            return (low, high, (low + high) / 2, low + (high - low) / 3)


def every_point(space: Space) -> Iterator[Hyperparams]:
    """All points of a space of small domains; of a range of fractions the three that a condition
    may name here, and one that none names."""
    for values in product(*(values_of(p.domain) for p in space.parameters)):
        chosen = dict(zip((p.name for p in space.parameters), values, strict=True))
        yield space.point(space.draw(lambda p, chosen=chosen: chosen[p.name]))  # type: ignore[misc]


def by_trying(space: Space, shape: Shape, classes: int) -> list[int]:
    """The parameters of every network that can be built."""
    found = []
    for point in set(every_point(space)):
        with suppress(Impossible):
            found.append(parameters(plan(point, shape, classes)))
    return found


def counted(space: Space, shape: Shape, classes: int, *, largest: bool) -> int | None:
    found = extreme(space, shape, classes, largest=largest)
    if found is None:
        return None
    assert found.is_exact
    return parameters(plan(found.point, shape, classes))


def ints(most: int, size: int = 3) -> st.SearchStrategy[Domain]:
    """A few whole numbers: a constant, choices, or a range with or without steps."""
    ranges = st.tuples(st.integers(1, most), st.integers(1, size - 1), st.integers(1, 3)).map(
        lambda drawn: IntRange(drawn[0], drawn[0] + drawn[1] * drawn[2], drawn[2])
    )
    choices = st.lists(st.integers(1, most), min_size=1, max_size=size, unique=True)
    return st.one_of(
        st.integers(1, most).map(Constant), choices.map(lambda found: Choices(tuple(found))), ranges
    )


def lists(most: int, least_depth: int) -> st.SearchStrategy[tuple[int, ...]]:
    return st.lists(st.integers(1, most), min_size=least_depth, max_size=3).map(tuple)


def some(options: st.SearchStrategy[Value], size: int = 3) -> st.SearchStrategy[Domain]:
    return st.lists(options, min_size=1, max_size=size, unique=True).map(
        lambda found: Choices(tuple(found))
    )


@st.composite
def spaces(draw: st.DrawFn) -> Space:
    """A space of at most some hundred points, with conditions among its parameters."""
    found: list[Parameter] = []

    def add(knob: str, domain: Domain) -> None:
        found.append(Parameter(knob, knob, None, domain))

    def add_layers(knob: str, each: st.SearchStrategy[Domain], depth: int) -> None:
        if KNOBS[knob].along in deep:
            along = [p for p in found if p.knob == KNOBS[knob].along]
            found.extend(expanded(Layered(KNOBS[knob], draw(each)), along))
            return
        found.extend(Parameter(f"{knob}.{n}", knob, n, draw(each)) for n in range(1, depth + 1))

    def add_depth(knob: str, least: int, each: st.SearchStrategy[Domain]) -> None:
        """A number of layers that varies."""
        depths = IntRange(least, least + draw(st.integers(1, 2)))
        found.extend(expanded(Layered(KNOBS[knob], draw(each), depths), []))
        deep.add(knob)

    deep: set[str] = set()
    depth = draw(st.integers(1, 3))
    match draw(st.sampled_from(["layers", "lists", "depth"])):
        case "layers":
            add_layers("filters", ints(5, 2), depth)
        case "lists":
            add("filters", draw(some(lists(5, 0))))
        case "depth":
            add_depth("filters", draw(st.integers(0, 1)), ints(5, 2))
    whole = (("kernel_size", 7), ("strides", 9), ("pool_size", 4), ("convolutions", 3))
    for knob, most in whole:
        match draw(st.sampled_from(["shared", "lists", "layers", "default"])):
            case "shared":
                add(knob, draw(ints(most)))
            case "lists":
                add(knob, draw(some(st.one_of(st.integers(1, most), lists(most, 1)))))
            case "layers":
                add_layers(knob, ints(most, 2), depth)
    for knob, names in (
        ("padding", ("same", "valid")),
        ("pool", ("max", "none", "average")),
        ("activation", ("relu", "tanh")),
    ):
        one = st.sampled_from(names)
        match draw(st.sampled_from(["shared", "lists", "layers", "default"])):
            case "shared":
                add(knob, draw(some(one, 2)))
            case "lists":
                several = st.lists(one, min_size=1, max_size=3).map(tuple)
                add(knob, draw(some(st.one_of(one, several))))
            case "layers":
                add_layers(knob, some(one, 2), depth)
    for knob, options in (
        ("batch_norm", (False, True)),
        ("optimizer", ("adam", "sgd")),
        ("global_pool", ("none", "average", "max")),
        ("dense_norm", (False, True)),
    ):
        if draw(st.booleans()):
            add(knob, draw(some(st.sampled_from(options), 2)))
    if draw(st.booleans()):
        add("conv_dropout", draw(some(st.sampled_from([0.1, (0.1,), (0.1, 0.2), (0.3, 0.0, 0.1)]))))
    match draw(st.sampled_from(["range", "lists", "default"])):
        case "range":
            add("dropout", FloatRange(0.1, 0.5))
        case "lists":
            add("dropout", draw(some(st.sampled_from([0.1, (0.1,), (0.1, 0.2)]))))
    match draw(st.sampled_from(["lists", "layers", "default", "depth"])):
        case "lists":
            add("dense", draw(some(lists(9, 0))))
        case "layers":
            add_layers("dense", ints(9, 2), draw(st.integers(1, 2)))
        case "depth":
            add_depth("dense", 0, ints(9, 2))
    while math.prod(len(values_of(p.domain)) for p in found) > 400:
        largest = max(found, key=lambda p: len(values_of(p.domain)))
        last = values_of(largest.domain)[-1]
        found = [replace(p, domain=Constant(last)) if p == largest else p for p in found]
    knobs = draw(st.permutations(sorted({p.knob for p in found})))
    order = [p for knob in knobs for p in found if p.knob == knob]
    return Space(tuple(draw(with_condition(p, order[:place])) for place, p in enumerate(order)))


@st.composite
def with_condition(draw: st.DrawFn, parameter: Parameter, others: Sequence[Parameter]) -> Parameter:
    if parameter.layer is not None or not others or not draw(st.booleans()):
        return parameter
    parents = draw(st.lists(st.sampled_from(others), min_size=1, max_size=2, unique=True))
    when = tuple(
        Condition(
            p.name,
            tuple(
                draw(
                    st.lists(
                        st.sampled_from(values_of(p.domain)[:3]),
                        min_size=1,
                        max_size=2,
                        unique=True,
                    )
                )
            ),
        )
        for p in parents
    )
    otherwise = draw(st.one_of(st.none(), st.sampled_from(values_of(parameter.domain)[:2])))
    return Parameter(parameter.name, parameter.knob, None, parameter.domain, when, otherwise)


shapes = st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(1, 3))


@given(spaces(), shapes, st.integers(2, 5))
@settings(max_examples=600, deadline=None)
def test_no_point_has_fewer_or_more_parameters(space: Space, shape: Shape, classes: int) -> None:
    tried = by_trying(space, shape, classes)
    assert counted(space, shape, classes, largest=False) == min(tried, default=None)
    assert counted(space, shape, classes, largest=True) == max(tried, default=None)


# Space, smallest and largest; each was once another when only some corners were looked at.
KNOWN = {
    "more corners than are looked at, and a condition": (
        "{optimizer: {choices: [rmsprop, momentum, sgd, nesterov, adam]}, filters: [{choices: [8, "
        "16]}, {choices: [8, 16]}], kernel_size: [{choices: [3, 1, 5]}, {choices: [3, 1, 5]}], "
        "strides: {choices: [1, 2, 3], when: {optimizer: sgd}}, padding: {choices: [same, valid]}, "
        "pool: {choices: [max, none]}, pool_size: {choices: [2, 3]}, batch_norm: {choices: [true, "
        "false]}, dense: {choices: [[8], [32], [256], [], [32, 32], [64], [128], [512], [16, "
        "16]]}}",
        178,
        6_435_130,
    ),
    "neither end of strides and pool_size": (
        "{filters: [{low: 2, high: 3}, 4], kernel_size: {low: 1, high: 14}, strides: {low: 1, "
        "high: 4}, padding: valid, pool_size: {low: 1, high: 6}, dense: []}",
        66,
        31_392,
    ),
    "a kernel between its ends": (
        "{filters: [4], kernel_size: {low: 1, high: 28}, padding: valid, pool: none, dense: [4]}",
        2_750,
        12_606,
    ),
}


@pytest.mark.parametrize(("space", "smallest", "largest"), KNOWN.values(), ids=KNOWN)
def test_what_no_corner_has(space: str, smallest: int, largest: int) -> None:
    spec = spec_of(space)
    assert counted(spec.space, (28, 28, 1), 10, largest=False) == smallest
    assert counted(spec.space, (28, 28, 1), 10, largest=True) == largest


def layers(each: str, depth: int) -> str:
    return f"[{', '.join([each] * depth)}]"


LARGE = {
    "millions of corners": (
        f"{{filters: {layers('{low: 4, high: 64}', 5)}, kernel_size: "
        f"{layers('{low: 1, high: 11}', 5)}, strides: {{low: 1, high: 3}}, padding: {{choices: "
        "[same, valid]}, pool: {choices: [max, average, none]}, pool_size: {low: 2, high: 5, "
        "when: {pool: [max, average]}}, optimizer: {choices: [sgd, adam]}, batch_norm: "
        "{choices: [true, false], when: {optimizer: adam}}, dense: {choices: "
        f"[{', '.join(f'[{8 + n}, {400 - 7 * n}]' for n in range(50))}]}}}}"
    ),
    "every size of the image, shared": (
        "{filters: [8, 8], kernel_size: {low: 1, high: 28}, strides: {low: 1, high: 28}, "
        "padding: {choices: [same, valid]}, pool_size: {low: 1, high: 28}}"
    ),
    "every size of the image, in sixteen layers": (
        f"{{filters: {layers('{low: 1, high: 4096}', 16)}, kernel_size: {layers('{low: 1, high: 28}', 16)}, "
        f"strides: {layers('{low: 1, high: 28}', 16)}, padding: {{choices: [same, valid]}}, pool: "
        "none}"
    ),
    "conditions on every layer": (
        f"{{filters: {layers('{low: 1, high: 64}', 12)}, pool: none, batch_norm: {{choices: [true, "
        f"false], when: {{{', '.join(f'filters.{n}: 3' for n in range(1, 13))}}}}}, dense: "
        "{choices: [[], [8]], when: "
        f"{{{', '.join(f'filters.{n}: [4, 5]' for n in range(1, 13))}}}}}}}"
    ),
}


@pytest.mark.parametrize("space", LARGE.values(), ids=LARGE)
@pytest.mark.parametrize("largest", [False, True])
def test_large_spaces_take_little_work(space: str, largest: bool) -> None:
    found = extreme(spec_of(space).space, (28, 28, 1), 10, largest=largest, most_work=100_000)
    assert found is not None
    assert found.is_exact


def test_what_is_given_up_is_not_called_exact() -> None:
    space = spec_of(LARGE["every size of the image, in sixteen layers"]).space
    found = extreme(space, (28, 28, 1), 10, largest=False, most_work=1000)
    assert found is not None
    assert not found.is_exact


def test_of_equal_networks_it_is_always_the_same() -> None:
    spec = spec_of(
        "{filters: [4], pool: {choices: [average, max]}, kernel_size: 3, dropout: {low: 0.0, high: "
        "0.5}}"
    )
    ends = [extreme(spec.space, (28, 28, 1), 10, largest=end) for end in (False, True, False)]
    points = {end.point for end in ends if end is not None}
    assert [(p.pool, p.dropout) for p in points] == [("average", 0.0)]
