"""The contract of samplers: one that learns is told from random search, and random search is not."""

from statistics import fmean
from typing import get_args

import optuna
import pytest

from sweep.search.samplers import MOST_SHOWN, make_memory, make_sampler
from sweep.space.strategies import CmaEs, Nsga2, Random, Sampler, Tpe

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


def last_distances(sampler: Sampler, seed: int, trials: int = 120, shown: int = 30) -> float:
    """The mean distance from the best point of the last suggestions in a study of two numbers."""
    study = optuna.create_study(storage=make_memory(sampler), direction="maximize")
    distances = []
    for number in range(trials):
        study.sampler = make_sampler(sampler, 1000 * seed + number, always={"x", "y"})
        trial = study.ask()
        x = trial.suggest_float("x", 0, 1)
        y = trial.suggest_float("y", 0, 1)
        distances.append(abs(x - BEST) + abs(y - BEST))
        study.tell(trial, -distances[-1])
    return fmean(distances[-shown:])


@pytest.mark.parametrize("kind", LEARNING)
def test_a_sampler_that_learns_comes_nearer_to_the_best_than_random_search(kind: type) -> None:
    random, learnt = (
        fmean(last_distances(sampler, seed) for seed in range(3)) for sampler in (Random(), kind())
    )
    assert learnt < 0.7 * random


def test_tpe_suggests_what_is_near_the_best_trial_that_it_knows() -> None:
    random = distance(Random(), BEST)
    assert distance(Tpe(), BEST) < 0.6 * random
    assert distance(Tpe(), 1 - BEST) > random


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


@pytest.mark.parametrize(
    ("slow", "fast"),
    [
        (CmaEs(n_startup_trials=200), CmaEs()),
        (CmaEs(popsize=100), CmaEs(popsize=6)),
        (Nsga2(population_size=200), Nsga2(population_size=20)),
        (Nsga2(crossover_prob=0.0), Nsga2(crossover_prob=1.0)),
        (Nsga2(swapping_prob=0.0), Nsga2(swapping_prob=0.5)),
    ],
)
def test_options_of_generations_reach_the_sampler(slow: Sampler, fast: Sampler) -> None:
    assert last_distances(slow, 0) > last_distances(fast, 0)


def test_cma_es_goes_on_where_a_number_existed_in_its_first_trials_alone() -> None:
    """Optuna's own draws at random from there on."""
    study = optuna.create_study(direction="maximize")
    distances = []
    for number in range(100):
        study.sampler = make_sampler(CmaEs(), number, always={"x", "y"})
        trial = study.ask()
        x, y = (trial.suggest_float(name, 0, 1) for name in ("x", "y"))
        if number < 20:
            trial.suggest_float("only at first", 0, 1)
        distances.append(abs(x - BEST) + abs(y - BEST))
        study.tell(trial, -distances[-1])
    assert fmean(distances[-20:]) < 0.2


@pytest.mark.parametrize("kind", [CmaEs, Nsga2])
def test_a_sampler_of_generations_finds_every_trial_of_a_generation(kind: type) -> None:
    study = optuna.create_study(storage=make_memory(kind()))
    study.add_trials([optuna.trial.create_trial(value=float(n)) for n in range(2 * MOST_SHOWN)])
    assert len(study.get_trials(deepcopy=False)) == 2 * MOST_SHOWN
