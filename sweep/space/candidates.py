"""What the layers of networks can have, reduced to what can make the fewest or the most parameters.

Tested in tests/space/test_extremes.py.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeAlias

from sweep.space.hyperparams import Scalar

Whole: TypeAlias = tuple[int, ...]
# One option of a knob that may be a list: one value for all layers, or the values that each layer
# can have.
Layers: TypeAlias = Scalar | tuple[Sequence[Any], ...]


@dataclass(frozen=True)
class Candidates:
    """Options that can be the best in images of `height` and `width`.

    The best network has the fewest parameters (`sign` 1) or the most (-1).
    """

    sign: int
    height: int
    width: int

    def alternatives(
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

    def end(self, values: Sequence[int]) -> int:
        """The best of `values`, if smaller values mean fewer parameters."""
        if self.sign > 0:
            return min(values)
        return max(values)

    def lists(self, options: Sequence[tuple[Sequence[int], ...]]) -> list[Whole]:
        """The lists of filters or units that can be the best.

        No list that remains is beaten in every layer by another of its length.
        """
        ends: dict[Whole, None] = {}
        for option in options:
            ends[tuple(self.end(own) for own in option)] = None
        found: list[Whole] = []
        for each in sorted(ends, key=lambda one: self.sign * sum(one)):
            alike = [other for other in found if len(other) == len(each)]
            is_beaten = any(all(map(self._is_no_worse, other, each)) for other in alike)
            if not is_beaten:
                found.append(each)
        return found

    def _is_no_worse(self, one: int, other: int) -> bool:
        return self.sign * one <= self.sign * other

    def _paddings(self, options: Sequence[Layers], depth: int) -> Sequence[Layers]:
        """The paddings that can be the best. With the same kernels, `same` leaves more and forbids
        nothing."""
        shared, by_layer = _of_depth(options, depth)
        if self.sign > 0 or depth == 0:
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
        if self.sign < 0:
            if none:
                return [("none", all_sizes[-1])]
            all_sizes = [*sorted(sizes)[:1]]
            all_sizes += [tuple((min(own),) for own in each) for each in sizes_by_layer]
            kinds_by_layer = [
                tuple(("none",) if "none" in own else own for own in each)
                for each in kinds_by_layer
            ]
        side = min(self.height, self.width)
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
            found.append(self.end(shared))
        return [*found, *(tuple((self.end(own),) for own in each) for each in by_layer)]

    def _kernels(self, options: Sequence[Layers], depth: int, padding: Layers) -> list[Layers]:
        """The kernels that can be the best. Where the image is padded they change nothing but the
        weights."""
        shared, by_layer = _of_depth(options, depth)
        paddings = _values_of(padding)
        found: list[Layers] = []
        if depth == 0 or "valid" not in paddings:
            if shared:
                found.append(self.end(shared))
            return [*found, *(tuple((self.end(own),) for own in each) for each in by_layer)]
        if "same" in paddings:
            return [*sorted(shared), *by_layer]
        largest = min(self.height, self.width)
        layers = [tuple(_up_to(own, largest) for own in each) for each in by_layer]
        return [*_up_to(shared, largest), *(each for each in layers if all(each))]

    def _strides(self, options: Sequence[Layers], depth: int) -> list[Layers]:
        """The strides that can be the best.

        A larger stride leaves less. One beyond the image size has the effect of that size.
        """
        shared, by_layer = _of_depth(options, depth)
        found: list[Layers] = []
        if self.sign < 0:
            found += sorted(shared)[:1]
            for each in by_layer:
                found.append(tuple((min(own),) for own in each))
            return found
        largest = max(self.height, self.width)
        found += reversed(_telling(shared, largest))
        for each in by_layer:
            found.append(tuple(_telling(own, largest) for own in each))
        return found


def first_fitting(options: Sequence[Layers], depth: int) -> Layers | None:
    """The first option for so many layers; None where there is none."""
    shared, by_layer = _of_depth(options, depth)
    found: list[Layers] = [*shared, *by_layer]
    if found:
        return found[0]
    return None


def first_of(options: Mapping[str, Layers | None]) -> dict[str, Any]:
    """The first value of each layer."""
    found: dict[str, Any] = {}
    for knob, option in options.items():
        found[knob] = option
        if isinstance(option, tuple):
            found[knob] = tuple(own[0] for own in option)
    return found


def by_layer_of(option: Layers, depth: int) -> tuple[Sequence[Any], ...]:
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
