"""Records a table of learning curves by trainings of our own.

    python -m bench.search.record mnist [--points 200] [--seeds 3] [--workers N] [--out FILE]

The points are those of a scrambled Sobol sequence in a space of nine dimensions of small
networks. Each is trained with several seeds and evaluated after the shares of `SHARES`. The time of
a share is that part of the time of all steps: evaluations and starts are left out. The fastest seed
counts.
"""

import argparse
import os
import tempfile
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import qmc

from bench.search.problem import Floats
from bench.search.table import Table
from sweep.execute.drive import wait_for_data
from sweep.execute.local import LocalExecutor
from sweep.space import Hyperparams
from sweep.spacefile.read import parse
from sweep.trial import Ended, Evaluated, Finishing, State, Train

STEPS = 320
SHARES = (6, 13, 20, 40, 80, 160, 240, 320)
METRICS = ("val_accuracy", "val_loss")
OPTIMIZERS = ("sgd", "momentum", "rmsprop", "adam")
ACTIVATIONS = ("relu", "tanh")
KERNELS = (3, 5)
BATCHES = (16, 32, 64)
# Name, kind, low, high.
DIMENSIONS: tuple[tuple[str, str, float, float], ...] = (
    ("filters.1", "log", 4, 16),
    ("filters.2", "log", 4, 32),
    ("dense.1", "log", 16, 128),
    ("dropout", "linear", 0.0, 0.6),
    ("learning_rate", "log", 1e-4, 1e-1),
    ("kernel_size", "choice", 0, len(KERNELS) - 1),
    ("batch_size", "choice", 0, len(BATCHES) - 1),
    ("optimizer", "choice", 0, len(OPTIMIZERS) - 1),
    ("activation", "choice", 0, len(ACTIVATIONS) - 1),
)


def sobol(count: int, seed: int = 0) -> Floats:
    """Points of a scrambled Sobol sequence in the units of `DIMENSIONS`."""
    drawn = qmc.Sobol(len(DIMENSIONS), rng=seed).random_base2(int(np.ceil(np.log2(count))))
    points = np.empty((count, len(DIMENSIONS)))
    for place, (_, kind, low, high) in enumerate(DIMENSIONS):
        unit = drawn[:count, place]
        if kind == "choice":
            points[:, place] = np.floor(unit * (high + 1))
        elif kind == "log":
            points[:, place] = np.exp(np.log(low) + unit * np.log(high / low))
        else:
            points[:, place] = low + unit * (high - low)
    # Filters and units are whole numbers.
    points[:, :3] = np.round(points[:, :3])
    return points


def network(point: Sequence[float]) -> Hyperparams:
    """The network and its training at a point."""
    first, second, units, dropout, rate, kernel, batch, optimizer, activation = point
    return Hyperparams.model_validate(
        {
            "filters": (int(first), int(second)),
            "kernel_size": KERNELS[int(kernel)],
            "pool": "max",
            "dense": (int(units),),
            "dropout": dropout,
            "activation": ACTIVATIONS[int(activation)],
            "optimizer": OPTIMIZERS[int(optimizer)],
            "learning_rate": rate,
            "batch_size": BATCHES[int(batch)],
            "steps": STEPS,
        }
    )


def tasks(points: Floats, seeds: int, folder: Path) -> Iterable[Train]:
    """A training for each point and seed, numbered in this order."""
    for number in range(len(points) * seeds):
        yield Train(
            number=number,
            point=network(points[number // seeds].tolist()),
            seed=1000 + number,
            evaluate_at=SHARES,
            threads=1,
            weights=folder / f"{number}.weights.h5",
        )


def record(data: str, points: Floats, seeds: int, workers: int) -> Table:
    """Trains everything on the data of this name."""
    spec = parse(f"name: record\ndata: {data}\nspace: {{}}\n", Path("record.yaml")).data
    curves = np.full((len(points), seeds, len(SHARES), len(METRICS)), np.nan)
    seconds = np.full((len(points), seeds, len(SHARES)), np.nan)
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(LocalExecutor(spec, workers)) as executor,
    ):
        wait_for_data(executor)
        waiting = deque(tasks(points, seeds, Path(folder)))
        total = ended = len(waiting)
        # Trainings that keep a worker: those that come to their end announce it.
        busy: set[int] = set()
        while ended:
            while waiting and len(busy) < workers:
                busy.add(waiting[0].number)
                executor.submit(waiting.popleft())
            for event in executor.events():
                _take(event, curves, seconds, seeds)
                if isinstance(event, Finishing | Ended):
                    busy.discard(event.number)
                if isinstance(event, Ended):
                    ended -= 1
                    if ended % 50 == 0:
                        print(f"{total - ended} of {total} trainings", flush=True)
    names, kinds, low, high = zip(*DIMENSIONS, strict=True)
    return Table(
        names=names,
        kinds=kinds,
        low=np.array(low),
        high=np.array(high),
        points=points,
        fidelities=np.array(SHARES) / STEPS,
        metrics=METRICS,
        maximize=(True, False),
        curves=curves,
        seconds=seconds,
    )


def _take(event: Any, curves: Floats, seconds: Floats, seeds: int) -> None:
    match event:
        case Evaluated(number, evaluation):
            place = SHARES.index(evaluation.step)
            values = [getattr(evaluation, metric) for metric in METRICS]
            curves[number // seeds, number % seeds, place] = values
        case Ended(_, State.FAILED, cause):
            raise SystemExit(f"a training failed: {cause}")
        case Ended(number, spent=spent) if spent is not None:
            seconds[number // seeds, number % seeds] = spent.train * np.array(SHARES) / STEPS
        case _:
            pass


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    out = given.out or Path(__file__).parent / "tables" / f"{given.data}.npz"
    out.parent.mkdir(exist_ok=True)
    table = record(given.data, sobol(given.points), given.seeds, given.workers)
    table.save(out)
    ends = table.curves[:, :, -1, 0]
    print(f"{out}: {np.isnan(ends).sum()} of {ends.size} trainings diverged")


if __name__ == "__main__":
    main()
