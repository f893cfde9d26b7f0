"""Problems stand at their place, in the order of the file, and say what to write."""

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from sweep.errors import Problem, SpaceFileError
from sweep.spacefile.checks import Checker, leaf_hint
from sweep.spacefile.nodes import Mark, Node, Table, nodes

HERE = Mark("space.yaml", 1, 1)


def node(text: str) -> Node:
    """The node that a text stands for."""
    found, problems = nodes(text, Path("space.yaml"))
    assert not problems
    return found


def table(text: str) -> Table:
    found = node(text)
    assert isinstance(found, Table)
    return found


def problems(check: Checker) -> list[tuple[str, str, str]]:
    """What, what to do and where of every problem."""
    with pytest.raises(SpaceFileError) as caught:
        check.finish()
    return [(p.message, p.hint, p.where.partition(":")[2]) for p in caught.value.problems]


class Section(BaseModel):
    """A section as the file format has them."""

    model_config = ConfigDict(strict=True, extra="forbid")

    count: Annotated[int, Field(ge=1, le=9)] = 3
    share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    on: bool = True
    label: Annotated[str, Field(min_length=1)] = "a"


# Hints at values.


@pytest.mark.parametrize(
    ("text", "hint"),
    [("true", "did you mean ture?"), ("~", None), ("[true]", None), ("{true: 1}", None)],
)
def test_only_a_single_value_gets_the_hint_of_a_word(text: str, hint: str | None) -> None:
    assert leaf_hint(node(text), "unheard_of", ("ture",)) == hint


# Collecting.


def test_problems_come_in_the_order_of_the_file_whatever_the_order_they_were_found_in() -> None:
    check = Checker([Problem("third", "", "space.yaml:10:1")])
    check.problem(Mark("space.yaml", 9, 12), "second", "")
    check.problem(Mark("space.yaml", 9, 3), "first", "")
    assert check.count == 3
    assert [message for message, _, _ in problems(check)] == ["first", "second", "third"]


def test_a_file_without_problems_is_finished_in_silence() -> None:
    Checker([]).finish()


def test_a_path_with_colons_does_not_change_the_order() -> None:
    check = Checker([])
    check.problem(Mark("a:7:8.yaml", 2, 1), "second", "")
    check.problem(Mark("a:7:8.yaml", 1, 5), "first", "")
    with pytest.raises(SpaceFileError) as caught:
        check.finish()
    assert [problem.message for problem in caught.value.problems] == ["first", "second"]


@pytest.mark.parametrize("text", ["3", "[1, 2]", "a text", "~"])
def test_what_is_no_mapping_is_a_problem_where_one_belongs(text: str) -> None:
    check = Checker([])
    assert check.table(node(text), "search") is None
    ((message, hint, where),) = problems(check)
    assert message.startswith("search must be a mapping of keys to values, not ")
    assert (hint, where) == ("indent its keys below it", "1:1")


def test_every_unknown_key_is_a_problem_at_its_place() -> None:
    check = Checker([])
    check.unknown_keys(table("seed: 1\nqqq: 2\nwww: 3"), ["seed"], "search", "search")
    assert [(message, where) for message, _, where in problems(check)] == [
        ("search has no key qqq", "2:1"),
        ("search has no key www", "3:1"),
    ]


# Sections.


@pytest.mark.parametrize(
    ("text", "message", "hint", "where"),
    [
        ("count: 0", "count must be at least 1, not 0", "write a value within the bounds", "1:8"),
        ("count: 10", "count must be at most 9, not 10", "write a value within the bounds", "1:8"),
        ("share: 0.0", "share must be above 0, not 0.0", "write a value within the bounds", "1:8"),
        ("share: 1.0", "share must be below 1, not 1.0", "write a value within the bounds", "1:8"),
        ("count: 2.5", "count takes a whole number, not 2.5", "write a whole number", "1:8"),
        ("count: 4.0", "count takes a whole number, not 4.0", "write 4", "1:8"),
        ("count: '4'", "count takes a whole number, not the text '4'", "remove the quotes", "1:8"),
        ("count: 1_0", "count takes a whole number, not the text '1_0'", "write 10", "1:8"),
        ("count: 3x3", "count takes a whole number, not the text '3x3'", "write 3: one number is both height and width", "1:8"),
        ("count: 1 to 5", "count takes a whole number, not the text '1 to 5'", "write {low: 1, high: 5}", "1:8"),
        ("count: 1..5", "count takes a whole number, not the text '1..5'", "write {low: 1, high: 5}", "1:8"),
        ("count: 1 | 5", "count takes a whole number, not the text '1 | 5'", "write {choices: [1, 5]}", "1:8"),
        ("share: [0.5]", "share takes a number, not a list", "write a number", "1:8"),
        ("on: yes", "on is true or false, not the text 'yes'", "write true or false", "1:5"),
        ("on: 'true'", "on is true or false, not the text 'true'", "remove the quotes", "1:5"),
        ("on: 1", "on is true or false, not 1", "write true or false", "1:5"),
        ("label: 7", "label cannot be 7", "put it in quotes", "1:8"),
        ("label: {a: 1}", "label cannot be a mapping", "write one value: label: ..", "1:8"),
        ("count:", "count says nothing", "give it a value, or leave it out", "1:7"),
        ("counts: 3", "small has no key counts", "did you mean count?", "1:1"),
    ],
)  # fmt: skip
def test_a_value_that_a_section_does_not_take_is_named_with_what_to_write(
    text: str, message: str, hint: str, where: str
) -> None:
    check = Checker([])
    assert check.section(table(text), Section, "small") is None
    assert problems(check) == [(message, hint, where)]


def test_a_sound_section_is_the_model() -> None:
    check = Checker([])
    found = check.section(table("count: 4\nlabel: b"), Section, "small")
    assert found == Section(count=4, label="b")
    check.finish()


def test_all_problems_of_a_section_are_named_at_once() -> None:
    check = Checker([])
    assert check.section(table("count: 0\nshare: 2.0\non: 3\nlabel: ''"), Section, "small") is None
    assert [where for _, _, where in problems(check)] == ["1:8", "2:8", "3:5", "4:8"]


def test_a_section_that_is_left_out_has_its_defaults() -> None:
    check = Checker([])
    assert check.optional_section(None, Section, "small") == (Section(), None)
    check.finish()


def test_a_section_that_is_no_mapping_is_a_problem_with_its_own_hint() -> None:
    check = Checker([])
    found = check.optional_section(node("tpe"), Section, "small", "write small: {count: 3}")
    assert found == (None, None)
    assert problems(check) == [
        (
            "small must be a mapping of keys to values, not the text 'tpe'",
            "write small: {count: 3}",
            "1:1",
        )
    ]


def test_one_value_is_checked_by_itself() -> None:
    check = Checker([])
    whole: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(strict=True, ge=2)])
    assert check.leaf(node("5"), whole, "steps") == 5
    assert check.leaf(node("1"), whole, "steps") is None
    assert problems(check) == [
        ("steps must be at least 2, not 1", "write a value within the bounds", "1:1")
    ]


@pytest.mark.parametrize("text", [".inf", "-.inf", ".nan"])
def test_a_number_that_is_not_finite_is_named(text: str) -> None:
    check = Checker([])
    finite: TypeAdapter[float] = TypeAdapter(Annotated[float, Field(allow_inf_nan=False)])
    check.leaf(node(text), finite, "momentum")
    ((message, hint, _),) = problems(check)
    assert message.startswith("momentum must be finite, not ")
    assert hint == "write a finite number"
