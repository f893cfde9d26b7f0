"""`sweep inspect`: one network on the validation images."""

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from sweep.commands import find, terminal
from sweep.commands.find import DEFAULT_RESULTS, Json, Results, SweepName, TrackingUri
from sweep.errors import SweepError

if TYPE_CHECKING:
    from sweep.engine.looking import Inspected

Number = Annotated[
    int | None, typer.Argument(metavar="[TRIAL]", help="its number; the best if left out")
]


def inspect(
    name: SweepName,
    trial: Number = None,
    results: Results = DEFAULT_RESULTS,
    tracking_uri: TrackingUri = None,
    as_json: Json = False,
) -> None:
    """Look at one network: confusions, mistakes, filters, on the validation images."""
    from sweep.commands.process import quiet_libraries
    from sweep.engine import looking
    from sweep.execute.local import LocalExecutor, allow_many_files
    from sweep.view.reading import ReadingLine

    allow_many_files()
    quiet_libraries()
    folder = find.sweep_folder(name, results)
    progress = ReadingLine(terminal.console(stderr=True))

    def note(text: str) -> None:
        progress.close()
        _note(text)

    with closing(progress):
        done = looking.inspect(folder, trial, LocalExecutor, note, progress.show)
    _attach(done, tracking_uri)
    if as_json:
        number = done.record.trial.number
        head = {"name": done.spec.name, "trial": number, "retrained": done.retrained}
        terminal.print_json({**head, **done.found.to_json()})
        return
    from sweep.view.trial import inspection_view

    console = terminal.console()
    for part in inspection_view(done.spec, done.record, done.found):
        console.print(part)


def _note(text: str) -> None:
    typer.echo(text, err=True)


def _attach(done: "Inspected", tracking_uri: str | None) -> None:
    """Attaches the findings to the trial's run in MLflow, if there is one."""
    from sweep.track import store
    from sweep.track.uri import recorded_uri

    number = done.record.trial.number
    facts = done.facts
    try:
        uri = recorded_uri(facts.tracking_uri, tracking_uri)
        if not store.attach_later(uri, done.spec.name, facts.id, number, done.found.folder):
            _note(f"MLflow has no run of trial {number}: the files are in the folder alone")
    except SweepError as error:
        _note(str(error.problems[0]))
