"""Entries with `each`: as many layers as another parameter says, each with a domain of its own.

`filters: {layers: {low: 1, high: 3}, each: {low: 4, high: 64}}` becomes `filters.layers` and
`filters.1` to `filters.3`. A layer exists under the condition that the number of layers reaches it.
`kernel_size: {each: {choices: [3, 5]}}` has the layers of `filters`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sweep.space import (
    DEPTH,
    Choices,
    Condition,
    Constant,
    Domain,
    FloatRange,
    Hyperparams,
    IntRange,
    Knob,
    Parameter,
    Value,
)


@dataclass(frozen=True)
class Layered:
    """What each layer of a knob can be; `depth` is its own number of layers, if it has one."""

    knob: Knob
    each: Domain
    depth: Domain | None = None


def expanded(layered: Layered, along: Sequence[Parameter]) -> list[Parameter]:
    """The parameters of an entry. `along` are those of the knob whose layers it has; without any,
    that knob has its default. Empty if there is no layer."""
    knob = layered.knob
    if layered.depth is not None:
        name = f"{knob.name}.{DEPTH}"
        depths = Parameter(name, knob.name, 0, layered.depth)
        layers = _layers(knob, layered.each, name, _numbers(layered.depth))
        if isinstance(layered.depth, Constant):
            return layers or [Parameter(knob.name, knob.name, None, Constant(()))]
        return [depths, *layers]
    if isinstance(layered.each, Constant):
        return [Parameter(knob.name, knob.name, None, layered.each)]
    for parameter in along:
        if parameter.is_depth:
            numbers = _numbers(parameter.domain)
            return _layers(knob, layered.each, parameter.name, numbers)
        if parameter.layer is None:
            return _layers(knob, layered.each, parameter.name, _lists(parameter.domain))
    count = len(along)
    if not along:
        count = len(getattr(Hyperparams.model_validate({}), knob.along))
    return _layers(knob, layered.each, "", {count: count})


def _layers(knob: Knob, each: Domain, name: str, depths: dict[Value, int]) -> list[Parameter]:
    """A parameter for each layer that there can be. `depths` are the numbers of layers for the
    values of the parameter `name`."""
    found = []
    for layer in range(1, max(depths.values(), default=0) + 1):
        reaching = tuple(value for value, depth in depths.items() if depth >= layer)
        when: tuple[Condition, ...] = ()
        if len(reaching) < len(depths):
            when = (Condition(name, reaching),)
        found.append(Parameter(f"{knob.name}.{layer}", knob.name, layer, each, when))
    return found


def _numbers(domain: Domain) -> dict[Value, int]:
    """The numbers of layers that a domain has, each by itself."""
    match domain:
        case Constant(value):
            options: Sequence[Value] = (value,)
        case Choices(options):
            pass
        case IntRange(low, high, step):
            options = range(low, high + 1, step)
        case FloatRange():
            options = ()
    return {value: value for value in options if isinstance(value, int)}


def _lists(domain: Domain) -> dict[Value, int]:
    """The lists that a domain has, with their lengths."""
    options: tuple[Value, ...] = ()
    if isinstance(domain, Constant):
        options = (domain.value,)
    if isinstance(domain, Choices):
        options = domain.options
    return {value: len(value) for value in options if isinstance(value, tuple)}
