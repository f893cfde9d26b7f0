"""The tasks of a process, as plain values."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from sweep.space import DEFAULT_OBJECTIVE, ROUNDING, Hyperparams, Objective

# Steps between two checks for a stop, and how early `Finishing` is sent.
STEPS_PER_CALL = 20


@dataclass(frozen=True)
class Train:
    """One training. These values, the data and the versions determine its results."""

    number: int
    point: Hyperparams
    seed: int
    interval: float
    """Steps between two points of the sweep's evaluation grid."""
    threads: int
    weights: Path
    """Where the weights of the evaluation that counts go, if the training comes to its end."""
    until: int | None = None
    """The last step, where the training shall end before the point's own."""
    objective: Objective = DEFAULT_OBJECTIVE
    """It decides which evaluation counts, and which is no better than an earlier one."""
    patience: int | None = None
    """The training ends after so many evaluations in a row that were no better."""

    @property
    def evaluate_at(self) -> tuple[int, ...]:
        """The steps of its evaluations."""
        return evaluation_steps(self.interval, self.until or self.point.steps)


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


def evaluation_steps(interval: float, last: int) -> tuple[int, ...]:
    """The points of the evaluation grid before the last step, rounded up, and the last step."""
    count = math.ceil(last / interval)
    # Floating point: three times a third of a number may exceed the number.
    points = (math.ceil(place * interval * (1 - ROUNDING)) for place in range(1, count))
    return (*dict.fromkeys(step for step in points if step < last), last)
