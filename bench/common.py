"""What the programs of this folder share."""

import json
import os
import platform
from pathlib import Path
from typing import Any

from sweep.machine import usable_cores

ROOT = Path(__file__).parent.parent


def describe_machine() -> dict[str, Any]:
    """The processor and its usable cores, memory in MiB, the system, Python, and how busy the machine is (load of the
    last minute)."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
    return {
        "processor": model,
        "cores": usable_cores(),
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Writes a document for other programs to read, in one step."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(json.dumps(document, indent=1) + "\n")
    fresh.replace(path)
