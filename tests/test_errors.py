"""Failures that a user can mend: two lines each, and the exit code of their kind."""

import pytest

from sweep import errors
from sweep.errors import (
    DataError,
    InputError,
    Interrupted,
    InUse,
    NothingSucceeded,
    Problem,
    SpaceFileError,
    StoreError,
    SweepError,
    printable,
)

CODES = {
    SweepError: 1,
    InputError: 2,
    SpaceFileError: 2,
    NothingSucceeded: 3,
    StoreError: 4,
    DataError: 4,
    InUse: 5,
}


@pytest.mark.parametrize(("kind", "code"), CODES.items())
def test_every_kind_has_its_exit_code(kind: type[SweepError], code: int) -> None:
    error = kind("what is wrong", "what to do", "where.yaml:3:1")
    assert error.exit_code == code
    assert error.problems == (Problem("what is wrong", "what to do", "where.yaml:3:1"),)
    assert str(error) == "sweep: error: what is wrong (where.yaml:3:1)\nhint: what to do"


def test_every_kind_is_looked_at_here() -> None:
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type)}
    failures = {kind for kind in kinds if issubclass(kind, SweepError)}
    assert failures == {*CODES, errors.Several, Interrupted}


@pytest.mark.parametrize(("number", "code"), [(2, 130), (15, 143)])
def test_an_interruption_ends_as_its_signal_would(number: int, code: int) -> None:
    error = Interrupted(number, "go on with: sweep run a.yaml")
    assert error.exit_code == code
    assert error.problems[0].hint == "go on with: sweep run a.yaml"


def test_several_problems_are_kept_in_their_order() -> None:
    problems = [Problem(str(number), "mend it") for number in range(3)]
    error = InputError.of(problems)
    assert error.problems == tuple(problems)
    assert isinstance(error, InputError)
    assert str(error).splitlines() == [
        "sweep: error: 0",
        "hint: mend it",
        "sweep: error: 1",
        "hint: mend it",
        "sweep: error: 2",
        "hint: mend it",
    ]


def test_a_problem_is_two_lines() -> None:
    assert str(Problem("what", "do this", "a.yaml:1:2")) == (
        "sweep: error: what (a.yaml:1:2)\nhint: do this"
    )
    assert str(Problem("what", "do this")) == "sweep: error: what\nhint: do this"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("größe 猫", "größe 猫"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("two\nlines", "two\\nlines"),
        ("\u202eleft", "\\u202eleft"),
    ],
)
def test_what_is_no_visible_character_is_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert shown in str(Problem(text, "x"))
