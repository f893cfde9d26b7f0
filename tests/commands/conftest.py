"""What the tests of commands share: a call of `sweep`, and a sweep whose ledger was written by
hand."""

from dataclasses import replace
from pathlib import Path

import pytest

from sweep.store.ledger import Facts, Ledger
from sweep.trial.record import State
from tests.analysis.records import RECORDS, SPEC, record
from tests.fakes import SUMMARY
from tests.test_cli import Command, call

FACTS = Facts(
    id="1",
    source="name: test\n",
    path="test.yaml",
    data=SUMMARY,
    tracking_uri="http://tracking.example:5000",
    versions={},
    created=0.0,
    spec=SPEC,
)


@pytest.fixture
def sweep(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return lambda *arguments: call(capfd, monkeypatch, *arguments)


def write_sweep(folder: Path, tracking_uri: str = FACTS.tracking_uri) -> None:
    """A sweep of four trials: two complete, one failed, one pruned."""
    pruned = record(3, State.PRUNED, 0.2, batch_norm=False)
    with Ledger.open_to_write(folder) as ledger:
        ledger.begin(replace(FACTS, tracking_uri=tracking_uri))
        for done in (*RECORDS, pruned):
            ledger.start(done.trial, None)
            ledger.finish(done)


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of results, with one sweep called test, and this process where it stands."""
    write_sweep(tmp_path / "results" / "test")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return tmp_path / "results"
