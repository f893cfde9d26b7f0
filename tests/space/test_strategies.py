"""Samplers and pruners as types: what a file may set, and what else is known of each."""

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from sweep.space.strategies import (
    Asha,
    CmaEs,
    Grid,
    Hyperband,
    Median,
    NoPruner,
    Nsga2,
    OneAtATime,
    Percentile,
    Planning,
    Pruner,
    Qmc,
    Random,
    Sampler,
    Threshold,
    Tpe,
)

SAMPLERS = get_args(Sampler)
PRUNERS = get_args(Pruner)


@pytest.mark.parametrize("kind", [*SAMPLERS, *PRUNERS])
def test_every_kind_has_a_name_of_its_own_and_defaults(kind: Any) -> None:
    made = kind()
    names = [other().name for other in (*SAMPLERS, *PRUNERS)]
    assert names.count(made.name) == 1
    assert kind.model_validate({"name": made.name}) == made


@pytest.mark.parametrize("kind", [*SAMPLERS, *PRUNERS])
def test_a_file_must_name_it(kind: Any) -> None:
    schema = kind.model_json_schema()
    assert schema["required"] == ["name"]
    assert "default" not in schema["properties"]["name"]


def test_designs_say_beforehand_what_is_tried() -> None:
    designs = {kind for kind in SAMPLERS if kind().is_design}
    assert designs == {Grid, OneAtATime} == set(get_args(Planning))


def test_what_each_sampler_learns_after() -> None:
    assert Tpe(n_startup_trials=7).learns_after == 7
    assert Nsga2(population_size=8).learns_after == 8
    assert CmaEs().learns_after == 1
    for sampler in (Random(), Qmc(), Grid(), OneAtATime()):
        assert sampler.learns_after is None


def test_options_are_what_a_file_may_set() -> None:
    assert Tpe().options == {"n_startup_trials": 10, "n_ei_candidates": 24}
    assert Grid(values=3).options == {"values": 3}
    assert Asha().options == {"first_rung": None, "reduction_factor": 2}
    assert Qmc().options == {"qmc_type": "sobol"}
    assert CmaEs().options == {"n_startup_trials": 1, "popsize": None}
    assert Threshold(lower=0.5).options == {"lower": 0.5, "upper": None, "n_warmup_steps": 0}
    assert Percentile().options == {**Median().options, "percentile": 25.0}
    assert Random().options == NoPruner().options == {}


def test_only_a_pruner_with_fixed_limits_judges_a_trial_alone() -> None:
    assert [kind for kind in PRUNERS if not kind.is_relative] == [Threshold]


def test_what_a_sampler_does_not_learn() -> None:
    assert [kind for kind in SAMPLERS if not kind.learns_choices] == [CmaEs]
    assert [kind for kind in SAMPLERS if not kind.learns_conditional] == [CmaEs, Nsga2]


BAD = [
    (Tpe, {"n_startup_trials": 0}),
    (Tpe, {"n_ei_candidates": 2.5}),
    (Grid, {"values": 1}),
    (Grid, {"values": 1001}),
    (Asha, {"reduction_factor": 1}),
    (Random, {"seed": 3}),
    (Qmc, {"qmc_type": "lattice"}),
    (CmaEs, {"popsize": 1}),
    (Nsga2, {"crossover_prob": 1.1}),
    (Hyperband, {"reduction_factor": 1}),
    (Median, {"n_warmup_steps": -1}),
    (Percentile, {"percentile": 100}),
    (Threshold, {"lower": float("inf")}),
    (Threshold, {"upper": "0.5"}),
]


@pytest.mark.parametrize(("kind", "options"), BAD)
def test_what_is_out_of_bounds_is_refused(kind: Any, options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        kind(**options)


def test_they_are_values() -> None:
    assert Tpe(n_startup_trials=3) == Tpe(n_startup_trials=3) != Tpe()
    assert len({Grid(), Grid(values=5), Grid(values=3)}) == 2
    with pytest.raises(ValidationError, match="frozen"):
        Tpe().n_startup_trials = 3  # type: ignore[misc]
