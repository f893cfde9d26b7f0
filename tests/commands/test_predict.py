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
    assert (code != 0, out) == (True, "")
    assert err.startswith("sweep: error: ")
    assert "bug of sweep" not in err
