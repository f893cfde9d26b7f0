"""The one declaration of every hyperparameter."""

import pytest
from pydantic import ValidationError

from sweep.hyperparams import KNOBS, Hyperparams


def test_defaults_are_the_documented_ones() -> None:
    # Whoever changes one adds the edition before it to EARLIER_DEFAULTS: ledgers are read by theirs.
    assert Hyperparams().model_dump() == {
        "filters": (32, 64),
        "kernel_size": 5,
        "strides": 1,
        "padding": "same",
        "activation": "relu",
        "pool": "max",
        "pool_size": 2,
        "batch_norm": False,
        "dense": (),
        "dropout": 0.0,
        "optimizer": "adam",
        "learning_rate": 1e-3,
        "momentum": 0.0,
        "weight_decay": 0.0,
        "schedule": "constant",
        "batch_size": 100,
        "steps": 500,
        "precision": "float32",
    }


BY_OPTIMIZER = {
    "sgd": (0.01, 0.0, 0.0),
    "momentum": (0.01, 0.9, 0.0),
    "nesterov": (0.01, 0.9, 0.0),
    "adam": (0.001, 0.0, 0.0),
    "adamw": (0.001, 0.0, 0.004),
    "rmsprop": (0.001, 0.0, 0.0),
}


@pytest.mark.parametrize("optimizer", KNOBS["optimizer"].options)
def test_some_defaults_follow_the_optimizer(optimizer: str) -> None:
    point = Hyperparams(optimizer=optimizer)
    assert (point.learning_rate, point.momentum, point.weight_decay) == BY_OPTIMIZER[optimizer]
    assert Hyperparams(optimizer=optimizer, momentum=0.3, learning_rate=2).momentum == 0.3


def test_what_may_be_a_list() -> None:
    lists = {name: knob.takes_scalar for name, knob in KNOBS.items() if knob.takes_list}
    assert lists == {"filters": False, "kernel_size": True, "strides": True, "dense": False}


@pytest.mark.parametrize("knob", KNOBS.values(), ids=lambda k: k.name)
def test_every_knob_has_a_description(knob: object) -> None:
    assert getattr(knob, "description", "")


def test_a_point_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Hyperparams().steps = 3


def test_a_point_survives_json() -> None:
    point = Hyperparams(filters=(1, 2, 3), kernel_size=(1, 3, 5), learning_rate=0.1 + 0.2)
    assert Hyperparams.model_validate_json(point.model_dump_json()) == point
