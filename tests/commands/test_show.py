"""`sweep show`: which trials it prints, and what it refuses."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sweep.store.ledger import Ledger
from tests.test_cli import Command


def test_a_sweep_is_shown_by_its_folder_too(results: Path, sweep: Command) -> None:
    code, out, err = sweep("show", str(results / "test"), "--results", "elsewhere")
    assert (code, err) == (0, "")
    assert out == sweep("show", "test")[1]


def test_the_document_has_every_trial_with_its_state(results: Path, sweep: Command) -> None:
    trials = json.loads(sweep("show", "test", "--json")[1])["trials"]
    assert {trial["number"]: trial["state"] for trial in trials} == {
        0: "failed",
        1: "complete",
        2: "complete",
        3: "pruned",
    }


def test_a_cause_of_two_lines_is_told(results: Path, sweep: Command) -> None:
    out = sweep("show", "test")[1]
    assert "trial 0 failed: killed, by" in out
    assert "1 failed" in out
    assert "1 pruned" in out


def test_a_sweep_that_ended_early_is_told_why(results: Path, sweep: Command) -> None:
    line = (
        "the space is exhausted: after 4 configurations nothing new that is allowed was found in "
        "20,000 random draws"
    )
    assert line not in sweep("show", "test")[1]
    assert json.loads(sweep("show", "test", "--json")[1])["exhausted"] is False
    with Ledger.open_to_write(results / "test") as ledger:
        facts = ledger.facts()
        assert facts is not None
        ledger.begin(replace(facts, completed=True, exhausted=True))
    code, out, _ = sweep("show", "test")
    assert code == 0
    assert f"{line}, so the sweep ended with 4 of 30 trials" in out
    assert json.loads(sweep("show", "test", "--json")[1])["exhausted"] is True


@pytest.mark.parametrize("option", ["--top", "--trial"])
def test_what_is_no_number_is_refused(option: str, results: Path, sweep: Command) -> None:
    code, out, err = sweep("show", "test", option, "few")
    assert (code, out) == (2, "")
    assert option in err


def test_no_rows_at_all_are_refused(results: Path, sweep: Command) -> None:
    code, _, err = sweep("show", "test", "--top", "0")
    assert (code, "--top" in err) == (2, True)


def test_a_sweep_that_did_not_begin_is_to_be_run_again(results: Path, sweep: Command) -> None:
    Ledger.open_to_write(results / "begun").close()
    code, out, err = sweep("show", "begun")
    assert (code, out) == (4, "")
    assert "hint: run it again" in err
