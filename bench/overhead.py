"""What a trial costs besides its training.

    python -m bench.overhead [--json PATH]

A real sweep of 40 trials of one step of a tiny network (2 filters of 3 x 3, no dense layer, batches
of 8, MNIST), with one worker and MLflow: wall time per trial from the first trial's end to the last
one's end, and where it goes. The phases within a worker overlap with those of the trial before it,
and those of the coordinator with both: the wall time of a trial is less than their sum. Besides:
from the shell to the end of the first training step, beside a bare `import tensorflow`, and the
memory of the first and of the last trials' processes.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.common import ROOT, mlflow_cpu, when_and_where, write_json
from sweep.execute import machine

SPACE = """\
name: overhead
data: mnist
space:
  filters: [2]
  kernel_size: 3
  dense: []
  dropout: {{low: 0.0, high: 0.5}}
  learning_rate: {{low: 1.0e-4, high: 1.0e-2, log: true}}
  batch_size: 8
  steps: 1
search: {{trials: {trials}, evaluations: 1}}
"""
# What the coordinator does for each trial, by what is timed: module, class or none, function.
COORDINATOR = {
    "ask": ("sweep.search.study", "Study", ("suggest", "given")),
    "tell": ("sweep.search.study", "Study", ("tell", "report")),
    "ledger": ("sweep.store.ledger", "Ledger", ("start", "finish")),
}


class Meter:
    """Notes what happens in a run of `sweep.cli.main` in this process."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = dict.fromkeys(COORDINATOR, 0.0)
        self.first_step: float | None = None
        self.ended: list[float] = []
        self.spent: list[dict[str, float]] = []
        self.memory: list[int] = []
        self.cpu: list[float] = []
        self.mlflow_cpu: list[float] = []

    def attach(self) -> None:
        """Puts itself around the functions that are timed."""
        import importlib

        for name, (module, owner, functions) in COORDINATOR.items():
            held = getattr(importlib.import_module(module), owner)
            for function in functions:
                setattr(held, function, self._timed(name, getattr(held, function)))
        from sweep.execute.local import LocalExecutor

        events = LocalExecutor.events
        LocalExecutor.events = lambda executor: self._seen(events(executor))  # type: ignore[method-assign,assignment]

    def _timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            begun = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                self.seconds[name] += time.perf_counter() - begun

        return timed

    def _seen(self, events: list[Any]) -> list[Any]:
        from sweep.trial.events import Ended, Traced

        for event in events:
            now = time.time()
            if isinstance(event, Traced) and self.first_step is None:
                self.first_step = now
            if isinstance(event, Ended):
                self.ended.append(now)
                self.memory.append(event.memory or 0)
                self.spent.append(vars(event.spent) if event.spent else {})
                self.cpu.append(time.process_time())
                self.mlflow_cpu.append(mlflow_cpu())
        return events


def child(arguments: list[str]) -> None:
    """Runs `sweep` with these arguments and prints what the meter saw as JSON."""
    import json

    meter = Meter()
    # What is timed is imported once TensorFlow's process has started, as it is without a meter.
    from sweep.execute import local

    begin = local.LocalExecutor.__init__

    def begun(executor: Any, *given: Any) -> None:
        begin(executor, *given)
        meter.attach()

    local.LocalExecutor.__init__ = begun  # type: ignore[method-assign,assignment]
    from sweep.cli import main as sweep_main

    sys.argv = ["sweep", *arguments]
    code = 0
    try:
        sweep_main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    seen = {
        "code": code,
        "first_step": meter.first_step,
        "wall": meter.ended[-1] - meter.ended[0],
        "seconds": meter.seconds,
        "mlflow_cpu": meter.mlflow_cpu[-1] - meter.mlflow_cpu[0],
        "spent": meter.spent,
        "memory": meter.memory,
        "cpu": meter.cpu[-1] - meter.cpu[0],
    }
    print(json.dumps(seen))


