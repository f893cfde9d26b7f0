"""MLflow's view agrees with what it was told, is completed when it is opened again, and never
raises."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from sweep.errors import StoreError
from sweep.space.hyperparams import Hyperparams
from sweep.space.objectives import METRICS
from sweep.track import store as stores
from sweep.track.tracker import Identity, Tracker
from sweep.track.uri import resolve_uri
from sweep.trial.record import Evaluation, State, Trial, TrialRecord
from tests.conftest import spec_of
from tests.fakes import SUMMARY

SPEC = spec_of("{filters: {choices: [[8], [8, 16]]}, dropout: {low: 0.0, high: 0.5}, steps: 20}")
# The first is of an earlier version.
EVALUATIONS = (
    Evaluation(10, 1 / 10, 0.5, 2 / 10, 1 - 1 / 10),
    Evaluation(20, 1 / 20, 0.5, 2 / 20, 1 - 1 / 20, 0.0, 0.25),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One SQLite store for all tests: making its tables takes seconds."""
    folder = tmp_path_factory.mktemp("mlflow")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield resolve_uri(None)


def record(number: int, state: State = State.COMPLETE) -> TrialRecord:
    point = Hyperparams(filters=(8, 16), dropout=0.25, steps=20)
    done = TrialRecord(
        Trial(number, number, point, 7, 1234, None), state, 1e9, 1.5, 20, EVALUATIONS
    )
    return replace(done, cause="because") if state in (State.FAILED, State.DIVERGED) else done


def begun(uri: str, sweep_id: str, records: list[TrialRecord]) -> Tracker:
    tracker = Tracker(uri)
    assert tracker.opened(60)
    tracker.begin(Identity(sweep_id, SPEC, SUMMARY, {"sweep": "1"}), records)
    return tracker


def play(tracker: Tracker, done: TrialRecord) -> None:
    tracker.start(replace(done, state=State.RUNNING), SPEC.flat(done.trial.point))
    for evaluation in done.evaluations:
        tracker.evaluation(done.trial.number, evaluation)
    tracker.end(done)


def runs(uri: str, tracker: Tracker) -> tuple[Any, list[Any]]:
    """The parent run and its children, by trial."""
    client = MlflowClient(uri)
    found = client.search_runs([tracker.experiment], max_results=1000)
    children = [r for r in found if r.data.tags.get("mlflow.parentRunId") == tracker.parent_run]
    return client.get_run(tracker.parent_run), sorted(
        children, key=lambda r: int(r.data.tags["sweep.trial"])
    )


STATES = {
    State.COMPLETE: "FINISHED",
    State.PRUNED: "KILLED",
    State.FAILED: "FAILED",
    State.DIVERGED: "FAILED",
}


def test_a_sweep_is_a_parent_and_a_child_for_every_trial(store: str, tmp_path: Path) -> None:
    tracker = begun(store, "one", [])
    for number, state in enumerate(STATES):
        play(tracker, record(number, state))
    (tmp_path / "table.csv").write_text("number\n")
    tracker.finish("finished", [tmp_path / "table.csv"], {"best_val_accuracy": 0.95})
    assert tracker.wait(60)
    tracker.close()
    assert tracker.failure is None

    parent, children = runs(store, tracker)
    assert (parent.info.status, parent.data.metrics) == ("FINISHED", {"best_val_accuracy": 0.95})
    assert parent.inputs.dataset_inputs[0].dataset.name == "mnist"
    assert [f.path for f in MlflowClient(store).list_artifacts(tracker.parent_run)] == ["table.csv"]
    assert [child.info.status for child in children] == list(STATES.values())
    assert [child.data.tags["sweep.state"] for child in children] == [
        state.value for state in STATES
    ]
    assert children[0].data.params == {"filters": "[8, 16]", "dropout": "0.25", "steps": "20"}
    assert children[0].data.tags["sweep.seed"] == "7"
    assert children[0].data.tags["sweep.seconds"] == "1.500"
    assert children[0].data.tags["sweep.data_fingerprint"] == SUMMARY.fingerprint
    assert children[2].data.tags["sweep.cause"] == "because"
    history = MlflowClient(store).get_metric_history(children[0].info.run_id, "val_accuracy")
    assert [(m.step, m.value) for m in history] == [(e.step, e.val_accuracy) for e in EVALUATIONS]
    assert set(children[0].data.metrics) == set(METRICS)
    # What was not recorded is not sent, and 0 is.
    for name, value in (("val_balanced_accuracy", 0.0), ("val_macro_f1", 0.25)):
        sent = MlflowClient(store).get_metric_history(children[0].info.run_id, name)
        assert [(m.step, m.value) for m in sent] == [(20, value)]


