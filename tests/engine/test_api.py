"""`import sweep`: what it offers, and what it leaves alone."""

import logging
import resource
import signal
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import pytest

import sweep
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


def test_what_cannot_be_read_is_an_error_with_the_same_words(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("name: a\nspaces: {}\nspace: {}\n")
    with pytest.raises(sweep.SweepError) as raised:
        sweep.run(tmp_path / "a.yaml")
    assert raised.value.problems[0].message == "a space file has no key spaces"
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
