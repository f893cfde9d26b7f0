"""The network by arithmetic alone: layers, shapes, parameters, FLOPs, and impossible networks.

`plan` is the one description of the network. `train.network` builds the Keras model from it, so
what is counted is what is trained. Shapes are (height, width, channels) or (units,), without the
batch. FLOPs are those of one image, forward: two for each multiply-and-add of convolutions and
dense layers. Biases, pooling and activations are not counted.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sweep.space.hyperparams import Hyperparams

Shape: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class Conv:
    filters: int
    kernel_size: int
    strides: int
    padding: str
    activation: str


@dataclass(frozen=True)
class BatchNorm:
    pass


@dataclass(frozen=True)
class Activate:
    activation: str


@dataclass(frozen=True)
class Pool:
    kind: str
    size: int


@dataclass(frozen=True)
class Flatten:
    pass


@dataclass(frozen=True)
class Dropout:
    share: float


@dataclass(frozen=True)
class Dense:
    units: int
    activation: str


Op: TypeAlias = Conv | BatchNorm | Activate | Pool | Flatten | Dropout | Dense


@dataclass(frozen=True)
class Layer:
    """One layer: its operation, output shape, weights, and FLOPs for one image."""

    name: str
    op: Op
    output_shape: Shape
    parameters: int
    flops: int


class Impossible(Exception):
    """A network that cannot exist, and the hyperparameter that causes this.

    `is_of_length` is true if that is a list of another length than `filters`.
    """

    def __init__(self, cause: str, knob: str, *, is_of_length: bool = False) -> None:
        super().__init__(cause)
        self.cause = cause
        self.knob = knob
        self.is_of_length = is_of_length


def plan(point: Hyperparams, input_shape: Shape, classes: int) -> tuple[Layer, ...]:
    """The layers of the network at `point`.

    They lead from images of `input_shape` (height, width, channels) to `classes` logits. Raises
    `Impossible` if a kernel or a pooling window is larger than the remaining image. Also raises it
    if a list does not have one entry per convolution.
    """
    layers: list[Layer] = []
    shape = input_shape

    def add(name: str, op: Op) -> None:
        nonlocal shape
        layer = _layer(name, op, shape)
        layers.append(layer)
        shape = layer.output_shape

    depth = len(point.filters)
    kernels = per_layer("kernel_size", point.kernel_size, depth)
    strides = per_layer("strides", point.strides, depth)
    for index, (filters, kernel, stride) in enumerate(
        zip(point.filters, kernels, strides, strict=True), 1
    ):
        if point.batch_norm:
            inside = "linear"
        else:
            inside = point.activation
        add(f"conv_{index}", Conv(filters, kernel, stride, point.padding, inside))
        if point.batch_norm:
            add(f"batch_norm_{index}", BatchNorm())
            add(f"activation_{index}", Activate(point.activation))
        if point.pool != "none":
            add(f"pool_{index}", Pool(point.pool, point.pool_size))
    add("flatten", Flatten())
    if not point.dense:
        add("dropout", Dropout(point.dropout))
    for index, units in enumerate(point.dense, 1):
        add(f"dense_{index}", Dense(units, point.activation))
        add(f"dropout_{index}", Dropout(point.dropout))
    add("logits", Dense(classes, "linear"))
    return tuple(layers)


def layer_document(layer: Layer) -> dict[str, Any]:
    """A layer in the form of a JSON document."""
    return {
        "name": layer.name,
        "output_shape": list(layer.output_shape),
        "parameters": layer.parameters,
        "flops": layer.flops,
    }


def parameters(layers: Sequence[Layer]) -> int:
    """The number of weights, including batch normalisation's running averages, as Keras counts."""
    return sum(layer.parameters for layer in layers)


def flops(layers: Sequence[Layer]) -> int:
    """FLOPs of one image through the whole network, forward."""
    return sum(layer.flops for layer in layers)


def per_layer(knob: str, value: int | tuple[int, ...], depth: int) -> tuple[int, ...]:
    """One value for each of `depth` convolutions.

    Raises `Impossible` for a list of another length.
    """
    if isinstance(value, int):
        return (value,) * depth
    if len(value) != depth:
        raise Impossible(
            f"{knob} lists {len(value)} layers, filters {depth}", knob, is_of_length=True
        )
    return value


def _layer(name: str, op: Op, shape: Shape) -> Layer:
    match op:
        case Conv():
            return _convolution(name, op, shape)
        case Pool(_, size):
            height, width, channels = shape
            if size > min(height, width):
                what = f"a pool of {size}x{size}"
                raise Impossible(f"{name}: {what} {_too_large(height, width)}", "pool_size")
            return Layer(name, op, (height // size, width // size, channels), 0, 0)
        case BatchNorm():
            return Layer(name, op, shape, 4 * shape[-1], 0)
        case Flatten():
            return Layer(name, op, (math.prod(shape),), 0, 0)
        case Dense(units):
            weights = shape[0] * units
            return Layer(name, op, (units,), weights + units, 2 * weights)
        case Activate() | Dropout():
            return Layer(name, op, shape, 0, 0)


def _convolution(name: str, op: Conv, shape: Shape) -> Layer:
    height, width, channels = shape
    kernel = op.kernel_size
    lost = 0
    if op.padding == "valid":
        lost = kernel - 1
        if kernel > min(height, width):
            what = f"a kernel of {kernel}x{kernel}"
            raise Impossible(f"{name}: {what} {_too_large(height, width)}", "kernel_size")
    tall = math.ceil((height - lost) / op.strides)
    wide = math.ceil((width - lost) / op.strides)
    weights = kernel * kernel * channels * op.filters
    flops = 2 * weights * tall * wide
    return Layer(name, op, (tall, wide, op.filters), weights + op.filters, flops)


def _too_large(height: int, width: int) -> str:
    return f"is larger than the {height}x{width} that is left of the image"
