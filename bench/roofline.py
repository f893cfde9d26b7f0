"""How close training comes to the roof of this machine.

    python -m bench.roofline [--json PATH]

The roof is the matrix product: 4096 x 4096, on all cores, as one process with a thread for each and
as one process of one thread for each, whichever is faster. Training is what `sweep run` does:
trials of the reference network (32 and 64 filters of 5 x 5, dense 1024, dropout 0.4, batches of
100, Adam, MNIST) in the processes of its executor, one and as many as there are cores at once. Roof
and training alternate, so that both meet the same machine.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

from bench.common import when_and_where, write_json
from sweep.execute import machine
from sweep.execute.local import LocalExecutor
from sweep.space.hyperparams import Hyperparams
from sweep.space.shapes import Conv, flops, plan
from sweep.space.spec import DataSpec
from sweep.trial.events import Ended, Evaluated
from sweep.trial.record import State
from sweep.trial.tasks import Train

REFERENCE = Hyperparams(
    filters=(32, 64),
    kernel_size=5,
    dense=(1024,),
    dropout=0.4,
    batch_size=100,
    optimizer="adam",
    learning_rate=1e-3,
)
SHAPE, CLASSES = (28, 28, 1), 10
WIDTH = 4096
# How long one measurement of the matrix product takes, in seconds.
PRODUCT_SECONDS = 3.0

PRODUCT = """
import sys, time
import tensorflow as tf
threads, width, seconds, kind = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
tf.config.threading.set_intra_op_parallelism_threads(threads)
tf.config.threading.set_inter_op_parallelism_threads(1)
one, other = (tf.cast(tf.random.normal((width, width)), kind) for _ in range(2))
product = tf.function(lambda: tf.matmul(one, other))
product()
print("ready", flush=True)
for _ in sys.stdin:
    count, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        product()[0, 0].numpy()
        count += 1
    print(2 * width**3 * count / (time.perf_counter() - begun), flush=True)
