"""Decides whether a space contains any network that can be built.

Larger kernels, strides and pools, `valid` padding, pooling and more layers only ever shrink the
image. So the friendliest value represents a whole range. Only choices of lists, and conditions, are
tried one by one.
"""

from collections.abc import Iterator
from itertools import product

from sweep.space.domains import Choices, Constant, Domain, FloatRange, IntRange, contains
from sweep.space.hyperparams import KNOBS, Hyperparams, Value
from sweep.space.shapes import Impossible, Shape, plan
from sweep.space.space import Parameter, Space

# What decides whether a network can be built: sizes, and lists of as many entries as layers.
DECIDING = tuple(name for name, knob in KNOBS.items() if knob.takes_list)
_FRIENDLIER = ("same", "none", "max", "average", "valid")


def impossible(point: Hyperparams, shape: Shape, classes: int = 1) -> Impossible | None:
    """Why the network at `point` cannot be built; None if it can."""
    try:
        plan(point, shape, classes)
    except Impossible as reason:
        return reason
    return None


def nothing_can_be_built(space: Space, shape: Shape) -> Impossible | None:
    """Why no point of `space` can be built for images of `shape`; None if one can."""
    reason: Impossible | None = None
    for point in _friendliest_points(space):
        found = impossible(point, shape)
        if found is None:
            return None
        reason = reason or found
    return reason


def _friendliest_points(space: Space) -> Iterator[Hyperparams]:
    deciding = space.deciding(DECIDING)
    candidates = [
        _candidates(space, p) if p.name in deciding else (_simplest(p.domain),)
        for p in space.parameters
    ]
    names = [p.name for p in space.parameters]
    for values in product(*candidates):
        chosen = dict(zip(names, values, strict=True))
        yield space.point(space.draw(lambda parameter, chosen=chosen: chosen[parameter.name]))  # type: ignore[misc]


def _candidates(space: Space, parameter: Parameter) -> tuple[Value, ...]:
    """The values of `parameter` that can decide whether a network can be built."""
    domain = parameter.domain
    named = {
        v for p in space.parameters for c in p.when if c.name == parameter.name for v in c.values
    }
    if isinstance(domain, Choices) and (named or any(isinstance(v, tuple) for v in domain.options)):
        return domain.options
    if named:
        others = {*named, *_beside(domain)}
    else:
        others = set()
    simplest = _simplest(domain)
    return (simplest, *(v for v in others if contains(domain, v) and v != simplest))


def _beside(domain: Domain) -> tuple[Value, ...]:
    """Values of a range for which a condition that names single values may fail."""
    match domain:
        case IntRange(low, high, step):
            return (low + step, high)
        case FloatRange(low, high):
            return ((low + high) / 2, high)
        case _:
            return ()


def _simplest(domain: Domain) -> Value:
    """The value of `domain` that keeps most of the image."""
    match domain:
        case Constant(value):
            return value
        case IntRange(low) | FloatRange(low):
            return low
        case Choices(options):
            return min(options, key=_loss)


def _loss(value: Value) -> tuple[int, float]:
    if isinstance(value, tuple):
        losses = [_loss(own) for own in value]
        return (sum(kind for kind, _ in losses), sum(size for _, size in losses))
    if isinstance(value, str):
        return (_FRIENDLIER.index(value) if value in _FRIENDLIER else 0, 0.0)
    return (0, float(value))
