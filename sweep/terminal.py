"""What every command needs of a terminal: how it ends, consoles, JSON."""

import atexit
import gc
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import typer
from typer.core import TyperGroup

from sweep.errors import SweepError

if TYPE_CHECKING:
    from rich.console import Console


# Where the JSON document goes, once `only_json` has kept standard output for it.
_kept: TextIO | None = None


class Commands(TyperGroup):
    """The commands of an app."""

    def invoke(self, ctx: Any) -> Any:
        """Runs one. Raises `BrokenPipeError` without a number where nobody reads on: Typer ends with 1 at the other."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise BrokenPipeError from None


def run(app: typer.Typer) -> NoReturn:
    """Runs the command that the arguments of this process name, says what went wrong, and exits with its code."""
    debug = "--debug" in sys.argv
    # The system takes everything back; Python would look for garbage in all that libraries hold, which is a second.
    atexit.register(gc.freeze)
    # As an exception, so that what a command holds is given back: folders, processes.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        status = app(standalone_mode=False, prog_name="sweep")
    except SweepError as error:
        if debug:
            raise
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # Whoever read our output has seen enough.
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
            # Rich would call it a failure that nobody reads on.
            raise BrokenPipeError

    # What is no terminal has no width: a table that is piped keeps its columns.
    file = sys.stderr if stderr else sys.stdout
    return Stopping(stderr=stderr, highlight=False, width=None if file.isatty() else 200)


def only_json(context: typer.Context, asked: bool) -> bool:
    """With --json, keeps standard output for the document: whatever else is printed there from now on goes to
    standard error, also by a library's thread, by code that is not Python, or by a child process."""
    global _kept
    if not asked:
        return asked
    if _is_descriptor(sys.stdout, 1):
        # For good: a thread of MLflow's may print after the document.
        sys.stdout.flush()
        _kept = open(os.dup(1), "w", encoding="utf-8")  # noqa: SIM115 the end of the process closes it
        os.dup2(2, 1)
    else:
        # Somebody else's stream, as in a test, gets its place back.
        _kept = sys.stdout
        context.call_on_close(_give_back)
    sys.stdout = sys.stderr
    return asked


def output() -> TextIO:
    """The stream of what this command itself prints: standard output."""
    return _kept or sys.stdout


def print_json(document: Any) -> None:
    """Prints one JSON document."""
    typer.echo(json.dumps(document, indent=1, allow_nan=False), file=output())


@contextmanager
def without_stderr() -> Iterator[None]:
    """Keeps a library that is imported from printing past Python; what it raises is seen all the same."""
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
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


def _usage_error(error: Exception) -> bool:
    return hasattr(error, "format_message") and hasattr(error, "exit_code")


def _explain(error: Exception) -> int:
    """Says what went wrong outside the expected, and gives the exit code."""
    if _usage_error(error):
        command = getattr(getattr(error, "ctx", None), "command_path", "sweep")
        typer.echo(f"sweep: error: {error.format_message()}\nhint: see {command} --help", err=True)  # type: ignore[attr-defined]
        return 2
    typer.echo(
        f"sweep: error: {type(error).__name__}: {error}\n"
        "hint: this is a bug of sweep; --debug before the command shows where",
        err=True,
    )
    return 1
