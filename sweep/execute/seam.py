"""The seam behind which trials run: submit, events, stop, capacity.

    with some_executor as executor:
        executor.submit(job)
        for event in executor.events(): ...

An executor knows neither Optuna nor the ledger nor MLflow; what a trial says comes back as events.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from sweep.trial.events import Event
from sweep.trial.images import DataSummary
from sweep.trial.tasks import Job

# The numbers under which the ends of `publish` and `examine` are told.
PUBLISHER = -1
EXAMINER = -2


class Executor(Protocol):
    """Runs jobs. `submit` and `stop` return at once. A job that is submitted while `capacity` of
    them run is made ready meanwhile, and goes on as soon as one of them has ended."""

    @property
    def capacity(self) -> int:
        """How many jobs run at once."""

    def data(self) -> DataSummary | None:
        """The data that every job trains on; None until `events` has seen them loaded."""

    def submit(self, job: Job) -> None: ...

    def stop(self, number: int) -> None:
        """Tells a trial to stop; its `Ended` still follows."""

    def events(self) -> list[Event]:
        """What happened since the last call; waits until something has, or a little time went by.
        Raises `DataError` where the data cannot be loaded, `SweepError` where no trial can run any
        more."""

    def publish(self, model: Mapping[str, Any]) -> None:
        """Has a network logged to MLflow (`sweep.train.publish`); an `Ended` with the number
        `PUBLISHER` follows."""

    def examine(self, model: Mapping[str, Any]) -> None:
        """Has a network examined (`sweep.train.examine`); an `Ended` with the number `EXAMINER`
        follows."""

    def close(self) -> None:
        """Ends every trial that still runs."""
