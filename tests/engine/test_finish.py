"""The end of a sweep: what it leaves, what it prints when a part of it fails, and doing it twice."""

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from sweep.engine.finish import Ending, best_score, finish, keep_so_far
from sweep.engine.trials import RunningSweep
from sweep.store import weights_file
from sweep.track.tracker import Tracker
from sweep.trial import (
    Done,
    Evaluation,
    Examine,
    Publish,
    Standings,
    State,
    Trial,
    TrialRecord,
)
from tests.conftest import spec_of
from tests.fakes import SUMMARY, FakeExecutor, SilentView

SPEC = spec_of(
    "{filters: [2], dense: [], dropout: {low: 0.0, high: 0.5}, steps: 20}",
    "search: {trials: 3, keep: 3}",
)
SECRET = "https://me:hidden@tracking.example"


def record(number: int, value: float, state: State = State.COMPLETE) -> TrialRecord:
    point = SPEC.space.settled({"dropout": 0.1 * number})
    evaluation = Evaluation(20, 0.1, 0.9, 0.2, value)
    return TrialRecord(Trial(number, number, point, 0, 730), state, 0.0, 1.0, 20, (evaluation,))


@dataclass
class Noting:
    """Remembers what MLflow's tracker was asked for. It takes everything, or nothing at all."""

    takes_all: bool = True
    uri: str = SECRET
    parent_run: str | None = "parent"
    repaired: list[int] = field(default_factory=list)
    attached: list[tuple[int, Path]] = field(default_factory=list)
    finished: list[tuple[str, list[str], dict[str, float]]] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)

    def wait(self, seconds: float, check: Callable[[], None]) -> bool:
        check()
        self.waited.append(seconds)
        return self.takes_all

    def repair(self, records: Iterable[TrialRecord]) -> None:
        self.repaired = [record.trial.number for record in records]

    def attach(self, number: int, folder: Path) -> None:
        self.attached.append((number, folder))

    def finish(self, state: str, files: Sequence[Path], metrics: Mapping[str, float]) -> None:
        self.finished.append((state, [file.name for file in files], dict(metrics)))


class End:
    """The end of a sweep whose trials ended in this order."""

    def __init__(
        self,
        folder: Path,
        *records: TrialRecord,
        executor: FakeExecutor | None = None,
        tracker: Noting | None = None,
    ) -> None:
        self.folder = folder
        self.executor = executor or FakeExecutor(SPEC.data, 1)
        self.tracker = tracker or Noting()
        self.view = SilentView()
        standings = Standings(SPEC, records)
        self.sweep = RunningSweep(SPEC, SUMMARY, {}, list(records), [], {}, standings)
        for each in records:
            weights = weights_file(folder, each.trial.number)
            weights.parent.mkdir(parents=True, exist_ok=True)
            weights.write_bytes(b"weights of %d" % each.trial.number)

    def finish(self) -> bool:
        tracker = cast(Tracker, self.tracker)
        table = self.folder / "trials.csv"
        ending = Ending(self.folder, table, self.executor, tracker, self.view, lambda: None)
        return finish(self.sweep, ending)

    def files(self) -> dict[str, bytes]:
        found = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in found}


class Failing(FakeExecutor):
    """Both looks at the best network fail; the first may have saved it before that."""

    saves = False

    def examine(self, task: Examine) -> Done:
        if self.saves and task.network is not None:
            task.network.write_bytes(b"network")
        return Done(task, "killed by SIGKILL")

    def publish(self, task: Publish) -> Done:
        return Done(task, f"no answer from {task.tracking_uri}")


