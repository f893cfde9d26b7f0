"""Every format says the same."""

import io
import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.analysis.export import FORMATS
from sweep.analysis.rows import document
from sweep.analysis.table import table
from sweep.trial.record import TrialRecord
from tests.analysis.records import RECORDS, SPEC, record
from tests.conftest import spec_of
from tests.fakes import SUMMARY


def read(kind: str, content: bytes) -> pd.DataFrame:
    match kind:
        case "csv":
            return pd.read_csv(io.BytesIO(content))
        case "json":
            return pd.DataFrame(json.loads(content))
        case "parquet":
            return pd.read_parquet(io.BytesIO(content))
        case _:
            raise AssertionError(kind)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_says_the_same(kind: str) -> None:
    frame = table(SPEC, RECORDS)
    content = FORMATS[kind].content(SPEC, RECORDS)
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


@pytest.mark.parametrize("kind", FORMATS)
def test_a_table_without_trials_has_its_columns(kind: str) -> None:
    content = FORMATS[kind].content(SPEC, [])
    assert content if kind != "json" else json.loads(content) == []


@given(st.floats(0, 1))
def test_numbers_keep_every_digit(score: float) -> None:
    for kind in ("csv", "json"):
        content = FORMATS[kind].content(SPEC, [record(0, score=score)])
        assert read(kind, content)["val_accuracy"][0] == score


# A column whose every list has one entry, and what a trial with 64 there has in it.
LISTS_OF_ONE = {
    "dense": ("{dense: {choices: [[64], [8]]}, steps: 20}", {"dense": (64,)}),
    "filters": ("{filters: {choices: [[64], [8]]}, steps: 20}", {"filters": (64,)}),
    "kernel_size": (
        "{filters: [4], kernel_size: {choices: [[3], [64]]}, steps: 20}",
        {"kernel_size": (64,)},
    ),
    "strides": ("{filters: [4], strides: {choices: [[1], [64]]}, steps: 20}", {"strides": (64,)}),
}


def one(**knobs: object) -> TrialRecord:
    named: dict[str, Any] = {"kernel_size": 5, "optimizer": "adam", **knobs}
    return record(0, **named)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(("name", "case"), LISTS_OF_ONE.items(), ids=LISTS_OF_ONE)
def test_a_column_of_lists_of_one_holds_their_numbers(
    name: str, case: tuple[str, dict[str, object]], kind: str
) -> None:
    space, knobs = case
    spec = spec_of(space)
    content = FORMATS[kind].content(spec, [one(**knobs)])
    if kind == "md":
        assert "[64]" not in content.decode()
        assert " 64 " in content.decode()
        return
    back = read(kind, content)[name]
    assert back.tolist() == [64]
    assert pd.api.types.is_integer_dtype(back)
    assert document(spec, [one(**knobs)], SUMMARY)["trials"][0]["hyperparameters"][name] == 64


BASELINE = "baselines: {{b: {{dense: {}}}}}"


def test_one_longer_list_makes_the_whole_column_text() -> None:
    dense = "{dense: {choices: [[64], [8]]}, steps: 20}"
    assert spec_of(dense, BASELINE.format([16])).list_columns == frozenset()
    conditional = "{optimizer: {choices: [sgd, adam]}, dense: {choices: [[64], [8]], when: {optimizer: adam}}, steps: 20}"
    assert spec_of(conditional, "baselines: {b: {optimizer: sgd}}").list_columns == frozenset()
    for other in ([], [8, 8]):
        spec = spec_of(dense, BASELINE.format(other))
        assert json.loads(FORMATS["json"].content(spec, [one(dense=(64,))]))[0]["dense"] == "[64]"
        assert document(spec, [one(dense=(64,))], SUMMARY)["trials"][0]["hyperparameters"][
            "dense"
        ] == [64]


def test_a_column_with_lists_has_its_single_numbers_as_text_too() -> None:
    spec = spec_of("{filters: [4, 4], kernel_size: {choices: [3, [5, 3]]}, steps: 20}")
    records = [record(0, kernel_size=3), record(1, kernel_size=(5, 3))]
    assert [row["kernel_size"] for row in json.loads(FORMATS["json"].content(spec, records))] == [
        "3",
        "[5, 3]",
    ]
    assert table(spec, records)["kernel_size"].tolist() == ["3", "[5, 3]"]
