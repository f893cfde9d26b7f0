"""When trials are evaluated, and where they are compared: one grid for all trials of a sweep."""

import math
from dataclasses import dataclass

from sweep.space.hyperparams import Hyperparams

# Floating point: a third of a number, three times, may miss the number by less than this share.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Grid:
    """Points of progress, which is counted in steps, or with epochs in images seen.

    So trials of different batch size are compared after equal numbers of images. The points are
    every `interval`, and the rungs, each `factor` times the one before. Both go on
    beyond the longest trial of the space, because a baseline may be longer.
    """

    interval: float
    rungs: tuple[float, int] | None
    """The first rung of the pruner's own and the factor to the next; None if it has none."""
    images: int | None
    """The training images; None if progress is counted in steps."""

    def steps(self, point: Hyperparams) -> tuple[int, ...]:
        """The steps at which a trial at `point` is evaluated; the last is its last step."""
        last = point.steps
        found = {self._step(at, point) for at in self.before(self._end(point))}
        return (*sorted(step for step in found if step < last), last)

    def progress(self, point: Hyperparams, step: int) -> int:
        """The progress of a trial at `point`, at the step of one of its evaluations."""
        if self.images is None:
            return step
        end = self._end(point)
        seen = step * point.batch_size
        if seen >= end:
            return round(end)
        reached = [at for at in self.before(end) if at <= seen * (1 + ROUNDING)]
        return round(max(reached, default=0))

    def before(self, end: float) -> list[float]:
        """The points before the progress `end`, rising."""
        count = math.ceil(end / self.interval * (1 - ROUNDING))
        found = {place * self.interval for place in range(1, count)}
        if self.rungs is not None:
            rung, factor = self.rungs
            while rung < end:
                found.add(rung)
                rung *= factor
        return sorted(found)

    def _end(self, point: Hyperparams) -> float:
        if self.images is None:
            return point.steps
        return (point.epochs or 0) * self.images

    def _step(self, at: float, point: Hyperparams) -> int:
        """The first step after which a trial at `point` has come to a progress."""
        each = 1 if self.images is None else point.batch_size
        return math.ceil(at / each * (1 - ROUNDING))
