"""The coordinator, with fake trials on real stores: every trial once, in the ledger, in MLflow, in
the table."""

import json
import os
import re
import signal
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from io import StringIO
from pathlib import Path

import optuna
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from rich.console import Console

from sweep.analysis.report import write_report
from sweep.analysis.rows import document
from sweep.engine.coordinator import Options
from sweep.errors import (
    DataError,
    InputError,
    Interrupted,
    InUse,
    NothingSucceeded,
    SpaceFileError,
    StoreError,
    SweepError,
)
from sweep.execute import machine
from sweep.space.spec import DataSpec
from sweep.spacefile.read import load
from sweep.store.ledger import Ledger
from sweep.store.results import overview, read_sweep
from sweep.store.weights import read_best
from sweep.trial.events import Done, Ended, Evaluated, Event, Finishing
from sweep.trial.improvement import Improvement
from sweep.trial.record import Evaluation, State
from sweep.trial.tasks import Examine, Publish, Task, Train
from sweep.view.live import PlainView
from tests.fakes import SUMMARY, FakeExecutor, SilentView, diverging, failing, learning, run_file


class Idle(FakeExecutor):
    """Has nothing to do."""

    def submit(self, task: Task) -> None:
        raise AssertionError(f"{task} is not to be done")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("mlflow")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield f"sqlite:///{folder}/mlflow.db"


@pytest.fixture
def options(tmp_path: Path, store: str) -> Options:
    return Options(tmp_path / "results", store, workers=2)


def test_every_trial_is_in_the_ledger_the_table_the_study_and_mlflow(
    small: Path, options: Options
) -> None:
    outcome = run_file(small, options)
    assert [r.trial.number for r in outcome.records] == list(range(6))
    folder = options.results / "small"
    spec, records, facts = read_sweep(folder)
    assert tuple(records) == outcome.records
    assert pd.read_csv(folder / "trials.csv")["number"].tolist() == list(range(6))
    assert (folder / "space.yaml").read_text() == small.read_text()
    study = optuna.load_study(study_name="small", storage=f"sqlite:///{folder}/sweep.db")
    assert [t.state.name.lower() for t in study.trials] == [r.state.value for r in records]
    client = MlflowClient(options.tracking_uri)
    parent = client.search_runs(
        [client.get_experiment_by_name("small").experiment_id], f"tags.`sweep.id` = '{facts.id}'"
    )[0]
    children = client.search_runs(
        [parent.info.experiment_id], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"
    )
    assert {c.data.tags["sweep.trial"]: c.data.metrics["val_accuracy"] for c in children} == {
        str(r.trial.number): r.metric("val_accuracy") for r in records
    }
    assert {f.path for f in client.list_artifacts(parent.info.run_id)} == {
        "space.yaml",
        "trials.csv",
    }
    assert spec.name == "small"


def test_a_finished_sweep_does_nothing(small: Path, options: Options) -> None:
    first = run_file(small, options)
    again = run_file(small, options, Idle)
    assert again.was_finished
    assert again.records == first.records


def test_more_trials_go_on_where_it_stopped(small: Path, options: Options) -> None:
    first = run_file(small, options)
    small.write_text(small.read_text().replace("trials: 6", "trials: 9"))
    more = run_file(small, options)
    assert more.records[:6] == first.records
    assert [r.trial.number for r in more.records] == list(range(9))


def test_a_sweep_is_studied_pruned_and_ranked_by_a_score_that_counts_classes_alike(
    small: Path, options: Options
) -> None:
    """The balanced accuracy of these trainings grows with the learning rate, their accuracy falls."""

    def opposite(job: Train) -> list[Event]:
        return [
            replace(event, evaluation=_with_opposite(event.evaluation))
            if isinstance(event, Evaluated)
            else event
            for event in learning(job)
        ]

    text = small.read_text().replace("trials: 6", "trials: 16, pruner: asha")
    small.write_text(f"{text}\nobjective: {{maximize: val_balanced_accuracy}}\n")
    outcome = run_file(small, options, partial(FakeExecutor, trainer=opposite))
    complete = [r for r in outcome.records if r.state is State.COMPLETE]
    found = document(outcome.spec, outcome.records, SUMMARY)["best"]
    best = max(complete, key=lambda r: r.metric("val_balanced_accuracy") or 0.0)
    assert (found["trial"], found["value"]) == (
        best.trial.number,
        best.metric("val_balanced_accuracy"),
    )
    assert best.metric("val_accuracy") != max(r.metric("val_accuracy") or 0.0 for r in complete)
    folder = options.results / "small"
    study = optuna.load_study(study_name="small", storage=f"sqlite:///{folder}/sweep.db")
    assert study.best_value == best.metric("val_balanced_accuracy")
    pruned = [r for r in outcome.records if r.state is State.PRUNED]
    assert pruned
    for record in pruned:
        rivals = [e for r in outcome.records for e in r.evaluations if e.step == record.steps]
        assert (record.metric("val_balanced_accuracy") or 0.0) < max(
            e.value("val_balanced_accuracy") for e in rivals
        )
    assert json.loads((folder / "best" / "scores.json").read_text())["val_balanced_accuracy"] == (
        best.metric("val_balanced_accuracy")
    )


