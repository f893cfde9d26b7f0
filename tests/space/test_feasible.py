"""Whether a space holds a network that can be built agrees with trying its points one by one."""

from functools import partial
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.space.domains import Choices, Constant, IntRange
from sweep.space.feasible import impossible, nothing_can_be_built
from sweep.space.hyperparams import Hyperparams, Value
from sweep.space.space import Parameter, Space
from tests.conftest import space_file


def _chosen(values: dict[str, Value], parameter: Parameter) -> Value:
    return values[parameter.name]


def every_point(space: Space) -> list[Hyperparams]:
    """All points of a space of small ranges and choices."""

    def options(parameter: Parameter) -> tuple[Value, ...]:
        match parameter.domain:
            case Constant(value):
                return (value,)
            case Choices(values):
                return values
            case IntRange(low, high, step):
                return tuple(range(low, high + 1, step))
        raise AssertionError(parameter)

    points = []
    for values in product(*(options(p) for p in space.parameters)):
        chosen = dict(zip((p.name for p in space.parameters), values, strict=True))
        points.append(space.point(space.draw(partial(_chosen, chosen))))
    return points


sizes = st.integers(1, 9).flatmap(
    lambda low: st.integers(low + 1, 10).map(lambda high: IntRange(low, high))
)
lists = st.lists(
    st.lists(st.integers(1, 9), min_size=1, max_size=3).map(tuple),
    min_size=1,
    max_size=3,
    unique=True,
)


@st.composite
def spaces(draw: st.DrawFn) -> Space:
    depth = draw(st.integers(1, 3))
    kernel = draw(st.one_of(sizes, lists.map(lambda found: Choices(tuple(found)))))
    parameters = [
        Parameter("filters", "filters", None, Constant((1,) * depth)),
        Parameter("kernel_size", "kernel_size", None, kernel),
        Parameter("strides", "strides", None, draw(sizes)),
        Parameter("pool_size", "pool_size", None, draw(sizes)),
        Parameter(
            "padding",
            "padding",
            None,
            Choices(tuple(draw(st.sampled_from([["valid"], ["same", "valid"]])))),
        ),
        Parameter(
            "pool",
            "pool",
            None,
            Choices(tuple(draw(st.sampled_from([["max"], ["none", "max"], ["average"]])))),
        ),
    ]
    return Space(tuple(parameters))


@given(spaces(), st.integers(1, 12), st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_a_space_is_refused_exactly_when_no_point_can_be_built(
    space: Space, height: int, width: int
) -> None:
    shape = (height, width, 1)
    buildable = any(impossible(point, shape) is None for point in every_point(space))
    assert (nothing_can_be_built(space, shape) is None) == buildable


CONDITIONAL = {
    "only where the condition holds": (
        "padding: {choices: [same, valid]}\n  kernel_size: {value: 40, when: {padding: valid}}",
        True,
    ),
    "never": (
        "padding: valid\n  pool: {choices: [max, none]}\n  kernel_size: {value: 40, when: "
        "{padding: valid}}",
        False,
    ),
    "beside the values that a condition names": (
        "padding: valid\n  steps: {low: 1, high: 9}\n  kernel_size: {value: 40, when: {steps: [1, "
        "9]}}",
        True,
    ),
}


@pytest.mark.parametrize(("space", "buildable"), CONDITIONAL.values(), ids=CONDITIONAL)
def test_conditions_are_tried_out(space: str, buildable: bool) -> None:
    text = f"name: a\ndata: {{path: x}}\nspace:\n  {space}\n"
    assert (nothing_can_be_built(space_file(text)._spec.space, (28, 28, 1)) is None) is buildable
