"""What happens to the data and to tasks, as plain values."""

from dataclasses import dataclass, field
from typing import TypeAlias

from sweep.trial.images import DataSummary
from sweep.trial.record import Evaluation, State, Trace
from sweep.trial.tasks import Errand, Task, Train


@dataclass(frozen=True)
class Loaded:
    """The data are in memory. Every task works on them."""

    data: DataSummary


@dataclass(frozen=True)
class Started:
    """The trial is ready and has a worker: its first step is next."""

    number: int


@dataclass(frozen=True)
class Finishing:
    """The trial is about to do its last steps and its last evaluation: time to submit the next."""

    number: int


@dataclass(frozen=True)
class Evaluated:
    """The trial was evaluated."""

    number: int
    evaluation: Evaluation


@dataclass(frozen=True)
class Traced:
    """The trial looked at one image on its way."""

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
    """The trial's process is gone.

    `state` is complete, diverged or failed, or pruned if it was stopped. `step` is the last step
    that it did, where it is known. A complete trial has `spent`. `memory` is the most that its
    process held at once, in bytes, with shared pages.
    """

    number: int
    state: State
    cause: str | None = None
    step: int | None = None
    spent: Spent | None = field(default=None, compare=False)
    memory: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Done:
    """The process of an errand is gone. `cause` is why it failed; None where it did its work."""

    errand: Errand
    cause: str | None = None


Event: TypeAlias = Loaded | Started | Finishing | Evaluated | Traced | Ended | Done


def failed(task: Task, cause: str) -> Ended | Done:
    """The end of a task that did not do its work."""
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
