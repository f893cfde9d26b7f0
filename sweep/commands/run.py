"""`sweep run`: runs or continues a sweep."""

from contextlib import closing
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from sweep.commands import find, terminal
from sweep.commands.find import (
    DEFAULT_RESULTS,
    Json,
    Results,
    SpacePath,
    TrackingUri,
    Workers,
)

if TYPE_CHECKING:
    from sweep.engine.coordinator import Outcome
    from sweep.engine.view import View

PerGpu = Annotated[
    int,
    typer.Option(
        min=1,
        max=64,
        help="trials that share a GPU, where there are GPUs and workers are auto",
    ),
]


def run(
    file: SpacePath,
    results: Results = DEFAULT_RESULTS,
    tracking_uri: TrackingUri = None,
    workers: Workers = None,
    trials_per_gpu: PerGpu = 1,
    as_json: Json = False,
) -> None:
    """Run a sweep to its total number of trials, or go on where it stopped."""
    from sweep.commands.process import noted_signals, quiet_libraries
    from sweep.execute import machine
    from sweep.execute.local import LocalExecutor, allow_many_files
    from sweep.secrets import without_secrets
    from sweep.track.uri import is_named, resolve_uri

    space_file = find.space_file(file, "run", results)
    count = workers or machine.default_workers(space_file.threads, trials_per_gpu)
    again = _again(file, results, tracking_uri, workers, trials_per_gpu)
    uri = resolve_uri(tracking_uri)
    allow_many_files()
    # The executor's server imports TensorFlow while this process imports what follows.
    with closing(LocalExecutor(space_file.data, count)) as executor:
        from sweep.engine import coordinator
        from sweep.view.live import LiveView, PlainView

        quiet_libraries()
        console = terminal.console(stderr=True)
        view: View = PlainView(console)
        if console.is_terminal:
            view = LiveView(console)
        with noted_signals(again) as check:
            chosen = coordinator.Options(results, uri, count, is_named(tracking_uri), check)
            outcome = coordinator.run(space_file, file, chosen, view, executor)
    if outcome.was_finished:
        view.note(f"{space_file.name} is finished: nothing to do")
        if outcome.tracking_uri != without_secrets(uri):
            view.note("its runs are in the MLflow store that it was run with, and stay there")
    _print(outcome, results, as_json=as_json)
    outcome.check_success()


def _again(
    file: Path, results: Path, tracking_uri: str | None, workers: int | None, per_gpu: int
) -> str:
    """The command that continues this sweep, without secrets."""
    from sweep.secrets import without_secrets

    words = [f"sweep run {quote(str(file))}"]
    if results != DEFAULT_RESULTS:
        words.append(f"--results {quote(str(results))}")
    has_secret = tracking_uri is not None and without_secrets(tracking_uri) != tracking_uri
    if tracking_uri is not None and not has_secret:
        words.append(f"--tracking-uri {quote(tracking_uri)}")
    if workers is not None:
        words.append(f"--workers {workers}")
    if per_gpu > 1:
        words.append(f"--trials-per-gpu {per_gpu}")
    return " ".join(words) + (", and the same --tracking-uri" if has_secret else "")


def _print(outcome: "Outcome", results: Path, *, as_json: bool) -> None:
    """Prints the results of the sweep, and what to do next."""
    if as_json:
        from sweep.analysis.rows import document

        found = document(outcome.spec, outcome.records, outcome.data, exhausted=outcome.exhausted)
        terminal.print_json(found)
        return
    from sweep.view.leaderboard import print_leaderboard

    console = terminal.console()
    print_leaderboard(
        console, outcome.spec, outcome.records, outcome.data, exhausted=outcome.exhausted
    )
    name = outcome.spec.name
    if results == DEFAULT_RESULTS:
        option = ""
    else:
        option = f" --results {quote(str(results))}"
    for line in (
        f"table    {outcome.folder / 'trials.csv'}",
        f"export   sweep export {name} --format md{option}",
        f"report   sweep report {name}{option}",
        f"MLflow   sweep ui {name}{option}",
    ):
        console.print(line, soft_wrap=True, markup=False)
