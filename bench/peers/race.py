"""The same trainings by `sweep`, Optuna with Keras and MLflow, KerasTuner and Ray Tune, one after
the other.

    python -m bench.peers.race --workload small --json race.json

Each command is timed from its start to its end, in a fresh folder. Rounds are interleaved, and each
begins with another tool. A run that did not do all of its trials, or learnt nothing, ends the race.
It may take hours: interrupted, it goes on after the runs that its JSON document has.
"""

import argparse
import json
import os
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.common import ONEDNN, begun, order, spread, write_json
from bench.peers.environments import FOLDER, environment_of_peer, environment_of_sweep, python_of
from bench.peers.images import write_images
from bench.peers.programs import workloads
from bench.peers.usage import measured
from sweep.data.dataset import load as load_data
from sweep.execute.machine import usable_cores
from sweep.space.domains import FloatRange
from sweep.space.hyperparams import Hyperparams
from sweep.spacefile.read import load

# What the best network must reach: of a whole workload, and where a quick try cuts the trials
# short.
SANE, LEARNT_SOMETHING = 0.95, 0.15


@dataclass(frozen=True)
class Peer:
    """A way to do the work: whose environment, which program, how many trials at once."""

    environment: str
    program: str
    at_once: bool = False
    processes: bool = False


PEERS = {
    "optuna": Peer("optuna", "with_optuna.py"),
    "optuna-threads": Peer("optuna", "with_optuna.py", at_once=True),
    "optuna-processes": Peer("optuna", "with_optuna.py", at_once=True, processes=True),
    "keras-tuner": Peer("keras_tuner", "with_keras_tuner.py"),
    "keras-tuner-processes": Peer(
        "keras_tuner", "with_keras_tuner.py", at_once=True, processes=True
    ),
    "ray-tune": Peer("ray_tune", "with_ray_tune.py", at_once=True),
}
TOOLS = ("sweep", *PEERS)


@dataclass(frozen=True)
class Run:
    """One run of a tool: seconds of the clock and of the processors, its trials, its best
    validation accuracy, its versions, and the load of the machine before it began."""

    tool: str
    round: int
    seconds: float
    cpu_seconds: float
    trials: int
    best_val_accuracy: float
    versions: Mapping[str, str]
    load: float


@dataclass(frozen=True)
class Race:
    """Who does what: the name of the workload, its trials and steps, and what the peers'
    environment has besides."""

    workload: str
    trials: int
    steps: int
    onednn: bool

    @property
    def is_whole(self) -> bool:
        return self.steps >= workloads.WORKLOADS[self.workload].steps


def run(race: Race, tool: str, number: int, images: Path) -> Run:
    """Runs one tool to its end; peers read `images`. Raises `SystemExit` with what it said where it
    failed or did not do the work."""
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix=f"race-{tool}-") as name:
        folder = Path(name)
        command = (
            _sweep_command(race, folder) if tool == "sweep" else _peer_command(race, PEERS[tool])
        )
        environment = (
            environment_of_sweep()
            if tool == "sweep"
            else environment_of_peer(images, onednn=race.onednn)
        )
        used = measured(command, folder, environment)
    if used.status:
        raise SystemExit(f"{tool} failed with status {used.status}:\n{used.errors[-4000:]}")
    said = json.loads(used.output if tool == "sweep" else used.output.strip().splitlines()[-1])
    result = _sweep_result(said) if tool == "sweep" else said
    found = Run(tool, number, used.seconds, used.cpu_seconds, load=load_before, **result)
    _check(race, found)
    return found


def _sweep_command(race: Race, folder: Path) -> list[str]:
    text = (FOLDER / f"{race.workload}.yaml").read_text()
    text = re.sub(r"trials: \d+", f"trials: {race.trials}", text)
    text = re.sub(r"steps: \d+", f"steps: {race.steps}", text)
    file = folder / f"{race.workload}.yaml"
    file.write_text(text)
    places = ["--results", str(folder), "--tracking-uri", f"sqlite:///{folder}/mlflow.db"]
    return [sys.executable, "-P", "-m", "sweep", "run", str(file), *places, "--json"]


