"""What a trial is asked to do, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweep.space.hyperparams import Hyperparams

# Steps that a trial does at most before it hears that it shall stop, and for how many it says that
# it is finishing.
STEPS_PER_CALL = 20


@dataclass(frozen=True)
class Job:
    """One training: its numbers follow from these values, the data and the versions."""

    number: int
    point: Hyperparams
    seed: int
    interval: int
    """Steps between two points of the sweep's evaluation grid."""
    threads: int
    weights: Path
    """Where the weights of the last step go, if the training comes to its end."""
    until: int | None = None
    """The last step, where the training shall end before the point's own."""

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "point": self.point.model_dump(),
            "seed": self.seed,
            "interval": self.interval,
            "threads": self.threads,
            "weights": str(self.weights),
            "until": self.until,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Job":
        parts = {"point": Hyperparams.model_validate(raw["point"]), "weights": Path(raw["weights"])}
        return cls(**{**raw, **parts})

    @property
    def evaluate_at(self) -> tuple[int, ...]:
        """The steps of its evaluations."""
        return evaluation_steps(self.interval, self.until or self.point.steps)


def evaluation_steps(interval: int, last: int) -> tuple[int, ...]:
    """The points of the evaluation grid before the last step of a trial, and that one."""
    return (*range(interval, last, interval), last)
