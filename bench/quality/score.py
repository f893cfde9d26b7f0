"""The test accuracy of a network, computed in one way for all tools."""

from pathlib import Path

import keras
import numpy as np

from sweep.data.dataset import Dataset
from sweep.space.hyperparams import Hyperparams
from sweep.train.network import build_cnn

BATCH = 500


def test_accuracy(point: Hyperparams, weights: Path, data: Dataset) -> float:
    """The share of the test images that the network at `point` with these weights gets right. The
    weights are Keras' own file (`.h5`) or NumPy arrays in the order of the network's."""
    model = build_cnn(point, data.summary.shape, len(data.summary.classes))
    if weights.suffix == ".h5":
        model.load_weights(weights)
    else:
        with np.load(weights) as arrays:
            model.set_weights([arrays[name] for name in arrays.files])
    logits = model.predict(
        data.images[data.test].astype("float32") / 255, batch_size=BATCH, verbose=0
    )
    keras.backend.clear_session()
    return float(np.mean(np.argmax(logits, axis=1) == data.labels[data.test]))
