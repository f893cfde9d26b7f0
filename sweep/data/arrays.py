"""Images and labels as arrays, and the checks that they must pass before a training."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sweep.data.advice import labels_hint, range_problem, shape_hint
from sweep.errors import DataError

Pixels: TypeAlias = NDArray[np.uint8]
Labels: TypeAlias = NDArray[np.int32]

MAX_CLASSES = 10_000
MAX_UNICODE = 0x10FFFF


@dataclass(frozen=True)
class Labelled:
    """Images (number, height, width, channels), uint8, and their class indices, int32."""

    images: Pixels
    labels: Labels

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Collection:
    """A data set as it was found: images, with its own splits if it has any, and class names.

    `files` are the names of the image files, relative to the folder, in the order training,
    validation, test; None if the images are not separate files. `left_out` and `notes` are as in
    `DataSummary`.
    """

    train: Labelled
    test: Labelled | None
    classes: tuple[str, ...]
    validation: Labelled | None = None
    files: tuple[str, ...] | None = None
    left_out: int = 0
    notes: tuple[str, ...] = ()

    @property
    def parts(self) -> list[Labelled]:
        """The training, validation and test images, in this order, without missing ones."""
        return [part for part in (self.train, self.validation, self.test) if part is not None]


def digest(parts: list[Labelled]) -> str:
    """SHA-256 of the shapes and bytes of images and labels (as uint8 and int32, little-endian)."""
    sha = hashlib.sha256()
    for part in parts:
        for array in (part.images, part.labels.astype("<i4")):
            sha.update(repr(array.shape).encode())
            sha.update(np.ascontiguousarray(array).data)
    return sha.hexdigest()


def collect(
    train: tuple[NDArray[Any], NDArray[Any]],
    test: tuple[NDArray[Any], NDArray[Any]] | None,
    where: str,
) -> Collection:
    """Turns raw arrays into a `Collection`.

    The classes are the sorted distinct labels of the training images. Raises `DataError` if the
    arrays do not fit together, or have an unsupported form.
    """
    train_images = _images(train[0], np.size(train[1]), f"{where}: training images")
    train_labels = _labels(train[1], len(train_images), f"{where}: training labels")
    values, indices = np.unique(train_labels, return_inverse=True)
    classes = tuple(map(str, values))
    _check_classes(classes, where)
    learned = Labelled(train_images, indices.reshape(-1).astype(np.int32))
    if test is None:
        return Collection(learned, None, classes)
    test_images = _images(test[0], np.size(test[1]), f"{where}: test images")
    test_labels = _labels(test[1], len(test_images), f"{where}: test labels")
    shape = train_images.shape[1:]
    if test_images.shape[1:] != shape:
        what = f"test images are {_size(test_images)}, training images {_size(train_images)}"
        raise DataError(what, "give both the same size and channels", where)
    if test_labels.dtype.kind != train_labels.dtype.kind:
        what = f"training labels are {_kind(train_labels)}, test labels {_kind(test_labels)}"
        raise DataError(what, "write both alike", where)
    last = len(values) - 1
    places = np.searchsorted(values, test_labels).clip(max=last)
    is_strange = values[places] != test_labels
    strangers = np.unique(test_labels[is_strange])
    if len(strangers):
        some = strangers[:5].tolist()
        what = f"the test labels name classes that no training image has: {some}"
        raise DataError(what, "give every class training images", where)
    tested = Labelled(test_images, places.astype(np.int32))
    return Collection(learned, tested, classes)


def _check_classes(classes: Sequence[str], where: str) -> None:
    count = len(classes)
    if not 2 <= count <= MAX_CLASSES:
        what = f"the training labels name {count} class{'' if count == 1 else 'es'}"
        raise DataError(what, f"a data set needs from 2 to {MAX_CLASSES} classes", where)
    if not all(name.strip() for name in classes):
        what = "some labels are empty words"
        raise DataError(what, "give every image the name of its class", where)


def _size(images: Pixels) -> str:
    return "x".join(map(str, images.shape[1:]))


def _kind(labels: NDArray[Any]) -> str:
    return {"i": "numbers", "b": "true and false"}.get(labels.dtype.kind, "words")


def _images(array: NDArray[Any], labels: int, what: str) -> Pixels:
    """Images (number, height, width, channels), uint8; `labels` is the number of labels."""
    given = array.shape
    if array.ndim == 3:
        array = array[..., np.newaxis]
    is_number_last = len(given) > 1 and given[-1] == labels > max(given[:-1])
    is_of_images = array.ndim == 4 and array.shape[3] in (1, 3) and 0 not in array.shape
    if not is_of_images or is_number_last:
        shape = "x".join(map(str, given)) or "a single value"
        forms = "(number, height, width) or (number, height, width, 1 or 3)"
        hint = "there is nothing in it: save the images"
        if 0 not in given:
            hint = shape_hint(given, labels)
        raise DataError(f"images must be {forms}, not {shape}", hint, what)
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    is_whole = array.dtype.kind in "iu"
    if not is_whole or array.min() < 0 or array.max() > 255:
        raise DataError(*range_problem(array), what)
    return np.ascontiguousarray(array.astype(np.uint8))


def _labels(array: NDArray[Any], count: int, what: str) -> NDArray[Any]:
    """One label per image: int64, bool, or Unicode words."""
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or array.dtype.kind not in "iubUS":
        shape = "x".join(map(str, array.shape)) or "a single value"
        raise DataError(
            f"labels must be one whole number or one word per image, not {shape} of {array.dtype}",
            labels_hint(array),
            what,
        )
    if len(array) != count:
        raise DataError(
            f"there are {count} images and {len(array)} labels", "give one label per image", what
        )
    if array.dtype.kind == "S":
        return np.char.decode(array, "utf-8", "backslashreplace")
    if array.dtype.kind == "U":
        return _text(array, what)
    if array.dtype.kind == "b":
        return array
    if array.min() < -(2**62) or array.max() > 2**62:
        raise DataError("a label is out of all bounds", "number the classes from 0", what)
    return array.astype(np.int64)


def _text(array: NDArray[Any], what: str) -> NDArray[Any]:
    """The words of an array from a file, in the byte order of this machine."""
    words = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("=")))
    codes = words.view(np.uint32)
    # UTF-8 has no surrogates, and nothing above the last Unicode character.
    if ((codes > MAX_UNICODE) | ((codes >= 0xD800) & (codes < 0xE000))).any():
        raise DataError(
            "the labels hold characters that do not exist", "write the file again", what
        )
    return words
