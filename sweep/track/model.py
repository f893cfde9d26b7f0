"""Logs the best network as a model in MLflow's own format.

Tested in tests/track/test_tracker.py.
"""

import logging
import warnings
from collections.abc import Mapping
from typing import Any

from sweep.track.store import environment, store_error


def log_keras_model(
    model: Any,
    *,
    tracking_uri: str,
    run_id: str,
    input_shape: tuple[int, ...],
    classes: tuple[str, ...],
    requirements: tuple[str, ...],
    metadata: Mapping[str, Any],
) -> None:
    """Logs a Keras network to a run, and keeps the run's status.

    Input: images (-1, height, width, channels), float32, scaled to 0..1. Output: logits (-1,
    classes), float32. Raises `StoreError`, without the URI's secrets.
    """
    # This process does nothing else, and ends with the variables.
    environment.enter()
    import mlflow  # imported here: heavy
    import numpy as np  # imported here: heavy
    from mlflow.models import Model, ModelSignature  # imported here: heavy
    from mlflow.types import Schema, TensorSpec  # imported here: heavy

    _quiet()
    kind = np.dtype(np.float32)
    signature = ModelSignature(
        Schema([TensorSpec(kind, (-1, *input_shape), "images")]),
        Schema([TensorSpec(kind, (-1, len(classes)))]),
    )
    try:
        mlflow.set_tracking_uri(tracking_uri)
        # MLflow stores the model in the active experiment, not in the run's.
        mlflow.set_experiment(experiment_id=mlflow.get_run(run_id).info.experiment_id)
        Model.log(
            artifact_path=None,
            name="model",
            flavor=mlflow.keras,
            run_id=run_id,
            model=model,
            signature=signature,
            pip_requirements=list(requirements),
            metadata=dict(metadata),
        )
    except Exception as error:
        # MLflow's stores raise errors of many libraries. This one's traceback would show the URI.
        raise store_error(tracking_uri, error) from None


def _quiet() -> None:
    """Silences MLflow's messages in this process, which does nothing else."""
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"mlflow\..*")
