"""Errors for an unknown command, option or space file, with what was probably meant."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from shlex import quote

from sweep.commands.foreign import foreign_command, foreign_option
from sweep.errors import InputError, Problem
from sweep.spacefile.hints import WHERE, misspelt

_SHIPPED = Path("search_spaces")
_YAML = (".yaml", ".yml")
# Commands that take a space file; all others take the name of a sweep, or nothing.
_TAKE_A_FILE = ("run", "check")


def unknown_command(arguments: Sequence[str], commands: Sequence[str]) -> InputError:
    """The error for the first of `arguments`, which is not one of `commands`."""
    word = arguments[0]
    if Path(word).suffix in _YAML:
        given = quote(word)
        hint = f"write sweep run {given}, or sweep check {given}"
        return InputError(f"{word} is no command", hint)
    row = foreign_command(word)
    if row is not None:
        hint = _with_argument(row, arguments[1:]).replace("{word}", word)
    elif (found := misspelt(word, commands)) is not None:
        hint = f"did you mean sweep {found}?"
    elif os.path.exists(Path("results") / word / "sweep.db"):
        hint = f"write sweep show {quote(word)}"
    elif (file := _file_called(Path(word))) is not None:
        hint = f"write sweep run {quote(str(file))}"
    else:
        hint = f"the commands are {', '.join(commands)}"
    return InputError(f"there is no command {word}", hint)


def _with_argument(row: str, following: Sequence[str]) -> str:
    """The row, with the argument after the command in place of NAME or FILE."""
    given = next(
        (word for word in following if re.fullmatch(r"[\w./-]+", word) and word[0] != "-"), None
    )
    if given is None:
        return row
    is_file = Path(given).suffix in _YAML
    return re.sub(r"\bFILE\b" if is_file else r"\bNAME\b", given, row)


def unknown_option(
    flag: str,
    command: str | None,
    options: Mapping[str | None, Sequence[str]],
    arguments: Sequence[str],
) -> Problem:
    """The problem of an unknown option of `command`, or of an option before any command (None).

    `options` are the options of each command; `arguments` are all words of the command line.
    """
    if command is None:
        path = "sweep"
    else:
        path = f"sweep {command}"
    hint = _option_hint(flag, command, options, arguments) or f"see {path} --help"
    return Problem(f"{path} has no option {flag}", hint)


def _option_hint(
    flag: str,
    command: str | None,
    options: Mapping[str | None, Sequence[str]],
    arguments: Sequence[str],
) -> str | None:
    word = flag.lstrip("-")
    own = options[command]
    takes_a_file = command is None or command in _TAKE_A_FILE
    given = _given(flag, arguments)
    row = foreign_option(word)
    if row is not None and _is_of_use(row, own, takes_a_file=takes_a_file):
        return row.replace("{given}", given or "..")
    if len(word) > 2 and (found := misspelt(word, own)) is not None:
        return f"did you mean {found}?"
    if flag in options[None]:
        return f"it goes before the command: sweep {flag} {command} .."
    having = [name for name, known in options.items() if name is not None and flag in known]
    if having and command is None:
        named = next((name for name in having if name in arguments), having[0])
        return f"it goes after the command: sweep {named} .. {flag}"
    if having:
        return f"it is an option of sweep {' and sweep '.join(having)}"
    key = misspelt(word, [name for name, written in WHERE.items() if written.count("..") == 1])
    if key is None or not takes_a_file:
        return None
    return (
        f"no option changes what a sweep does: write {WHERE[key].replace('..', given or '..')} in "
        "the space file"
    )


def _is_of_use(row: str, own: Sequence[str], *, takes_a_file: bool) -> bool:
    """Whether a row of the table of options concerns a command with the options `own`."""
    option = re.match(r"write (--[\w-]+)", row)
    if option is not None:
        return option[1] in own
    return takes_a_file or "the space file" not in row


def _given(flag: str, arguments: Sequence[str]) -> str | None:
    """The value of the option, if it is one plain word."""
    for place, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name == flag:
            following = value or next(iter(arguments[place + 1 :]), "")
            if re.fullmatch(r"[\w./]+", following):
                return following
            return None
    return None


def no_space_file(path: Path, command: str, results: Path) -> InputError | None:
    """The error for a path that is no space file, with the file that was probably meant.

    Returns None if it may be a text file; the caller then reads it.
    """
    call = f"sweep {command}"
    if path.suffix.lower() in (
        ".npz",
        ".npy",
        ".csv",
        ".gz",
        ".zip",
        ".png",
        ".jpg",
        ".jpeg",
        ".h5",
        ".keras",
    ):
        hint = f"write data: {{path: {path}}} in a space file, and {call} FILE"
        return InputError("this is no space file", hint, str(path))
    # Functions of os.path return False even for a name that the system refuses.
    if os.path.isdir(path):
        there = [found for suffix in _YAML for found in sorted(path.glob(f"*{suffix}"))]
        images = f"write data: {{path: {path}}} in a space file, and {call} FILE"
        if there:
            hint = f"name a file in it, such as {call} {quote(str(there[0]))}"
        else:
            hint = images
        return InputError("this is a folder, not a space file", hint, str(path))
    if os.path.exists(path):
        return None
    if (found := _file_called(path)) is not None:
        hint = f"write {call} {quote(str(found))}"
    elif os.path.exists(results / path / "space.yaml"):
        folder = quote(str(results / path))
        hint = f"its file is {results / path / 'space.yaml'}; sweep show {folder} has its results"
    elif path.suffix in _YAML:
        hint = "check the path; sweep schema prints what a space file takes"
    else:
        hint = (
            f"write a space file, such as search_spaces/lenet.yaml, with data: {{path: ..}} for "
            f"images, and {call} FILE"
        )
    return InputError("there is no such space file", hint, str(path))


def _file_called(path: Path) -> Path | None:
    """The space file with nearly the name `path`, in its folder or among the shipped ones."""
    files: list[Path] = []
    for folder in dict.fromkeys((path.parent, _SHIPPED)):
        if not os.path.isdir(folder):
            continue
        for suffix in _YAML:
            files += sorted(folder.glob(f"*{suffix}"))
    for file in files:
        if path.name in (file.stem, file.name):
            return file
    wanted = path.stem if path.suffix in _YAML else path.name
    name = misspelt(wanted, [file.stem for file in files])
    near = [file for file in files if file.stem == name]
    return near[0] if near else None
