"""Looking at a network of a real, tiny sweep: with its weights, and without them by the same
training again."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from sweep.engine.coordinator import Options
from sweep.engine.looking import inspect, inspection_folder
from sweep.errors import InputError, StoreError
from sweep.execute.drive import Executor, wait_for_data
from sweep.execute.local import LocalExecutor
from sweep.space.spec import DataSpec
from sweep.store.results import read_sweep
from sweep.trial.events import Done, Event, Loaded
from sweep.trial.images import DataSummary
from sweep.trial.record import State
from sweep.trial.tasks import Examine
from tests.fakes import FakeExecutor, Trainer, diverging, failing, learning, run_file

Start = Callable[[DataSpec, int], Executor]

SPACE = """\
name: blobs
data: {path: blobs.npz, validation: 60}
space:
  filters: [{choices: [2, 4]}]
  kernel_size: 3
  dense: [8]
  learning_rate: {low: 1e-3, high: 1e-2, log: true}
  batch_size: 16
  steps: 120
search: {trials: 6, keep: 1, evaluations: 3}
baselines: {fast: {filters: [4], learning_rate: 0.01}, slow: {filters: [2], learning_rate: 0.0001}}
"""


@pytest.fixture(scope="module")
def folder(
    blobs: Path, tmp_path_factory: pytest.TempPathFactory, mlflow_store: str
) -> Iterator[Path]:
    where = tmp_path_factory.mktemp("inspect")
    shutil.copy(blobs, where / "blobs.npz")
    (where / "space.yaml").write_text(SPACE)
    options = Options(where / "results", mlflow_store, workers=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(where)
        yield run_file(where / "space.yaml", options, LocalExecutor).folder


class Shared:
    """A look's own view of an executor that serves several: its data are loaded already."""

    def __init__(self, executor: LocalExecutor, data: DataSummary) -> None:
        self.capacity = executor.capacity
        self.submit = executor.submit
        self.stop = executor.stop
        self._executor = executor
        self._first: list[Event] = [Loaded(data)]

    def events(self) -> list[Event]:
        if self._first:
            return [self._first.pop()]
        return self._executor.events()

    def close(self) -> None: ...


@pytest.fixture(scope="module")
def executor(folder: Path) -> Iterator[Start]:
    """One server for all looks: each would import TensorFlow anew."""
    spec, _, _ = read_sweep(folder)
    with closing(LocalExecutor(spec.data, 1)) as kept:
        data = wait_for_data(kept)
        yield lambda _, workers: Shared(kept, data)


def test_the_best_is_looked_at_when_the_sweep_ends(folder: Path) -> None:
    (seen,) = (folder / "inspect").iterdir()
    assert {"confusion.png", "classes.csv", "filters.png"} <= {path.name for path in seen.iterdir()}


def test_the_best_agrees_with_its_record(folder: Path, executor: Start) -> None:
    notes: list[str] = []
    found = inspect(folder, None, executor, notes.append)
    assert (found.retrained, notes) == (False, [])
    assert found.found.accuracy == pytest.approx(found.record.metric("val_accuracy"))
    assert found.found.images == 60


def test_a_network_that_was_not_kept_is_trained_again_to_the_same_numbers(
    folder: Path, executor: Start
) -> None:
    notes: list[str] = []
    _, records, _ = read_sweep(folder)
    weights = {path.name for path in (folder / "weights").iterdir()}
    lost = next(r for r in records if f"trial-{r.trial.number}.weights.h5" not in weights)
    found = inspect(folder, lost.trial.number, executor, notes.append)
    assert found.retrained
    assert notes == [f"the weights of trial {lost.trial.number} were not kept: training it again"]
    assert found.found.accuracy == pytest.approx(lost.metric("val_accuracy"))
    assert {path.name for path in (folder / "weights").iterdir()} == weights


@pytest.mark.parametrize(("column", "is_noted"), [("val_macro_f1", False), ("val_loss", True)])
def test_scores_that_an_earlier_version_did_not_record_are_no_difference(
    column: str, is_noted: bool, folder: Path, tmp_path: Path, executor: Start
) -> None:
    """A trial of an earlier version, and one whose numbers came out otherwise."""
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    _, records, _ = read_sweep(copy)
    lost = next(r.trial.number for r in records if r.state is State.COMPLETE)
    (copy / "weights" / f"trial-{lost}.weights.h5").unlink(missing_ok=True)
    value = "NULL" if column == "val_macro_f1" else "9.0"
    with closing(sqlite3.connect(copy / "sweep.db")) as ledger, ledger:
        ledger.execute(f"UPDATE sweep_evaluations SET {column} = {value} WHERE number = {lost}")
    notes: list[str] = []
    inspect(copy, lost, executor, notes.append)
    assert any("came out otherwise" in note for note in notes) == is_noted


def test_a_trial_that_is_not_there_is_refused_before_anything_starts(folder: Path) -> None:
    with pytest.raises(InputError, match="no trial 77"):
        inspect(folder, 77, LocalExecutor, print)


