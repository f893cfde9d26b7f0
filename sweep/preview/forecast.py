"""A forecast of a sweep's duration: many simulated sweeps with the costs of timed networks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sweep.preview.assumed import Assumed
from sweep.preview.costs import Costs
from sweep.preview.playing import Course, play, play_pruned
from sweep.preview.timing import Timing
from sweep.search.pruners import make_pruner
from sweep.space import Hyperparams, Search, SweepSpec, possible_trials
from sweep.trial import DataSummary

# Trials to simulate in all, and bounds of the number of simulated sweeps.
TRIALS, FEWEST_SWEEPS, MOST_SWEEPS = 40_000, 12, 400
# Run-to-run variation of a shared machine: the relative standard deviation of a sweep's seconds.
UNSTEADINESS = 0.1
# A sampler that has learnt, in standard deviations: how much better its trials are, and how much it
# may favour cheap or expensive networks. The first matches the number of pruned trials in runs of
# the shipped space files.
LEARNT, TASTE = 1.0, 0.6
# Core seconds per trial that the coordinator takes from a worker (ledger, sampler, MLflow).
BETWEEN = 0.1
# Time after the last trial (the best network is examined, drawn and logged), in start-up times.
ENDING = 1.0
# The ends of the range, as percentiles of the simulated sweeps.
LOW, HIGH = 10, 90


@dataclass(frozen=True)
class Forecast:
    """How long a sweep will take, in seconds.

    `seconds` is the median of the simulated sweeps, `low` to `high` an 80 % interval, and
    `without_pruning` the median without a pruner. They include `around`, the start-up and the end.
    `drawn` of the `trials` are assumed to be random points, and `pruned` to be pruned. A pruner
    with fixed limits is assumed to prune none: nobody knows the values yet.
    """

    seconds: float
    low: float
    high: float
    without_pruning: float
    around: float
    trials: int
    drawn: int
    pruned: int
    workers: int


@dataclass(frozen=True)
class _Entry:
    """A configuration in the simulation: its course, and the relative error of its times."""

    course: Course
    error: float


def forecast(
    spec: SweepSpec, assumed: Assumed, timing: Timing, data: DataSummary, workers: int
) -> Forecast:
    """The duration of the whole sweep with that many workers; the same for the same arguments."""
    trials = possible_trials(spec, data.shape)
    spec = replace(spec, search=replace(spec.search, trials=trials))
    search = spec.search
    costs = Costs.of_timed(timing.networks, data)
    planned = []
    for plan in assumed.planned:
        is_baseline = plan.baseline is not None
        planned.append(_entry(spec, plan.point, costs, data, baseline=is_baseline))
    pool = [_entry(spec, point, costs, data, baseline=False) for point in assumed.pool]
    random = np.random.default_rng(search.seed)
    timed = len(timing.networks)
    played = []
    for _ in range(_rounds(search.trials)):
        played.append(_one_round(spec, planned, pool, workers, timed, random))
    seconds, whole, pruned = np.array(played).T
    around = timing.startup * (1 + ENDING)
    pace = np.exp(UNSTEADINESS * random.standard_normal(len(played)))
    taken = pace * (seconds + around)
    without_pruning = np.median(pace * (whole + around))
    low, median, high = np.percentile(taken, (LOW, 50, HIGH)).tolist()
    unplanned = search.trials - len(planned) * search.repeats
    return Forecast(
        seconds=median,
        low=low,
        high=high,
        without_pruning=float(without_pruning),
        around=around,
        trials=search.trials,
        drawn=max(unplanned, 0),
        pruned=round(np.median(pruned)),
        workers=workers,
    )


def _rounds(trials: int) -> int:
    """How often a sweep of that many trials is played."""
    wanted = TRIALS // trials
    return min(max(wanted, FEWEST_SWEEPS), MOST_SWEEPS)


def _entry(
    spec: SweepSpec, point: Hyperparams, costs: Costs, data: DataSummary, *, baseline: bool
) -> _Entry:
    took, error = costs.of(point, data)
    evaluate_at = spec.grid.steps(point)
    once = took.once + BETWEEN
    times = []
    for count, at in enumerate(evaluate_at, 1):
        evaluations = count * took.evaluation
        times.append(once + at * took.step + evaluations)
    is_ranked = spec.space.values(point) is not None
    progress = tuple(spec.grid.progress(point, step) for step in evaluate_at)
    course = Course(progress, tuple(times), took.step, is_ranked, may_be_pruned=not baseline)
    return _Entry(course, error)


def _one_round(
    spec: SweepSpec,
    planned: Sequence[_Entry],
    pool: Sequence[_Entry],
    workers: int,
    timed: int,
    random: np.random.Generator,
) -> tuple[float, float, int]:
    """Simulates one sweep: its seconds, those without pruning, and the number of pruned trials."""
    search = spec.search
    lasting = [entry.course.times[-1] for entry in pool]
    further = _drawn(search, lasting, random)
    configurations = [number // search.repeats for number in range(search.trials)]
    entries = []
    for number in configurations:
        is_planned = number < len(planned)
        entries.append(planned[number] if is_planned else pool[further[number]])
    errors = np.array([entry.error for entry in entries])
    # The error of the prices is common to all networks; each also has its own error.
    common = float(errors.mean()) / math.sqrt(timed) * random.standard_normal()
    own = errors * random.standard_normal(search.trials)[configurations]
    paces = np.exp(own + common).tolist()
    courses = [entry.course for entry in entries]
    whole = play(courses, paces, workers).seconds
    pruner = make_pruner(
        search.pruner,
        spec.first_rung,
        search.evaluations,
        maximize=spec.objective.maximize,
    )
    if pruner is None or not search.pruner.is_relative:
        return whole, whole, 0
    scores = _scores(search, random)
    if not spec.objective.maximize:
        scores = -scores
    played = play_pruned(courses, paces, workers, pruner, scores.tolist())
    return played.seconds, whole, played.pruned


def _learns_after(search: Search) -> int:
    """The number of trials before the sampler learns; all of them if it never does."""
    after = search.sampler.learns_after
    if after is None:
        return search.trials
    return after


def _drawn(search: Search, seconds: Sequence[float], random: np.random.Generator) -> list[int]:
    """For each configuration that the file does not name, the index of a point among those that
    take these `seconds`."""
    if not seconds:
        return []
    first = math.ceil(_learns_after(search) / search.repeats)
    evenly = random.integers(len(seconds), size=search.trials)
    logarithm = np.log(seconds)
    apart = logarithm - logarithm.mean()
    deviation = logarithm.std() or 1.0
    preference = np.exp(random.normal(0, TASTE) * apart / deviation)
    shares = preference / preference.sum()
    preferred = random.choice(len(seconds), size=search.trials, p=shares)
    return [*evenly[:first].tolist(), *preferred[first:].tolist()]


def _scores(search: Search, random: np.random.Generator) -> NDArray[np.float64]:
    """A random score for each trial, the greater the better; higher once the sampler has learnt."""
    scores = random.standard_normal(search.trials)
    scores[_learns_after(search) :] += LEARNT
    return scores
