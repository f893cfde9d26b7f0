"""The documents: every command of the README runs, every command is in it, and links resolve."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from sweep.analysis.export import FORMATS
from sweep.cli import app
from sweep.space import Pruner, Sampler
from sweep.space.hyperparams import KNOBS, Following, SameAs
from tests.digits import write_digits

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
FOLDERS = (".", "docs", "results", "bench", "bench/peers", "bench/quality")
DOCUMENTS = sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*.md"))

# Commands that set the project up, which the test itself runs under, or that end only when they are
# told to.
NOT_HERE = ("make ", "git clone", "cd ", "python3 -m venv", "sweep ui", ".venv/bin/")


def commands() -> list[str]:
    """The commands of the README's shell blocks, in their order, each with the lines that it is
    fed."""
    blocks = re.findall(r"```console\n(.*?)```", README, flags=re.DOTALL)
    found = [
        command.strip()
        for block in blocks
        for command in re.split(r"^\$ ", block, flags=re.MULTILINE)
    ]
    return [command for command in found if command and not command.startswith(NOT_HERE)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the shipped space files, in which nothing has run."""
    where = tmp_path_factory.mktemp("readme")
    (where / "search_spaces").mkdir()
    for path in (ROOT / "search_spaces").glob("*.yaml"):
        (where / "search_spaces" / path.name).write_text(path.read_text())
    return where


@pytest.mark.long
def test_every_command_of_the_readme_runs(folder: Path) -> None:
    found = commands()
    assert len(found) > 8
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    environment.pop("MLFLOW_TRACKING_URI", None)
    for command in found:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


@pytest.mark.long
def test_most_drawn_digits_are_recognised_by_the_best_lenet(folder: Path, tmp_path: Path) -> None:
    if not (folder / "results" / "lenet" / "best").exists():
        run = [sys.executable, "-m", "sweep", "run", "search_spaces/lenet.yaml"]
        subprocess.run(run, cwd=folder, check=True, capture_output=True, timeout=900)
    digits = list(write_digits(tmp_path))
    command = [
        sys.executable,
        "-m",
        "sweep",
        "predict",
        "lenet",
        "--json",
        *(str(path) for path, _ in digits),
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)["predictions"]
    right = sum(p["class"] == str(digit) for p, (_, digit) in zip(found, digits, strict=True))
    assert right >= 0.8 * len(digits)


def test_every_command_is_in_the_readme() -> None:
    names = {
        command.name or command.callback.__name__
        for command in app.registered_commands
        if command.callback
    }
    assert {name for name in names if f"sweep {name}" not in README} == set()


def test_every_hyperparameter_is_in_the_readme_with_its_default() -> None:
    for knob in KNOBS.values():
        (row,) = [line for line in README.splitlines() if line.startswith(f"| `{knob.name}` |")]
        cell = row.rstrip(" |").rpartition("| ")[2]
        default = list(knob.default) if isinstance(knob.default, tuple) else knob.default
        text = str(default).replace("'", "").replace("False", "false")
        expected = f"`{text}`"
        if knob.default is None:
            expected = "none"
        if isinstance(knob.default, Following | SameAs):
            expected = text
            if knob.default.knob == "optimizer":
                expected = f"Keras': {text}"
        assert cell == expected, row


def test_every_format_sampler_and_pruner_is_in_the_readme_with_its_options() -> None:
    names = [*FORMATS]
    for strategy in (*get_args(Sampler), *get_args(Pruner)):
        names += [strategy().name, *(key for key in strategy.model_fields if key != "name")]
    assert [name for name in names if f"`{name}`" not in README and f"{name}:" not in README] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_resolve(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text()):
        assert (document.parent / target).exists(), target


def test_the_makefile_has_the_two_commands() -> None:
    assert "make run" in README
    assert "make test" in README
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(r"^run:", makefile, flags=re.MULTILINE)
    assert re.search(r"^test:", makefile, flags=re.MULTILINE)
