"""The events of the data and of tasks, as plain values."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from sweep.trial.images import DataSummary
from sweep.trial.record import Evaluation, State, Trace
from sweep.trial.tasks import Errand, Task, Train

# Takes how many image files have been read, and how many there are.
Progress: TypeAlias = Callable[[int, int], None]


def unseen(done: int, total: int) -> None:
    """The progress of reading that nobody sees."""


@dataclass(frozen=True)
class Reading:
    """So many of the image files have been read.

    It comes now and then before `Loaded`, and once all of them are.
    """

    done: int
    total: int


@dataclass(frozen=True)
class Loaded:
    """The data are in memory. Every task uses them."""

    data: DataSummary


@dataclass(frozen=True)
class Started:
    """The trial is ready and has a worker: its first step is next."""

    number: int


@dataclass(frozen=True)
class Finishing:
    """The trial begins its last steps and its last evaluation: time to submit the next trial."""

    number: int


@dataclass(frozen=True)
class Evaluated:
    """The trial was evaluated."""

    number: int
    evaluation: Evaluation


@dataclass(frozen=True)
class Traced:
    """The trial traced one step."""

    number: int
    trace: Trace


@dataclass(frozen=True)
class Spent:
    """The time of a trial by phase, in seconds.

    `begin` is TensorFlow's first operation after the fork. `data` converts images and labels to
    tensors, `build` makes the network and its optimizer, and `compile` their programs. `wait` is
    the wait for a worker. `evaluate` includes traces, and `save` writes the weights.
    """

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
        """The time until the trial was ready for a worker."""
        return self.fork + self.begin + self.data + self.build + self.compile


@dataclass(frozen=True)
class Ended:
    """The trial's process is gone.

    `state` is complete, diverged or failed, or pruned if it was stopped. `step` is the last step,
    if known. A complete trial has `spent`. `memory` is the peak memory of its process in bytes,
    shared pages included.
    """

    number: int
    state: State
    cause: str | None = None
    step: int | None = None
    spent: Spent | None = field(default=None, compare=False)
    memory: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Done:
    """The process of an errand is gone. `cause` is why it failed; None after success."""

    errand: Errand
    cause: str | None = None


Event: TypeAlias = Reading | Loaded | Started | Finishing | Evaluated | Traced | Ended | Done


def failed(task: Task, cause: str) -> Ended | Done:
    """The end event of a failed task."""
    if isinstance(task, Train):
        return Ended(task.number, State.FAILED, cause)
    return Done(task, cause)


def ends(event: Event, task: Task) -> bool:
    """Whether `event` is the end of `task`."""
    match event:
        case Ended(number):
            return isinstance(task, Train) and number == task.number
        case Done(errand):
            return errand == task
        case _:
            return False
