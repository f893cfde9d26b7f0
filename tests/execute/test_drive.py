"""Driving an executor: waiting for the data, and for tasks to end."""

from collections import deque
from pathlib import Path

import pytest

from sweep.execute.drive import drive, run_all, wait_for_data
from sweep.space import DataSpec, Hyperparams
from sweep.trial import Done, Ended, Event, Examine, Loaded, Reading, Started, State, Task, Train
from tests.fakes import SUMMARY, FakeExecutor

TRAIN = Train(3, Hyperparams(steps=20), 0, (10, 20), 1, Path("w.h5"))
EXAMINE = Examine(Hyperparams(), Path("w.h5"), Path("out.npz"))


class Script:
    """An executor that gives these lists of events, one a call."""

    capacity = 1

    def __init__(self, *events: list[Event]) -> None:
        self.submitted: list[Task] = []
        self.left = deque(events)

    def submit(self, task: Task) -> None:
        self.submitted.append(task)

    def stop(self, number: int) -> None: ...

    def events(self) -> list[Event]:
        return self.left.popleft()

    def close(self) -> None: ...


def test_the_data_are_waited_for() -> None:
    executor = Script([], [], [Loaded(SUMMARY)], [Started(1)])
    calls: list[int] = []
    assert wait_for_data(executor, lambda: calls.append(1)) == SUMMARY
    assert len(calls) == 2
    assert len(executor.left) == 1


def test_while_the_data_are_waited_for_their_progress_is_passed_on() -> None:
    executor = Script([Reading(1, 9)], [], [Reading(5, 9), Loaded(SUMMARY)], [Started(1)])
    seen: list[tuple[int, int]] = []
    found = wait_for_data(executor, reading=lambda done, total: seen.append((done, total)))
    assert (found, seen) == (SUMMARY, [(1, 9), (5, 9)])
    assert wait_for_data(Script([Reading(1, 9)], [Loaded(SUMMARY)])) == SUMMARY


def test_what_a_check_raises_ends_the_waiting() -> None:
    def check() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wait_for_data(Script([], [Loaded(SUMMARY)]), check)
    with pytest.raises(KeyboardInterrupt):
        drive(Script([]), lambda event: None, lambda: False, check)
    with pytest.raises(KeyboardInterrupt):
        list(run_all(Script([], []), TRAIN, check=check))


def test_events_are_given_on_in_their_order_until_it_is_done() -> None:
    executor = Script([Started(1), Started(2)], [Started(3)], [Started(4)])
    seen: list[Event] = []
    drive(executor, seen.append, lambda: len(seen) >= 3)
    assert seen == [Started(1), Started(2), Started(3)]


def test_nothing_is_asked_for_when_it_is_done_already() -> None:
    drive(Script(), lambda event: None, lambda: True)


def test_tasks_are_run_to_the_end_of_the_last() -> None:
    ends: list[Event] = [Ended(3, State.COMPLETE), Done(EXAMINE)]
    executor = Script([Started(3)], [ends[1]], [Started(9), ends[0]], [Started(4)])
    seen = list(run_all(executor, TRAIN, EXAMINE))
    assert executor.submitted == [TRAIN, EXAMINE]
    assert seen == [Started(3), ends[1], Started(9), ends[0]]


def test_a_task_that_failed_has_ended() -> None:
    failed = Done(EXAMINE, "killed by SIGKILL")
    assert list(run_all(Script([failed]), EXAMINE)) == [failed]


def test_no_tasks_need_no_events() -> None:
    assert list(run_all(Script())) == []


def test_a_whole_training_of_the_fake(tmp_path: Path) -> None:
    executor = FakeExecutor(DataSpec(name="mnist"), 1)
    assert wait_for_data(executor) == SUMMARY
    task = Train(3, Hyperparams(steps=20), 0, (10, 20), 1, tmp_path / "w.h5")
    *_, last = run_all(executor, task)
    assert last == Ended(3, State.COMPLETE)