def _sweep_result(document: dict[str, Any]) -> dict[str, Any]:
    """What a peer says of itself, from the document of `sweep run --json`."""
    accuracies = [t["val_accuracy"] for t in document["trials"] if t["state"] == "complete"]
    packages = ("cnn-sweep", "tensorflow", "keras", "optuna", "mlflow")
    return {
        "trials": len(accuracies),
        "best_val_accuracy": max(accuracies, default=0.0),
        "versions": {name: version(name) for name in packages},
    }


def _peer_command(race: Race, peer: Peer) -> list[str]:
    command = [str(python_of(peer.environment)), str(FOLDER / "programs" / peer.program)]
    command += [
        "--workload",
        race.workload,
        "--trials",
        str(race.trials),
        "--steps",
        str(race.steps),
    ]
    command += ["--jobs", str(usable_cores() if peer.at_once else 1)]
    return [*command, "--processes"] if peer.processes else command


def _check(race: Race, found: Run) -> None:
    """Raises `SystemExit` where a run did not do the work."""
    least = SANE if race.is_whole else LEARNT_SOMETHING
    if found.trials != race.trials:
        raise SystemExit(f"{found.tool} did {found.trials} of {race.trials} trials")
    if found.best_val_accuracy < least:
        raise SystemExit(
            f"{found.tool} reached {found.best_val_accuracy:.4f}, which is below {least}"
        )


def check_equal(name: str) -> None:
    """Raises `SystemExit` where the space file and what the peers do are not the same work."""
    spec = load(FOLDER / f"{name}.yaml").spec((28, 28, 1))
    own = workloads.WORKLOADS[name]
    network = Hyperparams(
        filters=own.filters,
        kernel_size=own.kernel_size,
        dense=(own.dense,),
        batch_size=own.batch_size,
        steps=own.steps,
    )
    ranges = {
        "learning_rate": FloatRange(*workloads.LEARNING_RATE, log=True),
        "dropout": FloatRange(*workloads.DROPOUT),
    }
    theirs = (network, ranges, own.trials, workloads.VALIDATION, own.steps, "none")
    constants = {p.name: p.constant for p in spec.space.parameters if p.constant is not None}
    point = spec.space.point(constants)
    ours = (
        point,
        {p.name: p.domain for p in spec.space.parameters if p.constant is None},
        spec.search.trials,
        spec.data.validation,
        spec.grid.steps(point)[0],
        spec.search.pruner.name,
    )
    if ours != theirs:
        raise SystemExit(f"{name}.yaml and the peers' workload differ: {ours}; {theirs}")


def summary(runs: Sequence[Run]) -> dict[str, Any]:
    """Medians and ranges of each tool, and the time of sweep as a share of that of the fastest
    peer, round by round: the fastest of those that have most rounds in common with it, for rounds
    differ. No share where none has one."""
    tools = {
        tool: _of_tool([r for r in runs if r.tool == tool])
        for tool in dict.fromkeys(r.tool for r in runs)
    }
    own = {r.round: r.seconds for r in runs if r.tool == "sweep"}
    peers = {
        tool: {r.round: r.seconds for r in runs if r.tool == tool and r.round in own}
        for tool in PEERS
    }
    rounds = max(map(len, peers.values()))
    if not rounds:
        return {"tools": tools}
    best = min(
        (tool for tool in peers if len(peers[tool]) == rounds),
        key=lambda tool: median(peers[tool].values()),
    )
    shares = [own[number] / seconds for number, seconds in peers[best].items()]
    return {
        "tools": tools,
        "best_peer": best,
        "rounds_together": rounds,
        "sweep_to_best_peer": _spread(shares),
    }


