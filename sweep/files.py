"""Writes files and makes folders."""

import errno
import os
from pathlib import Path

from sweep.errors import StoreError


def make_folder(folder: Path) -> None:
    """Makes a folder and its parents if they are missing. Raises `StoreError` if that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error


def write_whole(path: Path, content: bytes) -> None:
    """Puts a file into place in one step. Raises `StoreError` if it cannot be written."""
    beside = path.with_name(f".{path.name}.new")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> StoreError:
    """The error for a file or folder that cannot be written."""
    hint = "make its folder writable, or choose another place"
    if error.errno == errno.ENOSPC:
        hint = "free the disk"
    return StoreError(f"cannot write: {error.strerror}", hint, str(path))
