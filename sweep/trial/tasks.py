"""The tasks of a process, as plain values.

Tested in tests/trial/test_codec.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from sweep.space import DEFAULT_OBJECTIVE, Hyperparams, Objective

# Steps between two checks for a stop, and how early `Finishing` is sent.
STEPS_PER_CALL = 20


@dataclass(frozen=True)
class Train:
    """One training. These values, the data and the versions determine its results."""

    number: int
    point: Hyperparams
    seed: int
    evaluate_at: tuple[int, ...]
    """The steps of its evaluations. The last one is its last step."""
    threads: int
    weights: Path
    """Where the weights of the evaluation that counts go, if the training comes to its end."""
    objective: Objective = DEFAULT_OBJECTIVE
    """It decides which evaluation counts, and which is no better than an earlier one."""
    patience: int | None = None
    """The training ends after so many evaluations in a row that were no better."""


@dataclass(frozen=True)
class Examine:
    """Examines a trained network on the validation images."""

    point: Hyperparams
    weights: Path
    output: Path
    """Where the `Examination` goes."""
    network: Path | None = None
    """Where the network goes as a whole, in Keras' format, if it is wanted."""


@dataclass(frozen=True)
class Publish:
    """Logs a trained network to a run of an MLflow store."""

    point: Hyperparams
    weights: Path
    tracking_uri: str
    run_id: str
    metadata: Mapping[str, Any]
    """Plain values that travel with the network."""


Errand: TypeAlias = Examine | Publish
Task: TypeAlias = Train | Errand