def _with_opposite(evaluation: Evaluation) -> Evaluation:
    return replace(evaluation, val_balanced_accuracy=1 - evaluation.val_accuracy / 2)


CHANGES = {
    "space (filters)": ("high: 4}", "high: 5}"),
    "search": ("trials: 6", "trials: 6, seed: 1"),
    "objective": ("search:", "objective: {minimize: val_loss}\nsearch:"),
    "data": ("space:", "data: {name: mnist, seed: 1}\nspace:"),
}


@pytest.mark.parametrize(("part", "change"), CHANGES.items(), ids=CHANGES)
def test_another_sweep_of_the_same_name_is_refused(
    part: str, change: tuple[str, str], small: Path, options: Options
) -> None:
    run_file(small, options)
    small.write_text(small.read_text().replace(*change))
    with pytest.raises(InputError, match=re.escape(f"with another {part} (")):
        run_file(small, options)


def test_baselines_that_follow_from_a_changed_space_are_not_named_beside_it(
    small: Path, options: Options
) -> None:
    baseline = "baselines: {b: {filters: [2, 4], optimizer: sgd, learning_rate: 0.1, steps: 100}}\n"
    small.write_text(small.read_text() + baseline)
    run_file(small, options)
    small.write_text(small.read_text().replace("kernel_size: 3", "kernel_size: 5"))
    with pytest.raises(InputError, match=re.escape("with another space (kernel_size) (")):
        run_file(small, options)


def test_data_that_have_changed_are_refused(small: Path, options: Options) -> None:
    run_file(small, options)
    small.write_text(small.read_text().replace("trials: 6", "trials: 7"))
    other = partial(FakeExecutor, summary=replace(SUMMARY, fingerprint="0" * 64))
    with pytest.raises(StoreError, match="the data have changed"):
        run_file(small, options, other)


def test_a_sweep_that_is_running_elsewhere_is_refused(small: Path, options: Options) -> None:
    with Ledger.open_to_write(options.results / "small"), pytest.raises(InUse):
        run_file(small, options)


def test_data_too_small_for_the_space_are_refused_at_its_line(
    small: Path, options: Options
) -> None:
    small.write_text(
        small.read_text().replace("space:", "data: {path: x.npz}\nspace:\n  padding: valid")
    )
    tiny = partial(FakeExecutor, summary=replace(SUMMARY, shape=(2, 2, 1)))
    with pytest.raises(SpaceFileError, match="no network of this space can be built"):
        run_file(small, options, tiny)


def test_baselines_run_first_and_are_never_pruned(small: Path, options: Options) -> None:
    small.write_text(
        small.read_text()
        + "baselines:\n  bad: {filters: [2, 4], optimizer: sgd, learning_rate: 0.1, steps: 100}\n"
        + "  outside: {filters: [9], optimizer: rmsprop, learning_rate: 5, steps: 30}\n"
    )
    records = run_file(small, options).records
    assert [r.trial.baseline for r in records[:3]] == ["bad", "outside", None]
    assert {r.state for r in records[:2]} == {State.COMPLETE}
    with Ledger.open_to_read(options.results / "small") as ledger:
        assert sorted(ledger.optuna_numbers()) == [0, 2, 3, 4, 5]


def test_no_trial_breaks_a_constraint_and_one_without_effect_is_noted_once(
    small: Path, options: Options
) -> None:
    with small.open("a") as file:
        file.write("constraints: [filters.1 <= 3, steps * batch_size <= 2000, flops > 0]\n")
    view = SilentView()
    done = run_file(small, options, view=view)
    points = [record.trial.point for record in done.records]
    assert len(points) == 6
    assert all(p.filters[0] <= 3 and p.steps * p.batch_size <= 2000 for p in points)
    notes = [note for note in view.notes if "constraint" in note]
    assert notes == ["the constraint flops > 0 has no effect: all of 2,000 random points keep it"]
    small.write_text(small.read_text().replace("trials: 6", "trials: 7"))
    again = SilentView()
    more = run_file(small, options, view=again)
    assert len(more.records) == 7
    assert all(record.trial.point.filters[0] <= 3 for record in more.records)
    assert not [note for note in again.notes if "constraint" in note]
    stored, _, _ = read_sweep(more.folder)
    assert stored.constraints == more.spec.constraints != ()


def test_trials_that_fall_behind_are_pruned_at_an_evaluation_and_never_at_their_last(
    small: Path, options: Options
) -> None:
    small.write_text(small.read_text().replace("trials: 6", "trials: 40"))
    records = run_file(small, options).records
    pruned = [r for r in records if r.state is State.PRUNED]
    assert pruned
    assert all(r.steps < r.trial.point.steps and r.steps % 20 == 0 for r in pruned)
    assert all(r.steps == r.trial.point.steps for r in records if r.state is State.COMPLETE)
    assert all(r.last is not None and r.last.step == r.steps for r in records)


