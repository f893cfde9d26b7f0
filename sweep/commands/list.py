"""`sweep list`: the sweeps so far."""

import typer

from sweep.commands import terminal
from sweep.commands.find import DEFAULT_RESULTS, Json, Results
from sweep.errors import StoreError


def list_(results: Results = DEFAULT_RESULTS, as_json: Json = False) -> None:
    """List the sweeps so far."""
    from sweep.store import overview

    found, broken = overview(results)
    if as_json:
        terminal.print_json({"sweeps": [vars(sweep) for sweep in found]})
    elif not found and not broken:
        typer.echo(f"no sweeps in {results}", err=True)
    elif found:
        from sweep.view.leaderboard import overview_table

        terminal.console().print(overview_table(found))
    if broken:
        raise StoreError.of(broken)
