"""The command line: the commands of `sweep`, in the order of its help.

Each command does its own slow imports, so `sweep --help` answers at once.
"""

from typing import Annotated

import typer

from sweep import __version__
from sweep.commands import terminal
from sweep.commands.check import check
from sweep.commands.export import export
from sweep.commands.help import help_
from sweep.commands.inspect import inspect
from sweep.commands.list import list_
from sweep.commands.predict import predict
from sweep.commands.report import report
from sweep.commands.run import run
from sweep.commands.schema import schema
from sweep.commands.show import show
from sweep.commands.ui import ui

app = typer.Typer(
    cls=terminal.Commands,
    help="Sweeps over the hyperparameters of a convolutional network: one YAML file in, "
    "one results table out.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(name="help", hidden=True)(help_)
app.command()(run)
app.command()(check)
app.command(name="list")(list_)
app.command()(show)
app.command()(export)
app.command()(inspect)
app.command()(predict)
app.command()(report)
app.command()(schema)
app.command()(ui)

Version = Annotated[bool, typer.Option("--version", help="print the version and exit")]
Debug = Annotated[bool, typer.Option("--debug", help="show the traceback of an error")]


@app.callback(invoke_without_command=True)
def options(
    context: typer.Context,
    version: Version = False,
    debug: Debug = False,  # noqa: ARG001 main reads it
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """The command `sweep`."""
    terminal.run(app)
