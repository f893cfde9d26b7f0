"""The code of a hint does what the hint says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.data.advice import DARK, brightened, labels_hint, range_problem, shape_hint
from tests.data.hints import followed


def code_of(hint: str) -> str:
    """The NumPy code at the end of a hint."""
    return hint.rpartition(": ")[2]


# Ranges.


RANGES = st.tuples(
    st.floats(-1e4, 1e4, allow_nan=False), st.floats(-1e4, 1e4, allow_nan=False)
).filter(lambda ends: abs(ends[0] - ends[1]) > 1e-3)


@given(RANGES)
def test_images_of_any_range_become_bytes_in_the_same_order(
    ends: tuple[float, float],
) -> None:
    low, high = sorted(ends)
    images = np.linspace(low, high, 64).reshape(4, 4, 4).astype(np.float64)
    _, hint = range_problem(images)
    found = followed(code_of(hint), x=images)
    assert found.dtype == np.uint8
    if not -1 <= low < high <= 1:
        assert found.max() > DARK
    order = np.argsort(images.ravel(), kind="stable")
    assert (np.diff(found.ravel()[order].astype(int)) >= 0).all()


@pytest.mark.parametrize(
    ("images", "words", "first", "last"),
    [
        (np.linspace(0, 1, 12), "multiply by 255 and convert to uint8", 0, 255),
        (np.linspace(-1, 1, 12), "move -1..1 to 0..255 and convert to uint8", 0, 255),
        (np.linspace(0.0, 255.0, 12), "convert to uint8", 0, 255),
        (np.linspace(0.0, 200.0, 12), "convert to uint8", 0, 200),
        (np.linspace(0.0, 16.0, 12), "multiply by 255/16 and convert to uint8", 0, 255),
        (np.linspace(0, 65535, 12), "multiply by 255/65535 and convert to uint8", 0, 255),
        (np.linspace(-2.5, 2.5, 12), "move -2.5..2.5 to 0..255 and convert to uint8", 0, 255),
    ],
)
def test_every_usual_range_has_its_own_conversion(
    images: np.ndarray, words: str, first: int, last: int
) -> None:
    _, hint = range_problem(images)
    assert hint.startswith(f"{words}, training and test images alike: ")
    found = followed(code_of(hint), x=images)
    assert (found[0], found[-1]) == (first, last)


@pytest.mark.parametrize(
    ("images", "what"),
    [
        (np.zeros((2, 2, 2), bool), "images must be whole numbers from 0 to 255, not true and false"),
        (np.zeros((2, 2, 2), complex), "images must be whole numbers from 0 to 255, not complex128"),
        (np.zeros((2, 2, 2), "U1"), "images must be whole numbers from 0 to 255, not <U1"),
        (np.array([0.0, np.nan, 1.0]), "1 pixel is NaN or infinite"),
        (np.array([0.0, np.nan, np.inf, -np.inf]), "3 pixels are NaN or infinite"),
        (np.full(4, 0.25), "every pixel has the value 0.25"),
        (np.array([-5, 300]), "pixels lie between -5 and 300, not between 0 and 255"),
        (np.array([0.0, 1.0], np.float32), "images must be whole numbers from 0 to 255, not float32 from 0 to 1"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_pixels_is_named(images: np.ndarray, what: str) -> None:
    assert range_problem(images)[0] == what


def test_true_and_false_become_black_and_white() -> None:
    _, hint = range_problem(np.array([True, False]))
    code = hint.removeprefix("save ")
    assert followed(code, x=np.array([True, False])).tolist() == [255, 0]


@given(st.floats(1e-3, 1e6))
def test_the_brightest_pixel_becomes_255(high: float) -> None:
    shown = float(f"{high:g}")
    assert followed(brightened(high), x=np.array([0.0, shown])).tolist() == [0, 255]


# Shapes.


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((5, 784), (5, 28, 28)),
        ((5, 16), (5, 4, 4)),
        ((28, 28, 5), (5, 28, 28)),
        ((32, 32, 3, 5), (5, 32, 32, 3)),
        ((5, 3, 32, 32), (5, 32, 32, 3)),
        ((5, 1, 28, 28), (5, 28, 28, 1)),
        ((5, 8, 8, 4), (5, 8, 8, 3)),
    ],
)
def test_the_code_for_a_shape_makes_images_of_it(
    shape: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    images = np.arange(np.prod(shape), dtype=np.int64).reshape(shape)
    assert followed(code_of(shape_hint(shape, 5)), x=images).shape == expected


def test_rows_of_cifar_are_offered_both_orders() -> None:
    hint = shape_hint((5, 3072), 5)
    first, last = hint.split("; ")
    images = np.arange(5 * 3072).reshape(5, 3072)
    assert followed(code_of(first), x=images).shape == followed(code_of(last), x=images).shape
    assert followed(code_of(first), x=images)[0, 0, 0].tolist() == [0, 1024, 2048]
    assert followed(code_of(last), x=images)[0, 0, 0].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("shape", "hint"),
    [
        ((5, 13), "give each image its height and width: x.reshape(-1, height, width)"),
        ((5, 1), "give each image its height and width: x.reshape(-1, height, width)"),
        ((5, 8, 8, 7), "put the channels last"),
        ((5,), "put the channels last"),
    ],
)
def test_a_shape_that_tells_little_gets_a_general_hint(shape: tuple[int, ...], hint: str) -> None:
    assert shape_hint(shape, 5) == hint


# Labels.


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (np.eye(3), [0, 1, 2]),
        (np.eye(3, dtype=bool), [0, 1, 2]),
        (np.array([[0, 0.9], [0.2, 0]]), [1, 0]),
        (np.array([0.0, 2.0, 1.0]), [0, 2, 1]),
    ],
)
def test_the_code_for_labels_makes_class_numbers(labels: np.ndarray, expected: list[int]) -> None:
    assert followed(code_of(labels_hint(labels)), y=labels).tolist() == expected


@pytest.mark.parametrize(
    ("labels", "hint"),
    [
        (np.array([[1, 1], [0, 1]]), "give one label per image: an array with one axis"),
        (np.zeros((2, 2, 2)), "give one label per image: an array with one axis"),
        (np.array([0.5, 1.5]), "labels are classes; a quantity cannot be learnt here, unless it is cut into classes"),
        (np.array([1j]), "save numbers as y.astype(int), words as y.astype(str)"),
    ],
)  # fmt: skip
def test_labels_that_no_code_mends_are_explained(labels: np.ndarray, hint: str) -> None:
    assert labels_hint(labels) == hint
