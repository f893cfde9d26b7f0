"""The table as a frame: columns and types."""

from sweep.analysis.table import table
from tests.analysis.records import RECORDS, SPEC


def test_columns_are_those_of_the_format_in_its_order() -> None:
    assert list(table(SPEC, RECORDS).columns) == [
        "number", "state", "val_accuracy", "val_balanced_accuracy", "val_macro_f1", "val_loss", "accuracy", "loss",
        "filters", "kernel_size", "batch_norm", "optimizer", "momentum", "padding",
        "steps", "seconds", "seed", "configuration", "baseline", "parameters", "cause",
    ]  # fmt: skip


def test_rows_are_sorted_typed_and_missing_where_nothing_exists() -> None:
    frame = table(SPEC, RECORDS)
    assert frame["number"].tolist() == [0, 1, 2]
    assert frame["filters"].tolist() == ["[8, 16]"] * 3
    assert frame["momentum"].isna().tolist() == [False, True, False]
    assert frame["val_accuracy"].isna().tolist() == [True, False, False]
    kinds = {
        name: str(frame[name].dtype)
        for name in ("number", "momentum", "batch_norm", "filters", "kernel_size")
    }
    assert kinds == {
        "number": "Int64",
        "momentum": "Float64",
        "batch_norm": "boolean",
        "filters": "string",
        "kernel_size": "Int64",
    }
