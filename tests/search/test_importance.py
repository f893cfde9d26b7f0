"""Importance by PED-ANOVA: what decides is named first, and too few trials say nothing."""

import logging
import random
from typing import Any

import pytest

from sweep.search.importance import Importance, good_share, importance
from sweep.space.hyperparams import Hyperparams
from sweep.space.spec import SweepSpec
from sweep.trial.record import Evaluation, State, Trial, TrialRecord
from tests.conftest import spec_of

SPACE = (
    "{dropout: {low: 0.0, high: 0.8}, dense: {choices: [[8], [8, 8]]}, filters: [{low: 2, high: "
    "9}], optimizer: {choices: [sgd, momentum]}, momentum: {low: 0.1, high: 0.9, when: {optimizer: "
    "momentum}}, steps: 50}"
)


def trials(spec: SweepSpec, count: int, state: State = State.COMPLETE) -> list[TrialRecord]:
    """Trials at random points, whose accuracy depends on dropout alone."""
    draw = random.Random(0)
    found = []
    for number in range(count):
        values: dict[str, Any] = {
            "dropout": draw.uniform(0, 0.8),
            "dense": draw.choice([(8,), (8, 8)]),
            "filters": (draw.randint(2, 9),),
            "optimizer": draw.choice(["sgd", "momentum"]),
            "momentum": draw.uniform(0.1, 0.9),
            "steps": 50,
        }
        point = Hyperparams.model_validate(values)
        accuracy = 1 - abs(values["dropout"] - 0.3)
        last = Evaluation(50, 1.0, 0.5, 1.0, accuracy)
        found.append(TrialRecord(Trial(number, number, point, 0, 10), state, 0.0, 1.0, 50, (last,)))
    return found


@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO, logging.CRITICAL])
def test_the_level_of_optunas_logger_stays_that_of_the_caller(
    level: int, caplog: pytest.LogCaptureFixture
) -> None:
    spec = spec_of(SPACE)
    with caplog.at_level(level, logger="optuna"):
        importance(spec, trials(spec, 12))
        assert logging.getLogger("optuna").level == level


def test_what_decides_is_the_most_important() -> None:
    spec = spec_of(SPACE)
    found = importance(spec, trials(spec, 80)).shares
    assert next(iter(found)) == "dropout"
    assert found["dropout"] > 0.5
    assert abs(sum(found.values()) - 1) < 1e-9
    assert set(found) == {"dropout", "dense", "filters.1", "optimizer", "momentum"}


def test_trials_in_which_a_knob_has_no_effect_do_not_count_for_it() -> None:
    conditional, always = (
        spec_of(SPACE),
        spec_of(SPACE.replace(", when: {optimizer: momentum}", "")),
    )
    assert importance(always, trials(always, 80)) == importance(
        conditional, trials(conditional, 80)
    )


def test_few_trials_or_none_that_completed_say_nothing() -> None:
    spec = spec_of(SPACE)
    assert importance(spec, trials(spec, 9)) == Importance({}, 9)
    assert importance(spec, trials(spec, 50, State.PRUNED)) == Importance({}, 0)


def test_a_baseline_outside_the_space_does_not_count() -> None:
    spec = spec_of(
        "{dropout: {low: 0.0, high: 0.1}, filters: [{low: 2, high: 9}], dense: [8], steps: 50}"
    )
    assert importance(spec, trials(spec_of(SPACE), 40)).shares == {}


def test_a_space_that_varies_nothing_has_no_importance() -> None:
    assert importance(spec_of("{steps: 50}"), trials(spec_of(SPACE), 20)).shares == {}


def test_at_least_five_trials_count_as_good() -> None:
    assert [good_share(n) for n in (10, 20, 50, 1000)] == [0.5, 0.25, 0.1, 0.1]
