"""`sweep export`: which format it takes, and where the table goes."""

import json
import sys
from pathlib import Path

import pytest

from sweep.analysis.export import FORMATS
from tests.test_cli import Command

TEXTS = [kind for kind, form in FORMATS.items() if form.is_text]


@pytest.mark.parametrize("kind", TEXTS)
def test_every_text_format_goes_to_standard_output(
    kind: str, results: Path, sweep: Command
) -> None:
    code, out, err = sweep("export", "test", "--format", kind)
    assert (code, err) == (0, "")
    assert "val_accuracy" in out
    assert sweep("export", "test", "--format", kind, "-o", "table")[0] == 0
    assert Path("table").read_text() == out


def test_the_text_formats_begin_in_their_own_way(results: Path, sweep: Command) -> None:
    firsts = {sweep("export", "test", "--format", kind)[1][:8] for kind in TEXTS}
    assert len(firsts) == len(TEXTS)


def test_without_a_format_it_is_csv(results: Path, sweep: Command) -> None:
    assert sweep("export", "test") == sweep("export", "test", "--format", "csv", "-o", "-")


def test_json_without_a_file_is_the_table_itself(results: Path, sweep: Command) -> None:
    code, out, _ = sweep("export", "test", "--json", "--format", "csv")
    assert (code, [row["number"] for row in json.loads(out)]) == (0, [0, 1, 2, 3])


ENDINGS = {"T.JSON": "json", "table": "csv", **{f"t.{kind}": kind for kind in TEXTS}}


@pytest.mark.parametrize(("name", "kind"), ENDINGS.items())
def test_a_file_has_the_format_of_its_ending(
    name: str, kind: str, results: Path, sweep: Command
) -> None:
    code, out, err = sweep("export", "test", "-o", name)
    assert (code, out, err) == (0, "", f"4 trials in {name}\n")
    assert Path(name).read_text() == sweep("export", "test", "--format", kind)[1]


def test_a_format_that_is_named_goes_before_the_ending(results: Path, sweep: Command) -> None:
    code, out, _ = sweep("export", "test", "-o", "t.csv", "--format", "json", "--json")
    assert (code, json.loads(out)) == (0, {"path": "t.csv", "format": "json", "rows": 4})
    assert len(json.loads(Path("t.csv").read_text())) == 4


def test_a_binary_file_is_not_printed_on_a_terminal(
    results: Path, sweep: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    code, out, err = sweep("export", "test", "--format", "parquet")
    assert (code, out) == (2, "")
    assert "a parquet file cannot be shown on a terminal" in err
    assert "hint: add -o PATH" in err


def test_a_sweep_that_is_not_there_leaves_no_file(results: Path, sweep: Command) -> None:
    assert sweep("export", "tset", "-o", "t.csv")[0] == 2
    assert not Path("t.csv").exists()
