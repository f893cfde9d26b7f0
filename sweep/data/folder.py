"""Reads a folder with one subfolder of PNG or JPEG images per class."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sweep.data.arrays import Collection, collect
from sweep.data.picture import decode
from sweep.errors import DataError

ENDINGS = (".png", ".jpg", ".jpeg")


def class_folders(folder: Path) -> list[Path]:
    """The subfolders that hold images, by name."""
    inside = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    return [path for path in inside if _files(path)]


def read_image_folder(folder: Path) -> Collection:
    """All images, in the order of classes and file names; grey if every one is grey, else in colour.

    Raises `DataError` for a file that is no image, or of another size than the first.
    """
    folders = class_folders(folder)
    files = [(index, path) for index, name in enumerate(folders) for path in _files(name)]
    decoded = [decode(path) for _, path in files]
    colour = any(array.ndim == 3 for array in decoded)
    height, width = decoded[0].shape[:2]
    for (_, path), array in zip(files, decoded, strict=True):
        if array.shape[:2] != (height, width):
            size = f"{array.shape[1]} x {array.shape[0]}"
            raise DataError(
                f"this image is {size} pixels, the first is {width} x {height}", "give all images one size", str(path)
            )
    images = np.stack([_in_colour(array) if colour else array for array in decoded])
    labels = np.array([index for index, _ in files], np.int64)
    found = collect((images, labels), None, str(folder))
    names = tuple(path.relative_to(folder).as_posix() for _, path in files)
    return Collection(found.train, None, tuple(path.name for path in folders), files=names)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS)


def _in_colour(array: NDArray[Any]) -> NDArray[Any]:
    return array if array.ndim == 3 else np.repeat(array[..., np.newaxis], 3, axis=2)