def test_the_weights_of_the_best_are_kept_and_of_no_other(small: Path, options: Options) -> None:
    small.write_text(small.read_text().replace("trials: 6", "trials: 12, keep: 2"))
    outcome = run_file(small, options)
    best = sorted(
        (r for r in outcome.records if r.state is State.COMPLETE),
        key=lambda r: -(r.metric("val_accuracy") or 0),
    )
    kept = {path.name for path in (outcome.folder / "weights").iterdir()}
    assert kept == {f"trial-{r.trial.number}.weights.h5" for r in best[:2]}
    scores = json.loads((outcome.folder / "best" / "scores.json").read_text())
    assert (scores["trial"], scores["val_accuracy"]) == (
        best[0].trial.number,
        best[0].metric("val_accuracy"),
    )
    assert (outcome.folder / "best" / "best.weights.h5").read_bytes() == b"weights"


def test_the_best_network_is_published_once(small: Path, options: Options) -> None:
    made: list[FakeExecutor] = []

    def start(data: DataSpec, workers: int) -> FakeExecutor:
        made.append(FakeExecutor(data, workers))
        return made[-1]

    outcome = run_file(small, options, start)
    (published,) = made[0].published
    best = max(
        (r for r in outcome.records if r.state is State.COMPLETE),
        key=lambda r: r.metric("val_accuracy") or 0,
    )
    assert published.metadata["trial"] == best.trial.number
    (examined,) = made[0].examined
    assert (examined.weights, examined.point) == (published.weights, published.point)
    assert {path.name for path in (outcome.folder / "best").iterdir()} == {
        "best.keras",
        "best.weights.h5",
        "hyperparameters.json",
        "network.json",
        "scores.json",
    }
    assert (outcome.folder / "best" / "best.keras").read_bytes() == b"network"
    seen = outcome.folder / "inspect" / f"trial-{best.trial.number}"
    assert {"confusion.csv", "confusion.png", "mistakes.png"} <= {
        path.name for path in seen.iterdir()
    }
    client = MlflowClient(options.tracking_uri)
    _, _, facts = read_sweep(outcome.folder)
    experiment = client.get_experiment_by_name("small").experiment_id
    (parent,) = client.search_runs([experiment], f"tags.`sweep.id` = '{facts.id}'")
    children = client.search_runs(
        [experiment], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"
    )
    attached = {run.data.tags["sweep.trial"]: {f.path for f in client.list_artifacts(run.info.run_id, "inspect")}
                for run in children}  # fmt: skip
    assert {number for number, files in attached.items() if files} == {str(best.trial.number)}
    assert "inspect/confusion.png" in attached[str(best.trial.number)]
    assert made[0].closed


class Blind(FakeExecutor):
    """Cannot look at a network; with `saves`, only after it was saved."""

    saves = False

    def examine(self, task: Examine) -> Done:
        if self.saves:
            assert task.network is not None
            task.network.write_bytes(b"network")
        return Done(task, "killed by SIGKILL")

    def publish(self, task: Publish) -> Done:
        return Done(task, "no answer")


@pytest.mark.parametrize("saves", [True, False])
def test_the_whole_network_is_kept_without_mlflow_and_is_not_missing_without_a_word(
    saves: bool, small: Path, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Blind, "saves", saves)
    view = SilentView()
    outcome = run_file(small, options, Blind, view)
    assert (outcome.folder / "best" / "best.keras").exists() == saves
    missing = "" if saves else ", nor saved as best/best.keras"
    assert f"the best network could not be looked at{missing}: killed by SIGKILL" in view.notes
    assert "the best network could not be logged to MLflow: no answer" in view.notes


def test_a_model_that_mlflow_refused_is_logged_by_the_same_command(
    small: Path, options: Options
) -> None:
    assert not run_file(small, options, Blind).was_finished
    executor = FakeExecutor(load(small).data, options.workers)
    again = run_file(small, options, lambda *_: executor)
    assert not again.was_finished
    assert not executor.submitted
    assert len(executor.published) == 1
    assert run_file(small, options, Idle).was_finished


def test_weights_that_are_gone_at_the_end_are_said(small: Path, options: Options) -> None:
    def without(job: Train) -> list[Event]:
        events = learning(job)
        job.weights.unlink()
        return events

    view = SilentView()
    outcome = run_file(small, options, partial(FakeExecutor, trainer=without), view)
    assert any(
        "is gone: the best network is neither looked at nor saved" in note for note in view.notes
    )
    assert not (outcome.folder / "best" / "best.keras").exists()


def test_a_failed_trial_is_told_and_the_sweep_goes_on(small: Path, options: Options) -> None:
    def sometimes(job: Train) -> list[Event]:
        return failing(job) if job.number == 2 else learning(job)

    records = run_file(small, options, partial(FakeExecutor, trainer=sometimes)).records
    assert len(records) == 6
    assert (records[2].state, records[2].cause, records[2].last) == (
        State.FAILED,
        "killed by SIGKILL",
        None,
    )


def test_a_sweep_of_failures_ends_with_its_own_error(small: Path, options: Options) -> None:
    outcome = run_file(small, options, partial(FakeExecutor, trainer=failing))
    with pytest.raises(NothingSucceeded, match="killed by SIGKILL"):
        outcome.check_success()
    assert len(read_sweep(options.results / "small")[1]) == 6


