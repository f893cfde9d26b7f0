"""Epochs are taken out of a file, and each is told in steps."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.errors import SpaceFileError
from sweep.spacefile.checks import Checker
from sweep.spacefile.epochs import EPOCHS, Epochs, epochs_of_mnist, explain_epochs, without_epochs
from sweep.spacefile.nodes import Table, nodes, plain
from sweep.spacefile.words import plain_word


def taken_out(text: str) -> tuple[Table, list[Epochs]]:
    root, _ = nodes(text, Path("space.yaml"))
    assert isinstance(root, Table)
    return without_epochs(root)


def hints(text: str, images: int | None) -> list[str]:
    """What to do about each number of epochs of the file."""
    check = Checker([])
    explain_epochs(check, taken_out(text)[1], images)
    with pytest.raises(SpaceFileError) as caught:
        check.finish()
    return [problem.hint for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "kept", "what"),
    [
        ("space: {epochs: 3, dropout: 0.5}", {"space": {"dropout": 0.5}}, ["space"]),
        ("epochs: 3\nname: a", {"name": "a"}, ["a space file"]),
        ("search: {max_epochs: 3}", {"search": {}}, ["search"]),
        ("baselines: {b: {epochs: 3}}", {"baselines": {"b": {}}}, ["the baseline b"]),
        ("baselines: {epochs: {dropout: 0.1}}", {"baselines": {"epochs": {"dropout": 0.1}}}, []),
        ("space: {steps: 3}", {"space": {"steps": 3}}, []),
        ("epochs: 1\nspace: {epochs: 2}", {"space": {}}, ["a space file", "space"]),
    ],
)
def test_epochs_are_taken_out_wherever_they_stand(
    text: str, kept: dict[str, object], what: list[str]
) -> None:
    root, found = taken_out(text)
    assert plain(root) == kept
    assert [epochs.what for epochs in found] == what


@pytest.mark.parametrize("word", ["epochs", "n_epochs", "num-epochs", "maxEpochs", "nb_epoch"])
def test_other_tools_names_of_epochs_are_known(word: str) -> None:
    assert plain_word(word) in EPOCHS
    assert len(taken_out(f"space: {{{word}: 2}}")[1]) == 1


@pytest.mark.parametrize(
    ("batch_size", "batches"),
    [
        ("64", (64,)),
        ("[32, 64]", (32, 64)),
        ("{choices: [32, 64, 32]}", (32, 64)),
        ("{low: 16, high: 128}", (16, 128)),
        ("{min: 16, max: 128}", (16, 128)),
        ("{value: 50}", (50,)),
        ("many", (100,)),
        ("-3", (100,)),
        ("true", (100,)),
        ("1e300", (100,)),
    ],
)
def test_the_batch_sizes_of_the_space_are_those_that_are_counted_with(
    batch_size: str, batches: tuple[int, ...]
) -> None:
    ((found),) = taken_out(f"space: {{batch_size: {batch_size}, epochs: 2}}")[1]
    assert found.batches == batches


def test_a_baseline_counts_with_its_own_batch_size() -> None:
    text = "space: {batch_size: 32, epochs: 1}\nbaselines: {b: {batch_size: 50, epochs: 1}}"
    assert [found.batches for found in taken_out(text)[1]] == [(32,), (50,)]


@given(st.integers(1, 1000), st.integers(1, 4096), st.integers(1, 1_000_000))
def test_steps_are_epochs_times_images_over_the_batch_size_rounded_up(
    epochs: int, batch_size: int, images: int
) -> None:
    (hint,) = hints(f"space: {{batch_size: {batch_size}, epochs: {epochs}}}", images)
    assert hint.endswith(f"write steps: {math.ceil(epochs * images / batch_size)}")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("space: {epochs: 2}", "an epoch is one step for every 100 training images, 2 epochs are 2 x images / 100 steps: write steps: .."),
        ("space: {epochs: 2, batch_size: [32, 64]}", "an epoch is one step for every batch_size training images, 2 epochs are 2 x images / batch_size steps: write steps: .."),
        ("space: {epochs: many}", "an epoch is one step for every 100 training images: write steps: .."),
        ("search: {epochs: 1}", "an epoch is one step for every 100 training images, 1 epoch is 1 x images / 100 steps: write space: {steps: ..}"),
    ],
)  # fmt: skip
def test_before_the_images_are_counted_the_hint_has_the_formula(text: str, hint: str) -> None:
    assert hints(text, None) == [f"this version has no epochs; {hint}"]


@pytest.mark.parametrize("amount", ["0", "-1", "1e9", "true", "[3]"])
def test_a_number_of_epochs_that_cannot_be_is_not_counted(amount: str) -> None:
    (hint,) = hints(f"space: {{epochs: {amount}}}", 55_000)
    assert hint == (
        "this version has no epochs; an epoch is 550 steps of 100 images: write steps: .."
    )


def test_each_number_of_epochs_is_a_problem_at_its_key() -> None:
    check = Checker([])
    text = "name: a\nspace:\n  epochs: 2\nbaselines:\n  b: {epochs: 1}"
    explain_epochs(check, taken_out(text)[1], 100)
    with pytest.raises(SpaceFileError) as caught:
        check.finish()
    assert [(p.message, p.where) for p in caught.value.problems] == [
        ("space has no key epochs", "space.yaml:3:3"),
        ("the baseline b has no key epochs", "space.yaml:5:7"),
    ]


@pytest.mark.parametrize(
    ("given", "amount"),
    [
        ("1", "1 epoch is 550"),
        ("10", "10 epochs are 5,500"),
        ("0", "an epoch is 550"),
        ("1.5", "an epoch is 550"),
        ("1e3", "an epoch is 550"),
        ("9999999", "an epoch is 550"),
        (None, "an epoch is 550"),
    ],
)
def test_an_option_with_epochs_is_told_the_steps_of_mnist(given: str | None, amount: str) -> None:
    assert epochs_of_mnist(given) == (
        f"this version has no epochs; {amount} steps of 100 images for mnist: write space: "
        "{steps: ..} in the space file"
    )
