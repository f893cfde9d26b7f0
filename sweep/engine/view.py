"""The interface through which the coordinator shows a running sweep.

Tested in tests/engine/test_sinks.py.
"""

from collections.abc import Sequence
from typing import Protocol

from sweep.space import SweepSpec
from sweep.trial import TrialRecord


class View(Protocol):
    """Shows what the coordinator reports, and decides nothing."""

    def reading(self, done: int, total: int) -> None:
        """So many of the image files have been read. It is called now and then before `begin`."""

    def begin(self, spec: SweepSpec, finished: Sequence[TrialRecord], workers: int) -> None: ...

    def running(self, record: TrialRecord) -> None:
        """A trial has started, or has a new evaluation."""

    def ended(self, record: TrialRecord) -> None: ...

    def note(self, text: str) -> None: ...

    def close(self) -> None: ...


class Silent:
    """A view that shows nothing."""

    def reading(self, done: int, total: int) -> None: ...

    def begin(self, spec: SweepSpec, finished: Sequence[TrialRecord], workers: int) -> None: ...

    def running(self, record: TrialRecord) -> None: ...

    def ended(self, record: TrialRecord) -> None: ...

    def note(self, text: str) -> None: ...

    def close(self) -> None: ...
