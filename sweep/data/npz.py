"""Reads .npz files with Keras' array names, and checks their headers before trusting them."""

import math
import tokenize
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from sweep.data.arrays import Collection, collect
from sweep.errors import DataError

MAX_BYTES = 64 * 2**30


# Common names of images and labels, without `train` and `test`.
IMAGES = ("x", "image", "images", "img", "imgs", "data", "features", "pixels")
LABELS = ("y", "label", "labels", "target", "targets", "class", "classes")
# The most names in one line.
LISTED = 8


def read_npz(path: Path) -> Collection:
    """Reads the arrays x_train, y_train and, if both exist, x_test and y_test.

    A note names any others. Raises `DataError` if the file is missing, damaged, or holds something
    else.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names, others = _names(archive, path)
            arrays = {name: _array(archive, name, path) for name in names}
    except OSError as error:
        raise DataError(
            f"cannot read the data: {error.strerror or error}", "check the path", str(path)
        ) from None
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError) as error:
        raise DataError(
            f"this is no intact .npz file: {error}", "write or download it again", str(path)
        ) from None
    test = None
    if "x_test" in arrays:
        test = (arrays["x_test"], arrays["y_test"])
    found = collect((arrays["x_train"], arrays["y_train"]), test, str(path))
    if not others:
        return found
    unused = f"{_listed(others)} in the file {'is' if len(others) == 1 else 'are'} not used"
    return replace(found, notes=(*found.notes, unused))


def _names(archive: zipfile.ZipFile, path: Path) -> tuple[list[str], list[str]]:
    """The names of the arrays to read, and the names of the others."""
    files = {name for name in archive.namelist() if name.endswith(".npy")}
    present = sorted(name.removesuffix(".npy") for name in files)
    missing = [name for name in ("x_train", "y_train") if name not in present]
    if missing:
        shapes = {name: _shape(archive, name) for name in present}
        has = _listed([_with_shape(name, shape) for name, shape in shapes.items()])
        what = f"the file has no array {' and no '.join(missing)}; it has {has or 'nothing'}"
        hint = _renaming(shapes) or "name the arrays x_train, y_train, x_test, y_test"
        raise DataError(what, hint, str(path))
    tests = [name for name in ("x_test", "y_test") if name in present]
    if len(tests) == 1:
        what = f"the file has {tests[0]} without its twin"
        raise DataError(what, "add both of x_test and y_test, or neither", str(path))
    names = ["x_train", "y_train", *tests]
    return names, [name for name in present if name not in names]


def _with_shape(name: str, shape: tuple[int, ...] | None) -> str:
    if not shape:
        return name
    size = "x".join(map(str, shape))
    return f"{name} ({size})"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:LISTED]) + (", ..." if len(names) > LISTED else "")


def _renaming(shapes: Mapping[str, tuple[int, ...]]) -> str:
    """Which arrays to save under which names, guessed from names or shapes; empty if unclear."""
    found = _by_name(shapes) or _by_shape(shapes)
    if "x_train" not in found or "y_train" not in found:
        return ""
    renamed = {new: old for new, old in found.items() if new != old}
    names = " and ".join(f"{old} as {new}" for new, old in renamed.items())
    return f"save {names}: numpy.savez(path, {', '.join(f'{new}=..' for new in found)})"


def _by_name(names: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        word = name.lower()
        part = "train"
        if "test" in word:
            part = "test"
        rest = word.replace(f"{part}ing", "").replace(part, "").strip("_-. ")
        if rest in IMAGES:
            kind = "x"
        elif rest in LABELS:
            kind = "y"
        else:
            kind = None
        if kind is not None:
            found.setdefault(f"{kind}_{part}", name)
    return {new: found[new] for new in ("x_train", "y_train", "x_test", "y_test") if new in found}


def _by_shape(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, str]:
    """Images have three or four axes, labels have one. The larger pair is for training."""
    ordered = sorted((name for name in shapes if shapes[name]), key=lambda name: -shapes[name][0])
    images = [name for name in ordered if len(shapes[name]) in (3, 4)]
    labels = [name for name in ordered if len(shapes[name]) == 1]
    if not 1 <= len(images) == len(labels) <= 2:
        return {}
    found: dict[str, str] = {}
    for part, x, y in zip(("train", "test"), images, labels, strict=False):
        if shapes[x][0] != shapes[y][0]:
            return {}
        found[f"x_{part}"] = x
        found[f"y_{part}"] = y
    return found


def _shape(archive: zipfile.ZipFile, name: str) -> tuple[int, ...]:
    """The shape in an array's header; empty if the header cannot be read."""
    try:
        with archive.open(f"{name}.npy") as file:
            return _header(file)[0]
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError):
        return ()


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """The shape, whether the order is Fortran's, and the type. Raises `ValueError`."""
    version = npy.read_magic(file)
    if version == (1, 0):
        reader = npy.read_array_header_1_0
    else:
        reader = npy.read_array_header_2_0
    try:
        return reader(file)
    except (tokenize.TokenError, TypeError, RecursionError, MemoryError) as error:
        # NumPy parses a header as Python code, and lets some of the parser's errors through.
        raise ValueError(f"it cannot be read ({type(error).__name__})") from None


def _array(archive: zipfile.ZipFile, name: str, path: Path) -> NDArray[Any]:
    where = f"{path}: {name}"
    info = archive.getinfo(f"{name}.npy")
    with archive.open(info) as file:
        try:
            shape, fortran, dtype = _header(file)
        except (zipfile.BadZipFile, zlib.error, ValueError, EOFError) as error:
            raise DataError(
                f"the array's header is damaged: {error}", "write the file again", where
            ) from None
        if dtype.hasobject:
            hint = (
                "save it with a type: x.astype('uint8'), y.astype(int), or y.astype(str) for words"
            )
            raise DataError("the array holds Python objects", hint, where)
        if dtype.itemsize == 0 or min(shape, default=0) < 0:
            raise DataError(
                f"the array's header is damaged: {shape} of {dtype}", "write the file again", where
            )
        promised = math.prod(shape) * dtype.itemsize
        present = info.file_size - file.tell()
        if promised != present:
            raise DataError(
                f"the header promises {promised} bytes, {present} are there",
                "write the file again",
                where,
            )
        if promised > MAX_BYTES:
            raise DataError(
                f"the array would fill {promised / 2**30:.0f} GiB of memory",
                "use fewer or smaller images",
                where,
            )
        try:
            raw = file.read()
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
            hint = "write or download the file again"
            raise DataError(f"the array is damaged: {error}", hint, where) from None
    if len(raw) != promised:
        raise DataError(
            f"{promised - len(raw)} bytes are missing at the end", "write the file again", where
        )
    try:
        return np.frombuffer(raw, dtype).reshape(shape, order="F" if fortran else "C")
    except ValueError:
        # If one dimension is zero, the others may be absurdly large.
        raise DataError(
            f"the array's header is damaged: no array has the shape {shape}",
            "write the file again",
            where,
        ) from None
