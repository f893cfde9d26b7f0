"""KerasTuner distributed over this machine, as its guide says: a chief, which only suggests, and
workers, each of which is this same program with one thread."""

import os
import socket
import subprocess
import sys

from workloads import ONE_THREAD

# Set in the chief and in the workers, and by KerasTuner's own choice of a name.
TUNER = "KERASTUNER_TUNER_ID"


def is_started_by_distribute() -> bool:
    """Whether this process is the chief or a worker."""
    return TUNER in os.environ


def distribute(workers: int) -> None:
    """Starts a chief and workers with the arguments of this process, and returns once all have
    ended. Raises `RuntimeError` where a worker failed."""
    address = {"KERASTUNER_ORACLE_IP": "127.0.0.1", "KERASTUNER_ORACLE_PORT": str(_free_port())}

    def start(name: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, **ONE_THREAD, **address, TUNER: name}
        return subprocess.Popen(
            [sys.executable, *sys.argv], env=environment, stdout=subprocess.DEVNULL
        )

    chief = start("chief")
    failed = sum(worker.wait() != 0 for worker in [start(f"tuner{n}") for n in range(workers)])
    if failed:
        chief.kill()
        raise RuntimeError(f"{failed} of {workers} workers failed")
    chief.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
