"""Which of two results is better: in one place, for any number of objectives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.space.objectives import DEFAULT_OBJECTIVE, METRICS, Metric, Objective, Objectives, usual

RESULT = dict[Metric, float]


def result(val_accuracy: float, val_loss: float, accuracy: float = 0.5) -> RESULT:
    return {
        "val_accuracy": val_accuracy,
        "val_balanced_accuracy": 1 - val_accuracy,
        "val_macro_f1": val_accuracy / 2,
        "val_loss": val_loss,
        "accuracy": accuracy,
        "loss": 1.0,
    }


def sorted_by(objectives: Objectives, *results: RESULT) -> list[int]:
    """The places of the results, the best first."""
    return sorted(range(len(results)), key=lambda i: objectives.order(results[i].__getitem__))


def test_metrics_are_meant_to_be_large_or_small() -> None:
    directions = {metric: usual(metric).direction for metric in METRICS}
    assert directions == {
        "val_accuracy": "maximize",
        "val_balanced_accuracy": "maximize",
        "val_macro_f1": "maximize",
        "val_loss": "minimize",
        "accuracy": "maximize",
        "loss": "minimize",
    }
    assert str(usual("val_loss")) == "minimize val_loss"


def test_tables_show_the_objective_first_and_two_metrics_that_every_sweep_has() -> None:
    assert usual("val_macro_f1").columns == ("val_macro_f1", "val_accuracy", "val_loss")
    assert usual("val_loss").columns == ("val_loss", "val_accuracy")


CASES = {
    "the largest accuracy": (("val_accuracy",), [1, 0], (result(0.8, 1), result(0.9, 2))),
    "the smallest loss": (("val_loss",), [0, 1], (result(0.8, 1), result(0.9, 2))),
    "the largest balanced accuracy": (
        ("val_balanced_accuracy",),
        [0, 1],
        (result(0.8, 2), result(0.9, 1)),
    ),
    "equal F1 by loss": (("val_macro_f1",), [1, 0], (result(0.9, 2), result(0.9, 1))),
    "equal accuracies by loss": (("val_accuracy",), [1, 0], (result(0.9, 2), result(0.9, 1))),
    "equal losses by accuracy": (("val_loss",), [1, 0], (result(0.8, 1), result(0.9, 1))),
    "a second objective before the loss": (
        ("val_accuracy", "accuracy"),
        [1, 0],
        (result(0.9, 1, 0.6), result(0.9, 2, 0.7)),
    ),
    "the first objective before the second": (
        ("val_accuracy", "accuracy"),
        [0, 1],
        (result(0.91, 1, 0.6), result(0.9, 1, 0.7)),
    ),
}


@pytest.mark.parametrize(("metrics", "order", "results"), CASES.values(), ids=CASES)
def test_the_order_of_results(
    metrics: tuple[Metric, ...], order: list[int], results: tuple[RESULT, ...]
) -> None:
    objectives = Objectives(tuple(map(usual, metrics)))
    assert sorted_by(objectives, *results) == order
    assert objectives.main.metric == metrics[0]


@given(st.sampled_from(METRICS), st.booleans(), st.floats(-9, 9), st.floats(-9, 9))
def test_less_is_better_once_a_value_has_its_sign(
    metric: Metric, maximize: bool, one: float, other: float
) -> None:
    objective = Objective(metric, maximize)
    is_better = one > other if maximize else one < other
    assert (objective.signed(one) < objective.signed(other)) == is_better


@given(st.booleans(), st.floats(-9, 9), st.floats(-9, 9))
def test_of_two_values_at_most_one_is_better_and_equal_ones_are_not(
    maximize: bool, one: float, other: float
) -> None:
    objective = Objective("val_loss", maximize)
    assert objective.is_better(one, other) == (one > other if maximize else one < other)
    assert not objective.is_better(one, one)


@pytest.mark.parametrize("maximize", [True, False])
def test_any_number_is_better_than_none_and_nan_is_better_than_nothing(maximize: bool) -> None:
    objective = Objective("loss", maximize)
    assert objective.is_better(3.0, None)
    assert not objective.is_better(float("nan"), None)
    assert not objective.is_better(float("nan"), 3.0)


def test_the_last_evaluation_counts_unless_the_best_is_asked_for_and_words_say_which() -> None:
    assert DEFAULT_OBJECTIVE.of == "last"
    assert str(DEFAULT_OBJECTIVE) == "maximize val_accuracy"
    best = Objective("val_loss", maximize=False, of="best")
    assert str(best) == "minimize val_loss of the best evaluation"
    assert best != Objective("val_loss", maximize=False)
