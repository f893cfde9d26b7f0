"""The weights that are kept, whatever the order in which trials end and after interruptions, and
the best network."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.errors import InputError, StoreError
from sweep.space.hyperparams import Hyperparams
from sweep.space.spec import SweepSpec
from sweep.store.weights import (
    KeptWeights,
    read_best,
    remove_weights,
    weights_file,
    write_best,
    write_network,
)
from sweep.trial.ranking import Configuration, Standings, configurations
from sweep.trial.record import Evaluation, State, Trial, TrialRecord
from tests.conftest import spec_of
from tests.fakes import SUMMARY

ENDS = st.lists(
    st.tuples(
        st.sampled_from([s for s in State if s.is_finished]), st.sampled_from([0.1, 0.2, 0.3, 0.4])
    ),
    max_size=12,
)


def ended(number: int, state: State, value: float, repeats: int = 1) -> TrialRecord:
    trial = Trial(number, number // repeats, Hyperparams(), 0, 0)
    return TrialRecord(trial, state, 0.0, 1.0, 10, (Evaluation(10, value, value, value, value),))


def spec(repeats: int, *, maximize: bool) -> SweepSpec:
    objective = "{maximize: val_accuracy}" if maximize else "{minimize: val_loss}"
    return spec_of(
        "{steps: 10}", f"search: {{trials: 12, repeats: {repeats}}}\nobjective: {objective}"
    )


def best_of(*records: TrialRecord, repeats: int = 1) -> Configuration:
    return configurations(spec(repeats, maximize=True), records)[0]


def kept(folder: Path) -> set[int]:
    return {int(path.name.split("-")[1].split(".")[0]) for path in (folder / "weights").iterdir()}


@settings(deadline=None)
@given(ends=ENDS, keep=st.integers(1, 4), cut=st.integers(0, 12), left=st.booleans(), maximize=st.booleans(),
       repeats=st.integers(1, 3), order=st.randoms(use_true_random=False))  # fmt: skip
def test_the_kept_weights_are_those_of_the_best_after_any_order_of_ends_and_an_interruption(
    ends: list[tuple[State, float]],
    keep: int,
    cut: int,
    left: bool,
    maximize: bool,
    repeats: int,
    order: object,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("best")
    weights_file(folder, 0).parent.mkdir()
    asked = spec(repeats, maximize=maximize)
    records = [ended(number, *end, repeats) for number, end in enumerate(ends)]
    order.shuffle(records)  # type: ignore[attr-defined]
    standings = Standings(asked)
    kept_weights = KeptWeights(folder, standings, keep)
    for count, record in enumerate(records):
        weights_file(folder, record.trial.number).write_bytes(b"weights")
        interrupted = count == cut
        if not (interrupted and left):
            standings.add(record)
            kept_weights.update(record.trial.number)
        if interrupted:
            standings = Standings(asked, records[: count + 1])
            kept_weights = KeptWeights(folder, standings, keep)
            kept_weights.remove_others()
        found = configurations(asked, records[: count + 1])
        settled = [one for one in found if one.is_settled][:keep]
        assert kept(folder) == {
            one.best.trial.number for one in found if one in settled or not one.is_settled
        }
        if found:
            assert found[0].best.trial.number in kept(folder)
    shutil.rmtree(folder)


def test_fewer_to_keep_removes_what_was_kept(tmp_path: Path) -> None:
    records = [ended(number, State.COMPLETE, value) for number, value in enumerate((0.3, 0.1, 0.2))]
    weights_file(tmp_path, 0).parent.mkdir()
    for record in records:
        weights_file(tmp_path, record.trial.number).write_bytes(b"weights")
    KeptWeights(tmp_path, Standings(spec(1, maximize=False), records), 1).remove_others()
    assert kept(tmp_path) == {1}


LUCKY = [
    ended(number, State.COMPLETE, value, 3)
    for number, value in enumerate((0.4, 0.1, 0.1, 0.2, 0.3, 0.25))
]


def test_the_best_network_is_that_of_the_best_mean_and_its_scores_name_both(tmp_path: Path) -> None:
    asked = spec(3, maximize=True)
    weights_file(tmp_path, 0).parent.mkdir()
    weights_file(tmp_path, 4).write_bytes(b"four")
    write_best(tmp_path, asked, best_of(*LUCKY, repeats=3), SUMMARY)
    scores = json.loads((tmp_path / "best" / "scores.json").read_text())
    assert (scores["configuration"], scores["trial"], scores["trainings"]) == (1, 4, 3)
    assert (scores["val_accuracy"], scores["val_accuracy_mean"]) == (0.3, pytest.approx(0.25))
    assert scores["val_accuracy_sd"] == pytest.approx(0.05)
    assert (tmp_path / "best" / "best.weights.h5").read_bytes() == b"four"
    assert read_best(tmp_path, asked, LUCKY, SUMMARY).weights == weights_file(tmp_path, 4)


def test_the_trials_decide_which_network_is_the_best_and_not_what_an_interruption_left(
    tmp_path: Path,
) -> None:
    asked = spec(1, maximize=True)
    before, after = (
        [ended(0, State.COMPLETE, 0.1)],
        [ended(0, State.COMPLETE, 0.1), ended(1, State.COMPLETE, 0.2)],
    )
    weights_file(tmp_path, 0).parent.mkdir()
    for number in (0, 1):
        weights_file(tmp_path, number).write_bytes(b"weights")
    assert read_best(tmp_path, asked, before, SUMMARY).weights == weights_file(tmp_path, 0)
    write_best(tmp_path, asked, best_of(*before), SUMMARY)
    assert read_best(tmp_path, asked, after, SUMMARY).weights == weights_file(tmp_path, 1)
    # Where the weights of the trials were removed, best/ serves for the trial that it holds, and
    # for no other.
    shutil.rmtree(tmp_path / "weights")
    assert (
        read_best(tmp_path, asked, before, SUMMARY).weights == tmp_path / "best" / "best.weights.h5"
    )
    with pytest.raises(StoreError, match="the weights of trial 1, the best network, are gone"):
        read_best(tmp_path, asked, after, SUMMARY)


@pytest.mark.parametrize("scores", ["{", "[]", '{"trial": "one"}'])
def test_damaged_scores_name_no_trial(scores: str, tmp_path: Path) -> None:
    (tmp_path / "best").mkdir()
    (tmp_path / "best" / "best.weights.h5").write_bytes(b"weights")
    (tmp_path / "best" / "scores.json").write_text(scores)
    with pytest.raises(StoreError, match="are gone"):
        read_best(tmp_path, spec(1, maximize=True), [ended(0, State.COMPLETE, 0.1)], SUMMARY)


def test_without_a_complete_trial_there_is_no_best_network(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no trial completed") as raised:
        read_best(tmp_path, spec(1, maximize=True), [ended(0, State.PRUNED, 0.1)], SUMMARY)
    assert f"sweep export {tmp_path} has every trial" in raised.value.problems[0].hint


def test_the_best_network_is_described_for_whoever_uses_it(tmp_path: Path) -> None:
    weights_file(tmp_path, 3).parent.mkdir()
    weights_file(tmp_path, 3).write_bytes(b"weights")
    write_best(tmp_path, spec(1, maximize=True), best_of(ended(3, State.COMPLETE, 0.5)), SUMMARY)
    assert json.loads((tmp_path / "best" / "network.json").read_text()) == {
        "sweep": "test",
        "trial": 3,
        "classes": list("0123456789"),
        "input_shape": [28, 28, 1],
        "scaling": "uint8 / 255",
        "output": "logits",
    }


def test_the_numbers_of_standardised_images_are_kept_with_the_best_network(tmp_path: Path) -> None:
    data = replace(SUMMARY, mean=(0.25,), deviation=(0.5,))
    write_best(tmp_path, spec(1, maximize=True), best_of(ended(3, State.COMPLETE, 0.5)), data)
    network = json.loads((tmp_path / "best" / "network.json").read_text())
    assert network["scaling"] == "uint8 / 255"
    assert network["standardization"] == {
        "by": "the first layer of the whole network",
        "mean": [0.25],
        "deviation": [0.5],
    }


@pytest.mark.parametrize(("next_best", "stays"), [(3, True), (4, False)])
@pytest.mark.parametrize("is_damaged", [False, True])
def test_a_whole_network_stays_only_beside_the_weights_of_its_own_trial(
    next_best: int, stays: bool, is_damaged: bool, tmp_path: Path
) -> None:
    asked = spec(1, maximize=True)
    write_best(tmp_path, asked, best_of(ended(3, State.COMPLETE, 0.5)), SUMMARY)
    (tmp_path / "saved").write_bytes(b"network")
    write_network(tmp_path, tmp_path / "saved")
    if is_damaged:
        (tmp_path / "best" / "scores.json").write_text("{")
    write_best(tmp_path, asked, best_of(ended(next_best, State.COMPLETE, 0.6)), SUMMARY)
    assert (tmp_path / "best" / "best.keras").exists() == (stays and not is_damaged)


def test_the_weights_in_best_outlive_those_of_the_trial(tmp_path: Path) -> None:
    """A folder that was tidied up still has its best network after the next run."""
    weights_file(tmp_path, 0).parent.mkdir()
    weights_file(tmp_path, 0).write_bytes(b"weights")
    asked = spec(1, maximize=True)
    best = ended(0, State.COMPLETE, 0.4)
    write_best(tmp_path, asked, best_of(best), SUMMARY)
    weights_file(tmp_path, 0).unlink()
    write_best(tmp_path, asked, best_of(best), SUMMARY)
    assert read_best(tmp_path, asked, [best], SUMMARY).weights.read_bytes() == b"weights"
    other = ended(1, State.COMPLETE, 0.5)
    write_best(tmp_path, asked, best_of(best, other), SUMMARY)
    assert not (tmp_path / "best" / "best.weights.h5").exists()


def test_the_scores_name_the_step_of_the_best_evaluation_where_it_counts(tmp_path: Path) -> None:
    peak = Evaluation(10, 0.1, 0.9, 0.2, 0.8)
    record = replace(ended(0, State.COMPLETE, 0.5), steps=20)
    record = replace(record, evaluations=(peak, replace(peak, step=20, val_accuracy=0.7)))
    for best_step, accuracy in ((None, 0.7), (10, 0.8)):
        found = best_of(replace(record, best_step=best_step))
        write_best(tmp_path, spec(1, maximize=True), found, SUMMARY)
        scores = json.loads((tmp_path / "best" / "scores.json").read_text())
        assert scores.get("best_step") == best_step
        assert (scores["steps"], scores["val_accuracy"]) == (20, accuracy)


def blocked(path: Path) -> Path:
    """Puts a folder in the place of a file, so that it can be neither read nor removed."""
    path.mkdir(parents=True)
    return path


def write_the_best(folder: Path, value: float = 0.5, number: int = 3) -> None:
    found = best_of(ended(number, State.COMPLETE, value))
    write_best(folder, spec(1, maximize=True), found, SUMMARY)


BLOCKED: dict[str, tuple[str, Callable[[Path], object]]] = {
    "weights to be removed": ("weights/trial-3.weights.h5", lambda path: remove_weights(path, 3)),
    "weights left by an interruption": (
        "weights/trial-3.weights.h5",
        lambda path: KeptWeights(path, Standings(spec(1, maximize=True)), 1).remove_others(),
    ),
    "weights to be copied": ("weights/trial-3.weights.h5", write_the_best),
    "a network of another trial": ("best/best.keras", write_the_best),
    "a file to be replaced": ("best/hyperparameters.json", write_the_best),
    "a network that Keras saved": ("saved", lambda path: write_network(path, path / "saved")),
}


@pytest.mark.parametrize("name", BLOCKED)
def test_a_file_that_cannot_be_used_is_an_error_that_names_it(name: str, tmp_path: Path) -> None:
    file, action = BLOCKED[name]
    path = blocked(tmp_path / file)
    with pytest.raises(StoreError, match=r"cannot (read|remove|write): Is a directory") as raised:
        action(tmp_path)
    assert raised.value.problems[0].where == str(path)
    assert raised.value.problems[0].hint
