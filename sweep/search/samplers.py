"""Samplers, which suggest the next point, and the trials that they look at."""

import warnings
from typing import assert_never

import optuna

from sweep.search.memory import BoundedMemory
from sweep.space.strategies import Grid, OneAtATime, Random, Sampler, Tpe

# Trials that the sampler looks at besides the best. The time of a TPE suggestion grows with them;
# with a few hundred TPE explores less. From 241 trials on it counts the same number as good.
MOST_SHOWN = 1000


def make_sampler(sampler: Sampler, seed: int) -> optuna.samplers.BaseSampler:
    """Optuna's sampler for the one that the file names, with this seed."""
    match sampler:
        case Tpe():
            return _tpe(sampler, seed)
        case Random():
            return optuna.samplers.RandomSampler(seed=seed)
        case Grid() | OneAtATime():
            # The coordinator knows their points and enqueues them. Optuna draws no enqueued value.
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
    """The trials that a sampler looks at: at least as many as it needs before it learns."""
    return BoundedMemory(max(MOST_SHOWN, sampler.learns_after or 0))
