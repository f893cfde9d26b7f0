"""What the programs of this folder share."""

import json
import os
import platform
from pathlib import Path
from typing import Any


def describe_machine() -> dict[str, Any]:
    """The processor, its usable cores, Python, and how busy the machine is (load of the last minute)."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Writes a document for other programs to read."""
    path.write_text(json.dumps(document, indent=1) + "\n")
