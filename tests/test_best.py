"""The weights that are kept: those of the best trials, whatever the order of their ends and after interruptions."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.best import best_so_far, keep_best, weights_file, write_best, write_network
from sweep.hyperparams import Hyperparams
from sweep.record import Evaluation, State, Trial, TrialRecord, ranking
from sweep.spec import Objective
from tests.conftest import spec_of
from tests.fakes import SUMMARY

ENDS = st.lists(
    st.tuples(st.sampled_from([s for s in State if s.is_finished]), st.sampled_from([0.1, 0.2, 0.3, 0.4])), max_size=12
)


def ended(number: int, state: State, value: float) -> TrialRecord:
    trial = Trial(number, number, Hyperparams(), 0, 0)
    return TrialRecord(trial, state, 0.0, 1.0, 10, (Evaluation(10, value, value, value, value),))


@given(ends=ENDS, keep=st.integers(1, 4), cut=st.integers(0, 12), left=st.booleans(), maximize=st.booleans(),
       order=st.randoms(use_true_random=False))  # fmt: skip
def test_the_kept_weights_are_those_of_the_best_after_any_order_of_ends_and_an_interruption(
    ends: list[tuple[State, float]],
    keep: int,
    cut: int,
    left: bool,
    maximize: bool,
    order: object,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("best")
    weights_file(folder, 0).parent.mkdir()
    objective = Objective("val_accuracy", maximize)
    records = [ended(number, *end) for number, end in enumerate(ends)]
    order.shuffle(records)  # type: ignore[attr-defined]
    best = best_so_far(folder, [], objective, keep)
    for count, record in enumerate(records):
        weights_file(folder, record.trial.number).write_bytes(b"weights")
        interrupted = count == cut
        if not (interrupted and left):
            keep_best(folder, record, best, objective, keep)
        if interrupted:
            best = best_so_far(folder, records[: count + 1], objective, keep)
    wanted = {r.trial.number for r in ranking(records, objective)[:keep]}
    assert {int(p.name.split("-")[1].split(".")[0]) for p in (folder / "weights").iterdir()} == wanted
    assert [number for _, number in best] == [r.trial.number for r in ranking(records, objective)[:keep]]
    shutil.rmtree(folder)


def test_fewer_to_keep_removes_what_was_kept(tmp_path: Path) -> None:
    objective = Objective("val_loss", maximize=False)
    records = [ended(number, State.COMPLETE, value) for number, value in enumerate((0.3, 0.1, 0.2))]
    weights_file(tmp_path, 0).parent.mkdir()
    for record in records:
        weights_file(tmp_path, record.trial.number).write_bytes(b"weights")
    assert best_so_far(tmp_path, records, objective, 1) == [(0.1, 1)]
    assert list((tmp_path / "weights").iterdir()) == [weights_file(tmp_path, 1)]


def test_the_best_network_is_described_for_whoever_uses_it(tmp_path: Path) -> None:
    weights_file(tmp_path, 3).parent.mkdir()
    weights_file(tmp_path, 3).write_bytes(b"weights")
    write_best(tmp_path, spec_of("{dropout: {low: 0.0, high: 0.5}}"), ended(3, State.COMPLETE, 0.5), SUMMARY)
    assert json.loads((tmp_path / "best" / "network.json").read_text()) == {
        "sweep": "test",
        "trial": 3,
        "classes": list("0123456789"),
        "input_shape": [28, 28, 1],
        "scaling": "uint8 / 255",
        "output": "logits",
    }


@pytest.mark.parametrize(("next_best", "stays"), [(3, True), (4, False)])
@pytest.mark.parametrize("is_damaged", [False, True])
def test_a_whole_network_stays_only_beside_the_weights_of_its_own_trial(
    next_best: int, stays: bool, is_damaged: bool, tmp_path: Path
) -> None:
    spec = spec_of("{dropout: {low: 0.0, high: 0.5}}")
    write_best(tmp_path, spec, ended(3, State.COMPLETE, 0.5), SUMMARY)
    (tmp_path / "saved").write_bytes(b"network")
    write_network(tmp_path, tmp_path / "saved")
    if is_damaged:
        (tmp_path / "best" / "scores.json").write_text("{")
    write_best(tmp_path, spec, ended(next_best, State.COMPLETE, 0.6), SUMMARY)
    assert (tmp_path / "best" / "best.keras").exists() == (stays and not is_damaged)
