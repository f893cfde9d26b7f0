"""What a grid and one-at-a-time try: every value that was asked for, once, and nothing that cannot
be built."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.errors import SpaceFileError
from sweep.space.design import (
    Planned,
    by_configuration,
    described,
    designed,
    every_configuration,
    possible_trials,
    spread,
)
from sweep.space.domains import Choices, Constant, FloatRange, IntRange, contains
from sweep.space.spec import SweepSpec
from sweep.spacefile.expressions import parse_constraint
from tests.conftest import space_file, spec_of

SHAPE = (28, 28, 1)

SPREADS = {
    "a constant": (Constant(3), 5, (3,)),
    "choices, all of them": (Choices(("a", "b", "c")), 2, ("a", "b", "c")),
    "whole numbers": (IntRange(1, 9), 5, (1, 3, 5, 7, 9)),
    "fewer whole numbers than asked for": (IntRange(1, 3), 5, (1, 2, 3)),
    "steps": (IntRange(8, 32, 8), 3, (8, 24, 32)),
    "whole numbers in the logarithm": (IntRange(1, 100, 1, True), 3, (1, 10, 100)),
    "the same number twice is once": (IntRange(1, 4, 1, True), 5, (1, 2, 3, 4)),
    "numbers": (FloatRange(0.0, 0.8), 5, (0.0, 0.2, 0.4, 0.6, 0.8)),
    "numbers in the logarithm": (FloatRange(1e-4, 1e-1, None, True), 4, (1e-4, 1e-3, 1e-2, 1e-1)),
    "numbers in steps": (FloatRange(0.1, 0.5, 0.1), 5, (0.1, 0.2, 0.3, 0.4, 0.5)),
}


@pytest.mark.parametrize(("domain", "count", "expected"), SPREADS.values(), ids=SPREADS)
def test_values_are_spread_evenly(domain, count, expected) -> None:  # type: ignore[no-untyped-def]
    assert spread(domain, count) == expected


@given(
    st.integers(1, 1000), st.integers(1, 500), st.integers(1, 9), st.booleans(), st.integers(2, 30)
)
def test_whole_numbers_lie_in_their_range_and_reach_both_ends(
    low: int, width: int, step: int, log: bool, count: int
) -> None:
    step = 1 if log else step
    domain = IntRange(low, low + width * step, step, log)
    values = spread(domain, count)
    assert all(contains(domain, value) for value in values)
    assert (values[0], values[-1]) == (domain.low, domain.high)
    assert all(a < b for a, b in pairwise(values))  # type: ignore[operator]
    assert len(values) <= count


@given(st.floats(1e-6, 1e3), st.floats(1e-9, 1e3), st.booleans(), st.integers(2, 30))
def test_numbers_lie_in_their_range_and_reach_both_ends(
    low: float, width: float, log: bool, count: int
) -> None:
    domain = FloatRange(low, low + width, None, log)
    values = spread(domain, count)
    assert all(contains(domain, value) for value in values)
    assert (values[0], values[-1]) == (domain.low, domain.high)


def one_at_a_time(space: str, baselines: str, rest: str = "") -> SweepSpec:
    search = f"search: {{sampler: {{name: one-at-a-time, values: 3}}{rest}}}\n"
    return spec_of(space, f"{search}baselines: {{{baselines}}}\n")


def test_one_at_a_time_differs_from_its_baseline_in_one_value() -> None:
    spec = one_at_a_time(
        "{dropout: {low: 0.0, high: 0.5}, batch_size: {choices: [32, 64]}}",
        "a: {dropout: 0.1, batch_size: 32}",
    )
    found = designed(spec, SHAPE).configurations
    assert [(p.varies, p.point.dropout, p.point.batch_size) for p in found] == [
        (None, 0.1, 32),
        ("dropout", 0.0, 32),
        ("dropout", 0.25, 32),
        ("dropout", 0.5, 32),
        ("batch_size", 0.1, 64),
    ]
    assert [p.baseline for p in found] == ["a", None, None, None, None]
    assert spec.search.trials == 5
    assert spec.search.pruner.name == "none"


def test_one_at_a_time_varies_every_layer_and_every_baseline() -> None:
    spec = one_at_a_time(
        "{filters: [{low: 2, high: 4}, 8], kernel_size: [{choices: [3, 5]}, 3], dense: []}",
        "deep: {filters: [3, 8], kernel_size: [3, 3]}, plain: {filters: [], kernel_size: 3}",
    )
    points = [p.point for p in designed(spec, SHAPE).configurations]
    assert [(p.filters, p.kernel_size) for p in points] == [
        ((3, 8), (3, 3)),
        ((), 3),
        ((2, 8), (3, 3)),
        ((4, 8), (3, 3)),
        ((3, 8), (5, 3)),
    ]


def test_a_condition_brings_a_parameter_into_being_with_its_default() -> None:
    spec = one_at_a_time(
        "{optimizer: {choices: [sgd, momentum]}, momentum: {low: 0.5, high: 0.9, when: {optimizer: "
        "momentum}}}",
        "a: {optimizer: sgd}",
    )
    points = [p.point for p in designed(spec, SHAPE).configurations]
    assert [(p.optimizer, p.momentum) for p in points] == [("sgd", 0.0), ("momentum", 0.9)]
    assert [spec.flat(p)["momentum"] for p in points] == [None, 0.9]


def test_what_nobody_names_follows_the_optimizer_that_is_tried() -> None:
    optimizers = "{choices: [adam, sgd, nesterov, rmsprop]}"
    spec = one_at_a_time(f"{{optimizer: {optimizers}}}", "a: {optimizer: adam}")
    points = [p.point for p in designed(spec, SHAPE).configurations]
    assert [(p.optimizer, p.learning_rate, p.momentum) for p in points] == [
        ("adam", 0.001, 0.0),
        ("sgd", 0.01, 0.0),
        ("nesterov", 0.01, 0.9),
        ("rmsprop", 0.001, 0.0),
    ]
    held = one_at_a_time(
        f"{{optimizer: {optimizers}}}", "a: {optimizer: adam, learning_rate: 0.02}"
    )
    assert {p.point.learning_rate for p in designed(held, SHAPE).configurations} == {0.02}


def test_a_constant_that_exists_only_then_comes_with_the_value_that_is_tried() -> None:
    spec = one_at_a_time(
        "{optimizer: {choices: [adam, rmsprop]}, momentum: {value: 0.7, when: {optimizer: "
        "rmsprop}}, dense: {choices: [[], [8]]}, dropout: {value: 0.5, when: {dense: [[8]]}}}",
        "a: {optimizer: adam, dense: []}",
    )
    points = [p.point for p in designed(spec, SHAPE).configurations]
    assert [(p.optimizer, p.momentum, p.dense, p.dropout) for p in points] == [
        ("adam", 0.0, (), 0.0),
        ("rmsprop", 0.7, (), 0.0),
        ("adam", 0.0, (8,), 0.5),
    ]


def test_a_grid_has_every_combination_of_what_exists_together() -> None:
    spec = spec_of(
        "{optimizer: {choices: [sgd, momentum]}, momentum: {low: 0.5, high: 0.9, when: {optimizer: "
        "momentum}}, batch_norm: {choices: [true, false]}}",
        "search: {sampler: {name: grid, values: 3}}\n",
    )
    found = [spec.flat(p.point) for p in designed(spec, SHAPE).configurations]
    assert len(found) == 2 * (1 + 3)
    assert len({tuple(sorted(map(str, flat.items()))) for flat in found}) == len(found)
    assert {f["momentum"] for f in found if f["optimizer"] == "momentum"} == {0.5, 0.7, 0.9}
    assert {f["momentum"] for f in found if f["optimizer"] == "sgd"} == {None}
    assert spec.search.trials == 8


def test_a_grid_tries_once_what_has_no_effect() -> None:
    spec = spec_of(
        "{optimizer: {choices: [sgd, momentum]}, momentum: {low: 0.5, high: 0.9}}",
        "search: {sampler: {name: grid, values: 3}}\n",
    )
    found = [spec.flat(p.point) for p in designed(spec, SHAPE).configurations]
    assert [tuple(flat.values()) for flat in found] == [
        ("sgd", None), ("momentum", 0.5), ("momentum", 0.7), ("momentum", 0.9)
    ]  # fmt: skip
    assert spec.search.trials == 4


def test_one_at_a_time_does_not_vary_what_has_no_effect_at_its_baseline() -> None:
    spec = one_at_a_time(
        "{optimizer: {choices: [sgd, momentum]}, momentum: {low: 0.5, high: 0.9}}",
        "plain: {optimizer: sgd}, with: {optimizer: momentum, momentum: 0.7}",
    )
    found = designed(spec, SHAPE).configurations
    assert [p.varies for p in found] == [None, None, "optimizer", "momentum"]
    assert described(spec, SHAPE)[1:] == [
        "around plain: optimizer sgd, momentum",
        "  not varied there, for it has no effect: momentum (sgd has no momentum)",
        "around with: optimizer sgd, momentum; momentum 0.5, 0.7, 0.9",
    ]


def test_a_baseline_of_the_grid_is_tried_once() -> None:
    spec = spec_of(
        "{dropout: {choices: [0.1, 0.2]}}",
        "search: {sampler: grid, repeats: 2}\nbaselines: {a: {dropout: 0.2}}\n",
    )
    assert [(p.baseline, p.point.dropout) for p in designed(spec, SHAPE).configurations] == [
        ("a", 0.2),
        (None, 0.1),
    ]
    assert spec.search.trials == 4


def test_what_cannot_be_built_is_left_out() -> None:
    file = space_file(
        "name: a\ndata: {path: x.npz}\n"
        "space: {filters: [4], padding: valid, kernel_size: {choices: [3, 9, 40]}, pool: none}\n"
        "search: {sampler: grid}\n"
    )
    assert [file.spec((size, size, 1)).search.trials for size in (8, 28, 64)] == [1, 2, 3]


def test_with_fewer_trials_the_first_are_tried() -> None:
    spec = spec_of(
        "{dropout: {low: 0.0, high: 0.8}}", "search: {sampler: grid, trials: 3, repeats: 2}\n"
    )
    assert [p.point.dropout for p in by_configuration(spec, SHAPE).values()] == [0.0, 0.2]


def test_other_samplers_plan_their_baselines_alone() -> None:
    spec = spec_of("{dropout: {low: 0.0, high: 0.8}}", "baselines: {a: {dropout: 0.5}}\n")
    assert by_configuration(spec, SHAPE) == {0: Planned(spec.baselines[0].point, baseline="a")}


def test_a_grid_without_end_is_refused_at_once() -> None:
    wide = ("dropout", "momentum", "learning_rate", "weight_decay")
    knobs = ", ".join(
        ["optimizer: momentum", *(f"{knob}: {{low: 0.1, high: 0.9}}" for knob in wide)]
    )
    with pytest.raises(SpaceFileError, match="more than 10000 trainings"):
        spec_of(f"{{{knobs}}}", "search: {sampler: {name: grid, values: 100}}\n")
    assert (
        spec_of(
            f"{{{knobs}}}", "search: {sampler: {name: grid, values: 100}, trials: 50}\n"
        ).search.trials
        == 50
    )


def test_only_what_one_at_a_time_tries_is_listed_and_what_is_not_allowed_beside_it() -> None:
    spec = one_at_a_time(
        "{dropout: {choices: [0.0, 0.3, 0.6]}, kernel_size: {choices: [3, 99]}, padding: valid, "
        "batch_size: {choices: [16, 32]}}",
        "a: {dropout: 0.3, kernel_size: 3, batch_size: 16}",
    )
    left_out = "  not tried there, for it cannot be built or breaks a constraint: "
    assert described(spec, SHAPE)[1:] == [
        "around a: dropout 0, 0.3, 0.6; kernel_size 3; batch_size 16, 32",
        f"{left_out}kernel_size 99",
    ]
    constrained = replace(spec, constraints=(parse_constraint("dropout < 0.5", spec.space),))
    assert described(constrained, SHAPE)[1:] == [
        "around a: dropout 0, 0.3; kernel_size 3; batch_size 16, 32",
        f"{left_out}dropout 0.6; kernel_size 99",
    ]
    tried = {planned.point.dropout for planned in designed(constrained, SHAPE).configurations}
    assert tried == {0.0, 0.3}


def test_a_design_is_told_in_words() -> None:
    spec = one_at_a_time(
        "{optimizer: {choices: [sgd, momentum]}, momentum: {low: 0.5, high: 0.9, when: {optimizer: "
        "momentum}}}",
        "a: {optimizer: sgd}",
        ", repeats: 2",
    )
    assert described(spec, SHAPE) == [
        "one at a time in 4 trainings, 2 of each configuration",
        "around a: optimizer sgd, momentum",
        "  not varied there, for it does not exist: momentum",
    ]
    grid = spec_of(
        "{dropout: {low: 0.0, high: 0.8}}", "search: {sampler: {name: grid, values: 3}}\n"
    )
    assert described(grid, SHAPE) == ["a grid in 3 trainings: dropout 0, 0.4, 0.8"]
    assert described(spec_of("{dropout: {low: 0.0, high: 0.8}}"), SHAPE) == []


SIX = "{batch_size: {choices: [32, 64]}, dense: {choices: [[], [8], [8, 8]]}}"
# Two of its points are one configuration: without a hidden layer, its activation has no effect.
IDLE = "{dense: {choices: [[], [8]]}, dense_activation: {choices: [relu, elu]}, filters: [4]}"
FEW = [
    ("{}", "{}", 1, 1),
    (SIX, "{}", 6, 6),
    (SIX, "{trials: 6}", 6, 6),
    (SIX, "{trials: 5}", 5, 5),
    (SIX, "{trials: 40, repeats: 2}", 6, 12),
    (SIX, "{trials: 7, repeats: 2}", 4, 7),
    (IDLE, "{}", 3, 3),
    ("{kernel_size: {low: 27, high: 900}, padding: valid, filters: [1], pool: none}", "{}", 2, 2),
    ("{dropout: {low: 0.0, high: 0.8, step: 0.1}}", "{}", 9, 9),
]


@pytest.mark.parametrize(("space", "search", "count", "trials"), FEW)
def test_the_configurations_of_a_small_space_are_counted(
    space: str, search: str, count: int, trials: int
) -> None:
    spec = spec_of(space, f"search: {search}")
    found = every_configuration(spec, SHAPE, math.ceil(spec.search.trials / spec.search.repeats))
    assert found is not None
    assert len({spec.space.meaning(planned.point) for planned in found}) == len(found) == count
    assert possible_trials(spec, SHAPE) == trials
    assert bool(described(spec, SHAPE)) == (trials < spec.search.trials)


def test_a_baseline_outside_the_space_counts_and_one_inside_counts_once() -> None:
    baselines = "baselines: {in: {batch_size: 32, dense: [8]}, out: {batch_size: 7, dense: [8]}}"
    spec = spec_of(SIX, baselines)
    found = every_configuration(spec, SHAPE)
    assert found is not None
    assert [planned.baseline for planned in found] == ["in", "out", *[None] * 5]


def test_a_space_that_is_large_or_has_no_end_is_not_counted() -> None:
    for space in ("{dropout: {low: 0.0, high: 0.8}}", "{steps: {low: 1, high: 1000000}}"):
        spec = spec_of(space, "search: {trials: 100000}")
        assert every_configuration(spec, SHAPE) is None
        assert possible_trials(spec, SHAPE) == 100_000


def test_a_sweep_that_asks_for_more_than_its_space_has_is_told_so() -> None:
    assert described(spec_of(SIX, "search: {trials: 40}"), SHAPE) == [
        "the space has only 6 configurations, and none is tried twice: the sweep ends after 6 of "
        "40 trials (repeats: 2 would train each more often)"
    ]
    (line,) = described(spec_of("{}", "search: {trials: 9, repeats: 3}"), SHAPE)
    assert line.startswith("the space has only 1 configuration, and none")
    assert "after 3 of 9 trials (repeats: 6 would" in line


def test_a_whole_design_whose_last_value_is_the_baselines_own_is_not_called_cut_short() -> None:
    spec = one_at_a_time("{dropout: {low: 0.0, high: 0.8}}", "a: {dropout: 0.8}")
    assert described(spec, SHAPE)[0] == "one at a time in 3 trainings"


def test_a_design_that_is_cut_short_says_so() -> None:
    search = "search: {sampler: {name: grid, values: 3}, repeats: 2, trials: %d}\n"
    cut = described(spec_of("{dropout: {low: 0.0, high: 0.8}}", search % 4), SHAPE)[0]
    assert cut.startswith(
        "a grid in 4 trainings of the first 2 configurations alone, 2 of each configuration: "
        "dropout"
    )
    assert (
        "first" not in described(spec_of("{dropout: {low: 0.0, high: 0.8}}", search % 6), SHAPE)[0]
    )
