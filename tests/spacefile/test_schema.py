"""The JSON Schema agrees with the checks on sound files and on simple mistakes."""

import json
from pathlib import Path

import jsonschema
import pytest

from sweep.space.hyperparams import KNOBS
from sweep.spacefile.nodes import nodes, plain
from sweep.spacefile.schema import space_file_schema
from tests.spacefile.test_read import DOMAINS, MISTAKES, SHIPPED

ROOT = Path(__file__).parent.parent.parent
SCHEMA = jsonschema.Draft202012Validator(space_file_schema())

# Mistakes that a schema can see: wrong names, types and bounds, as against relations between
# values.
VISIBLE = [
    "unknown key at the top", "unknown key in search", "unknown hyperparameter", "words of other tools", "wrong types",
    "out of bounds", "choice that a field cannot take", "same choice twice", "no choices", "range of names",
    "half a range", "range and choices", "a list where one value belongs", "one value where a list belongs",
    "unknown sampler and option", "unknown data", "unknown metric", "two directions", "what this version refuses",
    "an unknown evaluation", "several evaluations", "an evaluation without a metric",
    "name that is no folder", "name of digits", "no name and no space", "sections that are no mappings",
]  # fmt: skip


def errors(text: str) -> list[str]:
    root, _ = nodes(text, Path("space.yaml"))
    return [error.message for error in SCHEMA.iter_errors(plain(root))]


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(space_file_schema())


def test_the_committed_schema_is_the_current_one() -> None:
    committed = json.loads((ROOT / "docs" / "space-file.schema.json").read_text())
    assert committed == space_file_schema(), (
        "write it anew: sweep schema > docs/space-file.schema.json"
    )


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.name)
def test_shipped_files_fulfil_it(path: Path) -> None:
    assert errors(path.read_text()) == []


@pytest.mark.parametrize("space", DOMAINS)
def test_entries_fulfil_it(space: str) -> None:
    assert errors(f"name: a\nspace: {space}\n") == []


@pytest.mark.parametrize("mistake", VISIBLE)
def test_mistakes_do_not(mistake: str) -> None:
    assert errors(MISTAKES[mistake][0]) != []


def test_every_knob_is_described_with_its_default() -> None:
    properties = space_file_schema()["properties"]["space"]["properties"]
    assert set(properties) == set(KNOBS)
    described = {
        name
        for name, entry in properties.items()
        if "default" in entry or "by default" in entry["description"]
    }
    assert described == {name for name, knob in KNOBS.items() if knob.default is not None}


@pytest.mark.parametrize("of", ["last", "best"])
def test_an_objective_may_name_the_evaluation_that_counts(of: str) -> None:
    assert errors(f"name: a\nspace: {{}}\nobjective: {{minimize: loss, of: {of}}}\n") == []
    assert errors("name: a\nspace: {}\nsearch: {patience: 2}\n") == []
    assert errors("name: a\nspace: {}\nsearch: {patience: 0}\n") != []
