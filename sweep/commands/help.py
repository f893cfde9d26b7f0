"""`sweep help`: prints what `--help` prints."""

from typing import Annotated

import typer

from sweep.commands import terminal

Command = Annotated[str | None, typer.Argument(metavar="[COMMAND]")]


def help_(context: typer.Context, command: Command = None) -> None:
    """Print the help of a command, or of all."""
    typer.echo(terminal.help_of(context.find_root(), command))
