"""What a trial costs the coordinator, and what a command costs, as a study grows to thousands of
trials.

    python -m bench.scale --trials 10000 --json scale.json

It goes on after the samplers that its JSON document has.

Trials here take no time: they are computed by a fake behind our own seam, with five evaluations and
the traces of 500 steps. All else is the real thing: the coordinator, the ledger, Optuna with
pruning, MLflow on SQLite. After every ten trials the fake waits until MLflow has everything, as it
has time to while real trials train; so the processor time of a trial is all that it ever costs the
coordinator, but for what MLflow takes in between where a trial is long (metrics are sent every
three seconds).

At 100, 1,000, ... trials the program reports means over the hundred trials before (the first of
them over ninety: what the first ten cost is mostly imports). Then come commands, each a process of
its own, medians of `--runs`: `sweep show`, `export` and `list`, `sweep run` on the finished sweep,
and `sweep run` with more trials to do, until the first of them is submitted; the last of these
imports TensorFlow beside it.
"""

import argparse
import json
import math
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench.common import ROOT, begun, mlflow_cpu, write_json

WINDOW = 100
TRACES = range(1, 501, 100)
# Trials after which the fake waits for MLflow.
PACE = 10

SPACE = """\
name: scale
space:
  filters: [{{low: 8, high: 32, step: 8}}, {{low: 16, high: 64, step: 16}}]
  kernel_size: {{choices: [3, 5]}}
  dense: [{{choices: [128, 256, 512, 1024]}}]
  dropout: {{low: 0.0, high: 0.6}}
  optimizer: {{choices: [sgd, momentum, adam, rmsprop]}}
  momentum: {{low: 0.5, high: 0.99, when: {{optimizer: [momentum, rmsprop]}}}}
  learning_rate: {{low: 1e-4, high: 1e-1, log: true}}
  batch_size: {{choices: [32, 64, 100, 128]}}
  steps: 500
search: {{trials: {trials}, sampler: {sampler}, pruner: asha}}
"""


@dataclass(frozen=True)
class Moment:
    """What the coordinator has used so far: seconds of processor time (those of MLflow's thread
    among them), seconds of the clock, and the memory that it has now, in MiB."""

    cpu: float
    mlflow: float
    wall: float
    memory: float


@dataclass(frozen=True)
class Cost:
    """Milliseconds a trial, means over the trials before; `cpu` has that of MLflow's thread in it.
    `memory` in MiB."""

    trials: int
    cpu: float
    mlflow: float
    wall: float
    memory: float


def main() -> None:
    arguments = _arguments()
    if arguments.measure is not None:
        print(json.dumps([asdict(cost) for cost in measure(arguments.measure, arguments.trials)]))
        return
    document = begun(
        arguments.json,
        {"bench": "scale", "trials": arguments.trials, "runs": arguments.runs},
        "samplers",
    )
    samplers = document["samplers"]
    for sampler in [
        name for name in arguments.sampler if name not in {found["sampler"] for found in samplers}
    ]:
        with tempfile.TemporaryDirectory() as scratch:
            samplers.append(
                {
                    "sampler": sampler,
                    **one(Path(scratch), sampler, arguments.trials, arguments.runs),
                }
            )
        if arguments.json is not None:
            write_json(arguments.json, document)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument(
        "--sampler", nargs="+", choices=["tpe", "random"], default=["random", "tpe"]
    )
    parser.add_argument("--runs", type=int, default=3, help="of each command")
    parser.add_argument("--json", type=Path, metavar="PATH")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def one(folder: Path, sampler: str, trials: int, runs: int) -> dict[str, Any]:
    """A sweep of `trials` with one sampler, and the commands on what it left."""
    (folder / "space.yaml").write_text(SPACE.format(trials=trials, sampler=sampler))
    command = [
        sys.executable,
        "-m",
        "bench.scale",
        "--measure",
        str(folder),
        "--trials",
        str(trials),
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=ROOT)
    costs = json.loads(done.stdout)
    print(f"{sampler}: milliseconds a trial")
    for cost in costs:
        print(
            f"  {cost['trials']:>6} trials  cpu {cost['cpu']:7.1f} (MLflow {cost['mlflow']:5.1f})"
            f"  wall {cost['wall']:7.1f}  memory {cost['memory']:6.0f} MiB"
        )
    seconds = commands(folder, sampler, trials, runs)
    print(f"{sampler}: seconds at {trials} trials, medians of {runs}")
    for name, taken in seconds.items():
        print(f"  {name:<28} {taken:6.2f}")
    return {"costs": costs, "seconds": seconds}


