"""`sweep help` prints what --help prints."""

import pytest

from tests.test_cli import Command


@pytest.mark.parametrize("command", ["run", "check", "show", "export", "ui"])
def test_help_of_a_command_is_its_help(command: str, sweep: Command) -> None:
    code, out, err = sweep("help", command)
    assert (code, err) == (0, "")
    assert out.startswith(f"Usage: sweep {command} ")
    assert out == sweep(command, "--help")[1]


def test_help_of_nothing_is_that_of_all_commands(sweep: Command) -> None:
    assert sweep("help") == sweep("--help")


def test_help_does_not_list_itself(sweep: Command) -> None:
    assert "\n  help " not in sweep("help")[1]


def test_help_of_no_command_guesses_which(sweep: Command) -> None:
    code, out, err = sweep("help", "exprt")
    assert (code, out) == (2, "")
    assert err == "sweep: error: there is no command exprt\nhint: did you mean sweep export?\n"
