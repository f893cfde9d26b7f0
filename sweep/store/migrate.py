"""Migrates a ledger of an earlier version, one step per version.

Commands that only read do not migrate, so they must accept that what a step adds is missing. To
change what a ledger holds, add 1 to `VERSION` and add the step that leads there.
"""

import json
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

from sweep.space import Shape, SweepSpec
from sweep.spacefile.read import parse
from sweep.store.spec_json import to_json

VERSION = 4
# The earliest version that can be read.
OLDEST = 2


def read_again(source: str, path: str, defaults: int, shape: Shape, images: int) -> SweepSpec:
    """The sweep of a ledger that keeps only the text of its file, for images of `shape` (height,
    width, channels), so many of them to train on. Raises `SpaceFileError`."""
    file = parse(source, Path(path), as_run=True, defaults=defaults)
    return file.spec(shape, images)


def _keep_spec(connection: sqlite3.Connection) -> None:
    """From 2 to 3: stores the parsed sweep beside the text of the space file."""
    rows = connection.execute("SELECT key, value FROM sweep_facts")
    facts = {key: json.loads(value) for key, value in rows}
    if not facts:
        return
    data = facts["data"]
    defaults = facts.get("defaults", 0)
    shape = tuple(data["shape"])
    spec = read_again(facts["source"], facts["path"], defaults, shape, data["train"])
    row = ("spec", json.dumps(to_json(spec)))
    connection.execute("INSERT OR REPLACE INTO sweep_facts VALUES (?, ?)", row)


def _add_scores_by_class(connection: sqlite3.Connection) -> None:
    """From 3 to 4: the columns of scores that count every class alike, empty for earlier trials."""
    for name in ("val_balanced_accuracy", "val_macro_f1"):
        connection.execute(f"ALTER TABLE sweep_evaluations ADD COLUMN {name} REAL")


STEPS: Mapping[int, Callable[[sqlite3.Connection], None]] = {
    2: _keep_spec,
    3: _add_scores_by_class,
}


def migrate(connection: sqlite3.Connection) -> None:
    """Migrates an open ledger to `VERSION`.

    Each step is its own transaction; after an interruption the next run continues.
    """
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    while version < VERSION:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            STEPS[version](connection)
            version += 1
            connection.execute(f"PRAGMA user_version = {version}")
