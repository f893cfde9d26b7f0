"""The programs that measure speed run; what they measured is not judged here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.long
def test_scale_measures_trials_and_commands(tmp_path: Path) -> None:
    path = tmp_path / "scale.json"
    options = ["--trials", "100", "--sampler", "random", "--runs", "1", "--json", str(path)]
    subprocess.run([sys.executable, "-m", "bench.scale", *options], check=True, cwd=ROOT)
    found = json.loads(path.read_text())["random"]
    assert [cost["trials"] for cost in found["costs"]] == [100]
    assert all(cost["cpu"] > cost["mlflow"] > 0 for cost in found["costs"])
    assert len(found["seconds"]) == 6
