"""The named data sets: where to find them, and the checksums of their arrays.

Tested in tests/data/test_dataset.py.
"""

import os
import subprocess
import sys
from importlib import resources
from pathlib import Path

import numpy as np

from sweep.data.arrays import Collection, digest
from sweep.data.cifar import (
    CIFAR10,
    CIFAR100,
    Cifar,
    cifar_in,
    read_archive,
    read_unpacked,
)
from sweep.data.idx import holds_idx, read_idx_folder
from sweep.data.npz import read_npz
from sweep.errors import DataError
from sweep.space import NAMED_DATA

# Debian's package dataset-fashion-mnist.
DEBIAN = Path("/usr/share/datasets/fashion-mnist")


def read_named(name: str) -> Collection:
    """The data set `name`. Raises `DataError` if it cannot be found, or has a wrong checksum."""
    if name == "mnist":
        packaged = resources.files("sweep.data") / "mnist.npz"
        with resources.as_file(packaged) as path:
            return _verified(name, read_npz(path), str(path))
    for cifar in (CIFAR10, CIFAR100):
        if cifar.name == name:
            return _read_cifar(cifar)
    folder = _fashion_folder()
    return _verified(name, read_idx_folder(folder), str(folder))


def _read_cifar(cifar: Cifar) -> Collection:
    """Reads the unpacked files, checked by class counts, or the archive, checked by its MD5."""
    for folder in _places(cifar.folder, cifar.name):
        if cifar_in(folder) == cifar:
            return _counted(cifar.name, read_unpacked(folder, cifar), str(folder))
        if (folder / cifar.archive).is_file():
            return read_archive(folder / cifar.archive, cifar)
    raise DataError(
        f"{cifar.name} was not found",
        f"download {cifar.archive} from the page of its authors, put it into a folder, and set "
        "SWEEP_DATA to that",
        "SWEEP_DATA",
    )


def _counted(name: str, found: Collection, where: str) -> Collection:
    known = NAMED_DATA[name]
    assert found.test is not None
    for part, total in ((found.train, known.train), (found.test, known.test)):
        counts = np.bincount(part.labels, minlength=known.classes)
        if len(counts) != known.classes or (counts != total // known.classes).any():
            raise DataError(
                f"these files are not {name}: it has {total // known.classes:,} images of each of "
                f"{known.classes} classes",
                "unpack the archive again, or name the folder with data: {path: ..}",
                where,
            )
    return found


def _verified(name: str, found: Collection, where: str) -> Collection:
    assert found.test is not None
    if digest([found.train, found.test]) != NAMED_DATA[name].sha256:
        raise DataError(
            f"these files are not {name}: their arrays have another SHA-256",
            "remove them, or install them again",
            where,
        )
    return found


def _fashion_folder() -> Path:
    for folder in _fashion_places():
        if holds_idx(folder):
            return folder
    cache = _keras_cache() / "fashion-mnist"
    _download("fashion_mnist")
    if holds_idx(cache):
        return cache
    raise DataError(
        "fashion_mnist was not found, and could not be downloaded",
        "install Debian's package dataset-fashion-mnist, or put its four IDX files into a folder "
        "and set SWEEP_DATA to it",
        "SWEEP_DATA",
    )


def _fashion_places() -> list[Path]:
    own = _places("fashion-mnist", "fashion_mnist")
    return [*own[:-1], DEBIAN, own[-1]]


def _places(*names: str) -> list[Path]:
    """Where a data set may be: in `SWEEP_DATA` or a folder inside it, and last in Keras' cache."""
    found = []
    if given := os.environ.get("SWEEP_DATA"):
        found = [Path(given) / name for name in (*names, ".")]
    return [*found, _keras_cache() / names[0]]


def _keras_cache() -> Path:
    home = os.environ.get("KERAS_HOME")
    return (Path(home) if home else Path.home() / ".keras") / "datasets"


def _download(name: str) -> None:
    """Lets Keras download into its cache, in a separate process. The caller checks for success."""
    command = [sys.executable, "-P", "-m", "sweep.train.download", name]
    try:
        subprocess.run(command, capture_output=True, timeout=600, check=False)
    except subprocess.TimeoutExpired:
        return
