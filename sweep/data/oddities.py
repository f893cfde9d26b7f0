"""Finds oddities in readable images: notes, or errors if no network can learn from them."""

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from sweep.data.advice import DARK, brightened
from sweep.data.arrays import Collection, Pixels
from sweep.errors import DataError

# The most examples and classes in one line.
EXAMPLES = 3
LISTED = 5
# Images per step.
CHUNK = 4_096

Indices = NDArray[np.int32]


def odd_images(
    found: Collection,
    images: Pixels,
    train: Indices,
    validation: Indices,
    test: Indices,
    where: str,
    *,
    standardises: bool = False,
    resized: bool = False,
) -> tuple[str, ...]:
    """Notes on images that are dark, of one colour, or in two splits.

    `images` are (number, height, width, channels). The splits' indices count through all images of
    `found`. Networks do not see dark images dark if they are standardised. Images that were
    `resized` may have differed before. Raises `DataError` if all images are equal, or each has a
    single colour.
    """
    name = _namer(found)
    even = _even_images(images)
    if len(even) == len(images):
        hint = "look at some of them: a network learns from what differs within an image"
        raise DataError("every image is of one colour", hint, where)
    twins = _twins(images)
    if (twins == 0).all():
        raise DataError("all images are the same", "look at how they were made", where)
    notes = []
    if not standardises:
        notes += _dark(found, images)
    if len(even):
        if len(even) == 1:
            which = "1 image is of one colour"
        else:
            which = f"{len(even):,} images are of one colour each"
        notes.append(f"{which}, such as {name(int(even[0]))}")
    when = ""
    if resized:
        when = " after resizing"
    for kind, held_out in (("validation", validation), ("test", test)):
        for what, pairs in _seen_in_training(twins, train, held_out, kind, name):
            notes.append(f"{what}{when}: {pairs}")
    return tuple(notes)


def small_classes(
    classes: Sequence[str],
    counts: Sequence[Sequence[int]],
    where: str,
    *,
    brings_validation: bool = False,
) -> tuple[str, ...]:
    """Notes on classes without validation or test images.

    `counts` are the images of each class in the three splits. Raises `DataError` if a class has no
    training image. If the data have their own validation images, their reader has already reported
    missing classes.
    """
    train, validation, test = counts
    if missing := _without(classes, train):
        hint = "give it more images, or ask for fewer validation and test images"
        raise DataError(f"no training image is left of {_named(missing)}", hint, where)
    notes = []
    for kind, count in (("validation", validation), ("test", test)):
        missing = _without(classes, count)
        if missing and sum(count) and not (kind == "validation" and brings_validation):
            notes.append(f"there is no {kind} image of {_named(missing)}")
    return tuple(notes)


def _without(classes: Sequence[str], counts: Sequence[int]) -> list[str]:
    return [name for name, count in zip(classes, counts, strict=True) if count == 0]


def _named(classes: Sequence[str]) -> str:
    """`the class owl`, or `3 classes: cat, dog, owl`."""
    if len(classes) == 1:
        return f"the class {classes[0]}"
    more = ""
    if len(classes) > LISTED:
        more = ", ..."
    return f"{len(classes):,} classes: {', '.join(classes[:LISTED])}{more}"


def _namer(found: Collection) -> Callable[[int], str]:
    """A function from an image's index among all to its file name, or its place in its array."""
    files = found.files
    own = len(found.train)

    def name(index: int) -> str:
        if files is not None:
            return files[index]
        if index < own:
            return f"x_train[{index}]"
        return f"x_test[{index - own}]"

    return name


