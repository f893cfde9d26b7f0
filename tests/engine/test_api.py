"""`import sweep`: what it offers, and what it leaves alone."""

import json
import logging
import os
import resource
import signal
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import pytest
from mlflow import MlflowClient

import sweep
from sweep.engine.view import Silent
from sweep.execute.drive import nothing
from sweep.store import read_sweep
from sweep.trial import TrialRecord
from tests.fakes import FakeExecutor


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sweep.engine.api.LocalExecutor", FakeExecutor)


def test_a_sweep_is_one_call_and_can_be_loaded_again(
    small: Path, tmp_path: Path, mlflow_store: str
) -> None:
    results = tmp_path / "results"
    done = sweep.run(small, results=results, tracking_uri=mlflow_store, workers=2)
    assert len(done.records) == 6
    assert done.best is not None
    assert list(done.table["number"]) == list(range(6))
    again = sweep.load(done.name, results=results)
    assert again.records == list(done.records)
    assert again.best == done.best
    assert sweep.load(done.folder).spec.name == done.name


def test_it_can_be_called_twice_and_in_a_thread(
    small: Path, tmp_path: Path, mlflow_store: str
) -> None:
    found = []

    def run(results: str) -> None:
        found.append(sweep.run(small, results=tmp_path / results, tracking_uri=mlflow_store))

    run("one")
    thread = threading.Thread(target=run, args=("two",))
    thread.start()
    thread.join()
    run("one")
    assert [len(done.records) for done in found] == [6, 6, 6]
    assert callable(sweep.run)


def test_no_variable_of_the_process_is_changed_by_its_first_sweep_either(
    small: Path, tmp_path: Path, mlflow_store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "77")
    before = dict(os.environ)
    view = AfterTwo(Impatient(), within=True)
    with pytest.raises(Impatient):
        sweep.run(small, results=tmp_path, tracking_uri=mlflow_store, view=view)
    assert dict(os.environ) == before
    sweep.run(small, results=tmp_path, tracking_uri=mlflow_store)
    assert dict(os.environ) == before


def test_nothing_of_the_process_is_changed(small: Path, tmp_path: Path, mlflow_store: str) -> None:
    def state() -> tuple[object, ...]:
        loggers = [logging.getLogger(name).level for name in ("optuna", "mlflow", "alembic", "")]
        handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        filters = list(warnings.filters)
        return loggers, handlers, filters, resource.getrlimit(resource.RLIMIT_NOFILE)

    # Optuna and MLflow set their own loggers when they are imported.
    sweep.run(small, results=tmp_path / "first", tracking_uri=mlflow_store)
    before = state()
    sweep.run(small, results=tmp_path / "second", tracking_uri=mlflow_store)
    assert state() == before


class Impatient(Exception):
    """What a caller's own check raises."""


class AfterTwo(Silent):
    """A view that raises an exception once two trials have ended, as a person or a caller might."""

    def __init__(self, error: BaseException, *, within: bool) -> None:
        self.error = error
        self.within = within
        self.count = 0
        self.notes: list[str] = []

    def ended(self, record: TrialRecord) -> None:
        self.count += 1
        if self.within:
            self.check()

    def note(self, text: str) -> None:
        self.notes.append(text)

    def check(self) -> None:
        if self.count >= 2:
            raise self.error


def status(folder: Path, store: str) -> str:
    """MLflow's status of the parent run of the sweep in `folder`."""
    client = MlflowClient(store)
    experiment = client.get_experiment_by_name("small").experiment_id
    _, _, facts = read_sweep(folder)
    (parent,) = client.search_runs([experiment], f"tags.`sweep.id` = '{facts.id}'")
    return str(parent.info.status)


INTERRUPTIONS: dict[str, tuple[BaseException, bool]] = {
    "an exception of the caller's check": (Impatient(), False),
    "an error of this package from the check": (sweep.SweepError("enough", "go on later"), False),
    "Ctrl-C during the check": (KeyboardInterrupt(), False),
    "Ctrl-C anywhere else": (KeyboardInterrupt(), True),
}


@pytest.mark.parametrize("name", INTERRUPTIONS)
def test_an_interruption_keeps_the_best_so_far_and_is_raised_again(
    name: str, small: Path, tmp_path: Path, mlflow_store: str
) -> None:
    error, within = INTERRUPTIONS[name]
    view = AfterTwo(error, within=within)
    check = nothing if within else view.check
    with pytest.raises(type(error)) as raised:
        sweep.run(
            small, results=tmp_path, tracking_uri=mlflow_store, workers=1, view=view, check=check
        )
    assert raised.value is error
    folder = tmp_path / "small"
    scores = json.loads((folder / "best" / "scores.json").read_text())
    assert scores["trial"] in (0, 1)
    assert any("best so far" in note for note in view.notes)
    assert status(folder, mlflow_store) == "KILLED"
    before = sweep.load("small", results=tmp_path).records
    again = sweep.run(small, results=tmp_path, tracking_uri=mlflow_store)
    assert [record.state.is_finished for record in again.records] == [True] * 6
    assert list(again.records[:2]) == list(before[:2])


def test_an_exception_of_the_callers_view_is_raised_and_the_sweep_can_go_on(
    small: Path, tmp_path: Path, mlflow_store: str
) -> None:
    error = ZeroDivisionError("a bug of the caller")
    view = AfterTwo(error, within=True)
    with pytest.raises(ZeroDivisionError) as raised:
        sweep.run(small, results=tmp_path, tracking_uri=mlflow_store, workers=1, view=view)
    assert raised.value is error
    assert status(tmp_path / "small", mlflow_store) == "FAILED"
    before = sweep.load("small", results=tmp_path).records
    again = sweep.run(small, results=tmp_path, tracking_uri=mlflow_store)
    assert len(again.records) == 6
    assert list(again.records[:2]) == list(before[:2])


def test_what_cannot_be_read_is_an_error_with_the_same_words(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("name: a\nspaces: {}\nspace: {}\n")
    with pytest.raises(sweep.SweepError) as raised:
        sweep.run(tmp_path / "a.yaml")
    assert raised.value.problems[0].message == "a space file has no key spaces"
    assert str(raised.value).splitlines() == [
        f"sweep: error: a space file has no key spaces ({tmp_path / 'a.yaml'}:2:1)",
        "hint: did you mean space?",
    ]
    with pytest.raises(sweep.SweepError, match="there is no sweep nothing"):
        sweep.load("nothing", results=tmp_path)


def test_it_imports_nothing_heavy_and_names_what_it_offers() -> None:
    program = (
        "import sweep, sys\n"
        "heavy = {'tensorflow', 'keras', 'mlflow', 'optuna', 'pandas', 'numpy', 'pydantic'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "assert {'run', 'load', 'SweepError'} <= set(dir(sweep))\n"
        "try:\n    sweep.nothing\nexcept AttributeError as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "module 'sweep' has no attribute 'nothing'"


def test_no_module_has_the_name_of_what_is_offered() -> None:
    root = Path(sweep.__file__).parent
    modules = {path.stem for path in root.iterdir() if path.suffix in (".py", "")}
    assert not modules & {name.lower() for name in sweep.__all__}


@pytest.mark.parametrize("workers", [0, -1])
def test_a_number_of_workers_that_does_nothing_is_refused(workers: int, small: Path) -> None:
    with pytest.raises(sweep.SweepError, match=f"workers cannot be {workers}"):
        sweep.run(small, workers=workers)
