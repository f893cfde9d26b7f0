"""Times some networks on this machine, in short trials, as many at once as in a sweep.

A timed trial consists of two halves of equal length and one more step, each followed by an
evaluation. The first half is slower, because everything happens for the first time. The second half
and the extra step give the times of a step and of an evaluation; the rest is the fixed time of a
trial.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from sweep.errors import NothingSucceeded
from sweep.execute.drive import Executor, drive
from sweep.space import Hyperparams, Search, flops, plan
from sweep.trial import (
    DataSummary,
    Done,
    Ended,
    Evaluated,
    Event,
    Loaded,
    Reading,
    Started,
    State,
    Train,
)

# Work in half of a timed trial: FLOPs of one image forward times batch size times steps. It takes
# about half a second of one core. Its number of steps has bounds.
WORTH = 6e9
FEWEST_STEPS, MOST_STEPS = 10, 250
# Until the first, networks are timed again; after the second, no network begins. In seconds.
LONG_ENOUGH, TOO_LONG = 8.0, 40.0
# Small enough that no loss diverges during timing; a step takes as long at any learning rate.
LEARNING_RATE = 1e-6


@dataclass(frozen=True)
class Candidate:
    """A network to time, and its displayed name."""

    name: str
    point: Hyperparams


@dataclass(frozen=True)
class Took:
    """Seconds of one step, of one evaluation, and of everything that a trial does once."""

    step: float
    evaluation: float
    once: float


@dataclass(frozen=True)
class Timed:
    """A network and its times: medians over its timed trials."""

    candidate: Candidate
    took: Took


@dataclass(frozen=True)
class Timing:
    """The timed networks, and the seconds until the first one had TensorFlow and the data."""

    startup: float
    networks: tuple[Timed, ...]


def measure(
    networks: Sequence[Candidate],
    executor: Executor,
    data: DataSummary,
    search: Search,
    scratch: Path,
    begun: float,
    note: Callable[[str], None],
    clock: Callable[[], float] = time.monotonic,
) -> Timing:
    """Times `networks` in their order, as many at once as in the sweep, and again while there is
    time, so no worker is idle.

    Weights go to the folder `scratch`. `begun` is the start of the executor, by `clock`. Failures
    are reported to `note` and left out. Raises `NothingSucceeded` if all fail.
    """
    stopwatch = _Stopwatch(data, search.threads, scratch, deque(networks))
    at_once = min(executor.capacity, search.trials)

    def submit_wanted() -> None:
        # Unlike a sweep, prepare no further trial: that would slow down these short trials.
        while stopwatch.queue and len(stopwatch.running) < at_once:
            executor.submit(stopwatch.next_task())

    def take(event: Event) -> None:
        problem = stopwatch.take(event, clock())
        if problem is not None:
            note(problem)

    def is_done() -> bool:
        if stopwatch.is_enough(clock()):
            return True
        submit_wanted()
        return False

    drive(executor, take, is_done)
    found = tuple(Timed(c, _medians(stopwatch.seen[c])) for c in networks if c in stopwatch.seen)
    if not found:
        raise NothingSucceeded(
            f"no network could be timed: {stopwatch.cause}", "look at the space with sweep check"
        )
    return Timing(stopwatch.ready - begun, found)


@dataclass
class _Running:
    """A trial that is being timed: the steps of its half, its weights, and the times of its start
    and evaluations."""

    candidate: Candidate
    steps: int
    weights: Path
    moments: tuple[float, ...] = ()

    def took(self, ended: float, before: float) -> Took:
        """The times of the trial; `before` are the seconds until it was ready for its worker."""
        started, first, second, third = self.moments
        half = second - first
        one_step = third - second
        step = max((half - one_step) / (self.steps - 1), 0.0)
        evaluation = max(one_step - step, 0.0)
        once = before + ended - started - (2 * self.steps + 1) * step - 3 * evaluation
        return Took(step, evaluation, max(once, 0.0))


@dataclass
class _Stopwatch:
    """The networks to time, those in training, and the times so far. `ready` is when the first
    trial had its process."""

    data: DataSummary
    threads: int
    scratch: Path
    queue: deque[Candidate]
    running: dict[int, _Running] = field(default_factory=dict)
    seen: dict[Candidate, list[Took]] = field(default_factory=dict)
    ready: float = math.inf
    cause: str | None = None
    begun: int = 0

    def is_enough(self, now: float) -> bool:
        """Whether no network is left, or time is up: sooner if all were timed than if one was."""
        if not self.queue and not self.running:
            return True
        is_complete = all(candidate in self.seen for candidate in self.queue)
        return bool(self.seen) and now - self.ready >= (LONG_ENOUGH if is_complete else TOO_LONG)

    def next_task(self) -> Train:
        """The task for the next network in turn; the first follows the last."""
        candidate = self.queue[0]
        self.queue.rotate(-1)
        self.begun += 1
        steps = steps_of(candidate.point, self.data)
        weights = self.scratch / f"{self.begun}.weights.h5"
        self.running[self.begun] = _Running(candidate, steps, weights)
        return Train(
            number=self.begun,
            point=candidate.point.model_copy(update={"learning_rate": LEARNING_RATE}),
            seed=self.begun,
            evaluate_at=(steps, 2 * steps, 2 * steps + 1),
            threads=self.threads,
            weights=weights,
        )

    def take(self, event: Event, now: float) -> str | None:
        """Records an event at this time; returns a note if the event is a failure."""
        if isinstance(event, Reading | Loaded | Done):
            return None
        trial = self.running[event.number]
        match event:
            case Started() | Evaluated():
                trial.moments = (*trial.moments, now)
                self.ready = min(self.ready, now)
            case Ended(state=State.COMPLETE):
                del self.running[event.number]
                trial.weights.unlink(missing_ok=True)
                before = 0.0
                if event.spent:
                    before = event.spent.before
                self.seen.setdefault(trial.candidate, []).append(trial.took(now, before))
            case Ended():
                del self.running[event.number]
                if trial.candidate in self.queue:
                    self.queue.remove(trial.candidate)
                self.cause = event.cause or str(event.state)
                return f"{trial.candidate.name} could not be timed: {self.cause}"
        return None


def steps_of(point: Hyperparams, data: DataSummary) -> int:
    """The steps in half of a timed trial of the network at `point`."""
    work = flops(plan(point, data.shape, len(data.classes))) * point.batch_size
    return min(max(round(WORTH / work), FEWEST_STEPS), MOST_STEPS)


def _medians(seen: Sequence[Took]) -> Took:
    return Took(
        median(t.step for t in seen),
        median(t.evaluation for t in seen),
        median(t.once for t in seen),
    )
