"""Fakes at our own seams: a trainer that computes its numbers, and an executor that runs it at
once."""

from collections import deque
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from sweep.engine.coordinator import Options, Outcome, run
from sweep.execute.seam import EXAMINER, PUBLISHER, Executor
from sweep.space.spec import DataSpec
from sweep.spacefile.read import load
from sweep.trial.events import Ended, Evaluated, Event, Finishing, Started, Traced
from sweep.trial.examination import Examination, ordinary, worst
from sweep.trial.images import DataSummary
from sweep.trial.record import Evaluation, State, Trace
from sweep.trial.tasks import Job

SUMMARY = DataSummary(
    label="mnist",
    shape=(28, 28, 1),
    classes=tuple("0123456789"),
    train=55_000,
    validation=5_000,
    test=10_000,
    fingerprint="f" * 64,
)

Trainer = Callable[[Job], list[Event]]


def learning(job: Job) -> list[Event]:
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


def failing(job: Job) -> list[Event]:
    """A training whose process is killed before it says anything."""
    return [Ended(job.number, State.FAILED, "killed by SIGKILL")]


def diverging(job: Job) -> list[Event]:
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
    """Runs jobs by calling a trainer; one event is told at a time, those of all jobs with a worker
    in turn."""

    def __init__(
        self, _: DataSpec, workers: int, trainer: Trainer = learning, summary: DataSummary = SUMMARY
    ) -> None:
        self.capacity = workers
        self.submitted: list[Job] = []
        self.published: list[Mapping[str, Any]] = []
        self.examined: list[Mapping[str, Any]] = []
        self.closed = False
        self._trainer = trainer
        self._summary = summary
        self._queues: dict[int, deque[Event]] = {}
        self._stopped: set[int] = set()

    def data(self) -> DataSummary | None:
        return self._summary

    def submit(self, job: Job) -> None:
        self.submitted.append(job)
        self._queues[job.number] = deque([Started(job.number), *self._trainer(job)])

    def publish(self, model: Mapping[str, Any]) -> None:
        self.published.append(model)
        self._queues[PUBLISHER] = deque([Ended(PUBLISHER, State.COMPLETE)])

    def examine(self, model: Mapping[str, Any]) -> None:
        self.examined.append(model)
        if model["network"] is not None:
            Path(model["network"]).write_bytes(b"network")
        examination(self._summary).save(Path(model["output"]))
        self._queues[EXAMINER] = deque([Ended(EXAMINER, State.COMPLETE)])

    def stop(self, number: int) -> None:
        if number in self._queues:
            self._stopped.add(number)
            self._queues[number] = deque([Ended(number, State.PRUNED)])

    def events(self) -> list[Event]:
        going = [*self._queues][: self.capacity] + [
            n for n in [*self._queues][self.capacity :] if n in self._stopped
        ]
        found = [self._queues[number].popleft() for number in going]
        self._queues = {number: queue for number, queue in self._queues.items() if queue}
        return found

    def close(self) -> None:
        self.closed = True


class SilentView:
    """A view that only remembers."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.states: list[State] = []

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
    view: SilentView | None = None,
) -> Outcome:
    """Runs the sweep of a space file, as the command line does."""
    file = load(path)
    with closing(start(file.data, options.workers)) as executor:
        return run(file, path, options, view or SilentView(), executor)
