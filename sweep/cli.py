"""The command line: each command parses its arguments, makes one library call and prints what it
gave.

With terminal.py it is all that prints. What takes time to import is imported by the command that
needs it, so that `sweep --help` answers at once.
"""

import os
import socket
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sweep import __version__
from sweep.commands import terminal
from sweep.errors import InputError, StoreError, SweepError
from sweep.execute import machine

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sweep.data.arrays import Pixels
    from sweep.preview.estimate import Estimate
    from sweep.space.shapes import Shape
    from sweep.space.spec import SweepSpec
    from sweep.spacefile.read import SpaceFile
    from sweep.store.ledger import Facts
    from sweep.store.weights import BestNetwork
    from sweep.trial.images import DataSummary
    from sweep.trial.record import TrialRecord

app = typer.Typer(
    cls=terminal.Commands,
    help="Sweeps over the hyperparameters of a convolutional network: one YAML file in, one "
    "results table out.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

LEADERBOARD = 10


class ExportFormat(StrEnum):
    csv = "csv"
    json = "json"
    md = "md"
    parquet = "parquet"


SpacePath = Annotated[Path, typer.Argument(metavar="FILE", help="the space file")]
SweepName = Annotated[
    str, typer.Argument(metavar="NAME", help="the name of the sweep, or its folder")
]
Results = Annotated[
    Path,
    typer.Option("--results", metavar="DIR", file_okay=False, help="the folder of all results"),
]
TrackingUri = Annotated[
    str | None,
    typer.Option(
        "--tracking-uri",
        metavar="URI",
        help="MLflow's store; else MLFLOW_TRACKING_URI, else mlflow.db here",
        callback=terminal.hide_argument,
    ),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json", help="print one JSON document and nothing else", callback=terminal.only_json
    ),
]
DEFAULT_RESULTS = Path("results")


MOST_WORKERS = 1024


def _workers(text: str) -> int | None:
    """The number of workers that a flag asks for; None for `auto`."""
    if text == "auto":
        return None
    if not text.isdecimal() or not 1 <= int(text) <= MOST_WORKERS:
        raise typer.BadParameter(f"'{text}' is neither auto nor a number from 1 to {MOST_WORKERS}")
    return int(text)


Workers = Annotated[
    int | None,
    typer.Option(
        parser=_workers,
        metavar="N|auto",
        help="trials at once; auto: as many as cores or GPUs have room",
    ),
]


@app.callback(invoke_without_command=True)
def options(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="print the version and exit")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="show the traceback of an error")] = False,  # noqa: ARG001 main reads it
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command(name="help", hidden=True)
def help_(
    context: typer.Context,
    command: Annotated[str | None, typer.Argument(metavar="[COMMAND]")] = None,
) -> None:
    """Print the help of a command, or of all."""
    typer.echo(terminal.help_of(context.find_root(), command))


@app.command()
def run(
    file: SpacePath,
    results: Results = DEFAULT_RESULTS,
    tracking_uri: TrackingUri = None,
    workers: Workers = None,
    trials_per_gpu: Annotated[
        int,
        typer.Option(
            min=1, max=64, help="trials that share a GPU, where there are GPUs and workers are auto"
        ),
    ] = 1,
    as_json: Json = False,
) -> None:
    """Run a sweep to its total number of trials, or go on where it stopped."""
    from contextlib import closing

    from sweep.execute.local import LocalExecutor
    from sweep.secrets import without_secrets
    from sweep.track.uri import is_named, resolve_uri

    has_secret = tracking_uri is not None and without_secrets(tracking_uri) != tracking_uri
    given = {
        "--results": None if results == DEFAULT_RESULTS else results,
        "--tracking-uri": None if has_secret else tracking_uri,
        "--workers": workers,
        "--trials-per-gpu": trials_per_gpu if trials_per_gpu > 1 else None,
    }
    flags = "".join(f" {name} {value}" for name, value in given.items() if value is not None)
    flags += ", and the same --tracking-uri" if has_secret else ""
    space_file = _load(file, "run")
    count = workers or machine.default_workers(space_file.threads, trials_per_gpu)
    # TensorFlow is imported over there while this process imports what follows.
    with closing(LocalExecutor(space_file.data, count)) as executor:
        from sweep.analysis.rows import document
        from sweep.commands.signals import noted
        from sweep.engine import coordinator
        from sweep.view.live import LiveView, PlainView

        console = terminal.console(stderr=True)
        view = LiveView(console) if console.is_terminal else PlainView(console)
        uri = resolve_uri(tracking_uri)
        with noted(f"sweep run {file}{flags}") as check:
            chosen = coordinator.Options(results, uri, count, is_named(tracking_uri), check)
            outcome = coordinator.run(space_file, file, chosen, view, executor)
    if outcome.was_finished:
        view.note(f"{space_file.name} is finished: nothing to do")
        if outcome.tracking_uri != without_secrets(chosen.tracking_uri):
            view.note("its runs are in the MLflow store that it was run with, and stay there")
    if as_json:
        terminal.print_json(document(outcome.spec, outcome.records, outcome.data))
    else:
        _print_leaderboard(outcome.spec, outcome.records, outcome.data)
        _say_where(outcome.spec, outcome.folder, results)
    outcome.check_success()


