"""Passes over the blocks of networks, which find those with the fewest or the most parameters.

Tested in tests/space/test_extremes.py.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any, TypeAlias

from sweep.space.candidates import (
    Candidates,
    Layers,
    Whole,
    by_layer_of,
    first_fitting,
    first_of,
)
from sweep.space.hyperparams import Value
from sweep.space.shapes import Shape

# What a block of convolutions can differ in from the next.
OF_BLOCKS = ("convolutions", "kernel_size", "strides", "padding", "pool", "pool_size")
# The possible values of the parameters that exist, by name.
Allowed: TypeAlias = dict[str, Sequence[Value]]

# What changes no number of parameters, but must have as many entries as there are layers.
FITTING_BLOCKS = ("activation", "conv_dropout")

# Ways through a layer that are looked at before the answer is called inexact: a few seconds.
MOST_WORK = 5_000_000

# What was chosen in the blocks so far, the last one first.
Way: TypeAlias = tuple[Any, ...]

# By the height and width that are left: the parameters of the convolutions so far, and how they
# came about.
Ways: TypeAlias = dict[tuple[int, int], tuple[int, Way]]


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


class Passes:
    """Searches for the fewest parameters (`sign` 1) or the most (-1).

    Everything compared is multiplied by `sign`, so less is always better.
    """

    def __init__(self, shape: Shape, classes: int, sign: int, most_work: int) -> None:
        self._height, self._width, self._channels = shape
        self._classes = classes
        self._sign = sign
        self._candidates = Candidates(sign, self._height, self._width)
        self._least = math.inf
        # A bias for each filter, and with batch normalisation four more numbers.
        self._per_filter = 1
        self.best: tuple[Mapping[str, Any], Allowed] | None = None
        self.work_left = most_work

    def look_at(self, options: Mapping[str, tuple[Any, ...]], allowed: Allowed) -> None:
        """Searches these options for a better network."""
        has_norm = bool(self._candidates.end(options["batch_norm"]))
        dense_norm = bool(self._candidates.end(options["dense_norm"]))
        self._per_filter = 1 + 4 * has_norm
        filters = self._candidates.lists(options["filters"])
        heads = self._heads(
            self._candidates.lists(options["dense"]), options["dropout"], dense_norm
        )
        if not heads:
            return
        fixed: dict[str, Any] = {"batch_norm": has_norm, "dense_norm": dense_norm}
        for depth in sorted({len(each) for each in filters}):
            fitting = {knob: first_fitting(options[knob], depth) for knob in FITTING_BLOCKS}
            if None in fitting.values():
                continue
            deep = [each for each in filters if len(each) == depth]
            for shared in self._candidates.alternatives(options, depth):
                for each in deep:
                    blocks = self._blocks(each, shared)
                    if self._bound(blocks, heads, options["global_pool"]) >= self._least:
                        continue
                    if self.work_left <= 0:
                        return
                    for head, pooled, way in self._better(blocks, heads, options["global_pool"]):
                        found = {**fixed, **_chosen(shared, way), **first_of(fitting)}
                        found["filters"] = each
                        found["dense"] = head.units
                        found["global_pool"] = pooled
                        dropout = first_fitting(options["dropout"], len(head.units))
                        found |= first_of({"dropout": dropout})
                        self.best = found, allowed

    def _blocks(self, filters: Whole, shared: Mapping[str, Layers]) -> list[_Block]:
        widths = (self._channels, *filters)
        own = [by_layer_of(shared[knob], len(filters)) for knob in OF_BLOCKS]
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
            kernel = self._candidates.end(block.kernels)
            count = self._candidates.end(block.convolutions)
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
        return (self._candidates.end(block.kernels),)

    def _heads(
        self, lists: Sequence[Whole], dropouts: Sequence[Layers], has_norm: bool
    ) -> list[_Head]:
        """The lists of dense layers that can be the best, and have a dropout that fits."""
        found: list[_Head] = []
        for units in lists:
            if first_fitting(dropouts, len(units)) is None:
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
    return dict(zip(OF_BLOCKS, by_knob, strict=False))
