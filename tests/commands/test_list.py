"""`sweep list`: one line a sweep, and what stands in its document."""

import json
from dataclasses import replace
from pathlib import Path

from sweep.store.ledger import Ledger
from tests.test_cli import Command


def test_the_document_has_the_best_of_a_sweep(results: Path, sweep: Command) -> None:
    code, out, err = sweep("list", "--json")
    assert (code, err) == (0, "")
    (found,) = json.loads(out)["sweeps"]
    assert found["name"] == "test"
    assert found["created"] == "1970-01-01T00:00:00+00:00"
    assert (found["finished"], found["complete"]) == (4, 2)
    assert (found["objective"], found["best"]) == ("val_accuracy", 0.9)


def test_the_table_names_the_sweep(results: Path, sweep: Command) -> None:
    code, out, err = sweep("list")
    assert (code, err) == (0, "")
    assert "test" in out
    assert "0.9" in out


def test_a_sweep_that_ended_early_does_not_look_unfinished(results: Path, sweep: Command) -> None:
    assert "exhausted" not in sweep("list")[1]
    with Ledger.open_to_write(results / "test") as ledger:
        facts = ledger.facts()
        assert facts is not None
        ledger.begin(replace(facts, exhausted=True))
    assert "4/30 (exhausted)" in sweep("list")[1]
    (found,) = json.loads(sweep("list", "--json")[1])["sweeps"]
    assert found["exhausted"] is True


def test_without_a_sweep_it_says_where_it_looked(tmp_path: Path, sweep: Command) -> None:
    assert sweep("list", "--results", str(tmp_path)) == (0, "", f"no sweeps in {tmp_path}\n")


def test_a_sweep_that_did_not_begin_is_left_out(results: Path, sweep: Command) -> None:
    Ledger.open_to_write(results / "begun").close()
    code, out, _ = sweep("list", "--json")
    assert (code, [found["name"] for found in json.loads(out)["sweeps"]]) == (0, ["test"])
