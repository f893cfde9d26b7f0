"""The network by arithmetic alone: layers, shapes, parameters, FLOPs, and impossible networks.

`plan` is the one description of the network. `train.network` builds the Keras model from it, so
what is counted is what is trained. Shapes are (height, width, channels) or (units,), without the
batch. FLOPs are those of one image, forward: two for each multiply-and-add of convolutions and
dense layers. Biases, pooling and activations are not counted.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sweep.space.hyperparams import KNOBS, Hyperparams, Value

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
class GlobalPool:
    kind: str


@dataclass(frozen=True)
class Dropout:
    share: float


@dataclass(frozen=True)
class Dense:
    units: int
    activation: str


Op: TypeAlias = Conv | BatchNorm | Activate | Pool | Flatten | GlobalPool | Dropout | Dense


@dataclass(frozen=True)
class Layer:
    """One layer: its operation, output shape, weights, and FLOPs for one image."""

    name: str
    op: Op
    output_shape: Shape
    parameters: int
    flops: int


class Impossible(Exception):
    """A network that cannot exist, and the hyperparameter that makes it so; `is_of_length` where
    that is a list of another length than its layers."""

    def __init__(self, cause: str, knob: str, *, is_of_length: bool = False) -> None:
        super().__init__(cause)
        self.cause = cause
        self.knob = knob
        self.is_of_length = is_of_length


def plan(point: Hyperparams, input_shape: Shape, classes: int) -> tuple[Layer, ...]:
    """The layers of the network at `point`.

    Raises `Impossible` where a kernel or a pooling window is larger than what is left of the image,
    or where a list has not one entry per layer.
    """
    layers: list[Layer] = []
    shape = input_shape
    for name, op in (*_blocks(point), *_head(point), ("logits", Dense(classes, "linear"))):
        layer = _layer(name, op, shape)
        layers.append(layer)
        shape = layer.output_shape
    return tuple(layers)


def _blocks(point: Hyperparams) -> Iterator[tuple[str, Op]]:
    """The convolutions with what stands between them."""
    convolutions = per_layer(point, "convolutions")
    kernels = per_layer(point, "kernel_size")
    strides = per_layer(point, "strides")
    paddings = per_layer(point, "padding")
    activations = per_layer(point, "activation")
    kinds = per_layer(point, "pool")
    sizes = per_layer(point, "pool_size")
    shares = per_layer(point, "conv_dropout")
    for place, filters in enumerate(point.filters):
        block = place + 1
        activation = activations[place]
        inside = activation
        if point.batch_norm:
            inside = "linear"
        conv = Conv(filters, kernels[place], strides[place], paddings[place], inside)
        for number in range(1, convolutions[place] + 1):
            own = f"{block}_{number}"
            if convolutions[place] == 1:
                own = f"{block}"
            yield f"conv_{own}", conv
            if point.batch_norm:
                yield f"batch_norm_{own}", BatchNorm()
                yield f"activation_{own}", Activate(activation)
        if kinds[place] != "none":
            yield f"pool_{block}", Pool(kinds[place], sizes[place])
        if shares[place]:
            yield f"conv_dropout_{block}", Dropout(shares[place])


def _head(point: Hyperparams) -> Iterator[tuple[str, Op]]:
    """What stands between the convolutions and the logits."""
    if point.global_pool == "none":
        yield "flatten", Flatten()
    else:
        yield "global_pool", GlobalPool(point.global_pool)
    if not point.dense:
        yield "dropout", Dropout(_after_flattening(point.dropout))
    inside: str = point.dense_activation
    if point.dense_norm:
        inside = "linear"
    shares = per_layer(point, "dropout")
    for number, units in enumerate(point.dense, 1):
        yield f"dense_{number}", Dense(units, inside)
        if point.dense_norm:
            yield f"dense_norm_{number}", BatchNorm()
            yield f"dense_activation_{number}", Activate(point.dense_activation)
        yield f"dropout_{number}", Dropout(shares[number - 1])


def _after_flattening(dropout: float | tuple[float, ...]) -> float:
    if isinstance(dropout, tuple):
        raise Impossible(
            f"dropout lists {len(dropout)} layers, dense 0", "dropout", is_of_length=True
        )
    return dropout


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


def per_layer(point: Hyperparams, knob: str) -> tuple[Any, ...]:
    """The values of a knob at `point`, one for each layer that it has: blocks of convolutions, or
    hidden dense layers. Raises `Impossible` for a list of another length."""
    value: Value = getattr(point, knob)
    along = KNOBS[knob].along
    depth = len(getattr(point, along))
    if not isinstance(value, tuple):
        return (value,) * depth
    if len(value) != depth:
        raise Impossible(
            f"{knob} lists {len(value)} layers, {along} {depth}", knob, is_of_length=True
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
        case GlobalPool():
            return Layer(name, op, shape[-1:], 0, 0)
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
