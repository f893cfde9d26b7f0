"""Axes that can be read: marks within the limits, labels that do not overprint each other, values
told apart."""

import math
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from sweep.analysis.scales import Scale, labels, quantity_scale, rotation, value_scale, width

LENGTH = 12.5
# A column of a panel on paper, in ems.
TALL = 7.5

LABELS = {
    "powers of ten": ([1e-5, 1e-4, 0.001, 0.01, 0.1], ["1e-5", "1e-4", "0.001", "0.01", "0.1"]),
    "parts of small powers": ([2e-4, 5e-4, 0.001], ["2e-4", "5e-4", "0.001"]),
    "parameters": ([5_000, 10_000, 20_000], ["5k", "10k", "20k"]),
    "many parameters": ([100_000, 1_000_000, 10_000_000], ["100k", "1M", "10M"]),
    "whole numbers of four digits": ([500, 1000, 2000], ["500", "1000", "2000"]),
    "sizes that are no round numbers": ([16_384, 65_536], ["16384", "65536"]),
    "shares": ([0, 0.2, 0.25, 0.9995], ["0", "0.2", "0.25", "0.9995"]),
    "seconds": ([0.5, 1, 20], ["0.5", "1", "20"]),
    "a loss that exploded": ([1, 1e6, 1e18], ["1", "1M", "1e18"]),
}


@pytest.mark.parametrize(("values", "expected"), LABELS.values(), ids=LABELS)
def test_labels_are_plain_numbers(values: list[float], expected: list[str]) -> None:
    assert labels(values) == expected


def shares(scale: Scale) -> list[float]:
    """Where the marks stand, as shares of the axis."""
    kinds: dict[str, Callable[[float], float]] = {
        "linear": float,
        "log": math.log,
        "error": lambda a: -math.log(1 - a),
    }
    forward = kinds[scale.kind]
    low, high = forward(scale.low), forward(scale.high)
    return [(forward(mark) - low) / (high - low) for mark, _ in scale.marks]


def check_marks(scale: Scale, sizes: list[float], length: float) -> None:
    """They are inside, in order, all different, and none overprints the next."""
    places = shares(scale)
    assert all(0 <= place <= 1 for place in places)
    texts = [label for _, label in scale.marks]
    assert len(set(texts)) == len(texts)
    assert not any("$" in text for text in texts)
    for left, right, size, following in zip(places, places[1:], sizes, sizes[1:], strict=False):
        assert (right - left) * length > (size + following) / 2


def drawn(label: str) -> float:
    """The width of a label as Matplotlib draws it, in ems."""
    return (
        float(
            TextPath((0, 0), label, size=100, prop=FontProperties("DejaVu Sans"))
            .get_extents()
            .width
        )
        / 100
    )


numbers = st.floats(1e-6, 1e8, allow_nan=False)


@given(st.lists(numbers, min_size=2, max_size=30, unique=True), st.booleans())
@example(values=[1.0000000000000002e-06, 1e-06], log=False)
@example(values=[1.0000000000000002e-06, 1e-06], log=True)
def test_marks_of_values_have_room(values: list[float], log: bool) -> None:
    scale = value_scale(values, log=log, length=LENGTH)
    assert scale.low < min(values) <= max(values) < scale.high
    check_marks(scale, [drawn(label) for _, label in scale.marks], LENGTH)


@given(st.floats(1e-6, 1e5), st.floats(2, 1e6))
def test_an_axis_that_spans_much_has_two_marks_or_more(low: float, factor: float) -> None:
    scale = value_scale([low * factor ** (i / 29) for i in range(30)], log=True, length=LENGTH)
    assert len(scale.marks) >= 2
    assert len(value_scale([low, low * factor], log=False, length=LENGTH).marks) >= 2


@given(st.lists(numbers, min_size=1, max_size=30), st.lists(st.floats(-10, 1e8), max_size=9))
def test_marks_of_a_quantity_have_room(values: list[float], bars: list[float]) -> None:
    scale = quantity_scale(values, bars, is_accuracy=False, length=TALL)
    assert scale.low <= min(values) <= max(values) <= scale.high
    check_marks(scale, [1.2] * len(scale.marks), TALL)


@given(
    st.lists(st.integers(0, 5000), min_size=1, max_size=30),
    st.lists(st.floats(-0.5, 1.5), max_size=9),
)
def test_marks_of_accuracies_have_room(right: list[int], bars: list[float]) -> None:
    accuracies = [count / 5000 for count in right]
    scale = quantity_scale(accuracies, bars, is_accuracy=True, length=TALL)
    assert scale.low <= min(accuracies) <= max(accuracies) <= scale.high
    assert scale.marks
    check_marks(scale, [1.2] * len(scale.marks), TALL)


def test_five_powers_of_ten_have_three_labels_and_four_have_four() -> None:
    five = value_scale([1e-5, 1e-4, 1e-3, 1e-2, 1e-1], log=True, length=LENGTH)
    assert [label for _, label in five.marks] == ["1e-5", "0.001", "0.1"]
    four = value_scale([1e-4, 1e-3, 1e-2, 1e-1], log=True, length=LENGTH)
    assert [label for _, label in four.marks] == ["1e-4", "0.001", "0.01", "0.1"]


def test_a_few_values_are_the_marks() -> None:
    assert [mark for mark, _ in value_scale([16, 32, 64, 128], log=True, length=LENGTH).marks] == [
        16,
        32,
        64,
        128,
    ]


def test_whole_numbers_have_whole_marks() -> None:
    marks = value_scale(range(2, 10), log=False, length=LENGTH).marks
    assert all(mark == int(mark) for mark, _ in marks)
    assert len(marks) >= 3


def test_accuracies_that_differ_much_are_an_axis_of_errors() -> None:
    assert quantity_scale([0.1, 0.99], [], is_accuracy=True, length=TALL).kind == "error"
    assert quantity_scale([0.97, 0.99], [], is_accuracy=True, length=TALL).kind == "linear"
    assert quantity_scale([0.1, 1.0], [], is_accuracy=True, length=TALL).kind == "linear"


def test_a_bar_widens_a_logarithmic_axis_a_little_only() -> None:
    plain = quantity_scale([1, 100], [], is_accuracy=False, length=TALL)
    assert quantity_scale([1, 100], [0.5, 120], is_accuracy=False, length=TALL).low < 0.5
    assert quantity_scale([1, 100], [-40.0, 1e-9], is_accuracy=False, length=TALL) == plain


def test_one_value_is_the_one_mark() -> None:
    assert quantity_scale([7370, 7370], [], is_accuracy=False, length=TALL).marks == (
        (7370, "7370"),
    )
    assert value_scale([0.0], log=True, length=LENGTH).marks == ((0.0, "0"),)


def test_names_are_turned_until_they_have_room() -> None:
    assert rotation(["max", "none"], LENGTH) == 0
    assert rotation(["sgd", "momentum", "adam", "rmsprop"], LENGTH) == 35
    assert rotation([f"optimizer{n}" for n in range(10)], LENGTH) == 90


@pytest.mark.parametrize(
    "label", ["0.001", "1e-4", "20k", "10M", "[32, 16]", "momentum", "65536", "-0.5"]
)
def test_a_label_is_never_wider_than_it_is_taken_for(label: str) -> None:
    assert drawn(label) <= width(label)
