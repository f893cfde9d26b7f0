"""A virtual environment for each peer, made once, below `.venvs`."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
PEERS = ("optuna", "keras_tuner", "ray_tune")


def python_of(peer: str) -> Path:
    """The interpreter of a peer's environment, which is made where it is missing or its requirements have changed.

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
