"""Decides which points are allowed: networks that can be built, and keep every constraint.

What constraints leave of a space is found by search, among random points.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from sweep.space.constraints import OF_NETWORK, Constraint, is_kept, written
from sweep.space.feasible import impossible
from sweep.space.hyperparams import Hyperparams, Scalar, Value
from sweep.space.shapes import Shape, flops, parameters, plan
from sweep.space.space import DEPTH, by_layer, entry, random_points
from sweep.space.spec import SweepSpec

# Random points that can be built, of which constraints leave a share.
DRAWN = 2_000
# Random points to look at before a space is taken to have none that is allowed.
MOST_DRAWS = 20_000


def is_allowed(spec: SweepSpec, point: Hyperparams, shape: Shape) -> bool:
    """Whether the network at `point` can be built for images of `shape`, and keeps every
    constraint."""
    return impossible(point, shape) is None and not broken(spec, point, shape)


def allow_more(spec: SweepSpec) -> str:
    """What to do about a space with too few points that are allowed."""
    if spec.constraints:
        return "loosen the constraints, or narrow the space to what keeps them"
    return "narrow kernel_size, strides and pool_size, so that more of the space can be built"


def broken(spec: SweepSpec, point: Hyperparams, shape: Shape) -> list[Constraint]:
    """The constraints that a point breaks; its network can be built."""
    if not spec.constraints:
        return []
    measured = _Measured(spec, point, shape)
    return [each for each in spec.constraints if not is_kept(each, measured.value_of)]


class _Measured:
    """What the names of constraints stand for at one point."""

    def __init__(self, spec: SweepSpec, point: Hyperparams, shape: Shape) -> None:
        self._space = spec.space
        self._classes = spec.classes
        self._point = point
        self._shape = shape

    def value_of(self, name: str) -> Scalar | None:
        """The value of a name; None if it has none at this point."""
        if name in OF_NETWORK:
            return self._of_network[name]
        knob, _, layer = name.partition(".")
        if knob in self._absent:
            return None
        if layer == DEPTH or not layer:
            return _scalar(entry(self._point, name))
        values = by_layer(self._point, knob)
        assert isinstance(values, tuple)
        if int(layer) > len(values):
            return None
        return values[int(layer) - 1]

    @cached_property
    def _of_network(self) -> dict[str, int]:
        assert self._classes is not None
        layers = plan(self._point, self._shape, self._classes)
        return {"parameters": parameters(layers), "flops": flops(layers)}

    @cached_property
    def _absent(self) -> set[str]:
        """The knobs whose condition does not hold at the point, and that have no `else`."""
        existing = self._space.draw_from(self._point)
        first = {p.knob: p for p in reversed(self._space.parameters)}
        return {knob for knob, p in first.items() if p.otherwise is None and not p.exists(existing)}


def _scalar(value: Value | None) -> Scalar | None:
    """A value that is no list; a list as a whole cannot be compared."""
    if isinstance(value, tuple):
        return None
    return value


@dataclass(frozen=True)
class Remainder:
    """What constraints leave of so many `drawn` random points that can be built: those that keep
    each constraint, and those that keep `every` one."""

    drawn: int
    each: tuple[int, ...]
    every: int


def remainder(spec: SweepSpec, shape: Shape, most: int = DRAWN) -> Remainder:
    """What the constraints leave of `most` random points; of fewer if few can be built."""
    return _counted(spec, islice(_buildable(spec, shape), most), shape)


def nothing_is_left(spec: SweepSpec, shape: Shape) -> Remainder | None:
    """What the constraints leave if no random point keeps them all; None if one does, or if none
    can be built."""
    seen = []
    for point in _buildable(spec, shape):
        if not broken(spec, point, shape):
            return None
        seen.append(point)
    if not seen:
        return None
    return _counted(spec, seen, shape)


def _buildable(spec: SweepSpec, shape: Shape) -> Iterator[Hyperparams]:
    """Those of many random points that can be built."""
    for point in islice(random_points(spec.space, spec.search.seed), MOST_DRAWS):
        if impossible(point, shape) is None:
            yield point


def _counted(spec: SweepSpec, points: Iterable[Hyperparams], shape: Shape) -> Remainder:
    drawn = every = 0
    each = [0] * len(spec.constraints)
    for point in points:
        drawn += 1
        failed = broken(spec, point, shape)
        every += not failed
        for place, constraint in enumerate(spec.constraints):
            each[place] += constraint not in failed
    return Remainder(drawn, tuple(each), every)


def remainder_in_words(spec: SweepSpec, left: Remainder) -> list[str]:
    """What each constraint leaves of the space, and all together, in words, a line each."""
    lines = []
    for constraint, count in zip(spec.constraints, left.each, strict=True):
        line = f"the constraint {written(constraint)} leaves {_share(count, left)}"
        if count == left.drawn:
            line += "; it has no effect"
        lines.append(line)
    if len(lines) > 1:
        lines.append(f"all constraints leave {_share(left.every, left)}")
    return lines


def _share(count: int, left: Remainder) -> str:
    percent = 100 * count / max(left.drawn, 1)
    return f"{count:,} of {left.drawn:,} random points ({percent:.4g} %)"


def idle_constraints(spec: SweepSpec, shape: Shape) -> list[str]:
    """A line for each constraint that every random point keeps."""
    if not spec.constraints:
        return []
    left = remainder(spec, shape)
    return [
        f"the constraint {written(constraint)} has no effect: all of {left.drawn:,} random points "
        "keep it"
        for constraint, count in zip(spec.constraints, left.each, strict=True)
        if count == left.drawn
    ]
