"""Which evaluation of a training is its best, and when a training has stopped improving."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.space import Objective
from sweep.trial.improvement import Improvement, best_step
from sweep.trial.record import Evaluation

ACCURACY = Objective("val_accuracy", maximize=True, of="best")
LOSS = Objective("val_loss", maximize=False, of="best")


def course(*values: float) -> list[Evaluation]:
    """Evaluations at the steps 10, 20, ... with these validation accuracies and losses."""
    return [Evaluation(10 * place, 1.0, 0.5, value, value) for place, value in enumerate(values, 1)]


BEST = {
    "the largest accuracy": (ACCURACY, (0.5, 0.8, 0.7), 20),
    "the smallest loss": (LOSS, (0.5, 0.8, 0.4), 30),
    "the first of equal ones": (ACCURACY, (0.5, 0.8, 0.8, 0.8), 20),
    "no NaN": (ACCURACY, (math.nan, 0.3, math.nan), 20),
    "no NaN of a loss": (LOSS, (0.3, math.nan), 10),
    "nothing but NaN": (ACCURACY, (math.nan, math.nan), None),
    "none": (ACCURACY, (), None),
}


@pytest.mark.parametrize(("objective", "values", "step"), BEST.values(), ids=BEST)
def test_the_best_evaluation(
    objective: Objective, values: tuple[float, ...], step: int | None
) -> None:
    assert best_step(course(*values), objective) == step


def test_a_trial_that_is_judged_by_its_last_evaluation_has_no_best_step() -> None:
    assert best_step(course(0.5, 0.8, 0.7), Objective("val_accuracy", maximize=True)) is None


ENDS = {
    "it still improves": (ACCURACY, 1, (0.1, 0.2, 0.3), False),
    "one evaluation is never too many": (ACCURACY, 1, (0.1,), False),
    "as good is no better": (ACCURACY, 1, (0.1, 0.1), True),
    "too few in a row": (ACCURACY, 2, (0.5, 0.4), False),
    "enough in a row": (ACCURACY, 2, (0.5, 0.4, 0.45), True),
    "a better one starts anew": (ACCURACY, 2, (0.5, 0.4, 0.6, 0.5), False),
    "a loss that grows": (LOSS, 2, (0.5, 0.6, 0.7), True),
    "a loss that shrinks": (LOSS, 1, (0.7, 0.6, 0.5), False),
    "NaN is no better": (ACCURACY, 2, (0.5, math.nan, math.nan), True),
    "no patience": (ACCURACY, None, (0.5, 0.4, 0.3, 0.2), False),
}


@pytest.mark.parametrize(("objective", "patience", "values", "ends"), ENDS.values(), ids=ENDS)
def test_a_training_ends_after_so_many_evaluations_in_a_row_that_were_no_better(
    objective: Objective, patience: int | None, values: tuple[float, ...], ends: bool
) -> None:
    assert Improvement.of(course(*values), objective).is_over(patience) is ends


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_the_best_is_the_maximum_and_stale_counts_what_followed_it(values: list[float]) -> None:
    found = Improvement.of(course(*values), ACCURACY)
    place = values.index(max(values))
    assert found.best == course(*values)[place]
    assert found.stale == len(values) - 1 - place


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.integers(1, 4))
def test_patience_is_over_at_one_evaluation_and_stays_so_until_a_better_one(
    values: list[float], patience: int
) -> None:
    found = Improvement(ACCURACY)
    for place, evaluation in enumerate(course(*values)):
        is_best = found.add(evaluation)
        assert not (is_best and found.is_over(patience))
        recent = values[max(0, place - patience + 1) : place + 1]
        before = values[: max(0, place - patience + 1)]
        is_stale = bool(before) and max(recent) <= max(before)
        assert found.is_over(patience) == is_stale
