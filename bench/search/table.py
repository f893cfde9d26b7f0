"""Recorded learning curves: the format of their files, and a problem made of one.

A file is an `.npz` of these arrays, for N points of D dimensions, S seeds, F shares and M metrics:

| array | shape | what |
| --- | --- | --- |
| `names` | D | the names of the hyperparameters |
| `kinds` | D | `linear` or `log` for a range, whole numbers included, or `choice` |
| `low`, `high` | D | the ends of a range; 0 and the last index of a choice |
| `points` | N, D | the hyperparameters in their own units; of a choice its index |
| `fidelities` | F | the recorded shares of a training, rising, the last one 1 |
| `metrics` | M | the names of the metrics; the first is the objective unless another is named |
| `maximize` | M | whether more is better |
| `curves` | N, S, F, M | the metrics after each share; not a number once a training diverged |
| `seconds` | N, S, F | the time of a training to each share |

Between the points an extremely randomized forest answers (Geurts, Ernst and Wehenkel 2006), fitted
to the means over seeds. The truth of a point is the forest's answer at the last share, so luck does
not score. A training adds the deviation of one recorded seed from its mean, of a point nearby, up
to the best value that was recorded at each share. Near are points that share many leaves of the
forest, so luck is large only where it was.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.model_selection import KFold, cross_val_predict

from bench.search.problem import LEVELS, Course, Dimension, Floats, Point, features

TREES = 60
# The nearest recorded points, whose deviations may be drawn.
NEAR = 8
_TUPLES = ("names", "kinds", "metrics", "maximize")
KINDS = ("linear", "log", "choice")


@dataclass(frozen=True)
class Table:
    """The arrays of a file."""

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    low: Floats
    high: Floats
    points: Floats
    fidelities: Floats
    metrics: tuple[str, ...]
    maximize: tuple[bool, ...]
    curves: Floats
    seconds: Floats

    def save(self, path: Path) -> None:
        """Writes the file; curves and seconds with single precision."""
        np.savez_compressed(
            path,
            names=np.array(self.names),
            kinds=np.array(self.kinds),
            low=self.low,
            high=self.high,
            points=self.points,
            fidelities=self.fidelities,
            metrics=np.array(self.metrics),
            maximize=np.array(self.maximize),
            curves=self.curves.astype(np.float32),
            seconds=self.seconds.astype(np.float32),
        )


def load(path: Path) -> Table:
    """Reads a file. Raises `SystemExit` with what is wrong if it is not of the format."""
    with np.load(path, allow_pickle=False) as file:
        missing = [name for name in Table.__dataclass_fields__ if name not in file]
        if missing:
            raise SystemExit(f"{path} lacks {', '.join(missing)}")
        arrays = {name: file[name] for name in Table.__dataclass_fields__}
    texts = {name: tuple(arrays[name].tolist()) for name in _TUPLES}
    numbers = {name: arrays[name].astype(np.float64) for name in arrays if name not in _TUPLES}
    everything: dict[str, Any] = {**texts, **numbers}
    found = Table(**everything)
    for problem in _problems(found):
        raise SystemExit(f"{path}: {problem}")
    return found


def _problems(table: Table) -> list[str]:
    """What is wrong with the arrays."""
    count, dimensions = table.points.shape
    seeds = table.curves.shape[1]
    shares = len(table.fidelities)
    wanted: dict[str, tuple[Any, Any]] = {
        "names": (len(table.names), dimensions),
        "kinds": (len(table.kinds), dimensions),
        "low": (table.low.shape, (dimensions,)),
        "high": (table.high.shape, (dimensions,)),
        "curves": (table.curves.shape, (count, seeds, shares, len(table.metrics))),
        "seconds": (table.seconds.shape, (count, seeds, shares)),
        "maximize": (len(table.maximize), len(table.metrics)),
    }
    found = [f"{name} has the shape {a}, not {b}" for name, (a, b) in wanted.items() if a != b]
    found += [f"there is no kind {kind}" for kind in table.kinds if kind not in KINDS]
    rising = np.all(np.diff(table.fidelities) > 0) and table.fidelities[0] > 0
    if not rising or table.fidelities[-1] != 1:
        found.append("fidelities must rise from above 0 to 1")
    outside = (table.points < table.low - 1e-9) | (table.points > table.high + 1e-9)
    if not found and outside.any():
        found.append("points lie outside low and high")
    return found


class Recorded:
    """A table as a problem. Diverged trainings are as bad as the worst that was recorded."""

    def __init__(self, name: str, table: Table, metric: str | None = None) -> None:
        self.name = name
        self.table = table
        index = table.metrics.index(metric or table.metrics[0])
        sign = 1.0 if table.maximize[index] else -1.0
        curves = sign * table.curves[..., index]
        curves = np.where(np.isfinite(curves), curves, np.nanmin(curves))
        self.dimensions = tuple(
            Dimension(name, int(high) + 1 if kind == "choice" else None)
            for name, kind, high in zip(table.names, table.kinds, table.high, strict=True)
        )
        self._means = curves.mean(axis=1)
        self._deviations = curves - self._means[:, None]
        self._best = curves.max(axis=(0, 1))
        times = np.log(np.nanmean(table.seconds[:, :, -1]))
        # Of a point whose trainings all diverged no time is known: it is taken to be usual.
        known = np.where(np.isnan(table.seconds[:, :, -1]), np.inf, table.seconds[:, :, -1])
        fastest = known.min(axis=1)
        self._times = np.where(np.isfinite(fastest), np.log(fastest), times)
        self._times -= np.log(np.exp(self._times).mean())
        self._inputs = features(self.dimensions, [self.place(point) for point in table.points])
        self._forest = _forest().fit(self._inputs, self._targets)
        self._leaves = self._forest.apply(self._inputs)
        self._answers: dict[Point, Floats] = {}

    @property
    def _targets(self) -> Floats:
        return np.concatenate([self._means, self._times[:, None]], axis=1)

    def place(self, point: Floats) -> Point:
        """A point in its own units as levels."""
        found = []
        columns = zip(
            point, self.dimensions, self.table.kinds, self.table.low, self.table.high, strict=True
        )
        for value, dimension, kind, low, high in columns:
            if dimension.choices is not None:
                found.append(int(value))
                continue
            if kind == "log":
                value, low, high = np.log(value), np.log(low), np.log(high)
            found.append(round((value - low) / (high - low) * (LEVELS - 1)))
        return tuple(found)

    def existing(self, point: Point) -> int:
        return len(point)

    def truth(self, point: Point) -> float:
        return float(self._answer(point)[-2])

    def course(self, point: Point, random: np.random.Generator) -> Course:
        answer = self._answer(point)
        recorded = self._deviations[random.choice(self._near(point)), random.integers(self.seeds)]
        # No training shows more than any that was recorded.
        values = np.minimum(answer[:-1] + recorded, self._best)
        return Course(self.table.fidelities, values, float(np.exp(answer[-1])))

    @property
    def seeds(self) -> int:
        return int(self._deviations.shape[1])

    def _near(self, point: Point) -> Any:
        """The indices of the recorded points that share the most leaves with a point."""
        row = features(self.dimensions, [point])
        leaves = np.array([tree.tree_.apply(row)[0] for tree in self._forest.estimators_])
        return np.argsort(-(self._leaves == leaves).sum(axis=1), kind="stable")[:NEAR]

    def _answer(self, point: Point) -> Floats:
        if point not in self._answers:
            row = features(self.dimensions, [point])
            # The trees themselves: the forest's own call takes ten times as long for one point.
            trees = [tree.tree_.predict(row) for tree in self._forest.estimators_]
            self._answers[point] = np.mean(trees, axis=0).reshape(-1)
        return self._answers[point]

    @cached_property
    def fit_errors(self) -> dict[str, float]:
        """How well points that were left out are answered, in ten parts: at the last share the
        share of the variance that is explained and the rank correlation; and the rank correlation
        of each share with the end, as recorded."""
        parts = KFold(10, shuffle=True, random_state=0)
        guessed = cross_val_predict(_forest(), self._inputs, self._targets, cv=parts)
        end = self._means[:, -1]
        residual = float(np.mean((guessed[:, -2] - end) ** 2) / np.var(end))
        found = {"explained": 1 - residual, "rank": _rank_correlation(guessed[:, -2], end)}
        for place, share in enumerate(self.table.fidelities[:-1]):
            found[f"rank at {share:g}"] = _rank_correlation(self._means[:, place], end)
        return found


def _forest() -> Any:
    return ExtraTreesRegressor(TREES, random_state=0)


def _rank_correlation(one: Floats, other: Floats) -> float:
    """Spearman's rank correlation."""
    first, second = (np.argsort(np.argsort(values)).astype(float) for values in (one, other))
    return float(np.corrcoef(first, second)[0, 1])
