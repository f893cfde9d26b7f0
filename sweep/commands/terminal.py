"""What all commands share: exit codes, error messages, consoles, JSON."""

import atexit
import ctypes
import gc
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import typer
from typer.core import TyperGroup

from sweep.errors import SweepError
from sweep.secrets import without_secrets
from sweep.track.uri import ENVIRONMENT

if TYPE_CHECKING:
    from rich.console import Console


# The stream of the JSON document, once `only_json` has reserved standard output for it.
_kept: TextIO | None = None


class Commands(TyperGroup):
    """The commands of an app."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the first argument names. Raises `InputError` with a hint for an unknown
        one."""
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            # Imported here: pydantic is slow to import, and most calls are right.
            from sweep.commands.calls import unknown_command

            raise unknown_command(args, self.list_commands(ctx))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Runs a command. Re-raises `BrokenPipeError` without an errno: Typer maps EPIPE to exit
        code 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise BrokenPipeError from None


def help_of(root: Any, command: str | None) -> str:
    """The help of one command, or of all; `root` is the context of the app. Raises `InputError` for
    an unknown command."""
    if command is None:
        return str(root.get_help())
    _, found, _ = root.command.resolve_command(root, [command])
    with found.make_context(command, [], parent=root, resilient_parsing=True) as inner:
        return str(inner.get_help())


def run(app: typer.Typer) -> NoReturn:
    """Runs the command that this process was called with, prints its error if any, and exits with
    its code."""
    debug = "--debug" in sys.argv
    # Saves a second at the end: Python would search all objects of the libraries for garbage,
    # and the system frees the memory anyway.
    atexit.register(gc.freeze)
    # As an exception, so a command still cleans up its folders and processes.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        status = app(standalone_mode=False, prog_name="sweep")
    except SweepError as error:
        if debug:
            raise
        for problem in error.problems:
            _print_error(str(problem))
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output has closed it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), output().fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if _usage_error(error) or not debug:
            sys.exit(_explain(error))
        raise
    sys.exit(status if isinstance(status, int) else 0)


def console(*, stderr: bool = False) -> "Console":
    """A console on standard output, or on standard error."""
    from rich.console import Console

    class Stopping(Console):
        def on_broken_pipe(self) -> None:
            # Rich would treat a closed reader as a failure.
            raise BrokenPipeError

    # Without a terminal there is no width to fit: a piped table keeps its columns.
    if stderr:
        file = sys.stderr
    else:
        file = sys.stdout
    return Stopping(stderr=stderr, highlight=False, width=None if file.isatty() else 200)


def only_json(context: typer.Context, asked: bool) -> bool:
    """With --json, reserves standard output for the document.

    Everything else goes to standard error: prints of a library's thread, of native code, or of a
    child process.
    """
    global _kept
    if not asked:
        return asked
    if _is_descriptor(sys.stdout, 1):
        # Never undone: a thread of MLflow may print after the document.
        sys.stdout.flush()
        _kept = open(os.dup(1), "w", encoding="utf-8")  # noqa: SIM115 the end of the process closes it
        os.dup2(2, 1)
    else:
        # A caller's own stream, as in a test, is put back afterwards.
        _kept = sys.stdout
        context.call_on_close(_give_back)
    sys.stdout = sys.stderr
    return asked


def output() -> TextIO:
    """The stream for this command's own output: standard output."""
    return _kept or sys.stdout


def print_json(document: Any) -> None:
    """Prints one JSON document."""
    typer.echo(json.dumps(document, indent=1, allow_nan=False), file=output())


@contextmanager
def without_stderr() -> Iterator[None]:
    """Silences what a library prints from native code during its import; exceptions still pass."""
    kept = os.dup(2)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


def _is_descriptor(stream: TextIO, number: int) -> bool:
    try:
        return stream.fileno() == number
    except (OSError, ValueError):
        return False


def _give_back() -> None:
    global _kept
    if _kept is not None:
        sys.stdout, _kept = _kept, None


def hide_argument(value: str | None) -> str | None:
    """Hides URI secrets in this process's arguments, which every user of the machine can list."""
    if value is not None and (shown := without_secrets(value)) != value:
        _overwrite_argument(os.fsencode(value), os.fsencode(shown))
    return value


def _overwrite_argument(before: bytes, after: bytes) -> None:
    # Linux lists the arguments from this part of the process's own memory: fields 48 and 49 of
    # proc_pid_stat(5).
    try:
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    except OSError:
        # Without /proc, nobody can list the arguments in it.
        return
    start = int(fields[45])
    end = int(fields[46])
    listed = ctypes.string_at(start, end - start)
    ctypes.memmove(
        start, listed.replace(before, after[: len(before)].ljust(len(before), b"*")), len(listed)
    )


def _secret_uris() -> list[str]:
    """Every argument and variable of this process that may hold a URI with secrets."""
    return [*sys.argv, os.environ.get(ENVIRONMENT, "")]


def _usage_error(error: Exception) -> bool:
    return hasattr(error, "format_message") and hasattr(error, "exit_code")


def _explain(error: Exception) -> int:
    """Prints an unexpected error and returns the exit code."""
    if _usage_error(error):
        _print_error(_usage_problem(error))
        return 2
    _print_error(
        f"sweep: error: {type(error).__name__}: {error}\n"
        "hint: this is a bug of sweep; --debug before the command shows where"
    )
    return 1


def _print_error(text: str) -> None:
    """Prints an error without the secrets that this process was given."""
    lines = (without_secrets(line, *_secret_uris()) for line in text.split("\n"))
    typer.echo("\n".join(lines), err=True)


# Hints for a missing argument, by its name in the help.
_MISSING = {
    "NAME": "write {command} NAME; sweep list prints the names",
    "FILE": "write {command} FILE; search_spaces/lenet.yaml is an example",
}


def _usage_problem(error: Any) -> str:
    """The message for wrong arguments, in two lines."""
    context: Any = getattr(error, "ctx", None)
    command = getattr(context, "command_path", "sweep")
    if context is None or type(error).__name__ != "NoSuchOption":
        missing = ""
        if type(error).__name__ == "MissingParameter":
            missing = str(error.param.metavar)
        hint = _MISSING.get(missing, "see {command} --help").format(command=command)
        return f"sweep: error: {error.format_message()}\nhint: {hint}"
    from sweep.commands.calls import unknown_option  # imported here, as above

    group = context.find_root().command
    options = {name: _options(known) for name, known in group.commands.items()}
    if context.command is group:
        own = None
    else:
        own = context.info_name
    problem = unknown_option(
        error.option_name, own, {**options, None: _options(group)}, sys.argv[1:]
    )
    return str(problem)


def _options(command: Any) -> list[str]:
    """The options of a command, and the metavar of each of its arguments."""
    return [*(name for parameter in command.params for name in parameter.opts), "--help"]
