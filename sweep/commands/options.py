"""Arguments and options that several commands have, declared once."""

from pathlib import Path
from typing import Annotated

import typer

from sweep.commands import terminal

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
