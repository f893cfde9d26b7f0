"""`sweep inspect`: which trials it refuses, before anything is trained again."""

from pathlib import Path

import pytest

from tests.test_cli import Command

REFUSED = {
    "failed": ("0", "trial 0 is failed, and has no network"),
    "not there": ("9", "there is no trial 9"),
    "no number": ("best", "valid integer"),
}


@pytest.mark.parametrize(("trial", "message"), REFUSED.values(), ids=REFUSED)
def test_a_trial_without_a_network_is_refused(
    trial: str, message: str, results: Path, sweep: Command
) -> None:
    code, out, err = sweep("inspect", "test", trial)
    first, second = err.splitlines()
    assert (code, out) == (2, "")
    assert message in first
    assert second.startswith("hint: ")
