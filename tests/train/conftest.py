"""Small real data for the tests of training."""

from pathlib import Path

import pytest

from sweep.data.dataset import Dataset, load
from sweep.space.spec import DataSpec


@pytest.fixture(scope="module")
def data(blobs: Path) -> Dataset:
    return load(DataSpec(path=blobs, validation=60))
