"""Finds allowed points that a sweep has not tried, where the sampler suggests none."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np

from sweep.space import (
    MOST_DRAWS,
    Hyperparams,
    Shape,
    SweepSpec,
    Value,
    at,
    every_configuration,
    is_allowed,
    random_points,
)

# Draws near a point of a large space, before points anywhere in it are taken.
MOST_NEAR = 2000
# Draws after which one more parameter is drawn anew.
DRAWS_EACH = 100


class Untried:
    """The allowed points of a space, but for those that were tried."""

    def __init__(self, spec: SweepSpec, shape: Shape) -> None:
        self._spec = spec
        self._space = spec.space
        self._shape = shape
        self._found: dict[tuple[Value, ...], Hyperparams] = {}
        """The allowed points of `_further` so far, by their meanings."""
        self._further = self._drawn_anywhere()

    def near(
        self, point: Hyperparams | None, tried: Collection[tuple[Value, ...]], seed: int
    ) -> Hyperparams | None:
        """A point whose `Space.meaning` is not among `tried`; None if the space is exhausted.

        In a small space it differs from `point` in as few hyperparameters as possible. In a larger
        one, it is the first new point of `MOST_NEAR` draws, which go farther and farther away, or
        else the first new one of random points. Without a `point`, it may lie anywhere.
        """
        random = np.random.default_rng(seed)
        if self._every is not None:
            return self._listed_near(point, self._every, tried, random)
        found = None
        if point is not None:
            found = self._drawn_near(point, tried, random)
        if found is None:
            found = self._anywhere(tried)
        return found

    def _listed_near(
        self,
        point: Hyperparams | None,
        every: Mapping[tuple[Value, ...], Hyperparams],
        tried: Collection[tuple[Value, ...]],
        random: np.random.Generator,
    ) -> Hyperparams | None:
        nearest = [meaning for meaning in every if meaning not in tried]
        if not nearest:
            return None
        if point is not None:
            wanted = self._space.meaning(point)
            distances = [_differing(meaning, wanted) for meaning in nearest]
            least = min(distances)
            pairs = zip(nearest, distances, strict=True)
            nearest = [meaning for meaning, distance in pairs if distance == least]
        return every[nearest[random.integers(len(nearest))]]

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
        for draw in range(MOST_NEAR):
            found = self._redrawn(point, 1 + draw // DRAWS_EACH, random)
            is_new = self._space.meaning(found) not in tried
            if is_new and is_allowed(self._spec, found, self._shape):
                return found
        return None

    def _anywhere(self, tried: Collection[tuple[Value, ...]]) -> Hyperparams | None:
        """The first new one of the allowed random points, those that were drawn before included.

        So a sweep that goes on takes the same points.
        """
        for meaning, found in self._found.items():
            if meaning not in tried:
                return found
        for found in self._further:
            if self._space.meaning(found) not in tried:
                return found
        return None

    def _drawn_anywhere(self) -> Iterator[Hyperparams]:
        """Allowed points, each once, until `MOST_DRAWS` draws in a row find no other.

        They are the draws in which `check` looks for an allowed point: what it finds is found here.
        """
        missed = 0
        for point in random_points(self._space, self._spec.search.seed):
            meaning = self._space.meaning(point)
            if meaning not in self._found and is_allowed(self._spec, point, self._shape):
                missed = 0
                self._found[meaning] = point
                yield point
                continue
            missed += 1
            if missed == MOST_DRAWS:
                return

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
