"""The named data sets: where to find them, and the checksums of their arrays.

Tested in tests/data/test_dataset.py.
"""

import os
import subprocess
import sys
from importlib import resources
from pathlib import Path

from sweep.data.arrays import Collection, digest
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
    folder = _fashion_folder()
    return _verified(name, read_idx_folder(folder), str(folder))


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
    if given := os.environ.get("SWEEP_DATA"):
        own = [Path(given)]
    else:
        own = []
    inside = [folder / name for folder in own for name in ("fashion-mnist", "fashion_mnist", ".")]
    return [*inside, DEBIAN, _keras_cache() / "fashion-mnist"]


def _keras_cache() -> Path:
    home = os.environ.get("KERAS_HOME")
    return (Path(home) if home else Path.home() / ".keras") / "datasets"


def _download(name: str) -> None:
    """Lets Keras download into its cache, in a separate process. The caller checks whether it
    succeeded."""
    command = [sys.executable, "-P", "-m", "sweep.train.download", name]
    try:
        subprocess.run(command, capture_output=True, timeout=600, check=False)
    except subprocess.TimeoutExpired:
        return
