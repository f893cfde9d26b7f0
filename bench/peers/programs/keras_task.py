"""One trial in Keras, as its documentation has it: `compile` and `fit`."""

import math
from threading import Lock

import keras
from pipeline import training_data, validation_data
from workloads import Workload

# Steps that Keras does between two looks at its callbacks, where they divide those of a trial.
STEPS_PER_EXECUTION = 100
# Keras numbers layers in one place for all threads; two that build at once can get one name twice.
building = Lock()


def build(workload: Workload, learning_rate: float, dropout: float) -> keras.Model:
    """The compiled network."""
    with building:
        layers = [keras.Input((28, 28, 1))]
        for filters in workload.filters:
            layers.append(
                keras.layers.Conv2D(
                    filters, workload.kernel_size, padding="same", activation="relu"
                )
            )
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
    """Trains one network and gives its metrics at the last step: loss, accuracy, val_loss,
    val_accuracy."""
    model = build(workload, learning_rate, dropout)
    history = model.fit(
        training_data(workload.batch_size),
        epochs=1,
        steps_per_epoch=workload.steps,
        validation_data=validation_data(),
        verbose=0,
    )
    return {name: values[-1] for name, values in history.history.items()}
