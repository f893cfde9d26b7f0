"""What a command line names: a sweep by its name or folder, a space file by its path, and the options
that several commands have."""

from pathlib import Path

import pytest

from sweep.commands.find import space_file, sweep_folder
from sweep.errors import InputError
from sweep.store.ledger import Ledger
from tests.conftest import SMALL
from tests.test_cli import Command


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Two sweeps that have a ledger, and a folder without one."""
    for name in ("lenet", "knobs"):
        Ledger.open_to_write(tmp_path / "results" / name).close()
    (tmp_path / "results" / "other").mkdir()
    return tmp_path / "results"


def test_a_sweep_is_found_by_its_name_and_by_its_folder(results: Path) -> None:
    assert sweep_folder("lenet", results) == results / "lenet"
    assert sweep_folder(str(results / "lenet"), Path("elsewhere")) == results / "lenet"


HINTS = {
    "lenett": "did you mean lenet?",
    "search_spaces/lenet.yaml": "write lenet: its name",
    "other": "there are knobs, lenet",
    "zzz.yaml": "there are knobs, lenet",
}


@pytest.mark.parametrize(("name", "hint"), HINTS.items())
def test_one_that_is_not_there_gets_what_there_is(name: str, hint: str, results: Path) -> None:
    with pytest.raises(InputError, match="there is no sweep") as raised:
        sweep_folder(name, results)
    assert raised.value.problems[0].hint == hint


def test_without_any_sweep_the_hint_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        sweep_folder("lenet", tmp_path)
    assert raised.value.problems[0].hint.startswith("run one first")


def test_a_space_file_is_read_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    assert space_file(path, "run").name == "small"


def test_a_space_file_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such space file"):
        space_file(tmp_path / "nothing.yaml", "run")
    with pytest.raises(InputError, match="a folder, not a space file"):
        space_file(tmp_path, "check")


def test_a_sweep_of_another_folder_of_results_is_found_where_a_space_file_is_missing(
    tmp_path: Path, sweep: Command
) -> None:
    there = tmp_path / "elsewhere"
    (there / "qqq").mkdir(parents=True)
    (there / "qqq" / "space.yaml").touch()
    code, _, err = sweep("run", "qqq", "--results", str(there))
    assert code == 2
    assert (
        f"hint: its file is {there / 'qqq' / 'space.yaml'}; sweep show {there / 'qqq'} has" in err
    )
    code, _, err = sweep("run", "qqq")
    assert (code, "its file is" in err) == (2, False)


# Options.


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
