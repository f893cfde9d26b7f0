"""Which event is the end of which task."""

from pathlib import Path

import pytest

from sweep.space import Hyperparams
from sweep.trial.events import (
    Done,
    Ended,
    Evaluated,
    Event,
    Finishing,
    Loaded,
    Reading,
    Spent,
    Started,
    Traced,
    ends,
    failed,
)
from sweep.trial.record import Evaluation, State, Trace
from sweep.trial.tasks import Errand, Examine, Publish, Task, Train
from tests.fakes import SUMMARY

POINT = Hyperparams()
TRAIN = Train(3, POINT, 0, (10, 20), 1, Path("w.h5"))
EXAMINE = Examine(POINT, Path("w.h5"), Path("e.npz"))
PUBLISH = Publish(POINT, Path("w.h5"), "sqlite:///m.db", "run", {})
ERRANDS: list[Errand] = [EXAMINE, PUBLISH]
ON_THE_WAY: list[Event] = [
    Reading(1, 2),
    Loaded(SUMMARY),
    Started(3),
    Finishing(3),
    Evaluated(3, Evaluation(10, 0.1, 0.9, 0.1, 0.9)),
    Traced(3, Trace(1, 0.5, (0.5, 0.5))),
]


@pytest.mark.parametrize("state", State)
def test_a_training_ends_with_its_own_end_whatever_became_of_it(state: State) -> None:
    assert ends(Ended(3, state), TRAIN)
    assert not ends(Ended(4, state), TRAIN)


@pytest.mark.parametrize("errand", ERRANDS, ids=lambda errand: type(errand).__name__)
@pytest.mark.parametrize("cause", [None, "killed by SIGKILL"])
def test_an_errand_ends_when_it_is_done_or_failed(errand: Errand, cause: str | None) -> None:
    assert ends(Done(errand, cause), errand)
    assert not any(ends(Done(errand, cause), other) for other in ERRANDS if other != errand)
    assert not ends(Done(errand, cause), TRAIN)


@pytest.mark.parametrize("event", ON_THE_WAY, ids=lambda event: type(event).__name__)
@pytest.mark.parametrize("task", [TRAIN, *ERRANDS], ids=lambda task: type(task).__name__)
def test_nothing_on_the_way_is_an_end(event: Event, task: Task) -> None:
    assert not ends(event, task)


@pytest.mark.parametrize("task", [TRAIN, *ERRANDS], ids=lambda task: type(task).__name__)
def test_the_failure_of_a_task_is_its_end_with_the_cause(task: Task) -> None:
    end = failed(task, "out of memory")
    assert ends(end, task)
    assert end.cause == "out of memory"
    if isinstance(end, Ended):
        assert end.state is State.FAILED


def test_what_a_trial_does_before_it_has_a_worker_is_all_but_waiting_and_training() -> None:
    spent = Spent(1, 2, 4, 8, 16, wait=100, train=100, evaluate=100, save=100)
    assert spent.before == 31


def test_two_ends_are_equal_whatever_they_took() -> None:
    """Where the time went says nothing of what came of a trial."""
    one = Ended(1, State.COMPLETE, spent=Spent(fork=1.0), memory=5)
    assert one == Ended(1, State.COMPLETE, spent=Spent(fork=2.0), memory=6)
    assert one != Ended(1, State.DIVERGED, spent=Spent(fork=1.0), memory=5)