@app.command()
def check(
    file: SpacePath,
    timed: Annotated[
        bool,
        typer.Option("--time", help="time some of its networks: how long will the sweep take?"),
    ] = False,
    workers: Workers = None,
    as_json: Json = False,
) -> None:
    """Validate a space file and show its corner networks; nothing is trained but what --time
    times."""
    from sweep.data.line import data_line, warnings
    from sweep.preview.corners import inspect

    if workers is not None and not timed:
        raise InputError("--workers says nothing without --time", "add --time", "--workers")
    space_file = _load(file, "check")
    found = inspect(space_file)
    try:
        space_file.check_precision(bfloat16_is_native=machine.has_native_bfloat16())
    except SweepError as error:
        if timed:
            raise
        typer.echo(f"sweep run would refuse this: {error.problems[0].message}", err=True)
    for line in warnings(found.data):
        typer.echo(line, err=True)
    if as_json:
        time = {"time": _estimate(space_file, workers).to_json()} if timed else {}
        terminal.print_json({**found.to_json(), **time})
        return
    from sweep.space.design import described
    from sweep.space.notes import notes
    from sweep.view.space import network_tables, space_table

    console = terminal.console()
    spec = found.spec
    console.print(
        f"{spec.name}: {spec.search.trials} trials, {spec.objective.direction} "
        f"{spec.objective.metric}, "
        f"sampler {spec.search.sampler.name}, pruner {spec.search.pruner.name}",
        highlight=False,
    )
    console.print(data_line(found.data), soft_wrap=True, markup=False)
    for line in (*described(spec, found.shape), *notes(spec)):
        console.print(line, soft_wrap=True, markup=False)
    console.print(space_table(spec))
    for part in network_tables(found):
        console.print(part)
    if timed:
        from sweep.view.estimate import estimate_view

        console.print(*estimate_view(_estimate(space_file, workers)), sep="\n")


def _estimate(file: "SpaceFile", workers: int | None) -> "Estimate":
    from sweep.execute.local import LocalExecutor
    from sweep.preview.estimate import estimate

    count = workers or machine.default_workers(file.threads)
    return estimate(file, count, LocalExecutor, lambda text: typer.echo(text, err=True))


@app.command(name="list")
def list_(results: Results = DEFAULT_RESULTS, as_json: Json = False) -> None:
    """List the sweeps so far."""
    from sweep.store.results import overview

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


