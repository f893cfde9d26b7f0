"""The networks of a space with the fewest and the most parameters, computed exactly.

Filters, units and batch normalisation only ever add parameters, and never decide what can be built.
Kernels, strides, padding and pooling do. They also decide how much of the image reaches the dense
layers, so a larger kernel may make a smaller network. One pass over the layers keeps the best way
to every image size that can remain. The later layers depend on that size alone. Values that all
layers share, and lists chosen as a whole, are tried one by one. They are skipped if even the best
conceivable rest would not make them the best.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any, TypeAlias

from sweep.space.design import spread
from sweep.space.domains import Choices, Constant, Domain, FloatRange, IntRange, contains
from sweep.space.feasible import SHAPING
from sweep.space.hyperparams import Hyperparams, Value
from sweep.space.shapes import Shape
from sweep.space.space import Condition, Parameter, Space

# The knobs that decide a network's layers.
ARCHITECTURE = (*SHAPING, "dense", "batch_norm")
# Ways through a layer to examine before the search stops, inexact: a few seconds.
MOST_WORK = 5_000_000
# The cost of one combination of conditions, in the same unit.
WORK_OF_CONDITIONS = 100

Whole: TypeAlias = tuple[int, ...]
# The possible values of the parameters that exist, by name.
Allowed: TypeAlias = dict[str, Sequence[Value]]
# One option of a knob that may be a list: a value for all layers, or the values of each layer.
Layers: TypeAlias = int | tuple[Sequence[int], ...]
# The kernels and strides so far, the latest first.
Way: TypeAlias = tuple[Any, ...]
# By remaining height and width: the weights of the convolutions so far, and the way there.
Ways: TypeAlias = dict[tuple[int, int], tuple[int, Way]]


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
    search = _Search(shape, classes, -1 if largest else 1, most_work)
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
        if parameter.knob not in ARCHITECTURE:
            return allowed.get(parameter.name, _values(space, parameter))[0]
        chosen = knobs[parameter.knob]
        if parameter.layer and isinstance(chosen, tuple):
            return chosen[parameter.layer - 1]
        return chosen

    return Extreme(space.point(space.draw(value)), is_exact=search.work_left > 0)


def _existing(space: Space) -> Iterator[Allowed]:
    """Every way in which the conditions that affect a network can hold or fail, with the possible
    values.

    The ways may overlap; together they are the whole space.
    """
    deciding = space.deciding(ARCHITECTURE)

    def extended(allowed: Allowed, left: Sequence[Parameter]) -> Iterator[Allowed]:
        if not left:
            yield allowed
            return
        parameter = left[0]
        further = left[1:]
        existing: Allowed | None = allowed
        for condition in parameter.when:
            if existing is None:
                existing = None
            else:
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
        case IntRange(low, high, step) if parameter.knob in ARCHITECTURE:
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
    for knob in ARCHITECTURE:
        own = [p for p in space.parameters if p.knob == knob]
        if own and own[0].layer is not None:
            found[knob] = (tuple(allowed[p.name] for p in own),)
        else:
            values = allowed.get(knob, (getattr(default, knob),))
            found[knob] = tuple(
                tuple((v,) for v in value) if isinstance(value, tuple) else value
                for value in values
            )
    return found


@dataclass(frozen=True)
class _Head:
    """Hidden dense layers and logits.

    They have `base` parameters, and `slope` more for each of their inputs.
    """

    units: Whole
    slope: int
    base: int


@dataclass(frozen=True)
class _Body:
    """The convolutions, with `channels` at their output.

    They have `base` parameters (biases and batch normalisation) and, for each pixel of a layer's
    kernel, `weights` of that layer.
    """

    filters: Whole
    weights: Whole
    base: int
    channels: int


class _Search:
    """Searches for the fewest parameters (`sign` 1) or the most (-1).

    Everything compared is multiplied by `sign`, so less is always better.
    """

    def __init__(self, shape: Shape, classes: int, sign: int, most_work: int) -> None:
        self._height, self._width, self._channels = shape
        self._classes = classes
        self._sign = sign
        self._least = math.inf
        self.best: tuple[Mapping[str, Value], Allowed] | None = None
        self.work_left = most_work

    def look_at(self, options: Mapping[str, tuple[Any, ...]], allowed: Allowed) -> None:
        """Searches these options for a better network."""
        has_norm = bool(self._end(options["batch_norm"]))
        bodies = [
            self._body(filters, has_norm=has_norm) for filters in self._lists(options["filters"])
        ]
        heads = self._heads(self._lists(options["dense"]))
        for depth in sorted({len(body.filters) for body in bodies}):
            deep = [body for body in bodies if len(body.filters) == depth]
            pools = self._pools(options, depth)
            strides = self._strides(options["strides"], depth)
            for padding in self._paddings(options):
                for kernel in self._kernels(
                    options["kernel_size"], depth, is_valid=padding == "valid" and depth > 0
                ):
                    bounds = [(self._bound(body, kernel, heads), body) for body in deep]
                    for (pool, size), stride in product(pools, strides):
                        bounds = [(bound, body) for bound, body in bounds if bound < self._least]
                        if not bounds or self.work_left <= 0:
                            break
                        shared: dict[str, Value] = {
                            "padding": padding,
                            "pool": pool,
                            "pool_size": size,
                            "batch_norm": has_norm,
                        }
                        for _, body in bounds:
                            for head, way in self._better(body, kernel, stride, shared, heads):
                                layers = {"kernel_size": kernel, "strides": stride}
                                chosen = {
                                    k: v if isinstance(v, int) else way[k]
                                    for k, v in layers.items()
                                }
                                found = {
                                    **shared,
                                    **chosen,
                                    "filters": body.filters,
                                    "dense": head.units,
                                }
                                self.best = found, allowed

    def _bound(self, body: _Body, kernel: Layers, heads: Sequence[_Head]) -> int:
        """A bound for all networks with these filters and kernels: the best image size is
        assumed."""
        kernels = _by_layer(kernel, len(body.filters))
        if self._sign > 0 and body.filters:
            pixels = 1
        else:
            pixels = self._height * self._width
        convolutions = sum(
            self._end(own) ** 2 * weight for own, weight in zip(kernels, body.weights, strict=True)
        )
        return (
            body.base
            + convolutions
            + min(head.slope * body.channels * pixels + head.base for head in heads)
        )

    def _better(
        self,
        body: _Body,
        kernel: Layers,
        stride: Layers,
        shared: Mapping[str, Any],
        heads: Sequence[_Head],
    ) -> Iterator[tuple[_Head, Mapping[str, Whole]]]:
        """Each network with these filters that is better than all before it.

        Yields its dense layers, and the kernels and strides of its layers.
        """
        depth = len(body.filters)
        self.work_left -= 1 + depth
        if shared["pool"] == "none":
            size = 1
        else:
            size = shared["pool_size"]
        kernels = _by_layer(kernel, depth)
        strides = _by_layer(stride, depth)
        ways = self._ways(
            kernels, strides, body.weights, size, is_valid=shared["padding"] == "valid"
        )
        for (height, width), (cost, way) in ways.items():
            for head in heads:
                total = body.base + cost + head.slope * body.channels * height * width + head.base
                if total < self._least:
                    self._least = total
                    yield head, _unwound(way)

    def _ways(
        self,
        kernels: Sequence[Sequence[int]],
        strides: Sequence[Sequence[int]],
        weights: Sequence[int],
        pool_size: int,
        *,
        is_valid: bool,
    ) -> Ways:
        """The best way through the convolutions to every size that can remain."""
        ways: Ways = {(self._height, self._width): (0, ())}
        for own_kernels, own_strides, weight in zip(kernels, strides, weights, strict=True):
            before, ways = ways, {}
            for (height, width), (cost, way) in before.items():
                for kernel in own_kernels:
                    lost = 0
                    if is_valid:
                        lost = kernel - 1
                    if lost < min(height, width):
                        _offer(
                            ways,
                            (height - lost, width - lost),
                            cost + kernel**2 * weight,
                            (way, kernel),
                        )
            self.work_left -= len(before) * len(own_kernels)
            before, ways = ways, {}
            for (height, width), (cost, way) in before.items():
                for stride in own_strides:
                    left = (-(-height // stride) // pool_size, -(-width // stride) // pool_size)
                    if min(left) > 0:
                        _offer(ways, left, cost, (way, stride))
            self.work_left -= len(before) * len(own_strides)
        return ways

    def _end(self, values: Sequence[int]) -> int:
        """The best of `values`, if smaller values mean fewer parameters."""
        if self._sign > 0:
            return min(values)
        return max(values)

    def _lists(self, options: Sequence[tuple[Sequence[int], ...]]) -> list[Whole]:
        """The lists of filters or units that can be the best.

        No list that remains is beaten in every layer by another of its length.
        """
        ends: dict[Whole, None] = {}
        for option in options:
            ends[tuple(self._end(own) for own in option)] = None
        found: list[Whole] = []
        for each in sorted(ends, key=lambda one: self._sign * sum(one)):
            alike = [other for other in found if len(other) == len(each)]
            is_beaten = any(all(map(self._is_no_worse, other, each)) for other in alike)
            if not is_beaten:
                found.append(each)
        return found

    def _is_no_worse(self, one: int, other: int) -> bool:
        return self._sign * one <= self._sign * other

    def _body(self, filters: Whole, *, has_norm: bool) -> _Body:
        widths = (self._channels, *filters)
        weights = tuple(self._sign * before * after for before, after in pairwise(widths))
        return _Body(
            filters, weights, self._sign * sum(filters) * (5 if has_norm else 1), widths[-1]
        )

    def _heads(self, lists: Sequence[Whole]) -> list[_Head]:
        """The lists of dense layers that can be the best."""
        found: list[_Head] = []
        for units in lists:
            widths = (*units, self._classes)
            after_first = sum((before + 1) * after for before, after in pairwise(widths))
            found.append(
                _Head(units, self._sign * widths[0], self._sign * (widths[0] + after_first))
            )
        best: list[_Head] = []
        for head in sorted(found, key=lambda head: (head.slope, head.base)):
            if not best or head.base < best[-1].base:
                best.append(head)
        return best

    def _paddings(self, options: Mapping[str, tuple[Any, ...]]) -> Sequence[str]:
        """The paddings that can be the best.

        With the same kernels, `same` leaves more and forbids nothing.
        """
        found = options["padding"]
        if self._sign < 0 and "same" in found:
            return ["same"]
        return found

    def _pools(self, options: Mapping[str, tuple[Any, ...]], depth: int) -> list[tuple[str, int]]:
        """The kinds and sizes of pooling that can be the best.

        Maximum and average are alike. A larger window leaves less and forbids more.
        """
        kinds = options["pool"]
        sizes = sorted(options["pool_size"])
        if depth == 0:
            return [(kinds[0], sizes[0])]
        none = [(kind, sizes[0]) for kind in kinds if kind == "none"]
        pooling = [kind for kind in kinds if kind != "none"][:1]
        if self._sign < 0:
            return none or [(kind, sizes[0]) for kind in pooling]
        fitting = [size for size in sizes if size**depth <= min(self._height, self._width)]
        return [*((kind, size) for kind in pooling for size in fitting[::-1]), *none]

    def _kernels(self, options: Sequence[Layers], depth: int, *, is_valid: bool) -> list[Layers]:
        """The kernels that can be the best; if the image is padded, they change only the
        weights."""
        shared, by_layer = _of_depth(options, depth)
        if not is_valid:
            if shared:
                best = [self._end(shared)]
            else:
                best = []
            return [*best, *(tuple((self._end(own),) for own in each) for each in by_layer)]
        largest = min(self._height, self._width)
        layers = [tuple(_up_to(own, largest) for own in each) for each in by_layer]
        return [*_up_to(shared, largest), *(each for each in layers if all(each))]

    def _strides(self, options: Sequence[Layers], depth: int) -> list[Layers]:
        """The strides that can be the best.

        A larger stride leaves less. One beyond the image size has the effect of that size.
        """
        shared, by_layer = _of_depth(options, depth)
        found: list[Layers] = []
        if self._sign < 0:
            found += sorted(shared)[:1]
            for each in by_layer:
                found.append(tuple((min(own),) for own in each))
            return found
        largest = max(self._height, self._width)
        found += reversed(_telling(shared, largest))
        for each in by_layer:
            found.append(tuple(_telling(own, largest) for own in each))
        return found


def _by_layer(option: Layers, depth: int) -> tuple[Sequence[int], ...]:
    if isinstance(option, int):
        return ((option,),) * depth
    return option


def _of_depth(
    options: Sequence[Layers], depth: int
) -> tuple[list[int], list[tuple[Sequence[int], ...]]]:
    """The options for `depth` layers: single values for all layers, and lists by layer."""
    shared = [own for own in options if isinstance(own, int)]
    by_layer = [each for each in options if not isinstance(each, int) and len(each) == depth]
    return shared, by_layer


def _up_to(values: Sequence[int], most: int) -> list[int]:
    """The `values` up to `most`, sorted."""
    return sorted(value for value in values if value <= most)


def _telling(values: Sequence[int], most: int) -> list[int]:
    """The `values` below `most`, and the first of the others: the rest have the same effect."""
    return _up_to(values, min((value for value in values if value >= most), default=most))


def _offer(ways: Ways, left: tuple[int, int], cost: int, way: Way) -> None:
    if left not in ways or cost < ways[left][0]:
        ways[left] = cost, way


def _unwound(way: Way) -> Mapping[str, Whole]:
    """The kernels and strides of a way, layer by layer."""
    steps: list[int] = []
    while way:
        way, step = way
        steps.append(step)
    return {"kernel_size": tuple(steps[::-1][0::2]), "strides": tuple(steps[::-1][1::2])}
