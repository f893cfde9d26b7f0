"""What a mistaken call is told: the command, the option or the space file that was meant."""

from pathlib import Path

import pytest

from sweep.commands.calls import no_space_file, unknown_command, unknown_option

COMMANDS = ["run", "check", "list", "show", "export"]
OPTIONS = {
    None: ["--version", "--debug", "--help"],
    "run": ["FILE", "--results", "--workers", "--json", "--help"],
    "check": ["FILE", "--time", "--workers", "--json", "--help"],
    "show": ["NAME", "--results", "--top", "--trial", "--json", "--help"],
    "export": ["NAME", "--results", "--format", "--json", "--help"],
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This process in a folder with a shipped space file, and a sweep."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "search_spaces").mkdir()
    (tmp_path / "search_spaces" / "lenet.yaml").touch()
    (tmp_path / "results" / "knobs").mkdir(parents=True)
    (tmp_path / "results" / "knobs" / "sweep.db").touch()
    (tmp_path / "results" / "knobs" / "space.yaml").touch()
    return tmp_path


WORDS = {
    "a misspelt command": (["shwo"], "did you mean sweep show?"),
    "the name of a sweep": (["knobs"], "write sweep show knobs"),
    "the name of a space file": (["lenet"], "write sweep run search_spaces/lenet.yaml"),
    "another tool's command": (["ls"], "write sweep list"),
    "with a name": (["best", "knobs"], "write sweep show knobs"),
    "with an option before the name": (["best", "--json", "knobs"], "write sweep show knobs"),
    "with a file": (
        ["resume", "my/a.yaml"],
        "write sweep run my/a.yaml: it goes on where it stopped",
    ),
    "with nothing like a name": (["best", "$x"], "write sweep show NAME"),
    "nothing known": (["zzzzzz"], "the commands are run, check, list, show, export"),
}


@pytest.mark.parametrize(("arguments", "hint"), WORDS.values(), ids=WORDS)
def test_an_unknown_command_gets_the_one_that_was_meant(arguments: list[str], hint: str) -> None:
    (problem,) = unknown_command(arguments, COMMANDS).problems
    assert (problem.message, problem.hint) == (f"there is no command {arguments[0]}", hint)


def test_a_space_file_in_the_place_of_a_command_is_to_be_run_or_checked() -> None:
    (problem,) = unknown_command(["a.yml"], COMMANDS).problems
    assert problem.message == "a.yml is no command"
    assert problem.hint == "write sweep run a.yml, or sweep check a.yml"


FLAGS = {
    "misspelt": ("--wrokers", "run", [], "did you mean --workers?"),
    "before the command": (
        "--debug",
        "show",
        [],
        "it goes before the command: sweep --debug show ..",
    ),
    "after the command": (
        "--json",
        None,
        ["show"],
        "it goes after the command: sweep show .. --json",
    ),
    "after the first that has it": (
        "--top",
        None,
        [],
        "it goes after the command: sweep show .. --top",
    ),
    "another command's": ("--format", "show", [], "it is an option of sweep export"),
    "of two others": ("--workers", "show", [], "it is an option of sweep run and sweep check"),
    "another tool's, with its value": (
        "--trials",
        "run",
        ["run", "a.yaml", "--trials", "30"],
        "write search: {trials: 30} in the space file",
    ),
    "with = and its value": (
        "--trials",
        "run",
        ["run", "a.yaml", "--trials=30"],
        "write search: {trials: 30} in the space file",
    ),
    "without a value": (
        "--trials",
        "run",
        ["--trials"],
        "write search: {trials: ..} in the space file",
    ),
    "with a value that is no plain word": (
        "--trials",
        "run",
        ["--trials", "a b"],
        "write search: {trials: ..} in the space file",
    ),
    "another tool's name of an option": ("--jobs", "run", ["--jobs", "4"], "write --workers 4"),
    "of no use without a file": ("--seed", "export", ["--seed", "4"], "see sweep export --help"),
    "nothing known": ("--zzzzzz", "show", [], "see sweep show --help"),
    "nothing known before a command": ("--zzzzzz", None, [], "see sweep --help"),
}


@pytest.mark.parametrize(("flag", "command", "arguments", "hint"), FLAGS.values(), ids=FLAGS)
def test_an_unknown_option_gets_what_to_write(
    flag: str, command: str | None, arguments: list[str], hint: str
) -> None:
    problem = unknown_option(flag, command, OPTIONS, arguments)
    path = "sweep" if command is None else f"sweep {command}"
    assert (problem.message, problem.hint) == (f"{path} has no option {flag}", hint)


def test_a_hyperparameter_as_an_option_belongs_in_the_space_file() -> None:
    arguments = ["run", "a.yaml", "--learning-rate", "0.1"]
    hint = unknown_option("--learning-rate", "run", OPTIONS, arguments).hint
    assert hint.startswith("no option changes what a sweep does: write space: {learning_rate: 0.1}")
    assert unknown_option("--learning-rate", "show", OPTIONS, arguments).hint == (
        "see sweep show --help"
    )


def test_epochs_as_an_option_belong_in_the_space_file() -> None:
    hint = unknown_option("--epochs", "run", OPTIONS, ["run", "a.yaml", "--epochs", "3"]).hint
    assert "write space: {epochs: 3} in the space file" in hint


PATHS = {
    "images": (
        "a.NPZ",
        "this is no space file",
        "write data: {path: a.NPZ} in a space file, and sweep run FILE",
    ),
    "a folder of space files": (
        "search_spaces",
        "this is a folder, not a space file",
        "name a file in it, such as sweep run search_spaces/lenet.yaml",
    ),
    "a folder of images": (
        "results",
        "this is a folder, not a space file",
        "write data: {path: results} in a space file, and sweep run FILE",
    ),
    "a shipped one by its name": (
        "lenet",
        "there is no such space file",
        "write sweep run search_spaces/lenet.yaml",
    ),
    "misspelt": (
        "search_spaces/lente.yaml",
        "there is no such space file",
        "write sweep run search_spaces/lenet.yaml",
    ),
    "a sweep": (
        "knobs",
        "there is no such space file",
        "its file is results/knobs/space.yaml; sweep show results/knobs has its results",
    ),
    "a path of nothing": (
        "zzzzzz.yaml",
        "there is no such space file",
        "check the path; sweep schema prints what a space file takes",
    ),
}


@pytest.mark.parametrize(("path", "message", "hint"), PATHS.values(), ids=PATHS)
def test_what_is_no_space_file_gets_the_one_that_was_meant(
    path: str, message: str, hint: str
) -> None:
    error = no_space_file(Path(path), "run", Path("results"))
    assert error is not None
    (problem,) = error.problems
    assert (problem.message, problem.hint, problem.where) == (message, hint, path)


def test_a_hint_quotes_what_a_shell_would_take_apart(folder: Path) -> None:
    sweep = folder / "all results" / "knobs"
    sweep.mkdir(parents=True)
    (sweep / "space.yaml").touch()
    (folder / "my files").mkdir()
    (folder / "my files" / "a.yaml").touch()
    hints = {
        "knobs": "sweep show 'all results/knobs' has its results",
        "my files": "sweep run 'my files/a.yaml'",
        "my files/a.yml": "sweep run 'my files/a.yaml'",
    }
    for path, hint in hints.items():
        error = no_space_file(Path(path), "run", Path("all results"))
        assert error is not None
        assert hint in error.problems[0].hint
    assert (
        unknown_command(["b c.yaml"], ["run"]).problems[0].hint.startswith("write sweep run 'b c")
    )


def test_a_word_that_names_nothing_gets_how_to_write_a_space_file() -> None:
    error = no_space_file(Path("zzzzzz"), "check", Path("results"))
    assert error is not None
    assert error.problems[0].hint.endswith("and sweep check FILE")


def test_a_file_that_is_there_is_read_whatever_it_is_called(folder: Path) -> None:
    (folder / "notes.txt").touch()
    assert no_space_file(Path("notes.txt"), "run", Path("results")) is None


def test_a_name_that_the_system_refuses_is_no_space_file() -> None:
    error = no_space_file(Path("x" * 5000), "run", Path("results"))
    assert error is not None
    assert error.problems[0].message == "there is no such space file"
