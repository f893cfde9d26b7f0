"""Examines a trained network: its predictions of the validation images, its first layer."""

import os
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sweep.data.dataset import Dataset
from sweep.space import Hyperparams
from sweep.train.network import build_cnn
from sweep.train.scaling import Scaling
from sweep.trial import DataSummary, Examination, Examine, ordinary, worst

BATCH = 500


def trained(point: Hyperparams, data: DataSummary, weights: Path) -> keras.Model:
    """The network at `point` for these data, with the weights in a file."""
    model = build_cnn(point, data.shape, len(data.classes))
    model.load_weights(weights)
    return model


def whole(model: keras.Model, data: DataSummary) -> keras.Model:
    """A network of these data that takes images in 0..1, however they are scaled for `model`."""
    return _scaling(data).inside(model)


def probabilities(
    model: keras.Model, data: DataSummary, images: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """The class probabilities (number, classes) of images (number, height, width, channels)."""
    scaling = _scaling(data)
    parts = []
    for first in range(0, len(images), BATCH):
        batch = scaling.of_pixels(images[first : first + BATCH])
        parts.append(tf.nn.softmax(model(batch, training=False)).numpy())
    return np.concatenate(parts)


def save_whole(model: keras.Model, path: Path) -> None:
    """Saves a network's layers and weights as a `.keras` file, atomically."""
    beside = path.with_name(f".new-{path.name}")
    model.save(beside)
    os.replace(beside, path)


def examine(task: Examine, data: Dataset) -> None:
    """Saves the whole network if the task asks for it, then writes an `Examination`."""
    summary = data.summary
    model = trained(task.point, summary, task.weights)
    if task.network is not None:
        save_whole(whole(model, summary), task.network)
    images = data.images[data.validation]
    labels = data.labels[data.validation]
    found = probabilities(model, summary, images)
    some = ordinary(len(labels))
    mistakes = worst(labels, found)
    kernels, maps = _first_layer(model, _scaling(summary).of_pixels(images[:1]))
    files: list[str] = []
    if data.files:
        files = [data.files[index] for index in data.validation]
    examination = Examination(
        labels=labels,
        indices=data.validation,
        probabilities=found,
        ordinary=some,
        ordinary_images=images[some],
        mistakes=mistakes,
        mistake_images=images[mistakes],
        observed=images[0],
        kernels=kernels,
        maps=maps,
        files=np.array(files, np.str_),
    )
    examination.save(task.output)


def _scaling(data: DataSummary) -> Scaling:
    return Scaling(data.mean, data.deviation)


def _first_layer(
    model: keras.Model, seen: tf.Tensor
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The first convolution's kernels, and its activated maps of one scaled image."""
    layers = {layer.name: layer for layer in model.layers}
    if "conv_1" not in layers:
        return np.zeros((0, 0, 0, 0), np.float32), np.zeros((0, 0, 0), np.float32)
    # With batch normalisation the activation is a separate layer.
    last = layers.get("activation_1", layers["conv_1"])
    for layer in model.layers:
        seen = layer(seen, training=False)
        if layer is last:
            break
    return layers["conv_1"].kernel.numpy(), tf.cast(seen[0], tf.float32).numpy()
