"""The results table as the content of a file."""

import json
from collections.abc import Iterable
from typing import Literal, TypeAlias

from sweep.analysis.rows import by_number, csv_table, row
from sweep.space.spec import SweepSpec
from sweep.trial.record import TrialRecord

Format: TypeAlias = Literal["csv", "json", "md", "parquet"]


def export(spec: SweepSpec, records: Iterable[TrialRecord], kind: Format) -> bytes:
    """The trials by number as the content of a file of that format; numbers keep every digit."""
    match kind:
        case "csv":
            return csv_table(spec, records)
        case "json":
            rows = [row(spec, record) for record in by_number(records)]
            return (json.dumps(rows, indent=1, allow_nan=False) + "\n").encode()
        case "md" | "parquet":
            from sweep.analysis.table import markdown, parquet, table  # imported here: heavy

            return (markdown if kind == "md" else parquet)(table(spec, records))
