"""What is seen of a network: which images are shown, and that a file gives back what was
written."""

from dataclasses import fields
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sweep.trial.examination import SHEET, Examination, ordinary, worst
from tests.fakes import SUMMARY, examination


@given(st.integers(1, 20_000))
def test_ordinary_images_are_spread_over_all(count: int) -> None:
    found = ordinary(count)
    assert len(found) == min(SHEET, count)
    assert (found[0], found[-1]) == (0, count - 1)
    assert (np.diff(found) > 0).all()


def test_the_worst_are_the_wrong_ones_the_most_certain_first() -> None:
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.3, 0.7]], np.float32)
    assert worst(np.array([0, 0, 0, 1], np.int32), probabilities).tolist() == [2, 1]
    assert worst(np.array([0, 1, 1, 1], np.int32), probabilities).tolist() == []


def test_a_file_gives_back_what_was_written(tmp_path: Path) -> None:
    before = examination(SUMMARY)
    before.save(tmp_path / "a.npz")
    after = Examination.load(tmp_path / "a.npz")
    for field in fields(Examination):
        one, other = getattr(before, field.name), getattr(after, field.name)
        assert one.dtype == other.dtype
        assert np.array_equal(one, other)
