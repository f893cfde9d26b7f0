"""A space with every kind of distribution, of which sweeps are estimated."""

from sweep.space.spec import SweepSpec
from tests.conftest import spec_of

SPACE = (
    "{filters: [{low: 4, high: 32, log: true}, {low: 8, high: 64, step: 8}], "
    "dropout: {low: 0.0, high: 0.5, step: 0.1}, optimizer: {choices: [sgd, momentum]}, "
    "momentum: {low: 0.5, high: 0.9, when: {optimizer: momentum}}, "
    "learning_rate: {low: 1e-4, high: 1e-1, log: true}, batch_size: {choices: [32, 128]}, "
    "steps: {low: 100, high: 500, step: 100}}"
)
BASELINE = (
    "baselines: {plain: {filters: [8, 16], dropout: 0.1, optimizer: sgd, learning_rate: 0.01, "
    "batch_size: 32, steps: 300}}\n"
)


def spec(search: str = "{}", baselines: str = BASELINE) -> SweepSpec:
    return spec_of(SPACE, f"search: {search}\n{baselines}")