def _dark(found: Collection, images: Pixels) -> list[str]:
    """A note if no pixel of the data, or of one part of them, is bright."""
    brightest = int(images.max())
    if brightest > DARK:
        parts = (("training", found.train), ("validation", found.validation), ("test", found.test))
        dark = [(kind, int(part.images.max())) for kind, part in parts if part is not None]
        return [
            f"no pixel of the {kind} images is brighter than {high} of 255, those of others are"
            for kind, high in dark
            if high <= DARK
        ]
    if brightest == 1:
        what = "all pixels are 0 or 1, as in masks: networks see them black; save them as 0 and 255"
        code = "x * 255"
    else:
        what = f"no pixel is brighter than {brightest} of 255: networks see the images dark"
        what, code = f"{what}; multiply by 255/{brightest} before saving", brightened(brightest)
    return [what if found.files else f"{what}: {code}"]


def _even_images(images: Pixels) -> NDArray[np.int64]:
    """The indices of images with a single colour; none for images of one pixel."""
    count, channels = len(images), images.shape[3]
    pixels = images.reshape(count, -1, channels)
    size = pixels.shape[1]
    if size == 1:
        return np.empty(0, np.int64)
    # For most images a few pixels already show that they have several colours.
    places = np.linspace(0, size - 1, 16).astype(int)
    maybe = np.flatnonzero(_is_even(pixels[:, places]))
    even = []
    for first in range(0, len(maybe), CHUNK):
        part = maybe[first : first + CHUNK]
        even.append(part[_is_even(pixels[part])])
    return np.concatenate(even) if even else maybe


def _is_even(pixels: Pixels) -> NDArray[np.bool_]:
    """For each image (number, pixels, channels): whether all pixels equal its first."""
    same = pixels == pixels[:, :1]
    every: NDArray[np.bool_] = np.asarray(same.all(axis=(1, 2)))
    return every


def _twins(images: Pixels) -> NDArray[np.int64]:
    """For each image, the index of the first image with the same bytes."""
    first = np.arange(len(images))
    sums = _checksums(images)
    _, where, counts = np.unique(sums, return_inverse=True, return_counts=True)
    seen: dict[bytes, int] = {}
    # Different images rarely have equal sums, so few images are hashed.
    for index in np.flatnonzero(counts[where] > 1).tolist():
        digest = hashlib.sha256(images[index]).digest()
        first[index] = seen.setdefault(digest, index)
    return first


def _checksums(images: Pixels) -> NDArray[np.uint64]:
    """A number for each image, equal for equal images: a randomly weighted sum of 8-byte words."""
    rows = images.reshape(len(images), -1)
    size = rows.shape[1]
    words = -(-size // 8)
    random = np.random.default_rng(0)
    weights = random.integers(0, 2**64, words, dtype=np.uint64)
    sums = np.empty(len(rows), np.uint64)
    step = max(CHUNK * 1024 // size, 1)
    most = min(step, len(rows))
    padded = np.zeros((most, words * 8), np.uint8)
    for begin in range(0, len(rows), step):
        end = begin + step
        part = rows[begin:end]
        own = padded[: len(part)]
        own[:, :size] = part
        sums[begin:end] = own.view(np.uint64) @ weights
    return sums


def _seen_in_training(
    twins: NDArray[np.int64],
    train: Indices,
    held_out: Indices,
    kind: str,
    name: Callable[[int], str],
) -> list[tuple[str, str]]:
    """A note, and its examples, if images of a split are also training images."""
    trained = np.full(len(twins), -1)
    # Reversed, so the first of equal training images is kept.
    trained[twins[train[::-1]]] = train[::-1]
    same = trained[twins[held_out]]
    seen = np.flatnonzero(same >= 0)
    if not len(seen):
        return []
    pairs = [f"{name(int(held_out[i]))} = {name(int(same[i]))}" for i in seen[:EXAMPLES]]
    more = ""
    if len(seen) > EXAMPLES:
        more = ", ..."
    noun = "images"
    if len(held_out) == 1:
        noun = "image"
    verb = "are"
    if len(seen) == 1:
        verb = "is"
    what = f"{len(seen):,} of {len(held_out):,} {kind} {noun} {verb} also among the training images"
    return [(what, f"{', '.join(pairs)}{more}")]
