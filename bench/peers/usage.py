"""Runs a command and says what it took: seconds of the clock, and of the processors by all that it
started.

Processor time is counted in two ways, and the larger is given, since neither can be too large. The
kernel adds up what processes used that were waited for; Ray's daemons do not wait for theirs. A
look at every process, several times a second, misses what each does after the last look at it.
"""

import ctypes
import os
import resource
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
_TICKS = os.sysconf("SC_CLK_TCK")
# Seconds between two looks at all processes.
INTERVAL = 0.25
# How long what a command left behind may go on, in seconds.
PATIENCE = 30.0


@dataclass(frozen=True)
class Usage:
    """How a command ended, what it said, its seconds of the clock, and the processor seconds of all
    its processes."""

    status: int
    output: str
    errors: str
    seconds: float
    cpu_seconds: float


def measured(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Usage:
    """Runs a command in `folder` and waits for its end, and then for what it left behind, which
    counts as processor time but not as time of the clock. Raises `RuntimeError` where something of
    it goes on."""
    adopt_orphans()
    output, errors = folder / "output.txt", folder / "errors.txt"
    before = _waited_for()
    with output.open("wb") as out, errors.open("wb") as err, Watch() as watch:
        start = time.monotonic()
        status = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=out, stderr=err
        ).wait()
        seconds = time.monotonic() - start
        _await_orphans()
    cpu_seconds = max(_waited_for() - before, watch.cpu_seconds)
    return Usage(
        status, output.read_text(), errors.read_text(errors="replace"), seconds, cpu_seconds
    )


def adopt_orphans() -> None:
    """Daemons that outlive their parent become children of this process, which can then count,
    await and end them."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Watch:
    """Looks at all descendants of this process while it is entered."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int], int] = {}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    @property
    def cpu_seconds(self) -> float:
        """Processor seconds of every process at the last look at it."""
        return sum(self._seen.values()) / _TICKS

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(INTERVAL):
            self._seen.update(descendants(os.getpid()))


def descendants(ancestor: int) -> dict[tuple[int, int], int]:
    """Processor ticks of every descendant, by its number and its start, which no other process has
    both of."""
    parents: dict[int, int] = {}
    used: dict[int, tuple[int, int]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            # proc(5): after the name, which may hold anything, come the state and the parent.
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        parents[int(entry.name)] = int(fields[1])
        used[int(entry.name)] = (int(fields[19]), int(fields[11]) + int(fields[12]))
    found: set[int] = set()
    wave = {ancestor}
    while wave := {pid for pid, parent in parents.items() if parent in wave} - found:
        found |= wave
    return {(pid, used[pid][0]): used[pid][1] for pid in found}


def _waited_for() -> float:
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
