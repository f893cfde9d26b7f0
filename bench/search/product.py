"""Searches by the product: its study, sampler, rungs and ledger, with an executor that answers from
a problem on a virtual clock.

Every dimension of a problem becomes one entry of `filters`: a range of whole numbers, or choices.
The networks are never built; only their numbers travel.
"""

import heapq
import math
import tempfile
from collections import deque
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench.search.clock import ROUNDING, Costs, Courses, Found
from bench.search.problem import LEVELS, Course, Dimension, Point, Problem
from sweep.engine.resume import begin
from sweep.engine.sinks import LedgerSink
from sweep.engine.trials import KnownSink, Parts, RunningSweep, handle, submit_wanted
from sweep.search.study import Study
from sweep.space import by_configuration
from sweep.spacefile.read import parse
from sweep.store import Ledger
from sweep.trial import (
    DataSummary,
    Ended,
    Evaluated,
    Evaluation,
    Event,
    Finishing,
    Loaded,
    Standings,
    Started,
    State,
    Task,
    Train,
)

STEPS = 1600
# More trials than any budget pays for.
TRIALS = 5000
DATA = DataSummary(
    label="virtual",
    shape=(8, 8, 1),
    classes=("0", "1"),
    train=50_000,
    validation=5_000,
    test=0,
    fingerprint="0" * 64,
)


def space_file(problem: Problem, search: str, seed: int, trials: int = TRIALS) -> str:
    """The space file of a problem; `search` is what it says besides trials and seed."""
    options = ", ".join([f"trials: {trials}", f"seed: {seed}", *([search] if search else [])])
    return (
        "name: search\n"
        "space:\n"
        f"  filters: {_filters(problem)}\n"
        "  kernel_size: 1\n  pool: none\n  dense: []\n"
        f"  steps: {STEPS}\n"
        f"search: {{{options}}}\n"
    )


def _filters(problem: Problem) -> str:
    depth, *layers = problem.dimensions
    if problem.existing((0,) * len(problem.dimensions)) == len(problem.dimensions):
        return f"[{', '.join(map(_entry, problem.dimensions))}]"
    least = problem.existing((0,) * len(problem.dimensions)) - 1
    depths = f"{{low: {least}, high: {least + depth.size - 1}}}"
    return f"{{layers: {depths}, each: {_entry(layers[0])}}}"


def _entry(dimension: Dimension) -> str:
    if dimension.choices is None:
        return f"{{low: 1, high: {LEVELS}}}"
    return f"{{choices: [{', '.join(str(choice + 1) for choice in range(dimension.choices))}]}}"


def place(problem: Problem, filters: tuple[int, ...]) -> Point:
    """The point of a network's filters."""
    levels = tuple(number - 1 for number in filters)
    missing = len(problem.dimensions) - len(levels)
    if not missing and problem.existing(levels) == len(levels):
        return levels
    least = problem.existing((0,) * len(problem.dimensions)) - 1
    padding = (0,) * (len(problem.dimensions) - 1 - len(levels))
    return (len(levels) - least, *levels, *padding)


@dataclass
class _Running:
    task: Train
    stop: int = -1


class TableExecutor:
    """Answers trainings from a problem, event by event, in the order of the virtual clock."""

    def __init__(self, problem: Problem, courses: Courses, workers: int, costs: Costs) -> None:
        self.capacity = workers
        self.now = 0.0
        self.found: list[Found] = []
        self._problem = problem
        self._courses = courses
        self._costs = costs
        self._others: list[Event] = [Loaded(DATA)]
        self._queue: deque[Train] = deque()
        self._running: dict[int, _Running] = {}
        self._moments: list[tuple[float, int, int]] = []
        self._order = 0

    def submit(self, task: Task) -> None:
        assert isinstance(task, Train)
        self._queue.append(task)
        self._begin()

    def stop(self, number: int) -> None:
        if self._running.pop(number, None) is not None:
            self._others.append(Ended(number, State.PRUNED))
            self._begin()

    def close(self) -> None: ...

    def _begin(self) -> None:
        """Gives free workers the trials that wait."""
        while self._queue and len(self._running) < self.capacity:
            task = self._queue.popleft()
            self._running[task.number] = _Running(task)
            self._others.append(Started(task.number))
            self._push(task.number, self._costs.start)

    def _push(self, number: int, extra: float = 0.0) -> None:
        """The next evaluation of a trial."""
        running = self._running[number]
        stops = (0, *running.task.evaluate_at)
        running.stop += 1
        course = self._course(running.task)
        share = (stops[running.stop + 1] - stops[running.stop]) / STEPS
        time = self.now + share * course.time + self._costs.evaluation + extra
        heapq.heappush(self._moments, (time, self._order, number))
        self._order += 1

    def _course(self, task: Train) -> Course:
        return self._courses.of(task.number, place(self._problem, task.point.filters))

    def events(self) -> list[Event]:
        if self._others:
            found = [*self._others]
            self._others.clear()
            return found
        while self._moments:
            self.now, _, number = heapq.heappop(self._moments)
            if number in self._running:
                return self._evaluated(number)
        return []

    def _evaluated(self, number: int) -> list[Event]:
        running = self._running[number]
        step = running.task.evaluate_at[running.stop]
        value = self._course(running.task).value(step / STEPS)
        if math.isnan(value):
            del self._running[number]
            self._begin()
            return [Ended(number, State.DIVERGED, "not a number", step)]
        evaluated = Evaluated(number, Evaluation(step, 0.0, value, 0.0, value))
        if step < STEPS:
            self._push(number)
            return [evaluated]
        del self._running[number]
        point = place(self._problem, running.task.point.filters)
        self.found.append(Found(self.now * self.capacity, point, value))
        self._begin()
        return [Finishing(number), evaluated, Ended(number, State.COMPLETE)]


def searched(
    problem: Problem, search: str, seed: int, workers: int, budget: float, costs: Costs
) -> list[Found]:
    """The trainings of a sweep that came to their end within the budget."""
    file = parse(space_file(problem, search, seed), Path("space.yaml"))
    spec = file.spec(DATA.shape, DATA.train)
    with tempfile.TemporaryDirectory() as folder, Ledger.open_to_write(Path(folder)) as ledger:
        begin(spec, Path("space.yaml"), ledger, None, DATA, "")
        executor = TableExecutor(problem, Courses(problem, seed), workers, costs)
        with closing(Study(spec, ledger, DATA.shape)) as study:
            sweep = RunningSweep(
                spec=spec,
                data=DATA,
                planned=by_configuration(spec, DATA.shape),
                records=[],
                waiting=[],
                known={},
                standings=Standings(spec, []),
            )
            parts = Parts(ledger, study, executor, (LedgerSink(ledger), KnownSink(sweep)))
            submit_wanted(sweep, parts)
            while executor.now * workers <= budget + ROUNDING and not sweep.is_finished:
                for event in executor.events():
                    handle(sweep, parts, event)
                    submit_wanted(sweep, parts)
    return [found for found in executor.found if found.work <= budget + ROUNDING]
