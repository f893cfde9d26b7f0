"""Entries with `each`: which layers there can be, when each of them exists, and what is refused."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.space import MOST_LAYERS, Choices, Constant, FloatRange, IntRange, Parameter
from sweep.space.design import designed, one_at_a_time
from sweep.space.feasible import impossible
from sweep.space.space import Space, random_points
from sweep.spacefile.checks import Checker
from sweep.spacefile.nodes import Table, nodes
from sweep.spacefile.space import read_space
from sweep.store.spec_json import from_json, to_json
from tests.conftest import spec_of

DEPTH = "filters: {layers: {low: 1, high: 3}, each: {low: 4, high: 64, log: true}}"


def read(text: str) -> tuple[Space, list[tuple[str, str, str]]]:
    """The space, and each problem: what, what to do, where."""
    root, _ = nodes(text, Path("space.yaml"))
    assert isinstance(root, Table)
    check = Checker([])
    space, _ = read_space(check, root)
    return space, [(p.message, p.hint, str(p.where)) for p in check._problems]


def when(parameter: Parameter) -> dict[str, tuple[object, ...]]:
    return {condition.name: condition.values for condition in parameter.when}


def exist(text: str) -> dict[str, dict[str, tuple[object, ...]]]:
    """The parameters of a space, and when they exist."""
    space, problems = read(text)
    assert not problems
    return {p.name: when(p) for p in space.parameters}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            DEPTH,
            {
                "filters.layers": {},
                "filters.1": {},
                "filters.2": {"filters.layers": (2, 3)},
                "filters.3": {"filters.layers": (3,)},
            },
        ),
        (
            "dense: {layers: {choices: [0, 2]}, each: 8}",
            {
                "dense.layers": {},
                "dense.1": {"dense.layers": (2,)},
                "dense.2": {"dense.layers": (2,)},
            },
        ),
        (
            "filters: {layers: 2, each: {choices: [4, 8]}}",
            {"filters.1": {}, "filters.2": {}},
        ),
        ("dense: {layers: 0, each: {choices: [4, 8]}}", {"dense": {}}),
        (
            "kernel_size: {each: {choices: [3, 5]}}\nfilters: [4, 8, 16]",
            {
                **{f"kernel_size.{layer}": {} for layer in (1, 2, 3)},
                **{f"filters.{layer}": {} for layer in (1, 2, 3)},
            },
        ),
        (
            "pool: {each: {choices: [max, none]}}",
            {"pool.1": {}, "pool.2": {}},
        ),
        (
            "conv_dropout: {each: 0.1}\nfilters: [4]",
            {"conv_dropout": {}, "filters.1": {}},
        ),
        (
            "strides: {each: {low: 1, high: 2}}\nfilters: {choices: [[4], [4, 8]]}",
            {"strides.1": {}, "strides.2": {"filters": ((4, 8),)}, "filters": {}},
        ),
        (
            "dropout: {each: {low: 0.0, high: 0.5}}\ndense: {layers: {low: 1, high: 2}, each: 8}",
            {
                "dropout.1": {},
                "dropout.2": {"dense.layers": (2,)},
                "dense.layers": {},
                "dense.1": {},
                "dense.2": {"dense.layers": (2,)},
            },
        ),
        (
            "optimizer: {choices: [sgd, adam]}\n"
            "dense: {layers: {low: 1, high: 2}, each: 8, when: {optimizer: sgd}}",
            {
                "optimizer": {},
                "dense.layers": {"optimizer": ("sgd",)},
                "dense.1": {"optimizer": ("sgd",)},
                "dense.2": {"optimizer": ("sgd",), "dense.layers": (2,)},
            },
        ),
        (
            f"{DEPTH}\nbatch_norm: {{choices: [true, false], when: {{filters.layers: [2, 3]}}}}",
            {
                "filters.layers": {},
                "filters.1": {},
                "filters.2": {"filters.layers": (2, 3)},
                "filters.3": {"filters.layers": (3,)},
                "batch_norm": {"filters.layers": (2, 3)},
            },
        ),
    ],
)
def test_a_layer_exists_where_the_number_of_layers_reaches_it(
    text: str, expected: dict[str, dict[str, tuple[object, ...]]]
) -> None:
    assert exist(text) == expected


def test_each_layer_has_the_domain_of_each() -> None:
    space, _ = read(DEPTH + "\nkernel_size: {each: 3}\nconv_dropout: {each: {low: 0.0, high: 0.5}}")
    domains = {p.name: p.domain for p in space.parameters}
    assert domains["filters.layers"] == IntRange(1, 3)
    assert domains["filters.2"] == IntRange(4, 64, log=True)
    assert domains["kernel_size"] == Constant(3)
    assert domains["conv_dropout.3"] == FloatRange(0.0, 0.5)


@pytest.mark.parametrize(
    ("text", "message", "hint", "where"),
    [
        ("filters: {each: 8}", "filters has no layers", "write for example {layers:", "1:10"),
        ("filters: {layers: 2}", "filters has no each", "write for example {layers:", "1:10"),
        ("filters: {layers: 2, each: 8, low: 3}", "filters has no key low", "", "1:31"),
        ("kernel_size: {layers: 2, each: 3}", "kernel_size has as many layers as filters", "write layers at filters", "1:23"),
        ("dropout: {layers: 2, each: 0.1}", "dropout has as many layers as dense", "write layers at dense", "1:19"),
        ("steps: {each: 3}", "steps has one value, not one per layer", "write a value", "1:8"),
        ("filters: {layers: 99, each: 8}", "layers of filters must be at most 32, not 99", "", "1:19"),
        ("filters: {layers: -1, each: 8}", "layers of filters must be at least 0, not -1", "", "1:19"),
        ("filters: {layers: {low: 3, high: 1}, each: 8}", "low of layers of filters (3) must be below", "swap", "1:19"),
        ("filters: {layers: 2, each: 0}", "filters must be at least 1, not 0", "", "1:28"),
        ("filters: []\npool: {each: {choices: [max, none]}}", "pool has each, but there is no layer in filters", "remove pool", "2:1"),
        ("dropout: {each: {low: 0.1, high: 0.2}}", "dropout has each, but there is no layer in dense", "remove dropout", "1:1"),
        (f"{DEPTH}\nbatch_norm: {{value: true, when: {{filters.layers: 7}}}}", "when of batch_norm can never hold: filters.layers is never 7", "", "2:33"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(text: str, message: str, hint: str, where: str) -> None:
    _, problems = read(text)
    ((found, what_to_do, place),) = problems
    assert found.startswith(message)
    assert what_to_do.startswith(hint)
    assert place == f"space.yaml:{where}"


def test_a_mistake_in_the_layers_is_named_once() -> None:
    _, problems = read("filters: {layers: two, each: 8}\nkernel_size: {each: {choices: [3, 5]}}")
    assert len(problems) == 1


SPACE = (
    "{filters: {layers: {low: 1, high: 3}, each: {low: 4, high: 16}}, "
    "kernel_size: {each: {choices: [3, 5]}}, "
    "dense: {layers: {low: 0, high: 2}, each: {low: 8, high: 64}}, "
    "dropout: {each: {low: 0.0, high: 0.5}}}"
)


@given(st.integers(0, 2**32 - 1))
def test_a_point_has_one_value_for_each_of_its_layers_and_is_told_by_them(seed: int) -> None:
    spec = spec_of(SPACE)
    space = spec.space
    point = next(random_points(space, seed))
    assert 1 <= len(point.filters) <= 3
    assert point.kernel_size == tuple(point.model_dump()["kernel_size"])
    assert len(tuple(point.model_dump()["kernel_size"])) == len(point.filters)
    assert impossible(point, (28, 28, 1)) is None
    values = space.values(point)
    assert values is not None
    assert space.point(values) == point
    flat = spec.flat(point)
    assert flat["filters.layers"] == len(point.filters)
    shown = [flat[f"filters.{layer}"] for layer in (1, 2, 3)]
    assert tuple(value for value in shown if value is not None) == point.filters
    assert flat["dense.layers"] == len(point.dense)
    assert (flat["dropout.1"] is None) == (not point.dense)


def test_the_columns_begin_with_the_number_of_layers() -> None:
    filters = ["filters.layers", "filters.1", "filters.2", "filters.3"]
    kernels = ["kernel_size.1", "kernel_size.2", "kernel_size.3"]
    dense = ["dense.layers", "dense.1", "dense.2", "dropout.1", "dropout.2"]
    assert list(spec_of(SPACE).columns) == [*filters, *kernels, *dense]


def test_a_deeper_point_is_outside_the_space() -> None:
    space = spec_of(SPACE).space
    point = space.settled({"filters": (4, 4, 4, 4), "kernel_size": 3, "dense": ()})
    assert space.values(point) is None


BASELINE = "baselines: {b: {filters: [8, 4], kernel_size: [3, 5], dense: []}}"


def test_a_baseline_is_written_with_lists() -> None:
    spec = spec_of(SPACE, BASELINE)
    (baseline,) = spec.baselines
    assert spec.space.values(baseline.point) == {
        "filters.layers": 2,
        "filters.1": 8,
        "filters.2": 4,
        "kernel_size.1": 3,
        "kernel_size.2": 5,
        "dense.layers": 0,
    }


def test_one_at_a_time_cuts_the_layers_off_or_repeats_the_last_one() -> None:
    spec = spec_of(SPACE, BASELINE)
    (baseline,) = spec.baselines
    found = [
        p.point for p in one_at_a_time(spec.space, baseline, 3) if p.varies == "filters.layers"
    ]
    assert [point.filters for point in found] == [(8,), (8, 4), (8, 4, 4)]
    assert [point.kernel_size for point in found] == [(3,), (3, 5), (3, 5, 5)]
    dense = [p.point for p in one_at_a_time(spec.space, baseline, 3) if p.varies == "dense.layers"]
    assert [point.dense for point in dense] == [(), (8,), (8, 8)]
    assert all(impossible(point, (28, 28, 1)) is None for point in [*found, *dense])


def test_a_grid_has_every_combination_of_the_layers_that_exist() -> None:
    space = "{filters: {layers: {low: 1, high: 2}, each: {choices: [4, 8]}}, kernel_size: 3}"
    spec = spec_of(space, "search: {sampler: grid}")
    points = [p.point.filters for p in designed(spec, (28, 28, 1)).configurations]
    assert sorted(points) == [(4,), (4, 4), (4, 8), (8,), (8, 4), (8, 8)]
    assert spec.search.trials == 6


def test_a_ledger_keeps_the_layers() -> None:
    spec = spec_of(SPACE, BASELINE)
    assert from_json(to_json(spec), spec.source) == spec


def test_no_network_has_more_layers_than_a_person_would_write() -> None:
    _, problems = read(f"filters: {{layers: {MOST_LAYERS}, each: {{choices: [4, 8]}}}}")
    assert not problems
    assert isinstance(read(DEPTH)[0].parameters[0].domain, IntRange | Choices)
