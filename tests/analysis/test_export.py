"""Every format says the same."""

import io
import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.analysis.export import export
from sweep.analysis.table import table
from sweep.cli import ExportFormat
from tests.analysis.records import RECORDS, SPEC, record


def read(kind: str, content: bytes) -> pd.DataFrame:
    match kind:
        case "csv":
            return pd.read_csv(io.BytesIO(content), dtype={"filters": "string"})
        case "json":
            return pd.DataFrame(json.loads(content))
        case "parquet":
            return pd.read_parquet(io.BytesIO(content))
        case _:
            raise AssertionError(kind)


@pytest.mark.parametrize("kind", ExportFormat)
def test_every_format_says_the_same(kind: str) -> None:
    frame = table(SPEC, RECORDS)
    content = export(SPEC, RECORDS, kind)  # type: ignore[arg-type]
    if kind == "md":
        lines = content.decode().splitlines()
        assert [cell.strip() for cell in lines[0].strip("|").split("|")] == list(frame.columns)
        assert len(lines) == 2 + len(frame)
        assert lines[2].split("|")[-2].strip().endswith("é")
        return
    back = read(kind, content)
    assert list(back.columns) == list(frame.columns)
    for name in frame.columns:
        ours = [None if pd.isna(v) else v for v in frame[name]]
        assert [None if pd.isna(v) else v for v in back[name]] == ours, name


@pytest.mark.parametrize("kind", ExportFormat)
def test_a_table_without_trials_has_its_columns(kind: str) -> None:
    content = export(SPEC, [], kind)  # type: ignore[arg-type]
    assert content if kind != "json" else json.loads(content) == []


@given(st.floats(0, 1))
def test_numbers_keep_every_digit(score: float) -> None:
    for kind in ("csv", "json"):
        content = export(SPEC, [record(0, score=score)], kind)  # type: ignore[arg-type]
        assert read(kind, content)["val_accuracy"][0] == score  # type: ignore[arg-type]
