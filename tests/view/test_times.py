"""Times in words, at the borders of their units."""

import pytest

from sweep.view.times import duration, rough

DURATIONS = [
    (0, "0 s"),
    (59.4, "59 s"),
    (59.6, "1 min 00 s"),
    (61, "1 min 01 s"),
    (3599.6, "1 h 00 min"),
    (7800, "2 h 10 min"),
]


@pytest.mark.parametrize(("seconds", "text"), DURATIONS)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


ROUGH = [
    ((0.42,), "0.4 s"),
    ((4.0,), "4 s"),
    ((44.6,), "45 s"),
    ((89, 61, 112), "89 s (61 to 110 s)"),
    ((91, 80, 130), "1.5 min (1.3 to 2.2 min)"),
    ((420, 300, 666), "7 min (5 to 11 min)"),
    ((5399,), "90 min"),
    ((5400, 3600, 40000), "1.5 h (1 to 11 h)"),
    ((1_000_000,), "280 h"),
]


@pytest.mark.parametrize(("seconds", "text"), ROUGH)
def test_rough_times_have_two_digits_in_one_unit(seconds: tuple[float, ...], text: str) -> None:
    assert rough(*seconds) == text
