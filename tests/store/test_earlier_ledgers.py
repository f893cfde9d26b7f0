"""Sweeps of earlier versions, with other defaults or other counts: they are read as they were, and
never go on with a mixture.

`ledgers/` holds the ledgers of three sweeps of that time. `silent` names neither dense, dropout,
learning_rate nor momentum, and was interrupted; `spoken` names all of them, and was interrupted;
`around` is a finished one-at-a-time sweep in which momentum comes into being with rmsprop, at the
default of then. `doubled` is a grid that asks for four trials, for it counted two momenta under
sgd; it was interrupted.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from sweep.engine.coordinator import Options
from sweep.errors import InputError
from sweep.space.hyperparams import NEWEST_DEFAULTS, Hyperparams
from sweep.store.ledger import Ledger
from sweep.store.results import read_sweep
from sweep.trial.record import State
from tests.fakes import FakeExecutor, run_file
from tests.test_cli import call

LEDGERS = Path(__file__).parent / "ledgers"
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A folder of results with these sweeps."""
    for path in LEDGERS.glob("*.db"):
        (tmp_path / "results" / path.stem).mkdir(parents=True)
        shutil.copy(path, tmp_path / "results" / path.stem / "sweep.db")
    return tmp_path / "results"


@pytest.fixture
def sweep(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, results: Path
) -> Command:
    monkeypatch.chdir(results.parent)
    return lambda *arguments: call(capfd, monkeypatch, *arguments)


def go_on(results: Path, name: str, store: str) -> None:
    """Runs the sweep's own file again, with fake trials on the same data."""
    with Ledger.open_to_read(results / name) as ledger:
        facts = ledger.facts()
    assert facts is not None
    path = results.parent / f"{name}.yaml"
    path.write_text(facts.source)
    run_file(path, Options(results, store, workers=1), partial(FakeExecutor, summary=facts.data))


def test_every_point_keeps_the_values_that_it_was_trained_with(results: Path) -> None:
    for name in ("silent", "around"):
        _, records, _ = read_sweep(results / name)
        points = [record.trial.point for record in records]
        assert {(p.dense, p.dropout, p.learning_rate, p.momentum) for p in points} == {
            ((1024,), 0.4, 0.001, 0.9)
        }


def test_show_export_and_list_read_them(sweep: Command) -> None:
    code, out, _ = sweep("show", "silent", "--json")
    trials = json.loads(out)["trials"]
    assert code == 0
    assert [trial["state"] for trial in trials] == ["complete"] * 3 + ["running"] * 2
    assert trials[0]["parameters"] == 412_702
    code, out, _ = sweep("export", "silent", "--format", "csv", "-o", "-")
    assert (code, len(out.splitlines())) == (0, 6)
    code, out, _ = sweep("list")
    assert (code, [name in out for name in ("silent", "spoken", "around")]) == (0, [True] * 3)


def test_a_default_of_then_is_called_so(sweep: Command) -> None:
    _, out, _ = sweep("show", "silent", "--trial", "0")
    notes = {words[0]: " ".join(words[1:]) for line in out.splitlines() if (words := line.split())}
    assert notes["dense"] == "[1024] default when it was run"
    assert notes["dropout"] == "0.4 default when it was run"
    assert notes["pool"] == "max default"


def test_the_report_knows_the_neighbours_of_a_baseline_by_the_defaults_of_then(
    sweep: Command,
) -> None:
    code, out, _ = sweep("report", "around", "--json")
    assert code == 0
    values = [
        row["value"] for row in json.loads(out)["effects"] if row["hyperparameter"] == "optimizer"
    ]
    assert values == ["sgd", "rmsprop", "adam"]


def test_going_on_with_other_defaults_is_refused_and_changes_nothing(
    results: Path, mlflow_store: str
) -> None:
    before = (results / "silent" / "sweep.db").read_bytes()
    with pytest.raises(InputError) as raised:
        go_on(results, "silent", mlflow_store)
    (problem,) = raised.value.problems
    assert "began when dense was [1024] by default, now it is []" in problem.message
    assert "dropout was 0.4 by default, now it is 0" in problem.message
    assert "learning_rate was 0.001 by default, now it is 0.01 under sgd" in problem.message
    assert "momentum" not in problem.message
    assert "write dense: [1024], dropout: 0.4, learning_rate: 0.001" in problem.hint
    assert (results / "silent" / "sweep.db").read_bytes() == before


