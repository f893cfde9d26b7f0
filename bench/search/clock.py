"""A virtual clock with workers: trainings take the time that their problem says, and no other.

The unit of time is the mean training. `Costs` adds what a start and an evaluation take. A search
ends when its workers have had `budget` trainings' time together, idle time included.
"""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from bench.search.problem import Course, Point, Problem

# Sums of shares may differ from whole numbers by less.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Costs:
    """What a start and an evaluation take, in mean trainings."""

    start: float = 0.0
    evaluation: float = 0.0


@dataclass(frozen=True)
class Job:
    """A training of a point from a share of it to the last of `stops`, with an evaluation at each.

    Jobs of the same `key` are parts of one training.
    """

    key: int
    point: Point
    stops: tuple[float, ...]
    begun: float = 0.0


@dataclass(frozen=True)
class Found:
    """A training that came to its end: when, in trainings' work, where, and what it showed."""

    work: float
    point: Point
    value: float


class Searcher(Protocol):
    """Says what to train next, and what to stop."""

    def ask(self) -> Job | None:
        """The next job for a free worker; None if it must wait for others."""

    def tell(self, job: Job, share: float, value: float) -> bool:
        """Takes an evaluation; returns whether the job is to stop there. A diverged training is
        told as not a number, and stops in any case."""

    def ended(self, job: Job) -> None:
        """The job has come to its last stop, or was stopped."""


class Courses:
    """The trainings of one search: each key has one course, drawn from the seed."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self._problem = problem
        self._seed = seed
        self._known: dict[int, Course] = {}

    def of(self, key: int, point: Point) -> Course:
        if key not in self._known:
            random = np.random.default_rng((self._seed, key))
            self._known[key] = self._problem.course(point, random)
        return self._known[key]


@dataclass(order=True)
class _Moment:
    time: float
    order: int
    job: Job = field(compare=False)
    stop: int = field(compare=False)


def simulate(
    searcher: Searcher, courses: Courses, workers: int, budget: float, costs: Costs
) -> list[Found]:
    """Runs a searcher; returns the trainings that came to their end, in their order."""
    found: list[Found] = []
    moments: list[_Moment] = []
    order = 0
    now = 0.0
    free = workers

    def push(job: Job, stop: int, begun: float) -> None:
        nonlocal order
        course = courses.of(job.key, job.point)
        before = job.stops[stop - 1] if stop else job.begun
        time = (job.stops[stop] - before) * course.time + costs.evaluation
        if not stop:
            time += costs.start
        heapq.heappush(moments, _Moment(begun + time, order, job, stop))
        order += 1

    while True:
        while free and (job := searcher.ask()) is not None:
            free -= 1
            push(job, 0, now)
        if not moments:
            return found
        moment = heapq.heappop(moments)
        now = moment.time
        if now * workers > budget + ROUNDING:
            return found
        job = moment.job
        share = job.stops[moment.stop]
        value = courses.of(job.key, job.point).value(share)
        is_stopped = searcher.tell(job, share, value) or not np.isfinite(value)
        if not is_stopped and moment.stop + 1 < len(job.stops):
            push(job, moment.stop + 1, now)
            continue
        free += 1
        searcher.ended(job)
        if not is_stopped and share == 1.0:
            found.append(Found(now * workers, job.point, value))


def regrets(
    found: Sequence[Found], budgets: Sequence[float], regret: Callable[[Point], float]
) -> list[float]:
    """The regret of the best finished training by its own showing, after each budget; 1, that of a
    random point, before any has finished."""
    answers = []
    for budget in budgets:
        known = [each for each in found if each.work <= budget + ROUNDING]
        if known:
            best = max(known, key=lambda each: each.value)
            answers.append(regret(best.point))
        else:
            answers.append(1.0)
    return answers