def test_a_sweep_of_pruned_trials_ends_with_what_to_write(small: Path, options: Options) -> None:
    pruner = "trials: 6, pruner: {name: threshold, lower: 2.0}"
    text = small.read_text().replace("{low: 20, high: 100, step: 20}", "100")
    small.write_text(text.replace("trials: 6", pruner))
    outcome = run_file(small, options, partial(FakeExecutor, trainer=learning))
    with pytest.raises(NothingSucceeded, match="every trial was pruned") as raised:
        outcome.check_success()
    hint = raised.value.problems[0].hint
    assert hint.startswith("write a looser pruner, or pruner: none, and another name")
    assert f"sweep export {outcome.folder} has every trial" in hint
    assert "lists the causes" not in hint


def test_a_diverged_trial_keeps_its_last_finite_evaluation(small: Path, options: Options) -> None:
    def sometimes(job: Train) -> list[Event]:
        return diverging(job) if job.number == 0 else learning(job)

    record = run_file(small, options, partial(FakeExecutor, trainer=sometimes)).records[0]
    assert (record.state, record.steps) == (State.DIVERGED, 30)
    assert record.last is not None
    assert record.last.step == 20


class Interrupting(FakeExecutor):
    """Sends a signal to this process once as many jobs as `after` were submitted."""

    signal_number = signal.SIGINT
    after = 4

    def submit(self, task: Task) -> None:
        super().submit(task)
        if len(self.submitted) == self.after:
            os.kill(os.getpid(), self.signal_number)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_sweep_goes_on_with_the_same_trials(
    number: signal.Signals,
    code: int,
    small: Path,
    options: Options,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Interrupting, "signal_number", number)
    with pytest.raises(Interrupted) as raised:
        run_file(small, options, Interrupting)
    assert raised.value.exit_code == code
    assert "sweep run" in raised.value.problems[0].hint
    _, before, facts = read_sweep(options.results / "small")
    assert any(not r.state.is_finished for r in before)

    records = run_file(small, options).records
    assert [r.trial.number for r in records] == list(range(6))
    assert [r.trial for r in records[: len(before)]] == [r.trial for r in before]
    client = MlflowClient(options.tracking_uri)
    found = client.search_runs(
        [client.get_experiment_by_name("small").experiment_id], f"tags.`sweep.id` = '{facts.id}'"
    )
    children = client.search_runs(
        [found[0].info.experiment_id], f"tags.`mlflow.parentRunId` = '{found[0].info.run_id}'"
    )
    assert len(children) == 6
    assert "RUNNING" not in {r.info.status for r in [*found, *children]}


def test_signals_are_handled_as_before_once_it_has_ended(small: Path, options: Options) -> None:
    before = signal.getsignal(signal.SIGINT)
    run_file(small, options)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_store_that_cannot_be_opened_costs_no_trial(small: Path, options: Options) -> None:
    made: list[FakeExecutor] = []

    def start(data: DataSpec, workers: int) -> FakeExecutor:
        made.append(FakeExecutor(data, workers))
        return made[-1]

    with pytest.raises(StoreError, match="MLflow's store cannot be used"):
        run_file(small, replace(options, tracking_uri="nosuch://x"), start)
    assert made[0].submitted == []
    assert made[0].closed


def test_a_store_with_a_secret_is_recorded_without_it_and_must_be_given_again(
    small: Path, options: Options
) -> None:
    folder = options.results / "small"
    with pytest.raises(Interrupted):
        run_file(small, options, Interrupting)
    with Ledger.open_to_write(folder) as ledger:
        facts = ledger.facts()
        assert facts is not None
        ledger.begin(replace(facts, tracking_uri="http://user:secret@host"))
    with pytest.raises(
        InputError, match="the MLflow store of this sweep needs a password"
    ) as raised:
        run_file(small, replace(options, names_store=False), Idle)
    assert raised.value.problems[0].where == "http://***@host"
    view = SilentView()
    assert len(run_file(small, options, view=view).records) == 6
    assert (
        "its runs so far are in another MLflow store, http://***@host: all are written to this one"
        in view.notes
    )


def test_a_store_that_fails_is_said_without_its_secret(small: Path, options: Options) -> None:
    for uri in (
        "nosuch://user:CANARY@host",
        "http://us@er:x/CANARY@host",
        f"sqlite:///{small}/x.db?password=CANARY",
    ):
        with pytest.raises(StoreError) as raised:
            run_file(small, replace(options, tracking_uri=uri))
        assert "CANARY" not in str(raised.value.problems[0])
        assert "***" in raised.value.problems[0].where
    assert not any(
        b"CANARY" in p.read_bytes() for p in options.results.parent.rglob("*") if p.is_file()
    )


class Watched(FakeExecutor):
    """Remembers what was going on whenever a job was submitted."""

    def __init__(self, data: DataSpec, workers: int) -> None:
        super().__init__(data, workers)
        self.going_on: list[list[Event]] = []

    def submit(self, task: Task) -> None:
        if isinstance(task, Train):
            self.going_on.append([queue[0] for queue in self._queues.values()])
        super().submit(task)


def test_the_next_trial_is_submitted_before_the_last_evaluation_of_the_one_before_it(
    small: Path, options: Options
) -> None:
    made: list[Watched] = []

    def start(data: DataSpec, workers: int) -> FakeExecutor:
        made.append(Watched(data, workers))
        return made[-1]

    small.write_text(small.read_text().replace("trials: 6", "trials: 6, pruner: none"))
    records = run_file(small, replace(options, workers=1), start).records
    first, *later = made[0].going_on
    assert first == []
    for record, going_on in zip(records, later, strict=False):
        (following,) = going_on
        assert isinstance(following, Evaluated)
        assert (following.number, following.evaluation.step) == (
            record.trial.number,
            record.trial.point.steps,
        )


