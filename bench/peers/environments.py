"""What each tool runs in: a virtual environment for each peer, made once, below `.venvs`, and
variables."""

import os
import subprocess
import sys
from pathlib import Path

from bench.common import ONEDNN, ROOT
from bench.peers.programs.workloads import IMAGES

FOLDER = Path(__file__).parent
PEERS = ("optuna", "keras_tuner", "ray_tune")


def python_of(peer: str) -> Path:
    """The interpreter of a peer's environment, which is made where it is missing or its
    requirements have changed.

    Raises `subprocess.CalledProcessError` where something cannot be installed.
    """
    requirements = FOLDER / f"requirements-{peer}.txt"
    environment = FOLDER / ".venvs" / peer
    python = environment / "bin" / "python"
    installed = environment / "installed.txt"
    if not installed.exists() or installed.read_text() != requirements.read_text():
        print(f"installing {requirements.name}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", environment], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
        installed.write_text(requirements.read_text())
    return python


def environment_of_sweep() -> dict[str, str]:
    """The variables of `sweep`, which decides by itself how TensorFlow computes."""
    return {**_plain(), "PYTHONPATH": str(ROOT)}


def environment_of_peer(images: Path, *, onednn: bool, **more: str) -> dict[str, str]:
    """The variables of a peer, which reads its images from that file."""
    return {**_plain(), IMAGES: str(images), **more, **({ONEDNN: "1"} if onednn else {})}


def _plain() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in (ONEDNN, "PYTHONPATH")}
