"""The ledger: all trials of one sweep and how they ended, in one SQLite file with Optuna's study.

One process writes it; `Ledger.open_to_write` holds the folder's lock until it is closed. Readers
need no lock: the file is in WAL mode. A finished trial is one transaction that is on the disk when
`finish` returns.
"""

import json
import os
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sweep.errors import StoreError
from sweep.secrets import without_secrets
from sweep.space import DEFAULT_OBJECTIVE, Hyperparams, Objective, SweepSpec
from sweep.store.lock import lock_folder
from sweep.store.migrate import OLDEST, VERSION, migrate, read_again
from sweep.store.spec_json import from_json, objectives_of, to_json
from sweep.trial import DataSummary, Evaluation, State, Trace, Trial, TrialRecord, best_step

FILE = "sweep.db"

_TABLES = """
CREATE TABLE sweep_facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sweep_trials (
    number INTEGER PRIMARY KEY, configuration INTEGER NOT NULL, point TEXT NOT NULL,
    seed INTEGER NOT NULL, parameters INTEGER NOT NULL, baseline TEXT, optuna INTEGER,
    state TEXT NOT NULL, started REAL NOT NULL, seconds REAL, steps INTEGER NOT NULL, cause TEXT
);
CREATE TABLE sweep_evaluations (
    number INTEGER NOT NULL REFERENCES sweep_trials, step INTEGER NOT NULL,
    loss REAL NOT NULL, accuracy REAL NOT NULL, val_loss REAL NOT NULL, val_accuracy REAL NOT NULL,
    val_balanced_accuracy REAL, val_macro_f1 REAL,
    PRIMARY KEY (number, step)
) WITHOUT ROWID;
CREATE TABLE sweep_traces (
    number INTEGER NOT NULL REFERENCES sweep_trials, step INTEGER NOT NULL,
    loss REAL NOT NULL, probabilities TEXT NOT NULL,
    PRIMARY KEY (number, step)
) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Facts:
    """The facts of a sweep as a whole."""

    id: str
    """No other sweep has it."""
    source: str
    """The text of the space file as it was run."""
    path: str
    """Where that file stood."""
    data: DataSummary
    tracking_uri: str
    """MLflow's store, in the file without its secret."""
    versions: Mapping[str, str]
    created: float
    """Seconds since the epoch."""
    completed: bool = False
    """Whether all was done that follows the last trial."""
    exhausted: bool = False
    """Whether it ended before its number of trials, because nothing in its space was left."""
    defaults: int = 0
    """Which edition of the defaults fills in what the file does not name."""
    spec: SweepSpec | None = None
    """What the file was read as; None in a ledger of a version that did not keep it."""

    @property
    def sweep(self) -> SweepSpec:
        """What the file was read as, now if it was not kept. Raises `SpaceFileError`."""
        if self.spec is not None:
            return self.spec
        data = self.data
        return read_again(self.source, self.path, self.defaults, data.shape, data.train)


