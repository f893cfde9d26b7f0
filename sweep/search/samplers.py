"""Samplers, which suggest the next point, and the trials that they look at."""

import sys
import warnings
from collections.abc import Container
from typing import assert_never

import optuna
from optuna.distributions import BaseDistribution

from sweep.search.memory import BoundedMemory
from sweep.space.strategies import CmaEs, Grid, Nsga2, OneAtATime, Qmc, Random, Sampler, Tpe

# Trials that the sampler looks at besides the best. The time of a TPE suggestion grows with them;
# with a few hundred TPE explores less. From 241 trials on it counts the same number as good.
MOST_SHOWN = 1000


def make_sampler(
    sampler: Sampler, seed: int, always: Container[str] = ()
) -> optuna.samplers.BaseSampler:
    """Optuna's sampler for the one that the file names, with this seed.

    `always` are the names of the parameters that exist at every point.
    """
    match sampler:
        case Tpe():
            return _tpe(sampler, seed)
        case CmaEs():
            return _CmaEs(sampler, seed, always)
        case Nsga2():
            return optuna.samplers.NSGAIISampler(
                seed=seed,
                population_size=sampler.population_size,
                crossover_prob=sampler.crossover_prob,
                swapping_prob=sampler.swapping_prob,
            )
        case Random():
            return optuna.samplers.RandomSampler(seed=seed)
        case Qmc() | Grid() | OneAtATime():
            # Their points are known and enqueued. Optuna draws no enqueued value.
            return optuna.samplers.RandomSampler(seed=seed)
        case _:
            assert_never(sampler)


class _CmaEs(optuna.samplers.CmaEsSampler):
    """Optuna's own stops for good where a parameter existed in all trials so far, and then not."""

    def __init__(self, sampler: CmaEs, seed: int, always: Container[str]) -> None:
        super().__init__(
            seed=seed,
            n_startup_trials=sampler.n_startup_trials,
            popsize=sampler.popsize,
            warn_independent_sampling=False,
        )
        self._always = always

    def infer_relative_search_space(
        self, study: optuna.Study, trial: optuna.trial.FrozenTrial
    ) -> dict[str, BaseDistribution]:
        found = super().infer_relative_search_space(study, trial)
        return {name: kind for name, kind in found.items() if name in self._always}


def _tpe(sampler: Tpe, seed: int) -> optuna.samplers.TPESampler:
    with warnings.catch_warnings():
        # Optuna calls multivariate, group and constant_liar experimental.
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.TPESampler(
            seed=seed,
            multivariate=True,
            group=True,
            constant_liar=True,
            n_startup_trials=sampler.n_startup_trials,
            n_ei_candidates=sampler.n_ei_candidates,
        )


def make_memory(sampler: Sampler) -> BoundedMemory:
    """The trials that a sampler looks at: at least as many as it needs before it learns.

    A sampler with generations looks at all, for it must find every trial of a generation.
    """
    if isinstance(sampler, CmaEs | Nsga2):
        return BoundedMemory(sys.maxsize)
    return BoundedMemory(max(MOST_SHOWN, sampler.learns_after or 0))
