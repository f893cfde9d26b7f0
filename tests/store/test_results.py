"""Sweeps are read back from their ledgers, and one that cannot be read hides no other."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from sweep.errors import SpaceFileError, StoreError
from sweep.store.ledger import Ledger
from sweep.store.results import NotBegun, overview, read_sweep
from sweep.trial import Evaluation, State, Trial, TrialRecord
from tests.conftest import spec_of
from tests.store.test_ledger import FACTS


def record(
    number: int, state: State, accuracy: float = 0.5, configuration: int | None = None
) -> TrialRecord:
    own = number if configuration is None else configuration
    point = spec_of("{steps: 20}").space.point({"steps": 20})
    evaluations = (Evaluation(20, 0.5, 0.8, 0.25, accuracy),)
    return TrialRecord(Trial(number, own, point, 7, 1234), state, 0.0, 1.25, 20, evaluations, None)


def write(folder: Path, rest: str = "", records: Sequence[TrialRecord] = ()) -> Path:
    """A sweep as its ledger has it."""
    spec = spec_of("{steps: {low: 10, high: 90}}", rest)
    with Ledger.open_to_write(folder) as ledger:
        ledger.begin(replace(FACTS, source=spec.source, spec=spec, created=86_400.0))
        for one in records:
            ledger.start(one.trial, None)
            if one.state.is_finished:
                ledger.finish(one)
    return folder


def test_a_sweep_comes_back_as_it_was_written(tmp_path: Path) -> None:
    done = [record(0, State.COMPLETE), record(1, State.FAILED)]
    spec, records, facts = read_sweep(write(tmp_path / "a", "search: {trials: 7}", done))
    assert spec.search.trials == 7
    assert [one.trial.number for one in records] == [0, 1]
    assert [one.state for one in records] == [State.COMPLETE, State.FAILED]
    assert facts.created == 86_400.0


def test_a_ledger_in_which_nothing_is_says_so(tmp_path: Path) -> None:
    Ledger.open_to_write(tmp_path / "a").close()
    with pytest.raises(NotBegun, match="interrupted before it began"):
        read_sweep(tmp_path / "a")


def test_an_old_ledger_with_a_file_that_is_not_valid_now_is_an_error_of_the_file(
    tmp_path: Path,
) -> None:
    with Ledger.open_to_write(tmp_path / "a") as ledger:
        ledger.begin(replace(FACTS, source="name: a\nspace: {colour: red}\n", spec=None))
    with pytest.raises(SpaceFileError, match="colour") as raised:
        read_sweep(tmp_path / "a")
    assert raised.value.problems[0].where == "a.yaml:2:9"


def test_a_design_that_tried_more_than_it_would_now_has_as_many_trials(tmp_path: Path) -> None:
    done = [record(number, State.COMPLETE) for number in range(4)]
    rest = "search: {sampler: grid, trials: 3}"
    spec, _, _ = read_sweep(write(tmp_path / "a", rest, done))
    assert spec.search.trials == 4


def test_a_sampler_that_is_no_design_keeps_the_trials_of_its_file(tmp_path: Path) -> None:
    done = [record(number, State.COMPLETE) for number in range(4)]
    spec, _, _ = read_sweep(write(tmp_path / "a", "search: {trials: 3}", done))
    assert spec.search.trials == 3


def test_every_sweep_is_one_line_with_its_best(tmp_path: Path) -> None:
    done = [
        record(0, State.COMPLETE, 0.7),
        record(1, State.COMPLETE, 0.9),
        record(2, State.PRUNED, 0.95),
        record(3, State.RUNNING),
    ]
    write(tmp_path / "a", "search: {trials: 5}", done)
    ((line,), broken) = overview(tmp_path)
    assert broken == []
    assert (line.name, line.created) == ("a", "1970-01-02T00:00:00+00:00")
    assert (line.trials, line.finished, line.complete) == (5, 3, 2)
    assert (line.objective, line.best, line.best_trial) == ("val_accuracy", 0.9, 1)


@pytest.mark.parametrize("exhausted", [True, False])
def test_the_line_of_a_sweep_has_whether_its_space_is_exhausted(
    exhausted: bool, tmp_path: Path
) -> None:
    folder = write(tmp_path / "a", "search: {trials: 5}", [record(0, State.COMPLETE, 0.7)])
    with Ledger.open_to_write(folder) as ledger:
        facts = ledger.facts()
        assert facts is not None
        ledger.begin(replace(facts, exhausted=exhausted))
    ((line,), _) = overview(tmp_path)
    assert (line.finished, line.trials, line.exhausted) == (1, 5, exhausted)


def test_a_loss_is_the_better_the_less(tmp_path: Path) -> None:
    better = record(0, State.COMPLETE, 0.1)
    worse = replace(
        record(1, State.COMPLETE, 0.9), evaluations=(Evaluation(20, 0.5, 0.8, 0.75, 0.9),)
    )
    write(tmp_path / "a", "objective: {minimize: val_loss}", [better, worse])
    ((line,), _) = overview(tmp_path)
    assert (line.objective, line.best, line.best_trial) == ("val_loss", 0.25, 0)


def test_with_repeats_the_best_is_a_mean_with_its_spread(tmp_path: Path) -> None:
    done = [
        record(0, State.COMPLETE, 0.99, 0),
        record(1, State.COMPLETE, 0.01, 0),
        record(2, State.COMPLETE, 0.8, 1),
        record(3, State.COMPLETE, 0.9, 1),
    ]
    write(tmp_path / "a", "search: {trials: 4, repeats: 2}", done)
    ((line,), _) = overview(tmp_path)
    assert line.best == pytest.approx(0.85)
    assert line.best_sd == pytest.approx(0.0707, abs=1e-4)
    assert line.best_trial == 3


def test_a_sweep_without_a_complete_trial_has_no_best(tmp_path: Path) -> None:
    write(tmp_path / "a", records=[record(0, State.FAILED)])
    ((line,), _) = overview(tmp_path)
    assert (line.finished, line.complete, line.best, line.best_trial) == (1, 0, None, None)


def test_a_broken_ledger_is_a_problem_and_hides_no_other(tmp_path: Path) -> None:
    write(tmp_path / "a")
    write(tmp_path / "c")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "sweep.db").write_bytes(b"no database, and longer than a header" * 20)
    lines, (problem,) = overview(tmp_path)
    assert [line.name for line in lines] == ["a", "c"]
    assert str(tmp_path / "b") in problem.where


def test_a_sweep_that_has_not_begun_is_left_out(tmp_path: Path) -> None:
    Ledger.open_to_write(tmp_path / "a").close()
    assert overview(tmp_path) == ([], [])


def test_there_may_be_no_results_at_all(tmp_path: Path) -> None:
    assert overview(tmp_path / "nowhere") == ([], [])


def test_a_folder_without_a_ledger_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        read_sweep(tmp_path)
