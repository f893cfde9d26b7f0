"""Runs a command and says what it took: seconds of the clock, and of the processors by all that it started."""

import ctypes
import os
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
# How long what a command left behind may go on, in seconds.
PATIENCE = 30.0


@dataclass(frozen=True)
class Usage:
    """How a command ended, what it said, its seconds of the clock, and the processor seconds of all its processes."""

    status: int
    output: str
    errors: str
    seconds: float
    cpu_seconds: float


def measured(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Usage:
    """Runs a command in `folder` and waits for its end, and then for what it left behind, which counts as processor
    time but not as time of the clock. Raises `RuntimeError` where something of it goes on."""
    # Daemons that outlive their parent become children of this process, which can then count and await them.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    output, errors = folder / "output.txt", folder / "errors.txt"
    before = _children()
    start = time.monotonic()
    with output.open("wb") as out, errors.open("wb") as err:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=err)
        status = process.wait()
        seconds = time.monotonic() - start
    _await_orphans()
    return Usage(status, output.read_text(), errors.read_text(errors="replace"), seconds, _children() - before)


def _children() -> float:
    """Processor seconds of all children that have ended and were waited for, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _await_orphans() -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            time.sleep(0.1)
    raise RuntimeError("a command left processes behind that do not end")
