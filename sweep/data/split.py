"""Splits images into training, validation and test images."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sweep.data.arrays import Collection
from sweep.errors import DataError
from sweep.space import DataSpec

Indices: TypeAlias = NDArray[np.int32]


def split(found: Collection, spec: DataSpec) -> tuple[Indices, Indices, Indices]:
    """Indices of the training, validation and test images, each ascending.

    They count through the training, validation and test images of `found`. The data's own
    validation and test images stay in these splits, unless all images are merged. The split depends
    only on labels, amounts and seed. Raises `DataError` if there are too few images.
    """
    if spec.merge:
        parts = found.parts
    else:
        parts = [found.train]
    if spec.merge:
        validation_of_its_own = None
    else:
        validation_of_its_own = found.validation
    if spec.merge:
        test_of_its_own = None
    else:
        test_of_its_own = found.test
    for name, own, asked in (
        ("validation", validation_of_its_own, spec.validation),
        ("test", test_of_its_own, spec.test),
    ):
        if own is not None and asked is not None:
            raise DataError(
                f"these data bring their own {name} images, and {name} asks for others",
                f"leave {name} out, or add merge: true to split all images anew",
                spec.label,
            )
    labels = np.concatenate([part.labels for part in parts])
    total = len(labels)
    try:
        train, validation, test = spec.parts(
            total, has_validation=validation_of_its_own is not None
        )
    except ValueError as error:
        raise DataError(
            str(error), "ask for smaller shares, at least one image each", spec.label
        ) from None
    random = np.random.default_rng(spec.seed)
    order = random.permutation(total)
    if spec.stratify:
        order = _stratified(order, labels, found.classes)
    first = validation
    second = validation + test
    learned = _indices(order[second : second + train])
    held = _indices(order[:first])
    held_out = _indices(order[first:second])
    if validation_of_its_own is not None:
        held = _following(total, len(validation_of_its_own))
        total += len(held)
    if test_of_its_own is not None:
        held_out = _following(total, len(test_of_its_own))
    return learned, held, held_out


def _following(first: int, count: int) -> Indices:
    return np.arange(first, first + count, dtype=np.int32)


def _indices(order: NDArray[np.int64]) -> Indices:
    return np.sort(order).astype(np.int32)


def _stratified(
    order: NDArray[np.int64], labels: NDArray[np.int32], classes: tuple[str, ...]
) -> NDArray[np.int64]:
    """Rearranges `order`: every prefix then holds the classes in their shares.

    Each image gets a place from 0 to 1, spread evenly within its class. Sorted by place, the
    classes interleave, and each prefix is off by at most one image of a class.
    """
    place = np.empty(len(order))
    for label in range(len(classes)):
        members = order[labels[order] == label]
        place[members] = (np.arange(len(members)) + 0.5) / max(len(members), 1)
    return order[np.argsort(place[order], kind="stable")]