def test_a_pruned_trial_is_trained_to_the_step_at_which_it_was_pruned(
    folder: Path, tmp_path: Path, executor: Start
) -> None:
    _, records, _ = read_sweep(folder)
    complete = next(r for r in records if r.state is State.COMPLETE and r.trial.baseline == "fast")
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    number = complete.trial.number
    with closing(sqlite3.connect(copy / "sweep.db")) as ledger, ledger:
        ledger.execute(
            "UPDATE sweep_trials SET state = 'pruned', steps = 40 WHERE number = ?", (number,)
        )
        ledger.execute("DELETE FROM sweep_evaluations WHERE number = ? AND step > 40", (number,))
    notes: list[str] = []
    found = inspect(copy, number, executor, notes.append)
    assert len(notes) == 1
    assert found.retrained
    assert found.found.accuracy == pytest.approx(complete.evaluations[0].val_accuracy)


def test_other_data_are_refused(folder: Path) -> None:
    path = folder.parent.parent / "blobs.npz"
    kept = path.read_bytes()
    with np.load(path) as arrays:
        changed = dict(arrays)
    changed["x_train"] = 255 - changed["x_train"]
    try:
        np.savez_compressed(path, **changed)
        with pytest.raises(StoreError, match="the data have changed"):
            inspect(folder, None, LocalExecutor, print)
    finally:
        path.write_bytes(kept)


PEAKS = """\
name: peaks
data: {path: blobs.npz, validation: 60}
space:
  filters: [4]
  kernel_size: 3
  dense: [8]
  dropout: 0.2
  learning_rate: {choices: [0.02, 0.002]}
  batch_size: 16
  steps: 200
search: {sampler: grid, repeats: 2, keep: 1, evaluations: 10, patience: 2}
objective: {maximize: val_accuracy, of: best}
"""


@pytest.fixture(scope="module")
def peaks(folder: Path, mlflow_store: str) -> Path:
    """A sweep on the same data whose trials are judged by their best evaluation."""
    where = folder.parent.parent
    (where / "peaks.yaml").write_text(PEAKS)
    options = Options(where / "results", mlflow_store, workers=2)
    return run_file(where / "peaks.yaml", options, LocalExecutor).folder


def test_patience_ended_trials_after_their_best_evaluation(peaks: Path) -> None:
    _, records, _ = read_sweep(peaks)
    assert {record.state for record in records} == {State.COMPLETE}
    early = [record for record in records if record.steps < 200]
    assert early
    for record in early:
        assert record.best_step == record.steps - 40
        assert record.last is not None
        assert record.judged != record.last


def test_every_network_is_that_of_the_best_evaluation_kept_or_trained_again(
    peaks: Path, executor: Start
) -> None:
    _, records, _ = read_sweep(peaks)
    kept = {path.name for path in (peaks / "weights").iterdir()}
    assert len(kept) == 1
    for record in records:
        notes: list[str] = []
        number = record.trial.number
        found = inspect(peaks, number, executor, notes.append)
        assert found.retrained == (f"trial-{number}.weights.h5" not in kept)
        # A note more would say that the numbers came out otherwise.
        assert len(notes) == found.retrained
        assert found.found.accuracy == pytest.approx(record.metric("val_accuracy"))


def test_weights_that_were_lost_come_back_to_the_bit(
    peaks: Path, tmp_path: Path, executor: Start
) -> None:
    (kept,) = (peaks / "weights").iterdir()
    number = int(kept.name.split("-")[1].split(".")[0])
    inspect(peaks, number, executor, print)
    seen = inspection_folder(peaks, number) / "predictions.csv"
    before = seen.read_bytes()
    hidden = kept.rename(tmp_path / kept.name)
    try:
        assert inspect(peaks, number, executor, lambda _: None).retrained
        assert seen.read_bytes() == before
    finally:
        hidden.rename(kept)


class Failing(FakeExecutor):
    """Trains as `trainer` does, and cannot look at a network."""

    def examine(self, task: Examine) -> Done:
        return Done(task, "killed by SIGKILL")


@pytest.mark.parametrize(
    ("trainer", "what"),
    [
        (failing, "the network could not be trained again: killed by SIGKILL"),
        (diverging, "the network could not be trained again: the loss is not finite at step 30"),
        (learning, "the network could not be looked at: killed by SIGKILL"),
    ],
)
def test_a_failure_of_a_second_training_names_no_file_that_is_gone(
    trainer: Trainer, what: str, small: Path, tmp_path: Path, mlflow_store: str
) -> None:
    swept = run_file(small, Options(tmp_path / "results", mlflow_store, workers=1)).folder
    shutil.rmtree(swept / "weights")
    start = partial(Failing, trainer=trainer)
    with pytest.raises(StoreError) as raised:
        inspect(swept, None, start, print)
    (problem,) = raised.value.problems
    assert (problem.message, problem.where) == (what, str(swept))
    assert problem.hint == "mend the cause, and give the same command again"


def test_a_failure_with_kept_weights_names_their_file(
    small: Path, tmp_path: Path, mlflow_store: str
) -> None:
    swept = run_file(small, Options(tmp_path / "results", mlflow_store, workers=1)).folder
    with pytest.raises(StoreError) as raised:
        inspect(swept, None, Failing, print)
    (problem,) = raised.value.problems
    assert Path(problem.where).exists()
    assert problem.hint.startswith(f"remove {problem.where} if it is damaged")
