"""`sweep report`: the files that it writes and names, and its document."""

import json
import subprocess
import sys
from pathlib import Path

from tests.test_cli import Command


def test_the_page_and_its_twin_are_named_and_there(results: Path, sweep: Command) -> None:
    code, out, err = sweep("report", "test")
    assert (code, err) == (0, "")
    page, twin = map(Path, out.split())
    assert (page.parent, twin.parent) == (Path("results/test"), Path("results/test"))
    assert "<svg" in page.read_text()
    assert "figures/" in twin.read_text()


def test_the_document_names_the_same_files(results: Path, sweep: Command) -> None:
    code, out, err = sweep("report", "test", "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert Path(found["report"]).is_file()
    assert Path(found["readme"]).is_file()


def test_a_sweep_that_is_not_there_is_guessed_and_nothing_written(
    results: Path, sweep: Command
) -> None:
    code, out, err = sweep("report", "tset")
    assert (code, out, "did you mean test?" in err) == (2, "", True)
    assert not (results / "test" / "report.html").exists()


def test_a_process_of_its_own_prints_nothing_of_optuna(results: Path) -> None:
    command = [sys.executable, "-m", "sweep", "report", "test"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 2
