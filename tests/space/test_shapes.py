"""The arithmetic of networks: known totals, and what cannot be built."""

import pytest

from sweep.space.hyperparams import Hyperparams
from sweep.space.shapes import Impossible, flops, parameters, plan

MNIST = (28, 28, 1)

# Networks from tutorials and papers, with the totals that they state.
TOTALS = {
    "TensorFlow's MNIST tutorial": ({"filters": (32, 64), "dense": (1024,)}, 3_274_634),
    "32 and 36 filters, dense 1764": ({"filters": (32, 36), "dense": (1764,)}, 3_160_778),
    "14 and 36 filters, dense 1764": ({"filters": (14, 36), "dense": (1764,)}, 3_144_110),
    "Fashion-MNIST, valid": (
        {"filters": (64, 64), "kernel_size": 3, "padding": "valid", "dense": (128,)},
        243_786,
    ),
    "no convolution": ({"filters": (), "dense": (128,)}, 101_770),
    # 160 + 2,320 + 4,640 + 9,248 of the convolutions, 1,568 numbers into 128, and 1,290.
    "conv-conv-pool of 16 and 32 filters": (
        {"filters": (16, 32), "convolutions": 2, "kernel_size": 3, "dense": (128,)},
        160 + 2_320 + 4_640 + 9_248 + 200_832 + 1_290,
    ),
    # Flattening would take 49 times the weights.
    "global pooling": ({"filters": (32, 64), "global_pool": "average"}, 832 + 51_264 + 650),
    "logistic regression": ({"filters": (), "dense": ()}, 7_850),
}


@pytest.mark.parametrize(("knobs", "total"), TOTALS.values(), ids=TOTALS)
def test_parameters_are_those_that_the_literature_states(
    knobs: dict[str, object], total: int
) -> None:
    assert parameters(plan(Hyperparams(**knobs), MNIST, 10)) == total


def test_layer_table_of_the_fashion_network() -> None:
    point = Hyperparams(filters=(64, 64), kernel_size=3, padding="valid", dense=(128,))
    table = [
        (layer.output_shape, layer.parameters)
        for layer in plan(point, MNIST, 10)
        if "dropout" not in layer.name
    ]
    assert table == [
        ((26, 26, 64), 640),
        ((13, 13, 64), 0),
        ((11, 11, 64), 36_928),
        ((5, 5, 64), 0),
        ((1600,), 0),
        ((128,), 204_928),
        ((10,), 1_290),
    ]


def test_flops_are_two_for_each_multiply_and_add() -> None:
    one_layer = plan(Hyperparams(filters=(), dense=()), (2, 3, 1), 5)
    assert flops(one_layer) == 2 * 6 * 5
    reference = plan(Hyperparams(dense=(1024,)), MNIST, 10)
    assert flops(reference) == 2 * (
        28 * 28 * 32 * 25 + 14 * 14 * 64 * 25 * 32 + 3136 * 1024 + 1024 * 10
    )


IMPOSSIBLE = {
    "kernel": (
        {"kernel_size": 29, "padding": "valid"},
        "kernel_size",
        "29x29 is larger than the 28x28",
    ),
    "kernel of a later layer": (
        {"filters": (4, 4, 4), "kernel_size": (3, 3, 6), "padding": "valid"},
        "kernel_size",
        "conv_3: a kernel of 6x6 is larger than the 5x5",
    ),
    "pool": ({"filters": (4,), "pool_size": 29}, "pool_size", "29x29 is larger than the 28x28"),
    "too many pools": (
        {"filters": (4,) * 6},
        "pool_size",
        "pool_5: a pool of 2x2 is larger than the 1x1",
    ),
    "too few kernels": (
        {"filters": (4, 4, 4), "kernel_size": (3, 3)},
        "kernel_size",
        "lists 2 layers, filters 3",
    ),
    "too many strides": (
        {"filters": (4,), "strides": (1, 1)},
        "strides",
        "lists 2 layers, filters 1",
    ),
}


@pytest.mark.parametrize(("knobs", "knob", "cause"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_cannot_be_built_says_why(knobs: dict[str, object], knob: str, cause: str) -> None:
    with pytest.raises(Impossible) as raised:
        plan(Hyperparams(**knobs), MNIST, 10)
    assert raised.value.knob == knob
    assert cause in raised.value.cause


def test_a_kernel_larger_than_the_image_is_possible_with_same_padding() -> None:
    assert plan(Hyperparams(filters=(4,), kernel_size=31), MNIST, 10)[0].output_shape == (28, 28, 4)
