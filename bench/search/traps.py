"""Problems that punish a searcher: made, not recorded, with a known truth.

In each the truth falls with the distance from a hidden best point. What differs is what stands in
the way: early values that say nothing, trainings that diverge, dimensions that come and go, costs.
"""

import hashlib
from dataclasses import dataclass

import numpy as np

from bench.search.problem import Course, Dimension, Floats, Point

SHARES: Floats = np.array([0.02, 0.04, 0.0625, 0.125, 0.25, 0.5, 0.75, 1.0])
RANGES = tuple(Dimension(f"x{number}") for number in range(1, 7))
NOISE = 0.02


def _hidden(name: str, dimensions: tuple[Dimension, ...]) -> tuple[Floats, Floats]:
    """The best point of a trap, from 0.15 to 0.85 in each range, and the weights of the ranges."""
    random = np.random.default_rng(_number(name))
    return random.uniform(0.15, 0.85, len(dimensions)), random.uniform(0.3, 1.5, len(dimensions))


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


@dataclass(frozen=True)
class Trap:
    """A smooth hill; early values are the truth and noise, the more of it the earlier.

    `early` is the correlation of a value with the truth at each share. `costs` is how many times
    the dearest training takes of the cheapest. A share of `diverging` of the points diverges.
    """

    name: str
    dimensions: tuple[Dimension, ...] = RANGES
    early: tuple[float, ...] = (0.5, 0.65, 0.8, 0.86, 0.92, 0.96, 0.98, 1.0)
    costs: float = 1.0
    diverging: float = 0.0
    has_signal: bool = True
    least_depth: int | None = None

    def existing(self, point: Point) -> int:
        """The first dimension is the number of the others that exist, if there is a least depth."""
        if self.least_depth is None:
            return len(point)
        return 1 + self.least_depth + point[0]

    def truth(self, point: Point) -> float:
        if not self.has_signal:
            return float(np.random.default_rng(_number(f"{self.name}{point}")).normal(0, 0.15))
        best, weights = _hidden(self.name, self.dimensions)
        there = self.existing(point)
        units = np.array([d.unit(n) for d, n in zip(self.dimensions, point, strict=True)])
        distances = weights * (units - best) ** 2
        return -float(distances[:there].sum()) - 0.1 * (len(point) - there)

    def course(self, point: Point, random: np.random.Generator) -> Course:
        truth = self.truth(point)
        early = np.array(self.early)
        # One deviation for all of the training: early winners stay early winners for a while.
        deviation = random.normal(0, 0.25)
        hidden = deviation * np.sqrt(1 - early**2)
        values = early * truth + hidden + random.normal(0, NOISE, len(SHARES))
        shape = 0.5 * (1 - SHARES**0.3)
        if self._unit(point, "diverges") < self.diverging:
            values[self._first_bad(point) :] = np.nan
        time = 1.0
        if self.costs > 1:
            spread = np.log(self.costs)
            time = float(np.exp(spread * (self.dimensions[0].unit(point[0]) - 0.5)))
            time *= spread / (np.exp(spread / 2) - np.exp(-spread / 2))
        return Course(SHARES, values - shape, time)

    def _unit(self, point: Point, purpose: str) -> float:
        """A number from 0 to 1 that depends on where the point is, coarsely: neighbours agree."""
        coarse = [round(4 * d.unit(n)) for d, n in zip(self.dimensions, point, strict=True)][:3]
        return float(np.random.default_rng(_number(f"{self.name}{purpose}{coarse}")).random())

    def _first_bad(self, point: Point) -> int:
        return int(self._unit(point, "when") * (len(SHARES) - 1))


TRAPS = (
    Trap("no-signal", has_signal=False, early=(0.0,) * 7 + (1.0,)),
    Trap("late-bloomers", early=(0.1, 0.2, 0.28, 0.45, 0.68, 0.91, 0.97, 1.0)),
    Trap("diverging", diverging=1 / 3),
    Trap("conditional", dimensions=(Dimension("depth", 4), *RANGES), least_depth=3),
    Trap("costs", costs=10.0),
    Trap("24-points", dimensions=(Dimension("a", 2), Dimension("b", 3), Dimension("c", 4))),
)
