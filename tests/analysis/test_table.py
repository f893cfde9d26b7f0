"""The table: columns and types, and that every format says the same."""

import io
import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.analysis.export import FORMATS, export
from sweep.analysis.rows import append_row, csv_table, document, write_whole
from sweep.analysis.table import table
from sweep.errors import StoreError
from sweep.hyperparams import Hyperparams
from sweep.record import Evaluation, State, Trial, TrialRecord
from tests.conftest import spec_of

SPEC = spec_of(
    "{filters: {choices: [[8], [8, 16]]}, kernel_size: 3, batch_norm: {choices: [true, false]}, "
    "optimizer: {choices: [sgd, momentum]}, momentum: {low: 0.5, high: 0.9, when: {optimizer: momentum}}, steps: 20}",
    "baselines: {base: {filters: [8], batch_norm: true, optimizer: sgd, padding: valid}}",
)


def record(number: int, state: State = State.COMPLETE, score: float = 0.9, **knobs: object) -> TrialRecord:
    point = Hyperparams(**{"filters": (8, 16), "kernel_size": 3, "optimizer": "momentum", "steps": 20, **knobs})
    found = () if state is State.FAILED else (Evaluation(20, 0.5, 0.8, 0.25, score),)
    cause = 'killed, by\n"SIGKILL" | é' if state is State.FAILED else None
    return TrialRecord(Trial(number, number, point, 7, 1234, None), state, 0.0, 1.25, 20, found, cause)


RECORDS = [record(2, batch_norm=True), record(0, State.FAILED), record(1, optimizer="sgd", momentum=0.9)]


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


def test_columns_are_those_of_the_format_in_its_order() -> None:
    assert list(table(SPEC, RECORDS).columns) == [
        "number", "state", "val_accuracy", "val_loss", "accuracy", "loss",
        "filters", "kernel_size", "batch_norm", "optimizer", "momentum", "padding",
        "steps", "seconds", "seed", "configuration", "baseline", "parameters", "cause",
    ]  # fmt: skip


def test_rows_are_sorted_typed_and_missing_where_nothing_exists() -> None:
    frame = table(SPEC, RECORDS)
    assert frame["number"].tolist() == [0, 1, 2]
    assert frame["filters"].tolist() == ["[8, 16]"] * 3
    assert frame["momentum"].isna().tolist() == [False, True, False]
    assert frame["val_accuracy"].isna().tolist() == [True, False, False]
    kinds = {name: str(frame[name].dtype) for name in ("number", "momentum", "batch_norm", "filters", "kernel_size")}
    assert kinds == {
        "number": "Int64",
        "momentum": "Float64",
        "batch_norm": "boolean",
        "filters": "string",
        "kernel_size": "Int64",
    }


@pytest.mark.parametrize("kind", FORMATS)
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


@pytest.mark.parametrize("kind", FORMATS)
def test_a_table_without_trials_has_its_columns(kind: str) -> None:
    content = export(SPEC, [], kind)  # type: ignore[arg-type]
    assert content if kind != "json" else json.loads(content) == []


@given(st.floats(0, 1))
def test_numbers_keep_every_digit(score: float) -> None:
    for kind in ("csv", "json"):
        content = export(SPEC, [record(0, score=score)], kind)  # type: ignore[arg-type]
        assert read(kind, content)["val_accuracy"][0] == score  # type: ignore[arg-type]


@given(
    st.lists(
        st.builds(
            record,
            st.integers(0, 10**6),
            st.sampled_from(State),
            st.floats(allow_nan=False, allow_infinity=False),
            momentum=st.floats(0, 1, exclude_max=True),
            batch_norm=st.booleans(),
            optimizer=st.sampled_from(["sgd", "momentum"]),
        ),
        max_size=4,
        unique_by=lambda r: r.trial.number,
    )
)
def test_csv_is_what_pandas_would_write(records: list[TrialRecord]) -> None:
    assert csv_table(SPEC, records).decode() == table(SPEC, records).to_csv(index=False, lineterminator="\n")


def test_rows_that_are_added_make_the_table_that_is_written_at_once(tmp_path: Path) -> None:
    path = tmp_path / "trials.csv"
    write_whole(path, csv_table(SPEC, []))
    for one in sorted(RECORDS, key=lambda r: r.trial.number):
        append_row(path, SPEC, one)
    assert path.read_bytes() == csv_table(SPEC, RECORDS)


def test_files_that_cannot_be_written_are_store_errors(tmp_path: Path) -> None:
    for action in (lambda p: write_whole(p, b""), lambda p: append_row(p, SPEC, RECORDS[0])):
        with pytest.raises(StoreError, match="cannot write"):
            action(tmp_path / "none" / "x.csv")


def test_the_document_has_plain_values_and_null_for_what_is_missing() -> None:
    found = json.loads(json.dumps(document(SPEC, RECORDS), allow_nan=False))
    assert (found["name"], found["objective"]) == ("test", {"maximize": "val_accuracy"})
    failed, sgd, _ = found["trials"]
    assert set(failed) == {
        "number", "configuration", "state", "hyperparameters", "seed", "steps", "seconds", "val_accuracy", "val_loss",
        "accuracy", "loss", "parameters", "baseline", "cause",
    }  # fmt: skip
    assert (failed["state"], failed["val_accuracy"], failed["steps"]) == ("failed", None, 20)
    assert sgd["hyperparameters"] == {
        "filters": [8, 16],
        "kernel_size": 3,
        "batch_norm": False,
        "optimizer": "sgd",
        "momentum": None,
        "steps": 20,
        "padding": "same",
    }
