"""Images into a network, as the `tf.data` guide has it; the same for all that train with Keras."""

import os
from functools import cache

import numpy as np
import tensorflow as tf
from workloads import IMAGES

EVALUATION_BATCH = 500


@cache
def images() -> dict[str, tf.Tensor]:
    """`x_train` and `x_val`, uint8, `y_train` and `y_val`, int32; read once in a process."""
    with np.load(os.environ[IMAGES]) as arrays:
        return {name: tf.constant(arrays[name]) for name in arrays.files}


def training_data(batch_size: int) -> tf.data.Dataset:
    """Shuffled batches without end. Indices are shuffled, not images, and a batch is gathered at
    once: that is cheaper than a pipeline of single images, by its own advice to vectorise."""
    x, y = images()["x_train"], images()["y_train"]
    order = tf.data.Dataset.range(len(x)).shuffle(len(x)).repeat().batch(batch_size)
    batches = order.map(
        lambda i: (_scaled(tf.gather(x, i)), tf.gather(y, i)), num_parallel_calls=tf.data.AUTOTUNE
    )
    return batches.prefetch(tf.data.AUTOTUNE)


def validation_data() -> tf.data.Dataset:
    """Every validation image once."""
    batches = tf.data.Dataset.from_tensor_slices((images()["x_val"], images()["y_val"])).batch(
        EVALUATION_BATCH
    )
    return batches.map(lambda x, y: (_scaled(x), y), num_parallel_calls=tf.data.AUTOTUNE).prefetch(
        tf.data.AUTOTUNE
    )


def _scaled(x: tf.Tensor) -> tf.Tensor:
    return tf.cast(x, tf.float32) / 255.0
