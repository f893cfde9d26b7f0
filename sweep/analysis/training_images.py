"""A sheet of training images as networks of a space will see them."""

from collections.abc import Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from sweep.analysis.pictures import COLUMNS, examples
from sweep.data.dataset import Dataset, load
from sweep.space import Hyperparams, SweepSpec, exact, random_points
from sweep.train.augment import augmented
from sweep.trial import Progress, unseen

# Rows of changed images below the row of images as they are read.
ROWS = 4
AUGMENTING = ("flip", "shift", "rotate", "zoom", "brightness")


def training_images(spec: SweepSpec, progress: Progress = unseen) -> bytes:
    """A PNG: some training images as they are read, and below them the same images as the baselines
    and random points of the space change them. Raises `DataError` if they cannot be read."""
    data = load(spec.data, progress)
    chosen = _some(data)
    images = data.images[chosen]
    names = data.summary.classes
    rows = [(image, names[label]) for image, label in zip(images, data.labels[chosen], strict=True)]
    for seed, point in enumerate(_points(spec)):
        words = ["" for _ in chosen]
        words[0] = _in_words(point)
        rows += zip(augmented(point, images, seed), words, strict=True)
    return examples(rows, f"{spec.name}: training images, as they are read and as they are changed")


def _some(data: Dataset) -> NDArray[np.int32]:
    """Training images of as many classes as there are columns."""
    first = [
        data.train[data.labels[data.train] == label][: COLUMNS // data.summary.class_count + 1]
        for label in range(data.summary.class_count)
    ]
    # Of fewer images than columns some stand there twice.
    return np.resize(np.concatenate(first), COLUMNS)


def _points(spec: SweepSpec) -> Sequence[Hyperparams]:
    """Different points of the space that change images, baselines first."""
    found = [baseline.point for baseline in spec.baselines]
    found += islice(random_points(spec.space, spec.search.seed), 10 * ROWS)
    different = {_in_words(point): point for point in reversed(found) if point.augments}
    return list(reversed(different.values()))[:ROWS]


def _in_words(point: Hyperparams) -> str:
    defaults = Hyperparams.model_validate({})
    parts = []
    for knob in AUGMENTING:
        value = getattr(point, knob)
        if value != getattr(defaults, knob):
            parts.append(f"{knob} {exact(value) if isinstance(value, str) else f'{value:.2g}'}")
    return ", ".join(parts)
