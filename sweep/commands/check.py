"""`sweep check`: validates a space file and prints what it describes."""

import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sweep.commands import find, terminal
from sweep.commands.find import Json, SpacePath, Workers
from sweep.errors import InputError, SweepError

if TYPE_CHECKING:
    from sweep.preview.corners import Inspection
    from sweep.preview.estimate import Estimate
    from sweep.spacefile.read import SpaceFile
    from sweep.trial import Progress
    from sweep.view.reading import ReadingLine

Timed = Annotated[
    bool,
    typer.Option("--time", help="time some of its networks: how long will the sweep take?"),
]
Images = Annotated[
    bool,
    typer.Option("--images", help="write a sheet of training images as networks will see them"),
]


def check(
    file: SpacePath,
    timed: Timed = False,
    images: Images = False,
    workers: Workers = None,
    as_json: Json = False,
) -> None:
    """Validate a space file and show its corner networks; nothing is trained but what --time
    times."""
    from sweep.data.line import warnings
    from sweep.preview.corners import inspect
    from sweep.view.reading import ReadingLine

    if workers is not None and not timed:
        raise InputError("--workers says nothing without --time", "add --time", "--workers")
    space_file = find.space_file(file, "check")
    progress = ReadingLine(terminal.console(stderr=True))
    with closing(progress):
        found = inspect(space_file, progress.show)
    _check_precision(space_file, timed=timed)
    for line in warnings(found.data):
        typer.echo(line, err=True)
    if images:
        with closing(progress):
            _write_images(found, progress.show)
    if as_json:
        if timed:
            time = {"time": _estimate(space_file, workers, progress).to_json()}
        else:
            time = {}
        terminal.print_json({**found.to_json(), **time})
        return
    _print(found)
    if timed:
        from sweep.view.estimate import estimate_view

        terminal.console().print(*estimate_view(_estimate(space_file, workers, progress)), sep="\n")


def _write_images(found: "Inspection", show: "Progress") -> None:
    """Writes a PNG into this folder."""
    from sweep.execute import machine
    from sweep.files import write_whole

    os.environ.update(machine.TENSORFLOW)
    with terminal.without_stderr():
        from sweep.analysis.training_images import training_images
    path = Path(f"{found.spec.name}-images.png")
    write_whole(path, training_images(found.spec, show))
    typer.echo(f"images {path}", err=True)


def _check_precision(file: "SpaceFile", *, timed: bool) -> None:
    """Prints why `sweep run` would refuse this processor; raises the error instead if `timed`."""
    from sweep.execute import machine

    try:
        file.check_precision(bfloat16_is_native=machine.has_native_bfloat16())
    except SweepError as error:
        if timed:
            raise
        typer.echo(f"sweep run would refuse this: {error.problems[0].message}", err=True)


def _print(found: "Inspection") -> None:
    from sweep.data.line import data_line
    from sweep.space import described, notes_on, remainder_in_words
    from sweep.view.space import network_tables, space_table

    console = terminal.console()
    spec = found.spec
    search = spec.search
    console.print(
        f"{spec.name}: {search.trials} trials, {spec.objective}, "
        f"sampler {search.sampler.name}, pruner {search.pruner.name}",
        highlight=False,
    )
    lines = [data_line(found.data), *described(spec, found.shape), *notes_on(spec)]
    lines += remainder_in_words(spec, found.left)
    for line in lines:
        console.print(line, soft_wrap=True, markup=False)
    console.print(space_table(spec))
    for part in network_tables(found):
        console.print(part)


def _estimate(file: "SpaceFile", workers: int | None, progress: "ReadingLine") -> "Estimate":
    from sweep.execute import machine
    from sweep.execute.local import LocalExecutor, allow_many_files
    from sweep.preview.estimate import estimate

    allow_many_files()
    count = workers or machine.default_workers(file.threads)

    def note(text: str) -> None:
        progress.close()
        typer.echo(text, err=True)

    with closing(progress):
        return estimate(file, count, LocalExecutor, note, progress.show)
