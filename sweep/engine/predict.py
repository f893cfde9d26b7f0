"""Classifies a user's own images with the best network of a sweep."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweep.data.arrays import Pixels
from sweep.data.drawing import read_drawing
from sweep.errors import DataError, InputError, Problem
from sweep.space import NAMED_DATA, DataSpec, Shape
from sweep.store import BestNetwork, read_best, read_sweep

# Classifies images: the network and the images (number, height, width, channels) in, probabilities
# (number, classes) out.
Classify = Callable[[BestNetwork, Pixels], NDArray[np.float32]]


@dataclass(frozen=True)
class Prediction:
    """An image file, its most probable class, and the probability of every class."""

    image: str
    likeliest: str
    probabilities: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "image": self.image,
            "class": self.likeliest,
            "probabilities": list(self.probabilities),
        }


@dataclass(frozen=True)
class Predictions:
    """The best network's predictions for some images; probabilities are in the order of
    `classes`."""

    classes: tuple[str, ...]
    found: tuple[Prediction, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "classes": list(self.classes),
            "predictions": [prediction.to_json() for prediction in self.found],
        }


def predict(folder: Path, images: Sequence[Path], classify: Classify, *, raw: bool) -> Predictions:
    """Classifies image files with the best network of the sweep in `folder`.

    All files are read before the first is classified. Raises `InputError` with every file that is
    not an image or is empty, or if the sweep has no best network. Raises `StoreError` if the
    network cannot be read.
    """
    spec, records, facts = read_sweep(folder)
    best = read_best(folder, spec, records, facts.data)
    shape = facts.data.shape
    classes = facts.data.classes
    named = spec.data.name
    if named is None or not NAMED_DATA[named].is_of_digits:
        # Only the training images of digits were centred.
        raw = True
    pixels = _read(images, shape, spec.data, raw=raw)
    shares = classify(best, pixels)
    found = []
    for path, share in zip(images, shares, strict=True):
        likeliest = classes[int(share.argmax())]
        found.append(Prediction(str(path), likeliest, tuple(share.tolist())))
    return Predictions(classes, tuple(found))


def _read(images: Sequence[Path], shape: Shape, data: DataSpec, *, raw: bool) -> Pixels:
    problems: list[Problem] = []
    read: list[Pixels] = []
    for path in images:
        try:
            read.append(read_drawing(path, shape, raw=raw, trained_on=data))
        except DataError as error:
            problems += error.problems
    if problems:
        raise InputError.of(problems)
    return np.stack(read)
