"""What is known of a data set without its images."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.space import NAMED_DATA, DataSpec
from sweep.train.scores import scores
from sweep.trial.images import DataSummary, declared
from tests.conftest import spec_of
from tests.fakes import SUMMARY

counts = st.lists(st.integers(0, 999), min_size=3, max_size=3).filter(any).map(tuple)


def with_counts(counts: tuple[int, ...]) -> DataSummary:
    return replace(
        SUMMARY, classes=("a", "b", "c"), validation=sum(counts), validation_counts=counts
    )


@given(counts)
def test_always_answering_the_largest_class_is_right_for_its_share(
    counts: tuple[int, ...],
) -> None:
    summary = with_counts(counts)
    share, name = summary.largest_share, summary.largest_class
    assert share is not None
    assert 1 / 3 <= share <= 1
    assert name == "abc"[counts.index(max(counts))]
    assert summary.largest_to_json() == {"class": name, "share": share}


def test_of_equal_classes_the_first_is_the_largest() -> None:
    assert with_counts((5, 9, 9)).largest_class == "b"


@given(counts)
def test_the_scores_of_one_answer_are_those_that_an_evaluation_computes(
    counts: tuple[int, ...],
) -> None:
    summary = with_counts(counts)
    labels = np.repeat(np.arange(3, dtype=np.int32), counts)
    answers = np.full_like(labels, counts.index(max(counts)))
    found = scores(labels, answers, 3)
    assert summary.of_one_answer("val_accuracy") == pytest.approx(found.accuracy)
    assert summary.of_one_answer("val_balanced_accuracy") == pytest.approx(found.balanced_accuracy)
    assert summary.of_one_answer("val_macro_f1") == pytest.approx(found.macro_f1)
    assert summary.of_one_answer("val_loss") is None
    assert summary.of_one_answer("accuracy") is None


def test_what_was_not_recorded_is_not_known() -> None:
    assert SUMMARY.of_one_answer("val_accuracy") is None
    assert SUMMARY.largest_share is None
    assert SUMMARY.largest_class is None
    assert SUMMARY.largest_to_json() is None


@given(counts, st.lists(st.text(max_size=9), max_size=3), st.integers(0, 9))
def test_a_summary_survives_json(counts: tuple[int, ...], notes: list[str], left_out: int) -> None:
    summary = replace(with_counts(counts), notes=tuple(notes), left_out=left_out)
    assert DataSummary.from_json(json.loads(json.dumps(asdict(summary)))) == summary


def test_a_summary_of_an_early_ledger_lacks_what_was_not_recorded_then() -> None:
    early = {
        name: value
        for name, value in asdict(SUMMARY).items()
        if name not in ("counts", "validation_counts", "left_out", "notes")
    }
    assert DataSummary.from_json(early) == SUMMARY


def test_the_images_are_those_of_all_parts() -> None:
    assert SUMMARY.images == 70_000


def data_of(text: str) -> DataSpec:
    return spec_of("{steps: 20}", f"data: {text}").data


@pytest.mark.parametrize(
    ("data", "parts"),
    [
        ("{name: mnist}", (55_000, 5_000, 10_000)),
        ("{name: mnist, validation: 10000}", (50_000, 10_000, 10_000)),
        ("{name: mnist, validation: 0.2}", (48_000, 12_000, 10_000)),
        ("{name: mnist, merge: true, validation: 5000, test: 6000}", (59_000, 5_000, 6_000)),
    ],
)
def test_data_with_a_name_are_split_without_being_read(
    data: str, parts: tuple[int, int, int]
) -> None:
    spec = data_of(data)
    found = declared(spec, NAMED_DATA["mnist"])
    assert (found.train, found.validation, found.test) == parts
    assert found.shape == (28, 28, 1)
    assert found.classes == tuple("0123456789")


def test_more_validation_images_than_there_are_cannot_be_declared() -> None:
    spec = replace(data_of("{name: mnist}"), validation=60_000)
    with pytest.raises(ValueError, match=r"."):
        declared(spec, NAMED_DATA["mnist"])
