"""The one declaration of every hyperparameter."""

import pytest
from pydantic import ValidationError

from sweep.hyperparams import KNOBS, Hyperparams


def test_defaults_are_the_documented_ones() -> None:
    assert Hyperparams().model_dump() == {
        "filters": (32, 64),
        "kernel_size": 5,
        "strides": 1,
        "padding": "same",
        "activation": "relu",
        "pool": "max",
        "pool_size": 2,
        "batch_norm": False,
        "dense": (1024,),
        "dropout": 0.4,
        "optimizer": "adam",
        "learning_rate": 1e-3,
        "momentum": 0.9,
        "weight_decay": 0.0,
        "schedule": "constant",
        "batch_size": 100,
        "steps": 500,
        "precision": "float32",
    }


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
