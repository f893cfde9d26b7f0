"""The contract of samplers: one that learns is told from random search, and random search is not."""

from typing import get_args

import optuna
import pytest

from sweep.search.samplers import make_sampler
from sweep.space.strategies import Random, Sampler, Tpe

KINDS = get_args(Sampler)
ASKED = [kind for kind in KINDS if not kind.is_design]
LEARNING = [kind for kind in ASKED if kind().learns_after is not None]
BEST = 0.2
KNOWN, SUGGESTED = 40, 60


def distance(sampler: Sampler, peak: float) -> float:
    """The mean distance from `BEST` of what a sampler suggests that knows some trials, the best of
    them at `peak`."""
    study = optuna.create_study(direction="maximize")
    for number in range(KNOWN):
        x = number / (KNOWN - 1)
        trial = optuna.trial.create_trial(
            params={"x": x},
            distributions={"x": optuna.distributions.FloatDistribution(0, 1)},
            value=-abs(x - peak),
        )
        study.add_trial(trial)
    total = 0.0
    for seed in range(SUGGESTED):
        study.sampler = make_sampler(sampler, seed)
        asked = study.ask()
        total += abs(asked.suggest_float("x", 0, 1) - BEST)
        study.tell(asked, state=optuna.trial.TrialState.FAIL)
    return total / SUGGESTED


@pytest.mark.parametrize("kind", LEARNING)
def test_a_sampler_that_learns_is_no_random_search(kind: type) -> None:
    random = distance(Random(), BEST)
    assert distance(kind(), BEST) < 0.6 * random
    assert distance(kind(), 1 - BEST) > random


def test_random_search_does_not_learn() -> None:
    assert distance(Random(), BEST) == distance(Random(), 1 - BEST)


def test_the_sampler_of_each_kind_draws_from_its_seed() -> None:
    for kind in KINDS:
        one, same, other = (optuna.create_study(sampler=make_sampler(kind(), s)) for s in (1, 1, 2))
        first, second, third = (
            study.ask().suggest_float("x", 0, 1) for study in (one, same, other)
        )
        assert first == second != third


def test_options_reach_the_sampler() -> None:
    """Before it learns TPE is random search, for as long as it is told to wait."""
    patient = Tpe(n_startup_trials=KNOWN + SUGGESTED)
    assert distance(patient, BEST) > 0.6 * distance(Random(), BEST)
