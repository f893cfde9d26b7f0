"""How much each hyperparameter mattered, by Optuna's PED-ANOVA."""

import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from sweep.search.study import as_category
from sweep.space import Choices, Constant, Domain, FloatRange, IntRange, SweepSpec
from sweep.trial import TrialRecord, ranked

# Fewer complete trials are too few for an importance.
LEAST = 10
# The share of the trials that counts as good, and their least number.
GOOD_SHARE = 0.1
LEAST_GOOD = 5


def good_share(trials: int) -> float:
    """The share of `trials` that counts as good: a tenth, but at least five of them."""
    return max(GOOD_SHARE, LEAST_GOOD / trials)


@dataclass(frozen=True)
class Importance:
    """The importance of each varied hyperparameter, the largest first; the shares sum to 1.

    It measures how much a hyperparameter separates the good trials from all. `trials` is the number
    of complete trials in the space; `shares` is empty if they are too few.
    """

    shares: Mapping[str, float]
    trials: int


def importance(spec: SweepSpec, records: Sequence[TrialRecord]) -> Importance:
    """The importance of each hyperparameter for the objective; none for fewer than ten trials.

    PED-ANOVA: Watanabe, Bansal, Hutter, "PED-ANOVA: Efficiently Quantifying Hyperparameter
    Importance in Arbitrary Subspaces", IJCAI 2023, section 4.
    """
    varied = {
        p.name: d for p in spec.space.parameters if (d := _distribution(p.domain)) is not None
    }
    optuna.logging.set_verbosity(logging.ERROR)
    study = optuna.create_study(direction=spec.objective.direction)
    for record in ranked(records, spec.objectives):
        values = spec.space.values(record.trial.point)
        if values is None:
            continue
        # A value without effect is no evidence on its knob; `flat` has None for it.
        flat = spec.flat(record.trial.point)
        known = {
            n: as_category(value)
            for n, value in values.items()
            if n in varied and flat[n] is not None
        }
        distributions = {name: varied[name] for name in known}
        score = record.metric(spec.objective.metric)
        study.add_trial(
            optuna.trial.create_trial(params=known, distributions=distributions, value=score)
        )
    trials = len(study.trials)
    if not varied or trials < LEAST:
        return Importance({}, trials)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", UserWarning
        )  # optuna's own advice on few trials; LEAST is ours
        evaluator = optuna.importance.PedAnovaImportanceEvaluator(
            target_quantile=good_share(trials)
        )
        return Importance(
            dict(optuna.importance.get_param_importances(study, evaluator=evaluator)), trials
        )


def _distribution(domain: Domain) -> BaseDistribution | None:
    match domain:
        case Constant():
            return None
        case Choices(options):
            return CategoricalDistribution([as_category(option) for option in options])
        case IntRange(low, high, step, log):
            return IntDistribution(low, high, log=log, step=step)
        case FloatRange(low, high, step, log):
            return FloatDistribution(low, high, log=log, step=step)
        case _:
            assert_never(domain)
