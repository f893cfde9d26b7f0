"""What TPE loses by looking at the best trials and a sample, instead of at all.

    python -m bench.window --json window.json

Nothing is trained: a trial is a function of its hyperparameters, with a course of five evaluations
and with noise, as a validation error has them. As in a sweep by default, trials fall behind at
rungs; several run at once; what cannot be built breaks a constraint. Each memory serves Optuna's
own TPE with the same seeds: one that shows it all trials, that of `sweep`, and a small one. Of each
search three numbers count, without the noise and above the least of the function, which is 0: that
of the trial that looked best, the least of all trials, and the mean of the last hundred that could
be built. The less the better.

It goes on after the searches that its JSON document has.
"""

import argparse
import logging
import math
import warnings
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import pairwise, product
from pathlib import Path
from statistics import fmean

import numpy as np
import optuna
from rich.console import Console
from rich.table import Table

from bench.common import begun, spread, write_json
from sweep.execute.machine import usable_cores
from sweep.search.memory import BoundedMemory
from sweep.search.rungs import Rungs
from sweep.search.samplers import make_memory, make_sampler
from sweep.search.study import derive_seed
from sweep.space.strategies import Tpe

EVALUATIONS, FACTOR, AT_ONCE, LAST = 5, 2, 4, 100
NOISE = 0.003
SMALL = 250
TPE = Tpe(n_startup_trials=10, n_ei_candidates=24)


def network(trial: optuna.Trial) -> float | None:
    """Somewhat as the error of a network: a learning rate that suits batch and optimizer, sizes
    that saturate, and kernels that do not fit after so many layers. 0 at its least."""
    optimizer = trial.suggest_categorical("optimizer", ["sgd", "momentum", "adam", "rmsprop"])
    rate = math.log10(trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True))
    batch = trial.suggest_categorical("batch_size", [32, 64, 128, 256])
    best = {"sgd": -1.3, "momentum": -2.0, "adam": -2.9, "rmsprop": -3.1}[
        optimizer
    ] + 0.15 * math.log2(batch / 64)
    error = (
        0.08 * (rate - best) ** 2
        + {"sgd": 0.01, "momentum": 0.003, "adam": 0.0, "rmsprop": 0.002}[optimizer]
    )
    if optimizer in ("momentum", "rmsprop"):
        error += 0.05 * (trial.suggest_float("momentum", 0.5, 0.99) - 0.9) ** 2
    error += 0.03 * (trial.suggest_float("dropout", 0.0, 0.6) - 0.25) ** 2
    for name, most in (("filters", 64), ("dense", 1024)):
        error += 0.01 * (1 - trial.suggest_int(name, most // 8, most, step=most // 8) / most)
    layers, kernel = (
        trial.suggest_int("layers", 1, 4),
        trial.suggest_categorical("kernel_size", [3, 5, 7]),
    )
    size = 28
    for _ in range(layers):
        size = (size - kernel + 1) // 2
    return (
        error + 0.003 * (3 - layers) ** 2 + {3: 0.0, 5: 0.001, 7: 0.002}[kernel]
        if size > 0
        else None
    )


def valley(trial: optuna.Trial) -> float:
    """Rosenbrock's function of six numbers: a curved valley, in which all of them depend on each
    other. 0 at its least."""
    x = [trial.suggest_float(f"x{number}", -2.0, 2.0) for number in range(6)]
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in pairwise(x)) / 1000


FUNCTIONS: Mapping[str, Callable[[optuna.Trial], float | None]] = {
    "network": network,
    "valley": valley,
}
MEMORIES: Mapping[str, Callable[[], optuna.storages.InMemoryStorage]] = {
    "all": optuna.storages.InMemoryStorage,
    "sweep": lambda: make_memory(TPE),
    "small": lambda: BoundedMemory(SMALL),
}


@dataclass(frozen=True)
class Search:
    """What came of one search; `shown` is how many of its finished trials the sampler was shown at
    its end."""

    function: str
    memory: str
    seed: int
    shown: int
    looked_best: float
    least: float
    last: float


MEASURES = {
    "looked_best": "the trial that looked best",
    "least": "the least of all",
    "last": f"mean of the last {LAST}",
}


def search(function: str, memory: str, seed: int, trials: int) -> Search:
    """One search with one memory."""
    optuna.logging.set_verbosity(logging.ERROR)
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    study = optuna.create_study(storage=MEMORIES[memory]())
    rungs, noise = Rungs(1, FACTOR, maximize=False), np.random.default_rng(seed)
    running: deque[tuple[optuna.Trial, float | None]] = deque()
    errors: list[float] = []
    looked_best = (math.inf, math.inf)

    def end() -> None:
        nonlocal looked_best
        trial, error = running.popleft()
        if error is None:
            trial.set_constraint("usable", 1.0)
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            return
        errors.append(error)
        for step in range(1, EVALUATIONS + 1):
            seen = error + 0.3 * math.exp(-step) + noise.normal(0, NOISE)
            trial.report(seen, step)
            if rungs.falls_behind(trial.number, step, seen):
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                return
        study.tell(trial, seen)
        looked_best = min(looked_best, (seen, error))

    for number in range(trials):
        study.sampler = make_sampler(TPE, derive_seed(seed, "ask", number))
        trial = study.ask()
        running.append((trial, FUNCTIONS[function](trial)))
        if len(running) == AT_ONCE:
            end()
    while running:
        end()
    shown = len(study.get_trials(deepcopy=False))
    return Search(function, memory, seed, shown, looked_best[1], min(errors), fmean(errors[-LAST:]))


def rows(searches: Sequence[Search]) -> list[tuple[str, ...]]:
    """Medians over the seeds of each function with each memory, with their range, and in how many
    of the seeds less was found than with all trials."""
    found = []
    for function, (measure, said) in product(
        dict.fromkeys(one.function for one in searches), MEASURES.items()
    ):
        of = {
            m: {
                s.seed: asdict(s)[measure]
                for s in searches
                if (s.function, s.memory) == (function, m)
            }
            for m in MEMORIES
        }
        cells = [spread(list(of["all"].values()), 4)]
        for memory in list(MEMORIES)[1:]:
            seeds = of["all"].keys() & of[memory].keys()
            less = sum(of[memory][seed] < of["all"][seed] for seed in seeds)
            cells += [spread(list(of[memory].values()), 4), f"{less} of {len(seeds)}"]
        found.append((function, said, *cells))
    return found


HEADINGS = (
    "function",
    "above its least",
    "all trials",
    "as in sweep",
    "less",
    f"{SMALL} trials",
    "less",
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=1500)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--json", type=Path, metavar="PATH")
    arguments = parser.parse_args()
    document = begun(arguments.json, {"bench": "window", "trials": arguments.trials}, "searches")
    done = {(found["function"], found["memory"], found["seed"]) for found in document["searches"]}
    wanted = [
        (f, m, seed) for seed in range(arguments.seeds) for f, m in product(FUNCTIONS, MEMORIES)
    ]
    with ProcessPoolExecutor(usable_cores()) as pool:
        waiting = [pool.submit(search, *one, arguments.trials) for one in wanted if one not in done]
        for future in waiting:
            document["searches"].append(asdict(future.result()))
            if arguments.json is not None:
                write_json(arguments.json, document)
    table = Table(*HEADINGS)
    for row in rows([Search(**found) for found in document["searches"]]):
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
