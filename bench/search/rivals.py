"""Searchers to compare with: random search, a control, and the rules of other tools.

Optuna's samplers and pruners are the real ones, asked and told as its documentation shows. Ray's
ASHA and KerasTuner's Hyperband are their published rules, written anew: they come to their
decisions here as there, without their processes.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import optuna

from bench.search.clock import Job, Searcher
from bench.search.problem import Point, Problem, drawn

# Makes a searcher of a problem, a seed, and the budget in trainings.
Maker: TypeAlias = Callable[[Problem, int, float], Searcher]
# Shares of a training at which Optuna's tutorials would report: every twentieth.
REPORTS = tuple(number / 20 for number in range(1, 21))


class Random:
    """Every point at random, trained to the end."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self._problem = problem
        self._random = np.random.default_rng((seed, 1))
        self._key = 0

    def ask(self) -> Job | None:
        self._key += 1
        return Job(self._key, drawn(self._problem.dimensions, self._random), (1.0,))

    def tell(self, job: Job, share: float, value: float) -> bool:  # noqa: ARG002 a Searcher
        return False

    def ended(self, job: Job) -> None: ...


class ShortThenBest:
    """Trains random points for a short share, and then the best of them to the end.

    With a budget of B trainings, half of it goes into the first pass.
    """

    SHARE = 1 / 16

    def __init__(self, problem: Problem, seed: int, budget: float) -> None:
        self._problem = problem
        self._random = np.random.default_rng((seed, 2))
        self._left = int(budget / 2 / self.SHARE)
        self._active = 0
        self._key = 0
        self._values: list[tuple[float, int, Point]] = []
        self._best: deque[tuple[float, int, Point]] | None = None

    def ask(self) -> Job | None:
        if self._left:
            self._left -= 1
            self._active += 1
            self._key += 1
            point = drawn(self._problem.dimensions, self._random)
            return Job(self._key, point, (self.SHARE,))
        if self._best is None and self._active:
            return None
        if self._best is None:
            self._best = deque(sorted(self._values, reverse=True))
        if not self._best:
            return None
        _, key, point = self._best.popleft()
        return Job(key, point, (1.0,), self.SHARE)

    def tell(self, job: Job, share: float, value: float) -> bool:  # noqa: ARG002 a Searcher
        if self._best is None and math.isfinite(value):
            self._values.append((value, job.key, job.point))
        return False

    def ended(self, job: Job) -> None:  # noqa: ARG002 a Searcher
        self._active -= 1


class Optuna:
    """Optuna's TPE with one of its pruners, with a report after each of `REPORTS`."""

    def __init__(self, problem: Problem, seed: int, pruner: optuna.pruners.BasePruner) -> None:
        self._problem = problem
        sampler = optuna.samplers.TPESampler(seed=seed)
        self._study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner)
        self._trials: dict[int, optuna.Trial] = {}
        self._last: dict[int, float] = {}

    def ask(self) -> Job | None:
        trial = self._study.ask()
        self._trials[trial.number] = trial
        return Job(trial.number, self._suggested(trial), REPORTS)

    def _suggested(self, trial: optuna.Trial) -> Point:
        levels: list[int] = []
        for place, dimension in enumerate(self._problem.dimensions):
            padded = (*levels, *(0,) * (len(self._problem.dimensions) - place))
            if place and place >= self._problem.existing(padded):
                levels.append(0)
            elif dimension.choices is None:
                levels.append(trial.suggest_int(dimension.name, 0, dimension.size - 1))
            else:
                options = range(dimension.choices)
                levels.append(trial.suggest_categorical(dimension.name, options))
        return tuple(levels)

    def tell(self, job: Job, share: float, value: float) -> bool:
        if not math.isfinite(value):
            return True
        trial = self._trials[job.key]
        self._last[job.key] = value
        trial.report(value, round(share * len(REPORTS)))
        return share < 1 and trial.should_prune()

    def ended(self, job: Job) -> None:
        trial = self._trials.pop(job.key)
        value = self._last.get(job.key)
        reports = self._study.trials[trial.number].intermediate_values
        if len(reports) == len(REPORTS):
            self._study.tell(trial, value)
        elif value is None:
            self._study.tell(trial, state=optuna.trial.TrialState.FAIL)
        else:
            self._study.tell(trial, state=optuna.trial.TrialState.PRUNED)


def optuna_hyperband(problem: Problem, seed: int) -> Optuna:
    """Optuna's Hyperband with its defaults: a factor of 3, from the first report on."""
    pruner = optuna.pruners.HyperbandPruner(1, len(REPORTS), 3)
    return Optuna(problem, seed, pruner)


def optuna_median(problem: Problem, seed: int) -> Optuna:
    """Optuna's median rule with its defaults."""
    return Optuna(problem, seed, optuna.pruners.MedianPruner())