class Ledger:
    """An open ledger."""

    def __init__(self, folder: Path, connection: sqlite3.Connection, lock: int | None) -> None:
        self.folder = folder
        self._connection = connection
        self._lock = lock

    @classmethod
    def open_to_read(cls, folder: Path) -> "Ledger":
        """Opens the ledger in `folder`. Raises `StoreError` if it is missing or damaged."""
        # Whoever may write takes part in SQLite's housekeeping, so that no -wal and -shm are left
        # behind.
        may_write = os.access(folder, os.W_OK) and os.access(folder / FILE, os.W_OK)
        return cls(folder, _connect(folder / FILE, "rw" if may_write else "ro"), None)

    @classmethod
    def open_to_write(cls, folder: Path) -> "Ledger":
        """Opens the ledger in `folder`, or creates it.

        Raises `InUse` while another process has it open for writing. Raises `StoreError` if it is
        damaged, or the folder cannot be written or locked.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"cannot write results: {error.strerror}", "choose another --results", str(folder)
            ) from None
        lock = lock_folder(folder)
        try:
            if not (folder / FILE).exists():
                _create(folder / FILE)
            connection = _connect(folder / FILE, "rw", check=True)
            _remove_secret(connection, folder / FILE)
            return cls(folder, connection, lock)
        except BaseException:
            os.close(lock)
            raise

    def close(self) -> None:
        """Closes the file and releases the lock."""
        self._connection.close()
        if self._lock is not None:
            os.close(self._lock)

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def path(self) -> Path:
        return self.folder / FILE

    def facts(self) -> Facts | None:
        """The facts of the sweep; None before it has begun."""
        with self._reading() as read:
            found = {
                key: json.loads(value) for key, value in read("SELECT key, value FROM sweep_facts")
            }
            if not found:
                return None
            spec = found.get("spec")
            if spec is None:
                read_as = None
            else:
                read_as = from_json(spec, found["source"])
            data = DataSummary.from_json(found["data"])
            return Facts(**{**found, "data": data, "spec": read_as})

    def begin(self, facts: Facts) -> None:
        """Writes the facts, replacing those of an earlier run of the same sweep, and migrates an
        earlier ledger.

        The secret of the store is not written.
        """
        _migrate(self._connection, self.path)
        kept = replace(facts, tracking_uri=without_secrets(facts.tracking_uri))
        values = {**vars(kept), "data": asdict(kept.data)}
        # Without a spec, an earlier one stays.
        spec = values.pop("spec")
        if spec is not None:
            values["spec"] = to_json(spec)
        rows = [(key, json.dumps(value)) for key, value in values.items()]
        with self._transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO sweep_facts VALUES (?, ?)", rows)

    def start(self, trial: Trial, optuna: int | None) -> TrialRecord:
        """Records that a trial runs; an interrupted one starts again from the beginning."""
        record = TrialRecord(trial, State.RUNNING, time.time())
        row = (
            trial.number,
            trial.configuration,
            json.dumps(trial.point.model_dump()),
            trial.seed,
            trial.parameters,
            trial.baseline,
            optuna,
            State.RUNNING,
            record.started,
            None,
            0,
            None,
        )
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO sweep_trials VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", row
            )
        return record

    def finish(self, record: TrialRecord, traces: Iterable[Trace] = ()) -> None:
        """Writes the end of a trial, its evaluations and its traces.

        They are on the disk when this returns.
        """
        number = record.trial.number
        traced = []
        for trace in traces:
            probabilities = json.dumps(trace.probabilities)
            traced.append((number, trace.step, trace.loss, probabilities))
        rows = []
        for e in record.evaluations:
            by_class = (e.val_balanced_accuracy, e.val_macro_f1)
            rows.append((number, e.step, e.loss, e.accuracy, e.val_loss, e.val_accuracy, *by_class))
        with self._transaction() as connection:
            connection.execute(
                "UPDATE sweep_trials SET state = ?, started = ?, seconds = ?, steps = ?, cause = ? "
                "WHERE number = ?",
                (record.state, record.started, record.seconds, record.steps, record.cause, number),
            )
            connection.executemany(
                "INSERT OR REPLACE INTO sweep_evaluations VALUES (?,?,?,?,?,?,?,?)", rows
            )
            connection.executemany("INSERT OR REPLACE INTO sweep_traces VALUES (?,?,?,?)", traced)

    def traces(self, number: int) -> list[Trace]:
        """The traces of one trial, by step."""
        query = "SELECT step, loss, probabilities FROM sweep_traces WHERE number = ? ORDER BY step"
        with self._reading() as read:
            return [
                Trace(step, loss, tuple(json.loads(text)))
                for step, loss, text in read(query, (number,))
            ]

    def records(self) -> list[TrialRecord]:
        """All trials by number."""
        with self._reading() as read:
            # Trials first: evaluations written in between belong to trials that were still running.
            rows = list(read("SELECT * FROM sweep_trials ORDER BY number"))
            objective = _objective(read)
            evaluations: dict[int, list[Evaluation]] = {}
            for number, *numbers in read("SELECT * FROM sweep_evaluations ORDER BY number, step"):
                evaluations.setdefault(number, []).append(Evaluation(*numbers))
            return [_record(row, tuple(evaluations.get(row[0], ())), objective) for row in rows]

    def finished(self) -> int:
        """The number of trials that have ended."""
        with self._reading() as read:
            count: int = read(
                "SELECT COUNT(*) FROM sweep_trials WHERE state != ?", (State.RUNNING,)
            ).fetchone()[0]
            return count

    def optuna_number(self, number: int) -> int | None:
        """The number of a trial in Optuna's study; None for a baseline outside the space."""
        with self._reading() as read:
            row = read("SELECT optuna FROM sweep_trials WHERE number = ?", (number,)).fetchone()
            return None if row is None else row[0]

    def optuna_numbers(self) -> dict[int, int]:
        """The number of each trial in Optuna's study; baselines outside the space have none."""
        with self._reading() as read:
            return dict(read("SELECT number, optuna FROM sweep_trials WHERE optuna IS NOT NULL"))

    def forget(self, numbers: Iterable[int]) -> None:
        """Removes trials that began and are no longer wanted."""
        with self._transaction() as connection:
            connection.executemany(
                "DELETE FROM sweep_trials WHERE number = ?", [(n,) for n in numbers]
            )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._connection:
                yield self._connection
        except sqlite3.Error as error:
            raise _unusable(self.path, error) from error

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        try:
            yield self._connection.execute
        except (sqlite3.Error, ValueError, TypeError, KeyError) as error:
            raise _unusable(self.path, error) from error


def has_ledger(folder: Path) -> bool:
    """Whether a sweep has begun in `folder`."""
    # Path.exists raises for a name that is too long.
    return os.path.exists(folder / FILE)