def measure(folder: Path, trials: int) -> list[Cost]:
    """Runs the sweep in `folder` in this process."""
    # Imported here: the parent process needs none of it.
    from rich.console import Console

    from sweep.data.dataset import load
    from sweep.engine import coordinator
    from sweep.space.spec import DataSpec
    from sweep.spacefile.read import load as load_space
    from sweep.track.tracker import Tracker
    from sweep.trial.events import Ended, Evaluated, Event, Traced
    from sweep.trial.images import DataSummary
    from sweep.trial.record import Evaluation, State, Trace, TrialRecord
    from sweep.trial.tasks import Train
    from sweep.view.live import PlainView
    from tests.fakes import FakeExecutor

    summary: DataSummary = load(DataSpec(name="mnist")).summary
    tracker: list[Any] = []
    moments: dict[int, Moment] = {}

    class Reachable(Tracker):
        """The tracker itself, which can be waited for from here."""

        def __init__(self, uri: str) -> None:
            super().__init__(uri)
            tracker.append(self)

    def train(job: Train) -> list[Event]:
        job.weights.parent.mkdir(parents=True, exist_ok=True)
        job.weights.write_bytes(b"weights")
        least = (
            0.02
            + 0.3 * abs(math.log10(job.point.learning_rate / 3e-3)) / 2
            + (job.seed % 1000) / 20_000
        )
        events: list[Event] = [
            Traced(job.number, Trace(step, 2.3 / step, (0.1,) * 10)) for step in TRACES
        ]
        for step in job.evaluate_at:
            error = least + 0.9 * math.exp(-step / 100)
            events.append(
                Evaluated(job.number, Evaluation(step, 2 * error, 1 - error, 2 * error, 1 - error))
            )
        return [*events, Ended(job.number, State.COMPLETE)]

    class Watching(PlainView):
        """The view of a terminal that is none; notes what was used when enough trials have
        ended."""

        ended_so_far = 0

        def ended(self, record: TrialRecord) -> None:
            super().ended(record)
            self.ended_so_far += 1
            if self.ended_so_far % PACE == 0:
                tracker[0].wait(600)
            if self.ended_so_far in wanted:
                moments[self.ended_so_far] = moment()

    points = [n for n in (100, 1_000, 10_000, 100_000) if n <= trials]
    wanted = {n - back for n in points for back in (0, WINDOW)}
    wanted.add(PACE)
    # The coordinator makes the one that is told here.
    vars(coordinator)["Tracker"] = Reachable
    os.chdir(folder)
    space = Path("space.yaml")
    file = load_space(space)
    options = coordinator.Options(Path("results"), f"sqlite:///{folder}/mlflow.db", workers=2)
    with Path(os.devnull).open("w") as nowhere:
        view = Watching(Console(file=nowhere))
        coordinator.run(file, space, options, view, FakeExecutor(file.data, 2, train, summary))
    return [
        _cost(n, moments[max(n - WINDOW, PACE)], moments[n], min(WINDOW, n - PACE)) for n in points
    ]


def moment() -> Moment:
    """What this process has used until now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return Moment(
        cpu=time.process_time(),
        mlflow=mlflow_cpu(),
        wall=time.perf_counter(),
        memory=pages * os.sysconf("SC_PAGE_SIZE") / 2**20,
    )


def _cost(trials: int, before: Moment, after: Moment, count: int) -> Cost:
    cpu, mlflow, wall = (
        1000 * (getattr(after, name) - getattr(before, name)) / count
        for name in ("cpu", "mlflow", "wall")
    )
    return Cost(trials, round(cpu, 2), round(mlflow, 2), round(wall, 2), round(after.memory, 1))


def commands(folder: Path, sampler: str, trials: int, runs: int) -> dict[str, float]:
    """Seconds that each command takes on the sweep in `folder`."""
    found = {
        " ".join(("sweep", *arguments)): median(_time(folder, arguments) for _ in range(runs))
        for arguments in (
            ("list",),
            ("show", "scale"),
            ("show", "scale", "--json"),
            ("export", "scale", "--format", "csv"),
            ("run", "space.yaml"),
        )
    }
    (folder / "space.yaml").write_text(SPACE.format(trials=trials + 10, sampler=sampler))
    found["sweep run, until a new trial"] = median(
        _time_to_resume(folder, trials) for _ in range(runs)
    )
    return {name: round(seconds, 2) for name, seconds in found.items()}


def _sweep(folder: Path, arguments: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-P", "-m", "sweep", *arguments, *_places(arguments)]
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def _places(arguments: tuple[str, ...]) -> list[str]:
    return ["--tracking-uri", "sqlite:///mlflow.db"] if arguments[0] == "run" else []


def _time(folder: Path, arguments: tuple[str, ...]) -> float:
    begun = time.perf_counter()
    process = _sweep(folder, arguments)
    _, said = process.communicate()
    if process.returncode != 0:
        raise SystemExit(f"sweep {' '.join(arguments)} failed: {said.decode()}")
    return time.perf_counter() - begun


def _time_to_resume(folder: Path, trials: int) -> float:
    """Seconds until `sweep run` has written down that a trial beyond `trials` runs; then it is
    interrupted. It runs on a copy."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(shutil.copytree(folder, Path(scratch) / "copy"))
        _move_store(copy)
        begun = time.perf_counter()
        process = _sweep(copy, ("run", "space.yaml"))
        ledger = sqlite3.connect(f"file:{copy}/results/scale/sweep.db?mode=ro", uri=True)
        while not ledger.execute(
            "SELECT 1 FROM sweep_trials WHERE number >= ?", (trials,)
        ).fetchone():
            if process.poll() is not None:
                assert process.stderr is not None
                raise SystemExit(f"sweep run ended early: {process.stderr.read().decode()}")
            time.sleep(0.01)
        taken = time.perf_counter() - begun
        ledger.close()
        process.send_signal(signal.SIGINT)
        process.communicate()
    return taken


def _move_store(copy: Path) -> None:
    """Lets the copied ledger name the copied store of MLflow, as if both had always been there."""
    with sqlite3.connect(copy / "results" / "scale" / "sweep.db") as connection:
        uri = json.dumps(f"sqlite:///{copy}/mlflow.db")
        connection.execute("UPDATE sweep_facts SET value = ? WHERE key = 'tracking_uri'", (uri,))
    connection.close()


if __name__ == "__main__":
    main()
