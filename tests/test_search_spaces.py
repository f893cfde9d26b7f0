"""The shipped space files: their baselines are the networks of the tutorials, weight for weight."""

from pathlib import Path

import pytest

from sweep.preview.corners import inspect
from sweep.space.design import designed
from sweep.space.hyperparams import EARLIER_DEFAULTS
from sweep.space.space import random_points
from sweep.spacefile.read import load, parse

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "search_spaces").glob("*.yaml"))
MEASURED = [
    *sorted((ROOT / "bench" / "peers").glob("*.yaml")),
    ROOT / "bench" / "quality" / "space.yaml",
]

# The weights of each baseline, as the tutorials (or their layer tables) have them.
WEIGHTS = {
    "fashion": {"convolutions": 243_786, "plain": 101_770},
    "gradient_descent": {"32-36": 3_160_778, "14-36": 3_144_110},
    "gradient_descent_long": {"tutorial": 3_160_778},
    "knobs": {"small": 54_314},
    "lenet": {"tensorflow-tutorial": 3_274_634},
    "lenet5_adam": {"tutorial": 3_274_634},
    "tensorflow_tutorial": {"short": 3_274_634, "tutorial": 3_274_634},
    "two_conv_99": {"tutorial": 485_514},
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_baselines_have_the_weights_of_their_tutorial(path: Path) -> None:
    found = inspect(load(path))
    assert {network.name: network.parameters for network in found.baselines} == WEIGHTS[path.stem]


@pytest.mark.parametrize("defaults", range(len(EARLIER_DEFAULTS)))
@pytest.mark.parametrize("path", [*FILES, *MEASURED], ids=lambda path: path.stem)
def test_what_they_train_depends_on_no_default_that_was_once_another(
    path: Path, defaults: int
) -> None:
    now = load(path).spec((28, 28, 1))
    then = parse(path.read_text(), path, defaults=defaults).spec((28, 28, 1))
    pairs = [
        *zip(
            designed(then, (28, 28, 1)).configurations,
            designed(now, (28, 28, 1)).configurations,
            strict=True,
        )
    ]
    points = [(one.point, other.point) for one, other in pairs]
    points += [
        (
            next(random_points(then.space, seed)),
            next(random_points(now.space, seed)),
        )
        for seed in range(50)
    ]
    for one, other in points:
        assert now.space.meaning(one) == now.space.meaning(other)
        assert (one.dense, one.dropout) == (other.dense, other.dropout)
