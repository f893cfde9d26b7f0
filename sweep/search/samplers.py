"""Samplers: what suggests the next point, and which trials it looks at."""

import warnings
from typing import assert_never

import optuna

from sweep.search.memory import BoundedMemory
from sweep.space import Grid, OneAtATime, Random, Sampler, Tpe

# Trials that the sampler looks at beside the best. What a suggestion of TPE takes grows with them;
# with a few hundred it tries less that is new. Of 241 and more it counts the same number as good.
MOST = 1000


def make_sampler(sampler: Sampler, seed: int) -> optuna.samplers.BaseSampler:
    """Optuna's sampler for the one that the file names, drawing from `seed`."""
    match sampler:
        case Tpe():
            return _tpe(sampler, seed)
        case Random():
            return optuna.samplers.RandomSampler(seed=seed)
        case Grid() | OneAtATime():
            # They are not asked for points: the coordinator knows them. Optuna draws what it
            # enqueues of such a point by no sampler at all.
            return optuna.samplers.RandomSampler(seed=seed)
        case _:
            assert_never(sampler)


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
    """Where the trials are that a sampler looks at: no fewer than it waits for before it learns."""
    return BoundedMemory(max(MOST, sampler.learns_after or 0))
