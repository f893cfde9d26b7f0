"""What many tests share: space files written to a folder of their own, and small real data."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from sweep.space.spec import SweepSpec
from sweep.spacefile.read import SpaceFile, parse

# A deadline would make every property a timed test, which fails on a busy machine.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

SMALL = """\
name: small
space:
  filters: [{low: 2, high: 4}, 4]
  kernel_size: 3
  dense: [16]
  optimizer: {choices: [adam, sgd]}
  learning_rate: {low: 1e-4, high: 1e-1, log: true}
  batch_size: 32
  steps: {low: 20, high: 100, step: 20}
search: {trials: 6}
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A space file of tiny networks on MNIST."""
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


def space_file(text: str, path: str = "space.yaml", *, as_run: bool = False) -> SpaceFile:
    """A checked space file from its text."""
    return parse(text, Path(path), as_run=as_run)


def spec_of(space: str, rest: str = "") -> SweepSpec:
    """The spec of a file with this `space` section, written in one line, and further sections."""
    return space_file(f"name: test\nspace: {space}\n{rest}").spec((28, 28, 1))


@pytest.fixture(scope="session")
def blobs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An .npz file of 300 training and 60 test images, 12 x 10 in colour, of three classes that
    differ in where they are bright."""
    random = np.random.default_rng(0)

    def images(count: int) -> tuple[np.ndarray, np.ndarray]:
        labels = np.arange(count) % 3
        pixels = random.integers(0, 80, (count, 12, 10, 3))
        for index, label in enumerate(labels):
            pixels[index, 4 * label : 4 * label + 4] += 150
        return pixels.astype(np.uint8), labels

    (x_train, y_train), (x_test, y_test) = images(300), images(60)
    path = tmp_path_factory.mktemp("blobs") / "blobs.npz"
    np.savez_compressed(path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return path


@pytest.fixture(scope="session")
def mlflow_store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One MLflow store for every test that needs some store: making its tables takes seconds."""
    return f"sqlite:///{tmp_path_factory.mktemp('store')}/mlflow.db"


Writer = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Writer:
    """Writes a text to space.yaml in this test's folder."""

    def writer(text: str) -> Path:
        path = tmp_path / "space.yaml"
        path.write_text(text)
        return path

    return writer
