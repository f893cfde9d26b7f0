"""The formats of the results table, by name. A new one is a function and a line in `FORMATS`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from sweep.space import SweepSpec
    from sweep.trial import TrialRecord

Writer: TypeAlias = "Callable[[SweepSpec, Iterable[TrialRecord]], bytes]"


@dataclass(frozen=True)
class Format:
    """A format, named after the ending of its files.

    `content` renders the trials by number, with every digit. `is_text` is true if a terminal can
    show it.
    """

    content: Writer
    is_text: bool = True


def _csv(spec: "SweepSpec", records: "Iterable[TrialRecord]") -> bytes:
    from sweep.analysis.rows import csv_table

    return csv_table(spec, records)


def _json(spec: "SweepSpec", records: "Iterable[TrialRecord]") -> bytes:
    import json

    from sweep.analysis.rows import by_number, row

    rows = [row(spec, record) for record in by_number(records)]
    return (json.dumps(rows, indent=1, allow_nan=False) + "\n").encode()


def _markdown(spec: "SweepSpec", records: "Iterable[TrialRecord]") -> bytes:
    from sweep.analysis.table import markdown, table

    return markdown(table(spec, records))


def _parquet(spec: "SweepSpec", records: "Iterable[TrialRecord]") -> bytes:
    from sweep.analysis.table import parquet, table

    return parquet(table(spec, records))


# Each writer imports what it needs when called: the command line lists all formats.
FORMATS: Mapping[str, Format] = {
    "csv": Format(_csv),
    "json": Format(_json),
    "md": Format(_markdown),
    "parquet": Format(_parquet, is_text=False),
}
