"""Networks are timed in trials of a few steps, by a clock that the test turns."""

import heapq
from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.errors import NothingSucceeded
from sweep.preview.timing import (
    FEWEST_STEPS,
    LONG_ENOUGH,
    MOST_STEPS,
    TOO_LONG,
    Candidate,
    Timing,
    Took,
    measure,
)
from sweep.space.hyperparams import Hyperparams
from sweep.space.spec import DataSpec
from sweep.trial.events import Ended, Evaluated, Event, Finishing, Started
from sweep.trial.record import Evaluation, State
from sweep.trial.tasks import Task, Train
from tests.conftest import spec_of
from tests.fakes import SUMMARY, FakeExecutor

SMALL = Candidate("small", Hyperparams(filters=(4,), dense=(8,), batch_size=8, learning_rate=0.1))
LARGE = Candidate("large", Hyperparams(filters=(32, 64), batch_size=128))
# What each network takes: a step, an evaluation, and all that is done once.
COSTS = {4: Took(0.001, 0.2, 0.7), 32: Took(0.2, 3.0, 0.9)}
STARTUP = 5.0


class Turning(FakeExecutor):
    """An executor whose trials take their time by a clock of its own, and which remembers what ran
    at once."""

    def __init__(
        self, workers: int, state: Callable[[Train], State] = lambda _: State.COMPLETE
    ) -> None:
        super().__init__(DataSpec("mnist"), workers)
        self.now = 0.0
        self.at_once: list[int] = []
        self._state = state
        self._events: list[tuple[float, int, Event]] = []
        self._order = 0

    def submit(self, job: Task) -> None:
        assert isinstance(job, Train)
        self.submitted.append(job)
        cost = COSTS[job.point.filters[0]]
        half, second, last = job.evaluate_at
        assert (second, last) == (2 * half, 2 * half + 1)
        at = max(self.now, STARTUP)
        self._tell(at, Started(job.number))
        # What is done for the first time takes longer.
        at += cost.once + half * cost.step + cost.evaluation
        self._tell(at, Evaluated(job.number, Evaluation(half, 1.0, 0.5, 1.0, 0.5)))
        self._tell(at, Finishing(job.number))
        for steps, done in ((half, second), (1, last)):
            at += steps * cost.step + cost.evaluation
            self._tell(at, Evaluated(job.number, Evaluation(done, 1.0, 0.5, 1.0, 0.5)))
        self._tell(at, Ended(job.number, self._state(job)))

    def _tell(self, at: float, event: Event) -> None:
        self._order += 1
        heapq.heappush(self._events, (at, self._order, event))

    def events(self) -> list[Event]:
        numbers = {getattr(event, "number", None) for _, _, event in self._events}
        self.at_once.append(len(numbers))
        self.now, _, event = heapq.heappop(self._events)
        return [event]


def timing(
    executor: Turning, *networks: Candidate, trials: int = 30, notes: list[str] | None = None
) -> Timing:
    search = spec_of("{}", f"search: {{trials: {trials}}}\n").search
    note = (lambda _: None) if notes is None else notes.append
    return measure(
        networks, executor, SUMMARY, search, Path("scratch"), 0.0, note, lambda: executor.now
    )


def test_a_network_takes_what_its_steps_its_evaluation_and_the_rest_take() -> None:
    found = timing(Turning(2), LARGE, SMALL)
    assert found.startup == STARTUP
    assert [t.candidate for t in found.networks] == [LARGE, SMALL]
    for network in found.networks:
        cost = COSTS[network.candidate.point.filters[0]]
        took = network.took
        assert (took.step, took.evaluation, took.once) == pytest.approx(
            (cost.step, cost.evaluation, cost.once)
        )


@pytest.mark.parametrize(
    ("workers", "trials", "at_once"), [(1, 30, 1), (3, 30, 3), (5, 30, 5), (5, 2, 2)]
)
def test_as_many_are_timed_at_once_as_the_sweep_trains_at_once(
    workers: int, trials: int, at_once: int
) -> None:
    executor = Turning(workers)
    timing(executor, LARGE, SMALL, trials=trials)
    assert set(executor.at_once) == {at_once}
    assert executor.now >= STARTUP + LONG_ENOUGH


def test_small_networks_do_more_steps_and_none_diverges_for_its_learning_rate() -> None:
    executor = Turning(1)
    timing(executor, LARGE, SMALL)
    large, small = executor.submitted[:2]
    assert (large.evaluate_at[0], small.evaluate_at[0]) == (FEWEST_STEPS, MOST_STEPS)
    assert {job.point.learning_rate for job in executor.submitted} == {1e-6}


def test_what_cannot_be_timed_is_told_and_left_out() -> None:
    notes: list[str] = []
    executor = Turning(2, lambda job: State.FAILED if job.point.filters[0] == 4 else State.COMPLETE)
    found = timing(executor, SMALL, LARGE, notes=notes)
    assert [t.candidate for t in found.networks] == [LARGE]
    assert notes
    assert {note.split()[0] for note in notes} == {"small"}


def test_nothing_is_timed_for_ever() -> None:
    dear = [
        Candidate(f"large {n}", LARGE.point.model_copy(update={"batch_size": 100 + n}))
        for n in range(40)
    ]
    executor = Turning(1)
    found = timing(executor, *dear)
    assert 0 < len(found.networks) < len(dear)
    assert STARTUP + TOO_LONG <= executor.now < STARTUP + TOO_LONG + 10


def test_it_is_an_error_where_every_network_fails() -> None:
    with pytest.raises(NothingSucceeded, match="failed"):
        timing(Turning(2, lambda _: State.FAILED), SMALL, LARGE)
