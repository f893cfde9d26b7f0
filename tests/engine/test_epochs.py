"""A sweep whose trials are counted in epochs: what is asked of an executor, pruned and taken up."""

from dataclasses import replace
from pathlib import Path

import pytest

from sweep.engine.coordinator import Options
from sweep.errors import InputError
from sweep.store import Ledger, read_sweep
from sweep.trial import State
from tests.fakes import SUMMARY, FakeExecutor, run_file

FILE = """
name: epochs
data: {name: mnist, train: 3000}
space:
  filters: [4]
  batch_size: {choices: [30, 100]}
  epochs: {low: 1, high: 4}
  dropout: {low: 0.0, high: 0.5}
search: {trials: 8, sampler: random, pruner: PRUNER, evaluations: 4}
"""
IMAGES = replace(SUMMARY, train=3000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "epochs.yaml"
    file.write_text(FILE.replace("PRUNER", "none"))
    return file


@pytest.fixture
def options(tmp_path: Path, mlflow_store: str) -> Options:
    return Options(tmp_path / "results", mlflow_store, workers=1)


class Kept(FakeExecutor):
    """Keeps the last executor that was made, for its tasks."""

    last: "Kept"

    def __init__(self, spec: object, workers: int) -> None:
        super().__init__(spec, workers, summary=IMAGES)  # type: ignore[arg-type]
        Kept.last = self


def test_trials_of_every_batch_size_are_evaluated_after_equal_numbers_of_images(
    path: Path, options: Options
) -> None:
    run_file(path, options, Kept)
    tasks = Kept.last.submitted
    assert {task.point.batch_size for task in tasks} == {30, 100}
    for task in tasks:
        assert task.point.epochs is not None
        assert task.point.steps == task.point.epochs * 3000 // task.point.batch_size
        seen = [step * task.point.batch_size for step in task.evaluate_at]
        assert seen == [3000 * number for number in range(1, task.point.epochs + 1)]


def test_the_table_has_the_epochs_and_the_steps_that_were_done(
    path: Path, options: Options
) -> None:
    outcome = run_file(path, options, Kept)
    header, *rows = (outcome.folder / "trials.csv").read_text().splitlines()
    names = header.split(",")
    for row in rows:
        values = dict(zip(names, row.split(","), strict=True))
        steps = int(values["epochs"]) * 3000 // int(values["batch_size"])
        assert int(values["steps"]) == steps


def test_a_trial_falls_behind_others_of_another_batch_size(path: Path, options: Options) -> None:
    path.write_text(FILE.replace("PRUNER", "asha").replace("{low: 1, high: 4}", "4"))
    outcome = run_file(path, options, Kept)
    pruned = [record for record in outcome.records if record.state is State.PRUNED]
    assert pruned
    for record in pruned:
        seen = record.steps * record.trial.point.batch_size
        assert seen % 3000 == 0
        assert seen < 12_000


def test_the_same_file_goes_on_and_another_number_of_images_is_another_sweep(
    path: Path, options: Options
) -> None:
    run_file(path, options, Kept)
    more = path.read_text().replace("trials: 8", "trials: 10")
    path.write_text(more)
    outcome = run_file(path, options, Kept)
    assert len(outcome.records) == 10
    assert len(Kept.last.submitted) == 2
    path.write_text(more.replace("train: 3000", "train: 2000"))
    with pytest.raises(InputError, match="another data"):
        run_file(path, options, Kept)


def test_what_a_ledger_keeps_has_the_steps_of_an_epoch(path: Path, options: Options) -> None:
    outcome = run_file(path, options, Kept)
    spec, records, _ = read_sweep(outcome.folder)
    assert spec.space.images == 3000
    with Ledger.open_to_read(outcome.folder) as ledger:
        facts = ledger.facts()
    assert facts is not None
    assert facts.sweep.space == spec.space
    for record in records:
        values = spec.space.values(record.trial.point)
        assert values is not None
        assert spec.space.point(values) == record.trial.point
