"""Searches that others published can be written exactly: each file is checked, and one short trial
of it is trained."""

import re
from pathlib import Path

import numpy as np
import pytest

from sweep.data.dataset import Dataset, load
from sweep.preview.corners import inspect
from sweep.space import Hyperparams, SweepSpec, impossible, parameters, plan, random_points
from sweep.space.spec import DataSpec
from sweep.spacefile.read import load as load_file
from sweep.train.loop import Batches, Images, Trainer
from sweep.train.network import build_cnn

FILES = sorted((Path(__file__).parent / "published").glob("*.yaml"))


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load(DataSpec(name="mnist", train=1000, validation=1000))


def a_point(spec: SweepSpec, seed: int) -> Hyperparams:
    """A random point that can be built."""
    drawn = random_points(spec.space, seed)
    return next(point for point in drawn if impossible(point, (28, 28, 1)) is None)


def test_there_are_at_least_twelve_and_each_names_its_origin() -> None:
    assert len(FILES) >= 12
    for path in FILES:
        assert re.match(r"# Re-created from \w", path.read_text())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_published_search_is_checked(path: Path) -> None:
    found = inspect(load_file(path))
    assert found.spec.name == path.stem
    smallest, largest = found.corners
    assert smallest.is_exact
    assert largest.is_exact
    assert smallest.parameters <= largest.parameters


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_one_short_trial_of_a_published_search_trains(path: Path, digits: Dataset) -> None:
    spec = load_file(path).spec((28, 28, 1))
    point = a_point(spec, 0)
    model = build_cnn(point, (28, 28, 1), 10)
    assert model.count_params() == parameters(plan(point, (28, 28, 1), 10))
    batches = Batches(digits.train, point.batch_size, 0)
    totals = Trainer(model, point, Images(digits), batches).train(2)
    assert totals.steps == 2
    assert np.isfinite(totals.loss)
    assert spec.space.values(point) is not None
