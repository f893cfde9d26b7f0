"""Driving an executor: waiting for the data, and for tasks to end."""

from collections.abc import Callable, Iterator

from sweep.execute.seam import Executor
from sweep.trial import DataSummary, Event, Loaded, Task, ends


def nothing() -> None:
    """The check of a caller who has nothing to check."""


def drive(
    executor: Executor,
    take: Callable[[Event], None],
    is_done: Callable[[], bool],
    check: Callable[[], None] = nothing,
) -> None:
    """Gives every event to `take` until `is_done`. After each wait `check` may raise."""
    while not is_done():
        for event in executor.events():
            take(event)
        check()


def wait_for_data(executor: Executor, check: Callable[[], None] = nothing) -> DataSummary:
    """The data of a new executor, once they are loaded. Raises `DataError` where they cannot be."""
    while True:
        for event in executor.events():
            if isinstance(event, Loaded):
                return event.data
        check()


def run_all(
    executor: Executor, *tasks: Task, check: Callable[[], None] = nothing
) -> Iterator[Event]:
    """Submits `tasks`, and yields what happens until all of them have ended."""
    waiting = list(tasks)
    for task in tasks:
        executor.submit(task)
    while waiting:
        for event in executor.events():
            waiting = [task for task in waiting if not ends(event, task)]
            yield event
        check()
