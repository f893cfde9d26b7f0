"""Builds the Keras model of a network from the layers of `sweep.space.shapes.plan`."""

from typing import Any

import keras

from sweep.space import Hyperparams, shapes


def build_cnn(
    point: Hyperparams,
    input_shape: shapes.Shape,
    classes: int,
    dense: type[keras.layers.Dense] = keras.layers.Dense,
) -> keras.Model:
    """The Keras model at `point`.

    Input: images (batch, height, width, channels) in 0..1. Output: logits (batch, classes).
    `dense` is the class of its dense layers. Initial weights and dropout use Keras' global
    generator, so call `keras.utils.set_random_seed` first. Raises `shapes.Impossible` if the
    network cannot exist.
    """
    policy = "float32"
    if point.precision == "bfloat16":
        policy = "mixed_bfloat16"
    layers = shapes.plan(point, input_shape, classes)
    hidden = [_keras_layer(layer, policy, dense) for layer in layers[:-1]]
    # All at once: `Sequential.add` would rebuild the model for every layer.
    return keras.Sequential(
        [
            keras.Input(input_shape, name="images"),
            *hidden,
            _keras_layer(layers[-1], "float32", dense),
        ],
        name="cnn",
    )


def _keras_layer(layer: shapes.Layer, policy: str, dense: type[keras.layers.Dense]) -> Any:
    named = {"name": layer.name, "dtype": policy}
    match layer.op:
        case shapes.Conv(filters, kernel_size, strides, padding, activation):
            return keras.layers.Conv2D(
                filters, kernel_size, strides, padding, activation=activation, **named
            )
        case shapes.BatchNorm():
            return keras.layers.BatchNormalization(**named)
        case shapes.Activate(activation):
            return keras.layers.Activation(activation, **named)
        case shapes.Pool("max", size):
            return keras.layers.MaxPooling2D(size, **named)
        case shapes.Pool(_, size):
            return keras.layers.AveragePooling2D(size, **named)
        case shapes.Flatten():
            return keras.layers.Flatten(**named)
        case shapes.GlobalPool("max"):
            return keras.layers.GlobalMaxPooling2D(**named)
        case shapes.GlobalPool():
            return keras.layers.GlobalAveragePooling2D(**named)
        case shapes.Dropout(share):
            return keras.layers.Dropout(share, **named)
        case shapes.Dense(units, activation):
            return dense(units, activation=activation, **named)
