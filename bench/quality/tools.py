"""Runs one search for a given time, ends it, and reads what it found."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.common import ROOT
from bench.peers.environments import environment_of_peer, environment_of_sweep, python_of
from bench.peers.usage import adopt_orphans, descendants
from bench.quality.programs.space import MOMENTUM
from sweep.execute.machine import usable_cores
from sweep.space.hyperparams import Hyperparams
from sweep.store.ledger import Ledger
from sweep.store.weights import weights_file
from sweep.trial.record import State

FOLDER = Path(__file__).parent
PEERS = {"optuna": "optuna", "keras-tuner": "keras_tuner", "ray-tune": "ray_tune"}
CONTROL = "random"
TOOLS = ("sweep", *PEERS, CONTROL)
# Seconds that a tool has to end by itself after it was interrupted.
PATIENCE = 20.0


@dataclass(frozen=True)
class Trial:
    """A trial that came to its end: seconds since the search was started, its validation accuracy
    there, its point, and its weights where they were kept."""

    seconds: float
    val_accuracy: float
    point: Mapping[str, Any]
    weights: Path | None


def budget_of(tool: str, budget: float) -> float:
    """Seconds that a tool has: the control has twice the time."""
    return 2 * budget if tool == CONTROL else budget


def environment_of(tool: str, images: Path, *, onednn: bool) -> dict[str, str]:
    """The variables of a tool; `images` is the file that peers read."""
    if tool in PEERS:
        return environment_of_peer(
            images, onednn=onednn, PYTHONPATH=str(ROOT / "bench" / "peers" / "programs")
        )
    return environment_of_sweep()


def search(
    tool: str, seed: int, budget: float, folder: Path, environment: Mapping[str, str]
) -> list[Trial]:
    """Searches with one tool for its time, and gives the trials that ended within it. Raises
    `SystemExit` with what the tool said where it ended by itself, or found nothing."""
    adopt_orphans()
    seconds = budget_of(tool, budget)
    command = _peer(tool, seed) if tool in PEERS else _sweep(tool, seed, folder)
    output = folder / "output.txt"
    start = time.time()
    with output.open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=out)
        try:
            process.wait(seconds)
            raise SystemExit(
                f"{tool} ended before its time:\n{output.read_text(errors='replace')[-4000:]}"
            )
        except subprocess.TimeoutExpired:
            _end(process)
    found = _peer_trials(folder, start) if tool in PEERS else _sweep_trials(folder, start)
    found = sorted((t for t in found if t.seconds <= seconds), key=lambda t: t.seconds)
    if not found:
        raise SystemExit(
            f"{tool} found nothing in {seconds:.0f} "
            f"s:\n{output.read_text(errors='replace')[-4000:]}"
        )
    return found


def _end(process: subprocess.Popen[bytes]) -> None:
    """Interrupts a search, and after a while ends whatever of it goes on."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    # Over again, because one that ends may have started another in the meantime.
    while left := descendants(os.getpid()):
        for pid, _ in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _peer(tool: str, seed: int) -> list[str]:
    program = FOLDER / "programs" / f"with_{PEERS[tool]}.py"
    return [
        str(python_of(PEERS[tool])),
        str(program),
        "--seed",
        str(seed),
        "--jobs",
        str(usable_cores()),
    ]


def _sweep(tool: str, seed: int, folder: Path) -> list[str]:
    how = ", sampler: random, pruner: none" if tool == CONTROL else ""
    text = (FOLDER / "space.yaml").read_text()
    file = folder / "space.yaml"
    file.write_text(re.sub(r"(search: {trials: \d+)", rf"\1, seed: {seed}{how}", text))
    places = ["--results", str(folder), "--tracking-uri", f"sqlite:///{folder}/mlflow.db"]
    return [sys.executable, "-P", "-m", "sweep", "run", str(file), *places]


def _peer_trials(folder: Path, start: float) -> list[Trial]:
    lines = [
        line
        for file in folder.glob("trials-*.jsonl")
        for line in file.read_text().splitlines(keepends=True)
    ]
    # The last line of a process that was killed may be cut off.
    noted = [json.loads(line) for line in lines if line.endswith("\n")]
    return [
        Trial(
            t["time"] - start, t["val_accuracy"], t["point"], t["weights"] and folder / t["weights"]
        )
        for t in noted
    ]


def _sweep_trials(folder: Path, start: float) -> list[Trial]:
    results = folder / "quality"
    with Ledger.open_to_read(results) as ledger:
        records = [r for r in ledger.records() if r.state is State.COMPLETE]
    trials = []
    for record in records:
        weights = weights_file(results, record.trial.number)
        assert record.last is not None
        assert record.seconds is not None
        end = record.started + record.seconds - start
        point = record.trial.point.model_dump()
        trials.append(
            Trial(end, record.last.val_accuracy, point, weights if weights.exists() else None)
        )
    return trials


def hyperparams(trial: Trial) -> Hyperparams:
    """The point of a trial in sweep's words; a peer has one entry a layer."""
    given = dict(trial.point)
    if "filters" not in given:
        given["filters"] = (given.pop("filters.1"), given.pop("filters.2"))
        given["dense"] = (given.pop("dense.1"),)
        if given.get("optimizer") in ("momentum", "rmsprop"):
            given["momentum"] = MOMENTUM
    return Hyperparams.model_validate(given)
