"""How much each hyperparameter mattered, by Optuna's PED-ANOVA."""

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
    """The importance of each varied hyperparameter, largest first; the sum is 1.

    Empty if too few trials of the space completed; `trials` is that number.
    """

    shares: Mapping[str, float]
    trials: int


def importance(spec: SweepSpec, records: Sequence[TrialRecord]) -> Importance:
    """The importance of each hyperparameter for the objective; empty for fewer than ten trials.

    PED-ANOVA: Watanabe, Bansal, Hutter, "PED-ANOVA: Efficiently Quantifying Hyperparameter
    Importance in Arbitrary Subspaces", IJCAI 2023, section 4.
    """
    varied = {}
    for p in spec.space.parameters:
        distribution = _distribution(p.domain)
        if distribution is not None:
            varied[p.name] = distribution
    study = optuna.create_study(direction=spec.objective.direction)
    for record in ranked(records, spec.objectives):
        values = spec.space.values(record.trial.point)
        if values is None:
            continue
        # A value without effect is no evidence on its knob; `flat` has None for it.
        flat = spec.flat(record.trial.point)
        known = {}
        distributions = {}
        for name, value in values.items():
            if name in varied and flat[name] is not None:
                known[name] = as_category(value)
                distributions[name] = varied[name]
        score = record.metric(spec.objective.metric)
        trial = optuna.trial.create_trial(params=known, distributions=distributions, value=score)
        study.add_trial(trial)
    trials = len(study.trials)
    if not varied or trials < LEAST:
        return Importance({}, trials)
    share = good_share(trials)
    with warnings.catch_warnings():
        # Optuna's own advice on few trials; LEAST is ours.
        warnings.simplefilter("ignore", UserWarning)
        evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=share)
        shares = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return Importance(dict(shares), trials)


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
