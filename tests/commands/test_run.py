"""`sweep run`: the command that goes on with a sweep."""

import shlex
from pathlib import Path

import pytest

from sweep.commands.run import _again

RESULTS = Path("results")
SECRET = "postgresql://user:CANARY@host/db"
AGAIN = {
    "nothing": ((RESULTS, None, None, 1), ""),
    "results": ((Path("there"), None, None, 1), " --results there"),
    "a store": ((RESULTS, "http://host", None, 1), " --tracking-uri http://host"),
    "workers": ((RESULTS, None, 3, 1), " --workers 3"),
    "trials that share a GPU": ((RESULTS, None, None, 2), " --trials-per-gpu 2"),
    "a folder with a blank": ((Path("my results"), None, None, 1), " --results 'my results'"),
    "a store with a blank": (
        (RESULTS, "sqlite:///a b.db", 1, 1),
        " --tracking-uri 'sqlite:///a b.db' --workers 1",
    ),
    "a secret": ((RESULTS, SECRET, 3, 1), " --workers 3, and the same --tracking-uri"),
}


@pytest.mark.parametrize(("given", "written"), AGAIN.values(), ids=AGAIN)
def test_the_command_that_goes_on_has_what_was_given_but_no_secret(
    given: tuple[Path, str | None, int | None, int], written: str
) -> None:
    assert _again(Path("a.yaml"), *given) == f"sweep run a.yaml{written}"


@pytest.mark.parametrize("name", ["a b.yaml", "it's.yaml", "$HOME.yaml", "a;b.yaml", "plain.yaml"])
def test_the_command_that_goes_on_names_the_file_for_a_shell(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    command = _again(file, tmp_path / "all results", None, None, 1)
    assert shlex.split(command) == [
        "sweep",
        "run",
        str(file),
        "--results",
        f"{tmp_path}/all results",
    ]
