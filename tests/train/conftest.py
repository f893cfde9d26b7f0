"""Small real data for the tests of training."""

from pathlib import Path

import pytest
import tensorflow as tf

from sweep.data.dataset import Dataset, load
from sweep.space.spec import DataSpec

# As a trial has it: once TensorFlow is at work, a trial in the same process could not set them.
tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)


@pytest.fixture(scope="module")
def data(blobs: Path) -> Dataset:
    return load(DataSpec(path=blobs, validation=60))