def _of_tool(runs: Sequence[Run]) -> dict[str, Any]:
    return {
        "rounds": len(runs),
        **{name: _spread([getattr(r, name) for r in runs]) for name in _DIGITS},
    }


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": median(values), "lowest": min(values), "highest": max(values)}


def table(race: Race, found: Mapping[str, Any]) -> Table:
    """What `summary` gave, for a terminal."""
    shown = Table(
        title=f"{race.workload}: {race.trials} trials of {race.steps} steps; medians (ranges)"
    )
    for heading in HEADINGS:
        shown.add_column(heading, justify="left" if heading == "tool" else "right")
    for row in rows(found):
        shown.add_row(*row)
    shown.caption = verdict(found)
    return shown


HEADINGS = ("tool", "rounds", "wall, s", "CPU, s", "best val_accuracy")
_DIGITS = {"seconds": 1, "cpu_seconds": 1, "best_val_accuracy": 4}


def rows(found: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """What `summary` gave of each tool, fastest first, as `HEADINGS` says."""
    tools = sorted(found["tools"].items(), key=lambda item: item[1]["seconds"]["median"])
    return [
        (tool, str(of["rounds"]), *(_cell(of[name], digits) for name, digits in _DIGITS.items()))
        for tool, of in tools
    ]


def verdict(found: Mapping[str, Any]) -> str:
    """How `sweep` stands beside the fastest peer; nothing where there is none."""
    if "best_peer" not in found:
        return ""
    rounds = found["rounds_together"]
    return (
        f"sweep takes {share(found)} of the time of {found['best_peer']}, over {rounds} "
        f"round{'s' * (rounds > 1)}"
    )


def share(found: Mapping[str, Any]) -> str:
    """The time of `sweep` as a share of that of the fastest peer: its median and range."""
    return _cell(found["sweep_to_best_peer"], 2)


def _cell(numbers: Mapping[str, float], digits: int) -> str:
    return spread([numbers[name] for name in ("lowest", "median", "highest")], digits)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workload", choices=workloads.WORKLOADS, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--tools", nargs="+", choices=TOOLS, default=TOOLS, metavar="TOOL", help=", ".join(TOOLS)
    )
    parser.add_argument("--trials", type=int, help="fewer, for a quick try")
    parser.add_argument("--steps", type=int, help="fewer, for a quick try")
    parser.add_argument(
        "--onednn", action="store_true", help=f"the peers have {ONEDNN}=1 in their environment"
    )
    parser.add_argument(
        "--json",
        type=Path,
        metavar="PATH",
        help="write everything there, after every run, and go on from it",
    )
    return parser.parse_args()


def main() -> None:
    given = parse()
    own = workloads.WORKLOADS[given.workload]
    race = Race(given.workload, given.trials or own.trials, given.steps or own.steps, given.onednn)
    check_equal(race.workload)
    for environment in {PEERS[tool].environment for tool in given.tools if tool in PEERS}:
        python_of(environment)
    console = Console(stderr=True)
    said = {"race": asdict(race)}
    document = begun(given.json, said, "runs")
    runs = [Run(**before) for before in document["runs"]]
    done = {(r.tool, r.round) for r in runs}
    turns = [
        (tool, number) for number in range(given.rounds) for tool in order(given.tools, number)
    ]
    with tempfile.TemporaryDirectory(prefix="race-") as folder:
        images = Path(folder) / "images.npz"
        write_images(load_data(load(FOLDER / f"{race.workload}.yaml").data), images)
        for tool, number in [turn for turn in turns if turn not in done]:
            runs.append(run(race, tool, number, images))
            latest = runs[-1]
            console.print(
                f"round {number}: {tool} {latest.seconds:.1f} s, CPU {latest.cpu_seconds:.1f} s"
            )
            if given.json:
                write_json(
                    given.json, {**document, **summary(runs), "runs": [asdict(r) for r in runs]}
                )
    Console().print(table(race, summary(runs)))


if __name__ == "__main__":
    main()
