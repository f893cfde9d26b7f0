"""The seam behind which trials run: submit, events, stop, capacity.

    with some_executor as executor:
        executor.submit(job)
        for event in executor.events(): ...

An executor knows neither Optuna nor the ledger nor MLflow; what a trial says comes back as events.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from sweep.data.dataset import DataSummary
from sweep.hyperparams import Hyperparams
from sweep.record import Evaluation, State, Trace

# Steps that a trial does at most before it hears that it shall stop, and for how many it says that it is finishing.
STEPS_PER_CALL = 20
# The numbers under which the ends of `publish` and `examine` are told.
PUBLISHER = -1
EXAMINER = -2


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


@dataclass(frozen=True)
class Started:
    """The trial is ready and has a worker: its first step is next."""

    number: int


@dataclass(frozen=True)
class Finishing:
    """The trial is about to do its last few steps and its last evaluation: time to submit what comes next."""

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
    """Where the time of a trial went, in seconds: the fork of its process, TensorFlow's first operation, the images
    and labels as tensors, the network and its optimizer, their compiled programs, waiting for a worker, training,
    evaluations and traces, and the weights on the disk."""

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
    """The trial's process is gone. `state` is complete, diverged or failed, or pruned if it was stopped;
    `step` is the last step that it did, where it said so. A complete one says what it `spent`; `memory` is the most
    that its process held at once, in bytes, shared pages counted in."""

    number: int
    state: State
    cause: str | None = None
    step: int | None = None
    spent: Spent | None = field(default=None, compare=False)
    memory: int | None = field(default=None, compare=False)


Event: TypeAlias = Started | Finishing | Evaluated | Traced | Ended


class Executor(Protocol):
    """Runs jobs. `submit` and `stop` return at once. A job that is submitted while `capacity` of them run is made
    ready meanwhile, and goes on as soon as one of them has ended."""

    @property
    def capacity(self) -> int:
        """How many jobs run at once."""

    def data(self) -> DataSummary | None:
        """The data that every job trains on; None until `events` has seen them loaded."""

    def submit(self, job: Job) -> None: ...

    def stop(self, number: int) -> None:
        """Tells a trial to stop; its `Ended` still follows."""

    def events(self) -> list[Event]:
        """What happened since the last call; waits until something has, or a little time went by. Raises
        `DataError` where the data cannot be loaded, `SweepError` where no trial can run any more."""

    def publish(self, model: Mapping[str, Any]) -> None:
        """Has a network logged to MLflow (`sweep.train.publish`); an `Ended` with the number `PUBLISHER`
        follows."""

    def examine(self, model: Mapping[str, Any]) -> None:
        """Has a network examined (`sweep.train.examine`); an `Ended` with the number `EXAMINER` follows."""

    def close(self) -> None:
        """Ends every trial that still runs."""
