"""What happens to a trial, as plain values."""

from dataclasses import dataclass, field
from typing import TypeAlias

from sweep.trial.record import Evaluation, State, Trace


@dataclass(frozen=True)
class Started:
    """The trial is ready and has a worker: its first step is next."""

    number: int


@dataclass(frozen=True)
class Finishing:
    """The trial is about to do its last few steps and its last evaluation: time to submit what
    comes next."""

    number: int


@dataclass(frozen=True)
class Evaluated:
    number: int
    evaluation: Evaluation


@dataclass(frozen=True)
class Traced:
    number: int
    trace: Trace


@dataclass(frozen=True)
class Spent:
    """Where the time of a trial went, in seconds: the fork of its process, TensorFlow's first
    operation, the images and labels as tensors, the network and its optimizer, their compiled
    programs, waiting for a worker, training, evaluations and traces, and the weights on the
    disk."""

    fork: float = 0.0
    begin: float = 0.0
    data: float = 0.0
    build: float = 0.0
    compile: float = 0.0
    wait: float = 0.0
    train: float = 0.0
    evaluate: float = 0.0
    save: float = 0.0

    @property
    def before(self) -> float:
        """All that was done before the trial could have a worker."""
        return self.fork + self.begin + self.data + self.build + self.compile


@dataclass(frozen=True)
class Ended:
    """The trial's process is gone. `state` is complete, diverged or failed, or pruned if it was
    stopped; `step` is the last step that it did, where it said so. A complete one says what it
    `spent`; `memory` is the most that its process held at once, in bytes, shared pages counted
    in."""

    number: int
    state: State
    cause: str | None = None
    step: int | None = None
    spent: Spent | None = field(default=None, compare=False)
    memory: int | None = field(default=None, compare=False)


Event: TypeAlias = Started | Finishing | Evaluated | Traced | Ended
