"""The parameters of a search space, their conditions, and the points in it."""

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from random import Random

from sweep.space.domains import Constant, Domain, at, contains, first, is_same
from sweep.space.hyperparams import (
    EARLIER_DEFAULTS,
    KNOBS,
    NEWEST_DEFAULTS,
    Hyperparams,
    Scalar,
    Value,
    idle,
    pools_nothing,
)

# A deeper network is taken for a mistake.
MOST_LAYERS = 32
# What follows the knob in the name of its number of layers.
DEPTH = "layers"


@dataclass(frozen=True)
class Condition:
    """`name` has one of `values`."""

    name: str
    values: tuple[Value, ...]

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Whether the condition holds for `values`, those that exist; it fails if `name` is
        missing."""
        return self.name in values and any(
            is_same(values[self.name], value) for value in self.values
        )


@dataclass(frozen=True)
class Parameter:
    """One column of the space: `kernel_size`, `filters.1` (the entry of the first layer), or
    `filters.layers` (the number of layers, whose `layer` is 0). Where its conditions do not hold,
    the knob has the value `otherwise`, or its default.
    """

    name: str
    knob: str
    layer: int | None
    domain: Domain
    when: tuple[Condition, ...] = ()
    otherwise: Value | None = None

    @property
    def is_depth(self) -> bool:
        """Whether it is the number of layers of a knob."""
        return self.layer == 0

    @property
    def constant(self) -> Value | None:
        """Its value, if it has only one."""
        if isinstance(self.domain, Constant):
            return self.domain.value
        return None

    def exists(self, values: Mapping[str, Value]) -> bool:
        """Whether its conditions hold for `values`, those that exist."""
        return all(condition.holds(values) for condition in self.when)


@dataclass(frozen=True)
class Space:
    """The parameters of the space, in the order of the file.

    `images` is the number of training images, from which the steps of an epoch follow; None while
    it is unknown. `edition` selects the defaults of everything that the file does not name
    (`hyperparams.EARLIER_DEFAULTS`).
    """

    parameters: tuple[Parameter, ...]
    edition: int = NEWEST_DEFAULTS
    images: int | None = None

    @property
    def knobs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(p.knob for p in self.parameters))

    @cached_property
    def by_dependence(self) -> tuple[Parameter, ...]:
        """Every parameter, after those that its conditions name. Raises `ValueError` for a
        circle."""
        found: dict[str, Parameter] = {}
        left = list(self.parameters)
        while left:
            ready = [p for p in left if all(c.name in found for c in p.when)]
            if not ready:
                raise ValueError(", ".join(p.name for p in left))
            found.update((p.name, p) for p in ready)
            left = [p for p in left if p.name not in found]
        return tuple(found.values())

    def deciding(self, knobs: Collection[str]) -> set[str]:
        """The names of the parameters of `knobs`, and of those that decide whether these exist."""
        known = {p.name: p for p in self.parameters}
        found = {p.name for p in self.parameters if p.knob in knobs}
        waiting = [*found]
        while waiting:
            parents = {c.name for c in known[waiting.pop()].when} - found
            found |= parents
            waiting += parents
        return found

    def draw(self, suggest: Callable[[Parameter], Value]) -> dict[str, Value]:
        """One value for every parameter that exists: its constant, or a suggested value."""
        values: dict[str, Value] = {}
        for parameter in self.by_dependence:
            if parameter.exists(values):
                constant = parameter.constant
                values[parameter.name] = suggest(parameter) if constant is None else constant
        return values

    def draw_from(self, point: Hyperparams) -> dict[str, Value]:
        """The values of `point`, by parameter, for all parameters that exist there.

        A point outside the space keeps its own values. Layers that it lacks are left out.
        """
        values: dict[str, Value] = {}
        for parameter in self.by_dependence:
            value = entry(point, parameter.name)
            if value is not None and parameter.exists(values):
                values[parameter.name] = value
        return values

    def point(self, values: Mapping[str, Value]) -> Hyperparams:
        """The hyperparameters for the values of `draw`; everything else has its default."""
        named: dict[str, Value] = {}
        for parameter in self.parameters:
            if parameter.name not in values:
                if parameter.otherwise is not None:
                    named[parameter.knob] = parameter.otherwise
                continue
            value = values[parameter.name]
            if parameter.layer is None:
                named[parameter.knob] = value
            elif parameter.is_depth:
                named.setdefault(parameter.knob, ())
            else:
                before = named.get(parameter.knob, ())
                assert isinstance(before, tuple)
                named[parameter.knob] = (*before, _of_one_layer(value))
        return self._complete(named)

    def _complete(self, named: Mapping[str, Value]) -> Hyperparams:
        """The point with these values by knob, and defaults for all others."""
        if self.edition < NEWEST_DEFAULTS:
            earlier = EARLIER_DEFAULTS[self.edition]
        else:
            earlier = {}
        point = Hyperparams.model_validate({**earlier, **named})
        if point.epochs is None:
            return point
        steps = math.ceil(point.epochs * (self.images or 1) / point.batch_size)
        return point.model_copy(update={"steps": steps})

    def settled(self, named: Mapping[str, Value]) -> Hyperparams:
        """The point for `named`, values by knob.

        Other knobs get the constants of the space, or the default if they do not exist there.
        """
        found = dict(named)
        existing = dict[str, Value]()
        for knob in dict.fromkeys(p.knob for p in self.by_dependence):
            own = [p for p in self.parameters if p.knob == knob]
            if not own[0].exists(existing):
                found.pop(knob, None)
                if own[0].otherwise is not None:
                    found[knob] = own[0].otherwise
                continue
            constants = [p.constant for p in own if p.constant is not None]
            if knob not in found and len(constants) == len(own):
                if own[0].layer is None:
                    found[knob] = constants[0]
                else:
                    found[knob] = tuple(map(_of_one_layer, constants))
            point = self._complete(found)
            for p in own:
                value = entry(point, p.name)
                if value is not None and p.exists(existing):
                    existing[p.name] = value
        return self._complete(found)

    def values(self, point: Hyperparams) -> dict[str, Value] | None:
        """The values that `draw` would return for `point`; None if the space does not contain it.

        Values outside the space are left out if they have no effect.
        """
        values = self.draw_from(point)
        layers = [p for p in self.parameters if p.layer is not None and p.exists(values)]
        if any(p.name not in values for p in layers):
            return None
        outside = [
            p
            for p in self.parameters
            if p.name in values and not contains(p.domain, values[p.name])
        ]
        idle_here = self.idle(point)
        if any(p.knob not in idle_here or p.layer is not None for p in outside):
            return None
        for parameter in outside:
            del values[parameter.name]
        same = self._meaning(self.point(values), values) == self._meaning(point, values)
        if same:
            return values
        return None

    @cached_property
    def parents(self) -> frozenset[str]:
        """The knobs that conditions name."""
        known = {p.name: p.knob for p in self.parameters}
        return frozenset(known[c.name] for p in self.parameters for c in p.when)

    def idle(self, point: Hyperparams) -> Mapping[str, str]:
        """The knobs that have no effect at `point`, each with the reason. A knob that a condition
        names is never among them: it decides what else exists."""
        found = dict(idle(point))
        if not point.filters and "dense_activation" in self.knobs:
            # It has no default that follows this one.
            found.setdefault("activation", "there is no convolution")
        return {knob: reason for knob, reason in found.items() if knob not in self.parents}

    def meaning(self, point: Hyperparams) -> tuple[Value, ...]:
        """Equal for points with the same meaning.

        One value for all layers equals that value for each. Knobs that do not exist or have no
        effect are ignored, and so are the last digits of a number.
        """
        return self._meaning(point, self.draw_from(point))

    def _meaning(self, point: Hyperparams, existing: Mapping[str, Value]) -> tuple[Value, ...]:
        ignored = {p.knob for p in self.parameters if p.name not in existing and p.layer is None}
        ignored |= self.idle(point).keys()
        if pools_nothing(point):
            ignored |= {"pool", "pool_size"} - self.parents
        return tuple("" if knob in ignored else _rounded(by_layer(point, knob)) for knob in KNOBS)

    def replaced(self, baseline: "Baseline", parameter: Parameter, value: Value) -> Hyperparams:
        """The point of `baseline` with another value of one parameter.

        Knobs that the baseline names stay. The others follow from the space and the new value: a
        constant that exists only then, or a default of the new optimizer.
        """
        point = baseline.point
        named: dict[str, Value] = {knob: getattr(point, knob) for knob in baseline.knobs}
        if parameter.is_depth:
            assert isinstance(value, int)
            return self.settled({**named, **self._deepened(point, parameter.knob, value)})
        if parameter.layer is not None:
            layers = by_layer(point, parameter.knob)
            assert isinstance(layers, tuple)
            layer = _of_one_layer(value)
            value = (*layers[: parameter.layer - 1], layer, *layers[parameter.layer :])
        return self.settled({**named, parameter.knob: value})

    def _deepened(self, point: Hyperparams, along: str, depth: int) -> dict[str, Value]:
        """The lists of `point` for another number of layers: cut off, or with their last value
        repeated. A list without any layer begins with the first value of the space."""
        found: dict[str, Value] = {}
        for knob in KNOBS.values():
            layers = getattr(point, knob.name)
            if knob.along != along or not isinstance(layers, tuple):
                continue
            if not layers:
                own = [p for p in self.parameters if p.knob == knob.name and p.layer == 1]
                layers = tuple(_of_one_layer(first(p.domain)) for p in own)
            found[knob.name] = (*layers, *layers[-1:] * (depth - len(layers)))[:depth]
        return found


def random_points(space: Space, seed: int) -> Iterator[Hyperparams]:
    """Points of the space without end, drawn as in random search; some may be impossible to
    build."""
    random = Random(seed)  # noqa: S311 (nothing here is secret)

    def drawn(parameter: Parameter) -> Value:
        return at(parameter.domain, random.random())

    while True:
        yield space.point(space.draw(drawn))


def _of_one_layer(value: Value) -> Scalar:
    """The value of one layer, which is no list."""
    assert not isinstance(value, tuple)
    return value


def entry(point: Hyperparams, name: str) -> Value | None:
    """The value of one column at `point`; None for a layer that the network lacks."""
    knob, _, layer = name.partition(".")
    value: Value = getattr(point, knob)
    if layer == DEPTH:
        return len(getattr(point, knob))
    if not layer or not isinstance(value, tuple):
        return value
    if int(layer) <= len(value):
        return value[int(layer) - 1]
    return None


def _rounded(value: Value) -> Value:
    """A value without the digits that come from floating-point arithmetic: 0.1 * 3 is 0.3."""
    if isinstance(value, tuple):
        return tuple(float(f"{v:.12g}") if isinstance(v, float) else v for v in value)
    if isinstance(value, float):
        return float(f"{value:.12g}")
    return value


def by_layer(point: Hyperparams, knob: str) -> Value:
    """The value of a knob; of one that takes a list, one for each layer."""
    value: Value = getattr(point, knob)
    if not KNOBS[knob].takes_list or isinstance(value, tuple):
        return value
    depth = len(getattr(point, KNOBS[knob].along))
    # Without a hidden dense layer its dropout follows the flattening.
    return (value,) * max(depth, 1)


@dataclass(frozen=True)
class Baseline:
    """A named configuration that runs first; `knobs` are those that it or the space names."""

    name: str
    point: Hyperparams
    knobs: frozenset[str]
