"""One trial by itself: plain values in, events out, `Ended` the last."""

import time
from pathlib import Path

import numpy as np
import pytest

from sweep.data.dataset import Dataset
from sweep.space import Hyperparams
from sweep.train.clock import Clock
from sweep.train.examine import probabilities, trained
from sweep.train.trial import run_trial
from sweep.trial import Ended, Evaluated, Event, Finishing, Started, State, Traced, Train
from tests.train.training import TINY


def task(folder: Path, **knobs: object) -> Train:
    """A training of 40 steps with two evaluations."""
    point = Hyperparams(**{**TINY, **knobs})
    return Train(5, point, 7, 20, 1, folder / "deep" / "w.weights.h5")


def run(data: Dataset, what: Train, *, stop_at: int = 10**9, worker: bool = True) -> list[Event]:
    """The events of a trial that is told to stop once it gave so many."""
    events: list[Event] = []
    run_trial(
        what,
        data,
        events.append,
        lambda: len(events) >= stop_at,
        lambda: worker,
        Clock(time.perf_counter()),
    )
    return events


def test_a_trial_starts_is_evaluated_on_the_grid_and_ends_with_its_weights(
    data: Dataset, tmp_path: Path
) -> None:
    what = task(tmp_path)
    events = run(data, what)
    assert events[0] == Started(5)
    seen = [event.evaluation for event in events if isinstance(event, Evaluated)]
    assert [evaluation.step for evaluation in seen] == [20, 40]
    assert all(0 <= evaluation.val_accuracy <= 1 for evaluation in seen)
    end = events[-1]
    assert isinstance(end, Ended)
    assert (end.number, end.state, end.cause) == (5, State.COMPLETE, None)
    assert [event for event in events if isinstance(event, Ended)] == [end]
    assert what.weights.is_file()


def test_the_end_is_near_before_the_last_evaluation(data: Dataset, tmp_path: Path) -> None:
    events = run(data, task(tmp_path))
    kinds = [type(event) for event in events]
    assert kinds.count(Finishing) == 1
    last = max(place for place, kind in enumerate(kinds) if kind is Evaluated)
    assert kinds.index(Finishing) < last
    assert Traced in kinds


def test_where_the_time_went_is_told_with_the_end(data: Dataset, tmp_path: Path) -> None:
    before = time.perf_counter()
    end = run(data, task(tmp_path))[-1]
    took = time.perf_counter() - before
    assert isinstance(end, Ended)
    assert end.spent is not None
    phases = vars(end.spent)
    assert all(seconds >= 0 for seconds in phases.values())
    assert end.spent.train > 0
    assert end.spent.compile > 0
    assert sum(phases.values()) <= took


def test_the_same_task_gives_the_same_numbers_and_another_seed_others(
    data: Dataset, tmp_path: Path
) -> None:
    def numbers(seed: int) -> list[Event]:
        point = Hyperparams(**TINY)
        what = Train(5, point, seed, 20, 1, tmp_path / f"{seed}.weights.h5")
        return [event for event in run(data, what) if isinstance(event, Evaluated)]

    assert numbers(1) == numbers(1)
    assert numbers(1) != numbers(2)


def test_the_weights_are_those_of_the_network_that_was_evaluated(
    data: Dataset, tmp_path: Path
) -> None:
    what = task(tmp_path)
    (*_, last) = (event for event in run(data, what) if isinstance(event, Evaluated))
    classes = len(data.summary.classes)
    model = trained(what.point, data.summary.shape, classes, what.weights)
    found = probabilities(model, data.images[data.validation]).argmax(axis=1)
    accuracy = float(np.mean(found == data.labels[data.validation]))
    assert accuracy == pytest.approx(last.evaluation.val_accuracy)


def test_a_trial_that_gets_no_worker_never_starts(data: Dataset, tmp_path: Path) -> None:
    what = task(tmp_path)
    assert run(data, what, worker=False) == [Ended(5, State.PRUNED)]
    assert not what.weights.exists()


def test_a_trial_that_is_told_to_stop_ends_without_weights(data: Dataset, tmp_path: Path) -> None:
    what = task(tmp_path, steps=400)
    events = run(data, what, stop_at=2)
    assert events[-1] == Ended(5, State.PRUNED)
    assert not what.weights.exists()
    assert not any(isinstance(e, Evaluated) and e.evaluation.step == 400 for e in events)


def test_a_loss_that_is_not_finite_ends_the_trial_at_its_step(
    data: Dataset, tmp_path: Path
) -> None:
    what = task(tmp_path, optimizer="sgd", activation="linear", learning_rate=100.0, steps=200)
    end = run(data, what)[-1]
    assert isinstance(end, Ended)
    assert end.state is State.DIVERGED
    assert end.step is not None
    assert 1 <= end.step <= 200
    assert end.cause is not None
    assert str(end.step) in end.cause
    assert not what.weights.exists()


def test_a_trial_may_be_asked_to_end_early(data: Dataset, tmp_path: Path) -> None:
    what = Train(
        5, Hyperparams(**{**TINY, "steps": 400}), 7, 20, 1, tmp_path / "w.weights.h5", until=21
    )
    steps = [e.evaluation.step for e in run(data, what) if isinstance(e, Evaluated)]
    assert steps == [20, 21]