def _noted(
    calls: list[str], name: str, call: Callable[..., Any], *arguments: Any, **named: Any
) -> Any:
    calls.append(name)
    return call(*arguments, **named)


def test_a_trial_that_ends_within_seconds_is_sent_at_once(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = begun(store, "at-once", [])
    assert tracker.wait(60)
    monkeypatch.setattr("sweep.track.tracker.FLUSH_EVERY", 60.0)
    calls: list[str] = []
    for name in ("create_run", "log_batch", "set_tag", "set_terminated"):
        call = getattr(tracker._client, name)
        monkeypatch.setattr(tracker._client, name, partial(_noted, calls, name, call))
    play(tracker, record(0))
    assert tracker.wait(60)
    tracker.close()
    assert calls == ["create_run", "log_batch", "set_terminated"]
    (child,) = runs(store, tracker)[1]
    assert (child.info.status, child.data.tags["sweep.state"]) == ("FINISHED", "complete")


def test_what_is_missing_is_written_when_it_is_opened_again(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sweep.track.tracker.FLUSH_EVERY", 0.0)
    tracker = begun(store, "two", [])
    play(tracker, record(0))
    tracker.start(replace(record(1), state=State.RUNNING), {})
    assert tracker.wait(60)
    tracker.close()
    assert [r.info.status for r in runs(store, tracker)[1]] == ["FINISHED", "RUNNING"]

    again = begun(store, "two", [record(0), record(1), record(2, State.PRUNED)])
    again.finish("finished", [], {})
    assert again.wait(60)
    again.close()
    parent, children = runs(store, again)
    assert again.parent_run == tracker.parent_run
    assert parent.info.status == "FINISHED"
    assert [r.info.status for r in children] == ["FINISHED", "FINISHED", "KILLED"]
    assert children[1].data.metrics["val_accuracy"] == EVALUATIONS[-1].val_accuracy


def test_an_interruption_leaves_no_run_running(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tracker = begun(store, "three", [])
    with monkeypatch.context() as patch:
        patch.setattr("sweep.track.tracker.FLUSH_EVERY", 0.0)
        tracker.start(replace(record(0), state=State.RUNNING), {})
        assert tracker.wait(60)
    assert tracker.wait(60)
    tracker.start(replace(record(1), state=State.RUNNING), {})
    tracker.finish("interrupted", [], {})
    assert tracker.wait(60)
    tracker.close()
    parent, children = runs(store, tracker)
    assert [parent.info.status, *(r.info.status for r in children)] == ["KILLED", "KILLED"]


def test_a_store_that_cannot_be_opened_says_so_without_its_password(tmp_path: Path) -> None:
    tracker = Tracker("nosuch://user:secret@host/x?password=secret")
    with pytest.raises(StoreError) as raised:
        tracker.opened(60)
    tracker.close()
    assert "secret" not in str(raised.value.problems[0])


@pytest.mark.parametrize(
    ("below", "said"),
    [
        ("file/mlflow.db", "is no folder"),
        ("file/folder/mlflow.db", "is no folder"),
        ("folder", "is a folder"),
    ],
)
def test_a_store_whose_file_cannot_be_written_is_refused_at_once(
    below: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    tracker = Tracker(f"sqlite:///{tmp_path}/{below}")
    with pytest.raises(StoreError, match=said):
        tracker.opened(10)
    tracker.close()


def test_a_store_in_a_folder_that_is_read_only_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root may write everywhere, so what the system would say to others is said here.
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)
    with pytest.raises(OSError, match="cannot be written"):
        stores.check_file(f"sqlite:///{tmp_path}/new/mlflow.db")
    monkeypatch.undo()
    stores.check_file(f"sqlite:///{tmp_path}/new/mlflow.db")
    stores.check_file("http://127.0.0.1:9")


def test_a_failure_later_is_kept_and_mended_at_the_end(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = begun(store, "four", [])
    play(tracker, record(0))
    assert tracker.wait(60)

    def hiccup(*_: object, **__: object) -> None:
        raise OSError("one hiccup")

    with monkeypatch.context() as patch:
        patch.setattr(tracker._client, "set_terminated", hiccup)
        play(tracker, record(1))
        assert tracker.wait(60)
    assert "one hiccup" in str(tracker.failure)
    play(tracker, record(2))
    tracker.repair([record(0), record(1), record(2)])
    tracker.finish("finished", [], {})
    assert tracker.wait(60)
    tracker.close()
    assert tracker.failure is None
    parent, children = runs(store, tracker)
    assert [parent.info.status, *(r.info.status for r in children)] == ["FINISHED"] * 4
    assert all(r.data.metrics["val_accuracy"] == EVALUATIONS[-1].val_accuracy for r in children)


def test_what_could_not_be_sent_is_sent_with_what_follows(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = begun(store, "resent", [])
    tracker.start(replace(record(0), state=State.RUNNING), SPEC.flat(record(0).trial.point))

    def hiccup(*_: object, **__: object) -> None:
        raise OSError("one hiccup")

    with monkeypatch.context() as patch:
        patch.setattr(tracker._client, "log_batch", hiccup)
        patch.setattr("sweep.track.tracker.FLUSH_EVERY", 0.0)
        tracker.evaluation(0, EVALUATIONS[0])
        assert tracker.wait(60)
    assert "one hiccup" in str(tracker.failure)
    tracker.evaluation(0, EVALUATIONS[1])
    tracker.end(record(0))
    assert tracker.wait(60)
    tracker.close()
    (child,) = runs(store, tracker)[1]
    assert child.data.params == {"filters": "[8, 16]", "dropout": "0.25", "steps": "20"}
    history = MlflowClient(store).get_metric_history(child.info.run_id, "val_loss")
    assert [m.step for m in history] == [e.step for e in EVALUATIONS]


def test_a_run_whose_making_was_not_answered_is_there_once(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = begun(store, "unanswered", [])
    assert tracker.wait(60)
    create = tracker._client.create_run
    lost: list[object] = []

    def answer_is_lost(*arguments: object) -> object:
        run = create(*arguments)
        if len(lost) < 3:
            lost.append(run)
            raise OSError("no answer")
        return run

    monkeypatch.setattr(tracker._client, "create_run", answer_is_lost)
    monkeypatch.setattr("sweep.track.tracker.FLUSH_EVERY", 0.0)
    play(tracker, record(0))
    play(tracker, record(1))
    play(tracker, record(2))
    play(tracker, record(3))
    assert tracker.wait(60)
    assert len(lost) == 3
    tracker.repair([record(number) for number in range(4)])
    tracker.finish("finished", [], {})
    assert tracker.wait(60)
    tracker.close()
    children = runs(store, tracker)[1]
    assert [r.data.tags["sweep.trial"] for r in children] == ["0", "1", "2", "3"]
    assert {r.info.status for r in children} == {"FINISHED"}


def test_a_run_that_cannot_be_made_holds_up_no_other(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = begun(store, "held", [])
    monkeypatch.setattr("sweep.track.tracker.FLUSH_EVERY", 0.0)
    tracker.start(replace(record(1), state=State.RUNNING), {})
    assert tracker.wait(60)

    def refused(*_: object) -> None:
        raise OSError("refused")

    monkeypatch.setattr(tracker._client, "create_run", refused)
    tracker.start(replace(record(0), state=State.RUNNING), {})
    tracker.evaluation(1, EVALUATIONS[0])
    tracker.finish("interrupted", [], {})
    assert tracker.wait(60)
    tracker.close()
    parent, (child,) = runs(store, tracker)
    assert (parent.info.status, child.info.status) == ("KILLED", "KILLED")
    assert child.data.metrics["val_accuracy"] == EVALUATIONS[0].val_accuracy


def test_a_trial_that_runs_shows_its_hyperparameters(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = begun(store, "shown", [])
    monkeypatch.setattr("sweep.track.tracker.FLUSH_EVERY", 0.0)
    tracker.start(replace(record(0), state=State.RUNNING), SPEC.flat(record(0).trial.point))
    assert tracker.wait(60)
    tracker.close()
    (child,) = runs(store, tracker)[1]
    assert (child.info.status, child.data.params["dropout"]) == ("RUNNING", "0.25")


def test_a_page_of_a_store_that_is_dead_is_a_store_error() -> None:
    with pytest.raises(StoreError):
        stores.ui_fragment("nosuch://x", SPEC)


def test_the_ui_opens_at_the_trials_best_first(store: str) -> None:
    tracker = begun(store, "five", [])
    assert tracker.wait(60)
    tracker.close()
    page = stores.ui_fragment(store, SPEC)
    assert page.startswith(f"/#/experiments/{tracker.experiment}/runs?searchFilter=")
    assert page.endswith("orderByKey=metrics.%60val_accuracy%60&orderByAsc=false")
    assert stores.ui_fragment(store, replace(SPEC, name="none")) == ""


def test_the_ui_is_served_on_this_machine_alone() -> None:
    arguments, environment = stores.ui_command("postgresql://user:secret@host/db", 5001)
    assert "secret" not in " ".join(arguments)
    assert environment["MLFLOW_BACKEND_STORE_URI"] == "postgresql://user:secret@host/db"
    assert arguments[arguments.index("--host") + 1] == "127.0.0.1"
    assert arguments[arguments.index("--allowed-hosts") + 1] == "localhost:5001,127.0.0.1:5001"
    assert environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "false"


def test_files_are_attached_to_the_run_of_their_trial_then_and_later(
    store: str, tmp_path: Path
) -> None:
    (tmp_path / "inspect").mkdir()
    (tmp_path / "inspect" / "a.csv").write_text("1\n")
    tracker = begun(store, "attached", [record(0), record(1)])
    tracker.attach(1, tmp_path / "inspect")
    tracker.attach(7, tmp_path / "inspect")
    tracker.finish("finished", [], {})
    assert tracker.wait(30)
    tracker.close()
    assert tracker.failure is None
    client = MlflowClient(store)

    def files(number: int) -> list[str]:
        found = client.search_runs(
            [tracker.experiment], f"tags.`mlflow.parentRunId` = '{tracker.parent_run}'"
        )
        (run,) = [r for r in found if r.data.tags["sweep.trial"] == str(number)]
        return [file.path for file in client.list_artifacts(run.info.run_id, "inspect")]

    assert (files(0), files(1)) == ([], ["inspect/a.csv"])
    assert stores.attach_later(store, SPEC.name, "attached", 0, tmp_path / "inspect")
    assert files(0) == ["inspect/a.csv"]
    assert not stores.attach_later(store, SPEC.name, "attached", 9, tmp_path / "inspect")
    assert not stores.attach_later(store, SPEC.name, "another", 0, tmp_path / "inspect")
    assert not stores.attach_later(store, "no such sweep", "attached", 0, tmp_path / "inspect")


def test_a_run_has_the_numbers_of_the_best_evaluation_where_it_counts(store: str) -> None:
    tracker = begun(store, "best", [replace(record(0), best_step=10)])
    play(tracker, replace(record(1), best_step=10))
    play(tracker, record(2))
    assert tracker.wait(60)
    tracker.close()
    _, children = runs(store, tracker)
    for child in children[:2]:
        metrics = child.data.metrics
        assert (metrics["val_accuracy"], metrics["best_val_accuracy"]) == (0.95, 0.9)
        assert (metrics["best_val_loss"], metrics["best_loss"]) == (0.2, 0.1)
        assert child.data.tags["sweep.best_step"] == "10"
        # The best evaluation of these is of an earlier version.
        assert "best_val_macro_f1" not in metrics
        (point,) = MlflowClient(store).get_metric_history(child.info.run_id, "best_val_accuracy")
        assert point.step == 10
    assert not any(name.startswith("best_") for name in children[2].data.metrics)
    assert "sweep.best_step" not in children[2].data.tags