def one_sweep(trials: int) -> dict[str, Any]:
    """What the meter saw of a sweep in a process of its own; `to_first_step` counts from the start
    of that process."""
    import json

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "space.yaml").write_text(SPACE.format(trials=trials))
        arguments = [
            "run",
            "space.yaml",
            "--workers",
            "1",
            "--tracking-uri",
            f"sqlite:///{folder}/mlflow.db",
        ]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        begun = time.time()
        done = subprocess.run(
            [sys.executable, "-P", "-m", "bench.overhead", "--child", *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(done.stderr)
        seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        if seen["code"] or len(seen["spent"]) != trials:
            raise SystemExit(f"the sweep ended with {seen['code']}: {done.stderr}")
        return {**seen, "to_first_step": seen["first_step"] - begun, "whole": time.time() - begun}


def import_tensorflow() -> float:
    """Seconds of a process that imports TensorFlow and nothing else."""
    begun = time.time()
    environment = {**os.environ, **machine.TENSORFLOW}
    subprocess.run(
        [sys.executable, "-c", "import tensorflow"],
        env=environment,
        check=True,
        capture_output=True,
    )
    return time.time() - begun


def measure(trials: int, rounds: int) -> dict[str, Any]:
    """Medians over the rounds, and what was measured in each; of at least two trials."""
    imports, sweeps = [], []
    for _ in range(rounds):
        imports.append(import_tensorflow())
        sweeps.append(one_sweep(trials))
    phases = {
        phase: statistics.median(1000 * spent[phase] for seen in sweeps for spent in seen["spent"])
        for phase in sweeps[0]["spent"][0]
    }
    coordinator = {
        name: statistics.median(1000 * seen["seconds"][name] / trials for seen in sweeps)
        for name in COORDINATOR
    }
    walls = [1000 * seen["wall"] / (trials - 1) for seen in sweeps]
    first, last = (
        [m for seen in sweeps for m in seen["memory"][part]]
        for part in (slice(1, 6), slice(-5, None))
    )
    return {
        "trials": trials,
        "wall_ms": statistics.median(walls),
        "worker_ms": phases,
        "coordinator_ms": {
            **coordinator,
            "mlflow_cpu": statistics.median(
                1000 * seen["mlflow_cpu"] / (trials - 1) for seen in sweeps
            ),
            "all_cpu": statistics.median(1000 * seen["cpu"] / (trials - 1) for seen in sweeps),
        },
        "import_tensorflow_s": statistics.median(imports),
        "to_first_step_s": statistics.median(seen["to_first_step"] for seen in sweeps),
        "start_up_s_each": [
            seen["to_first_step"] - alone for seen, alone in zip(sweeps, imports, strict=True)
        ],
        "whole_command_s": statistics.median(seen["whole"] for seen in sweeps),
        "memory_mib": {
            "first": statistics.median(first) / 2**20,
            "last": statistics.median(last) / 2**20,
        },
        "wall_ms_each": walls,
        "import_tensorflow_s_each": imports,
        "rounds": sweeps,
    }


def show(found: dict[str, Any]) -> None:
    print(f"{found['wall_ms']:.0f} ms a trial ({found['trials']} trials, one worker)")
    print(
        "in the worker, ms       ",
        "  ".join(f"{name} {value:.0f}" for name, value in found["worker_ms"].items()),
    )
    print(
        "in the coordinator, ms  ",
        "  ".join(f"{name} {value:.1f}" for name, value in found["coordinator_ms"].items()),
    )
    more = statistics.median(found["start_up_s_each"])
    print(
        f"shell to first step {found['to_first_step_s']:.1f} s, import of TensorFlow alone "
        f"{found['import_tensorflow_s']:.1f} s: {more:+.1f} s"
    )
    print(f"whole command {found['whole_command_s']:.1f} s")
    memory = found["memory_mib"]
    print(
        f"memory of trials 1 to 5 {memory['first']:.0f} MiB, of the last five {memory['last']:.0f} "
        "MiB"
    )


def main() -> None:
    if "--child" in sys.argv:
        child(sys.argv[sys.argv.index("--child") + 1 :])
        return
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, metavar="PATH")
    given = parser.parse_args()
    if given.trials < 2:
        parser.error("--trials must be at least 2")
    found = {"bench": "overhead", **when_and_where(), **measure(given.trials, given.rounds)}
    show(found)
    if given.json:
        write_json(given.json, found)


if __name__ == "__main__":
    main()
