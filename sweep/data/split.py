"""Which images are for training, for validation and for the test at the end."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sweep.data.arrays import Collection
from sweep.errors import DataError
from sweep.spec import DataSpec

Indices: TypeAlias = NDArray[np.int32]


def split(found: Collection, spec: DataSpec) -> tuple[Indices, Indices, Indices]:
    """Indices of the training, validation and test images, each in ascending order.

    They count through the training images and then the test images of `found`. The split depends on the
    labels, the amounts and the seed alone. Raises `DataError` where the amounts cannot be had.
    """
    own_test = 0 if found.test is None else len(found.test)
    if own_test and not spec.merge and spec.test is not None:
        raise DataError(
            "these data bring their own test images, and test asks for others",
            "leave test out, or add merge: true to split all images anew",
            spec.label,
        )
    labels = found.train.labels
    if found.test is not None and spec.merge:
        labels = np.concatenate([labels, found.test.labels])
    total = len(labels)
    try:
        validation, test = spec.amounts(total)
    except ValueError as error:
        raise DataError(str(error), "ask for smaller shares, at least one image each", spec.label) from None
    random = np.random.default_rng(spec.seed)
    order = random.permutation(total)
    if spec.stratify:
        order = _stratified(order, labels, found.classes)
    first, second = validation, validation + test
    held_out = _indices(order[first:second])
    if own_test and not spec.merge:
        held_out = np.arange(total, total + own_test, dtype=np.int32)
    return _indices(order[second:]), _indices(order[:first]), held_out


def _indices(order: NDArray[np.int64]) -> Indices:
    return np.sort(order).astype(np.int32)


def _stratified(order: NDArray[np.int64], labels: NDArray[np.int32], classes: tuple[str, ...]) -> NDArray[np.int64]:
    """`order` rearranged so that every beginning of it holds the classes in their shares.

    Each image gets its place within its class, spread evenly over 0 to 1; in the order of these places
    the classes interleave, and no beginning is off by more than one image of a class.
    """
    place = np.empty(len(order))
    for label in range(len(classes)):
        members = order[labels[order] == label]
        place[members] = (np.arange(len(members)) + 0.5) / max(len(members), 1)
    return order[np.argsort(place[order], kind="stable")]
