"""The best network as an MLflow model: the one process that holds both Keras and MLflow."""

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from sweep.space.hyperparams import Hyperparams
from sweep.track.model import log_keras_model
from sweep.train.examine import trained
from sweep.trial.images import DataSummary


def publish_model(request: dict[str, Any], data: DataSummary) -> None:
    """Rebuilds the network from its hyperparameters and weights and logs it to an MLflow run.

    `request` holds `point` (hyperparameters), `weights` (a file), `tracking_uri`, `run_id` and
    `metadata` (plain values that travel with the model).
    """
    point = Hyperparams.model_validate(request["point"])
    model = trained(point, data.shape, len(data.classes), Path(request["weights"]))
    log_keras_model(
        model,
        tracking_uri=request["tracking_uri"],
        run_id=request["run_id"],
        input_shape=data.shape,
        classes=data.classes,
        requirements=(f"keras=={keras.__version__}", f"tensorflow=={tf.__version__}"),
        metadata=request["metadata"],
    )
