"""Optuna's study in the ledger's file, in the tables that Optuna creates and reads.

Optuna's own storage queries its tables several times for every value that is suggested or reported,
and takes seconds to read thousands of trials. Only the coordinator writes these tables. It keeps
the study in memory, and writes each trial to the file twice: at its beginning and at its end.
"""

import json
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import optuna
import sqlalchemy
from optuna.distributions import BaseDistribution, distribution_to_json, json_to_distribution
from optuna.trial import FrozenTrial, TrialState

_TRIALS = (
    "SELECT trial_id, number, state, datetime_start, datetime_complete FROM trials WHERE study_id "
    "= ? ORDER BY number"
)
# The parts of a trial; each row begins with the key of its trial.
_PARTS = (
    "SELECT trial_id, param_name, param_value, distribution_json "
    "FROM trial_params JOIN trials USING (trial_id) WHERE study_id = ? ORDER BY param_id",
    "SELECT trial_id, value, value_type "
    "FROM trial_values JOIN trials USING (trial_id) WHERE study_id = ? ORDER BY objective",
    "SELECT trial_id, step, intermediate_value, intermediate_value_type "
    "FROM trial_intermediate_values JOIN trials USING (trial_id) WHERE study_id = ? ORDER BY step",
    "SELECT trial_id, key, value_json "
    "FROM trial_system_attributes JOIN trials USING (trial_id) WHERE study_id = ? ORDER BY key",
)
_BEGIN = "INSERT INTO trials (number, study_id, state, datetime_start) VALUES (?, ?, ?, ?)"
_STATE = "UPDATE trials SET state = ?, datetime_complete = ? WHERE trial_id = ?"
_PARAMS = (
    "INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) VALUES (?, "
    "?, ?, ?)"
)
_VALUES = (
    "INSERT OR REPLACE INTO trial_values (trial_id, objective, value, value_type) VALUES (?, ?, "
    "?, ?)"
)
_REPORTED = (
    "INSERT OR REPLACE INTO trial_intermediate_values "
    "(trial_id, step, intermediate_value, intermediate_value_type) VALUES (?, ?, ?, ?)"
)
# Attributes in which Optuna's CMA-ES keeps its state as a pickle. Nothing on disk may run code when
# it is read, so they are neither written nor read. A sweep that goes on begins with a new
# distribution.
PICKLED = "cma:optimizer"
_ATTRIBUTES = (
    "INSERT OR REPLACE INTO trial_system_attributes (trial_id, key, value_json) VALUES (?, ?, ?)"
)
# Attributes of the study: NSGA-II keeps the parents of each generation there, by their numbers.
_KEPT = "SELECT key, value_json FROM study_system_attributes WHERE study_id = ? ORDER BY key"
_KEEP = (
    "INSERT OR REPLACE INTO study_system_attributes (study_id, key, value_json) VALUES (?, ?, ?)"
)


