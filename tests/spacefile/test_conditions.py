"""Conditions of hyperparameters: what they name, and those that can never hold."""

import pytest

from sweep.spacefile.conditions import parent_names
from tests.spacefile.test_space import read


@pytest.mark.parametrize(
    ("when", "message", "hint"),
    [
        ("{}", "when of momentum names nothing", "write {optimizer: [momentum]}"),
        ("3", "when of momentum must be a mapping of keys to values, not 3", "write for example {optimizer: [momentum]}"),
        ("{optimiser: momentum}", "when of momentum names optimiser, which the space does not give", "did you mean optimizer?"),
        ("{dropout: 0.5}", "when of momentum names dropout, which the space does not give", "it can name optimizer"),
        ("{momentum: 0.5}", "when of momentum names itself, which the space does not give", "did you mean optimizer?"),
        ("{optimizer: []}", "when of momentum lists no value of optimizer", "list at least one"),
        ("{optimizer: rmsprop}", "when of momentum can never hold: optimizer is never rmsprop", "list values that optimizer takes here"),
        ("{optimizer: [adam, Adam]}", "optimizer cannot be Adam", "write optimizer: adam"),
    ],
)  # fmt: skip
def test_a_mistaken_condition_is_named(when: str, message: str, hint: str) -> None:
    _, problems = read(
        f"optimizer: {{choices: [adam, momentum]}}\nmomentum: {{low: 0.5, high: 0.9, when: {when}}}"
    )
    assert [found for found, _, _ in problems] == [message]
    if "itself" not in message:
        assert problems[0][1] == hint


def test_a_condition_names_one_value_or_several() -> None:
    for when in ("{optimizer: momentum}", "{optimizer: [momentum]}"):
        space, problems = read(
            f"optimizer: {{choices: [adam, momentum]}}\nmomentum: {{value: 0.9, when: {when}}}"
        )
        assert not problems
        (condition,) = space.parameters[1].when
        assert (condition.name, condition.values) == ("optimizer", ("momentum",))


def test_conditions_that_name_each_other_are_a_circle() -> None:
    _, problems = read(
        "dropout: {choices: [0.1, 0.2], when: {batch_size: 32}}\n"
        "batch_size: {choices: [32, 64], when: {dropout: 0.1}}"
    )
    assert {message.partition(":")[2] for message, _, _ in problems} == {" it depends on itself"}


def test_conditions_that_exclude_each_other_can_never_hold() -> None:
    _, problems = read(
        "optimizer: {choices: [adam, momentum]}\n"
        "batch_size: {choices: [32, 64], when: {optimizer: adam}}\n"
        "momentum: {low: 0.5, high: 0.9, when: {optimizer: momentum, batch_size: 32}}"
    )
    ((message, _, where),) = problems
    assert message.startswith("when of momentum can never hold: optimizer is never ")
    assert where == "3:39"


def test_a_condition_on_a_broken_entry_is_no_second_problem() -> None:
    _, problems = read(
        "optimizer: {choices: []}\nmomentum: {low: 0.5, high: 0.9, when: {optimizer: momentum}}"
    )
    assert len(problems) == 1


def test_a_parameter_depends_on_all_that_its_parents_depend_on() -> None:
    space, problems = read(
        "optimizer: {choices: [adam, momentum]}\n"
        "batch_size: {choices: [32, 64], when: {optimizer: momentum}}\n"
        "momentum: {low: 0.5, high: 0.9, when: {batch_size: 32}}"
    )
    assert not problems
    known = {p.name: p for p in space.parameters}
    assert parent_names(known, "momentum") == {"batch_size", "optimizer"}
    assert parent_names(known, "optimizer") == set()
