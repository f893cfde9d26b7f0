"""What a network says of the validation images, and what its first layer does: plain arrays in one
file.

The process that holds Keras and the images writes it; what becomes of it is drawn by
`sweep.analysis`.
"""

from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# Images on a sheet of predictions.
SHEET = 40


@dataclass(frozen=True)
class Examination:
    """`labels` (n), int32, and `probabilities` (n, classes), float32, of the images that stand at
    `indices` (n) in the data set.

    `ordinary` and `mistakes` are positions among these n, at most `SHEET` each: some spread evenly,
    and the wrong ones of which the network was most certain. `ordinary_images` and `mistake_images`
    (.., height, width, channels), uint8, are those. `kernels` (height, width, channels, filters)
    and `maps` (height, width, filters), float32, are the first convolution's weights and what it
    gives, activated, for the `observed` image; both are empty for a network without one. `files`
    (n) are the names of the images' files, relative to the data folder; empty for data that are not
    one file an image.
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
        """Writes it as an .npz file."""
        np.savez(path, allow_pickle=False, **vars(self))

    @classmethod
    def load(cls, path: Path) -> "Examination":
        """Reads what `save` wrote."""
        with np.load(path, allow_pickle=False) as file:
            return cls(**{field.name: file[field.name] for field in fields(cls)})


def ordinary(count: int) -> NDArray[np.int64]:
    """At most `SHEET` positions of `count`, spread evenly."""
    return np.unique(np.linspace(0, count - 1, min(SHEET, count)).round().astype(np.int64))


def worst(labels: NDArray[np.int32], probabilities: NDArray[np.float32]) -> NDArray[np.int64]:
    """The positions of at most `SHEET` mistakes, the most certain first."""
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")][:SHEET]
