"""A space on a terminal."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from sweep.preview.corners import inspect
from sweep.spacefile.read import parse
from sweep.view.space import network_tables, space_table

SPACE = """\
name: s
space:
  filters: [{low: 4, high: 8}]
  kernel_size: {choices: [3, 29]}
  padding: valid
  dropout: {low: 0.0, high: 0.5, step: 0.25}
  learning_rate: {low: 0.001, high: 0.1, log: true}
  optimizer: {choices: [sgd, momentum]}
  momentum: {low: 0.5, high: 0.9, when: {optimizer: momentum}}
"""


def shown(*parts: RenderableType) -> list[str]:
    console = Console(file=io.StringIO(), width=200)
    with console.capture() as capture:
        console.print(*parts, sep="\n")
    return [" ".join(line.split()) for line in capture.get().splitlines()]


@pytest.mark.parametrize(
    "line",
    [
        "filters.1 4 to 8 always",
        "kernel_size 3, 29 always",
        "padding valid always",
        "dropout 0.0 to 0.5, step 0.25 always",
        "learning_rate 0.001 to 0.1, evenly in the logarithm always",
        "momentum 0.5 to 0.9 optimizer is momentum",
    ],
)
def test_a_hyperparameter_is_shown_with_its_values_and_condition(line: str) -> None:
    assert line in shown(space_table(parse(SPACE, Path("s.yaml")).spec((28, 28, 1))))


def test_networks_are_shown_layer_by_layer_and_those_that_cannot_be_built_with_the_cause() -> None:
    lines = shown(*network_tables(inspect(parse(SPACE, Path("s.yaml")))))
    assert "smallest network (by parameters)" in lines
    assert "conv_1 26 x 26 x 4 40 48,672" in lines
    (refused,) = [line for line in lines if line.startswith("cannot be built")]
    assert "kernel_size 29" in refused


def test_a_network_that_breaks_a_constraint_is_called_that_of_the_space_before_it() -> None:
    text = SPACE.replace("low: 4, high: 8", "low: 4, high: 64")
    found = inspect(parse(f"{text}constraints: [filters.1 < 64, flops < 9e5]\n", Path("s.yaml")))
    lines = shown(*network_tables(found))
    assert "smallest network (by parameters)" in lines
    assert (
        "largest network (by parameters; before constraints: it breaks filters.1 < 64 and "
        "flops < 900_000)" in lines
    )


def test_a_network_that_may_not_be_the_smallest_is_not_called_so() -> None:
    found = inspect(parse(SPACE, Path("s.yaml")))
    doubtful = replace(
        found, corners=tuple(replace(corner, is_exact=False) for corner in found.corners)
    )
    assert any(
        "not exact: the space is too large" in line for line in shown(*network_tables(doubtful))
    )
    assert [corner["exact"] for corner in doubtful.to_json()["corners"]] == [False, False]
    assert {corner["by"] for corner in found.to_json()["corners"]} == {"parameters"}
    assert any(
        "no smallest and largest" in line
        for line in shown(*network_tables(replace(found, corners=())))
    )
