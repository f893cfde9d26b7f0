"""Sinks record and show the trials: the ledger first, then everything derived from it.

A sink receives every trial in the order of the events. The coordinator holds the tuple of sinks;
a caller adds its own as `Options.sinks`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sweep.analysis.rows import append_row, csv_table
from sweep.engine.view import View
from sweep.files import write_whole
from sweep.space import SweepSpec
from sweep.store import KeptWeights, Ledger
from sweep.track.tracker import Identity, Tracker
from sweep.trial import Trace, TrialRecord


class Sink(Protocol):
    """Receives the news of the trials."""

    def begin(self, finished: Sequence[TrialRecord]) -> None:
        """Called before the first trial of this run; `finished` are the trials of earlier runs."""

    def started(self, record: TrialRecord) -> None:
        """A trial takes its first step."""

    def evaluated(self, record: TrialRecord) -> None:
        """A trial has a new evaluation, the last of `record`."""

    def ended(self, record: TrialRecord, traces: Sequence[Trace]) -> None:
        """A trial has its outcome."""


@dataclass(frozen=True)
class LedgerSink:
    """Records outcomes in the ledger, where they are safe."""

    ledger: Ledger

    def begin(self, finished: Sequence[TrialRecord]) -> None: ...

    def started(self, record: TrialRecord) -> None: ...

    def evaluated(self, record: TrialRecord) -> None: ...

    def ended(self, record: TrialRecord, traces: Sequence[Trace]) -> None:
        self.ledger.finish(record, traces)


@dataclass(frozen=True)
class TableSink:
    """Keeps the results table up to date."""

    path: Path
    spec: SweepSpec

    def begin(self, finished: Sequence[TrialRecord]) -> None:
        write_whole(self.path, csv_table(self.spec, finished))

    def started(self, record: TrialRecord) -> None: ...

    def evaluated(self, record: TrialRecord) -> None: ...

    def ended(self, record: TrialRecord, traces: Sequence[Trace]) -> None:  # noqa: ARG002 a Sink
        append_row(self.path, self.spec, record)


@dataclass(frozen=True)
class WeightsSink:
    """Keeps the weights of the best trials."""

    kept: KeptWeights

    def begin(self, finished: Sequence[TrialRecord]) -> None:  # noqa: ARG002 a Sink
        self.kept.remove_others()

    def started(self, record: TrialRecord) -> None: ...

    def evaluated(self, record: TrialRecord) -> None: ...

    def ended(self, record: TrialRecord, traces: Sequence[Trace]) -> None:  # noqa: ARG002 a Sink
        self.kept.update(record.trial.number)


@dataclass(frozen=True)
class TrackerSink:
    """Shows the trials in MLflow."""

    tracker: Tracker
    identity: Identity

    def begin(self, finished: Sequence[TrialRecord]) -> None:
        self.tracker.begin(self.identity, tuple(finished))

    def started(self, record: TrialRecord) -> None:
        self.tracker.start(record, self.identity.spec.flat(record.trial.point))

    def evaluated(self, record: TrialRecord) -> None:
        self.tracker.evaluation(record.trial.number, record.evaluations[-1])

    def ended(self, record: TrialRecord, traces: Sequence[Trace]) -> None:  # noqa: ARG002 a Sink
        self.tracker.end(record)


@dataclass(frozen=True)
class ViewSink:
    """Shows the trials to a person."""

    view: View
    spec: SweepSpec
    workers: int

    def begin(self, finished: Sequence[TrialRecord]) -> None:
        self.view.begin(self.spec, finished, self.workers)

    def started(self, record: TrialRecord) -> None:
        self.view.running(record)

    def evaluated(self, record: TrialRecord) -> None:
        self.view.running(record)

    def ended(self, record: TrialRecord, traces: Sequence[Trace]) -> None:  # noqa: ARG002 a Sink
        self.view.ended(record)
