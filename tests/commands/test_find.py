"""What a command line names: a sweep by its name or folder, a space file by its path."""

from pathlib import Path

import pytest

from sweep.commands.find import space_file, sweep_folder
from sweep.errors import InputError
from sweep.store.ledger import Ledger
from tests.conftest import SMALL


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
