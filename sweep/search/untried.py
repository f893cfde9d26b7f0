"""Finds points that a sweep has not tried, near one that the sampler suggests again and again."""

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

import numpy as np

from sweep.space import (
    Hyperparams,
    Shape,
    SweepSpec,
    Value,
    at,
    every_configuration,
    is_allowed,
)

# Draws before a space counts as exhausted that is too large to look at every point.
MOST_DRAWS = 2000
# Draws after which one more parameter is drawn anew.
DRAWS_EACH = 100


class Untried:
    """The allowed points of a space, but for those that were tried."""

    def __init__(self, spec: SweepSpec, shape: Shape) -> None:
        self._spec = spec
        self._space = spec.space
        self._shape = shape

    def near(
        self, point: Hyperparams, tried: Collection[tuple[Value, ...]], seed: int
    ) -> Hyperparams | None:
        """A point whose `Space.meaning` is not among `tried`; None if the space is exhausted.

        In a small space it differs from `point` in as few hyperparameters as possible. In a larger
        one, it is the first new point of `MOST_DRAWS` draws, which go farther and farther away.
        """
        random = np.random.default_rng(seed)
        if self._every is None:
            return self._drawn_near(point, tried, random)
        left = {m: other for m, other in self._every.items() if m not in tried}
        if not left:
            return None
        wanted = self._space.meaning(point)
        distances = {meaning: _differing(meaning, wanted) for meaning in left}
        least = min(distances.values())
        nearest = [meaning for meaning in left if distances[meaning] == least]
        return left[nearest[random.integers(len(nearest))]]

    @cached_property
    def _every(self) -> Mapping[tuple[Value, ...], Hyperparams] | None:
        """Every point of a small space by its meaning."""
        every = every_configuration(self._spec, self._shape)
        if every is None:
            return None
        return {self._space.meaning(planned.point): planned.point for planned in every}

    def _drawn_near(
        self,
        point: Hyperparams,
        tried: Collection[tuple[Value, ...]],
        random: np.random.Generator,
    ) -> Hyperparams | None:
        for draw in range(MOST_DRAWS):
            found = self._redrawn(point, 1 + draw // DRAWS_EACH, random)
            is_new = self._space.meaning(found) not in tried
            if is_new and is_allowed(self._spec, found, self._shape):
                return found
        return None

    def _redrawn(self, point: Hyperparams, count: int, random: np.random.Generator) -> Hyperparams:
        """`point` with so many parameters drawn anew, and those that exist only then."""
        here = self._space.draw_from(point)
        varied = [p.name for p in self._space.parameters if p.constant is None and p.name in here]
        for place in random.permutation(len(varied))[:count]:
            del here[varied[place]]
        values = self._space.draw(
            lambda p: here[p.name] if p.name in here else at(p.domain, random.random())
        )
        return self._space.point(values)


def _differing(one: Sequence[Value], other: Sequence[Value]) -> int:
    """In how many places two meanings differ."""
    return sum(a != b for a, b in zip(one, other, strict=True))
