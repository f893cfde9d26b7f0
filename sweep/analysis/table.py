"""The results table: one row per trial, the columns of the file format, typed. The tables are pandas'."""

import errno
import io
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import pandas as pd

from sweep.errors import StoreError
from sweep.hyperparams import KNOBS, Value
from sweep.record import TrialRecord
from sweep.spec import SweepSpec

Format: TypeAlias = Literal["csv", "json", "md", "parquet"]
FORMATS: tuple[Format, ...] = get_args(Format)

_BEFORE: dict[str, str] = {
    "number": "Int64",
    "state": "string",
    "val_accuracy": "Float64",
    "val_loss": "Float64",
    "accuracy": "Float64",
    "loss": "Float64",
}
_AFTER: dict[str, str] = {
    "steps": "Int64",
    "seconds": "Float64",
    "seed": "Int64",
    "configuration": "Int64",
    "baseline": "string",
    "parameters": "Int64",
    "cause": "string",
}
# What the JSON document says of a trial besides its hyperparameters.
_DOCUMENTED = (
    "number", "configuration", "state", "seed", "steps", "seconds", "val_accuracy", "val_loss", "accuracy", "loss",
    "parameters", "baseline", "cause",
)  # fmt: skip
_TYPES: dict[type, str] = {int: "Int64", float: "Float64", str: "string", bool: "boolean"}


def table(spec: SweepSpec, records: Iterable[TrialRecord]) -> pd.DataFrame:
    """The trials by number, missing values as `pd.NA`; lists of layers are text such as `[32, 64]`."""
    types = _types(spec)
    rows = [_row(spec, record) for record in sorted(records, key=lambda r: r.trial.number)]
    return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=kind) for name, kind in types.items()})


def export(frame: pd.DataFrame, kind: Format) -> bytes:
    """The table as the content of a file of that format; numbers keep every digit."""
    match kind:
        case "csv":
            return _csv(frame, header=True).encode()
        case "json":
            # pandas would round to 15 digits.
            return (json.dumps(_plain(frame).to_dict(orient="records"), indent=1, allow_nan=False) + "\n").encode()
        case "md":
            text: str = _plain(frame).map(_markdown).to_markdown(index=False, disable_numparse=True)
            return (text + "\n").encode()
        case "parquet":
            buffer = io.BytesIO()
            frame.to_parquet(buffer, index=False)
            return buffer.getvalue()


def append_row(path: Path, spec: SweepSpec, record: TrialRecord) -> None:
    """Adds one trial to a CSV file that has its header. Raises `StoreError` where that cannot be written."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(_csv(table(spec, [record]), header=False))
    except OSError as error:
        raise _unwritable(path, error) from error


def make_folder(folder: Path) -> None:
    """Makes a folder, and those above it, unless it is there. Raises `StoreError` where that cannot be done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


def write_whole(path: Path, content: bytes) -> None:
    """Puts a file into place in one step. Raises `StoreError` where that cannot be written."""
    beside = path.with_name(f".{path.name}.new")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> StoreError:
    hint = "free the disk" if error.errno == errno.ENOSPC else "make its folder writable, or choose another place"
    return StoreError(f"cannot write: {error.strerror}", hint, str(path))


def document(spec: SweepSpec, records: Iterable[TrialRecord]) -> dict[str, Any]:
    """The JSON document of `sweep show`: plain values, missing ones None."""
    trials = [trial_document(spec, record) for record in sorted(records, key=lambda r: r.trial.number)]
    objective = {spec.objective.direction: spec.objective.metric}
    return {"name": spec.name, "objective": objective, "trials": trials}


def trial_document(spec: SweepSpec, record: TrialRecord) -> dict[str, Any]:
    """One trial of that document."""
    row = _row(spec, record)
    flat = spec.flat(record.trial.point)
    hyperparameters = {name: list(v) if isinstance(v, tuple) else v for name, v in flat.items()}
    return {**{name: row[name] for name in _DOCUMENTED}, "hyperparameters": hyperparameters}


def _types(spec: SweepSpec) -> dict[str, str]:
    names = [name for name in spec.columns if name != "steps"]
    return {**_BEFORE, **{name: _type(spec, name) for name in names}, **_AFTER}


def _type(spec: SweepSpec, name: str) -> str:
    knob, _, layer = name.partition(".")
    holds_lists = not layer and KNOBS[knob].takes_list and any(isinstance(v, tuple) for v in spec.values_of(name))
    return "string" if holds_lists else _TYPES[KNOBS[knob].kind]


def _row(spec: SweepSpec, record: TrialRecord) -> dict[str, Value | None]:
    trial = record.trial
    return {
        "number": trial.number,
        "state": record.state.value,
        "val_accuracy": record.metric("val_accuracy"),
        "val_loss": record.metric("val_loss"),
        "accuracy": record.metric("accuracy"),
        "loss": record.metric("loss"),
        **{name: _cell(value) for name, value in spec.flat(trial.point).items() if name != "steps"},
        "steps": record.steps,
        "seconds": None if record.seconds is None else round(record.seconds, 3),
        "seed": trial.seed,
        "configuration": trial.configuration,
        "baseline": trial.baseline,
        "parameters": trial.parameters,
        "cause": record.cause,
    }


def _cell(value: Value | None) -> bool | int | float | str | None:
    return str(list(value)) if isinstance(value, tuple) else value


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with Python's own values, None where one is missing."""
    return frame.astype(object).where(frame.notna(), None)


def _markdown(value: object) -> str:
    return "" if value is None else " ".join(str(value).replace("|", "\\|").split())


def _csv(frame: pd.DataFrame, *, header: bool) -> str:
    text: str = frame.to_csv(index=False, header=header, lineterminator="\n")
    return text
