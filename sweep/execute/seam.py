"""The seam behind which tasks run: five members.

    with closing(some_executor) as executor:
        executor.submit(task)
        for event in executor.events(): ...

An executor knows neither Optuna nor the ledger nor MLflow. What happens comes back as events.
"""

from typing import Protocol

from sweep.trial import Event, Task


class Executor(Protocol):
    """Runs tasks, each in a process of its own."""

    @property
    def capacity(self) -> int:
        """How many trials train at once."""

    def submit(self, task: Task) -> None:
        """Returns at once. A trial that is submitted while `capacity` of them train is made ready
        meanwhile, and begins as soon as one of them has ended. Errands do not wait."""

    def stop(self, number: int) -> None:
        """Tells a trial to stop, and returns at once. Its `Ended` still follows."""

    def events(self) -> list[Event]:
        """What happened since the last call. Waits until something has, or a little time went by.

        The first event is `Loaded`; each task ends with `Ended` or `Done`. Raises `DataError`
        where the data cannot be loaded, `SweepError` where no task can run any more.
        """

    def close(self) -> None:
        """Ends every task that still runs. A second time does nothing."""
