"""Logs the best network as an MLflow model, in the only process with both Keras and MLflow.

Tested in tests/test_end_to_end.py.
"""

import keras
import tensorflow as tf

from sweep.track.model import log_keras_model
from sweep.train.examine import trained, whole
from sweep.trial import DataSummary, Publish


def publish(task: Publish, data: DataSummary) -> None:
    """Rebuilds a network from its hyperparameters and weights, and logs it to an MLflow run.

    Raises `StoreError` if the store refuses it.
    """
    classes = data.classes
    model = whole(trained(task.point, data, task.weights), data)
    keras_version = f"keras=={keras.__version__}"
    tensorflow_version = f"tensorflow=={tf.__version__}"
    log_keras_model(
        model,
        tracking_uri=task.tracking_uri,
        run_id=task.run_id,
        input_shape=data.shape,
        classes=classes,
        requirements=(keras_version, tensorflow_version),
        metadata=task.metadata,
    )
