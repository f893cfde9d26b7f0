"""Simulates a sweep without training: when its trials begin, are pruned and end."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import islice

from sweep.search.pruners import Pruner
from sweep.trial import STEPS_PER_CALL


@dataclass(frozen=True)
class Course:
    """A trial to be: its progress at each evaluation, when it has each of them (in seconds from its
    beginning; the last is its end), the seconds of a step, and whether the pruner takes note of it
    and may end it."""

    progress: tuple[int, ...]
    times: tuple[float, ...]
    step: float
    is_ranked: bool = True
    may_be_pruned: bool = True


@dataclass(frozen=True)
class Played:
    """The end of the last trial, in seconds, and the number of pruned trials."""

    seconds: float
    pruned: int = 0


def play(courses: Sequence[Course], paces: Sequence[float], workers: int) -> Played:
    """Simulates the trials in order: each starts when one of `workers` is free, and takes its
    seconds times its pace."""
    free = [0.0] * workers
    for course, pace in zip(courses, paces, strict=True):
        heappush(free, heappop(free) + course.times[-1] * pace)
    return Played(max(free))


def play_pruned(
    courses: Sequence[Course],
    paces: Sequence[float],
    workers: int,
    pruner: Pruner,
    scores: Sequence[float],
) -> Played:
    """Like `play`, with a pruner; each trial has its value of `scores` at all its evaluations."""
    waiting = enumerate(courses)
    # Time, trial and index of the evaluation; the index after the last means its end.
    events: list[tuple[float, int, int]] = []
    now = 0.0
    pruned = 0

    def begin(count: int) -> None:
        for trial, course in islice(waiting, count):
            heappush(events, (now + course.times[0] * paces[trial], trial, 0))

    begin(workers)
    while events:
        now, trial, index = heappop(events)
        course = courses[trial]
        pace = paces[trial]
        behind = False
        if course.is_ranked and index < len(course.times):
            behind = pruner.falls_behind(trial, course.progress[index], scores[trial])
        if index >= len(course.times) - 1:
            if course.is_ranked:
                pruner.ended(trial, complete=index < len(course.times))
            begin(1)
            continue
        to_next = course.times[index + 1] - course.times[index]
        if behind and course.may_be_pruned:
            pruned += 1
            gone = now + pace * min(STEPS_PER_CALL * course.step, to_next)
            heappush(events, (gone, trial, len(course.times)))
        else:
            heappush(events, (now + pace * to_next, trial, index + 1))
    return Played(now, pruned)
