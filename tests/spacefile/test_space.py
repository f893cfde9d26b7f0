"""Entries of a space: values, choices and ranges, or a problem at their place."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.errors import SpaceFileError
from sweep.space import KNOBS, Choices, Constant, FloatRange, IntRange, Space
from sweep.spacefile.checks import Checker
from sweep.spacefile.nodes import Table, nodes
from sweep.spacefile.space import read_space


def read(text: str) -> tuple[Space, list[tuple[str, str, str]]]:
    """The space as far as it is understood, and what is wrong with it."""
    root, repeated = nodes(text, Path("space.yaml"))
    assert isinstance(root, Table)
    check = Checker(repeated)
    space, _ = read_space(check, root)
    try:
        check.finish()
    except SpaceFileError as caught:
        return space, [(p.message, p.hint, p.where.partition(":")[2]) for p in caught.problems]
    return space, []


def domains(text: str) -> dict[str, object]:
    space, problems = read(text)
    assert not problems
    return {p.name: p.domain for p in space.parameters}


# What is understood.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("steps: 100", {"steps": Constant(100)}),
        ("steps: {value: 100}", {"steps": Constant(100)}),
        ("steps: {low: 10, high: 50}", {"steps": IntRange(10, 50, 1, False)}),
        ("steps: {low: 10, high: 50, step: 20}", {"steps": IntRange(10, 50, 20, False)}),
        ("steps: {low: 10, high: 50, log: true}", {"steps": IntRange(10, 50, 1, True)}),
        ("steps: {low: 10, high: 50, log: false}", {"steps": IntRange(10, 50, 1, False)}),
        ("dropout: {low: 0.0, high: 0.5}", {"dropout": FloatRange(0.0, 0.5, None, False)}),
        ("dropout: {low: 0, high: 0.5, step: 0.1}", {"dropout": FloatRange(0.0, 0.5, 0.1, False)}),
        ("optimizer: {choices: [adam, sgd]}", {"optimizer": Choices(("adam", "sgd"))}),
        ("batch_norm: {choices: [true, false]}", {"batch_norm": Choices((True, False))}),
        ("filters: [8, 16]", {"filters.1": Constant(8), "filters.2": Constant(16)}),
        ("filters: [{low: 2, high: 4}, 16]", {"filters.1": IntRange(2, 4, 1, False), "filters.2": Constant(16)}),
        ("filters: {choices: [[8], [8, 16]]}", {"filters": Choices(((8,), (8, 16)))}),
        ("dense: []", {"dense": Constant(())}),
        ("kernel_size: 3", {"kernel_size": Constant(3)}),
        ("kernel_size: [3, 5]", {"kernel_size.1": Constant(3), "kernel_size.2": Constant(5)}),
        ("kernel_size: {choices: [3, [3, 5]]}", {"kernel_size": Choices((3, (3, 5)))}),
    ],
)  # fmt: skip
def test_an_entry_becomes_parameters_with_domains(text: str, expected: dict[str, object]) -> None:
    assert domains(text) == expected


def test_knobs_stand_where_they_were_written() -> None:
    root, _ = nodes("steps: 3\ndropout: 0.5", Path("space.yaml"))
    assert isinstance(root, Table)
    _, marks = read_space(Checker([]), root)
    assert {knob: mark.line for knob, mark in marks.items()} == {"steps": 1, "dropout": 2}


@given(st.integers(1, 500), st.integers(1, 500), st.integers(1, 50))
def test_a_step_that_divides_its_range_is_taken_and_another_gets_an_end_that_it_divides(
    low: int, steps: int, step: int
) -> None:
    high = low + steps
    _, problems = read(f"steps: {{low: {low}, high: {high}, step: {step}}}")
    assert bool(problems) == bool(steps % step)
    if problems and "end the range at" in problems[0][1]:
        ends = problems[0][1].removeprefix("end the range at ").partition(",")[0].split(" or ")
        assert all((int(end) - low) % step == 0 and int(end) > low for end in ends)
        assert read(f"steps: {{low: {low}, high: {ends[0]}, step: {step}}}")[1] == []


# What is wrong.


@pytest.mark.parametrize(
    ("text", "message", "hint", "where"),
    [
        ("steps: {low: 5, high: 5}", "low of steps (5) must be below high (5)", "write 5 in its place", "1:8"),
        ("steps: {low: 9, high: 5}", "low of steps (9) must be below high (5)", "swap them", "1:8"),
        ("steps: {low: 5}", "the range of steps has no high", "write {low: .., high: ..}", "1:8"),
        ("steps: {high: 5}", "the range of steps has no low", "write {low: .., high: ..}", "1:8"),
        ("steps: {low: 1, high: 9, step: 2, log: true}", "steps has both log and step", "keep one of the two", "1:32"),
        ("steps: {low: 1, high: 9, step: 3}", "step 3 of steps does not divide 1 to 9", "end the range at 7 or 10, or choose another step", "1:32"),
        ("dropout: {low: 0.1, high: 0.9, step: 3e-30}", "step 3e-30 of dropout does not divide 0.1 to 0.9", "end the range at", "1:38"),
        ("dropout: {low: 0.0, high: 0.9, log: true}", "a log range of dropout must begin above 0, not at 0.0", "raise low, or leave log out", "1:16"),
        ("optimizer: {low: adam, high: sgd}", "optimizer is no number and has no range", "write {choices: [sgd, momentum, nesterov, adam, adamw, nadam, adamax, rmsprop, adagrad, adadelta, ftrl, lion]}", "1:12"),
        ("batch_norm: {low: 0, high: 1}", "batch_norm is no number and has no range", "write {choices: [true, false]}", "1:13"),
        ("steps: {choices: []}", "the choices of steps must be a list of at least one", "write {choices: [.., ..]}", "1:18"),
        ("steps: {choices: 5}", "the choices of steps must be a list of at least one", "write {choices: [.., ..]}", "1:18"),
        ("steps: {choices: [5, 6, 5]}", "steps has the choice 5 twice", "keep one of the two", "1:25"),
        ("l2: [0.1, 0.5]", "l2 takes one value, not a list", "write {low: 0.1, high: 0.5} for a range, {choices: [0.1, 0.5]} for one of these", "1:5"),
        ("learning_rate: [1e-4, 1e-1]", "learning_rate takes one value, not a list", "write {low: 0.0001, high: 0.1, log: true} for a range, {choices: [0.0001, 0.1]} for one of these", "1:16"),
        ("optimizer: [Adam, sgd]", "optimizer takes one value, not a list", "write {choices: [adam, sgd]} for one of these", "1:12"),
        ("filters: 32", "filters takes a list, one entry per layer, not 32", "write filters: [32] for one layer", "1:10"),
        ("filters: {low: 4, high: 8}", "filters takes a list, one entry per layer, not a mapping", "write filters: [{low: 4, high: 8}], one entry per layer", "1:10"),
        ("filters: {values: [4, 8]}", "filters takes a list, one entry per layer, not a mapping", "write filters: [{choices: [4, 8]}], one entry per layer", "1:10"),
        ("kernel_size: []", "kernel_size is an empty list", "write one value, or one per layer", "1:14"),
        ("dropuot: 0.5", "space has no key dropuot", "did you mean dropout?", "1:1"),
    ],
)  # fmt: skip
def test_a_mistaken_entry_is_named_with_what_to_write(
    text: str, message: str, hint: str, where: str
) -> None:
    _, ((found, what_to_do, place),) = read(text)
    assert (found, place) == (message, where)
    assert what_to_do.startswith(hint)


def test_every_mistaken_entry_is_named_at_once() -> None:
    _, problems = read("steps: {low: 9, high: 5}\ndropout: {choices: []}\nfilters: 3")
    assert [where.partition(":")[0] for _, _, where in problems] == ["1", "2", "3"]


@pytest.mark.parametrize("knob", [k.name for k in KNOBS.values() if not k.takes_list])
def test_no_knob_of_one_value_takes_a_list(knob: str) -> None:
    _, problems = read(f"{knob}: [1, 2]")
    assert [message for message, _, _ in problems] == [f"{knob} takes one value, not a list"]


# Conditions.
