"""What is searched: points of a space, and the course of a training at each of them.

Every objective is maximized here. A point is a tuple of whole numbers, one for each dimension: a
number of `LEVELS` even steps from the low to the high end, or the index of a choice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

LEVELS = 1000
# Random points from which the scale of regrets is drawn.
DRAWN = 4000

Floats: TypeAlias = NDArray[np.float64]
Point: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class Dimension:
    """A range of `LEVELS` steps, or one of so many `choices`."""

    name: str
    choices: int | None = None

    @property
    def size(self) -> int:
        return self.choices or LEVELS

    def unit(self, level: int) -> float:
        """A level as a number from 0 to 1."""
        return level / (self.size - 1)


@dataclass(frozen=True)
class Course:
    """One training: objectives after shares of it, and the time of the whole of it.

    The unit of time is the mean training of the problem. An objective that is not a number means
    that the training has diverged by then.
    """

    shares: Floats
    values: Floats
    time: float

    def value(self, share: float) -> float:
        """The objective after a share of the training, between recorded shares in the logarithm."""
        logarithms = np.log(self.shares)
        return float(np.interp(np.log(share), logarithms, self.values))


class Problem(Protocol):
    """A space with a training at each of its points."""

    @property
    def name(self) -> str: ...

    @property
    def dimensions(self) -> tuple[Dimension, ...]: ...

    def truth(self, point: Point) -> float:
        """The objective of the whole training, in the mean over its seeds."""

    def course(self, point: Point, random: np.random.Generator) -> Course:
        """One training at the point."""

    def existing(self, point: Point) -> int:
        """How many of the dimensions exist at the point, from the first one on."""


def drawn(dimensions: Sequence[Dimension], random: np.random.Generator) -> Point:
    """A random point."""
    return tuple(int(random.integers(dimension.size)) for dimension in dimensions)


@dataclass
class Scale:
    """Makes regrets of problems comparable: 0 is the best point, 1 the median of random points."""

    problem: Problem
    known: dict[Point, float] = field(default_factory=dict)

    @cached_property
    def _ends(self) -> tuple[float, float]:
        random = np.random.default_rng(0)
        truths = [self.problem.truth(drawn(self.problem.dimensions, random)) for _ in range(DRAWN)]
        return max(truths), float(np.median(truths))

    def regret(self, point: Point) -> float:
        """How much worse a point is than the best of many random ones; below 0 if it is better."""
        if point not in self.known:
            self.known[point] = self.problem.truth(point)
        best, usual = self._ends
        return (best - self.known[point]) / (best - usual)


def features(dimensions: Sequence[Dimension], points: Sequence[Point]) -> NDArray[Any]:
    """Points as numbers for a regression: ranges from 0 to 1, and a column for each choice."""
    columns: list[Floats] = []
    levels = np.array(points, dtype=np.float64).reshape(len(points), len(dimensions))
    for place, dimension in enumerate(dimensions):
        if dimension.choices is None:
            columns.append(levels[:, place] / (dimension.size - 1))
        else:
            columns += [(levels[:, place] == choice) * 1.0 for choice in range(dimension.choices)]
    return np.stack(columns, axis=1).astype(np.float32)
