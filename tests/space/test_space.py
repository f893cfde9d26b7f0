"""The parameters of a space: which exist, what is drawn, and which points mean the same."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.space.domains import Choices, Constant, IntRange
from sweep.space.hyperparams import KNOBS, Hyperparams, Value
from sweep.space.space import Condition, Parameter, Space, entry, random_points
from tests.conftest import spec_of

LAYERS = spec_of("{filters: [{low: 2, high: 4}, 8], dense: [16], kernel_size: 3}").space
MOMENTUM = spec_of(
    "{optimizer: {choices: [adam, sgd, momentum]}, "
    "momentum: {low: 0.5, high: 0.9, when: {optimizer: momentum}}, "
    "batch_size: {choices: [32, 64], when: {optimizer: [adam, sgd]}}, steps: 20}"
).space
SPACES = {"layers": LAYERS, "conditions": MOMENTUM}


def parameter(name: str, *when: tuple[str, tuple[Value, ...]]) -> Parameter:
    """A parameter with conditions and two values."""
    conditions = tuple(Condition(*one) for one in when)
    return Parameter(name, name, None, Choices((1, 2)), conditions)


# Conditions.


@pytest.mark.parametrize(
    ("values", "holds"),
    [
        ({"optimizer": "sgd"}, True),
        ({"optimizer": "momentum"}, True),
        ({"optimizer": "adam"}, False),
        ({}, False),
        ({"batch_size": "sgd"}, False),
    ],
)
def test_a_condition_holds_for_the_values_that_it_names(
    values: dict[str, Value], holds: bool
) -> None:
    assert Condition("optimizer", ("sgd", "momentum")).holds(values) is holds


def test_true_is_not_one() -> None:
    assert not Condition("batch_norm", (True,)).holds({"batch_norm": 1})
    assert not Condition("threads", (1,)).holds({"threads": True})


def test_a_parameter_exists_where_all_its_conditions_hold() -> None:
    both = parameter("c", ("a", (1,)), ("b", (2,)))
    assert both.exists({"a": 1, "b": 2})
    assert not both.exists({"a": 1, "b": 1})
    assert not both.exists({"a": 1})
    assert parameter("c").exists({})


def test_a_parameter_comes_after_those_that_its_conditions_name() -> None:
    c, a, b = parameter("c", ("b", (1,))), parameter("a"), parameter("b", ("a", (1,)))
    assert [p.name for p in Space((c, a, b)).by_dependence] == ["a", "b", "c"]


@pytest.mark.parametrize("names", [("a",), ("a", "b"), ("a", "b", "c")])
def test_a_circle_of_conditions_is_an_error_that_names_its_parameters(
    names: tuple[str, ...],
) -> None:
    before = (names[-1], *names[:-1])
    circle = [parameter(name, (other, (1,))) for name, other in zip(names, before, strict=True)]
    with pytest.raises(ValueError, match=", ".join(names)):
        _ = Space((*circle, parameter("free"))).by_dependence


def test_what_decides_on_a_knob_are_its_parameters_and_all_that_their_conditions_name() -> None:
    chain = Space(
        (parameter("a"), parameter("b", ("a", (1,))), parameter("c", ("b", (1,))), parameter("d"))
    )
    assert chain.deciding(["c"]) == {"a", "b", "c"}
    assert chain.deciding(["a", "d"]) == {"a", "d"}
    assert chain.deciding([]) == set()


# Drawing.


@given(st.sampled_from(sorted(SPACES)), st.integers(0, 2**32 - 1))
def test_a_drawn_point_is_read_back_as_the_values_it_was_drawn_from(name: str, seed: int) -> None:
    space = SPACES[name]
    point = next(random_points(space, seed))
    values = space.values(point)
    assert values is not None
    assert space.point(values) == point


@given(st.integers(0, 2**32 - 1))
def test_only_what_exists_is_drawn(seed: int) -> None:
    random = Random(seed)
    asked: list[str] = []

    def suggest(parameter: Parameter) -> Value:
        asked.append(parameter.name)
        match parameter.domain:
            case Choices(options):
                return random.choice(options)
            case _:
                return 0.7

    values = MOMENTUM.draw(suggest)
    assert ("momentum" in values) == (values["optimizer"] == "momentum")
    assert ("batch_size" in values) == (values["optimizer"] != "momentum")
    assert asked == [name for name in values if name != "steps"]
    assert values["steps"] == 20


def test_a_constant_is_not_asked_for() -> None:
    space = Space((Parameter("steps", "steps", None, Constant(50)),))

    def suggest(_: Parameter) -> Value:
        raise AssertionError

    assert space.draw(suggest) == {"steps": 50}


def test_layers_are_put_together_in_their_order() -> None:
    assert LAYERS.point({"filters.1": 3, "filters.2": 8, "dense.1": 16}).filters == (3, 8)


def test_what_is_not_named_has_its_default() -> None:
    assert LAYERS.point({}) == Hyperparams()


# Points and columns.


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("filters", (8, 16)),
        ("filters.1", 8),
        ("filters.2", 16),
        ("filters.3", None),
        ("kernel_size", 3),
        ("kernel_size.1", 3),
        ("dense.1", None),
        ("optimizer", "adam"),
    ],
)
def test_a_column_is_a_knob_or_one_of_its_layers(name: str, value: Value | None) -> None:
    point = Hyperparams(filters=(8, 16), kernel_size=3, dense=(), optimizer="adam")
    assert entry(point, name) == value


@pytest.mark.parametrize(
    ("knobs", "values"),
    [
        ({"filters": (3, 8), "dense": (16,), "kernel_size": 3},
         {"filters.1": 3, "filters.2": 8, "dense.1": 16, "kernel_size": 3}),
        ({"filters": (5, 8), "dense": (16,), "kernel_size": 3}, None),
        ({"filters": (3, 9), "dense": (16,), "kernel_size": 3}, None),
        ({"filters": (3,), "dense": (16,), "kernel_size": 3}, None),
        ({"filters": (3, 8, 8), "dense": (16,), "kernel_size": 3}, None),
        ({"filters": (3, 8), "dense": (16,), "kernel_size": 5}, None),
        ({"filters": (3, 8), "dense": (16,), "kernel_size": 3, "dropout": 0.9}, None),
    ],
)  # fmt: skip
def test_a_point_outside_the_space_has_no_values(
    knobs: dict[str, object], values: dict[str, Value] | None
) -> None:
    assert LAYERS.values(Hyperparams.model_validate(knobs)) == values


def test_knobs_are_named_once_in_the_order_of_the_file() -> None:
    assert LAYERS.knobs == ("filters", "dense", "kernel_size")


def test_one_value_for_all_layers_means_that_value_for_each() -> None:
    space = spec_of("{filters: [8, 8], kernel_size: {choices: [3, [3, 3], [3, 5]]}}").space

    def meaning(kernel_size: Value) -> tuple[Value, ...]:
        point = {"filters": (8, 8), "kernel_size": kernel_size}
        return space.meaning(Hyperparams.model_validate(point))

    assert meaning(3) == meaning((3, 3))
    assert meaning(3) != meaning((3, 5))


def test_a_meaning_has_a_place_for_every_knob() -> None:
    assert len(MOMENTUM.meaning(Hyperparams())) == len(KNOBS)


def test_what_does_not_exist_is_of_no_account() -> None:
    of = [Hyperparams(optimizer="sgd", momentum=momentum, steps=20) for momentum in (0.5, 0.6)]
    assert MOMENTUM.meaning(of[0]) == MOMENTUM.meaning(of[1])


# Baselines.


BASED = spec_of(
    "{optimizer: {choices: [adam, momentum]}, filters: [{low: 2, high: 9}, {low: 2, high: 9}], "
    "momentum: {value: 0.8, when: {optimizer: momentum}}, steps: 20}",
    "baselines: {b: {optimizer: adam, filters: [4, 5]}}",
)


def replaced(name: str, value: Value) -> Hyperparams:
    (baseline,) = BASED.baselines
    one = next(p for p in BASED.space.parameters if p.name == name)
    return BASED.space.replaced(baseline, one, value)


def test_a_layer_of_a_baseline_is_replaced_alone() -> None:
    assert replaced("filters.1", 9).filters == (9, 5)
    assert replaced("filters.2", 9).filters == (4, 9)


def test_another_optimizer_brings_in_what_exists_only_then() -> None:
    assert replaced("optimizer", "momentum").momentum == 0.8
    assert replaced("optimizer", "momentum").filters == (4, 5)


def test_replacing_a_value_by_itself_is_the_baseline() -> None:
    (baseline,) = BASED.baselines
    assert replaced("optimizer", "adam") == baseline.point


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({"optimizer": "adam"}, {"steps": 20}),
        ({"optimizer": "momentum"}, {"steps": 20, "momentum": 0.8}),
        ({"optimizer": "momentum", "momentum": 0.6}, {"momentum": 0.6}),
        ({"optimizer": "adam", "steps": 7}, {"steps": 7}),
    ],
)
def test_a_settled_point_has_the_constants_that_exist_there(
    named: dict[str, Value], expected: dict[str, Value]
) -> None:
    point = BASED.space.settled(named)
    assert {knob: getattr(point, knob) for knob in expected} == expected


def test_a_parameter_has_a_constant_where_it_has_one_value() -> None:
    assert Parameter("steps", "steps", None, Constant(5)).constant == 5
    assert Parameter("steps", "steps", None, IntRange(1, 5, 1, False)).constant is None


def test_a_meaning_is_blind_for_the_last_digits_of_a_number() -> None:
    space = spec_of("{dropout: {low: 0.0, high: 0.5}, filters: [4, 4]}").space
    meanings = [
        space.meaning(space.point({"dropout": value}))
        for value in (0.3, 0.1 + 0.2, 0.3 + 1e-15, 0.3 + 1e-9)
    ]
    assert meanings[0] == meanings[1] == meanings[2] != meanings[3]
