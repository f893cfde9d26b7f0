"""What the peers are asked to do, and how they say what came of it. Imports nothing that takes
time."""

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version

# Lowest and highest value; the learning rate is drawn evenly in the logarithm.
LEARNING_RATE = (1e-4, 1e-2)
DROPOUT = (0.0, 0.6)
# So many of MNIST's 60,000 training images are for validation.
VALIDATION = 10_000
# The variable that names the file of images, which holds sweep's own split of them.
IMAGES = "BENCH_IMAGES"


@dataclass(frozen=True)
class Workload:
    """Equal trainings of one network: convolutions with pooling, one dense layer, dropout; Adam."""

    filters: tuple[int, ...]
    kernel_size: int
    dense: int
    batch_size: int
    steps: int
    trials: int


WORKLOADS = {
    "large": Workload((32, 64), 5, 1024, batch_size=100, steps=600, trials=8),
    "small": Workload((8, 16), 3, 64, batch_size=32, steps=500, trials=60),
}


@dataclass(frozen=True)
class Task:
    """A workload, how many of its trials run at once, and whether each is a process of its own."""

    workload: Workload
    jobs: int
    processes: bool


def parse() -> Task:
    """What the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--workload", choices=WORKLOADS, required=True)
    parser.add_argument("--trials", type=int, help="instead of the workload's own number")
    parser.add_argument("--steps", type=int, help="instead of the workload's own number")
    parser.add_argument("--jobs", type=int, default=1, help="trials at once")
    parser.add_argument(
        "--processes", action="store_true", help="each job a process, where the tool has a choice"
    )
    given = parser.parse_args()
    own = WORKLOADS[given.workload]
    workload = replace(own, trials=given.trials or own.trials, steps=given.steps or own.steps)
    return Task(workload, given.jobs, given.processes)


def one_thread_each() -> None:
    """Gives TensorFlow one thread in this process and its children; call it before TensorFlow is
    imported."""
    os.environ.update(ONE_THREAD)


ONE_THREAD = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}


def report(accuracies: Sequence[float], packages: Sequence[str]) -> None:
    """Prints the one line that the race reads: how many trials came to their end, the best
    validation accuracy, and the versions of what was used."""
    versions = {name: version(name) for name in ("tensorflow", "keras", *packages)}
    result = {
        "trials": len(accuracies),
        "best_val_accuracy": max(accuracies, default=0.0),
        "versions": versions,
    }
    print(json.dumps(result), flush=True)