"""


def training_flops(point: Hyperparams) -> int:
    """Floating-point operations of one step: forward, gradient of the weights and gradient of the
    inputs, which the first layer does not need."""
    layers = plan(point, SHAPE, CLASSES)
    first = next(layer.flops for layer in layers if isinstance(layer.op, Conv))
    return point.batch_size * (3 * flops(layers) - first)


class Products:
    """Processes that multiply matrices when they are told to."""

    def __init__(self, processes: int, threads: int, kind: str) -> None:
        arguments = [
            sys.executable,
            "-c",
            PRODUCT,
            str(threads),
            str(WIDTH),
            str(PRODUCT_SECONDS),
            kind,
        ]
        environment = {**os.environ, **machine.TENSORFLOW}
        self._processes = [
            subprocess.Popen(
                arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=environment,
            )
            for _ in range(processes)
        ]
        for process in self._processes:
            _line(process)

    def measure(self) -> float:
        """Floating-point operations per second of all of them together."""
        for process in self._processes:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        return sum(float(_line(process)) for process in self._processes)

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise SystemExit("a process that multiplies matrices has ended")
    return line


def train(
    executor: LocalExecutor, point: Hyperparams, seeds: Sequence[int], folder: Path
) -> tuple[float, list[float]]:
    """Steps per second of trials that run at once, and their last validation accuracies."""
    for seed in seeds:
        weights = folder / f"{seed}.weights.h5"
        executor.submit(Train(seed, point, seed, (point.steps,), 1, weights))
    waiting, rate, accuracies = set(seeds), 0.0, []
    while waiting:
        for event in executor.events():
            if isinstance(event, Evaluated):
                accuracies.append(event.evaluation.val_accuracy)
            if isinstance(event, Ended):
                if event.state is not State.COMPLETE or event.spent is None:
                    raise SystemExit(f"a trial {event.state}: {event.cause}")
                waiting.remove(event.number)
                rate += point.steps / event.spent.train
    return rate, accuracies


def _training(
    executor: LocalExecutor, point: Hyperparams, workers: int, folder: Path, work: float
) -> float:
    """The FLOP/s of so many trainings at once; `work` are the FLOPs of a step."""
    return work * train(executor, point, range(workers), folder)[0]


def measure(rounds: int, steps: int, seeds: int, kinds: Sequence[str]) -> dict[str, Any]:
    """Medians over the rounds, and every single number, in GFLOP/s."""
    cores = machine.usable_cores()
    point = REFERENCE.model_copy(update={"steps": steps})
    work = training_flops(point)
    found: dict[str, Any] = {"flops_per_step": work, "cores": cores, "steps": steps}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        executor = stack.enter_context(closing(LocalExecutor(DataSpec(name="mnist"), cores)))
        for kind in kinds:
            measured: dict[str, Callable[[], float]] = {}
            trained = point.model_copy(update={"precision": kind})
            for name, processes, threads in (
                ("one_process", 1, cores),
                ("a_process_a_core", cores, 1),
            ):
                products = stack.enter_context(closing(Products(processes, threads, kind)))
                measured[f"product_{name}"] = products.measure
            for workers in sorted({1, cores}):
                measured[f"training_{workers}"] = partial(
                    _training, executor, trained, workers, folder, work
                )
            found[kind] = _medians(measured, rounds)
            if seeds:
                _, accuracies = train(executor, trained, range(seeds), folder)
                found[kind]["val_accuracy"] = {
                    "mean": statistics.mean(accuracies),
                    "each": accuracies,
                }
    return found


def _medians(measured: dict[str, Callable[[], float]], rounds: int) -> dict[str, Any]:
    each: dict[str, list[float]] = {name: [] for name in measured}
    for _ in range(rounds):
        for name, once in measured.items():
            each[name].append(once() / 1e9)
    medians = {name: statistics.median(values) for name, values in each.items()}
    last = max(
        (name for name in medians if name.startswith("training")),
        key=lambda name: int(name.split("_")[1]),
    )
    products = [values for name, values in each.items() if name.startswith("product")]
    roofs = [max(of_round) for of_round in zip(*products, strict=True)]
    ratios = [trained / roof for trained, roof in zip(each[last], roofs, strict=True)]
    return {
        "gflops": medians,
        "each": each,
        "peak": statistics.median(roofs),
        "ratio": statistics.median(ratios),
        "ratios": ratios,
    }


def show(found: dict[str, Any], kinds: Sequence[str]) -> None:
    work = found["flops_per_step"] / 1e9
    for kind in kinds:
        print(f"{kind}: roof {found[kind]['peak']:.1f} GFLOP/s on {found['cores']} cores")
        for name, value in found[kind]["gflops"].items():
            kind_of, _, rest = name.partition("_")
            steps = f"  {value / work:6.2f} steps/s" if kind_of == "training" else ""
            print(f"  {kind_of:<9}{rest:<18}{value:8.1f} GFLOP/s{steps}")
        ratios = found[kind]["ratios"]
        between = f" ({min(ratios):.2f} to {max(ratios):.2f})" if len(ratios) > 1 else ""
        print(f"  training on all cores over the roof: {found[kind]['ratio']:.2f}{between}")
        if "val_accuracy" in found[kind]:
            print(f"  validation accuracy {found[kind]['val_accuracy']['mean']:.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=100, help="steps of each trial")
    parser.add_argument(
        "--seeds", type=int, default=0, help="also the accuracy, over this many seeds"
    )
    parser.add_argument(
        "--precisions",
        nargs="+",
        choices=["float32", "bfloat16"],
        help="else those that are native",
    )
    parser.add_argument("--json", type=Path, metavar="PATH")
    given = parser.parse_args()
    kinds = given.precisions or [
        "float32",
        *(["bfloat16"] if machine.has_native_bfloat16() else []),
    ]
    found = {"bench": "roofline", **when_and_where()}
    found |= measure(given.rounds, given.steps, given.seeds, kinds)
    show(found, kinds)
    if not machine.has_native_bfloat16():
        print("bfloat16: this processor does not multiply it natively")
    if given.json:
        write_json(given.json, found)


if __name__ == "__main__":
    main()
