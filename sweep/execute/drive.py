"""The interface that runs tasks, and functions that drive it. An executor has five members:

    with closing(some_executor) as executor:
        executor.submit(task)
        for event in executor.events(): ...

An executor knows neither Optuna nor the ledger nor MLflow. It only returns events.
"""

from collections.abc import Callable, Iterator
from typing import Protocol

from sweep.trial import DataSummary, Event, Loaded, Progress, Reading, Task, ends, unseen


class Executor(Protocol):
    """Runs tasks, each in its own process."""

    @property
    def capacity(self) -> int:
        """How many trials train at once."""

    def submit(self, task: Task) -> None:
        """Starts a task and returns at once.

        While `capacity` trials train, another trial is prepared, and begins once one of them has
        ended. Errands do not wait.
        """

    def stop(self, number: int) -> None:
        """Tells a trial to stop, and returns at once. Its `Ended` still follows."""

    def events(self) -> list[Event]:
        """The events since the last call; waits for one, but not for long.

        The first event is `Loaded`, but for `Reading` before it. Every task ends with `Ended` or
        `Done`. Raises `DataError` if the data cannot be loaded, and `SweepError` if no task can run
        any more.
        """

    def close(self) -> None:
        """Ends every task that still runs. A second call does nothing."""


def nothing() -> None:
    """The default check: does nothing."""


def drive(
    executor: Executor,
    take: Callable[[Event], None],
    is_done: Callable[[], bool],
    check: Callable[[], None] = nothing,
) -> None:
    """Passes every event to `take` until `is_done()`. After each wait `check` may raise."""
    while not is_done():
        for event in executor.events():
            take(event)
        check()


def wait_for_data(
    executor: Executor,
    check: Callable[[], None] = nothing,
    reading: Progress = unseen,
) -> DataSummary:
    """Waits for the data of a new executor. Raises `DataError` if they cannot be loaded.

    `reading` takes how many image files have been read, and how many there are.
    """
    while True:
        for event in executor.events():
            if isinstance(event, Reading):
                reading(event.done, event.total)
            if isinstance(event, Loaded):
                return event.data
        check()


def run_all(
    executor: Executor, *tasks: Task, check: Callable[[], None] = nothing
) -> Iterator[Event]:
    """Submits `tasks`, and yields events until all of them have ended."""
    waiting = list(tasks)
    for task in tasks:
        executor.submit(task)
    while waiting:
        for event in executor.events():
            waiting = [task for task in waiting if not ends(event, task)]
            yield event
        check()
