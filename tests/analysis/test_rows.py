"""The table row by row: what pandas would write, and how it gets into place."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.analysis.rows import append_row, csv_table, document
from sweep.analysis.table import table
from sweep.errors import StoreError
from sweep.files import write_whole
from sweep.trial.record import State, TrialRecord
from tests.analysis.records import RECORDS, SPEC, record
from tests.fakes import SUMMARY


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
    assert csv_table(SPEC, records).decode() == table(SPEC, records).to_csv(
        index=False, lineterminator="\n"
    )


def test_rows_that_are_added_make_the_table_that_is_written_at_once(tmp_path: Path) -> None:
    path = tmp_path / "trials.csv"
    write_whole(path, csv_table(SPEC, []))
    for one in sorted(RECORDS, key=lambda r: r.trial.number):
        append_row(path, SPEC, one)
    assert path.read_bytes() == csv_table(SPEC, RECORDS)


def test_files_that_cannot_be_written_are_store_errors(tmp_path: Path) -> None:
    path = tmp_path / "none" / "x.csv"
    with pytest.raises(StoreError, match="cannot write"):
        write_whole(path, b"")
    with pytest.raises(StoreError, match="cannot write"):
        append_row(path, SPEC, RECORDS[0])


def test_the_document_has_plain_values_and_null_for_what_is_missing() -> None:
    found = json.loads(json.dumps(document(SPEC, RECORDS, SUMMARY), allow_nan=False))
    assert (found["name"], found["objective"]) == ("test", {"maximize": "val_accuracy"})
    assert found["data"]["largest_class"] is None
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
