"""Compares searchers on recorded learning curves and on traps.

    python -m bench.search [--table FILE ...] [--traps] [--seeds 10] [--workers 2 8 16]
                           [--searchers NAME ...] [--costs START EVALUATION] [--json PATH]

Without `--table` the tables in `bench/search/tables` are used. The format of a table stands in
`bench/search/table.py`. Times are in mean trainings; a search gets 40 of them, idle time included.
"""

import argparse
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

# Every search is one thread; there is a process for each core.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import optuna

from bench.common import when_and_where, write_json
from bench.search.clock import Costs, Courses, regrets, simulate
from bench.search.problem import Problem, Scale
from bench.search.product import searched
from bench.search.rivals import RIVALS, Random, ShortThenBest
from bench.search.scores import BUDGETS, Scores, document, lines
from bench.search.table import Recorded, load
from bench.search.traps import TRAPS

TABLES = Path(__file__).parent / "tables"
# What the product's space file says in `search`, by the searcher's name.
FEW_RUNGS = "pruner: {name: asha, first_rung: 0.0625, reduction_factor: 4}"
PRODUCT = {
    "sweep": "",
    "sweep, rungs at 6 and 25 %": f"evaluations: 1, {FEW_RUNGS}",
    "sweep, rungs at 6, 25, 20 ..": FEW_RUNGS,
    "sweep, random points": "sampler: random",
    "sweep, no pruning": "pruner: none",
}
TWICE = "random, twice the time"


@dataclass(frozen=True)
class Setting:
    """One search."""

    problem: str
    searcher: str
    seed: int
    workers: int
    costs: Costs


@lru_cache
def problem_of(name: str) -> tuple[Problem, Scale]:
    """A trap by its name, or a table by its path."""
    trap = next((trap for trap in TRAPS if trap.name == name), None)
    problem: Problem = trap or Recorded(Path(name).stem, load(Path(name)))
    return problem, Scale(problem)


def search(setting: Setting) -> list[float]:
    """The regrets of one search after each budget."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    problem, scale = problem_of(setting.problem)
    budget = BUDGETS[-1]
    workers = setting.workers
    if setting.searcher in PRODUCT:
        options = PRODUCT[setting.searcher]
        found = searched(problem, options, setting.seed, workers, budget, setting.costs)
        return regrets(found, BUDGETS, scale.regret)
    courses = Courses(problem, setting.seed)
    if setting.searcher == TWICE:
        found = simulate(Random(problem, setting.seed), courses, workers, 2 * budget, setting.costs)
        return regrets(found, [2 * each for each in BUDGETS], scale.regret)
    make = RIVALS[setting.searcher]
    if make is not ShortThenBest:
        searcher = make(problem, setting.seed, budget)
        found = simulate(searcher, courses, workers, budget, setting.costs)
        return regrets(found, BUDGETS, scale.regret)
    # It must know its budget, so each budget is a search of its own.
    answers = []
    for own in BUDGETS:
        found = simulate(make(problem, setting.seed, own), courses, workers, own, setting.costs)
        answers += regrets(found, [own], scale.regret)
    return answers


def compared(
    problems: Sequence[str], searchers: Sequence[str], seeds: int, workers: int, costs: Costs
) -> dict[str, Scores]:
    """The scores of every searcher on the problems."""
    settings = [
        Setting(problem, searcher, seed, workers, costs)
        for searcher in searchers
        for problem in problems
        for seed in range(seeds)
    ]
    with ProcessPoolExecutor() as pool:
        answers = np.array(list(pool.map(search, settings, chunksize=1)))
    shaped = answers.reshape(len(searchers), len(problems), seeds, len(BUDGETS))
    return {name: Scores(own) for name, own in zip(searchers, shaped, strict=True)}


def main() -> None:
    everything = [*PRODUCT, *RIVALS, TWICE]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--table", type=Path, nargs="*", help="tables, else those beside this file")
    parser.add_argument("--traps", action="store_true", help="the traps, each by itself")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--workers", type=int, nargs="+", default=[2])
    parser.add_argument("--searchers", nargs="+", choices=everything, default=everything)
    parser.add_argument("--costs", type=float, nargs=2, default=(0.0, 0.0), metavar="SHARE")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    tables = [str(path) for path in given.table or sorted(TABLES.glob("*.npz"))]
    if not tables and not given.traps:
        parser.error(f"there is no table in {TABLES}: give --table FILE, or --traps")
    groups = [[trap.name] for trap in TRAPS] if given.traps else [tables]
    searchers = list(dict.fromkeys([*given.searchers, "random"]))
    costs = Costs(*given.costs)
    results: list[dict[str, Any]] = []
    for name in [] if given.traps else tables:
        problem, _ = problem_of(name)
        assert isinstance(problem, Recorded)
        errors = ", ".join(f"{what} {value:.2f}" for what, value in problem.fit_errors.items())
        print(f"{problem.name}: {errors}")
    for workers in given.workers:
        for problems in groups:
            scores = compared(problems, searchers, given.seeds, workers, costs)
            names = ", ".join(Path(name).stem for name in problems)
            print(f"\n{names}, {workers} workers, {given.seeds} seeds")
            print(*lines(scores, searchers[0]), sep="\n")
            results.append({"workers": workers, **document(scores, problems)})
    if given.json:
        write_json(given.json, {"results": results, **when_and_where()})


if __name__ == "__main__":
    main()
