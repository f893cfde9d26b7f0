"""A network's predictions for the validation images and its first layer's output, as arrays.

The process with Keras and the images writes them to one file; `sweep.analysis` draws them.
"""

from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# The most images on a sheet of predictions.
SHEET = 40


@dataclass(frozen=True)
class Examination:
    """Arrays for n validation images.

    `labels` (n), int32, and `probabilities` (n, classes), float32, belong to the images at
    `indices` (n) in the data set. `ordinary` and `mistakes` are positions among these n, at most
    `SHEET` each: evenly spread ones, and the wrong predictions with the highest probability.
    `ordinary_images` and `mistake_images` (.., height, width, channels), uint8, are their pixels.
    `kernels` (height, width, channels, filters), float32, are the first convolution's weights.
    `maps` (height, width, filters), float32, are its activated output for the image `observed`.
    Both are empty for a network without convolutions. `files` (n) are the names of the image files,
    relative to the data folder; empty if the images are not separate files.
    """

    labels: NDArray[np.int32]
    indices: NDArray[np.int32]
    probabilities: NDArray[np.float32]
    ordinary: NDArray[np.int64]
    ordinary_images: NDArray[np.uint8]
    mistakes: NDArray[np.int64]
    mistake_images: NDArray[np.uint8]
    observed: NDArray[np.uint8]
    kernels: NDArray[np.float32]
    maps: NDArray[np.float32]
    files: NDArray[np.str_] = field(default_factory=lambda: np.zeros(0, np.str_))

    @property
    def predicted(self) -> NDArray[np.int64]:
        """The likeliest class of each image, (n)."""
        likeliest: NDArray[np.int64] = self.probabilities.argmax(axis=1)
        return likeliest

    def save(self, path: Path) -> None:
        """Writes the arrays as an .npz file."""
        np.savez(path, allow_pickle=False, **vars(self))

    @classmethod
    def load(cls, path: Path) -> "Examination":
        """Reads what `save` wrote."""
        with np.load(path, allow_pickle=False) as file:
            return cls(**{field.name: file[field.name] for field in fields(cls)})


def ordinary(count: int) -> NDArray[np.int64]:
    """At most `SHEET` evenly spread positions of `count`."""
    return np.unique(np.linspace(0, count - 1, min(SHEET, count)).round().astype(np.int64))


def worst(labels: NDArray[np.int32], probabilities: NDArray[np.float32]) -> NDArray[np.int64]:
    """The positions of at most `SHEET` mistakes, the most certain first."""
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")][:SHEET]
