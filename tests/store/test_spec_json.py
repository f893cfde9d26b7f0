"""What a sweep was asked to do is kept whole, whatever becomes of the text of its file."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.space.constraints import Constraint
from sweep.space.spec import SweepSpec
from sweep.spacefile.read import load, parse
from sweep.store.spec_json import from_json, to_json
from tests.conftest import spec_of
from tests.expressions import constraints

SHIPPED = sorted((Path(__file__).parent.parent.parent / "search_spaces").glob("*.yaml"))
KINDS = {
    "every domain": (
        "{filters: [8, {choices: [4, 8]}], kernel_size: {low: 1, high: 5, step: 2}, "
        "dropout: {low: 0.0, high: 0.5, step: 0.25}, learning_rate: {low: 1, high: 2}, "
        "dense: {choices: [[], [8], [8, 8]]}, batch_norm: {choices: [true, false]}}",
        "",
    ),
    "whole numbers in a range of fractions": ("{learning_rate: {low: 1, high: 3}}", ""),
    "conditions": (
        "{optimizer: {choices: [adam, momentum]}, momentum: {low: 0.1, high: 0.9, when: "
        "{optimizer: momentum}}}",
        "",
    ),
    "a grid": ("{steps: {choices: [5, 10]}}", "search: {sampler: {name: grid, values: 3}}"),
    "what ends and judges a trial": (
        "{steps: 100}",
        "search: {patience: 2}\nobjective: {minimize: val_loss, of: best}",
    ),
    "constraints": (
        "{filters: [{low: 1, high: 9}, 8], batch_norm: {choices: [true, false]}, "
        "optimizer: {choices: [adam, sgd]}}",
        "constraints: [filters.1 <= filters.2, not batch_norm or -parameters + 2 * 3 > -2e6, "
        "'(flops - 1) / 3 < 5e9 and optimizer == sgd or 0.5 < filters.1', batch_norm == true]",
    ),
    "baselines": (
        "{filters: [8], dense: {choices: [[8], [16]]}}",
        "search: {sampler: one-at-a-time, repeats: 2, seed: 3}\n"
        "objective: {minimize: val_loss}\n"
        "baselines: {a: {dense: [8]}, b: {dense: [32]}}",
    ),
}


def there_and_back(spec: SweepSpec) -> SweepSpec:
    return from_json(json.loads(json.dumps(to_json(spec))), spec.source)


@pytest.mark.parametrize(("space", "rest"), KINDS.values(), ids=KINDS)
def test_a_spec_comes_back_as_it_was(space: str, rest: str) -> None:
    spec = spec_of(space, rest)
    back = there_and_back(spec)
    assert back == spec
    # 1 and 1.0 are equal: types count, too.
    assert repr((back.space, back.search, back.data)) == repr((spec.space, spec.search, spec.data))
    assert repr((back.constraints, back.classes)) == repr((spec.constraints, spec.classes))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_specs_come_back_as_they_were(path: Path) -> None:
    spec = load(path).spec((28, 28, 1))
    assert there_and_back(spec) == spec
    assert repr(there_and_back(spec).space) == repr(spec.space)


def test_the_edition_of_the_defaults_is_kept() -> None:
    text = "name: a\nspace: {dropout: {low: 0.0, high: 0.5}}\n"
    spec = parse(text, Path("a.yaml"), as_run=True, defaults=0).spec((28, 28, 1))
    assert there_and_back(spec).space.edition == 0


@given(st.lists(constraints(), max_size=3))
def test_constraints_of_every_form_come_back_as_they_were(found: list[Constraint]) -> None:
    spec = replace(spec_of("{}"), constraints=tuple(found))
    assert repr(there_and_back(spec).constraints) == repr(spec.constraints)


def test_a_document_of_an_earlier_version_has_no_constraints() -> None:
    raw = to_json(spec_of("{batch_size: {choices: [32, 64]}}", "constraints: batch_size < 64"))
    del raw["constraints"], raw["classes"]
    spec = from_json(raw, "")
    assert (spec.constraints, spec.classes) == ((), None)


def test_a_constraint_of_no_known_kind_is_refused() -> None:
    raw = to_json(spec_of("{batch_size: {choices: [32, 64]}}", "constraints: batch_size < 64"))
    raw["constraints"][0]["kind"] = "program"
    with pytest.raises(ValueError, match="program"):
        from_json(raw, "")


@pytest.mark.parametrize("broken", [{}, {"name": "a"}, {"name": "a", "data": 3, "search": 3}])
def test_what_is_no_spec_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_json(broken, "")
