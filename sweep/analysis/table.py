"""The results table as a pandas data frame: one row per trial, typed."""

import io
from collections.abc import Iterable
from typing import TypeAlias

import pandas as pd

from sweep.analysis.rows import FIXED, by_number, columns, row
from sweep.space import KNOBS, SweepSpec
from sweep.trial import TrialRecord

# For modules that pass a table on without importing pandas.
Frame: TypeAlias = pd.DataFrame

_TYPES: dict[type, str] = {int: "Int64", float: "Float64", str: "string", bool: "boolean"}


def table(spec: SweepSpec, records: Iterable[TrialRecord]) -> pd.DataFrame:
    """The trials by number, with missing values as `pd.NA`; lists are text such as `[32, 64]`."""
    rows = [row(spec, record) for record in by_number(records)]
    types = {name: _type(spec, name) for name in columns(spec)}
    return pd.DataFrame(
        {name: pd.Series([row[name] for row in rows], dtype=kind) for name, kind in types.items()}
    )


def markdown(frame: pd.DataFrame) -> bytes:
    """The table in Markdown."""
    text: str = _plain(frame).map(_markdown).to_markdown(index=False, disable_numparse=True)
    return (text + "\n").encode()


def parquet(frame: pd.DataFrame) -> bytes:
    """The table as a Parquet file."""
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


def _type(spec: SweepSpec, name: str) -> str:
    if name in FIXED:
        return _TYPES[FIXED[name].kind]
    if name in spec.list_columns:
        return "string"
    return _TYPES[KNOBS[name.partition(".")[0]].kind]


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with Python's own values, and None for missing ones."""
    return frame.astype(object).where(frame.notna(), None)


def _markdown(value: object) -> str:
    if value is None:
        return ""
    return " ".join(str(value).replace("|", "\\|").split())
