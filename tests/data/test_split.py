"""Laws of the split: every image once, the shares of the classes, and nothing but the seed
decides."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.data.arrays import Collection, Labelled
from sweep.data.dataset import load
from sweep.data.split import split
from sweep.errors import DataError
from sweep.space.spec import DataSpec


def collection(labels: list[int], test: int = 0) -> Collection:
    found = np.array(labels, np.int32)
    images = np.zeros((len(found), 2, 2, 1), np.uint8)
    tested = Labelled(images[:test], found[:test]) if test else None
    return Collection(Labelled(images, found), tested, tuple("abcd"))


labels = st.lists(st.integers(0, 3), min_size=20, max_size=200)


@given(labels, st.floats(0.1, 0.4), st.floats(0.1, 0.4), st.booleans(), st.integers(0, 2**40))
def test_every_image_is_in_one_split(
    found: list[int], validation: float, test: float, even: bool, seed: int
) -> None:
    spec = DataSpec(name="x", validation=validation, test=test, stratify=even, seed=seed)
    parts = split(collection(found), spec)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(found)))
    assert [len(part) for part in parts[1:]] == [
        round(validation * len(found)),
        round(test * len(found)),
    ]
    again = split(collection(found), spec)
    assert all(np.array_equal(one, other) for one, other in zip(parts, again, strict=True))


@given(labels, st.floats(0.1, 0.9), st.integers(0, 99))
def test_a_stratified_split_keeps_the_shares_of_the_classes(
    found: list[int], validation: float, seed: int
) -> None:
    spec = DataSpec(name="x", validation=validation, seed=seed)
    _, held, _ = split(collection(found), spec)
    total = np.bincount(found, minlength=4)
    got = np.bincount(np.array(found)[held], minlength=4)
    assert (np.abs(got - total * len(held) / len(found)) <= 2).all()


def test_mnist_is_split_55_000_to_5_000_and_the_test_images_are_apart() -> None:
    data = load(DataSpec(name="mnist"))
    assert (len(data.train), len(data.validation), len(data.test)) == (55_000, 5_000, 10_000)
    assert data.train.max() < 60_000
    assert data.validation.max() < 60_000
    assert data.test.tolist() == list(range(60_000, 70_000))
    share = np.bincount(data.labels[data.validation]) / np.bincount(data.labels[:60_000])
    assert np.abs(share - 1 / 12).max() < 1e-3


def test_merged_data_are_split_anew() -> None:
    spec = DataSpec(name="x", merge=True, validation=0.2, stratify=False, seed=42)
    train, validation, test = split(collection([0, 1, 2, 3] * 15, test=40), spec)
    assert (len(train), len(validation), len(test)) == (80, 20, 0)


AMOUNTS = {
    "all for validation": (DataSpec(name="x", validation=20), "cannot be split"),
    "more than there are": (DataSpec(name="x", validation=50), "cannot be split"),
    "too much together": (DataSpec(name="x", validation=0.6, test=0.5), "cannot be split"),
    "less than one image": (DataSpec(name="x", validation=0.001), "cannot be split"),
}


@pytest.mark.parametrize(("spec", "message"), AMOUNTS.values(), ids=AMOUNTS)
def test_amounts_that_cannot_be_had_are_refused(spec: DataSpec, message: str) -> None:
    with pytest.raises(DataError, match=message):
        split(collection([0, 1] * 10), spec)


def test_test_images_of_data_that_bring_their_own_are_refused() -> None:
    with pytest.raises(DataError, match="bring their own test images"):
        split(collection([0, 1] * 10, test=5), DataSpec(name="x", test=0.1))


def test_the_fingerprint_depends_on_the_split() -> None:
    one, other = (load(DataSpec(name="mnist", seed=seed)).summary.fingerprint for seed in (0, 1))
    assert one != other
    assert one == load(DataSpec(name="mnist")).summary.fingerprint
