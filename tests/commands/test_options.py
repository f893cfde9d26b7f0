"""Arguments and options that several commands have."""

from pathlib import Path

import pytest

from tests.test_cli import Command

BAD = ["0", "1025", "-1", "1.5", "two", "AUTO", "", "²"]


@pytest.mark.parametrize("text", BAD)
@pytest.mark.parametrize("command", ["run", "check"])
def test_workers_are_auto_or_a_number_in_bounds(
    command: str, text: str, small: Path, sweep: Command
) -> None:
    code, out, err = sweep(command, str(small), f"--workers={text}")
    assert (code, out) == (2, "")
    assert f"'{text}' is neither auto nor a number from 1 to 1024" in err
    assert f"hint: see sweep {command} --help" in err


@pytest.mark.parametrize(
    "command", [["list"], ["show", "a"], ["export", "a"], ["report", "a"], ["ui", "a"]]
)
def test_the_folder_of_results_is_no_file(command: list[str], small: Path, sweep: Command) -> None:
    code, out, err = sweep(*command, "--results", str(small))
    assert (code, out) == (2, "")
    assert "--results" in err
    assert "is a file" in err


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        ("run", "write sweep run FILE; search_spaces/lenet.yaml is an example"),
        ("check", "write sweep check FILE; search_spaces/lenet.yaml is an example"),
        ("export", "write sweep export NAME; sweep list prints the names"),
        ("report", "write sweep report NAME; sweep list prints the names"),
        ("inspect", "write sweep inspect NAME; sweep list prints the names"),
    ],
)
def test_a_missing_argument_gets_what_to_write(command: str, hint: str, sweep: Command) -> None:
    code, out, err = sweep(command)
    assert (code, out, err.splitlines()[1]) == (2, "", f"hint: {hint}")
