"""Reads .npz files with Keras' array names, distrusting what their headers say."""

import math
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from sweep.data.arrays import Collection, collect
from sweep.errors import DataError

MAX_BYTES = 64 * 2**30


def read_npz(path: Path) -> Collection:
    """The arrays x_train, y_train and, if both are there, x_test and y_test.

    Raises `DataError` for a file that is missing, damaged, or holds something else.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            arrays = {name: _array(archive, name, path) for name in _names(archive, path)}
    except OSError as error:
        raise DataError(f"cannot read the data: {error.strerror or error}", "check the path", str(path)) from None
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError) as error:
        raise DataError(f"this is no intact .npz file: {error}", "write or download it again", str(path)) from None
    test = (arrays["x_test"], arrays["y_test"]) if "x_test" in arrays else None
    return collect((arrays["x_train"], arrays["y_train"]), test, str(path))


def _names(archive: zipfile.ZipFile, path: Path) -> list[str]:
    present = {name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")}
    missing = [name for name in ("x_train", "y_train") if name not in present]
    if missing:
        has = ", ".join(sorted(present)[:8]) or "nothing"
        raise DataError(
            f"the file has no array {' and no '.join(missing)}; it has {has}",
            "name the arrays x_train, y_train, x_test, y_test",
            str(path),
        )
    tests = [name for name in ("x_test", "y_test") if name in present]
    if len(tests) == 1:
        raise DataError(
            f"the file has {tests[0]} without its twin", "add both of x_test and y_test, or neither", str(path)
        )
    return ["x_train", "y_train", *tests]


def _array(archive: zipfile.ZipFile, name: str, path: Path) -> NDArray[Any]:
    where = f"{path}: {name}"
    info = archive.getinfo(f"{name}.npy")
    with archive.open(info) as file:
        try:
            version = npy.read_magic(file)
            reader = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, fortran, dtype = reader(file)
        except (zipfile.BadZipFile, zlib.error, ValueError, EOFError) as error:
            raise DataError(f"the array's header is damaged: {error}", "write the file again", where) from None
        if dtype.hasobject:
            raise DataError("the array holds Python objects", "save numbers: uint8 images and whole labels", where)
        if dtype.itemsize == 0 or min(shape, default=0) < 0:
            raise DataError(f"the array's header is damaged: {shape} of {dtype}", "write the file again", where)
        promised, present = math.prod(shape) * dtype.itemsize, info.file_size - file.tell()
        if promised != present:
            raise DataError(f"the header promises {promised} bytes, {present} are there", "write the file again", where)
        if promised > MAX_BYTES:
            raise DataError(
                f"the array would fill {promised / 2**30:.0f} GiB of memory", "use fewer or smaller images", where
            )
        try:
            raw = file.read()
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
            hint = "write or download the file again"
            raise DataError(f"the array is damaged: {error}", hint, where) from None
    if len(raw) != promised:
        raise DataError(f"{promised - len(raw)} bytes are missing at the end", "write the file again", where)
    return np.frombuffer(raw, dtype).reshape(shape, order="F" if fortran else "C")
