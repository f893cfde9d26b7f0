"""The Keras model agrees with the arithmetic, whatever the point."""

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sweep.space.feasible import impossible
from sweep.space.hyperparams import KNOBS, Hyperparams
from sweep.space.shapes import parameters, plan
from sweep.train.network import build_cnn

small = st.integers(1, 4)


@st.composite
def points(draw: st.DrawFn) -> Hyperparams:
    depth = draw(st.integers(0, 3))
    dense = draw(st.lists(small, max_size=2).map(tuple))

    def each(one: st.SearchStrategy[Any], layers: int) -> Any:
        """One value for all layers, or one for each."""
        return draw(st.one_of(one, st.tuples(*[one] * layers)) if layers else one)

    shares = st.sampled_from([0.0, 0.5])
    return Hyperparams(
        filters=draw(st.tuples(*[small] * depth)),
        convolutions=each(st.integers(1, 3), depth),
        kernel_size=each(small, depth),
        strides=each(small, depth),
        padding=each(st.sampled_from(["same", "valid"]), depth),
        activation=each(st.sampled_from(KNOBS["activation"].options), depth),
        pool=each(st.sampled_from(["max", "average", "none"]), depth),
        pool_size=each(small, depth),
        batch_norm=draw(st.booleans()),
        conv_dropout=each(shares, depth),
        global_pool=draw(st.sampled_from(["none", "average", "max"])),
        dense=dense,
        dense_activation=draw(st.sampled_from(KNOBS["dense_activation"].options)),
        dense_norm=draw(st.booleans()),
        dropout=each(shares, len(dense)),
        precision=draw(st.sampled_from(["float32", "bfloat16"])),
    )


shapes = st.tuples(st.integers(1, 14), st.integers(1, 14), st.sampled_from([1, 3]))


@given(points(), shapes, st.integers(2, 5))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_model_has_the_layers_that_the_arithmetic_counts(
    point: Hyperparams, shape: tuple[int, int, int], classes: int
) -> None:
    if impossible(point, shape) is not None:
        with pytest.raises(Exception, match="kernel|pool"):
            build_cnn(point, shape, classes)
        return
    model = build_cnn(point, shape, classes)
    layers = plan(point, shape, classes)
    assert [(layer.name, tuple(layer.output.shape[1:])) for layer in model.layers] == [
        (layer.name, layer.output_shape) for layer in layers
    ]
    assert [layer.count_params() for layer in model.layers] == [
        layer.parameters for layer in layers
    ]
    assert model.count_params() == parameters(layers)


def test_keras_refuses_what_the_arithmetic_refuses() -> None:
    with pytest.raises(ValueError, match="negative|dimension"):
        keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Conv2D(1, 5, padding="valid")])


@pytest.mark.parametrize("name", KNOBS["activation"].options)
def test_every_activation_is_one_of_keras(name: str) -> None:
    assert callable(keras.activations.get(name))


def test_logits_are_float32_and_no_probabilities() -> None:
    model = build_cnn(Hyperparams(filters=(4,), dense=(8,), precision="bfloat16"), (8, 8, 1), 3)
    logits = np.asarray(model(np.random.default_rng(0).random((5, 8, 8, 1)).astype("float32")))
    assert logits.dtype == np.float32
    assert model.get_layer("conv_1").compute_dtype == "bfloat16"
    assert all(weight.dtype == "float32" for weight in model.trainable_variables)
    assert not np.allclose(logits.sum(axis=1), 1)


# What a person who writes Keras would write for these hyperparameters, for images of 12x10x3.
BY_HAND: dict[str, tuple[dict[str, Any], list[keras.layers.Layer]]] = {
    "two convolutions, then a pool and a dropout": (
        {
            "filters": (4, 6),
            "convolutions": 2,
            "kernel_size": 3,
            "conv_dropout": (0.25, 0.5),
            "dense": (16, 8),
            "dropout": (0.5, 0.1),
        },
        [
            keras.layers.Conv2D(4, 3, padding="same", activation="relu"),
            keras.layers.Conv2D(4, 3, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Dropout(0.25),
            keras.layers.Conv2D(6, 3, padding="same", activation="relu"),
            keras.layers.Conv2D(6, 3, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Dropout(0.5),
            keras.layers.Flatten(),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.Dropout(0.1),
        ],
    ),
    "global average pooling": (
        {"filters": (4, 6), "kernel_size": 3, "pool": ("max", "none"), "global_pool": "average"},
        [
            keras.layers.Conv2D(4, 3, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(6, 3, padding="same", activation="relu"),
            keras.layers.GlobalAveragePooling2D(),
        ],
    ),
    "global maximum pooling of what a valid and an average left": (
        {
            "filters": (4, 6),
            "convolutions": (1, 2),
            "kernel_size": 3,
            "padding": ("valid", "same"),
            "pool": ("average", "none"),
            "pool_size": (3, 1),
            "global_pool": "max",
        },
        [
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.AveragePooling2D(3),
            keras.layers.Conv2D(6, 3, padding="same", activation="relu"),
            keras.layers.Conv2D(6, 3, padding="same", activation="relu"),
            keras.layers.GlobalMaxPooling2D(),
        ],
    ),
    "an activation for each block and another for dense layers": (
        {
            "filters": (4, 6),
            "kernel_size": 3,
            "activation": ("tanh", "elu"),
            "dense": (7,),
            "dense_activation": "selu",
        },
        [
            keras.layers.Conv2D(4, 3, padding="same", activation="tanh"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(6, 3, padding="same", activation="elu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(7, activation="selu"),
        ],
    ),
    "normalisation of the dense layers": (
        {"filters": (4,), "kernel_size": 3, "dense": (7,), "dense_norm": True},
        [
            keras.layers.Conv2D(4, 3, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(7),
            keras.layers.BatchNormalization(),
            keras.layers.Activation("relu"),
        ],
    ),
}


@pytest.mark.parametrize(("knobs", "layers"), BY_HAND.values(), ids=BY_HAND)
def test_a_network_is_the_one_that_is_written_by_hand(
    knobs: dict[str, Any], layers: list[keras.layers.Layer]
) -> None:
    shape = (12, 10, 3)
    point = Hyperparams(**knobs)
    ours = build_cnn(point, shape, 5)
    theirs = keras.Sequential([keras.Input(shape), *layers, keras.layers.Dense(5)])
    assert ours.count_params() == theirs.count_params() == parameters(plan(point, shape, 5))
    theirs.set_weights([weight.numpy() for weight in ours.weights if "seed" not in weight.path])
    images = np.random.default_rng(0).random((6, *shape)).astype("float32")
    np.testing.assert_allclose(ours(images), theirs(images), rtol=1e-5, atol=1e-6)
    shares = [layer.rate for layer in theirs.layers if isinstance(layer, keras.layers.Dropout)]
    own = [layer.rate for layer in ours.layers if isinstance(layer, keras.layers.Dropout)]
    assert [share for share in own if share] == shares


def test_batch_normalisation_stands_before_the_activation() -> None:
    names = [
        layer.name
        for layer in build_cnn(
            Hyperparams(filters=(4,), batch_norm=True, dense=()), (8, 8, 1), 3
        ).layers
    ]
    assert names == [
        "conv_1",
        "batch_norm_1",
        "activation_1",
        "pool_1",
        "flatten",
        "dropout",
        "logits",
    ]
