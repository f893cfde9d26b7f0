"""Sequences cover a cube evenly, and each point follows from its number and the seed alone."""

from typing import get_args

import numpy as np
import pytest
from scipy.stats import qmc

from sweep.search.sequence import SequenceKind, sequence_point

KINDS: tuple[SequenceKind, ...] = get_args(SequenceKind)


@pytest.mark.parametrize("kind", KINDS)
def test_points_cover_a_cube_more_evenly_than_random_ones(kind: SequenceKind) -> None:
    points = np.array([sequence_point(kind, 3, 5, index) for index in range(64)])
    random = np.random.default_rng(0).random((64, 3))
    assert qmc.discrepancy(points) < 0.4 * qmc.discrepancy(random)
    assert points.min() >= 0
    assert points.max() < 1


def test_every_sixteenth_of_each_range_has_one_of_sobols_first_sixteen_points() -> None:
    for seed in range(5):
        points = np.array([sequence_point("sobol", 4, seed, index) for index in range(16)])
        for coordinates in points.T:
            assert sorted(int(16 * share) for share in coordinates) == list(range(16))


@pytest.mark.parametrize("kind", KINDS)
def test_a_point_depends_on_its_number_and_the_seed_alone(kind: SequenceKind) -> None:
    forwards = [sequence_point(kind, 2, 1, index) for index in range(5)]
    backwards = [sequence_point(kind, 2, 1, index) for index in reversed(range(5))]
    assert forwards == backwards[::-1]
    assert forwards != [sequence_point(kind, 2, 2, index) for index in range(5)]
    assert sequence_point("sobol", 2, 1, 0) != sequence_point("halton", 2, 1, 0)


def test_a_space_in_which_nothing_varies_has_a_point_without_coordinates() -> None:
    assert sequence_point("sobol", 0, 1, 3) == []
