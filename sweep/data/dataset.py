"""A data set ready for training: one block of images in memory, and the splits."""

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweep.data.arrays import Collection, Labelled, Labels, Pixels, digest
from sweep.data.cifar import cifar_in, read_unpacked
from sweep.data.folder import read_image_folder
from sweep.data.idx import holds_idx, read_idx_folder
from sweep.data.named import read_named
from sweep.data.npz import read_npz
from sweep.data.oddities import odd_images, small_classes
from sweep.data.picture import Fit
from sweep.data.split import split
from sweep.errors import DataError
from sweep.space import DataSpec
from sweep.trial import DataSummary, Progress, unseen

# TensorFlow uses a buffer without a copy if it begins at a multiple of this (Eigen's alignment).
ALIGNMENT = 64
# Images whose pixels are counted in one step.
COUNTED_AT_ONCE = 512


@dataclass(frozen=True)
class Dataset:
    """All images, their classes, and the indices of each split.

    `images` (number, height, width, channels) are uint8; class indices and the indices of the
    splits are int32. `test` is empty if the data have no test images. `files` are the names of the
    image files, relative to the data folder; None if the images are not separate files.
    """

    images: Pixels
    labels: Labels
    train: NDArray[np.int32]
    validation: NDArray[np.int32]
    test: NDArray[np.int32]
    summary: DataSummary
    files: tuple[str, ...] | None = None


def load(spec: DataSpec, progress: Progress = unseen) -> Dataset:
    """Reads, verifies and splits the images that `spec` describes. Raises `DataError`.

    `progress` is called while files of images are read, which can take minutes.
    """
    fit = None
    if spec.size is not None:
        fit = Fit(*spec.size, crop=spec.crop)
    found = _collection(spec, fit, progress)
    train, validation, test = split(found, spec)
    parts = found.parts
    images = _aligned([part.images for part in parts])
    labels = np.concatenate([part.labels for part in parts])
    classes = len(found.classes)
    own = [labels[indices] for indices in (train, validation, test)]
    counts = [_counts(part, classes) for part in own]
    brings_own = found.validation is not None and not spec.merge
    standardises = spec.scale == "standard"
    notes = list(found.notes)
    notes += small_classes(found.classes, counts, spec.label, brings_validation=brings_own)
    if spec.path is not None:
        # Named data sets are known to the byte.
        notes += odd_images(
            found,
            images,
            train,
            validation,
            test,
            spec.label,
            standardises=standardises,
            resized=spec.size is not None,
        )
    fingerprint = _fingerprint(parts, train, validation, test)
    in_all = _counts(labels, classes)
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()
    if standardises:
        mean, deviation = _moments(images, train)
        notes += _constant_channels(deviation)
        deviation = tuple(number or 1.0 for number in deviation)
    class_weights: tuple[float, ...] = ()
    if spec.class_weight is not None:
        class_weights = tuple(len(train) / (classes * count) for count in counts[0])
        notes += _equal_classes(counts[0])
    summary = DataSummary(
        label=spec.label,
        shape=images.shape[1:],
        classes=found.classes,
        train=len(train),
        validation=len(validation),
        test=len(test),
        fingerprint=fingerprint,
        counts=in_all,
        validation_counts=counts[1],
        left_out=found.left_out,
        notes=tuple(notes),
        mean=mean,
        deviation=deviation,
        class_weights=class_weights,
    )
    return Dataset(images, labels, train, validation, test, summary, found.files)


def _moments(
    images: Pixels, train: NDArray[np.int32]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The mean and the standard deviation of each channel of the training images, in 0..1.

    They are computed from how often each of the 256 values occurs, so the order of the images makes
    no difference.
    """
    channels = images.shape[3]
    counts = np.zeros((channels, 256), np.int64)
    for first in range(0, len(train), COUNTED_AT_ONCE):
        part = images[train[first : first + COUNTED_AT_ONCE]]
        for channel in range(channels):
            counts[channel] += np.bincount(part[..., channel].ravel(), minlength=256)
    levels = np.arange(256) / 255
    shares = counts / counts.sum(axis=1, keepdims=True)
    means = shares @ levels
    variances = (shares * (levels - means[:, np.newaxis]) ** 2).sum(axis=1)
    # A single value has a deviation of 0, and not what rounding leaves.
    variances[(counts > 0).sum(axis=1) == 1] = 0
    return tuple(means.tolist()), tuple(np.sqrt(variances).tolist())


def _constant_channels(deviation: tuple[float, ...]) -> list[str]:
    """A note for each channel with one value in all training images. It is divided by 1."""
    return [
        f"channel {number} has the same value in every pixel of the training images: standardised, "
        "it is 0 there, and is not divided"
        for number, spread in enumerate(deviation, 1)
        if spread == 0
    ]


def _equal_classes(counts: tuple[int, ...]) -> list[str]:
    """A note if weights of classes make no difference."""
    if len(set(counts)) > 1:
        return []
    return [f"class_weight has no effect: every class has {counts[0]:,} training images"]


def _counts(labels: Labels, classes: int) -> tuple[int, ...]:
    return tuple(np.bincount(labels, minlength=classes).tolist())


def _collection(spec: DataSpec, fit: Fit | None, progress: Progress) -> Collection:
    if spec.path is None:
        assert spec.name is not None
        return _fitted(read_named(spec.name), fit)
    path = spec.path
    if path.is_file() and path.suffix == ".npz":
        return _fitted(read_npz(path), fit)
    if path.is_dir() and holds_idx(path):
        return _fitted(read_idx_folder(path), fit)
    if path.is_dir() and (cifar := cifar_in(path)) is not None:
        return _fitted(read_unpacked(path, cifar), fit)
    if path.is_dir():
        return read_image_folder(path, fit, progress, skips_broken=spec.skips_broken)
    hint = (
        "give an .npz file, a folder of IDX files or a folder with one subfolder of images per "
        "class"
    )
    raise DataError(
        "there are no data of a known form here" if path.exists() else "there is nothing here",
        hint,
        str(path),
    )


def _fitted(found: Collection, fit: Fit | None) -> Collection:
    """Resizes images that are already in memory."""
    if fit is None:
        return found
    train = replace(found.train, images=fit.of_all(found.train.images))
    test = found.test
    if test is not None:
        test = replace(test, images=fit.of_all(test.images))
    return replace(found, train=train, test=test)


def _aligned(parts: list[Pixels]) -> Pixels:
    """The parts in one block that begins at a multiple of `ALIGNMENT`."""
    shape = (sum(map(len, parts)), *parts[0].shape[1:])
    size = int(np.prod(shape))
    memory: NDArray[Any] = np.empty(size + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    block = memory[start : start + size].reshape(shape)
    np.concatenate(parts, out=block)
    return block


def _fingerprint(parts: list[Labelled], *splits: NDArray[np.int32]) -> str:
    """SHA-256 of the images, the labels and the split: equal exactly for equal training."""
    sha = hashlib.sha256(digest(parts).encode())
    for indices in splits:
        sha.update(len(indices).to_bytes(8, "little"))
        sha.update(indices.astype("<i4").tobytes())
    return sha.hexdigest()
