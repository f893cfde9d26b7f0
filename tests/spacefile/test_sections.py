"""The bounds and defaults of every key outside the space."""

import re
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from sweep.space import Asha, NoPruner, Tpe
from sweep.spacefile.sections import (
    NAME_PATTERN,
    DataSection,
    ObjectiveSection,
    SearchSection,
)

SECTIONS = [SearchSection, DataSection, ObjectiveSection]


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_is_described(section: type[BaseModel]) -> None:
    assert all(field.description for field in section.model_fields.values())


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_can_be_left_out(section: type[BaseModel]) -> None:
    assert section() == section.model_validate({})


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_takes_no_other_key(section: type[BaseModel]) -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        section.model_validate({"something_else": 1})


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_cannot_be_changed(section: type[BaseModel]) -> None:
    name = next(iter(section.model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(section(), name, 1)


BOUNDS: list[tuple[type[BaseModel], str, list[Any], list[Any]]] = [
    (SearchSection, "trials", [1, 10**6], [0, -1, 1.0, "1", True]),
    (SearchSection, "repeats", [1, 1000], [0, 1001, 2.0]),
    (SearchSection, "evaluations", [1, 99], [0, 1.5]),
    (SearchSection, "seed", [0, 2**63 - 1], [-1, 2**63, 1.0]),
    (SearchSection, "threads", [1, 64], [0]),
    (SearchSection, "keep", [1, 99], [0]),
    (DataSection, "validation", [0.1, 5000, 0.999], [0, -1, float("inf"), float("nan"), "0.1"]),
    (DataSection, "test", [0.1, 5000], [0, -0.5]),
    (DataSection, "path", ["a", "a/b.npz"], ["", 3]),
    (DataSection, "name", ["mnist"], ["MNIST", "imagenet"]),
    (DataSection, "scale", ["unit", "standard"], ["standardize", "", 255, None]),
    (DataSection, "class_weight", ["balanced"], ["equal", "", True, {"0": 1.0}]),
    (DataSection, "merge", [True, False], [1, "true"]),
    (DataSection, "stratify", [True, False], [0]),
    (ObjectiveSection, "maximize", ["val_accuracy"], ["accuracy ", "", 1]),
    (ObjectiveSection, "minimize", ["val_loss"], ["loss?"]),
]
TAKEN = [(section, key, value) for section, key, taken, _ in BOUNDS for value in taken]
REFUSED = [(section, key, value) for section, key, _, refused in BOUNDS for value in refused]


@pytest.mark.parametrize(("section", "key", "value"), TAKEN)
def test_a_value_within_the_bounds_is_kept(
    section: type[BaseModel], key: str, value: object
) -> None:
    assert getattr(section.model_validate({key: value}), key) == value


@pytest.mark.parametrize(("section", "key", "value"), REFUSED)
def test_a_value_outside_the_bounds_or_of_another_kind_is_refused(
    section: type[BaseModel], key: str, value: object
) -> None:
    with pytest.raises(ValidationError) as caught:
        section.model_validate({key: value})
    assert {error["loc"][0] for error in caught.value.errors()} == {key}


@pytest.mark.parametrize(
    ("given", "pruner"),
    [
        ({}, Asha()),
        ({"sampler": {"name": "random"}}, Asha()),
        ({"sampler": {"name": "grid"}}, NoPruner()),
        ({"sampler": {"name": "one-at-a-time"}}, NoPruner()),
        ({"repeats": 2}, NoPruner()),
        ({"repeats": 2, "pruner": {"name": "asha"}}, Asha()),
        ({"sampler": {"name": "grid"}, "pruner": {"name": "asha"}}, Asha()),
        ({"pruner": {"name": "none"}}, NoPruner()),
        ({"pruner": {"name": "asha", "reduction_factor": 4}}, Asha(reduction_factor=4)),
    ],
)
def test_the_pruner_is_that_of_the_file_else_the_one_that_goes_with_the_rest(
    given: dict[str, Any], pruner: object
) -> None:
    assert SearchSection.model_validate(given).chosen_pruner == pruner


def test_the_sampler_is_tpe_unless_another_is_named() -> None:
    assert SearchSection().sampler == Tpe()


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("lenet", True),
        ("lenet-5_v1.2", True),
        ("5", True),
        ("a" * 100, True),
        ("a" * 101, False),
        ("", False),
        (".hidden", False),
        ("-x", False),
        ("a/b", False),
        ("a b", False),
        ("ä", False),
    ],
)
def test_a_name_is_one_that_every_file_system_takes(name: str, is_one: bool) -> None:
    assert bool(re.fullmatch(NAME_PATTERN, name)) is is_one
