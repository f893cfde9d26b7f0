"""A real MLflow server on this machine: what its client prints stays out of the JSON document."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import SMALL

ROOT = Path(__file__).parent.parent.parent

# The command line with trials that are computed at once, in place of processes that train.
COMMAND = """\
import sys
import sweep.execute.local
from tests.fakes import FakeExecutor
sweep.execute.local.LocalExecutor = FakeExecutor
from sweep.cli import main
main()
"""


def sweep(folder: Path, *arguments: str, before: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """`sweep ARGUMENTS` as a process in a folder, with fake trials; `before` is Python that runs first."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-c", before + COMMAND, *arguments],
        cwd=folder,
        env={**clean, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an MLflow server of this test's own."""
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    where = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--uvicorn-opts", "--log-level warning"]
    stores = ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "files")]
    quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "mlflow", "server", *where, *stores],
            cwd=folder,
            env={**os.environ, **quiet},
            stdout=log,
            stderr=log,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 120
        while not answers(address):
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


@pytest.mark.parametrize("store", ["server", "sqlite"])
def test_json_is_one_document_with_any_store(store: str, server: str, tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL.replace("small", f"small-{store}"))
    uri = {"server": server, "sqlite": f"sqlite:///{tmp_path}/own.db"}[store]
    done = sweep(tmp_path, "run", "small.yaml", "--json", "--tracking-uri", uri)
    assert done.returncode == 0, done.stderr
    assert [trial["number"] for trial in json.loads(done.stdout)["trials"]] == list(range(6))
    assert "View run" not in done.stderr
    seen = sweep(tmp_path, "inspect", f"small-{store}", "--json")
    assert seen.returncode == 0, seen.stderr
    assert json.loads(seen.stdout)["images"] == 60
    assert "MLflow" not in seen.stderr


def test_json_is_one_document_whatever_a_library_prints(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    # From the thread that talks to MLflow, through Python and past it, and by a process that it starts.
    before = (
        "import os\nfrom mlflow import MlflowClient\nend = MlflowClient.set_terminated\n"
        "def printing(*arguments, **named):\n"
        "    print('printed')\n    os.write(1, b'written\\n')\n    os.system('echo echoed')\n"
        "    return end(*arguments, **named)\n"
        "MlflowClient.set_terminated = printing\n"
    )
    done = sweep(tmp_path, "run", "small.yaml", "--json", before=before)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["trials"]) == 6
    assert {"printed", "written", "echoed"} <= set(done.stderr.splitlines())
