"""The Keras model agrees with the arithmetic, whatever the point."""

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
    per_layer = st.one_of(small, st.tuples(*[small] * depth)) if depth else small
    return Hyperparams(
        filters=draw(st.tuples(*[small] * depth)),
        kernel_size=draw(per_layer),
        strides=draw(per_layer),
        padding=draw(st.sampled_from(["same", "valid"])),
        activation=draw(st.sampled_from(KNOBS["activation"].options)),
        pool=draw(st.sampled_from(["max", "average", "none"])),
        pool_size=draw(small),
        batch_norm=draw(st.booleans()),
        dense=draw(st.lists(small, max_size=2).map(tuple)),
        dropout=draw(st.sampled_from([0.0, 0.5])),
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
