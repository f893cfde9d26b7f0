"""`sweep predict`: what it refuses before a network is built."""

from pathlib import Path

from PIL import Image

from tests.test_cli import Command


def test_a_sweep_that_is_not_there_is_guessed(results: Path, sweep: Command) -> None:
    code, out, err = sweep("predict", "tset", "a.png")
    assert (code, out, "did you mean test?" in err) == (2, "", True)


def test_without_a_network_on_the_disk_nothing_is_classified(results: Path, sweep: Command) -> None:
    Image.new("L", (28, 28)).save("digit.png")
    code, out, err = sweep("predict", "test", "digit.png", "--json")
    first, second = err.splitlines()
    assert (code, out) == (4, "")
    assert first.startswith("sweep: error: the weights of trial 1, the best network, are gone (")
    assert second.startswith("hint: bring the file back")
