"""`sweep export`: the results table in a format of the user's choice."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sweep.analysis.export import FORMATS
from sweep.commands import find, terminal
from sweep.commands.find import DEFAULT_RESULTS, Json, Results, SweepName
from sweep.errors import InputError

if TYPE_CHECKING:
    # The values of the option are the names of the formats.
    ExportFormat = StrEnum
else:
    ExportFormat = StrEnum("ExportFormat", {name: name for name in FORMATS})

Format = Annotated[
    ExportFormat | None,
    typer.Option(
        "--format", help="the format; else that of the file's ending; csv where it has none"
    ),
]
Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="PATH", help="a file; - or nothing for standard output"),
]


def export(
    name: SweepName,
    kind: Format = None,
    output: Output = None,
    results: Results = DEFAULT_RESULTS,
    as_json: Json = False,
) -> None:
    """Write the results table."""
    from sweep.files import write_whole
    from sweep.store import read_sweep

    if output is None or str(output) == "-":
        path = None
    else:
        path = output
    chosen = _format(kind, path, as_json=as_json)
    if path is None and not FORMATS[chosen].is_text and sys.stdout.isatty():
        what = f"a {chosen} file cannot be shown on a terminal"
        raise InputError(what, "add -o PATH", "--format")
    spec, records, _ = read_sweep(find.sweep_folder(name, results))
    content = FORMATS[chosen].content(spec, records)
    if path is None:
        terminal.output().buffer.write(content)
        terminal.output().buffer.flush()
        return
    if not path.parent.is_dir():
        what = "there is no such folder"
        raise InputError(what, "make it, or choose another path", str(path.parent))
    write_whole(path, content)
    if as_json:
        terminal.print_json({"path": str(path), "format": chosen, "rows": len(records)})
    else:
        typer.echo(f"{len(records)} trials in {path}", err=True)


def _format(kind: StrEnum | None, path: Path | None, *, as_json: bool) -> str:
    """The name of the format: the requested one, or the file's ending."""
    if as_json and path is None:
        return "json"
    if kind is not None:
        return kind.value
    ending = ""
    if path:
        ending = path.suffix[1:].lower()
    if not ending:
        return "csv"
    if ending not in FORMATS:
        known = ", ".join(FORMATS)
        what = f"no format has the ending .{ending}"
        raise InputError(what, f"use one of {known}, or add --format", str(path))
    return ending
