"""The shipped space files: their baselines are the networks of the tutorials, weight for weight."""

from pathlib import Path

import pytest

from sweep.corners import inspect
from sweep.spacefile import load

FILES = sorted((Path(__file__).parent.parent / "search_spaces").glob("*.yaml"))

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
