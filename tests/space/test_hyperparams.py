"""The one declaration of every hyperparameter."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from sweep.space.hyperparams import IDLE, KNOBS, Hyperparams, Value, idle
from sweep.space.shapes import Conv, Impossible, Layer, Pool, plan

# Values that are few enough for what has no effect to come about often.
FEW: dict[str, st.SearchStrategy[Value]] = {
    "filters": st.sampled_from([(), (3,), (3, 4)]),
    "kernel_size": st.sampled_from([1, 2, (1, 1), (1, 3)]),
    "strides": st.sampled_from([1, 2]),
    "pool_size": st.sampled_from([1, 2, 3]),
    "dense": st.sampled_from([(), (5,)]),
    "learning_rate": st.sampled_from([0.01, 0.1]),
    "batch_size": st.sampled_from([8, 16]),
    "steps": st.sampled_from([1, 2, 30]),
    **{name: st.sampled_from([0.0, 0.5]) for name in ("dropout", "momentum", "weight_decay")},
    **{name: st.sampled_from(knob.options) for name, knob in KNOBS.items() if knob.kind is str},
    "batch_norm": st.booleans(),
    "dense_norm": st.booleans(),
    "convolutions": st.sampled_from([1, 2]),
    "conv_dropout": st.sampled_from([0.0, 0.5]),
    **{name: st.sampled_from([0.0, 0.1]) for name in ("l2", "decay", "warmup")},
}


def test_defaults_are_the_documented_ones() -> None:
    # Whoever changes one adds the edition before it to EARLIER_DEFAULTS: ledgers are read by
    # theirs.
    assert Hyperparams().model_dump() == {
        "filters": (32, 64),
        "convolutions": 1,
        "kernel_size": 5,
        "strides": 1,
        "padding": "same",
        "activation": "relu",
        "pool": "max",
        "pool_size": 2,
        "batch_norm": False,
        "conv_dropout": 0.0,
        "global_pool": "none",
        "dense": (),
        "dense_activation": "relu",
        "dense_norm": False,
        "dropout": 0.0,
        "l2": 0.0,
        "optimizer": "adam",
        "learning_rate": 1e-3,
        "momentum": 0.0,
        "weight_decay": 0.0,
        "schedule": "constant",
        "decay": 0.0,
        "warmup": 0.0,
        "batch_size": 100,
        "steps": 500,
        "epochs": None,
        "flip": "none",
        "shift": 0.0,
        "rotate": 0.0,
        "zoom": 0.0,
        "brightness": 0.0,
        "precision": "float32",
    }


BY_OPTIMIZER = {
    "sgd": (0.01, 0.0, 0.0),
    "momentum": (0.01, 0.9, 0.0),
    "nesterov": (0.01, 0.9, 0.0),
    "adamw": (0.001, 0.0, 0.004),
}


@pytest.mark.parametrize("optimizer", KNOBS["optimizer"].options)
def test_some_defaults_follow_the_optimizer(optimizer: str) -> None:
    point = Hyperparams(optimizer=optimizer)
    plain = (0.001, 0.0, 0.0)
    expected = BY_OPTIMIZER.get(optimizer, plain)
    assert (point.learning_rate, point.momentum, point.weight_decay) == expected
    assert Hyperparams(optimizer=optimizer, momentum=0.3, learning_rate=2).momentum == 0.3


def test_other_defaults_follow_the_schedule_and_the_activation() -> None:
    assert [Hyperparams(schedule=name).decay for name in KNOBS["schedule"].options] == [0, 0, 0.01]
    assert Hyperparams(activation="tanh").dense_activation == "tanh"
    assert Hyperparams(activation=("tanh", "elu")).dense_activation == "elu"
    assert Hyperparams(activation=(), filters=()).dense_activation == "relu"
    assert Hyperparams(activation="tanh", dense_activation="relu").dense_activation == "relu"


def test_what_may_be_a_list() -> None:
    lists = {name: knob.along for name, knob in KNOBS.items() if knob.takes_list}
    of_dense = {"dense": "dense", "dropout": "dense"}
    of_blocks = (
        "filters convolutions kernel_size strides padding activation pool pool_size conv_dropout"
    )
    assert lists == {**dict.fromkeys(of_blocks.split(), "filters"), **of_dense}
    always = {name for name in lists if not KNOBS[name].takes_scalar}
    assert always == {"filters", "dense"}


@pytest.mark.parametrize(
    ("warmup", "steps", "expected"), [(0.0, 100, 0), (0.1, 100, 10), (0.1, 9, 0), (0.5, 9, 4)]
)
def test_a_warm_up_is_a_share_of_the_steps(warmup: float, steps: int, expected: int) -> None:
    assert Hyperparams(warmup=warmup, steps=steps).warmup_steps == expected


@pytest.mark.parametrize("knob", KNOBS.values(), ids=lambda k: k.name)
def test_every_knob_has_a_description(knob: object) -> None:
    assert getattr(knob, "description", "")


def test_a_point_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Hyperparams().steps = 3  # type: ignore[misc]


def test_a_point_survives_json() -> None:
    point = Hyperparams(filters=(1, 2, 3), kernel_size=(1, 3, 5), learning_rate=0.1 + 0.2)
    assert Hyperparams.model_validate_json(point.model_dump_json()) == point


def computed(point: Hyperparams) -> object:
    """What the network at `point` computes, layer by layer, or why it cannot be built. A pool of
    one pixel does nothing, and a kernel of one pixel is not padded."""
    try:
        layers = plan(point, (9, 7, 2), 3)
    except Impossible as reason:
        return reason.cause
    return [
        _essence(layer)
        for layer in layers
        if not (isinstance(layer.op, Pool) and layer.op.size == 1)
    ]


def _essence(layer: Layer) -> object:
    op = layer.op
    if isinstance(op, Conv) and op.kernel_size == 1:
        op = replace(op, padding="")
    return (op, layer.output_shape, layer.parameters)


@given(st.fixed_dictionaries(FEW), st.data())
def test_another_value_of_an_idle_knob_is_the_same_network(
    values: dict[str, Value], data: st.DataObject
) -> None:
    point = Hyperparams.model_validate(values)
    assume(isinstance(computed(point), list))
    for knob in idle(point):
        other = data.draw(FEW[knob].filter(lambda value: not isinstance(value, tuple)), label=knob)
        assert computed(Hyperparams.model_validate({**values, knob: other})) == computed(point)


@given(st.fixed_dictionaries(FEW))
def test_a_knob_that_is_not_idle_shapes_the_network(values: dict[str, Value]) -> None:
    point = Hyperparams.model_validate(values)
    assume(isinstance(computed(point), list))
    not_idle = SHAPING.keys() - idle(point).keys()
    if not point.filters:
        # It only is the default of dense_activation, which has a value here.
        not_idle -= {"activation"}
    for knob in not_idle:
        others = [
            computed(Hyperparams.model_validate({**values, knob: other})) for other in SHAPING[knob]
        ]
        assert any(other != computed(point) for other in others), knob


# Values of which at least one makes another network of any point at which the knob is not idle.
SHAPING: dict[str, tuple[Value, ...]] = {
    "kernel_size": (1, 2),
    "strides": (1, 2),
    "padding": ("same", "valid"),
    "batch_norm": (True, False),
    "pool": ("max", "average"),
    "pool_size": (1, 2),
    "activation": ("relu", "tanh"),
    "convolutions": (1, 2),
    "conv_dropout": (0.1, 0.2),
    "dense_activation": ("relu", "tanh"),
    "dense_norm": (True, False),
}
TRAINING = {"momentum", "schedule", "decay", "warmup"}


def test_every_knob_that_can_be_idle_is_tried_here() -> None:
    assert {knob for rule in IDLE for knob in rule.knobs} == {*SHAPING, *TRAINING}