def test_the_table_is_sorted_and_the_best_network_is_looked_at_and_published(
    tmp_path: Path,
) -> None:
    end = End(tmp_path, record(2, 0.7), record(0, 0.9), record(1, 0.8))
    assert end.finish()
    lines = (tmp_path / "trials.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["number", "0", "1", "2"]
    assert (tmp_path / "best" / "best.weights.h5").read_bytes() == b"weights of 0"
    assert (tmp_path / "best" / "best.keras").read_bytes() == b"network"
    assert [task.weights for task in end.executor.examined] == [weights_file(tmp_path, 0)]
    (publish,) = end.executor.published
    assert (publish.run_id, publish.tracking_uri) == ("parent", SECRET)
    assert end.tracker.repaired == [0, 1, 2]
    ((number, folder),) = end.tracker.attached
    assert number == 0
    assert folder == tmp_path / "inspect" / "trial-0"
    files = ["space.yaml", "trials.csv"]
    assert end.tracker.finished == [("finished", files, {"best_val_accuracy": 0.9})]


def test_the_end_that_is_done_twice_leaves_the_same_files(tmp_path: Path) -> None:
    end = End(tmp_path, record(0, 0.7), record(1, 0.9))
    end.finish()
    once = end.files()
    assert "best/best.keras" in once
    assert "inspect/trial-1/confusion.png" in once
    end.finish()
    again = end.files()
    assert again.keys() == once.keys()
    # A picture may have the time in it; tables and networks have not.
    stable = [name for name in once if not name.endswith((".png", ".db"))]
    assert {name: again[name] for name in stable} == {name: once[name] for name in stable}


def test_without_a_complete_trial_there_is_no_best_network(tmp_path: Path) -> None:
    end = End(tmp_path, record(0, 0.7, State.FAILED), record(1, 0.9, State.DIVERGED))
    end.finish()
    assert not (tmp_path / "best").exists()
    assert not end.executor.examined
    assert not end.executor.published
    ((state, _, metrics),) = end.tracker.finished
    assert (state, metrics) == ("finished", {})
    assert best_score(end.sweep) == {}


def test_a_tracker_that_never_takes_everything_gets_no_model_and_is_named(tmp_path: Path) -> None:
    end = End(tmp_path, record(0, 0.7), tracker=Noting(takes_all=False))
    assert not end.finish()
    assert not end.executor.published
    assert (tmp_path / "best" / "best.keras").exists()
    assert end.tracker.waited == [60.0, 60.0]
    last = "MLflow has not taken everything within 60 s; the same command tries again"
    assert end.view.notes[-1] == last


def test_what_fails_at_the_end_is_named_without_the_secret_of_the_store(tmp_path: Path) -> None:
    end = End(tmp_path, record(0, 0.7), executor=Failing(SPEC.data, 1))
    end.finish()
    notes = "\n".join(end.view.notes)
    assert "could not be looked at, nor saved as best/best.keras: killed by SIGKILL" in notes
    assert "could not be logged to MLflow: no answer from https://" in notes
    assert "hidden" not in notes
    assert not end.tracker.attached
    assert len(end.tracker.finished) == 1


class Unpublished(FakeExecutor):
    """Looks at the best network, and cannot log it."""

    def publish(self, task: Publish) -> Done:
        return Done(task, "no answer")


@pytest.mark.parametrize(
    ("executor", "tracker"),
    [
        (Unpublished(SPEC.data, 1), Noting()),
        # MLflow's parent run could not be created before the end.
        (FakeExecutor(SPEC.data, 1), Noting(parent_run=None)),
    ],
)
def test_a_best_network_that_mlflow_lacks_is_named_and_leaves_the_end_undone(
    executor: FakeExecutor, tracker: Noting, tmp_path: Path
) -> None:
    end = End(tmp_path, record(0, 0.7), executor=executor, tracker=tracker)
    assert not end.finish()
    assert end.view.notes[-1] == "MLflow lacks the best network; the same command tries again"
    assert end.tracker.attached == [(0, tmp_path / "inspect" / "trial-0")]
    end.executor = FakeExecutor(SPEC.data, 1)
    end.tracker = Noting()
    assert end.finish()
    assert len(end.executor.published) == 1
    assert "MLflow lacks" not in end.view.notes[-1]


def test_weights_that_are_gone_leave_nothing_to_be_tried_again(tmp_path: Path) -> None:
    end = End(tmp_path, record(0, 0.7))
    weights_file(tmp_path, 0).unlink()
    assert end.finish()


def test_a_network_that_was_saved_before_its_process_ended_is_kept(tmp_path: Path) -> None:
    executor = Failing(SPEC.data, 1)
    executor.saves = True
    end = End(tmp_path, record(0, 0.7), executor=executor)
    end.finish()
    notes = "\n".join(end.view.notes)
    assert "could not be looked at: killed by SIGKILL" in notes
    assert (tmp_path / "best" / "best.keras").read_bytes() == b"network"


@pytest.mark.parametrize("records", [[], [record(0, 0.5, State.PRUNED)]])
def test_an_interruption_without_a_complete_trial_prints_nothing(
    tmp_path: Path, records: list[TrialRecord]
) -> None:
    end = End(tmp_path, *records)
    keep_so_far(end.sweep, tmp_path, end.view)
    assert not end.view.notes
    assert not (tmp_path / "best").exists()


def test_an_interruption_keeps_the_best_so_far_and_says_where(tmp_path: Path) -> None:
    end = End(tmp_path, record(0, 0.7), record(1, 0.9))
    keep_so_far(end.sweep, tmp_path, end.view)
    (note,) = end.view.notes
    assert note.startswith("best so far: val_accuracy 0.9000")
    assert "trial 1" in note
    assert f"its network is in {tmp_path / 'best'}" in note
    assert "best.keras follows at the end of the sweep" in note
    assert (tmp_path / "best" / "best.weights.h5").read_bytes() == b"weights of 1"


def test_a_best_folder_that_cannot_be_written_does_not_hide_the_best(tmp_path: Path) -> None:
    end = End(tmp_path, record(0, 0.7))
    shutil.rmtree(tmp_path / "best", ignore_errors=True)
    (tmp_path / "best").write_text("a file in its place")
    keep_so_far(end.sweep, tmp_path, end.view)
    (note,) = end.view.notes
    assert note.startswith("best so far: val_accuracy 0.7000")
    assert "best could not be written" in note