@app.command()
def show(
    name: SweepName,
    results: Results = DEFAULT_RESULTS,
    top: Annotated[int, typer.Option(min=1, help="rows of the leaderboard")] = LEADERBOARD,
    trial: Annotated[
        int | None, typer.Option(metavar="N", help="show this trial and how it learnt instead")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the leaderboard of one sweep, or one of its trials."""
    folder = _folder(name, results)
    if trial is not None:
        _show_trial(folder, trial, as_json=as_json)
        return
    from sweep.store.ledger import is_in_use
    from sweep.store.results import read_sweep

    # Before it is read: a sweep that ends in between has no trial that was interrupted.
    is_running = is_in_use(folder)
    spec, records, facts = read_sweep(folder)
    if as_json:
        from sweep.analysis.rows import document

        terminal.print_json(document(spec, records, facts.data))
        return
    from sweep.view.leaderboard import failures

    _print_leaderboard(spec, records, facts.data, top, is_running=is_running)
    for line in failures(records):
        typer.echo(line)
    if not is_running and not all(record.state.is_finished for record in records):
        typer.echo("what was interrupted runs again when the sweep goes on", err=True)


def _show_trial(folder: Path, number: int, *, as_json: bool) -> None:
    from sweep.analysis.portrait import portrait
    from sweep.store.ledger import is_in_use

    is_running = is_in_use(folder)
    found = portrait(folder, number)
    if as_json:
        terminal.print_json(found.to_json())
        return
    from sweep.view.trial import trial_view

    console = terminal.console()
    for part in trial_view(found, console.width, is_running=is_running):
        console.print(part)


def _format_of(output: Path | None) -> ExportFormat:
    ending = output.suffix[1:].lower() if output else ""
    if not ending:
        return ExportFormat.csv
    if ending not in list(ExportFormat):
        known = ", ".join(ExportFormat)
        raise InputError(
            f"no format has the ending .{ending}",
            f"use one of {known}, or add --format",
            str(output),
        )
    return ExportFormat(ending)


@app.command()
def export(
    name: SweepName,
    kind: Annotated[
        ExportFormat | None,
        typer.Option(
            "--format", help="the format; else that of the file's ending; csv where it has none"
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="PATH", help="a file; - or nothing for standard output"
        ),
    ] = None,
    results: Results = DEFAULT_RESULTS,
    as_json: Json = False,
) -> None:
    """Write the results table."""
    from sweep.analysis.export import export as content_of
    from sweep.files import write_whole

    to_stdout = output is None or str(output) == "-"
    if as_json and to_stdout:
        kind = ExportFormat.json
    if kind is None:
        kind = _format_of(output)
    if kind is ExportFormat.parquet and to_stdout and sys.stdout.isatty():
        raise InputError("a parquet file cannot be shown on a terminal", "add -o PATH", "--format")
    spec, records = _read(_folder(name, results))
    content = content_of(spec, records, kind.value)
    if to_stdout:
        terminal.output().buffer.write(content)
        terminal.output().buffer.flush()
        return
    assert output is not None
    if not output.parent.is_dir():
        raise InputError(
            "there is no such folder", "make it, or choose another path", str(output.parent)
        )
    write_whole(output, content)
    if as_json:
        terminal.print_json({"path": str(output), "format": kind.value, "rows": len(records)})
    else:
        typer.echo(f"{len(records)} trials in {output}", err=True)


@app.command()
def inspect(
    name: SweepName,
    trial: Annotated[
        int | None, typer.Argument(metavar="[TRIAL]", help="its number; the best if left out")
    ] = None,
    results: Results = DEFAULT_RESULTS,
    tracking_uri: TrackingUri = None,
    as_json: Json = False,
) -> None:
    """Look at one network: confusions, mistakes, filters, on the validation images."""
    from sweep.engine import inspect as looking
    from sweep.execute.local import LocalExecutor
    from sweep.track import store
    from sweep.track.uri import recorded_uri

    def note(text: str) -> None:
        typer.echo(text, err=True)

    done = looking.inspect(_folder(name, results), trial, LocalExecutor, note)
    number = done.record.trial.number
    try:
        uri = recorded_uri(done.facts.tracking_uri, tracking_uri)
        if not store.attach_later(uri, done.spec.name, done.facts.id, number, done.found.folder):
            note(f"MLflow has no run of trial {number}: the files are in the folder alone")
    except SweepError as error:
        note(str(error.problems[0]))
    if as_json:
        terminal.print_json(
            {
                "name": done.spec.name,
                "trial": number,
                "retrained": done.retrained,
                **done.found.to_json(),
            }
        )
        return
    from sweep.view.trial import inspection_view

    console = terminal.console()
    for part in inspection_view(done.spec, done.record, done.found):
        console.print(part)


@app.command()
def predict(
    name: SweepName,
    images: Annotated[
        list[Path], typer.Argument(metavar="IMAGE ...", help="image files: PNG, JPEG, WEBP, ...")
    ],
    raw: Annotated[
        bool, typer.Option("--raw", help="only resize, where a digit would be centred")
    ] = False,
    results: Results = DEFAULT_RESULTS,
    as_json: Json = False,
) -> None:
    """Classify images with the best network of a sweep."""
    from sweep.engine import predict as predicting

    found = predicting.predict(_folder(name, results), images, _classify, raw=raw)
    if as_json:
        terminal.print_json(found.to_json())
        return
    from sweep.view.trial import predictions_view

    console = terminal.console()
    console.print(predictions_view(found.found, found.classes, console.width))


def _classify(
    best: "BestNetwork", shape: "Shape", classes: int, images: "Pixels"
) -> "NDArray[np.float32]":
    """What classifies images, imported once they are known to be images."""
    os.environ.update(machine.TENSORFLOW)
    with terminal.without_stderr():
        from sweep.train.classify import classify

    return classify(best, shape, classes, images)


@app.command()
def report(name: SweepName, results: Results = DEFAULT_RESULTS, as_json: Json = False) -> None:
    """Write a page with plots of what each hyperparameter did, and its Markdown twin."""
    from sweep.analysis.report import write_report

    written = write_report(_folder(name, results))
    if as_json:
        terminal.print_json(written.to_json())
        return
    typer.echo(f"{written.html}\n{written.markdown}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of the space file, for editors."""
    from sweep.spacefile.schema import space_file_schema

    terminal.print_json(space_file_schema())


@app.command()
def ui(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="a sweep, to open its runs")
    ] = None,
    results: Results = DEFAULT_RESULTS,
    tracking_uri: TrackingUri = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="the port on this machine")] = 5000,
) -> None:
    """Serve the MLflow UI on the right store, on this machine alone."""
    from sweep.track import store
    from sweep.track.uri import address, recorded_uri, resolve_uri

    if name is None:
        uri, page = resolve_uri(tracking_uri), ""
    else:
        spec, facts = _facts(name, results)
        uri = recorded_uri(facts.tracking_uri, tracking_uri)
        page = store.ui_fragment(uri, spec)
    if uri.startswith(("http://", "https://")):
        typer.echo(f"{address(uri)}{page}")
        return
    if not _is_free(port):
        raise InputError(f"port {port} is in use", "choose another with --port", "--port")
    typer.echo(f"MLflow at http://127.0.0.1:{port}{page}  (ready in some seconds; Ctrl-C ends it)")
    arguments, environment = store.ui_command(uri, port)
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, *arguments], {**os.environ, **environment})  # noqa: S606 no shell is wanted


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def main() -> None:
    """The command `sweep`."""
    terminal.run(app)


