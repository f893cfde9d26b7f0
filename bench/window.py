"""What TPE loses by looking at the latest trials and the best, instead of at all.

    python -m bench.window --json window.json

Nothing is trained: a trial is a function of its hyperparameters with noise, as a validation accuracy has it. Both
memories are Optuna's own TPE as `sweep` sets it up, with the same seeds. What counts of a search is how far the trial
that looked best is from the least that the function has, without the noise; beside it stands what the last hundred
suggestions cost in processor time. Searches run on as many cores as there are.
"""

import argparse
import logging
import math
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import optuna
from rich.console import Console
from rich.table import Table

from bench.common import spread, when_and_where, write_json
from sweep.machine import usable_cores
from sweep.search.memory import BEST, BoundedMemory
from sweep.search.study import LATEST, derive_seed, make_sampler
from sweep.spec import Choice

NOISE = 0.003
LAST = 100
STARTUP = 10


@dataclass(frozen=True)
class Search:
    """One search: the distances from the least of the function after so many trials, and milliseconds of the processor
    for each of the last suggestions."""

    function: str
    memory: str
    seed: int
    distance: dict[int, float]
    ms: float


def training(trial: optuna.Trial) -> float:
    """Somewhat as the error of a network: a rate that suits the batch and the optimizer, and sizes that saturate."""
    optimizer = trial.suggest_categorical("optimizer", ["sgd", "momentum", "adam", "rmsprop"])
    rate = math.log10(trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True))
    batch = trial.suggest_categorical("batch_size", [32, 64, 128, 256])
    best = {"sgd": -1.3, "momentum": -2.0, "adam": -2.9, "rmsprop": -3.1}[optimizer] + 0.3 * math.log2(batch / 64) / 2
    error = 0.08 * (rate - best) ** 2 + {"sgd": 0.01, "momentum": 0.003, "adam": 0.0, "rmsprop": 0.002}[optimizer]
    if optimizer in ("momentum", "rmsprop"):
        error += 0.05 * (trial.suggest_float("momentum", 0.5, 0.99) - 0.9) ** 2
    error += 0.03 * (trial.suggest_float("dropout", 0.0, 0.6) - 0.25) ** 2
    for name, most in (("filters.1", 64), ("filters.2", 128), ("dense.1", 1024)):
        error += 0.01 * (1 - trial.suggest_int(name, most // 8, most, step=most // 8) / most)
    return error + {3: 0.004, 5: 0.0, 7: 0.001}[trial.suggest_categorical("kernel_size", [3, 5, 7])]


def valley(trial: optuna.Trial) -> float:
    """Rosenbrock's function of six numbers: a curved valley, in which all of them depend on each other."""
    x = [trial.suggest_float(f"x{n}", -2.0, 2.0) for n in range(6)]
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in pairwise(x)) / 1000


def hills(trial: optuna.Trial) -> float:
    """Rastrigin's function of four numbers: hundreds of local minima on a bowl."""
    x = [trial.suggest_float(f"x{n}", -3.0, 4.0) for n in range(4)]
    return sum(a * a + 10 - 10 * math.cos(2 * math.pi * a) for a in x) / 100


FUNCTIONS: Mapping[str, Callable[[optuna.Trial], float]] = {"training": training, "valley": valley, "hills": hills}
MEMORIES: Mapping[str, Callable[[], optuna.storages.InMemoryStorage]] = {
    "all": optuna.storages.InMemoryStorage,
    "bounded": lambda: BoundedMemory(LATEST + STARTUP),
}


def search(function: str, memory: str, seed: int, trials: int) -> Search:
    """One search with one memory."""
    optuna.logging.set_verbosity(logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    study = optuna.create_study(storage=MEMORIES[memory]())
    sampler = Choice("tpe", {"n_startup_trials": STARTUP, "n_ei_candidates": 24})
    noise = np.random.default_rng(seed)
    distance: dict[int, float] = {}
    least_seen, spent = math.inf, 0.0
    for number in range(trials):
        before = time.process_time()
        study.sampler = make_sampler(sampler, derive_seed(seed, "ask", number))
        trial = study.ask()
        value = FUNCTIONS[function](trial)
        if number >= trials - LAST:
            spent += time.process_time() - before
        seen = value + noise.normal(0, NOISE)
        study.tell(trial, seen)
        if seen < least_seen:
            least_seen, at_least = seen, value
        if number + 1 in (LATEST, trials // 2, trials):
            distance[number + 1] = at_least
    return Search(function, memory, seed, distance, 1000 * spent / LAST)


def of_json(found: Mapping[str, Any]) -> Search:
    """A search as a document has it."""
    return Search(**{**found, "distance": {int(number): away for number, away in found["distance"].items()}})


def headings(searches: Sequence[Search]) -> tuple[str, ...]:
    """Of the columns of `rows`."""
    return ("function", "memory", "seeds", *(f"after {number:,}" for number in searches[0].distance), "ms a suggestion")


def rows(searches: Sequence[Search]) -> list[tuple[str, ...]]:
    """Medians over the seeds of each function with each memory, distances with their range."""
    kinds = {(one.function, one.memory): None for one in searches}
    found = []
    for function, memory in kinds:
        own = [one for one in searches if (one.function, one.memory) == (function, memory)]
        away = [[one.distance[number] for one in own] for number in own[0].distance]
        cells = [spread(each, 4) for each in away]
        found.append((function, memory, str(len(own)), *cells, f"{median(one.ms for one in own):.1f}"))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--json", type=Path, metavar="PATH")
    arguments = parser.parse_args()
    document = {"bench": "window", "trials": arguments.trials, "latest": LATEST, "best": BEST, **when_and_where()}
    wanted = [(f, m, seed) for f in FUNCTIONS for m in MEMORIES for seed in range(arguments.seeds)]
    with ProcessPoolExecutor(usable_cores()) as pool:
        searches = list(pool.map(search, *zip(*wanted, strict=True), [arguments.trials] * len(wanted)))
    table = Table(*headings(searches))
    for row in rows(searches):
        table.add_row(*row)
    Console().print(table)
    if arguments.json is not None:
        write_json(arguments.json, {**document, "searches": [asdict(found) for found in searches]})


if __name__ == "__main__":
    main()
