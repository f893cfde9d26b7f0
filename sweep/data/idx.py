"""Reads folders of IDX files, plain or gzip: the format in which MNIST was published.

Format (LeCun, Cortes, Burges: the MNIST database): two zero bytes, a type (0x08 for unsigned
bytes), the number of dimensions, each dimension as a big-endian 32-bit number, then the bytes.
"""

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from sweep.data.arrays import Collection, collect
from sweep.errors import DataError

NAMES = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
# deflate packs at most about 1,032 bytes into one (RFC 1951).
_GZIP_LIMIT = 1040


def holds_idx(folder: Path) -> bool:
    """Whether the folder holds training images under MNIST's file names."""
    return _find(folder, "x_train") is not None


def read_idx_folder(folder: Path) -> Collection:
    """Reads the four files, or only the two of the training images.

    Raises `DataError` if a file is missing or damaged.
    """
    arrays = {key: _read(path) for key in NAMES if (path := _find(folder, key)) is not None}
    if "y_train" not in arrays or ("x_test" in arrays) != ("y_test" in arrays):
        missing = next(NAMES[k] for k in ("y_train", "y_test", "x_test") if k not in arrays)
        raise DataError(
            f"the file {missing} is missing",
            "put it beside the others, plain or as .gz",
            str(folder),
        )
    test = None
    if "x_test" in arrays:
        test = (arrays["x_test"], arrays["y_test"])
    return collect((arrays["x_train"], arrays["y_train"]), test, str(folder))


def _find(folder: Path, key: str) -> Path | None:
    stem = NAMES[key]
    dotted = stem.replace("-idx", ".idx")
    names = [f"{name}{end}" for name in (stem, dotted) for end in ("", ".gz")]
    return next((folder / name for name in names if (folder / name).is_file()), None)


def _read(path: Path) -> NDArray[Any]:
    try:
        most = path.stat().st_size
        if path.suffix == ".gz":
            most *= _GZIP_LIMIT
        with _opened(path) as file:
            return _array(file, path, most)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        what = f"the gzip file is damaged: {error}"
        raise DataError(what, "download it again", str(path)) from None
    except OSError as error:
        what = f"cannot read the data: {error.strerror or error}"
        raise DataError(what, "check the file", str(path)) from None


def _opened(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast(IO[bytes], gzip.open(path))
    return path.open("rb")


def _array(file: IO[bytes], path: Path, at_most: int) -> NDArray[Any]:
    """The array in `file`, which cannot hold more than `at_most` bytes."""
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[3] not in (1, 2, 3, 4):
        raise DataError(
            f"this is no IDX file: it begins with {magic.hex() or 'nothing'}",
            "check what it is",
            str(path),
        )
    if magic[2] != 8:
        raise DataError(
            f"its elements are of type 0x{magic[2]:02x}",
            "IDX files of unsigned bytes (0x08) are read",
            str(path),
        )
    head = file.read(4 * magic[3])
    if len(head) < 4 * magic[3]:
        raise DataError("the file ends within its header", "download it again", str(path))
    shape = struct.unpack(f">{magic[3]}I", head)
    size = math.prod(shape)
    if size <= at_most:
        body = file.read(size + 1)
    else:
        body = b""
    if len(body) != size:
        if len(body) > size:
            there = "more"
        elif size <= at_most:
            there = f"only {len(body)}"
        else:
            there = "far fewer"
        raise DataError(
            f"the header promises {size} bytes, {there} are there", "download it again", str(path)
        )
    try:
        return np.frombuffer(body, np.uint8).reshape(shape)
    except ValueError:
        # If one dimension is zero, the others may be absurdly large.
        raise DataError(
            f"its header is damaged: no array has the shape {shape}",
            "download it again",
            str(path),
        ) from None
