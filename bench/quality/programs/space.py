"""The space that all tools search, as values that each turns into its own words. Imports nothing
that takes time."""

import argparse
from dataclasses import dataclass


@dataclass(frozen=True)
class Whole:
    """Whole numbers, `step` apart, both ends included."""

    low: int
    high: int
    step: int


@dataclass(frozen=True)
class Real:
    """Numbers between two ends, or evenly in their logarithm."""

    low: float
    high: float
    log: bool = False


@dataclass(frozen=True)
class OneOf:
    options: tuple[int | str, ...]


SPACE: dict[str, Whole | Real | OneOf] = {
    "filters.1": Whole(4, 16, 4),
    "filters.2": Whole(8, 32, 8),
    "kernel_size": OneOf((3, 5)),
    "dense.1": OneOf((32, 64, 128)),
    "dropout": Real(0.0, 0.6),
    "optimizer": OneOf(("sgd", "adam", "momentum", "rmsprop")),
    "learning_rate": Real(1e-4, 1e-1, log=True),
    "batch_size": Whole(32, 128, 32),
}
# A trial's steps, and between which of them it is evaluated: to Keras, epochs of 60 steps.
STEPS = 300
EVALUATIONS = 5
EPOCH = STEPS // EVALUATIONS
# `momentum` and `rmsprop` have this one in every tool.
MOMENTUM = 0.9


def parse() -> argparse.Namespace:
    """The seed of the search, and how many trials run at once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--jobs", type=int, required=True)
    return parser.parse_args()
