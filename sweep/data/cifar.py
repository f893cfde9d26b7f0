"""Reads CIFAR-10 and CIFAR-100 in their authors' binary version, unpacked or as the archive.

Format (Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009, and the data's
web page): a record is a label byte (CIFAR-100: a coarse and a fine one), then 1,024 bytes each of
red, green and blue, row by row. The Python version is pickled, so it is never read.
"""

import hashlib
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sweep.data.arrays import Collection, Labels, Pixels, collect
from sweep.errors import DataError

SIDE = 32
PIXELS = 3 * SIDE * SIDE


@dataclass(frozen=True)
class Cifar:
    """The files of one data set. A record begins with `labels` bytes; the last is the class."""

    name: str
    train: tuple[str, ...]
    test: str
    classes: str
    labels: int
    folder: str
    archive: str
    md5: str


CIFAR10 = Cifar(
    name="cifar10",
    train=tuple(f"data_batch_{number}.bin" for number in range(1, 6)),
    test="test_batch.bin",
    classes="batches.meta.txt",
    labels=1,
    folder="cifar-10-batches-bin",
    archive="cifar-10-binary.tar.gz",
    md5="c32a1d4ab5d03f1284b67883e8d87530",
)
CIFAR100 = Cifar(
    name="cifar100",
    train=("train.bin",),
    test="test.bin",
    classes="fine_label_names.txt",
    labels=2,
    folder="cifar-100-binary",
    archive="cifar-100-binary.tar.gz",
    md5="03b5dce01913d631647c71ecec9e9cb8",
)


def cifar_in(folder: Path) -> Cifar | None:
    """Which of the two data sets is unpacked in a folder; None if neither is."""
    for cifar in (CIFAR10, CIFAR100):
        if all((folder / name).is_file() for name in cifar.train):
            return cifar
    return None


def read_unpacked(folder: Path, cifar: Cifar) -> Collection:
    """The data set in a folder. Raises `DataError` if a file is missing or damaged."""
    found = {}
    for name in (*cifar.train, cifar.test, cifar.classes):
        path = folder / name
        try:
            found[name] = path.read_bytes()
        except FileNotFoundError:
            if name == cifar.classes:
                continue
            what = f"the file {name} is missing"
            raise DataError(what, "unpack the whole archive", str(folder)) from None
        except OSError as error:
            what = f"cannot read the data: {error.strerror or error}"
            raise DataError(what, "check the file", str(path)) from None
    return _collected(found, cifar, folder)


def read_archive(path: Path, cifar: Cifar) -> Collection:
    """The data set in its archive, which stays packed.

    Raises `DataError` if the archive is not the published file.
    """
    try:
        digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        if digest != cifar.md5:
            raise DataError(
                f"this is not {cifar.archive}: its MD5 is {digest}, not {cifar.md5}",
                "download it again",
                str(path),
            )
        return _collected(_members(path, cifar), cifar, path)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DataError(
            f"cannot read the archive: {error}", "download it again", str(path)
        ) from None


def _members(path: Path, cifar: Cifar) -> dict[str, bytes]:
    wanted = {*cifar.train, cifar.test, cifar.classes}
    found = {}
    with tarfile.open(path, "r:gz") as archive:
        for member in archive:
            name = Path(member.name).name
            file = archive.extractfile(member) if name in wanted else None
            if file is not None:
                found[name] = file.read()
    return found


def _collected(files: Mapping[str, bytes], cifar: Cifar, where: Path) -> Collection:
    parts = [_records(files[name], cifar, where / name) for name in cifar.train]
    images = np.concatenate([images for images, _ in parts])
    labels = np.concatenate([labels for _, labels in parts])
    test = _records(files[cifar.test], cifar, where / cifar.test)
    found = collect((images, labels), test, str(where))
    names = files.get(cifar.classes, b"").decode(errors="replace").split()
    if len(names) == len(found.classes) and len(set(names)) == len(names):
        found = replace(found, classes=tuple(names))
    return found


def _records(content: bytes, cifar: Cifar, where: Path) -> tuple[Pixels, Labels]:
    """The images (number, height, width, 3) and the labels of a file."""
    size = cifar.labels + PIXELS
    if not content or len(content) % size:
        what = f"{len(content):,} bytes are no whole number of records of {size:,} bytes"
        raise DataError(what, "unpack the archive again", str(where))
    records = np.frombuffer(content, np.uint8).reshape(-1, size)
    labels = records[:, cifar.labels - 1].astype(np.int32)
    planes = records[:, cifar.labels :].reshape(-1, 3, SIDE, SIDE)
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), labels
