"""The dense layer for training gives what Keras' own gives, and its weights are read into Keras'
own."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from sweep.space.hyperparams import Hyperparams
from sweep.train.dense import Dense
from sweep.train.network import build_cnn


# Units on both sides of what is padded, and an activation that is none.
@pytest.mark.parametrize("units", [7, 512, 1000, 1024, 2048])
@pytest.mark.parametrize("activation", ["relu", "linear"])
def test_outputs_and_gradients_are_those_of_keras(units: int, activation: str) -> None:
    random = np.random.default_rng(0)
    inputs = tf.constant(random.normal(size=(5, 30)).astype("float32"))
    wanted = tf.constant(random.normal(size=(5, units)).astype("float32"))
    ours, theirs = (
        Dense(units, activation=activation),
        keras.layers.Dense(units, activation=activation),
    )
    ours.build((None, 30))
    theirs.build((None, 30))
    weights = [random.normal(size=(30, units)), random.normal(size=units)]
    found = []
    for layer in (ours, theirs):
        layer.set_weights(weights)
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = layer(inputs)
            loss = tf.reduce_mean((outputs - wanted) ** 2)
        found.append(
            [outputs, *tape.gradient(loss, [inputs, *(v.value for v in layer.trainable_variables)])]
        )
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_a_network_of_keras_own_layers_reads_its_weights(tmp_path: Path) -> None:
    point = Hyperparams(filters=(4,), dense=(512, 8))
    trained, read = build_cnn(point, (8, 8, 1), 3, Dense), build_cnn(point, (8, 8, 1), 3)
    trained.save_weights(tmp_path / "x.weights.h5")
    read.load_weights(tmp_path / "x.weights.h5")
    images = np.random.default_rng(0).random((5, 8, 8, 1)).astype("float32")
    assert {type(layer) for layer in read.layers}.isdisjoint({Dense})
    np.testing.assert_allclose(trained(images), read(images), rtol=1e-4, atol=1e-5)


def test_bfloat16_is_left_to_keras() -> None:
    layer = Dense(512, dtype="mixed_bfloat16")
    assert layer(np.ones((2, 30), "float32")).dtype == "bfloat16"
