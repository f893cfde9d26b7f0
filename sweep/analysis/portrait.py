"""All data of one trial: hyperparameters, layers, evaluations and traces."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sweep.analysis.rows import trial_document
from sweep.errors import InputError
from sweep.space import Layer, SweepSpec, flops, layer_document, plan
from sweep.store import Ledger, read_sweep
from sweep.trial import Trace, TrialRecord


@dataclass(frozen=True)
class Portrait:
    """A trial, its network layer by layer, and its traces.

    `classes` are the names for the probabilities in the traces.
    """

    spec: SweepSpec
    record: TrialRecord
    layers: tuple[Layer, ...]
    traces: tuple[Trace, ...]
    classes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.spec.name,
            "trial": trial_document(self.spec, self.record),
            "flops": flops(self.layers),
            "layers": [layer_document(layer) for layer in self.layers],
            "evaluations": [asdict(evaluation) for evaluation in self.record.evaluations],
            "classes": list(self.classes),
            "traces": [asdict(trace) for trace in self.traces],
        }


def portrait(folder: Path, number: int) -> Portrait:
    """Everything known of trial `number` of the sweep in `folder`.

    Raises `InputError` if the sweep has no such trial, and `StoreError` if the ledger cannot be
    read.
    """
    spec, records, facts = read_sweep(folder)
    record = find(records, number, folder)
    with Ledger.open_to_read(folder) as ledger:
        traces = tuple(ledger.traces(number))
    layers = plan(record.trial.point, facts.data.shape, len(facts.data.classes))
    return Portrait(spec, record, layers, traces, facts.data.classes)


def find(records: list[TrialRecord], number: int, folder: Path) -> TrialRecord:
    """Trial `number` of these. Raises `InputError` if there is none."""
    record = next((r for r in records if r.trial.number == number), None)
    if record is None:
        last = max((r.trial.number for r in records), default=None)
        if last is None:
            hint = "no trial has begun yet"
        else:
            hint = f"its trials have the numbers 0 to {last}"
        raise InputError(f"there is no trial {number}", hint, str(folder))
    return record
