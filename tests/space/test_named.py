"""Data with a name: what is declared of them is true, and every name is declared."""

from typing import get_args

import pytest

from sweep.data.dataset import load
from sweep.space.named import DEFAULT_DATA, NAMED_DATA, DataName
from sweep.space.spec import DataSpec
from sweep.trial.images import declared


def test_every_name_is_declared() -> None:
    assert set(NAMED_DATA) == set(get_args(DataName))
    assert DEFAULT_DATA in NAMED_DATA


@pytest.mark.parametrize("merge", [False, True])
def test_what_is_declared_of_mnist_is_what_is_read(merge: bool) -> None:
    spec = DataSpec(name="mnist", validation=0.1, test=0.2 if merge else None, merge=merge)
    read, known = load(spec).summary, declared(spec, NAMED_DATA["mnist"])
    for name in ("label", "shape", "classes", "train", "validation", "test"):
        assert getattr(read, name) == getattr(known, name), name
