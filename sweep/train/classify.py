"""Classifies images with a trained network.

Tested in tests/engine/test_predict.py.
"""

import numpy as np
from numpy.typing import NDArray

from sweep.data.arrays import Pixels
from sweep.errors import StoreError
from sweep.store import BestNetwork
from sweep.train.examine import probabilities, trained


def classify(best: BestNetwork, images: Pixels) -> NDArray[np.float32]:
    """Class probabilities (number, classes) for images (number, height, width, channels).

    Raises `StoreError` if the weights cannot be read.
    """
    try:
        model = trained(best.point, best.data, best.weights)
    except (OSError, ValueError, KeyError) as error:
        what = (str(error).splitlines() or [type(error).__name__])[0]
        raise StoreError(
            f"these weights cannot be used: {what}",
            "bring the file back from a copy",
            str(best.weights),
        ) from error
    return probabilities(model, best.data, images)