def new_id() -> str:
    """A unique identifier for a new sweep."""
    return uuid.uuid4().hex


def sweeps_in(results: Path) -> list[Path]:
    """The folders below `results` that hold a ledger, by name."""
    return sorted(path.parent for path in results.glob(f"*/{FILE}"))


def _objective(read: Callable[[str], sqlite3.Cursor]) -> Objective:
    """What trials are judged by. The evaluations and the objective determine `best_step`, so the
    tables do not have it."""
    row = read("SELECT value FROM sweep_facts WHERE key = 'spec'").fetchone()
    if row is None:
        # No version without a spec judged by another evaluation than the last.
        return DEFAULT_OBJECTIVE
    return objectives_of(json.loads(row[0])).main


def _record(
    row: tuple[Any, ...], evaluations: tuple[Evaluation, ...], objective: Objective
) -> TrialRecord:
    (
        number,
        configuration,
        point,
        seed,
        parameters,
        baseline,
        _,
        state,
        started,
        seconds,
        steps,
        cause,
    ) = row
    trial = Trial(
        number, configuration, Hyperparams.model_validate_json(point), seed, parameters, baseline
    )
    return TrialRecord(
        trial=trial,
        state=State(state),
        started=started,
        seconds=seconds,
        steps=steps,
        evaluations=evaluations,
        cause=cause,
        best_step=best_step(evaluations, objective),
    )


def _create(path: Path) -> None:
    """Creates a new ledger in one step: no partial file can remain."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        _remove(_with_sidecars(fresh))
        with sqlite3.connect(fresh) as connection:
            connection.executescript(
                f"PRAGMA journal_mode = WAL; PRAGMA user_version = {VERSION}; {_TABLES}"
            )
        connection.close()
        os.replace(fresh, path)
    except (sqlite3.Error, OSError) as error:
        raise _unusable(path, error) from error


def _with_sidecars(path: Path) -> Iterable[Path]:
    return (path.with_name(path.name + end) for end in ("", "-wal", "-shm"))


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _connect(path: Path, mode: str, *, check: bool = False) -> sqlite3.Connection:
    """An open connection; with `check`, every page of the file is verified. Raises `StoreError`."""
    try:
        empty = path.stat().st_size == 0
    except OSError as error:
        hint = "sweep list shows what is there; --results says where to look"
        raise StoreError(f"there is no sweep here: {error.strerror}", hint, str(path)) from None
    if empty:
        raise StoreError("the ledger is an empty file", _RESTORE, str(path))
    # In a read-only folder, a file in WAL mode can only be opened as immutable.
    at_rest = not path.with_name(f"{path.name}-wal").exists()
    frozen = ""
    if at_rest and not os.access(path.parent, os.W_OK):
        frozen = "&immutable=1"
    uri = f"{path.resolve().as_uri()}?mode={mode}{frozen}"
    try:
        connection = sqlite3.connect(uri, uri=True, timeout=30)
    except sqlite3.Error as error:
        raise _unusable(path, error) from error
    try:
        connection.execute("PRAGMA synchronous = FULL")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if check and (found := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise sqlite3.DatabaseError(found)
    except sqlite3.Error as error:
        connection.close()
        raise _unusable(path, error) from error
    if not OLDEST <= version <= VERSION:
        connection.close()
        what = "no ledger of sweep"
        if version:
            what = "written by another version of sweep"
        raise StoreError(
            f"this file is {what}", "choose another --results or another name", str(path)
        )
    return connection


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Migrates an earlier ledger. Raises `StoreError` if it cannot be written."""
    try:
        migrate(connection)
    except (sqlite3.Error, ValueError, TypeError, KeyError) as error:
        raise _unusable(path, error) from error


def _remove_secret(connection: sqlite3.Connection, path: Path) -> None:
    """Removes the secret that earlier versions left in the URI of MLflow's store.

    It is removed from its row, and from every page of the file that may still contain its bytes.
    """
    try:
        row = connection.execute(
            "SELECT value FROM sweep_facts WHERE key = 'tracking_uri'"
        ).fetchone()
        uri = ""
        if row:
            uri = json.loads(row[0])
        shown = without_secrets(uri)
        if shown != uri:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("VACUUM")
            # This comes last: after an earlier interruption, the next run repeats all of it.
            with connection:
                connection.execute(
                    "UPDATE sweep_facts SET value = ? WHERE key = 'tracking_uri'",
                    (json.dumps(shown),),
                )
        # Always: an interruption here, or a concurrent reader, may have left old pages in a file.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except (sqlite3.Error, ValueError, TypeError) as error:
        connection.close()
        raise _unusable(path, error) from error


_RESTORE = "restore it from a copy, or remove the folder to begin anew"


def _unusable(path: Path, error: Exception) -> StoreError:
    return StoreError(
        f"the ledger cannot be used: {error}", f"free the disk if it is full; {_RESTORE}", str(path)
    )
