"""What the programs of this folder share."""

import json
import os
import platform
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from sweep.execute.machine import usable_cores

ROOT = Path(__file__).parent.parent
# What turns TensorFlow's oneDNN kernels on where it does not do so by itself.
ONEDNN = "TF_ENABLE_ONEDNN_OPTS"


def when_and_where() -> dict[str, Any]:
    """What every document says of itself: the date, and the machine with its processor and usable
    cores, memory in MiB, system and Python."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")),
        "unknown",
    )
    machine = {
        "processor": model,
        "cores": usable_cores(),
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }
    return {"date": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine}


def mlflow_cpu() -> float:
    """Seconds of processor time of the thread that writes to MLflow in this process; 0.0 before it
    has begun."""
    thread = next((thread for thread in threading.enumerate() if thread.name == "mlflow"), None)
    if thread is None or thread.ident is None:
        return 0.0
    return time.clock_gettime(time.pthread_getcpuclockid(thread.ident))


def order(tools: Sequence[str], number: int) -> list[str]:
    """The tools as round `number`, or seed, runs them: each round begins with another."""
    first = number % len(tools)
    return [*tools[first:], *tools[:first]]


def spread(values: Sequence[float], digits: int) -> str:
    """The median of some numbers and their range, for a person."""
    middle, low, high = (
        f"{number:.{digits}f}" for number in (median(values), min(values), max(values))
    )
    return middle if low == high else f"{middle} ({low} to {high})"


def begun(path: Path | None, said: dict[str, Any], what: str) -> dict[str, Any]:
    """The document that a measurement adds to: the one at `path`, of a measurement that was
    interrupted, or a new one that says `said`, and when and where it begins, with nothing under
    `what`. Raises `SystemExit` where that at `path` says something else or is of another
    machine."""
    fresh = {**said, **when_and_where(), what: []}
    if path is None or not path.exists():
        return fresh
    document: dict[str, Any] = json.loads(path.read_text())
    if {name: document.get(name) for name in said} != said:
        raise SystemExit(f"{path} holds another measurement: remove it, or write to another file")
    for name in ("processor", "cores", "python"):
        if document["machine"][name] != fresh["machine"][name]:
            raise SystemExit(
                f"{path} was measured on another machine ({name}): write to another file"
            )
    return document


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Writes a document for other programs to read, in one step."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(json.dumps(document, indent=1) + "\n")
    fresh.replace(path)
