"""`sweep check --time` for real: networks are trained, timed and forgotten."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from sweep.preview import timing
from tests.conftest import Writer
from tests.test_cli import call

SPACE = """\
name: quick
data: {{path: {path}}}
space: {{filters: [{{low: 2, high: 8}}], kernel_size: 3, dense: [{{low: 8, high: 64}}], batch_size: 16, steps: 40}}
search: {{trials: 12}}
baselines:
  plain: {{filters: [4], dense: [16]}}
"""


def test_networks_are_timed_and_nothing_is_left(
    blobs: Path,
    write: Writer,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = write(SPACE.format(path=blobs))
    monkeypatch.setattr(timing, "LONG_ENOUGH", 0.0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    code, out, err = call(
        capfd, monkeypatch, "check", str(path), "--time", "--workers", "2", "--json"
    )
    assert code == 0
    assert err.splitlines()[-1] == "timing 8 networks in short trials, 2 at once; Ctrl-C ends it"
    found = json.loads(out)
    assert found["baselines"][0]["name"] == "plain"
    time = found["time"]
    assert (time["workers"], time["trials"], time["drawn"]) == (2, 12, 11)
    assert 0 < time["around"] < time["low"] <= time["seconds"] <= time["high"]
    assert time["seconds"] <= time["without_pruning"]
    assert {"plain", "cheapest", "dearest"} <= {row["name"] for row in time["timed"]}
    for row in time["timed"]:
        assert row["batch_size"] == 16
        assert row["flops"] > 0
        # Differences of moments, and what something else does at one of them may take all of it.
        assert (
            min(row["seconds_per_step"], row["seconds_per_evaluation"], row["seconds_per_trial"])
            >= 0
        )
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_at_once(
    number: int, code: int, blobs: Path, write: Writer, tmp_path: Path
) -> None:
    path = write(SPACE.format(path=blobs))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = [sys.executable, "-m", "sweep", "check", str(path), "--time", "--json"]
    environment = {**os.environ, "TMPDIR": str(scratch)}
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Tests that a shell runs in the background have SIGINT ignored, and so would this.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stderr is not None
        assert any("Ctrl-C ends it" in line for line in process.stderr)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (code, "", "")
    assert list(scratch.iterdir()) == []


def test_workers_without_time_say_nothing(
    write: Writer, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = call(
        capfd, monkeypatch, "check", str(write("name: a\nspace: {}\n")), "--workers", "2"
    )
    assert (code, out) == (2, "")
    assert "add --time" in err
