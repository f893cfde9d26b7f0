"""The networks of a space with the fewest and the most parameters, computed exactly.

Filters, units and batch normalisation only ever add parameters, and none of them decides what can
be built. Kernels, strides, padding, pooling and the number of convolutions do. They also decide how
much of the image reaches the dense layers, so a larger kernel may make a smaller network. A pass
over the blocks keeps the best way to every size of the image that can be left, because what follows
depends on that size alone. Values that all blocks share, and lists that are chosen as a whole, are
tried one after the other, unless not even the best thinkable rest would make them the best.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any, TypeAlias

from sweep.space.design import spread
from sweep.space.domains import Choices, Constant, Domain, FloatRange, IntRange, contains
from sweep.space.hyperparams import Hyperparams, Scalar, Value
from sweep.space.shapes import Shape
from sweep.space.space import Condition, Parameter, Space

# What a block of convolutions can differ in from the next.
_OF_BLOCKS = ("convolutions", "kernel_size", "strides", "padding", "pool", "pool_size")
# What decides over a network's parameters.
ARCHITECTURE = ("filters", *_OF_BLOCKS, "batch_norm", "global_pool", "dense", "dense_norm")
# What changes no number of parameters, but must have as many entries as there are layers.
_FITTING_BLOCKS = ("activation", "conv_dropout")
_FITTING = (*_FITTING_BLOCKS, "dropout")
# Ways through a layer that are looked at before the answer is called inexact: a few seconds.
MOST_WORK = 5_000_000
# The cost of one combination of conditions, in the same unit.
WORK_OF_CONDITIONS = 100

Whole: TypeAlias = tuple[int, ...]
# The possible values of the parameters that exist, by name.
Allowed: TypeAlias = dict[str, Sequence[Value]]
# One option of a knob that may be a list: one value for all layers, or the values that each layer
# can have.
Layers: TypeAlias = Scalar | tuple[Sequence[Any], ...]
# What was chosen in the blocks so far, the last one first.
Way: TypeAlias = tuple[Any, ...]
# By the height and width that are left: the parameters of the convolutions so far, and how they
# came about.
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


@dataclass(frozen=True)
class _Head:
    """Hidden dense layers and logits.

    They have `base` parameters, and `slope` more for each of their inputs.
    """

    units: Whole
    slope: int
    base: int


@dataclass(frozen=True)
class _Block:
    """The filters of a block and those before it, and the values that its other knobs can have."""

    before: int
    filters: int
    convolutions: Sequence[int]
    kernels: Sequence[int]
    strides: Sequence[int]
    paddings: Sequence[str]
    pools: Sequence[str]
    sizes: Sequence[int]


class _Search:
    """Searches for the fewest parameters (`sign` 1) or the most (-1).

    Everything compared is multiplied by `sign`, so less is always better.
    """

    def __init__(self, shape: Shape, classes: int, sign: int, most_work: int) -> None:
        self._height, self._width, self._channels = shape
        self._classes = classes
        self._sign = sign
        self._least = math.inf
        # A bias for each filter, and with batch normalisation four more numbers.
        self._per_filter = 1
        self.best: tuple[Mapping[str, Any], Allowed] | None = None
        self.work_left = most_work

    def look_at(self, options: Mapping[str, tuple[Any, ...]], allowed: Allowed) -> None:
        """Searches these options for a better network."""
        has_norm = bool(self._end(options["batch_norm"]))
        dense_norm = bool(self._end(options["dense_norm"]))
        self._per_filter = 1 + 4 * has_norm
        filters = self._lists(options["filters"])
        heads = self._heads(self._lists(options["dense"]), options["dropout"], dense_norm)
        if not heads:
            return
        fixed: dict[str, Any] = {"batch_norm": has_norm, "dense_norm": dense_norm}
        for depth in sorted({len(each) for each in filters}):
            fitting = {knob: _fitting(options[knob], depth) for knob in _FITTING_BLOCKS}
            if None in fitting.values():
                continue
            deep = [each for each in filters if len(each) == depth]
            for shared in self._alternatives(options, depth):
                for each in deep:
                    blocks = self._blocks(each, shared)
                    if self._bound(blocks, heads, options["global_pool"]) >= self._least:
                        continue
                    if self.work_left <= 0:
                        return
                    for head, pooled, way in self._better(blocks, heads, options["global_pool"]):
                        found = {**fixed, **_chosen(shared, way), **_first(fitting)}
                        found["filters"] = each
                        found["dense"] = head.units
                        found["global_pool"] = pooled
                        dropout = _fitting(options["dropout"], len(head.units))
                        found |= _first({"dropout": dropout})
                        self.best = found, allowed

    def _alternatives(
        self, options: Mapping[str, tuple[Any, ...]], depth: int
    ) -> Iterator[Mapping[str, Layers]]:
        """What blocks share, or can have each by itself: one option of every knob of blocks, as far
        as it can be the best."""
        strides = self._strides(options["strides"], depth)
        is_strided = any(own != 1 for option in strides for own in _values_of(option))
        windows = self._windows(options, depth)
        for padding in self._paddings(options["padding"], depth):
            is_valid = depth > 0 and "valid" in _values_of(padding)
            counts = self._counts(options["convolutions"], depth, keep=is_valid or is_strided)
            for count in counts:
                for kernel in self._kernels(options["kernel_size"], depth, padding):
                    for (pool, size), stride in product(windows, strides):
                        yield {
                            "convolutions": count,
                            "kernel_size": kernel,
                            "strides": stride,
                            "padding": padding,
                            "pool": pool,
                            "pool_size": size,
                        }

    def _blocks(self, filters: Whole, shared: Mapping[str, Layers]) -> list[_Block]:
        widths = (self._channels, *filters)
        own = [_by_layer(shared[knob], len(filters)) for knob in _OF_BLOCKS]
        parts = zip(pairwise(widths), *own, strict=True)
        return [_Block(*each, *values) for each, *values in parts]

    def _bound(
        self, blocks: Sequence[_Block], heads: Sequence[_Head], pooled: Sequence[str]
    ) -> int:
        """What no network with these blocks is better than: it has the best size of the image."""
        self.work_left -= 1
        if self._sign > 0:
            can_be_one = bool(blocks) or any(kind != "none" for kind in pooled)
        else:
            can_be_one = "none" not in pooled
        pixels = 1
        if not can_be_one:
            pixels = self._height * self._width
        cost = 0
        channels = self._channels
        for block in blocks:
            kernel = self._end(block.kernels)
            count = self._end(block.convolutions)
            cost += self._cost(block, count, kernel)
            channels = block.filters
        return cost + min(head.slope * channels * pixels + head.base for head in heads)

    def _cost(self, block: _Block, count: int, kernel: int) -> int:
        """The parameters of a block."""
        weights = block.filters * (block.before + (count - 1) * block.filters)
        return self._sign * (kernel**2 * weights + count * block.filters * self._per_filter)

    def _better(
        self, blocks: Sequence[_Block], heads: Sequence[_Head], pooled: Sequence[str]
    ) -> Iterator[tuple[_Head, str, Mapping[str, tuple[Any, ...]]]]:
        """Each network with these blocks that is better than all before it: its dense layers, the
        kind of its global pooling, and what its blocks have."""
        channels = self._channels
        ways: Ways = {(self._height, self._width): (0, ())}
        for block in blocks:
            self.work_left -= 1
            ways = self._pooled(self._convolved(ways, block), block)
            channels = block.filters
        kinds = []
        if "none" in pooled:
            kinds.append("none")
        kinds += [kind for kind in pooled if kind != "none"][:1]
        for (height, width), (cost, way) in ways.items():
            for kind, head in product(kinds, heads):
                features = channels
                if kind == "none":
                    features *= height * width
                total = cost + head.slope * features + head.base
                if total < self._least:
                    self._least = total
                    yield head, kind, _unwound(way)

    def _convolved(self, before: Ways, block: _Block) -> Ways:
        """The best way to every size that the convolutions of a block can leave."""
        ways: Ways = {}
        if 1 in block.convolutions:
            ways = self._convolved_once(before, block)
        several = [count for count in block.convolutions if count > 1]
        for count, padding, stride in product(several, block.paddings, block.strides):
            kernels = self._telling_kernels(block, padding)
            self.work_left -= len(before) * len(kernels) * count
            for kernel, (size, (cost, way)) in product(kernels, before.items()):
                left: tuple[int, int] | None = size
                for _ in range(count):
                    left = _left(left, kernel, stride, padding)
                if left is not None:
                    total = cost + self._cost(block, count, kernel)
                    _offer(ways, left, total, (way, (count, kernel, stride, padding)))
        return ways

    def _convolved_once(self, before: Ways, block: _Block) -> Ways:
        """The same for one convolution: kernels first, then strides, which is less to look at than
        all of their combinations."""
        between: Ways = {}
        for padding in block.paddings:
            kernels = self._telling_kernels(block, padding)
            self.work_left -= len(before) * len(kernels)
            for kernel, (size, (cost, way)) in product(kernels, before.items()):
                left = _left(size, kernel, 1, padding)
                if left is not None:
                    total = cost + self._cost(block, 1, kernel)
                    _offer(between, left, total, (way, kernel, padding))
        ways: Ways = {}
        self.work_left -= len(between) * len(block.strides)
        for stride, (size, (cost, (way, kernel, padding))) in product(
            block.strides, between.items()
        ):
            left = _left(size, 1, stride, "same")
            if left is not None:
                _offer(ways, left, cost, (way, (1, kernel, stride, padding)))
        return ways

    def _pooled(self, before: Ways, block: _Block) -> Ways:
        """The best way to every size that the pooling of a block can leave."""
        windows: dict[int, tuple[str, int]] = {}
        for kind, size in product(block.pools, block.sizes):
            window = size
            if kind == "none":
                window = 1
            windows.setdefault(window, (kind, size))
        ways: Ways = {}
        self.work_left -= len(before) * len(windows)
        for window, ((height, width), (cost, (way, own))) in product(windows, before.items()):
            left = (height // window, width // window)
            if min(left) > 0:
                _offer(ways, left, cost, (way, (*own, *windows[window])))
        return ways

    def _telling_kernels(self, block: _Block, padding: str) -> Sequence[int]:
        """The kernels that can be the best. Where the image is padded they change nothing but the
        weights."""
        if padding == "valid":
            return block.kernels
        return (self._end(block.kernels),)

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

    def _heads(
        self, lists: Sequence[Whole], dropouts: Sequence[Layers], has_norm: bool
    ) -> list[_Head]:
        """The lists of dense layers that can be the best, and have a dropout that fits."""
        found: list[_Head] = []
        for units in lists:
            if _fitting(dropouts, len(units)) is None:
                continue
            widths = (*units, self._classes)
            after_first = sum((before + 1) * after for before, after in pairwise(widths))
            base = widths[0] + after_first + 4 * has_norm * sum(units)
            found.append(_Head(units, self._sign * widths[0], self._sign * base))
        best: list[_Head] = []
        for head in sorted(found, key=lambda head: (head.slope, head.base)):
            if not best or head.base < best[-1].base:
                best.append(head)
        return best

    def _paddings(self, options: Sequence[Layers], depth: int) -> Sequence[Layers]:
        """The paddings that can be the best. With the same kernels, `same` leaves more and forbids
        nothing."""
        shared, by_layer = _of_depth(options, depth)
        if self._sign > 0 or depth == 0:
            return [*shared, *by_layer]
        if "same" in shared:
            return ["same"]
        found: list[Layers] = [*shared]
        for each in by_layer:
            found.append(tuple(("same",) if "same" in own else own for own in each))
        return found

    def _windows(
        self, options: Mapping[str, tuple[Any, ...]], depth: int
    ) -> list[tuple[Layers, Layers]]:
        """The kinds and sizes of pooling that can be the best. Maximum and average are alike. A
        larger window leaves less and forbids more."""
        kinds, kinds_by_layer = _of_depth(options["pool"], depth)
        sizes, sizes_by_layer = _of_depth(options["pool_size"], depth)
        all_sizes: list[Layers] = [*sorted(sizes, reverse=True), *sizes_by_layer]
        if not all_sizes:
            return []
        none: list[Layers] = ["none"] if "none" in kinds else []
        pooling: list[Layers] = [kind for kind in kinds if kind != "none"][:1]
        if depth == 0:
            return [(kind, all_sizes[-1]) for kind in [*pooling, *none, *kinds_by_layer][:1]]
        if self._sign < 0:
            if none:
                return [("none", all_sizes[-1])]
            all_sizes = [*sorted(sizes)[:1]]
            all_sizes += [tuple((min(own),) for own in each) for each in sizes_by_layer]
            kinds_by_layer = [
                tuple(("none",) if "none" in own else own for own in each)
                for each in kinds_by_layer
            ]
        side = min(self._height, self._width)
        fitting = [s for s in all_sizes if not isinstance(s, int) or s**depth <= side]
        found = [*product(pooling, fitting), *product(kinds_by_layer, all_sizes)]
        # The size is of no account there.
        found += [(kind, (*sorted(sizes), *sizes_by_layer)[0]) for kind in none]
        return found

    def _counts(self, options: Sequence[Layers], depth: int, *, keep: bool) -> list[Layers]:
        """The numbers of convolutions that can be the best; all, unless they change nothing but the
        weights."""
        shared, by_layer = _of_depth(options, depth)
        if keep:
            return [*shared, *by_layer]
        found: list[Layers] = []
        if shared:
            found.append(self._end(shared))
        return [*found, *(tuple((self._end(own),) for own in each) for each in by_layer)]

    def _kernels(self, options: Sequence[Layers], depth: int, padding: Layers) -> list[Layers]:
        """The kernels that can be the best. Where the image is padded they change nothing but the
        weights."""
        shared, by_layer = _of_depth(options, depth)
        paddings = _values_of(padding)
        found: list[Layers] = []
        if depth == 0 or "valid" not in paddings:
            if shared:
                found.append(self._end(shared))
            return [*found, *(tuple((self._end(own),) for own in each) for each in by_layer)]
        if "same" in paddings:
            return [*sorted(shared), *by_layer]
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


def _left(
    size: tuple[int, int] | None, kernel: int, stride: int, padding: str
) -> tuple[int, int] | None:
    """What a convolution leaves of an image; None where it does not fit, or nothing was left."""
    if size is None:
        return None
    height, width = size
    lost = 0
    if padding == "valid":
        lost = kernel - 1
    if lost >= min(height, width):
        return None
    return -(-(height - lost) // stride), -(-(width - lost) // stride)


def _chosen(shared: Mapping[str, Layers], way: Mapping[str, tuple[Any, ...]]) -> dict[str, Value]:
    """What the blocks have of each knob: one value for all, or those of the way through them."""
    found: dict[str, Value] = {}
    for knob, option in shared.items():
        if isinstance(option, tuple):
            found[knob] = way[knob]
        else:
            found[knob] = option
    return found


def _fitting(options: Sequence[Layers], depth: int) -> Layers | None:
    """The first option for so many layers; None where there is none."""
    shared, by_layer = _of_depth(options, depth)
    found: list[Layers] = [*shared, *by_layer]
    if found:
        return found[0]
    return None


def _first(options: Mapping[str, Layers | None]) -> dict[str, Any]:
    """The first value of each layer."""
    found: dict[str, Any] = {}
    for knob, option in options.items():
        found[knob] = option
        if isinstance(option, tuple):
            found[knob] = tuple(own[0] for own in option)
    return found


def _one_for_all(value: Value) -> Any:
    """A constant list as `Layers`: each layer has the one value."""
    if isinstance(value, tuple):
        return tuple((own,) for own in value)
    return value


def _by_layer(option: Layers, depth: int) -> tuple[Sequence[Any], ...]:
    if isinstance(option, tuple):
        return option
    return ((option,),) * depth


def _values_of(option: Layers) -> set[Any]:
    """What some layer can have."""
    if isinstance(option, tuple):
        return {value for own in option for value in own}
    return {option}


def _of_depth(
    options: Sequence[Layers], depth: int
) -> tuple[list[Any], list[tuple[Sequence[Any], ...]]]:
    """The options for so many layers: those of one value for all, and those of each layer's own."""
    shared = [own for own in options if not isinstance(own, tuple)]
    by_layer = [each for each in options if isinstance(each, tuple) and len(each) == depth > 0]
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


def _unwound(way: Way) -> Mapping[str, tuple[Any, ...]]:
    """What the blocks of a way have, block by block."""
    blocks: list[tuple[Any, ...]] = []
    while way:
        way, own = way
        blocks.append(own)
    by_knob = zip(*reversed(blocks), strict=True)
    return dict(zip(_OF_BLOCKS, by_knob, strict=False))
