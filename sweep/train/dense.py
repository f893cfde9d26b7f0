"""A dense layer for training on a CPU: Keras' results, in less time."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

# Matrix rows at multiples of this many bytes share a few sets of the cache. A product that walks
# down the columns then waits for memory.
UNLUCKY = 2048
PADDING = 16


class Dense(keras.layers.Dense):  # type: ignore[misc]  # Keras has no types
    """Keras' dense layer, but rows at unlucky distances are moved apart for the product.

    It has Keras' name because weights are stored under the class name, and Keras' own class loads
    them.
    """

    def call(self, inputs: tf.Tensor, training: bool | None = None) -> tf.Tensor:
        """(batch, inputs) -> (batch, units)."""
        if self.compute_dtype != "float32" or self.units * 4 % UNLUCKY:
            return super().call(inputs, training=training)
        weighted: Any = _product(inputs, tf.convert_to_tensor(self.kernel))
        return self.activation(weighted + self.bias)


@tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow has no types
def _product(
    inputs: tf.Tensor, weights: tf.Tensor
) -> tuple[tf.Tensor, Callable[[tf.Tensor], tuple[Any, Any]]]:
    """The matrix product of (batch, inputs) and (inputs, units), and its gradient."""
    padded = tf.pad(weights, [[0, 0], [0, PADDING]])

    def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return (
            tf.matmul(upstream, weights, transpose_b=True),
            tf.matmul(inputs, upstream, transpose_a=True),
        )

    return tf.matmul(inputs, padded)[:, : weights.shape[1]], gradient
