"""The scores of an evaluation, from the classes that a network predicted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Scores:
    """Shares from 0 to 1, as scikit-learn computes them for the classes that have images.

    `accuracy` is the share of the images that are right. `balanced_accuracy` is the mean of this
    share over the classes. `macro_f1` is the mean of the classes' F1; a class that is never
    predicted has 0.
    """

    accuracy: float
    balanced_accuracy: float
    macro_f1: float


def scores(labels: NDArray[np.int32], predicted: NDArray[np.int32], classes: int) -> Scores:
    """The scores of at least one prediction; labels and predictions are below `classes`."""
    right = labels[predicted == labels]
    hits = np.bincount(right, minlength=classes)
    images = np.bincount(labels, minlength=classes)
    answers = np.bincount(predicted, minlength=classes)
    there = images > 0
    recall = hits[there] / images[there]
    f1 = 2 * hits[there] / (images + answers)[there]
    return Scores(len(right) / len(labels), float(recall.mean()), float(f1.mean()))
