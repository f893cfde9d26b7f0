"""A real MLflow server on this machine: what its client prints stays out of the JSON document, and
no secret of its URI is on the disk."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient

from tests.conftest import SMALL

ROOT = Path(__file__).parent.parent.parent

# The command line with trials that are computed at once, in place of processes that train.
FAKE = """\
import sweep.execute.local
from tests.fakes import FakeExecutor
sweep.execute.local.LocalExecutor = FakeExecutor
"""
COMMAND = "from sweep.cli import main\nmain()\n"


def sweep(
    folder: Path, *arguments: str, before: str = "", fake: bool = True, **environment: str
) -> subprocess.CompletedProcess[str]:
    """`sweep ARGUMENTS` as a process in a folder, with fake trials or real ones; `before` is Python
    that runs first."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-c", before + (FAKE if fake else "") + COMMAND, *arguments],
        cwd=folder,
        env={**clean, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def server_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server keeps everything."""
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def server(server_folder: Path) -> Iterator[str]:
    """The address of an MLflow server of this test's own."""
    folder = server_folder
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    where = [
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "1",
        "--uvicorn-opts",
        "--log-level warning",
    ]
    stores = [
        "--backend-store-uri",
        f"sqlite:///{folder}/mlflow.db",
        "--artifacts-destination",
        str(folder / "files"),
    ]
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
            return bool(answer.status == 200)
    except OSError:
        return False


def test_json_is_one_document_with_a_server(server: str, tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    done = sweep(tmp_path, "run", "small.yaml", "--json", "--tracking-uri", server)
    assert done.returncode == 0, done.stderr
    assert [trial["number"] for trial in json.loads(done.stdout)["trials"]] == list(range(6))
    assert "View run" not in done.stderr
    seen = sweep(tmp_path, "inspect", "small", "--json")
    assert seen.returncode == 0, seen.stderr
    assert json.loads(seen.stdout)["images"] == 60
    assert "MLflow" not in seen.stderr


def test_json_is_one_document_whatever_a_library_prints(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    # From the thread that talks to MLflow, through Python and past it, and by a process that it
    # starts.
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


def holding(folder: Path, canary: str) -> list[Path]:
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and canary.encode() in path.read_bytes()
    ]


REAL = """\
name: real
data: {path: blobs.npz, validation: 60}
space: {filters: [4], kernel_size: 3, dense: [8], dropout: {low: 0.0, high: 0.5}, batch_size: 16, steps: 20}
search: {trials: 2, sampler: random}
"""
# A password that no other run of these tests has: all processes of this user are looked at.
CANARY = f"CANARY{os.getpid()}"

# While trials run, the arguments of every process of this user are listed.
LISTING = """\
import os, pathlib
from sweep.engine import trials
handle = trials.handle
def listing(sweep, parts, event):
    with open(os.environ["LISTED"], "ab") as file:
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                file.write(path.read_bytes() + b"\\n")
            except OSError:
                pass
    handle(sweep, parts, event)
import sweep.engine.coordinator
sweep.engine.coordinator.handle = listing
"""


def test_no_secret_of_a_real_sweep_is_on_the_disk_nor_printed_nor_listed(
    server: str, server_folder: Path, blobs: Path, tmp_path: Path
) -> None:
    shutil.copy(blobs, tmp_path / "blobs.npz")
    (tmp_path / "real.yaml").write_text(REAL)
    uri = server.replace("//", f"//user:{CANARY}@")
    listed = tmp_path / "listed"
    done = sweep(tmp_path, "run", "real.yaml", "--json", "--tracking-uri", uri, before=LISTING, fake=False,
                 LISTED=str(listed))  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["trials"]) == 2
    assert "could not be" not in done.stderr
    assert b"real.yaml" in listed.read_bytes()
    assert b"sweep.execute.server" in listed.read_bytes()
    assert (tmp_path / "results" / "real" / "best" / "best.keras").exists()
    assert holding(tmp_path, CANARY) + holding(server_folder, CANARY) == []
    assert CANARY not in done.stdout + done.stderr
    client = MlflowClient(server)
    (model,) = client.search_logged_models([client.get_experiment_by_name("real").experiment_id])
    assert model.status == "READY"


def test_a_store_with_a_secret_is_asked_for_when_it_is_needed_again(
    server: str, tmp_path: Path
) -> None:
    (tmp_path / "small.yaml").write_text(SMALL.replace("small", "asked"))
    uri = server.replace("//", "//user:CANARY@")
    shown = server.replace("//", "//***@")
    assert sweep(tmp_path, "run", "small.yaml", "--tracking-uri", uri).returncode == 0
    refused = sweep(tmp_path, "ui", "asked")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"needs a password, and none is kept on the disk ({shown})" in refused.stderr
    done = sweep(tmp_path, "ui", "asked", MLFLOW_TRACKING_URI=uri)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{server}/#/experiments/")
    seen = sweep(tmp_path, "inspect", "asked", "--json")
    assert seen.returncode == 0
    assert "needs a password" in seen.stderr
    (tmp_path / "small.yaml").write_text(
        (tmp_path / "small.yaml").read_text().replace("trials: 6", "trials: 7")
    )
    again = sweep(tmp_path, "run", "small.yaml")
    assert (again.returncode, "needs a password" in again.stderr) == (2, True)
    again = sweep(tmp_path, "run", "small.yaml", MLFLOW_TRACKING_URI=uri)
    assert (again.returncode, "another MLflow store" in again.stderr) == (0, False)
    assert holding(tmp_path, "CANARY") == []


def test_a_server_that_fails_is_said_without_its_secret(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        # MLflow's client takes no slash in a password.
        uri = f"http://us@er:CANARY@127.0.0.1:{port}"
        done = sweep(tmp_path, "run", "small.yaml", "--tracking-uri", uri)
    assert done.returncode == 4
    assert "sweep: error: MLflow's store cannot be used" in done.stderr
    assert "CANARY" not in done.stdout + done.stderr
    assert holding(tmp_path, "CANARY") == []


INTERRUPTING = """\
import os, signal
from tests.fakes import FakeExecutor
submit = FakeExecutor.submit
def interrupting(self, job):
    submit(self, job)
    if len(self.submitted) == 2:
        os.kill(os.getpid(), signal.SIGINT)
FakeExecutor.submit = interrupting
"""


def test_an_interrupted_sweep_says_how_to_go_on_without_the_secret(
    server: str, tmp_path: Path
) -> None:
    (tmp_path / "small.yaml").write_text(SMALL.replace("small", "stopped"))
    uri = server.replace("//", "//user:CANARY@")
    done = sweep(
        tmp_path, "run", "small.yaml", "--workers", "2", "--tracking-uri", uri, before=INTERRUPTING
    )
    assert done.returncode == 130
    assert (
        "hint: go on with: sweep run small.yaml --workers 2, and the same --tracking-uri\n"
        in done.stderr
    )
    assert "CANARY" not in done.stderr