class Bunched(FakeExecutor):
    """Tells everything that is left of all its jobs at once, as if nobody had listened for a
    while."""

    def events(self) -> list[Event]:
        found = super().events()
        while self._queues:
            found += super().events()
        return found


def test_with_one_worker_the_sampler_suggests_the_same_whenever_it_hears_of_a_trial(
    small: Path, options: Options
) -> None:
    small.write_text(small.read_text().replace("trials: 6", "trials: 24, pruner: none"))
    one = run_file(small, replace(options, workers=1)).records
    two = run_file(
        small, replace(options, workers=1, results=options.results / "again"), Bunched
    ).records
    assert [r.trial for r in one] == [r.trial for r in two]


def test_bfloat16_is_refused_where_it_is_slow_before_anything_is_trained(
    small: Path, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.write_text(
        small.read_text().replace("kernel_size: 3", "precision: {choices: [float32, bfloat16]}")
    )
    monkeypatch.setattr(machine, "has_native_bfloat16", lambda: False)
    with pytest.raises(SpaceFileError, match="bfloat16 would be many times slower") as raised:
        run_file(small, options, Idle)
    assert raised.value.problems[0].where == f"{small}:4:3"
    assert not (options.results / "small").exists()
    monkeypatch.setattr(machine, "has_native_bfloat16", lambda: True)
    assert len(run_file(small, options).records) == 6


def test_random_search_with_one_worker_repeats_itself(small: Path, options: Options) -> None:
    small.write_text(small.read_text().replace("trials: 6", "trials: 6, sampler: random"))
    one = run_file(small, replace(options, workers=1)).records
    two = run_file(small, replace(options, workers=1, results=options.results / "again")).records
    assert [(r.trial, r.evaluations, r.state) for r in one] == [
        (r.trial, r.evaluations, r.state) for r in two
    ]


FEW = (
    "name: few\n"
    "space: {batch_size: {choices: [32, 64, 128, 256]}, dense: {choices: [[], [8], [8, 8]]}, "
    "optimizer: {choices: [adam, sgd]}, steps: 20}\n"
    "search: {trials: 40, SAMPLER}\n"
)


def few(path: Path, sampler: str = "sampler: tpe") -> Path:
    """A space file of 24 configurations, which asks for 40 trials."""
    path.write_text(FEW.replace("SAMPLER", sampler))
    return path


@pytest.mark.parametrize("workers", [1, 2])
def test_a_sweep_ends_when_its_space_is_exhausted(
    workers: int, tmp_path: Path, options: Options
) -> None:
    path = few(tmp_path / "few.yaml")
    outcome = run_file(path, replace(options, workers=workers))
    space = outcome.spec.space
    assert outcome.exhausted
    assert len({space.meaning(r.trial.point) for r in outcome.records}) == 24
    assert [r.trial.number for r in outcome.records] == list(range(24))
    outcome.check_success()
    folder = options.results / "few"
    _, _, facts = read_sweep(folder)
    assert facts.completed
    assert facts.exhausted
    assert pd.read_csv(folder / "trials.csv")["number"].tolist() == list(range(24))
    assert "after 24 configurations nothing new" in write_report(folder).markdown.read_text()


def test_a_sweep_of_a_small_space_is_shown_with_the_trials_that_there_are(
    tmp_path: Path, options: Options
) -> None:
    file = StringIO()
    path = few(tmp_path / "few.yaml")
    view = PlainView(Console(file=file, width=200))
    outcome = run_file(path, replace(options, workers=2), view=view)
    lines = file.getvalue().splitlines()
    assert "few: 24 trials, 0 done, 2 at once" in lines
    assert [word for word in lines if word.startswith("the space has only 24 configurations")]
    (last,) = (line for line in lines if "(24/24, " in line)
    assert "left" not in last
    assert outcome.spec.search.trials == 40


def test_an_exhausted_sweep_has_nothing_more_to_do(tmp_path: Path, options: Options) -> None:
    path = few(tmp_path / "few.yaml")
    first = run_file(path, options)
    again = run_file(path, options, Idle)
    assert again.was_finished
    assert again.exhausted
    assert again.records == first.records
    path.write_text(path.read_text().replace("trials: 40", "trials: 60"))
    assert run_file(path, options, Idle).records == first.records


class Unpublished(FakeExecutor):
    """Cannot log the best network to MLflow."""

    def publish(self, task: Publish) -> Done:
        return Done(task, "no answer")


class Untrained(FakeExecutor):
    """Trains nothing, and does everything else."""

    def submit(self, task: Task) -> None:
        assert not isinstance(task, Train)
        super().submit(task)


def test_that_a_space_is_exhausted_is_recorded_although_mlflow_lacks_something(
    tmp_path: Path, options: Options
) -> None:
    path = few(tmp_path / "few.yaml")
    folder = options.results / "few"
    first = run_file(path, options, Unpublished)
    facts = read_sweep(folder)[2]
    assert (facts.exhausted, facts.completed) == (True, False)
    again = run_file(path, options, Untrained)
    facts = read_sweep(folder)[2]
    assert (facts.exhausted, facts.completed) == (True, True)
    assert again.exhausted
    assert again.records == first.records


@pytest.mark.parametrize("start", [FakeExecutor, Unpublished])
def test_an_exhausted_sweep_that_asks_for_no_more_than_it_ran_has_not_ended_early(
    start: type[FakeExecutor], tmp_path: Path, options: Options
) -> None:
    path = few(tmp_path / "few.yaml")
    first = run_file(path, options, start)
    text = path.read_text()
    path.write_text(text.replace("trials: 40", "trials: 24"))
    again = run_file(path, options, Untrained)
    assert not again.exhausted
    assert again.records == first.records
    path.write_text(text)
    more = run_file(path, options, Untrained)
    assert more.exhausted
    assert more.records == first.records


@pytest.mark.parametrize("sampler", ["sampler: tpe", "sampler: random"])
def test_an_interrupted_sweep_tries_what_an_uninterrupted_one_tries(
    sampler: str, tmp_path: Path, options: Options
) -> None:
    path = few(tmp_path / "few.yaml", f"{sampler}, pruner: none")
    whole = run_file(path, replace(options, workers=1)).records
    chosen = replace(options, workers=1, results=options.results / "again")

    class Breaking(FakeExecutor):
        def events(self) -> list[Event]:
            if len(self.submitted) > 13:
                raise Interrupted(signal.SIGINT, "again")
            return super().events()

    with pytest.raises(Interrupted):
        run_file(path, chosen, Breaking)
    parts = run_file(path, chosen).records
    assert [r.trial for r in parts] == [r.trial for r in whole]
    assert len(parts) == 24


@pytest.mark.parametrize("sampler", ["random", "qmc"])
def test_what_learns_nothing_tries_the_same_with_one_worker_and_with_two(
    sampler: str, tmp_path: Path, options: Options
) -> None:
    path = few(tmp_path / "few.yaml", f"sampler: {sampler}, pruner: none")
    one, two = (
        run_file(path, replace(options, workers=n, results=options.results / str(n))).records
        for n in (1, 2)
    )
    assert [(r.trial, r.evaluations, r.state) for r in one] == [
        (r.trial, r.evaluations, r.state) for r in two
    ]


def test_a_sweep_that_was_killed_after_its_last_trial_is_completed(
    small: Path, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """Ends everything, and is no interruption."""

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("sweep.engine.coordinator.finish", killed)
        with pytest.raises(Killed):
            run_file(small, options)
    folder = options.results / "small"
    assert not (folder / "best").exists()
    again = run_file(small, options)
    assert len(again.records) == 6
    assert not again.was_finished
    assert (folder / "best" / "scores.json").exists()
    assert pd.read_csv(folder / "trials.csv")["number"].tolist() == list(range(6))
    assert run_file(small, options).was_finished


def test_any_error_leaves_no_run_running(small: Path, options: Options) -> None:
    class Broken(FakeExecutor):
        def events(self) -> list[Event]:
            if len(self.submitted) > 3:
                raise SweepError("the server is gone", "again")
            return super().events()

    with pytest.raises(SweepError, match="the server is gone"):
        run_file(small, options, Broken)
    _, _, facts = read_sweep(options.results / "small")
    client = MlflowClient(options.tracking_uri)
    experiment = client.get_experiment_by_name("small").experiment_id
    (parent,) = client.search_runs([experiment], f"tags.`sweep.id` = '{facts.id}'")
    children = client.search_runs(
        [experiment], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"
    )
    assert "RUNNING" not in {run.info.status for run in [parent, *children]}


def test_a_trial_that_ends_before_it_starts_is_recorded(small: Path, options: Options) -> None:
    class Stillborn(FakeExecutor):
        def submit(self, task: Task) -> None:
            super().submit(task)
            if isinstance(task, Train):
                self._queues[task.number].popleft()

    outcome = run_file(small, options, partial(Stillborn, trainer=failing))
    assert {r.state for r in outcome.records} == {State.FAILED}
    assert run_file(small, options).was_finished


def test_fewer_trials_than_were_begun_leave_none_running(small: Path, options: Options) -> None:
    with pytest.raises(Interrupted):
        run_file(small, options, Interrupting)
    _, before, _ = read_sweep(options.results / "small")
    finished = sum(r.state.is_finished for r in before)
    small.write_text(small.read_text().replace("trials: 6", f"trials: {max(finished, 1)}"))
    run_file(small, options)
    _, after, _ = read_sweep(options.results / "small")
    assert all(r.state.is_finished for r in after)


def test_data_that_cannot_be_had_leave_no_mlflow_behind(
    small: Path, options: Options, tmp_path: Path
) -> None:
    class NoData(FakeExecutor):
        def events(self) -> list[Event]:
            raise DataError("there is nothing here", "look elsewhere")

    with pytest.raises(DataError):
        run_file(small, replace(options, tracking_uri=f"sqlite:///{tmp_path}/new.db"), NoData)
    assert not (tmp_path / "new.db").exists()


def test_repeats_train_each_configuration_with_seeds_of_its_own(
    small: Path, options: Options
) -> None:
    small.write_text(
        small.read_text().replace("trials: 6", "trials: 8, repeats: 3, pruner: none")
        + "baselines: {b: {filters: [9, 4], optimizer: sgd, learning_rate: 0.1, steps: 100}}\n"
    )
    records = run_file(small, options).records
    assert [r.trial.configuration for r in records] == [0, 0, 0, 1, 1, 1, 2, 2]
    assert [r.trial.baseline for r in records] == ["b"] * 3 + [None] * 5
    assert len({r.trial.seed for r in records}) == 8
    points = {(r.trial.configuration, r.trial.point) for r in records}
    assert len(points) == len({point for _, point in points}) == 3


DESIGNS = {"grid": 8, "one-at-a-time": 4}


@pytest.mark.parametrize(("sampler", "configurations"), DESIGNS.items())
def test_a_design_is_tried_whole_and_to_the_end_of_each_trial(
    sampler: str, configurations: int, small: Path, options: Options
) -> None:
    small.write_text(
        "name: small\nspace: {filters: [{choices: [2, 4]}], kernel_size: {choices: [3, 5]}, "
        "dropout: {low: 0.1, high: 0.5}, steps: 40}\n"
        f"search: {{sampler: {{name: {sampler}, values: 2}}, repeats: 2}}\n"
        "baselines: {b: {filters: [2], kernel_size: 3, dropout: 0.1}}\n"
    )
    records = run_file(small, options).records
    assert {r.state for r in records} == {State.COMPLETE}
    assert len(records) == 2 * configurations
    assert len({r.trial.point for r in records}) == configurations


def test_an_interrupted_grid_leaves_nothing_out(small: Path, options: Options) -> None:
    small.write_text(
        "name: small\nspace: {dropout: {low: 0.1, high: 0.5}, filters: [2], steps: 40}\n"
        "search: {sampler: {name: grid, values: 4}, repeats: 2}\n"
    )
    with pytest.raises(Interrupted):
        run_file(small, options, Interrupting)
    records = run_file(small, options).records
    assert sorted((r.trial.configuration, r.trial.point.dropout) for r in records) == [
        (c, d) for c, d in enumerate((0.1, 0.233333, 0.366667, 0.5)) for _ in range(2)
    ]


# Validation accuracies by number: the luckiest training is the first, the best mean is that of
# configuration 1.
LUCKY = (0.95, 0.70, 0.70, 0.86, 0.88, 0.87, 0.60, 0.60, 0.60)


def lucky(job: Train) -> list[Event]:
    """A training whose accuracy at its end is that of its number above."""
    job.weights.parent.mkdir(parents=True, exist_ok=True)
    job.weights.write_bytes(f"weights of {job.number}".encode())
    accuracy = LUCKY[job.number]
    last = Evaluation(job.point.steps, 1.0, 0.5, 1 - accuracy, accuracy)
    return [Evaluated(job.number, last), Finishing(job.number), Ended(job.number, State.COMPLETE)]


REPEATED = (
    "name: small\nspace: {dropout: {choices: [0.1, 0.2, 0.3]}, filters: [2], steps: 40}\n"
    "search: {sampler: grid, repeats: 3, keep: 1}\n"
)


def parent_of(options: Options, folder: Path) -> Run:
    """The parent run in MLflow of the sweep in `folder`."""
    client = MlflowClient(options.tracking_uri)
    _, _, facts = read_sweep(folder)
    experiment = client.get_experiment_by_name("small").experiment_id
    (parent,) = client.search_runs([experiment], f"tags.`sweep.id` = '{facts.id}'")
    return parent


def test_with_repeats_the_best_is_the_best_configuration_everywhere(
    small: Path, options: Options
) -> None:
    small.write_text(REPEATED)
    made: list[FakeExecutor] = []

    def start(data: DataSpec, workers: int) -> FakeExecutor:
        made.append(FakeExecutor(data, workers, lucky))
        return made[-1]

    outcome = run_file(small, options, start)
    folder = outcome.folder
    assert (folder / "best" / "best.weights.h5").read_bytes() == b"weights of 4"
    assert [path.name for path in (folder / "weights").iterdir()] == ["trial-4.weights.h5"]
    scores = json.loads((folder / "best" / "scores.json").read_text())
    assert (scores["trial"], scores["configuration"], scores["val_accuracy"]) == (4, 1, 0.88)
    assert (scores["val_accuracy_mean"], scores["val_accuracy_sd"]) == pytest.approx((0.87, 0.01))
    (line,), _ = overview(options.results)
    assert (line.best, line.best_sd) == pytest.approx((0.87, 0.01))
    assert line.best_trial == 4
    (published,) = made[0].published
    assert published.metadata["trial"] == 4
    assert (folder / "inspect" / "trial-4").exists()
    assert parent_of(options, folder).data.metrics["best_val_accuracy"] == pytest.approx(0.87)
    assert document(outcome.spec, outcome.records, outcome.data)["best"] == {
        "trial": 4,
        "configuration": 1,
        "trainings": 3,
        "value": pytest.approx(0.87),
        "sd": pytest.approx(0.01),
    }
    assert (
        read_best(folder, outcome.spec, outcome.records, SUMMARY).weights.name
        == "trial-4.weights.h5"
    )
    report = write_report(folder).markdown.read_text()
    assert (
        "The best network is that of trial 4, the best training of configuration 1 (val_accuracy "
        "0.8800)." in report
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_sweep_leaves_the_best_so_far_and_brings_it_up_to_date_later(
    number: signal.Signals, small: Path, options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Interrupting, "signal_number", number)
    monkeypatch.setattr(Interrupting, "after", 5)
    small.write_text(
        REPEATED.replace("repeats: 3, keep: 1", "repeats: 1").replace("0.3]", "0.3, 0.4, 0.5, 0.6]")
    )
    view = SilentView()
    accuracies = (0.7, 0.9, 0.8, 0.1, 0.2, 0.95)
    monkeypatch.setattr("tests.engine.test_coordinator.LUCKY", accuracies)
    with pytest.raises(Interrupted):
        run_file(small, options, partial(Interrupting, trainer=lucky), view)
    folder = options.results / "small"
    spec, records, _ = read_sweep(folder)
    assert any(not r.state.is_finished for r in records)
    assert json.loads((folder / "best" / "scores.json").read_text())["trial"] == 1
    assert (folder / "best" / "best.weights.h5").read_bytes() == b"weights of 1"
    where = f"its network is in {folder / 'best'} (best.keras follows at the end of the sweep)"
    assert f"best so far: val_accuracy 0.9000 (trial 1); {where}" in view.notes
    assert not (folder / "best" / "best.keras").exists()
    assert read_best(folder, spec, records, SUMMARY).weights.read_bytes() == b"weights of 1"
    assert write_report(folder).markdown.exists()
    parent = parent_of(options, folder)
    assert (parent.info.status, parent.data.metrics["best_val_accuracy"]) == ("KILLED", 0.9)

    run_file(small, options, partial(FakeExecutor, trainer=lucky))
    assert (folder / "best" / "best.weights.h5").read_bytes() == b"weights of 5"
    assert parent_of(options, folder).data.metrics["best_val_accuracy"] == 0.95


def test_an_interruption_before_any_trial_completed_leaves_no_best(
    small: Path, options: Options
) -> None:
    with pytest.raises(Interrupted):
        run_file(small, options, partial(Interrupting, trainer=failing))
    assert not (options.results / "small" / "best").exists()


def peaking(job: Train) -> list[Event]:
    """A training whose accuracy is the greatest in its middle, at a height of its own; it heeds the
    patience of its task."""
    job.weights.parent.mkdir(parents=True, exist_ok=True)
    job.weights.write_bytes(b"weights")
    improvement = Improvement(job.objective)
    events: list[Event] = []
    dropout = job.point.dropout
    assert isinstance(dropout, float)
    for step in job.evaluate_at:
        accuracy = 0.9 - dropout / 10 - abs(step - 20) / 100
        evaluation = Evaluation(step, 1.0, 0.5, 1 - accuracy, accuracy)
        events.append(Evaluated(job.number, evaluation))
        improvement.add(evaluation)
        if improvement.is_over(job.patience):
            break
    return [*events, Ended(job.number, State.COMPLETE)]


PEAKS = """\
name: small
space: {dropout: {low: 0.1, high: 0.5}, filters: [2], steps: 50}
search: {trials: 8, patience: 2}
objective: {maximize: val_accuracy, of: best}
baselines: {first: {dropout: 0.3}}
"""


def test_a_sweep_that_judges_by_the_best_evaluation_goes_on_after_an_interruption_as_without_one(
    small: Path, options: Options, tmp_path: Path
) -> None:
    small.write_text(PEAKS)
    alone = replace(options, workers=1)
    with pytest.raises(Interrupted):
        run_file(small, alone, partial(Interrupting, trainer=peaking))
    run_file(small, alone, partial(FakeExecutor, trainer=peaking))
    whole = replace(alone, results=tmp_path / "whole")
    run_file(small, whole, partial(FakeExecutor, trainer=peaking))

    continued, uncut = (
        pd.read_csv(one.results / "small" / "trials.csv").drop(columns="seconds")
        for one in (alone, whole)
    )
    pd.testing.assert_frame_equal(continued, uncut)
    complete = continued[continued.state == "complete"]
    # The best is at step 20; two evaluations later it is over.
    assert set(complete.best_step) == {20}
    assert set(complete.steps) == {40}
    assert "first" in set(complete.baseline)
    heights = 0.9 - complete.dropout / 10
    assert complete.val_accuracy.tolist() == pytest.approx(heights.tolist())
    study = optuna.load_study(
        study_name="small", storage=f"sqlite:///{alone.results}/small/sweep.db"
    )
    told = study.get_trials(states=(optuna.trial.TrialState.COMPLETE,))
    assert [trial.value for trial in told] == complete.val_accuracy.tolist()


@pytest.mark.parametrize(
    ("part", "change"),
    [("search", ("patience: 2", "patience: 3")), ("objective", (", of: best", ""))],
)
def test_neither_patience_nor_what_judges_may_change_after_a_sweep_has_begun(
    part: str, change: tuple[str, str], small: Path, options: Options
) -> None:
    small.write_text(PEAKS)
    run_file(small, options, partial(FakeExecutor, trainer=peaking))
    small.write_text(PEAKS.replace(*change))
    with pytest.raises(InputError, match=re.escape(f"with another {part} (")):
        run_file(small, options)
