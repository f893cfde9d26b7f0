"""A trial of the quality comparison in Keras, and what is kept of it.

`quality.py` ends these programs when their time is over. So all is on the disk as soon as it is
known: a line for each trial that came to its end, and the weights of the best network, written
beside and moved.
"""

import json
import os
import time
from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
from pipeline import training_data, validation_data
from space import EPOCH, EVALUATIONS, MOMENTUM

Point = dict[str, Any]


class Keeper:
    """Writes down the trials of this process, in a folder that the processes of one run share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._best = -1.0

    def keep(self, model: keras.Model, point: Point, val_accuracy: float) -> None:
        """Notes a trial that came to its end; its weights, too, if it is the best of this
        process."""
        weights = None
        if val_accuracy > self._best:
            self._best = val_accuracy
            weights = f"weights-{os.getpid()}-{time.monotonic_ns()}.npz"
            with (self._folder / f".{weights}").open("wb") as file:
                np.savez(file, *model.get_weights())
            (self._folder / f".{weights}").replace(self._folder / weights)
        line = {
            "time": time.time(),
            "val_accuracy": val_accuracy,
            "point": point,
            "weights": weights,
        }
        with (self._folder / f"trials-{os.getpid()}.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")


@cache
def keeper() -> Keeper:
    """That of this process, in the folder where it is first asked for."""
    return Keeper(Path.cwd())


def build(point: Point) -> keras.Model:
    """The compiled network at `point`, layer for layer as sweep builds it."""
    layers = [keras.Input((28, 28, 1))]
    for filters in (point["filters.1"], point["filters.2"]):
        layers.append(
            keras.layers.Conv2D(filters, point["kernel_size"], padding="same", activation="relu")
        )
        layers.append(keras.layers.MaxPooling2D(2))
    layers += [keras.layers.Flatten(), keras.layers.Dense(point["dense.1"], activation="relu")]
    model = keras.Sequential(
        [*layers, keras.layers.Dropout(point["dropout"]), keras.layers.Dense(10)]
    )
    model.compile(
        optimizer=_optimizer(point["optimizer"], point["learning_rate"]),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        steps_per_execution=EPOCH,
    )
    return model


def _optimizer(name: str, rate: float) -> keras.optimizers.Optimizer:
    match name:
        case "sgd":
            return keras.optimizers.SGD(rate)
        case "momentum":
            return keras.optimizers.SGD(rate, momentum=MOMENTUM)
        case "adam":
            return keras.optimizers.Adam(rate)
        case "rmsprop":
            return keras.optimizers.RMSprop(rate, momentum=MOMENTUM)
    raise ValueError(name)


def fit(
    model: keras.Model, point: Point, callbacks: list[keras.callbacks.Callback], **epochs: int
) -> dict[str, float]:
    """Trains to the last epoch, or to where a callback ends it, and gives the metrics of the last
    epoch."""
    history = model.fit(
        training_data(point["batch_size"]),
        steps_per_epoch=EPOCH,
        validation_data=validation_data(),
        callbacks=callbacks,
        verbose=0,
        **(epochs or {"epochs": EVALUATIONS}),
    )
    return {name: values[-1] for name, values in history.history.items()}
