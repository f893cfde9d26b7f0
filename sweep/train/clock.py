"""Measures how a trial spends its time."""

import time
from dataclasses import replace
from typing import Literal, TypeAlias

from sweep.trial import Spent

Phase: TypeAlias = Literal[
    "fork", "begin", "data", "build", "compile", "wait", "train", "evaluate", "save"
]


class Clock:
    """Adds up the seconds of each phase.

    `begun` is a `time.perf_counter`, which on Linux is the same clock in every process.
    """

    def __init__(self, begun: float) -> None:
        self.spent = Spent()
        self._last = begun

    def lap(self, phase: Phase) -> None:
        """Adds the time since the last lap to this phase."""
        now = time.perf_counter()
        self.spent = replace(self.spent, **{phase: getattr(self.spent, phase) + now - self._last})
        self._last = now
