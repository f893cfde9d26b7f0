"""The comparison of what is found: the same space for all, and what was best by when."""

import math
from dataclasses import replace

import pytest

from bench.quality.figure import at
from bench.quality.quality import check_equal
from bench.quality.tools import FOLDER, Trial, hyperparams
from sweep.space.hyperparams import Hyperparams
from sweep.spacefile.read import load


def test_the_space_file_and_the_peers_search_the_same_space() -> None:
    spec = load(FOLDER / "space.yaml").spec((28, 28, 1))
    check_equal(spec)
    with pytest.raises(SystemExit, match="differ"):
        check_equal(replace(spec, search=replace(spec.search, evaluations=4)))


def test_the_best_so_far_is_that_of_the_trials_that_had_ended() -> None:
    curve = [(10.0, 0.5), (20.0, 0.9), (30.0, 0.8)]
    assert math.isnan(at(curve, 9.9))
    assert [at(curve, time) for time in (10.0, 19.0, 20.0, 99.0)] == [0.5, 0.5, 0.9, 0.9]


def test_the_points_of_a_peer_are_put_into_the_words_of_sweep() -> None:
    point = {"filters.1": 8, "filters.2": 16, "dense.1": 64, "kernel_size": 3, "batch_size": 32}
    expected = Hyperparams(filters=(8, 16), dense=(64,), kernel_size=3, batch_size=32)
    assert hyperparams(Trial(1.0, 0.9, point, None)) == expected
    assert hyperparams(Trial(1.0, 0.9, expected.model_dump(), None)) == expected
