"""One trial by itself: plain values in, events out, `Ended` the last."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sweep.data.dataset import Dataset
from sweep.space import Hyperparams, Objective
from sweep.train.clock import Clock
from sweep.train.examine import probabilities, trained
from sweep.train.loop import Trainer
from sweep.train.scores import Scores
from sweep.train.trial import run_trial
from sweep.trial import (
    Ended,
    Evaluated,
    Evaluation,
    Event,
    Finishing,
    Started,
    State,
    Traced,
    Train,
    best_step,
)
from tests.train.training import TINY, every


def task(folder: Path, **knobs: object) -> Train:
    """A training of 40 steps with two evaluations."""
    point = Hyperparams(**{**TINY, **knobs})
    return Train(5, point, 7, every(20, point.steps), 1, folder / "deep" / "w.weights.h5")


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
        what = Train(5, point, seed, every(20, 40), 1, tmp_path / f"{seed}.weights.h5")
        return [event for event in run(data, what) if isinstance(event, Evaluated)]

    assert numbers(1) == numbers(1)
    assert numbers(1) != numbers(2)


def test_the_weights_are_those_of_the_network_that_was_evaluated(
    data: Dataset, tmp_path: Path
) -> None:
    what = task(tmp_path)
    (*_, last) = (event for event in run(data, what) if isinstance(event, Evaluated))
    model = trained(what.point, data.summary, what.weights)
    found = probabilities(model, data.summary, data.images[data.validation]).argmax(axis=1)
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
    point = Hyperparams(**{**TINY, "steps": 400})
    what = Train(5, point, 7, every(20, 21), 1, tmp_path / "w.weights.h5")
    steps = [e.evaluation.step for e in run(data, what) if isinstance(e, Evaluated)]
    assert steps == [20, 21]


# The best evaluation, and patience.

# A training whose loss falls, judged by the largest one: the best evaluation is never the last.
BEST = Objective("val_loss", maximize=True, of="best")
FALLING = {"steps": 120}


def evaluations(events: list[Event]) -> list[Evaluation]:
    return [event.evaluation for event in events if isinstance(event, Evaluated)]


def seen_with(data: Dataset, what: Train) -> tuple[float, float]:
    """Loss and accuracy of the network with the weights that a task has left."""
    model = trained(what.point, data.summary, what.weights)
    images = data.images[data.validation]
    found = probabilities(model, data.summary, images).astype(np.float64)
    labels = data.labels[data.validation]
    losses = -np.log(found[range(len(labels)), labels])
    return float(losses.mean()), float(np.mean(found.argmax(axis=1) == labels))


def test_the_weights_are_those_of_the_best_evaluation_if_the_trial_is_judged_by_it(
    data: Dataset, tmp_path: Path
) -> None:
    what = replace(task(tmp_path, **FALLING), objective=BEST)
    seen = evaluations(run(data, what))
    best = max(seen, key=lambda evaluation: evaluation.val_loss)
    assert best.val_loss > 1.5 * seen[-1].val_loss
    loss, accuracy = seen_with(data, what)
    assert loss == pytest.approx(best.val_loss, rel=1e-4)
    assert accuracy == pytest.approx(best.val_accuracy)


def test_what_a_trial_is_judged_by_changes_neither_its_numbers_nor_the_weights_of_the_last(
    data: Dataset, tmp_path: Path
) -> None:
    last = task(tmp_path / "last", **FALLING)
    best = replace(task(tmp_path / "best", **FALLING), objective=BEST)
    seen = evaluations(run(data, last))
    assert evaluations(run(data, best)) == seen
    assert seen_with(data, last)[0] == pytest.approx(seen[-1].val_loss, rel=1e-4)


def same_weights(data: Dataset, one: Train, other: Train) -> bool:
    models = [trained(what.point, data.summary, what.weights) for what in (one, other)]
    pairs = zip(models[0].weights, models[1].weights, strict=True)
    return all(np.array_equal(mine.numpy(), theirs.numpy()) for mine, theirs in pairs)


def test_a_network_that_is_trained_again_to_its_best_step_has_the_same_weights_to_the_bit(
    data: Dataset, tmp_path: Path
) -> None:
    first = replace(task(tmp_path / "a", **FALLING, batch_norm=True, dropout=0.2), objective=BEST)
    seen = evaluations(run(data, first))
    step = best_step(seen, BEST)
    assert step is not None
    assert step < 120
    again = replace(first, weights=tmp_path / "b.weights.h5", evaluate_at=every(20, 120))
    run(data, again)
    assert same_weights(data, first, again)
    to_the_best = replace(again, weights=tmp_path / "c.weights.h5", evaluate_at=every(20, step))
    run(data, to_the_best)
    assert same_weights(data, first, to_the_best)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, float]]:
    """Losses and accuracies that the evaluations of a training take in turn; the training is
    real."""
    values: list[tuple[float, float]] = []

    def evaluate(*_: object) -> tuple[float, Scores]:
        loss, accuracy = values.pop(0)
        return loss, Scores(accuracy, accuracy / 2, accuracy / 4)

    monkeypatch.setattr(Trainer, "evaluate", evaluate)
    return values


ACCURACY = Objective("val_accuracy", maximize=True)
LOSS = Objective("val_loss", maximize=False)
# Losses and accuracies of the evaluations at the steps 20, 40, ...; the step of the last one.
COURSES = {
    "no patience": (ACCURACY, None, [(0.1, 0.9), (0.2, 0.8), (0.3, 0.7), (0.4, 0.6)], 80),
    "an accuracy that falls": (ACCURACY, 2, [(0.1, 0.9), (0.1, 0.8), (0.1, 0.7)], 60),
    "an accuracy that stays": (ACCURACY, 1, [(0.3, 0.9), (0.2, 0.9)], 40),
    "by the loss it improves": (LOSS, 1, [(0.4, 0.9), (0.3, 0.9), (0.2, 0.9), (0.1, 0.9)], 80),
    "by the loss it does not": (LOSS, 1, [(0.1, 0.7), (0.2, 0.9)], 40),
    "a recovery": (ACCURACY, 2, [(0.1, 0.5), (0.1, 0.4), (0.1, 0.6), (0.1, 0.6)], 80),
    "at the last evaluation": (ACCURACY, 3, [(0.1, 0.9), (0.1, 0.8), (0.1, 0.8), (0.1, 0.8)], 80),
    "NaN is no better": (ACCURACY, 1, [(0.1, 0.5), (0.1, float("nan"))], 40),
}


@pytest.mark.parametrize(("objective", "patience", "values", "last"), COURSES.values(), ids=COURSES)
def test_a_trial_ends_complete_once_its_patience_is_over(
    objective: Objective,
    patience: int | None,
    values: list[tuple[float, float]],
    last: int,
    scripted: list[tuple[float, float]],
    data: Dataset,
    tmp_path: Path,
) -> None:
    scripted += values
    what = replace(task(tmp_path, steps=80), objective=objective, patience=patience)
    events = run(data, what)
    assert [seen.step for seen in evaluations(events)] == list(range(20, last + 1, 20))
    end = events[-1]
    assert isinstance(end, Ended)
    assert (end.state, end.cause) == (State.COMPLETE, None)
    assert what.weights.is_file()
    assert scripted == []


def test_without_a_best_the_weights_are_those_of_the_last_evaluation(
    scripted: list[tuple[float, float]], data: Dataset, tmp_path: Path
) -> None:
    nan = float("nan")
    scripted += [(0.1, nan), (0.1, nan), (0.1, 0.5), (0.1, 0.5)]
    best = replace(ACCURACY, of="best")
    never = replace(task(tmp_path / "a"), objective=best)
    plain = task(tmp_path / "b")
    run(data, never)
    run(data, plain)
    assert same_weights(data, never, plain)


def test_the_first_of_equal_evaluations_has_the_weights(
    scripted: list[tuple[float, float]], data: Dataset, tmp_path: Path
) -> None:
    scripted += [(0.3, 0.9), (0.1, 0.9), (0.2, 0.1)]
    first = replace(task(tmp_path / "a"), objective=replace(ACCURACY, of="best"))
    run(data, first)
    short = replace(task(tmp_path / "b"), evaluate_at=(20,))
    run(data, short)
    assert same_weights(data, first, short)


def test_patience_changes_no_number_of_the_steps_that_are_trained(
    data: Dataset, tmp_path: Path
) -> None:
    # The schedule is planned for all 120 steps, whatever ends the training.
    knobs = {**FALLING, "schedule": "cosine", "warmup": 0.2}
    whole = evaluations(run(data, task(tmp_path / "a", **knobs)))
    what = replace(task(tmp_path / "b", **knobs), objective=BEST, patience=1)
    ended = evaluations(run(data, what))
    assert len(ended) < len(whole)
    assert ended == whole[: len(ended)]
