"""Scores are those of scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

from sweep.train.scores import Scores, scores

CLASSES = 5
PAIRS = st.lists(
    st.tuples(st.integers(0, CLASSES - 1), st.integers(0, CLASSES - 1)), min_size=1, max_size=60
)


def of(labels: list[int], predicted: list[int]) -> Scores:
    return scores(np.array(labels, np.int32), np.array(predicted, np.int32), CLASSES)


@given(PAIRS)
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
@pytest.mark.filterwarnings("ignore:A single label was found")
def test_they_are_those_of_scikit_learn_for_the_classes_with_images(
    pairs: list[tuple[int, int]],
) -> None:
    labels, predicted = (list(part) for part in zip(*pairs, strict=True))
    found = of(labels, predicted)
    there = sorted(set(labels))
    f1 = f1_score(labels, predicted, labels=there, average="macro", zero_division=0)
    assert found.accuracy == accuracy_score(labels, predicted)
    assert found.balanced_accuracy == pytest.approx(balanced_accuracy_score(labels, predicted))
    assert found.macro_f1 == pytest.approx(f1)


@given(PAIRS)
def test_with_images_of_every_class_nothing_need_be_left_out(pairs: list[tuple[int, int]]) -> None:
    whole = [*pairs, *((label, 0) for label in range(CLASSES))]
    labels, predicted = (list(part) for part in zip(*whole, strict=True))
    f1 = f1_score(labels, predicted, average="macro", zero_division=0)
    assert of(labels, predicted).macro_f1 == pytest.approx(f1)


def test_a_class_without_images_is_left_out_and_one_never_predicted_counts_0() -> None:
    found = of([0, 0, 0, 1], [0, 0, 3, 0])
    assert found.accuracy == 0.5
    # Class 0 has a recall of 2/3 and an F1 of 4/6; class 1 has 0; class 3 has no images.
    assert found.balanced_accuracy == pytest.approx(1 / 3)
    assert found.macro_f1 == pytest.approx(1 / 3)


def test_f1_leaves_a_predicted_class_without_images_out_which_scikit_learn_does_if_asked() -> None:
    labels, predicted = [0, 0, 1, 1], [0, 2, 1, 1]
    found = of(labels, predicted).macro_f1
    assert found == pytest.approx(f1_score(labels, predicted, labels=[0, 1], average="macro"))
    alone = f1_score(labels, predicted, average="macro", zero_division=0)
    assert (round(found, 3), round(alone, 3)) == (0.833, 0.556)


def test_scores_are_plain_numbers_and_perfect_ones_are_1() -> None:
    found = of([2, 1, 2], [2, 1, 2])
    assert found == Scores(1.0, 1.0, 1.0)
    assert {type(value) for value in vars(found).values()} == {float}
