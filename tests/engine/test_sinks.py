"""Where outcomes go: one contract for every sink, and the order in which the coordinator tells
them."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from mlflow import MlflowClient

from sweep.engine.coordinator import Options
from sweep.engine.sinks import LedgerSink, Sink, TableSink, ViewSink, WeightsSink
from sweep.errors import StoreError
from sweep.space import Hyperparams
from sweep.store.ledger import Ledger
from sweep.store.results import read_sweep
from sweep.store.weights import KeptWeights, weights_file
from sweep.trial import Evaluation, Standings, State, Trace, Trial, TrialRecord
from tests.conftest import spec_of
from tests.fakes import FakeExecutor, SilentView, run_file

SPEC = spec_of("{steps: 20}", "search: {trials: 3, keep: 1}")


def record(number: int, value: float = 0.5) -> TrialRecord:
    trial = Trial(number, number, Hyperparams(steps=20), 0, 0)
    evaluation = Evaluation(20, 0.1, 0.9, 0.2, value)
    return TrialRecord(trial, State.COMPLETE, 0.0, 1.0, 20, (evaluation,))


@pytest.fixture
def options(tmp_path: Path, mlflow_store: str) -> Options:
    return Options(tmp_path / "results", mlflow_store, workers=2)


class Remembering:
    """A sink that remembers what it was told."""

    def __init__(self, told: list[tuple[str, str, object]], name: str = "own") -> None:
        self.told = told
        self.name = name

    def begin(self, finished: Sequence[TrialRecord]) -> None:
        self.told.append((self.name, "begin", len(finished)))

    def started(self, record: TrialRecord) -> None:
        self.told.append((self.name, "started", record.trial.number))

    def evaluated(self, record: TrialRecord) -> None:
        self.told.append((self.name, "evaluated", record.evaluations[-1].step))

    def ended(self, record: TrialRecord, traces: Sequence[Trace]) -> None:
        self.told.append((self.name, "ended", record.state))


def test_a_sink_of_the_caller_hears_of_every_trial(small: Path, options: Options) -> None:
    told: list[tuple[str, str, object]] = []
    own = replace(options, workers=1, sinks=(Remembering(told),))
    outcome = run_file(small, own)
    kinds = [what for _, what, _ in told]
    assert kinds[0] == "begin"
    assert kinds.count("started") == kinds.count("ended") == len(outcome.records)
    evaluations = sum(len(record.evaluations) for record in outcome.records)
    assert kinds.count("evaluated") == evaluations
    again: list[tuple[str, str, object]] = []
    small.write_text(small.read_text().replace("trials: 6", "trials: 7"))
    run_file(small, replace(own, sinks=(Remembering(again),)))
    assert again[0] == ("own", "begin", 6)


def test_sinks_are_told_in_their_order(small: Path, options: Options) -> None:
    told: list[tuple[str, str, object]] = []
    sinks = (Remembering(told, "one"), Remembering(told, "other"))
    run_file(small, replace(options, sinks=sinks))
    names = [name for name, _, _ in told]
    assert names == ["one", "other"] * (len(told) // 2)


def test_a_sink_that_fails_ends_the_sweep_and_loses_nothing(small: Path, options: Options) -> None:
    class Full(Remembering):
        def ended(self, record: TrialRecord, traces: Sequence[Trace]) -> None:
            raise StoreError("cannot write: No space left on device", "free the disk", "x")

    with pytest.raises(StoreError, match="No space left"):
        run_file(small, replace(options, sinks=(Full([]),)))
    with Ledger.open_to_read(options.results / "small") as ledger:
        assert ledger.finished() >= 1
    assert len(run_file(small, options).records) == 6


def test_a_sink_that_fails_at_the_beginning_leaves_no_run_running(
    small: Path, options: Options
) -> None:
    class Closed(Remembering):
        def begin(self, finished: Sequence[TrialRecord]) -> None:
            raise StoreError("cannot write: Permission denied", "make it writable", "x")

    executor = FakeExecutor(SPEC.data, 2)
    with pytest.raises(StoreError, match="Permission denied"):
        run_file(small, replace(options, sinks=(Closed([]),)), lambda *_: executor)
    assert executor.closed
    assert not executor.submitted
    _, _, facts = read_sweep(options.results / "small")
    client = MlflowClient(options.tracking_uri)
    experiment = client.get_experiment_by_name("small").experiment_id
    (parent,) = client.search_runs([experiment], f"tags.`sweep.id` = '{facts.id}'")
    assert parent.info.status == "FAILED"
    assert len(run_file(small, options).records) == 6


def all_sinks(folder: Path, ledger: Ledger, view: SilentView) -> dict[str, Sink]:
    return {
        "ledger": LedgerSink(ledger),
        "table": TableSink(folder / "trials.csv", SPEC),
        "weights": WeightsSink(KeptWeights(folder, Standings(SPEC), 1)),
        "view": ViewSink(view, SPEC, 2),
    }


@pytest.mark.parametrize("name", ["ledger", "table", "weights", "view"])
def test_every_sink_takes_a_trial_from_its_beginning_to_its_end(name: str, tmp_path: Path) -> None:
    view = SilentView()
    with closing(Ledger.open_to_write(tmp_path)) as ledger:
        sink = all_sinks(tmp_path, ledger, view)[name]
        done = record(0)
        running = replace(done, state=State.RUNNING, seconds=None)
        ledger.start(done.trial, None)
        sink.begin([])
        sink.started(replace(running, evaluations=()))
        sink.evaluated(running)
        sink.ended(done, [Trace(1, 2.3, (0.5, 0.5))])
        recorded = ledger.finished()
    lines = (tmp_path / "trials.csv").read_text().splitlines() if name == "table" else []
    assert recorded == (1 if name == "ledger" else 0)
    assert len(lines) == (2 if name == "table" else 0)
    assert view.states == ([State.COMPLETE] if name == "view" else [])


def test_weights_that_fell_behind_go(tmp_path: Path) -> None:
    standings = Standings(SPEC)
    sink = WeightsSink(KeptWeights(tmp_path, standings, 1))
    weights_file(tmp_path, 0).parent.mkdir()
    for number, value in enumerate((0.5, 0.7, 0.6)):
        weights_file(tmp_path, number).write_bytes(b"weights")
        done = record(number, value)
        standings.add(done)
        sink.ended(done, [])
    assert [path.name for path in weights_file(tmp_path, 0).parent.iterdir()] == [
        "trial-1.weights.h5"
    ]


def test_the_table_begins_with_what_is_known(tmp_path: Path) -> None:
    sink = TableSink(tmp_path / "trials.csv", SPEC)
    sink.begin([record(0), record(1)])
    sink.ended(record(2), [])
    assert len((tmp_path / "trials.csv").read_text().splitlines()) == 4


def test_the_fake_is_an_executor() -> None:
    assert FakeExecutor(SPEC.data, 3).capacity == 3
