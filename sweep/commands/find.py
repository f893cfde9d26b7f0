"""The arguments and options that several commands share, and how they find a space file or a
sweep."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sweep.commands import terminal
from sweep.errors import InputError

if TYPE_CHECKING:
    from sweep.spacefile.read import SpaceFile

DEFAULT_RESULTS = Path("results")
MOST_WORKERS = 1024

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


def space_file(file: Path, command: str, results: Path = DEFAULT_RESULTS) -> "SpaceFile":
    """The checked space file. Raises `InputError` with a likely alternative if it does not
    exist."""
    from sweep.commands.calls import no_space_file
    from sweep.spacefile.read import load

    problem = no_space_file(file, command, results)
    if problem is not None:
        raise problem
    return load(file)


def sweep_folder(name: str, results: Path) -> Path:
    """The folder of a sweep, by its name or its path.

    If there is none, raises `InputError` with the sweeps that exist.
    """
    from sweep.spacefile.hints import did_you_mean
    from sweep.store import has_ledger, sweeps_in

    for folder in (results / name, Path(name)):
        if has_ledger(folder):
            return folder
    there = [path.name for path in sweeps_in(results)]
    otherwise = "run one first, or say where with --results"
    if there:
        otherwise = f"there are {', '.join(there)}"
    # The user may have written the path of the space file.
    is_file = Path(name).suffix in (".yaml", ".yml")
    if is_file:
        wanted = Path(name).stem
    else:
        wanted = name
    hint = did_you_mean(wanted, there, otherwise)
    if is_file and wanted in there:
        hint = f"write {wanted}: its name"
    raise InputError(f"there is no sweep {name}", hint, str(results))
