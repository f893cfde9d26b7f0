"""The results table row by row, as plain values, for CSV and JSON.

It needs no pandas, so that commands which only read start at once.
"""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweep.data.line import data_document
from sweep.files import unwritable
from sweep.space import SweepSpec, Value
from sweep.trial import DataSummary, TrialRecord, configurations, took

Cell = bool | int | float | str | None


@dataclass(frozen=True)
class Column:
    """A column of every table: name, type, and how to get its value from a trial."""

    name: str
    kind: type[int] | type[float] | type[str]
    of: Callable[[TrialRecord], Cell]


# The columns before the hyperparameters and after them.
_BEFORE = (
    Column("number", int, lambda record: record.trial.number),
    Column("state", str, lambda record: record.state.value),
    Column("val_accuracy", float, lambda record: record.metric("val_accuracy")),
    Column("val_balanced_accuracy", float, lambda record: record.metric("val_balanced_accuracy")),
    Column("val_macro_f1", float, lambda record: record.metric("val_macro_f1")),
    Column("val_loss", float, lambda record: record.metric("val_loss")),
    Column("accuracy", float, lambda record: record.metric("accuracy")),
    Column("loss", float, lambda record: record.metric("loss")),
)
_BEST_STEP = "best_step"
_AFTER = (
    Column("steps", int, lambda record: record.steps),
    Column(_BEST_STEP, int, lambda record: record.best_step),
    Column(
        "seconds",
        float,
        lambda record: None if record.seconds is None else round(record.seconds, 3),
    ),
    Column("seed", int, lambda record: record.trial.seed),
    Column("configuration", int, lambda record: record.trial.configuration),
    Column("baseline", str, lambda record: record.trial.baseline),
    Column("parameters", int, lambda record: record.trial.parameters),
    Column("cause", str, lambda record: record.cause),
)
FIXED = {column.name: column for column in (*_BEFORE, *_AFTER)}
# Their order in the JSON document; one that the table lacks is left out.
_DOCUMENTED = (
    "number",
    "configuration",
    "state",
    "seed",
    "steps",
    _BEST_STEP,
    "seconds",
    "val_accuracy",
    "val_balanced_accuracy",
    "val_macro_f1",
    "val_loss",
    "accuracy",
    "loss",
    "parameters",
    "baseline",
    "cause",
)


def columns(spec: SweepSpec) -> list[str]:
    """The names of the columns, in the order of the table."""
    varied = (name for name in spec.columns if name not in FIXED)
    return [*(column.name for column in _BEFORE), *varied, *(c.name for c in _after(spec))]


def _after(spec: SweepSpec) -> list[Column]:
    """The columns after the hyperparameters. Only trials that are judged by their best evaluation
    have its step."""
    judged_by_best = spec.objective.of == "best"
    return [column for column in _AFTER if judged_by_best or column.name != _BEST_STEP]


def by_number(records: Iterable[TrialRecord]) -> list[TrialRecord]:
    return sorted(records, key=lambda r: r.trial.number)


def row(spec: SweepSpec, record: TrialRecord) -> dict[str, Cell]:
    """One trial by the names of `columns`; lists of layers are text such as `[32, 64]`."""
    return _row(spec, record, spec.flat(record.trial.point))


def csv_table(spec: SweepSpec, records: Iterable[TrialRecord]) -> bytes:
    """The trials by number as a CSV file with a header, with every digit; missing values are
    empty."""
    return _csv([columns(spec), *(row(spec, record).values() for record in by_number(records))])


def append_row(path: Path, spec: SweepSpec, record: TrialRecord) -> None:
    """Appends one trial to a CSV file with a header. Raises `StoreError` if it cannot be
    written."""
    try:
        with path.open("ab") as file:
            file.write(_csv([row(spec, record).values()]))
    except OSError as error:
        raise unwritable(path, error) from error


def document(
    spec: SweepSpec,
    records: Iterable[TrialRecord],
    data: DataSummary,
    *,
    exhausted: bool = False,
) -> dict[str, Any]:
    """The JSON document of `sweep show`: plain values, missing ones None.

    `exhausted` is whether the sweep ended because nothing in its space was left to try.
    """
    ordered = by_number(records)
    whole = took(ordered)
    objective: dict[str, str] = {spec.objective.direction: spec.objective.metric}
    if spec.objective.of == "best":
        objective["of"] = "best"
    return {
        "name": spec.name,
        "objective": objective,
        "data": data_document(data),
        "took": {
            "wall_seconds": round(whole.wall_seconds, 3),
            "trial_seconds": round(whole.trial_seconds, 3),
        },
        "exhausted": exhausted,
        "best": _best_document(spec, ordered),
        "trials": [trial_document(spec, record) for record in ordered],
    }


def _best_document(spec: SweepSpec, records: Iterable[TrialRecord]) -> dict[str, Any] | None:
    """The best configuration so far, or None if no trial completed.

    Its value is the objective, averaged over its trainings. `trial` is the training whose network
    represents it.
    """
    best = next(iter(configurations(spec, records)), None)
    if best is None:
        return None
    metric = spec.objective.metric
    return {
        "trial": best.best.trial.number,
        "configuration": best.number,
        "trainings": len(best.complete) if best.is_settled else 1,
        "value": best.value(metric),
        "sd": best.spread(metric),
    }


def trial_document(spec: SweepSpec, record: TrialRecord) -> dict[str, Any]:
    """One trial of the document."""
    flat = spec.flat(record.trial.point)
    known = _row(spec, record, flat)
    hyperparameters = {name: list(v) if isinstance(v, tuple) else v for name, v in flat.items()}
    documented = {name: known[name] for name in _DOCUMENTED if name in known}
    return {**documented, "hyperparameters": hyperparameters}


def _row(spec: SweepSpec, record: TrialRecord, flat: dict[str, Value | None]) -> dict[str, Cell]:
    row = {column.name: column.of(record) for column in _BEFORE}
    for name, value in flat.items():
        if name not in FIXED:
            row[name] = _cell(value, name in spec.list_columns)
    for column in _after(spec):
        row[column.name] = column.of(record)
    return row


def _cell(value: Value | None, as_text: bool) -> Cell:
    """A value as a table shows it. In a column with lists everything is text, even a single
    number."""
    if isinstance(value, tuple):
        return str(list(value))
    if as_text and value is not None:
        return str(value)
    return value


def _csv(rows: Iterable[Iterable[Cell]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
