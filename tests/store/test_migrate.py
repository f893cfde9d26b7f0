"""A ledger of every earlier version that can be read opens, shows, exports, reports and goes on.

`version_2/whole.db` and `version_3/whole.db` are two of one sweep: five trials of six, two of which
were interrupted.
"""

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from sweep.analysis.export import FORMATS
from sweep.analysis.report import write_report
from sweep.engine.coordinator import Options
from sweep.errors import StoreError
from sweep.store import migrate
from sweep.store.ledger import Ledger
from sweep.store.results import overview, read_sweep
from sweep.trial.events import Evaluated, Event
from sweep.trial.record import State
from sweep.trial.tasks import Train
from tests.fakes import FakeExecutor, Trainer, learning, run_file

EARLIER = range(migrate.OLDEST, migrate.VERSION)


@pytest.fixture(params=EARLIER)
def earlier(request: pytest.FixtureRequest) -> int:
    """An earlier version."""
    number: int = request.param
    return number


@pytest.fixture
def folder(earlier: int, tmp_path: Path) -> Path:
    """The folder of a sweep of that version."""
    folder = tmp_path / "results" / "whole"
    folder.mkdir(parents=True)
    shutil.copy(Path(__file__).parent / f"version_{earlier}" / "whole.db", folder / "sweep.db")
    return folder


def version(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "sweep.db")) as connection:
        found: int = connection.execute("PRAGMA user_version").fetchone()[0]
        return found


def test_it_is_shown_and_exported_and_left_as_it_is(earlier: int, folder: Path) -> None:
    before = (folder / "sweep.db").read_bytes()
    spec, records, facts = read_sweep(folder)
    assert version(folder) == earlier
    # Version 2 kept only the text of the file.
    assert (facts.spec is None) == (earlier == 2)
    states = [record.state for record in records]
    assert states == [State.COMPLETE, State.COMPLETE, State.PRUNED, State.RUNNING, State.RUNNING]
    assert len(FORMATS["csv"].content(spec, records).splitlines()) == 6
    (line,), broken = overview(folder.parent)
    assert (line.name, line.finished, line.trials, broken) == ("whole", 3, 6, [])
    assert write_report(folder).markdown.exists()
    assert (folder / "sweep.db").read_bytes() == before


def go_on(folder: Path, store: str, trainer: Trainer = learning) -> None:
    with Ledger.open_to_read(folder) as ledger:
        facts = ledger.facts()
    assert facts is not None
    path = folder.parent.parent / "whole.yaml"
    path.write_text(facts.source)
    options = Options(folder.parent, store, workers=1)
    run_file(path, options, partial(FakeExecutor, trainer=trainer, summary=facts.data))


def test_it_goes_on_and_is_of_this_version_then(folder: Path, mlflow_store: str) -> None:
    _, before, _ = read_sweep(folder)
    go_on(folder, mlflow_store)
    spec, records, facts = read_sweep(folder)
    assert version(folder) == migrate.VERSION
    assert facts.spec == spec
    assert len(records) == 6
    assert records[:3] == before[:3]
    assert [record.trial for record in records[:5]] == [record.trial for record in before]
    assert all(record.state.is_finished for record in records)


def test_an_earlier_version_is_read_as_its_text_was_then(folder: Path) -> None:
    spec, _, _ = read_sweep(folder)
    with Ledger.open_to_write(folder) as ledger:
        facts = ledger.facts()
        assert facts is not None
        ledger.begin(facts)
    assert version(folder) == migrate.VERSION
    assert read_sweep(folder)[0] == spec


def test_a_file_that_a_later_version_refuses_is_still_read(folder: Path) -> None:
    """What it was read as stands beside its text."""
    with Ledger.open_to_write(folder) as ledger:
        facts = ledger.facts()
        assert facts is not None
        ledger.begin(facts)
    spec, records, _ = read_sweep(folder)
    with closing(sqlite3.connect(folder / "sweep.db")) as connection, connection:
        text = json.dumps("name: whole\nspace: {no_such_key: 3}\n")
        connection.execute("UPDATE sweep_facts SET value = ? WHERE key = 'source'", (text,))
    again, same, _ = read_sweep(folder)
    assert (again.space, again.search, again.baselines) == (
        spec.space,
        spec.search,
        spec.baselines,
    )
    assert same == records


def test_an_interruption_of_a_step_leaves_the_version_before(
    earlier: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM sweep_facts")
        raise ValueError("killed")

    monkeypatch.setattr(migrate, "STEPS", {earlier: cut})
    with Ledger.open_to_write(folder) as ledger:
        facts = ledger.facts()
        assert facts is not None
        with pytest.raises(StoreError, match="killed"):
            ledger.begin(facts)
    assert version(folder) == earlier
    assert read_sweep(folder)[2] == facts


@pytest.mark.parametrize("number", [1, migrate.VERSION + 1])
def test_a_version_that_is_not_known_is_refused_and_left_alone(folder: Path, number: int) -> None:
    with closing(sqlite3.connect(folder / "sweep.db")) as connection, connection:
        connection.execute(f"PRAGMA user_version = {number}")
    before = (folder / "sweep.db").read_bytes()
    with pytest.raises(StoreError, match="another version of sweep"):
        read_sweep(folder)
    with pytest.raises(StoreError, match="another version of sweep"):
        Ledger.open_to_write(folder)
    assert (folder / "sweep.db").read_bytes() == before


def test_there_is_a_step_from_every_version_that_can_be_read() -> None:
    assert list(migrate.STEPS) == list(range(migrate.OLDEST, migrate.VERSION))


def test_the_scores_of_earlier_trials_are_missing_and_those_of_later_ones_are_kept(
    earlier: int, folder: Path, mlflow_store: str
) -> None:
    def scored(job: Train) -> list[Event]:
        return [
            replace(event, evaluation=replace(event.evaluation, val_balanced_accuracy=0.0))
            if isinstance(event, Evaluated)
            else event
            for event in learning(job)
        ]

    assert version(folder) == earlier
    go_on(folder, mlflow_store, scored)
    _, records, _ = read_sweep(folder)
    assert version(folder) == migrate.VERSION
    found = [record.metric("val_balanced_accuracy") for record in records]
    assert found == [None] * 3 + [0.0] * 3
    assert {record.metric("val_macro_f1") for record in records} == {None}
    assert all(record.metric("val_accuracy") is not None for record in records)
    lines = (folder / "trials.csv").read_text().splitlines()
    place = lines[0].split(",").index("val_balanced_accuracy")
    assert [line.split(",")[place] for line in lines[1:]] == ["", "", "", "0.0", "0.0", "0.0"]


def test_the_step_to_scores_by_class_adds_columns_and_keeps_every_row(tmp_path: Path) -> None:
    with Ledger.open_to_write(tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / "sweep.db")) as connection, connection:
        for name in ("val_balanced_accuracy", "val_macro_f1"):
            connection.execute(f"ALTER TABLE sweep_evaluations DROP COLUMN {name}")
        connection.execute("INSERT INTO sweep_evaluations VALUES (0, 10, 1.0, 0.5, 2.0, 0.25)")
        connection.execute("PRAGMA user_version = 3")
        connection.commit()
        migrate.migrate(connection)
        (row,) = connection.execute("SELECT * FROM sweep_evaluations")
    assert row == (0, 10, 1.0, 0.5, 2.0, 0.25, None, None)
    assert version(tmp_path) == migrate.VERSION
