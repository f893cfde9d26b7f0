"""Changes to a command's own process; the library never makes them in its caller's."""

import logging
import os
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from sweep.errors import Interrupted


@contextmanager
def noted_signals(command: str) -> Iterator[Callable[[], None]]:
    """Yields a function that raises `Interrupted` once SIGINT or SIGTERM has arrived.

    A second signal ends the process at once. `command` is the command that continues the sweep.
    """
    arrived: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        arrived.append(number)
        signal.signal(number, signal.SIG_DFL)

    def check() -> None:
        if arrived:
            raise Interrupted(arrived[0], f"go on with: {command}")

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield check
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def quiet_libraries() -> None:
    """Limits what Optuna and MLflow print to errors, whenever they are imported."""
    # MLflow sets the level of its loggers when it is imported.
    os.environ["MLFLOW_LOGGING_LEVEL"] = "ERROR"
    for name in ("optuna", "mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"mlflow\..*")
