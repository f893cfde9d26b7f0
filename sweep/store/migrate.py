"""Migrates a ledger of an earlier version, one step per version.

Commands that only read do not migrate, so they must accept that what a step adds is missing. To
change what a ledger holds, add 1 to `VERSION` and add the step that leads there.
"""

import json
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

from sweep.spacefile.read import parse
from sweep.store.spec_json import to_json

VERSION = 3
# The earliest version that can be read.
OLDEST = 2


def _keep_spec(connection: sqlite3.Connection) -> None:
    """From 2 to 3: adds the parsed spec to the text of the space file."""
    rows = connection.execute("SELECT key, value FROM sweep_facts")
    facts = {key: json.loads(value) for key, value in rows}
    if not facts:
        return
    path = Path(facts["path"])
    defaults = facts.get("defaults", 0)
    file = parse(facts["source"], path, as_run=True, defaults=defaults)
    spec = to_json(file.spec(tuple(facts["data"]["shape"])))
    row = ("spec", json.dumps(spec))
    connection.execute("INSERT OR REPLACE INTO sweep_facts VALUES (?, ?)", row)


STEPS: Mapping[int, Callable[[sqlite3.Connection], None]] = {2: _keep_spec}


def migrate(connection: sqlite3.Connection) -> None:
    """Migrates an open ledger to `VERSION`.

    Each step is one transaction: after an interruption, the next migration continues there.
    """
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    while version < VERSION:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            STEPS[version](connection)
            version += 1
            connection.execute(f"PRAGMA user_version = {version}")