class StudyFile:
    """The study of one sweep, in SQLite. Raises exceptions of SQLAlchemy and Optuna."""

    def __init__(self, path: Path, name: str, direction: Literal["maximize", "minimize"]) -> None:
        url = sqlalchemy.URL.create("sqlite", database=str(path.resolve())).render_as_string()
        storage = optuna.storages.RDBStorage(url, engine_kwargs={"connect_args": {"timeout": 30}})

        @sqlalchemy.event.listens_for(storage.engine, "connect")
        def relax(connection: Any, _: Any) -> None:
            # The ledger's own rows are synced; they restore what Optuna loses in a power cut.
            connection.execute("PRAGMA synchronous = NORMAL")

        storage.engine.dispose()
        optuna.create_study(
            storage=storage, study_name=name, direction=direction, load_if_exists=True
        )
        self._engine = storage.engine
        self._study = storage.get_study_id_from_name(name)
        self._rows: dict[int, int] = {}
        """The keys in the file of the trials that have not ended."""
        self._kept: dict[str, Any] = {}
        """The study's attributes in the file."""

    def close(self) -> None:
        """Closes the file."""
        self._engine.dispose()

    def trials(self) -> list[FrozenTrial]:
        """All trials by number, as Optuna itself would read them."""
        with self._engine.begin() as connection:
            rows = connection.exec_driver_sql(_TRIALS, (self._study,)).fetchall()
            parts = []
            for query in _PARTS:
                part = connection.exec_driver_sql(query, (self._study,)).fetchall()
                parts.append(_grouped(part))
        params, values, reported, attributes = parts
        found: list[FrozenTrial] = []
        for key, number, state, begun, ended in rows:
            if not TrialState[state].is_finished():
                self._rows[number] = key
            kinds: dict[str, BaseDistribution] = {}
            parameters: dict[str, Any] = {}
            for name, value, text in params.get(key, ()):
                kinds[name] = _distribution(text)
                parameters[name] = kinds[name].to_external_repr(value)
            numbers = [_number(*value) for value in values.get(key, ())]
            steps = {step: _number(*value) for step, *value in reported.get(key, ())}
            system = {
                name: json.loads(text)
                for name, text in attributes.get(key, ())
                if not name.startswith(PICKLED)
            }
            start = _local(begun)
            end = _local(ended)
            trial = _Loaded(
                number=number,
                trial_id=number,
                state=TrialState[state],
                value=None,
                values=numbers or None,
                datetime_start=start,
                datetime_complete=end,
                params=parameters,
                distributions=kinds,
                user_attrs={},
                system_attrs=system,
                intermediate_values=steps,
            )
            found.append(trial)
        return found

    def attributes(self) -> Mapping[str, Any]:
        """What the sampler keeps of the study as a whole."""
        with self._engine.begin() as connection:
            rows = connection.exec_driver_sql(_KEPT, (self._study,)).fetchall()
        kept = {name: json.loads(text) for name, text in rows if not name.startswith(PICKLED)}
        self._kept = kept
        return dict(kept)

    def keep(self, attributes: Mapping[str, Any]) -> None:
        """Writes those of the study's attributes that are new or have changed."""
        rows = []
        for name, content in attributes.items():
            is_kept = name in self._kept and self._kept[name] == content
            if not is_kept and not name.startswith(PICKLED):
                rows.append((self._study, name, json.dumps(content)))
                self._kept[name] = content
        if rows:
            with self._engine.begin() as connection:
                _insert(connection, _KEEP, rows)

    def write(self, trial: FrozenTrial) -> None:
        """Writes everything known of a trial, replacing what was written at its beginning."""
        with self._engine.begin() as connection:
            key = self._rows.get(trial.number)
            if key is None:
                key = self._begin(connection, trial)
            ended = _utc(trial.datetime_complete)
            connection.exec_driver_sql(_STATE, (trial.state.name, ended, key))
            values = []
            reported = []
            attributes = []
            for place, value in enumerate(trial.values or ()):
                values.append((key, place, *_stored(value)))
            for step, value in trial.intermediate_values.items():
                reported.append((key, step, *_stored(value)))
            for name, content in trial.system_attrs.items():
                if not name.startswith(PICKLED):
                    attributes.append((key, name, json.dumps(content)))
            _insert(connection, _VALUES, values)
            _insert(connection, _REPORTED, reported)
            _insert(connection, _ATTRIBUTES, attributes)
        if trial.state.is_finished():
            self._rows.pop(trial.number, None)
        else:
            self._rows[trial.number] = key

    def _begin(self, connection: sqlalchemy.Connection, trial: FrozenTrial) -> int:
        start = _utc(trial.datetime_start)
        row = (trial.number, self._study, trial.state.name, start)
        key: int = connection.exec_driver_sql(_BEGIN, row).lastrowid
        params = []
        for name, value in trial.params.items():
            kind = trial.distributions[name]
            internal = kind.to_internal_repr(value)
            params.append((key, name, internal, distribution_to_json(kind)))
        _insert(connection, _PARAMS, params)
        return key


class _Loaded(FrozenTrial):
    """A trial that Optuna's storage in memory need not copy, since nobody else holds it.

    The copy would take longer than reading it. Without it, all trials share one distribution of a
    parameter.
    """

    def __deepcopy__(self, _: dict[int, Any]) -> "_Loaded":
        return self


def _insert(connection: sqlalchemy.Connection, statement: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        connection.exec_driver_sql(statement, rows)


def _grouped(rows: Iterable[Any]) -> dict[int, list[Any]]:
    """Rows grouped by their first column, without that column."""
    found: dict[int, list[Any]] = {}
    for key, *rest in rows:
        found.setdefault(key, []).append(rest)
    return found


@cache
def _distribution(text: str) -> BaseDistribution:
    return json_to_distribution(text)


_KINDS = {"FINITE": None, "INF_POS": math.inf, "INF_NEG": -math.inf, "NAN": math.nan}


def _number(stored: float | None, kind: str) -> float:
    return float(_KINDS[kind] if stored is None else stored)  # type: ignore[arg-type]


def _stored(number: float) -> tuple[float | None, str]:
    if math.isfinite(number):
        return number, "FINITE"
    return None, "NAN" if math.isnan(number) else "INF_POS" if number > 0 else "INF_NEG"


def _local(text: str | None) -> datetime | None:
    """A UTC time of the file in Optuna's form: naive local time."""
    if text is None:
        return None
    return datetime.fromisoformat(text).replace(tzinfo=UTC).astimezone().replace(tzinfo=None)


def _utc(local: datetime | None) -> str | None:
    if local is None:
        return None
    return local.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
