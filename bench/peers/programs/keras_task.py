"""One trial in Keras, as its documentation has it: a `tf.data` pipeline, `compile` and `fit`."""

import math
from functools import cache
from threading import Lock

import keras
import numpy as np
import tensorflow as tf
from workloads import MNIST, VALIDATION, Workload

# Steps that Keras does between two looks at its callbacks: the greatest divisor of a trial's steps up to this.
STEPS_PER_EXECUTION = 100
EVALUATION_BATCH = 500
# Keras numbers layers in one place for all threads; two that build at once can get one name twice.
building = Lock()


@cache
def images() -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
    """Images, uint8, and labels for training, and the same for validation; read once in a process."""
    with np.load(MNIST) as arrays:
        x, y = arrays["x_train"][..., np.newaxis], arrays["y_train"].astype("int32")
    return tuple(tf.constant(part) for part in (x[:-VALIDATION], y[:-VALIDATION], x[-VALIDATION:], y[-VALIDATION:]))


def training_data(batch_size: int) -> tf.data.Dataset:
    """Shuffled batches without end. Indices are shuffled, not images, and a batch is gathered at once: that is cheaper
    than a pipeline of single images, by its own advice to vectorise."""
    x, y, _, _ = images()
    order = tf.data.Dataset.range(len(x)).shuffle(len(x)).repeat().batch(batch_size)
    batches = order.map(lambda i: (scaled(tf.gather(x, i)), tf.gather(y, i)), num_parallel_calls=tf.data.AUTOTUNE)
    return batches.prefetch(tf.data.AUTOTUNE)


def validation_data() -> tf.data.Dataset:
    """Every validation image once."""
    _, _, x, y = images()
    batches = tf.data.Dataset.from_tensor_slices((x, y)).batch(EVALUATION_BATCH)
    return batches.map(lambda x, y: (scaled(x), y), num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


def scaled(x: tf.Tensor) -> tf.Tensor:
    return tf.cast(x, tf.float32) / 255.0


def build(workload: Workload, learning_rate: float, dropout: float) -> keras.Model:
    """The compiled network."""
    with building:
        layers = [keras.Input((28, 28, 1))]
        for filters in workload.filters:
            layers.append(keras.layers.Conv2D(filters, workload.kernel_size, padding="same", activation="relu"))
            layers.append(keras.layers.MaxPooling2D(2))
        layers += [keras.layers.Flatten(), keras.layers.Dense(workload.dense, activation="relu")]
        model = keras.Sequential([*layers, keras.layers.Dropout(dropout), keras.layers.Dense(10)])
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        steps_per_execution=math.gcd(workload.steps, STEPS_PER_EXECUTION),
    )
    return model


def train(workload: Workload, learning_rate: float, dropout: float) -> dict[str, float]:
    """Trains one network and gives its metrics at the last step: loss, accuracy, val_loss, val_accuracy."""
    model = build(workload, learning_rate, dropout)
    history = model.fit(
        training_data(workload.batch_size),
        epochs=1,
        steps_per_epoch=workload.steps,
        validation_data=validation_data(),
        verbose=0,
    )
    return {name: values[-1] for name, values in history.history.items()}
