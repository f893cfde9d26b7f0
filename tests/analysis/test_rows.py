"""The table row by row: what pandas would write, and how it gets into place."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.analysis.rows import append_row, columns, csv_table, document
from sweep.analysis.table import table
from sweep.errors import StoreError
from sweep.files import write_whole
from sweep.space.objectives import Objectives
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
        "number", "configuration", "state", "hyperparameters", "seed", "steps", "seconds", "val_accuracy",
        "val_balanced_accuracy", "val_macro_f1", "val_loss", "accuracy", "loss", "parameters", "baseline", "cause",
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


def test_the_step_of_the_best_evaluation_is_a_column_only_where_trials_are_judged_by_it() -> None:
    best = replace(SPEC.objective, of="best")
    spec = replace(SPEC, objectives=Objectives((best,)))
    records = [replace(one, best_step=20 if one.evaluations else None) for one in RECORDS]
    names = columns(spec)
    assert names[names.index("steps") + 1] == "best_step"
    assert [name for name in names if name != "best_step"] == columns(SPEC)
    assert "best_step" not in csv_table(SPEC, records).decode()
    header, failed, sgd, _ = csv_table(spec, records).decode().replace('by\n"', 'by "').splitlines()
    place = header.split(",").index("best_step")
    # The list of filters has a comma of its own.
    assert (failed.split(",")[place + 1], sgd.split(",")[place + 1]) == ("", "20")
    assert str(table(spec, records)["best_step"].dtype) == "Int64"
    found = document(spec, records, SUMMARY)
    assert found["objective"] == {"maximize": "val_accuracy", "of": "best"}
    assert [trial["best_step"] for trial in found["trials"]] == [None, 20, 20]


def test_scores_that_were_not_recorded_are_empty_and_null_and_never_0() -> None:
    first, second = RECORDS[0], RECORDS[2]
    scored = replace(second.evaluations[0], val_balanced_accuracy=0.0, val_macro_f1=0.125)
    records = [first, replace(second, evaluations=(scored,))]
    rows = list(csv.DictReader(csv_table(SPEC, records).decode().splitlines()))
    names = ("val_balanced_accuracy", "val_macro_f1")
    assert [[row[name] for name in names] for row in rows] == [["0.0", "0.125"], ["", ""]]
    trials = document(SPEC, records, SUMMARY)["trials"]
    assert [[trial[name] for name in names] for trial in trials] == [[0.0, 0.125], [None, None]]
