"""`sweep show`: the leaderboard of a sweep, or one of its trials."""

from pathlib import Path
from typing import Annotated

import typer

from sweep.commands import find, terminal
from sweep.commands.find import DEFAULT_RESULTS, Json, Results, SweepName

LEADERBOARD = 10

Top = Annotated[int, typer.Option(min=1, help="rows of the leaderboard")]
Number = Annotated[
    int | None,
    typer.Option(metavar="N", help="show this trial and how it learnt instead"),
]


def show(
    name: SweepName,
    results: Results = DEFAULT_RESULTS,
    top: Top = LEADERBOARD,
    trial: Number = None,
    as_json: Json = False,
) -> None:
    """Show the leaderboard of one sweep, or one of its trials."""
    folder = find.sweep_folder(name, results)
    if trial is None:
        _show_sweep(folder, top, as_json=as_json)
    else:
        _show_trial(folder, trial, as_json=as_json)


def _show_sweep(folder: Path, top: int, *, as_json: bool) -> None:
    from sweep.store import is_in_use, read_sweep

    # Checked before reading: a sweep that ends in between has no interrupted trials.
    is_running = is_in_use(folder)
    spec, records, facts = read_sweep(folder)
    if as_json:
        from sweep.analysis.rows import document

        terminal.print_json(document(spec, records, facts.data, exhausted=facts.exhausted))
        return
    from sweep.view.leaderboard import failures, print_leaderboard

    console = terminal.console()
    print_leaderboard(
        console,
        spec,
        records,
        facts.data,
        top,
        is_running=is_running,
        exhausted=facts.exhausted,
    )
    for line in failures(records):
        typer.echo(line)
    if not is_running and not all(record.state.is_finished for record in records):
        typer.echo("what was interrupted runs again when the sweep goes on", err=True)


def _show_trial(folder: Path, number: int, *, as_json: bool) -> None:
    from sweep.analysis.portrait import portrait
    from sweep.store import is_in_use

    is_running = is_in_use(folder)
    found = portrait(folder, number)
    if as_json:
        terminal.print_json(found.to_json())
        return
    from sweep.view.trial import trial_view

    console = terminal.console()
    for part in trial_view(found, console.width, is_running=is_running):
        console.print(part)
