"""Fakes at our own seams: a trainer that computes its numbers, and an executor that runs it at
once."""

from collections import deque
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sweep.commands.process import noted_signals
from sweep.engine.coordinator import Options, Outcome, run
from sweep.engine.view import View
from sweep.execute.drive import Executor
from sweep.space.spec import DataSpec
from sweep.spacefile.read import load
from sweep.trial.events import Done, Ended, Evaluated, Event, Finishing, Loaded, Started, Traced
from sweep.trial.examination import Examination, ordinary, worst
from sweep.trial.images import DataSummary
from sweep.trial.record import Evaluation, State, Trace
from sweep.trial.tasks import Examine, Publish, Task, Train

SUMMARY = DataSummary(
    label="mnist",
    shape=(28, 28, 1),
    classes=tuple("0123456789"),
    train=55_000,
    validation=5_000,
    test=10_000,
    fingerprint="f" * 64,
)

Trainer = Callable[[Train], list[Event]]


def learning(job: Train) -> list[Event]:
    """A training whose accuracy grows with its steps, faster for a smaller learning rate."""
    evaluations = [
        Evaluation(step, 1 / step, 0.5, 1 / step, 1 - 1 / step - min(job.point.learning_rate, 0.5))
        for step in job.evaluate_at
    ]
    job.weights.parent.mkdir(parents=True, exist_ok=True)
    job.weights.write_bytes(b"weights")
    first = Traced(job.number, Trace(1, 2.0, (0.1,) * 10))
    *before, last = (Evaluated(job.number, e) for e in evaluations)
    return [first, *before, Finishing(job.number), last, Ended(job.number, State.COMPLETE)]


def failing(job: Train) -> list[Event]:
    """A training whose process is killed before it says anything."""
    return [Ended(job.number, State.FAILED, "killed by SIGKILL")]


def diverging(job: Train) -> list[Event]:
    """A training whose loss is not finite after its first evaluation."""
    first = Evaluation(job.evaluate_at[0], 1.0, 0.5, 1.0, 0.5)
    return [
        Evaluated(job.number, first),
        Ended(job.number, State.DIVERGED, "the loss is not finite at step 30", 30),
    ]


def examination(summary: DataSummary, images: int = 60, seed: int = 0) -> Examination:
    """An examination of random images by a network that is mostly right."""
    random = np.random.default_rng(seed)
    classes = len(summary.classes)
    labels = random.integers(0, classes, images).astype(np.int32)
    scores = random.random((images, classes)) + 1.2 * np.eye(classes)[labels] * (
        random.random((images, 1)) < 0.8
    )
    probabilities = (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)
    pixels = random.integers(0, 256, (images, *summary.shape)).astype(np.uint8)
    some, mistakes = ordinary(images), worst(labels, probabilities)
    return Examination(
        labels=labels,
        indices=np.arange(images, dtype=np.int32) * 3,
        probabilities=probabilities,
        ordinary=some,
        ordinary_images=pixels[some],
        mistakes=mistakes,
        mistake_images=pixels[mistakes],
        observed=pixels[0],
        kernels=random.normal(size=(3, 3, summary.shape[2], 4)).astype(np.float32),
        maps=random.random((*summary.shape[:2], 4)).astype(np.float32),
    )


class FakeExecutor:
    """Runs trials by calling a trainer. One event comes at a time, those of all trials with a
    worker in turn."""

    def __init__(
        self, _: DataSpec, workers: int, trainer: Trainer = learning, summary: DataSummary = SUMMARY
    ) -> None:
        self.capacity = workers
        self.submitted: list[Train] = []
        self.published: list[Publish] = []
        self.examined: list[Examine] = []
        self.closed = False
        self._trainer = trainer
        self._summary = summary
        self._queues: dict[int, deque[Event]] = {}
        self._others: list[Event] = [Loaded(summary)]
        self._stopped: set[int] = set()

    def submit(self, task: Task) -> None:
        match task:
            case Train(number):
                self.submitted.append(task)
                self._queues[number] = deque([Started(number), *self._trainer(task)])
            case Publish():
                self.published.append(task)
                self._others.append(self.publish(task))
            case Examine():
                self.examined.append(task)
                self._others.append(self.examine(task))

    def publish(self, task: Publish) -> Done:
        return Done(task)

    def examine(self, task: Examine) -> Done:
        if task.network is not None:
            task.network.write_bytes(b"network")
        examination(self._summary).save(task.output)
        return Done(task)

    def stop(self, number: int) -> None:
        if number in self._queues:
            self._stopped.add(number)
            self._queues[number] = deque([Ended(number, State.PRUNED)])

    def events(self) -> list[Event]:
        numbers = [*self._queues]
        going = numbers[: self.capacity]
        going += [number for number in numbers[self.capacity :] if number in self._stopped]
        found = [*self._others, *(self._queues[number].popleft() for number in going)]
        self._others.clear()
        self._queues = {number: queue for number, queue in self._queues.items() if queue}
        return found

    def close(self) -> None:
        self.closed = True


class SilentView:
    """A view that only remembers."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.states: list[State] = []
        self.read: list[tuple[int, int]] = []

    def reading(self, done: int, total: int) -> None:
        self.read.append((done, total))

    def begin(self, spec: object, finished: object, workers: int) -> None:
        self.notes.append(f"begin with {workers}")

    def running(self, record: object) -> None: ...

    def ended(self, record: Any) -> None:
        self.states.append(record.state)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def close(self) -> None: ...


def run_file(
    path: Path,
    options: Options,
    start: Callable[[DataSpec, int], Executor] = FakeExecutor,
    view: View | None = None,
) -> Outcome:
    """Runs the sweep of a space file, as the command line does."""
    file = load(path)
    with (
        closing(start(file.data, options.workers)) as executor,
        noted_signals(f"sweep run {path}") as check,
    ):
        chosen = replace(options, check=check)
        return run(file, path, chosen, view or SilentView(), executor)
