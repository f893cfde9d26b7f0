"""The ledger: what is written is read back, one writer, and damage is an error that loses
nothing."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from sweep.errors import InUse, StoreError
from sweep.space.hyperparams import Hyperparams
from sweep.store.ledger import Facts, Ledger, has_ledger, new_id, sweeps_in
from sweep.store.lock import is_in_use
from sweep.trial.images import DataSummary
from sweep.trial.record import Evaluation, State, Trace, Trial, TrialRecord
from tests.conftest import spec_of

FACTS = Facts(
    id="1",
    source="name: a\n",
    path="a.yaml",
    data=DataSummary("x", (28, 28, 1), ("a", "b"), 3, 2, 1, "f"),
    tracking_uri="sqlite:///x",
    versions={"a": "1"},
    created=1.5,
)


def trial(number: int) -> Trial:
    return Trial(
        number,
        number,
        Hyperparams(filters=(4,), learning_rate=0.1 + 0.2),
        7,
        1234,
        "base" if number == 0 else None,
    )


def finished(record: TrialRecord) -> TrialRecord:
    evaluations = tuple(Evaluation(step, 0.5, 0.25, 0.125, 1 / 3, 1 / 7, 0.0) for step in (10, 20))
    return replace(record, state=State.COMPLETE, seconds=1.5, steps=20, evaluations=evaluations)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    with Ledger.open_to_write(tmp_path / "a") as ledger:
        assert ledger.facts() is None
        ledger.begin(FACTS)
        done = finished(ledger.start(trial(0), optuna=3))
        ledger.finish(done)
        running = ledger.start(trial(1), optuna=None)
    with Ledger.open_to_read(tmp_path / "a") as ledger:
        assert ledger.facts() == FACTS
        assert ledger.records() == [done, running]
        assert ledger.optuna_numbers() == {0: 3}
        assert [ledger.optuna_number(number) for number in range(3)] == [3, None, None]
        assert ledger.finished() == 1


def test_a_trial_that_was_interrupted_begins_anew(tmp_path: Path) -> None:
    with Ledger.open_to_write(tmp_path) as ledger:
        first = ledger.start(trial(0), 0)
    with Ledger.open_to_write(tmp_path) as ledger:
        assert ledger.records() == [first]
        again = ledger.start(trial(0), 0)
        assert ledger.records() == [again]


def test_a_second_writer_is_refused_and_a_reader_is_not(tmp_path: Path) -> None:
    with Ledger.open_to_write(tmp_path) as ledger:
        ledger.begin(FACTS)
        with pytest.raises(InUse):
            Ledger.open_to_write(tmp_path)
        with Ledger.open_to_read(tmp_path) as reader:
            assert reader.facts() == FACTS
    Ledger.open_to_write(tmp_path).close()


def test_a_killed_writer_leaves_what_it_finished_and_no_lock(tmp_path: Path) -> None:
    program = (
        "import os, signal\nfrom pathlib import Path\nfrom tests.store.test_ledger import *\n"
        f"ledger = Ledger.open_to_write(Path({str(tmp_path)!r}))\nledger.begin(FACTS)\n"
        "ledger.finish(finished(ledger.start(trial(0), 0)))\nledger.start(trial(1), 1)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run(
        [sys.executable, "-c", program], check=False, cwd=Path(__file__).parent.parent.parent
    )
    with Ledger.open_to_write(tmp_path) as ledger:
        assert [r.state for r in ledger.records()] == [State.COMPLETE, State.RUNNING]


def test_an_unfinished_creation_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / ".sweep.db.new").write_bytes(b"half a database")
    with Ledger.open_to_write(tmp_path) as ledger:
        assert ledger.records() == []


def garbage(path: Path) -> None:
    path.write_bytes(b"this is no database, and it is longer than a header of SQLite" * 20)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:4096])


def foreign(path: Path) -> None:
    path.unlink()
    sqlite3.connect(path).execute("CREATE TABLE other (x)").connection.commit()


def newer(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def empty(path: Path) -> None:
    path.write_bytes(b"")


DAMAGE = {
    "empty": (empty, "empty file"),
    "garbage": (garbage, "not a database"),
    "cut": (cut, "malformed|cannot be used"),
    "another program's": (foreign, "no ledger of sweep"),
    "a newer version's": (newer, "another version"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_file_that_cannot_be_used_is_refused_and_left_as_it_is(
    tmp_path: Path, damage: str
) -> None:
    with Ledger.open_to_write(tmp_path) as ledger:
        ledger.begin(FACTS)
        for number in range(50):
            ledger.finish(finished(ledger.start(trial(number), number)))
    path = tmp_path / "sweep.db"
    change, message = DAMAGE[damage]
    change(path)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=message):
        Ledger.open_to_write(tmp_path)
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot write results"):
        Ledger.open_to_write(tmp_path / "file" / "a")


def test_sweeps_are_found_by_their_ledger(tmp_path: Path) -> None:
    for name in ("b", "a"):
        Ledger.open_to_write(tmp_path / name).close()
    (tmp_path / "other").mkdir()
    assert sweeps_in(tmp_path) == [tmp_path / "a", tmp_path / "b"]
    assert new_id() != new_id()


def test_traces_are_read_back_by_step(tmp_path: Path) -> None:
    traces = [Trace(101, 0.1 + 0.2, (0.25, 0.75)), Trace(1, 2.5, (0.5, 0.5))]
    with Ledger.open_to_write(tmp_path / "a") as ledger:
        ledger.finish(finished(ledger.start(trial(0), 0)), traces)
        assert ledger.traces(0) == traces[::-1]
        assert ledger.traces(1) == []


def test_it_is_known_whether_a_sweep_is_being_run(tmp_path: Path) -> None:
    with Ledger.open_to_write(tmp_path / "a"):
        assert is_in_use(tmp_path / "a")
    assert not is_in_use(tmp_path / "a")


SECRET = "http://user:CANARY@host:5000/path"


def all_bytes(folder: Path) -> bytes:
    """Everything in the files of a folder, the write-ahead log among them."""
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_the_secret_of_the_store_is_never_written(tmp_path: Path) -> None:
    with Ledger.open_to_write(tmp_path) as ledger:
        ledger.begin(replace(FACTS, tracking_uri=SECRET))
        assert b"CANARY" not in all_bytes(tmp_path)
        facts = ledger.facts()
        assert facts is not None
        assert facts.tracking_uri == "http://***@host:5000/path"


def with_secrets(folder: Path) -> Path:
    """A ledger as earlier versions left it after a crash: the URI was written as it was given,
    several times, and the write-ahead log was not taken over yet."""
    with Ledger.open_to_write(folder / "live") as ledger:
        ledger.begin(FACTS)
        ledger.finish(finished(ledger.start(trial(0), 0)))
    connection = sqlite3.connect(folder / "live" / "sweep.db")
    for uri in (f"{SECRET}/{'long' * 500}", f"{SECRET}?token=CANARY", "http://host", SECRET):
        with connection:
            row = ("tracking_uri", json.dumps(uri))
            connection.execute("INSERT OR REPLACE INTO sweep_facts VALUES (?, ?)", row)
    shutil.copytree(folder / "live", folder / "old")
    connection.close()
    assert b"CANARY" in (folder / "old" / "sweep.db-wal").read_bytes()
    return folder / "old"


def test_the_secret_of_an_old_ledger_is_gone_from_its_file_once_it_is_opened_to_write(
    tmp_path: Path,
) -> None:
    folder = with_secrets(tmp_path)
    with Ledger.open_to_read(folder) as ledger:
        assert ledger.facts() == replace(FACTS, tracking_uri=SECRET)
    with Ledger.open_to_write(folder) as ledger:
        assert b"CANARY" not in all_bytes(folder)
        assert ledger.facts() == replace(FACTS, tracking_uri="http://***@host:5000/path")
        assert ledger.finished() == 1
    assert b"CANARY" not in all_bytes(folder)


def test_a_secret_whose_removal_was_cut_short_is_gone_after_the_next_time(tmp_path: Path) -> None:
    """Killed after the row was written, before the pages of the log were taken over, with a reader
    beside it."""
    folder = with_secrets(tmp_path)
    with sqlite3.connect(folder / "sweep.db") as connection:
        connection.execute(
            "UPDATE sweep_facts SET value = '\"http://***@host\"' WHERE key = 'tracking_uri'"
        )
    assert b"CANARY" in all_bytes(folder)
    reader = sqlite3.connect(folder / "sweep.db")
    reader.execute("SELECT * FROM sweep_facts").fetchone()
    with Ledger.open_to_write(folder):
        assert b"CANARY" not in all_bytes(folder)
    connection.close()
    reader.close()


def test_an_old_ledger_without_a_secret_is_not_written(tmp_path: Path) -> None:
    with Ledger.open_to_write(tmp_path) as ledger:
        ledger.begin(FACTS)
    before = (tmp_path / "sweep.db").read_bytes()
    Ledger.open_to_write(tmp_path).close()
    assert (tmp_path / "sweep.db").read_bytes() == before


def test_a_name_that_is_too_long_has_no_ledger(tmp_path: Path) -> None:
    assert not has_ledger(tmp_path / ("x" * 5000))


def test_a_folder_in_the_place_of_a_ledger_is_an_error_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "sweep.db").mkdir()
    with pytest.raises(StoreError) as raised:
        Ledger.open_to_read(tmp_path)
    assert str(tmp_path) in str(raised.value.problems[0].where)


@pytest.mark.parametrize(
    ("rest", "step"), [("", None), ("objective: {minimize: loss, of: best}", 10)]
)
def test_what_is_read_back_is_judged_as_the_file_says(
    rest: str, step: int | None, tmp_path: Path
) -> None:
    with Ledger.open_to_write(tmp_path) as ledger:
        ledger.begin(replace(FACTS, spec=spec_of("{steps: 20}", rest)))
        done = replace(finished(ledger.start(trial(0), 0)), best_step=step)
        ledger.finish(done)
        running = ledger.start(trial(1), 1)
        assert ledger.records() == [done, running]


def test_a_ledger_of_an_earlier_version_is_judged_by_the_last_evaluations(tmp_path: Path) -> None:
    with Ledger.open_to_write(tmp_path) as ledger:
        ledger.begin(replace(FACTS, spec=spec_of("{steps: 20}")))
        ledger.finish(finished(ledger.start(trial(0), 0)))
    with closing(sqlite3.connect(tmp_path / "sweep.db")) as file, file:
        (text,) = file.execute("SELECT value FROM sweep_facts WHERE key = 'spec'").fetchone()
        spec = json.loads(text)
        assert spec["objectives"][0].pop("of") == "last"
        assert spec["search"].pop("patience") is None
        row = (json.dumps(spec), "spec")
        file.execute("UPDATE sweep_facts SET value = ? WHERE key = ?", row)
    with Ledger.open_to_read(tmp_path) as ledger:
        (found,) = ledger.records()
        facts = ledger.facts()
    assert facts is not None
    assert facts.spec == replace(spec_of("{steps: 20}"), source=FACTS.source)
    assert (found.best_step, found.judged) == (None, found.last)