def _load(file: Path, command: str) -> "SpaceFile":
    """The space file, checked. Raises `InputError` with the file that was probably meant where
    there is none."""
    from sweep.commands.calls import no_space_file
    from sweep.spacefile.read import load

    problem = no_space_file(file, command, DEFAULT_RESULTS)
    if problem is not None:
        raise problem
    return load(file)


def _read(folder: Path) -> "tuple[SweepSpec, list[TrialRecord]]":
    from sweep.store.results import read_sweep

    spec, records, _ = read_sweep(folder)
    return spec, records


def _facts(name: str, results: Path) -> "tuple[SweepSpec, Facts]":
    from sweep.store.results import read_sweep

    spec, _, facts = read_sweep(_folder(name, results))
    return spec, facts


def _folder(name: str, results: Path) -> Path:
    """The folder of a sweep: by its name, or the folder itself. Raises `InputError` with what there
    is."""
    from sweep.spacefile.checks import did_you_mean
    from sweep.store.ledger import has_ledger, sweeps_in

    for folder in (results / name, Path(name)):
        if has_ledger(folder):
            return folder
    there = [path.name for path in sweeps_in(results)]
    otherwise = (
        f"there are {', '.join(there)}" if there else "run one first, or say where with --results"
    )
    # Somebody may have written the path of the space file.
    wanted = Path(name).stem if Path(name).suffix in (".yaml", ".yml") else name
    hint = (
        f"write {wanted}: its name"
        if wanted != name and wanted in there
        else did_you_mean(wanted, there, otherwise)
    )
    raise InputError(f"there is no sweep {name}", hint, str(results))


def _print_leaderboard(
    spec: "SweepSpec",
    records: "list[TrialRecord] | tuple[TrialRecord, ...]",
    data: "DataSummary",
    top: int = LEADERBOARD,
    *,
    is_running: bool = False,
) -> None:
    from sweep.trial.record import network_of_best, triviality
    from sweep.view.leaderboard import counted, leaderboard, took_in_words

    console = terminal.console()
    console.print(
        f"[bold]{spec.name}[/]: {counted(records, is_running=is_running)}{took_in_words(records)}"
    )
    console.print(leaderboard(console, spec, records, top))
    for line in (
        network_of_best(spec, records),
        triviality(records, data.largest_share, data.largest_class),
    ):
        if line is not None:
            console.print(line, soft_wrap=True, markup=False, highlight=False)


def _say_where(spec: "SweepSpec", folder: Path, results: Path) -> None:
    option = "" if results == DEFAULT_RESULTS else f" --results {results}"
    console = terminal.console()
    for line in (
        f"table    {folder / 'trials.csv'}",
        f"export   sweep export {spec.name} --format md{option}",
        f"report   sweep report {spec.name}{option}",
        f"MLflow   sweep ui {spec.name}{option}",
    ):
        console.print(line, soft_wrap=True, markup=False)
