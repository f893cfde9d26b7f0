"""A hyperparameter has the value of `else` where its condition does not hold."""

import pytest

from sweep.errors import SpaceFileError
from sweep.space.design import designed
from sweep.space.extremes import extreme
from sweep.space.shapes import parameters, plan
from sweep.store.spec_json import from_json, to_json
from sweep.view.space import space_table
from tests.conftest import space_file, spec_of

SPACE = (
    "{filters: {choices: [[], [4]]}, "
    "dense: {choices: [[64], [128]], when: {filters: [[]]}, else: [8]}}"
)


def test_it_is_the_value_of_the_point_and_of_its_column() -> None:
    spec = spec_of(SPACE)
    shallow = spec.space.point({"filters": (), "dense": (128,)})
    deep = spec.space.point({"filters": (4,)})
    assert (shallow.dense, deep.dense) == ((128,), (8,))
    assert spec.flat(shallow)["dense"] == 128
    assert spec.flat(deep)["dense"] == 8
    assert spec.space.values(deep) == {"filters": (4,)}
    assert spec.space.values(deep.model_copy(update={"dense": (64,)})) == {"filters": (4,)}


def test_without_else_it_is_the_default() -> None:
    spec = spec_of(SPACE.replace(", else: [8]", ""))
    deep = spec.space.point({"filters": (4,)})
    assert deep.dense == ()
    assert spec.flat(deep)["dense"] is None


def test_a_column_of_lists_of_other_lengths_holds_lists() -> None:
    spec = spec_of(SPACE.replace("else: [8]", "else: []"))
    assert spec.list_columns == {"filters", "dense"}
    assert spec.flat(spec.space.point({"filters": (4,)}))["dense"] == ()
    assert spec.flat(spec.space.point({"filters": (), "dense": (64,)}))["dense"] == (64,)


def test_a_baseline_that_is_silent_has_it() -> None:
    spec = spec_of(SPACE, "baselines: {b: {filters: [4]}}")
    assert spec.baselines[0].point.dense == (8,)


def test_a_grid_has_it_once() -> None:
    spec = spec_of(SPACE, "search: {sampler: grid}")
    points = [planned.point for planned in designed(spec, (28, 28, 1)).configurations]
    assert [(point.filters, point.dense) for point in points] == [
        ((), (64,)),
        ((), (128,)),
        ((4,), (8,)),
    ]


def test_the_largest_network_can_be_one_that_has_it() -> None:
    space = spec_of(SPACE.replace("else: [8]", "else: [4096]")).space
    found = extreme(space, (28, 28, 1), 10, largest=True)
    assert found is not None
    assert found.point.dense == (4096,)
    assert found.point.filters == (4,)
    assert parameters(plan(found.point, (28, 28, 1), 10)) == 104 + 785 * 4096 + 40_970


def test_a_ledger_keeps_it_and_the_table_of_the_space_shows_it() -> None:
    spec = spec_of(SPACE)
    assert from_json(to_json(spec), spec.source) == spec
    cells = [str(cell) for column in space_table(spec).columns for cell in column.cells]
    assert any(cell.endswith("; else [8]") for cell in cells), cells


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("dropout: {low: 0.0, high: 0.5, else: 0.1}", "else of dropout has no effect without when"),
        ("dropout: {value: 0.1, when: {optimizer: adam}, else: 2}", "dropout must be below 1"),
        ("filters: [{low: 2, high: 4, else: 3}]", "a layer of filters cannot have a condition"),
    ],
)
def test_a_mistake_is_named(entry: str, message: str) -> None:
    text = f"name: a\nspace: {{optimizer: {{choices: [sgd, adam]}}, {entry}}}\n"
    with pytest.raises(SpaceFileError) as raised:
        space_file(text)
    assert any(problem.message.startswith(message) for problem in raised.value.problems)


def test_it_can_be_nothing_or_no() -> None:
    text = (
        "name: a\nspace:\n  optimizer: {choices: [sgd, adam]}\n"
        "  batch_norm: {value: true, when: {optimizer: sgd}, else: false}\n"
        "  dropout: {low: 0.1, high: 0.5, when: {optimizer: sgd}, else: 0.0}\n"
    )
    space = space_file(text).spec((28, 28, 1)).space
    point = space.point({"optimizer": "adam"})
    assert (point.batch_norm, point.dropout) == (False, 0.0)
