"""Reads, writes and removes files, and makes folders. Every failure is a `StoreError`."""

import errno
import os
from contextlib import suppress
from pathlib import Path

from sweep.errors import StoreError


def make_folder(folder: Path) -> None:
    """Makes a folder and its parents if they are missing. Raises `StoreError` if that fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error


def write_whole(path: Path, content: bytes) -> None:
    """Puts a file into place in one step, and leaves nothing beside it. Raises `StoreError` if it
    cannot be written."""
    beside = path.with_name(f".{path.name}.new")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def read_whole(path: Path) -> bytes:
    """The bytes of a file. Raises `StoreError` if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        what = f"cannot read: {error.strerror}"
        raise StoreError(what, "make it readable, or bring it back", str(path)) from error


def remove(path: Path) -> None:
    """Removes a file, if it is there. Raises `StoreError` if that fails."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        what = f"cannot remove: {error.strerror}"
        raise StoreError(
            what, "make its folder writable, or remove it by hand", str(path)
        ) from error


def unwritable(path: Path, error: OSError) -> StoreError:
    """The error for a file or folder that cannot be written."""
    hint = "make its folder writable, or choose another place"
    if error.errno == errno.ENOSPC:
        hint = "free the disk"
    return StoreError(f"cannot write: {error.strerror}", hint, str(path))