@pytest.mark.parametrize("completed", [True, False])
def test_a_finished_one_trains_nothing_and_is_not_refused(
    results: Path, mlflow_store: str, completed: bool
) -> None:
    with Ledger.open_to_write(results / "around") as ledger:
        facts = ledger.facts()
        assert facts is not None
        # MLflow lacked something when it ended.
        ledger.begin(replace(facts, completed=completed))
    _, before, _ = read_sweep(results / "around")
    go_on(results, "around", mlflow_store)
    assert read_sweep(results / "around")[1] == before


def test_one_that_names_everything_goes_on(results: Path, mlflow_store: str) -> None:
    _, before, _ = read_sweep(results / "spoken")
    go_on(results, "spoken", mlflow_store)
    spec, records, facts = read_sweep(results / "spoken")
    assert facts.defaults == NEWEST_DEFAULTS
    assert [record.state for record in records] == ["complete"] * 6
    assert [r.trial for r in records[:5]] == [r.trial for r in before]
    assert {(r.trial.point.dense, r.trial.point.dropout) for r in records} == {((16,), 0.4)}
    # The sampler learns from all of them.
    assert all(spec.space.values(record.trial.point) is not None for record in records)


def test_a_grid_that_counted_what_has_no_effect_is_read_and_does_not_go_on(
    results: Path, mlflow_store: str
) -> None:
    spec, records, facts = read_sweep(results / "doubled")
    assert (spec.search.trials, len(records)) == (4, 4)
    assert [(r.trial.point.optimizer, r.trial.point.momentum) for r in records[:2]] == [
        ("sgd", 0.9),
        ("sgd", 0.5),
    ]
    with pytest.raises(InputError, match="grid has only 3 trainings here, not 4"):
        go_on(results, "doubled", mlflow_store)
    path = results.parent / "all.yaml"
    path.write_text(facts.source.replace(", trials: 4", ""))
    before = (results / "doubled" / "sweep.db").read_bytes()
    with pytest.raises(
        InputError, match="configuration 1 of this sweep had optimizer sgd, now it has momentum"
    ):
        run_file(path, Options(results, mlflow_store, workers=1))
    assert (results / "doubled" / "sweep.db").read_bytes() == before


def test_new_sweeps_have_the_defaults_of_today(tmp_path: Path, mlflow_store: str) -> None:
    path = tmp_path / "new.yaml"
    path.write_text("name: new\nspace: {filters: [2], steps: 20}\nsearch: {trials: 1}\n")
    run_file(path, Options(tmp_path / "results", mlflow_store, workers=1))
    _, (record,), _ = read_sweep(tmp_path / "results" / "new")
    assert record.trial.point == Hyperparams(filters=(2,), steps=20)


def test_a_grid_that_counted_more_is_not_taken_for_finished(
    results: Path, mlflow_store: str
) -> None:
    """It asked for all of its configurations, and was interrupted after as many as it has today."""
    path = results.parent / "all.yaml"
    with Ledger.open_to_write(results / "doubled") as ledger:
        facts = ledger.facts()
        assert facts is not None
        ledger.begin(replace(facts, source=facts.source.replace(", trials: 4", "")))
        path.write_text(facts.source.replace(", trials: 4", ""))
        for record in ledger.records():
            if not record.state.is_finished and ledger.finished() < 3:
                ledger.finish(replace(record, state=State.COMPLETE))
        assert ledger.finished() == 3
    with pytest.raises(
        InputError, match="configuration 1 of this sweep had optimizer sgd, now it has momentum"
    ):
        run_file(path, Options(results, mlflow_store, workers=1))
    with Ledger.open_to_read(results / "doubled") as ledger:
        facts = ledger.facts()
        assert facts is not None
        assert not facts.completed
