"""Constraints as trees: they are computed as Python computes, and what has no value breaks none."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sweep.space.constraints import (
    Arithmetic,
    Comparison,
    Constraint,
    Joined,
    Literally,
    Minus,
    Named,
    Not,
    Relation,
    Term,
    is_kept,
    names_in,
    written,
)
from sweep.space.hyperparams import Scalar
from tests.expressions import NAMES, NUMBERS, NoValueError, by_python, constraints, points

ONE = Literally(1)
ALWAYS = Comparison(("<",), (Literally(0), ONE))
NEVER = Comparison((">",), (Literally(0), ONE))
NOWHERE = Comparison(("<",), (Named("filters.2"), ONE))


def nothing(name: str) -> Scalar | None:
    """A point at which no name has a value."""
    return None


def less_than_one(*terms: Term) -> Comparison:
    relation: Relation = "<"
    return Comparison((relation,) * len(terms), (*terms, ONE))


@given(constraints(), points())
def test_a_constraint_is_computed_as_python_does(
    constraint: Constraint, values: dict[str, Any]
) -> None:
    try:
        wanted = by_python(constraint, values)
    except NoValueError:
        assume(False)
    assert is_kept(constraint, values.get) is wanted


@given(constraints())
def test_where_nothing_exists_only_numbers_that_are_written_can_fail(
    constraint: Constraint,
) -> None:
    """A constraint and its negation are both kept, unless numbers alone decide it."""
    if not is_kept(constraint, nothing):
        assert is_kept(Not(constraint), nothing)


@given(constraints(), points(), st.sets(st.sampled_from(NAMES)))
def test_what_does_not_exist_breaks_nothing_that_was_kept(
    constraint: Constraint, values: dict[str, Any], missing: set[str]
) -> None:
    """What is broken without some values is broken with them, too."""
    there = {name: value for name, value in values.items() if name not in missing}
    if not is_kept(constraint, there.get):
        try:
            assert not by_python(constraint, values)
        except NoValueError:
            assume(False)


WITHOUT_A_VALUE: dict[str, tuple[Constraint, bool]] = {
    "a comparison": (NOWHERE, True),
    "its negation": (Not(NOWHERE), True),
    "the negation of that": (Not(Not(NOWHERE)), True),
    "a switch": (Named("batch_norm"), True),
    "no switch": (Not(Named("batch_norm")), True),
    "a sum": (less_than_one(Arithmetic(("+",), (Literally(5), Named("dense.1")))), True),
    "a negative": (less_than_one(Minus(Named("dense.1"))), True),
    "and what holds": (Joined("and", (NOWHERE, ALWAYS)), True),
    "and what fails": (Joined("and", (NOWHERE, NEVER)), False),
    "or what holds": (Joined("or", (NOWHERE, ALWAYS)), True),
    "or what fails": (Joined("or", (NOWHERE, NEVER)), True),
    "neither it nor what holds": (Not(Joined("or", (NOWHERE, ALWAYS))), False),
    "not both it and what holds": (Not(Joined("and", (NOWHERE, ALWAYS))), True),
    "one end of a chain": (
        Comparison(("<", "<"), (Literally(3), Literally(2), Named("dense.1"))),
        False,
    ),
    "the middle of a chain": (
        Comparison(("<", "<"), (Literally(3), Named("dense.1"), Literally(2))),
        True,
    ),
    "a division by zero": (
        less_than_one(Arithmetic(("/",), (Literally(7), Literally(0)))),
        True,
    ),
    "a number without end": (
        less_than_one(Arithmetic(("*",), (Literally(1e300), Literally(1e300)))),
        True,
    ),
    "a number beyond all fractions": (
        less_than_one(Arithmetic(("/",), (Literally(10**400), Literally(3)))),
        True,
    ),
    "arithmetic with what is no number": (
        less_than_one(Arithmetic(("+",), (Literally(7), Literally("adam")))),
        True,
    ),
}


@pytest.mark.parametrize(
    ("constraint", "kept"), WITHOUT_A_VALUE.values(), ids=list(WITHOUT_A_VALUE)
)
def test_a_comparison_without_a_value_neither_holds_nor_fails(
    constraint: Constraint, kept: bool
) -> None:
    assert is_kept(constraint, nothing) is kept


def test_every_two_neighbours_of_a_chain_are_compared() -> None:
    chain = Comparison(("<", "<="), (Literally(1), Named("dense.1"), Literally(3)))
    values = [number for number in range(6) if is_kept(chain, {"dense.1": number}.get)]
    assert values == [2, 3]


WRITTEN: list[tuple[Constraint, str]] = [
    (Comparison(("<=",), (Named("parameters"), Literally(2_000_000))), "parameters <= 2_000_000"),
    (Comparison(("<=",), (Named("flops"), Literally(50e6))), "flops <= 50_000_000"),
    (Comparison(("<",), (Named("flops"), Literally(2e16))), "flops < 2e+16"),
    (Comparison((">",), (Named("dropout"), Literally(1e-5))), "dropout > 1e-05"),
    (Comparison(("==",), (Named("optimizer"), Literally("adam"))), "optimizer == adam"),
    (Comparison(("!=",), (Named("batch_norm"), Literally(True))), "batch_norm != true"),
    (
        Comparison(("<", "<="), (Literally(1), Named("filters.1"), Named("filters.2"))),
        "1 < filters.1 <= filters.2",
    ),
    (less_than_one(Minus(Minus(Named("dropout")))), "--dropout < 1"),
    (Not(Named("batch_norm")), "not batch_norm"),
    (Not(Not(Named("batch_norm"))), "not not batch_norm"),
    (Not(ALWAYS), "not 0 < 1"),
    (Joined("or", (ALWAYS, Joined("and", (NEVER, ALWAYS)))), "0 < 1 or 0 > 1 and 0 < 1"),
    (Joined("and", (ALWAYS, Joined("or", (NEVER, ALWAYS)))), "0 < 1 and (0 > 1 or 0 < 1)"),
    (Joined("or", (ALWAYS, Joined("or", (NEVER, ALWAYS)))), "0 < 1 or (0 > 1 or 0 < 1)"),
    (Not(Joined("and", (ALWAYS, NEVER))), "not (0 < 1 and 0 > 1)"),
    (
        less_than_one(
            Arithmetic(("-",), (ONE, Arithmetic(("-",), (Named("dropout"), Literally(2)))))
        ),
        "1 - (dropout - 2) < 1",
    ),
    (
        less_than_one(Arithmetic(("*",), (Arithmetic(("+",), (ONE, ONE)), Named("dense.1")))),
        "(1 + 1) * dense.1 < 1",
    ),
    (
        less_than_one(Arithmetic(("+",), (ONE, Arithmetic(("*",), (ONE, Named("dense.1")))))),
        "1 + 1 * dense.1 < 1",
    ),
    (less_than_one(Minus(Arithmetic(("+",), (ONE, Named("dense.1"))))), "-(1 + dense.1) < 1"),
]


@pytest.mark.parametrize(("constraint", "text"), WRITTEN, ids=[text for _, text in WRITTEN])
def test_a_constraint_is_written_with_the_brackets_that_it_needs(
    constraint: Constraint, text: str
) -> None:
    assert written(constraint) == text


@given(constraints())
def test_the_names_of_a_constraint_are_those_that_are_written(constraint: Constraint) -> None:
    found = list(names_in(constraint))
    places = []
    place = 0
    for name in found:
        place = written(constraint).index(name, place)
        places.append(place)
    assert places == sorted(places)
    assert set(found) <= set(NAMES)


def test_names_are_found_wherever_they_stand() -> None:
    inside = Arithmetic(("+",), (Minus(Named(NUMBERS[0])), Named(NUMBERS[1])))
    whole = Joined("and", (Not(less_than_one(inside)), Named("batch_norm")))
    assert list(names_in(whole)) == [NUMBERS[0], NUMBERS[1], "batch_norm"]
