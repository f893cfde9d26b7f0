"""Fingerprints stay what they were: sweeps of earlier versions are continued only on data with the
same one."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sweep.data.dataset import load
from sweep.data.idx import NAMES
from sweep.space.spec import DataSpec
from tests.data.test_dataset import idx

RANDOM = np.random.default_rng(7).integers(0, 256, (60, 6, 5, 3), np.uint8)


def folder(path: Path, *, grey: bool = False) -> Path:
    for number, image in enumerate(RANDOM):
        (path / f"c{number % 3}").mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[..., 0] if grey else image).save(
            path / f"c{number % 3}" / f"{number}.png"
        )
    return path


def npz(path: Path) -> Path:
    labels = np.arange(60) % 3
    np.savez(
        path / "a.npz",
        x_train=RANDOM[:50],
        y_train=labels[:50],
        x_test=RANDOM[50:],
        y_test=labels[50:],
    )
    return path / "a.npz"


def idx_files(path: Path) -> Path:
    arrays = {"x": RANDOM[..., 0], "y": np.arange(60, dtype=np.uint8) % 3}
    for key, name in NAMES.items():
        (path / name).write_bytes(idx(arrays[key[0]]))
    return path


# Computed by the version before image folders were read anew.
FINGERPRINTS: dict[str, tuple[Callable[[Path], DataSpec], str]] = {
    "mnist": (lambda path: DataSpec(name="mnist"), "a4d40a806b9d89ba"),
    "mnist merged": (
        lambda path: DataSpec(name="mnist", merge=True, validation=0.2, test=100, seed=3),
        "3bc89f56acd4a54f",
    ),
    "folder in colour": (lambda path: DataSpec(path=folder(path)), "e9bf7191071cefca"),
    "grey folder": (
        lambda path: DataSpec(path=folder(path, grey=True), validation=0.2, test=0.1),
        "456ad07438d22c66",
    ),
    "npz": (lambda path: DataSpec(path=npz(path)), "df5dc7c45aa5ee6c"),
    "npz merged": (
        lambda path: DataSpec(path=npz(path), merge=True, stratify=False),
        "2ac42924ce511d36",
    ),
    "idx": (lambda path: DataSpec(path=idx_files(path), validation=7), "2d2604e2097115f1"),
}


@pytest.mark.parametrize(("spec", "fingerprint"), FINGERPRINTS.values(), ids=FINGERPRINTS)
def test_fingerprints_stay(
    tmp_path: Path, spec: Callable[[Path], DataSpec], fingerprint: str
) -> None:
    assert load(spec(tmp_path)).summary.fingerprint[:16] == fingerprint
