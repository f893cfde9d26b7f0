"""The axes of a figure as plain values: scale, limits, and marks with readable labels.

The figures set exactly these. So several panels share their axes, and labels never overlap.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Kind = Literal["linear", "log", "error"]

# An axis is logarithmic if the largest value is this many times the smallest.
WIDE = 5
# Marks of an accuracy axis on which equal steps are equal factors of the error.
_ACCURACIES = (0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999)
# Most labelled marks of an axis, and the most tried values that are all labelled.
_MOST_MARKS = 5
_MOST_VALUES = 6
# Free space on each side of the values, as a share of their range.
_MARGIN = 0.07
# An error bar may widen a logarithmic axis by this factor; a longer one ends at the edge.
_BAR = 3
# Space between two labels, and the height of a label with its space, in ems.
_GAP = 0.45
_HEIGHT = 1.3
# Widths of characters in DejaVu Sans, in ems; other characters are about as wide as a digit.
_NARROW, _DIGIT = 0.4, 0.64
_WIDE_CHARACTERS = {"m": 0.98, "w": 0.82, "M": 0.87, "W": 0.99, "G": 0.78}
_UNITS = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True)
class Scale:
    """One axis: its kind, its two ends, and its labelled marks."""

    kind: Kind
    low: float
    high: float
    marks: tuple[tuple[float, str], ...]


def quantity_scale(
    values: Iterable[float], bars: Iterable[float], *, is_accuracy: bool, length: float
) -> Scale:
    """The vertical axis of a measured quantity, `length` ems long.

    It is logarithmic if a linear one could not separate the small values; for accuracies the error
    is logarithmic. `bars` are the ends of error bars.
    """
    known = [value for value in values if math.isfinite(value)]
    if not known:
        known = [0.0, 1.0]
    kind = _kind(min(known), max(known), is_accuracy=is_accuracy)
    ends = list(known)
    for end in bars:
        if math.isfinite(end) and _is_shown(end, known, kind):
            ends.append(end)
    low, high = _limits(min(ends), max(ends), kind)
    candidates: Iterable[list[float]] = [[known[0]]]
    if len(set(known)) > 1:
        candidates = _candidates(kind, low, high, length)
    marks = _marks(candidates, (kind, low, high), length, upright=True)
    return Scale(kind, low, high, marks)


def value_scale(values: Iterable[float], *, log: bool, length: float) -> Scale:
    """The horizontal axis of the values of one hyperparameter, `length` ems long.

    If there are few values and enough room, all are labelled.
    """
    known = sorted(set(values))
    kind: Kind = "log" if log and known[0] > 0 else "linear"
    low, high = _limits(known[0], known[-1], kind)
    whole = all(value == int(value) for value in known)
    if len(known) <= _MOST_VALUES:
        few = [known]
    else:
        few = []
    candidates = [*few]
    if len(known) > 1:
        candidates += _candidates(kind, low, high, length, whole=whole)
    return Scale(kind, low, high, _marks(candidates, (kind, low, high), length, upright=False))


def labels(values: Sequence[float]) -> list[str]:
    """The labels of one axis: 0.001, 1e-4, 2000; 5k and 10k for five digits and more."""
    thousands = max((abs(value) for value in values), default=0) >= 10_000
    return [_label(value, thousands=thousands) for value in values]


def width(label: str) -> float:
    """An upper bound of the width of a label, in ems."""
    return sum(_NARROW if c in ".,-[]() 'ijl|" else _WIDE_CHARACTERS.get(c, _DIGIT) for c in label)


def rotation(names: Sequence[str], length: float) -> int:
    """The angle in degrees at which evenly spaced names fit below an axis of `length` ems."""
    apart = length / max(len(names), 1)
    if all(width(one) / 2 + width(other) / 2 + _GAP <= apart for one, other in pairwise(names)):
        return 0
    if apart * math.sin(math.radians(35)) >= 1:
        return 35
    return 90


def _kind(low: float, high: float, *, is_accuracy: bool) -> Kind:
    if is_accuracy:
        if high < 1 and 1 - low >= WIDE * (1 - high):
            return "error"
        return "linear"
    if high > WIDE * low > 0:
        return "log"
    return "linear"


def _is_shown(end: float, known: Sequence[float], kind: Kind) -> bool:
    if kind == "log":
        return end >= min(known) / _BAR
    return kind == "linear" or 1 - end >= (1 - max(known)) / _BAR


def _limits(low: float, high: float, kind: Kind) -> tuple[float, float]:
    start = _forward(low, kind)
    end = _forward(high, kind)
    # Values that differ only in their last digits count as one value.
    negligible = 1e-9 * (max(abs(low), abs(high)) if kind == "linear" else 1.0)
    margin = _MARGIN * (end - start)
    if end - start <= negligible:
        margin = {"linear": 0.1 * abs(low) or 1.0, "log": 0.1, "error": 0.1}[kind]
    return _backward(start - margin, kind), _backward(end + margin, kind)


def _forward(value: float, kind: Kind) -> float:
    """The position of a value on the axis, in units that are equally long there."""
    if kind == "log":
        return math.log10(value)
    if kind == "linear":
        return value
    return -math.log(1 - value)


def _backward(place: float, kind: Kind) -> float:
    if kind == "log":
        return float(10**place)
    if kind == "linear":
        return place
    return 1 - math.exp(-place)


def _candidates(
    kind: Kind, low: float, high: float, length: float, *, whole: bool = False
) -> Iterator[list[float]]:
    """Sets of marks from `low` to `high`, the most readable first."""
    if kind == "error":
        inside = [accuracy for accuracy in _ACCURACIES if low <= accuracy <= high]
        for apart in (_HEIGHT, 1.5 * _HEIGHT):
            yield _thinned(inside, kind, low, high, apart / length)
    if kind == "log":
        yield from _decimal_candidates(low, high, length)
    for most in (_MOST_MARKS, 4, 3, 2):
        marks = _even(low, high, most, whole=whole)
        yield [mark for mark in marks if kind != "error" or mark < 1]


def _decimal_candidates(low: float, high: float, length: float) -> Iterator[list[float]]:
    """Sets of marks of a logarithmic axis: powers of ten and their multiples."""
    usual = [_multiples(parts, 1, low, high) for parts in ((1, 2, 5), (1, 3))]
    decades = [_multiples((1,), apart, low, high) for apart in range(1, 10)]
    finer = [_multiples(parts, 1, low, high) for parts in ((1, 2, 3, 5), (1, 1.5, 2, 3, 5, 7))]
    for marks in (*usual, *decades, *finer):
        if len(marks) > 2:
            yield marks
    for marks in decades:
        if len(marks) > 1:
            yield marks
    # The largest distance leaves room for the widest labels, such as 1.5e-4.
    for apart in (2, 3, 4):
        for marks in finer:
            yield _thinned(marks, "log", low, high, apart / length)


def _thinned(
    marks: Sequence[float], kind: Kind, low: float, high: float, apart: float
) -> list[float]:
    """The marks that are at least a share `apart` of the axis from each other.

    The highest mark is always kept: high accuracies matter most.
    """
    start = _forward(low, kind)
    end = _forward(high, kind)
    kept: list[float] = []
    for mark in reversed(marks):
        if not kept or _forward(kept[0], kind) - _forward(mark, kind) >= apart * (end - start):
            kept.insert(0, mark)
    return kept


def _multiples(parts: Sequence[float], apart: int, low: float, high: float) -> list[float]:
    """The multiples `parts` of the powers of ten between `low` and `high`.

    If `apart` is 2 or 3, only every second or third power is used, with the offset that gives the
    most marks.
    """
    first = math.floor(math.log10(low))
    last = math.ceil(math.log10(high))
    found: list[list[float]] = []
    for offset in range(apart):
        powers = [power for power in range(first, last + 1) if power % apart == offset]
        # Read from text, so that 0.001 is 0.001 and not nearly so.
        marks = [float(f"{part}e{power}") for power in powers for part in parts]
        found.append([mark for mark in marks if low <= mark <= high])
    return max(found, key=len)


def _even(low: float, high: float, most: int, *, whole: bool) -> list[float]:
    """At most `most` round numbers from `low` to `high`, evenly spaced, as densely as possible."""
    power = math.floor(math.log10((high - low) / most))
    for exponent in (power, power + 1, power + 2):
        for part in ("1", "2", "2.5", "5"):
            step = float(f"{part}e{exponent}")
            if whole and step != max(int(step), 1):
                continue
            first = math.ceil(low / step - 1e-9)
            last = math.floor(high / step + 1e-9)
            if last - first < most:
                digits = max(0, 1 - exponent)
                return [round(step * count, digits) for count in range(first, last + 1)]
    return []


def _marks(
    candidates: Iterable[Sequence[float]],
    axis: tuple[Kind, float, float],
    length: float,
    *,
    upright: bool,
) -> tuple[tuple[float, str], ...]:
    """The first candidate whose labels have room. A candidate with a single mark comes last."""
    kind, low, high = axis
    start = _forward(low, kind)
    end = _forward(high, kind)
    alone: tuple[tuple[float, str], ...] = ()
    for number, marks in enumerate(candidates):
        texts = labels(marks)
        if (
            not marks
            or len(marks) > (_MOST_VALUES if number == 0 else _MOST_MARKS)
            or len(set(texts)) < len(texts)
        ):
            continue
        places = [(_forward(mark, kind) - start) / (end - start) * length for mark in marks]
        if _have_room(places, texts, upright=upright):
            found = tuple(zip(marks, texts, strict=True))
            if len(found) > 1:
                return found
            alone = alone or found
    return alone


def _have_room(places: Sequence[float], texts: Sequence[str], *, upright: bool) -> bool:
    sizes = [_HEIGHT if upright else width(text) + _GAP for text in texts]
    neighbours = zip(places, places[1:], sizes, sizes[1:], strict=False)
    return all(
        right - left >= (size + following) / 2 for left, right, size, following in neighbours
    )


def _label(value: float, *, thousands: bool) -> str:
    size = abs(value)
    if size >= 1e12 or 0 < size < 0.001:
        digits, _, exponent = f"{value:.2e}".partition("e")
        return f"{float(digits):g}e{int(exponent)}"
    if thousands and size >= 1000:
        unit, letter = next(found for found in _UNITS if size >= found[0])
        brief = f"{value / unit:.3g}"
        if math.isclose(float(brief) * unit, value):
            return f"{brief}{letter}"
        return f"{value:.0f}"
    if size >= 1000:
        return f"{value:.0f}"
    if value == round(value, 4):
        return f"{value:g}"
    return f"{value:.3g}"
