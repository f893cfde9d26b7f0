"""The cost of any network of a space on this machine, estimated from the few that were timed.

The time of a step is a sum of four parts: FLOPs, a fixed start, the elements that leave the layers,
and the weights. Each has a price of at least zero. The time of an evaluation is a similar sum. A
fit of logarithms would misjudge large networks, because the start dominates small ones.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sweep.preview.timing import Timed, Took
from sweep.space import Hyperparams, flops, parameters, plan
from sweep.trial import DataSummary

# The shortest time that can be measured, in seconds.
SHORTEST = 1e-6
# The relative error of prices from a single network, and the smallest error that is assumed.
UNKNOWN_ERROR, LEAST_ERROR = 0.3, 0.03
# Hyperparameters that do not change the time of a step. Weight decay counts as on or off alone.
FREE = (
    *("dropout", "conv_dropout", "learning_rate", "momentum", "schedule", "decay", "warmup"),
    *("steps", "epochs", "shift", "rotate", "zoom"),
)
SOME_DECAY = 0.1
_PLAIN = Hyperparams.model_validate({})

Row: TypeAlias = tuple[float, ...]


@dataclass(frozen=True)
class Prices:
    """Seconds per unit of each part of the work, and the relative error for an untimed network."""

    values: Row
    error: float

    def of(self, work: Row) -> float:
        """Seconds for this amount of work."""
        return math.fsum(price * amount for price, amount in zip(self.values, work, strict=True))


@dataclass(frozen=True)
class Costs:
    """Prices of a step and an evaluation for each precision, the fixed seconds of a trial, and the
    timed networks.

    `timed` is keyed by the hyperparameters that affect the time (`deciding`).
    """

    steps: Mapping[str, Prices]
    evaluations: Mapping[str, Prices]
    once: float
    timed: Mapping[Hyperparams, Took]

    @classmethod
    def of_timed(cls, timed: Sequence[Timed], data: DataSummary) -> "Costs":
        """The costs from at least one timed network."""
        steps: dict[str, Prices] = {}
        evaluations: dict[str, Prices] = {}
        took: dict[Hyperparams, Took] = {}
        by_precision: dict[str, list[Timed]] = {}
        for one in timed:
            point = one.candidate.point
            took[deciding(point)] = one.took
            by_precision.setdefault(point.precision, []).append(one)
        for precision, own in by_precision.items():
            works = [work(one.candidate.point, data) for one in own]
            step_works = [step for step, _ in works]
            evaluation_works = [evaluation for _, evaluation in works]
            steps[precision] = fit(step_works, [one.took.step for one in own])
            evaluations[precision] = fit(evaluation_works, [one.took.evaluation for one in own])
        once = sum(one.took.once for one in timed) / len(timed)
        return cls(steps, evaluations, once, took)

    def of(self, point: Hyperparams, data: DataSummary) -> tuple[Took, float]:
        """The cost of the network at `point`, and its relative error."""
        known = self.timed.get(deciding(point))
        if known is not None:
            return known, LEAST_ERROR
        step, evaluation = work(point, data)
        # If no network of this precision could be timed, use the prices of the other.
        own: str = point.precision
        if own not in self.steps:
            own = next(iter(self.steps))
        took = Took(self.steps[own].of(step), self.evaluations[own].of(evaluation), self.once)
        return took, self.steps[own].error


def deciding(point: Hyperparams) -> Hyperparams:
    """The part of a point that affects the time of its network."""
    changes = {name: getattr(_PLAIN, name) for name in FREE}
    moves = point.shift or point.rotate or point.zoom
    if moves:
        # One map of the pixels does all of these.
        changes["rotate"] = 1.0
        changes["flip"] = "none"
    for name in ("weight_decay", "l2", "brightness"):
        changes[name] = SOME_DECAY if getattr(point, name) else 0.0
    return point.model_copy(update=changes)


def work(point: Hyperparams, data: DataSummary) -> tuple[Row, Row]:
    """The work of a step and of an evaluation: FLOPs, one overhead, elements that layers return.

    A step also has the number of parameters that change.
    """
    layers = plan(point, data.shape, len(data.classes))
    arithmetic = flops(layers)
    elements = sum(math.prod(layer.output_shape) for layer in layers)
    changed = float(parameters(layers))
    size = point.batch_size
    images = data.validation
    step = (float(arithmetic * size), 1.0, float(elements * size), changed)
    evaluation = (float(arithmetic * images), 1.0, float(elements * images))
    return step, evaluation


def fit(rows: Sequence[Row], seconds: Sequence[float]) -> Prices:
    """Prices by least squares of the relative error.

    FLOPs always have a price. The other parts are the set with the lowest leave-one-out error among
    those whose prices are all positive.
    """
    relative = np.array(rows) / np.maximum(seconds, SHORTEST)[:, None]
    others = range(1, relative.shape[1])
    best = _prices(relative, [0], UNKNOWN_ERROR)
    least = math.inf
    for count in range(len(others) + 1):
        if count + 1 >= len(rows):
            break
        for chosen in combinations(others, count):
            parts = [0, *chosen]
            values, error = _least_squares(relative[:, parts])
            if error < least and (values > 0).all():
                best = _prices(relative, parts, max(error, LEAST_ERROR))
                least = error
    return best


def _prices(relative: NDArray[np.float64], parts: Sequence[int], error: float) -> Prices:
    """Prices of these parts of the work; the others cost nothing. Least squares of a relative error
    are biased towards fast networks, so the prices are scaled to be right in the geometric mean."""
    own = relative[:, parts]
    values, _ = _least_squares(own)
    logarithms = np.log(own @ values)
    values *= np.exp(-logarithms.mean())
    found = [0.0] * relative.shape[1]
    for part, value in zip(parts, values.tolist(), strict=True):
        found[part] = value
    return Prices(tuple(found), error)


def _least_squares(parts: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """The prices that bring every row as near to one as possible, and the leave-one-out error.

    The error is the root mean square of a row's residual with prices from the other rows.
    """
    scale = np.linalg.norm(parts, axis=0)
    inverse: NDArray[np.float64] = np.linalg.pinv(parts / scale) / scale[:, None]
    values: NDArray[np.float64] = inverse.sum(axis=1)
    leverage = np.einsum("ij,ji->i", parts, inverse)
    residual = 1 - parts @ values
    missed = residual / np.maximum(1 - leverage, 1e-6)
    error = np.sqrt(np.mean(missed**2))
    return values, float(error)