class RayAsha:
    """Ray's asynchronous successive halving with its defaults: the first rung after one of 100
    units of a training, then each four times the one before; a trial stops if it is below the
    quantile of its rung."""

    FACTOR = 4
    UNITS = 100

    def __init__(self, problem: Problem, seed: int) -> None:
        self._problem = problem
        self._random = np.random.default_rng((seed, 3))
        self._key = 0
        steps = [1]
        while steps[-1] * self.FACTOR < self.UNITS:
            steps.append(steps[-1] * self.FACTOR)
        self._rungs: dict[float, list[float]] = {step / self.UNITS: [] for step in steps}

    def ask(self) -> Job | None:
        self._key += 1
        point = drawn(self._problem.dimensions, self._random)
        return Job(self._key, point, (*self._rungs, 1.0))

    def tell(self, job: Job, share: float, value: float) -> bool:  # noqa: ARG002 a Searcher
        rung = self._rungs.get(share)
        if rung is None or not math.isfinite(value):
            return False
        # Ray looks at the others before it adds the trial itself.
        cutoff = None
        if rung:
            cutoff = float(np.nanpercentile(rung, (1 - 1 / self.FACTOR) * 100))
        rung.append(value)
        return cutoff is not None and value < cutoff

    def ended(self, job: Job) -> None: ...


@dataclass
class _Entry:
    """A training of a round: which one, what it is, and what it showed."""

    key: int
    point: Point
    value: float = math.nan
    """Not a number while it trains; minus infinity once it diverged."""
    is_chosen: bool = False


class _Bracket:
    """Rounds of fewer and longer trainings. An entry goes on once it must be among the best."""

    FACTOR = 3
    EPOCHS = 100

    def __init__(self, number: int) -> None:
        self.number = number
        self._rounds: list[list[_Entry]] = [[] for _ in range(number + 1)]
        self._active: dict[int, _Entry] = {}

    @classmethod
    def count(cls) -> int:
        """The number of kinds of brackets."""
        return 1 + int(math.log(cls.EPOCHS, cls.FACTOR))

    def _size(self, place: int) -> int:
        last = math.ceil(1 + math.log(self.EPOCHS, self.FACTOR)) / (self.number + 1)
        return math.ceil(last * float(self.FACTOR) ** (self.number - place))

    def _share(self, place: int) -> float:
        return math.ceil(self.EPOCHS / float(self.FACTOR) ** (self.number - place)) / self.EPOCHS

    def next(self, new: Callable[[], tuple[int, Point]]) -> Job | None:
        """The next job; None if its rounds are full, or wait for results."""
        if len(self._rounds[0]) < self._size(0):
            key, point = new()
            return self._begun(0, _Entry(key, point), 0.0)
        for place in range(1, len(self._rounds)):
            size, before = self._size(place), self._size(place - 1)
            ended = [
                e for e in self._rounds[place - 1] if not math.isnan(e.value) and not e.is_chosen
            ]
            if len(self._rounds[place]) < size and len(ended) > before - size:
                best = max(ended, key=lambda entry: entry.value)
                best.is_chosen = True
                return self._begun(place, _Entry(best.key, best.point), self._share(place - 1))
        return None

    def _begun(self, place: int, entry: _Entry, begun: float) -> Job:
        self._rounds[place].append(entry)
        self._active[entry.key] = entry
        return Job(entry.key, entry.point, (self._share(place),), begun)

    def tell(self, key: int, value: float) -> bool:
        """Takes a result, if the training is one of this bracket."""
        entry = self._active.pop(key, None)
        if entry is None:
            return False
        entry.value = value if math.isfinite(value) else -math.inf
        return True


class KerasTunerHyperband:
    """KerasTuner's Hyperband with its defaults: a factor of 3, 100 epochs, and a further bracket
    where the others wait. A training goes on from its weights."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self._problem = problem
        self._random = np.random.default_rng((seed, 4))
        self._key = 0
        self._brackets: list[_Bracket] = []

    def ask(self) -> Job | None:
        for bracket in self._brackets:
            job = bracket.next(self._new)
            if job is not None:
                return job
        number = _Bracket.count() - 1 - len(self._brackets) % _Bracket.count()
        self._brackets.append(_Bracket(number))
        return self._brackets[-1].next(self._new)

    def _new(self) -> tuple[int, Point]:
        self._key += 1
        return self._key, drawn(self._problem.dimensions, self._random)

    def tell(self, job: Job, share: float, value: float) -> bool:  # noqa: ARG002 a Searcher
        any(bracket.tell(job.key, value) for bracket in self._brackets)
        return False

    def ended(self, job: Job) -> None: ...


RIVALS: dict[str, Maker] = {
    "random": lambda problem, seed, _: Random(problem, seed),
    "short then best": ShortThenBest,
    "optuna tpe + hyperband": lambda problem, seed, _: optuna_hyperband(problem, seed),
    "optuna tpe + median": lambda problem, seed, _: optuna_median(problem, seed),
    "ray asha": lambda problem, seed, _: RayAsha(problem, seed),
    "keras-tuner hyperband": lambda problem, seed, _: KerasTunerHyperband(problem, seed),
}
