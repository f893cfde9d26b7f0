"""Laws of the space: points and their named values, existence, columns and the evaluation grid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.space.domains import Choices, Constant, Domain, FloatRange, IntRange, contains, largest
from sweep.space.hyperparams import KNOBS, Hyperparams, Value, idle, pools_nothing
from sweep.space.space import Parameter
from tests.conftest import spec_of

CONDITIONAL = (
    "{filters: [{low: 4, high: 16, step: 4}, 8], kernel_size: {choices: [3, 5]}, dense: {choices: "
    "[[], [8, 16]]}, optimizer: {choices: [sgd, momentum, rmsprop]}, momentum: {low: 0.5, high: "
    "0.9, when: {optimizer: [momentum, rmsprop]}}, schedule: {choices: [constant, cosine], when: "
    "{momentum: 0.5}}, steps: {low: 10, high: 90, step: 40}}"
)


def values_in(domain: Domain) -> st.SearchStrategy[Value]:
    match domain:
        case Constant(value):
            return st.just(value)
        case Choices(options):
            return st.sampled_from(options)
        case IntRange(low, high, step):
            return st.sampled_from(range(low, high + 1, step))
        case FloatRange(low, high):
            return st.floats(low, high) | st.sampled_from([low, high])


@given(st.data())
def test_a_drawn_point_has_the_values_it_was_drawn_from(data: st.DataObject) -> None:
    space = spec_of(CONDITIONAL).space

    def suggest(parameter: Parameter) -> Value:
        return data.draw(values_in(parameter.domain), label=parameter.name)

    drawn = space.draw(suggest)
    assert space.values(space.point(drawn)) == drawn
    assert ("momentum" in drawn) == (drawn["optimizer"] != "sgd")
    assert ("schedule" in drawn) == (drawn.get("momentum") == 0.5)


@given(st.data())
def test_flat_names_what_exists_and_only_that(data: st.DataObject) -> None:
    spec = spec_of(CONDITIONAL)
    drawn = spec.space.draw(lambda p: data.draw(values_in(p.domain)))
    flat = spec.flat(spec.space.point(drawn))
    assert tuple(flat) == spec.columns
    assert {name: value for name, value in flat.items() if value is not None} == drawn


IDLE = (
    "{filters: {choices: [[], [4], [4, 4]]}, kernel_size: {low: 1, high: 3}, padding: {choices: "
    "[same, valid]}, pool: {choices: [max, average, none]}, pool_size: {low: 1, high: 3}, "
    "batch_norm: {choices: [true, false]}, optimizer: {choices: [sgd, momentum, rmsprop]}, "
    "momentum: {low: 0.5, high: 0.9}}"
)


@given(st.data())
def test_points_that_differ_where_nothing_has_an_effect_mean_the_same(data: st.DataObject) -> None:
    spec = spec_of(IDLE)
    drawn = spec.space.draw(lambda p: data.draw(values_in(p.domain), label=p.name))
    point = spec.space.point(drawn)
    # What Optuna is told is what was drawn; the table has what had an effect.
    assert spec.space.values(point) == drawn
    assert {name for name, value in spec.flat(point).items() if value is None} == idle(
        point
    ).keys() & drawn.keys()
    for name, parameter in ((p.name, p) for p in spec.space.parameters):
        other = spec.space.point(
            {**drawn, name: data.draw(values_in(parameter.domain), label=f"another {name}")}
        )
        has_effect = name not in idle(point) and getattr(other, name) != drawn[name]
        if name in ("pool", "pool_size") and pools_nothing(point) and pools_nothing(other):
            has_effect = False
        assert (spec.space.meaning(other) != spec.space.meaning(point)) == has_effect


def test_no_pooling_is_one_configuration_however_it_is_said() -> None:
    space = spec_of("{pool: {choices: [max, average, none]}, pool_size: {low: 1, high: 3}}").space
    meanings = {
        (pool, size): space.meaning(Hyperparams(pool=pool, pool_size=size))
        for pool in ("max", "average", "none")
        for size in (1, 2, 3)
    }
    assert len(set(meanings.values())) == 5
    assert len({meanings[key] for key in meanings if key[0] == "none" or key[1] == 1}) == 1


def test_a_value_without_effect_may_lie_outside_the_space() -> None:
    space = spec_of(
        "{optimizer: {choices: [sgd, momentum]}, momentum: {low: 0.5, high: 0.9}}"
    ).space
    assert space.values(Hyperparams(optimizer="sgd", momentum=0.1)) == {"optimizer": "sgd"}
    assert space.values(Hyperparams(optimizer="momentum", momentum=0.1)) is None
    assert space.values(Hyperparams(optimizer="sgd", momentum=0.5)) == {
        "optimizer": "sgd",
        "momentum": 0.5,
    }


def test_a_knob_that_a_condition_names_has_an_effect() -> None:
    spec = spec_of(
        "{optimizer: {choices: [sgd, momentum]}, momentum: {choices: [0.5, 0.9]}, "
        "dropout: {low: 0.1, high: 0.5, when: {momentum: 0.9}}}"
    )
    one, other = (
        Hyperparams(optimizer="sgd", momentum=momentum, dropout=0.3) for momentum in (0.5, 0.9)
    )
    assert spec.space.meaning(one) != spec.space.meaning(other)
    assert (spec.flat(one)["momentum"], spec.flat(one)["dropout"]) == (0.5, None)


MEMBERS = [
    (IntRange(8, 64, 8), 64, True),
    (IntRange(8, 64, 8), 60, False),
    (IntRange(8, 64, 8), 72, False),
    (IntRange(0, 1), True, False),
    (FloatRange(0.1, 0.6, 0.1), 0.3, True),
    (FloatRange(0.1, 0.6, 0.1), 0.35, False),
    (FloatRange(0.1, 0.6), 0.35, True),
    (FloatRange(0.1, 0.6), "0.35", False),
    (Choices((True, "a")), 1, False),
    (Choices(((32,), (32, 64))), (32, 64), True),
    (Constant(3), 3, True),
]


@pytest.mark.parametrize(("domain", "value", "inside"), MEMBERS)
def test_contains(domain: Domain, value: Value, inside: bool) -> None:
    assert contains(domain, value) is inside


GRIDS = [
    (500, 5, 500, (100, 200, 300, 400, 500)),
    (500, 5, 250, (100, 200, 250)),
    (500, 5, 100, (100,)),
    (500, 5, 30, (30,)),
    (500, 3, 500, (167, 334, 500)),
    (10, 20, 10, tuple(range(1, 11))),
    (500, 5, 700, (100, 200, 300, 400, 500, 600, 700)),
]


@pytest.mark.parametrize(("largest", "evaluations", "steps", "grid"), GRIDS)
def test_evaluations_lie_on_one_grid_and_at_the_last_step(
    largest: int, evaluations: int, steps: int, grid: tuple[int, ...]
) -> None:
    spec = spec_of(
        f"{{steps: {{low: 1, high: {largest}}}}}", f"search: {{evaluations: {evaluations}}}"
    )
    point = Hyperparams(steps=steps)
    assert spec.grid.steps(point) == grid


LARGEST = {
    "{}": KNOBS["steps"].default,
    "{steps: 70}": 70,
    "{steps: {choices: [30, 10]}}": 30,
    "{optimizer: {choices: [sgd, adam]}, steps: {value: 70, when: {optimizer: sgd}}}": KNOBS[
        "steps"
    ].default,
}


@pytest.mark.parametrize(("space", "largest"), LARGEST.items())
def test_largest_steps(space: str, largest: int) -> None:
    assert spec_of(space).largest_steps == largest


COLUMNS = [
    ("{filters: [8, 8], kernel_size: 3}", "{}", ("filters.1", "filters.2", "kernel_size")),
    ("{filters: [8]}", "{filters: [8, 8, 8]}", ("filters.1", "filters.2", "filters.3")),
    ("{filters: {choices: [[8], [8, 8]]}}", "{filters: [4]}", ("filters",)),
    (
        "{dropout: 0.1}",
        "{filters: [4, 4], kernel_size: [3, 5]}",
        ("dropout", "filters.1", "filters.2", "kernel_size.1", "kernel_size.2"),
    ),
    ("{filters: []}", "{dropout: 0.5}", ("filters", "dropout")),
]


@pytest.mark.parametrize(("space", "baseline", "columns"), COLUMNS)
def test_columns_follow_the_file(space: str, baseline: str, columns: tuple[str, ...]) -> None:
    assert spec_of(space, f"baselines: {{b: {baseline}}}").columns == columns


def test_layers_that_a_network_does_not_have_are_missing() -> None:
    spec = spec_of(
        "{filters: [8, 8], kernel_size: [3, 3]}",
        "baselines: {b: {filters: [8, 8, 4], kernel_size: 5}}",
    )
    assert spec.flat(spec.baselines[0].point) == {
        "filters.1": 8,
        "filters.2": 8,
        "filters.3": 4,
        "kernel_size.1": 5,
        "kernel_size.2": 5,
    }
    assert spec.flat(Hyperparams(filters=(8, 8), kernel_size=(3, 3)))["filters.3"] is None


LONGEST = {
    "steps": ("{steps: 100}", "search: {evaluations: 4}", 4, "step 50"),
    "a range of steps": ("{steps: {low: 10, high: 90}}", "search: {evaluations: 3}", 3, "step 60"),
    "steps that are not even": ("{steps: 7}", "", 4, "step 4"),
    "one evaluation": ("{steps: 100}", "search: {evaluations: 1}", 1, "step 100"),
    "a longer baseline": (
        "{steps: 100, dropout: {low: 0.0, high: 0.5}}",
        "search: {evaluations: 2}\nbaselines: {b: {dropout: 0.1, steps: 250}}",
        5,
        "step 100",
    ),
    "epochs": ("{epochs: 3}", "search: {evaluations: 6}", 6, "epoch 1"),
    "rungs besides": (
        "{steps: 1600}",
        "search: {evaluations: 2, pruner: {name: asha, first_rung: 100, reduction_factor: 4}}",
        4,
        "step 400",
    ),
    "parts of epochs": ("{epochs: {low: 1, high: 3}}", "search: {evaluations: 4}", 4, "epoch 1.5"),
}


@pytest.mark.parametrize(("space", "rest", "most", "second"), LONGEST.values(), ids=LONGEST)
def test_the_evaluations_of_the_longest_trial(
    space: str, rest: str, most: int, second: str
) -> None:
    spec = spec_of(space, rest)
    assert spec.most_evaluations == most
    assert spec.moment(2) == second
    longest = [spec.space.point(spec.space.draw(lambda p: largest(p.domain)))]
    longest += [baseline.point for baseline in spec.baselines]
    assert max(len(spec.grid.steps(point)) for point in longest) == most
