"""The networks of a space with the fewest and the most parameters, computed exactly.

Filters, units and batch normalisation only ever add parameters, and none of them decides what can
be built. Kernels, strides, padding, pooling and the number of convolutions do. They also decide how
much of the image reaches the dense layers, so a larger kernel may make a smaller network. A pass
over the blocks keeps the best way to every size of the image that can be left, because what follows
depends on that size alone. Values that all blocks share, and lists that are chosen as a whole, are
tried one after the other, unless not even the best thinkable rest would make them the best.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sweep.space.blocks import FITTING_BLOCKS, MOST_WORK, OF_BLOCKS, Allowed, Passes
from sweep.space.design import spread
from sweep.space.domains import Choices, Constant, Domain, FloatRange, IntRange, contains
from sweep.space.hyperparams import Hyperparams, Value
from sweep.space.shapes import Shape
from sweep.space.space import Condition, Parameter, Space

# What decides over a network's parameters.
ARCHITECTURE = ("filters", *OF_BLOCKS, "batch_norm", "global_pool", "dense", "dense_norm")
_FITTING = (*FITTING_BLOCKS, "dropout")
# The cost of one combination of conditions, in the same unit.
WORK_OF_CONDITIONS = 100


@dataclass(frozen=True)
class Extreme:
    """The point with the fewest or the most parameters; the best one seen if not `is_exact`."""

    point: Hyperparams
    is_exact: bool


def extreme(
    space: Space, shape: Shape, classes: int, *, largest: bool, most_work: int = MOST_WORK
) -> Extreme | None:
    """The point of `space` whose network has the fewest parameters, or the most.

    The network can be built for images of `shape` (height, width, channels) and `classes`. Among
    equal points the choice is fixed. None if no point was found.
    """
    search = Passes(shape, classes, -1 if largest else 1, most_work)
    seen = set()
    for allowed in _existing(space):
        search.work_left -= WORK_OF_CONDITIONS
        if search.work_left <= 0:
            break
        options = _options(space, allowed)
        if (identity := tuple(options.items())) not in seen:
            seen.add(identity)
            search.look_at(options, allowed)
    if search.best is None:
        return None
    knobs, allowed = search.best

    def value(parameter: Parameter) -> Value:
        if parameter.knob not in knobs:
            return allowed.get(parameter.name, _values(space, parameter))[0]
        chosen: Value = knobs[parameter.knob]
        if isinstance(chosen, tuple) and parameter.is_depth:
            return len(chosen)
        if isinstance(chosen, tuple) and parameter.layer:
            return chosen[parameter.layer - 1]
        return chosen

    return Extreme(space.point(space.draw(value)), is_exact=search.work_left > 0)


def _existing(space: Space) -> Iterator[Allowed]:
    """Every way in which the conditions of what shapes a network can hold or not, with the values
    that are possible then. The ways may overlap; together they are the whole space."""
    deciding = space.deciding((*ARCHITECTURE, *_lists_of(space)))

    def extended(allowed: Allowed, left: Sequence[Parameter]) -> Iterator[Allowed]:
        if not left:
            yield allowed
            return
        parameter = left[0]
        further = left[1:]
        existing: Allowed | None = allowed
        for condition in parameter.when:
            if existing is not None:
                existing = _narrowed(existing, condition, holds=True)
        if existing is not None:
            yield from extended({**existing, parameter.name: _values(space, parameter)}, further)
        if any(condition.name not in allowed for condition in parameter.when):
            yield from extended(allowed, further)
            return
        for condition in parameter.when:
            missing = _narrowed(allowed, condition, holds=False)
            if missing is not None:
                yield from extended(missing, further)

    yield from extended({}, [p for p in space.by_dependence if p.name in deciding])


def _lists_of(space: Space) -> list[str]:
    """The knobs whose lists must fit the network, where the space has lists of them."""
    found = []
    for parameter in space.parameters:
        options: tuple[Value, ...] = ()
        if isinstance(parameter.domain, Choices):
            options = parameter.domain.options
        if isinstance(parameter.domain, Constant):
            options = (parameter.domain.value,)
        is_list = parameter.layer is not None or any(isinstance(own, tuple) for own in options)
        if parameter.knob in _FITTING and is_list:
            found.append(parameter.knob)
    return found


def _narrowed(allowed: Allowed, condition: Condition, *, holds: bool) -> Allowed | None:
    """`allowed` with the values for which a condition holds, or fails; None if there are none."""
    values = allowed.get(condition.name, ())
    left = tuple(value for value in values if condition.holds({condition.name: value}) is holds)
    if left:
        return {**allowed, condition.name: left}
    return None


def _values(space: Space, parameter: Parameter) -> Sequence[Value]:
    """The values of a parameter.

    A range that shapes no layer is represented by the values that conditions name, and at least one
    other, if there is one.
    """
    match parameter.domain:
        case Constant(value):
            return (value,)
        case Choices(options):
            return options
        case IntRange(low, high, step) if parameter.knob in ARCHITECTURE or parameter.is_depth:
            return range(low, high + 1, step)
        case IntRange() | FloatRange() as domain:
            conditions = [c for p in space.parameters for c in p.when if c.name == parameter.name]
            named = [value for c in conditions for value in c.values if contains(domain, value)]
            # In steps, because values spread in the logarithm can coincide.
            even: Domain = domain
            if isinstance(domain, IntRange):
                even = IntRange(domain.low, domain.high, domain.step)
            return tuple(dict.fromkeys([*spread(even, len(named) + 2), *named]))


def _options(space: Space, allowed: Allowed) -> dict[str, tuple[Any, ...]]:
    """The options of every knob that shapes a network, or its default if it does not exist.

    A knob that may be a list has options of the form `Layers`.
    """
    default = space.point({})
    found: dict[str, tuple[Any, ...]] = {}
    for knob in (*ARCHITECTURE, *_FITTING):
        own = [p for p in space.parameters if p.knob == knob and p.name in allowed]
        layers = [p for p in own if p.layer]
        if layers or any(p.is_depth for p in own):
            found[knob] = (tuple(allowed[p.name] for p in layers),)
        else:
            absent = [p.otherwise for p in space.parameters if p.name == knob]
            value = getattr(default, knob)
            if absent and absent[0] is not None:
                value = absent[0]
            values = allowed.get(knob, (value,))
            found[knob] = tuple(map(_one_for_all, values))
    return found


def _one_for_all(value: Value) -> Any:
    """A constant list as `Layers`: each layer has the one value."""
    if isinstance(value, tuple):
        return tuple((own,) for own in value)
    return value
