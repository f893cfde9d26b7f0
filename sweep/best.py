"""The weights that are kept: those of the best trials, and the best network by itself."""

import json
from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sweep.analysis.rows import write_whole
from sweep.data.dataset import DataSummary
from sweep.errors import InputError, StoreError
from sweep.hyperparams import Hyperparams
from sweep.record import Standing, TrialRecord, standing
from sweep.spec import METRICS, Objective, SweepSpec

BEST = "best"
NETWORK = "best.keras"


def weights_file(folder: Path, number: int) -> Path:
    """Where the weights of a trial are kept, in Keras' format for weights alone."""
    return folder / "weights" / f"trial-{number}.weights.h5"


def best_so_far(folder: Path, finished: Iterable[TrialRecord], objective: Objective, keep: int) -> list[Standing]:
    """The `keep` best of the trials that have ended, best first. Removes the weights of all others, which an
    interruption may have left."""
    places = (standing(record, objective) for record in finished)
    best = sorted(place for place in places if place is not None)[:keep]
    wanted = {weights_file(folder, number) for _, number in best}
    for path in weights_file(folder, 0).parent.glob("trial-*.weights.h5"):
        if path not in wanted:
            path.unlink(missing_ok=True)
    return best


def keep_best(folder: Path, ended: TrialRecord, best: list[Standing], objective: Objective, keep: int) -> None:
    """Takes a trial that has ended into the `keep` best, and removes the weights that are not wanted any more."""
    place = standing(ended, objective)
    if place is None:
        remove_weights(folder, ended.trial.number)
        return
    insort(best, place)
    for _, number in best[keep:]:
        remove_weights(folder, number)
    del best[keep:]


def remove_weights(folder: Path, number: int) -> None:
    """Removes the weights of a trial, if it has any."""
    weights_file(folder, number).unlink(missing_ok=True)


@dataclass(frozen=True)
class BestNetwork:
    """The best network of a sweep: its point, and the file of its weights."""

    point: Hyperparams
    weights: Path


def read_best(folder: Path) -> BestNetwork:
    """What `write_best` wrote. Raises `InputError` where the sweep has no best network, and `StoreError` where
    its files are damaged."""
    described, weights = folder / BEST / "hyperparameters.json", folder / BEST / "best.weights.h5"
    if not described.exists() or not weights.exists():
        raise InputError(
            "this sweep has no best network", f"sweep show {folder} says what came of its trials", str(folder)
        )
    try:
        return BestNetwork(Hyperparams.model_validate_json(described.read_bytes()), weights)
    except (OSError, ValueError) as error:
        what = str(error).splitlines()[0]
        raise StoreError(f"the best network cannot be read: {what}", "run the sweep again", str(described)) from error


def usage(data: DataSummary) -> dict[str, Any]:
    """How a network of these data is used: the classes in the order of its outputs, the shape of an image (height,
    width, channels), how uint8 pixels become its input, and what it returns."""
    return {
        "classes": list(data.classes),
        "input_shape": list(data.shape),
        "scaling": "uint8 / 255",
        "output": "logits",
    }


def write_best(folder: Path, spec: SweepSpec, best: TrialRecord, data: DataSummary) -> None:
    """Writes `best/`: hyperparameters, weights, scores and usage of the best network, each file in one step. Removes
    the network as a whole where it is that of another trial; `write_network` writes it, once Keras has saved it."""
    target = folder / BEST
    target.mkdir(exist_ok=True)
    if _described(target) != best.trial.number:
        (target / NETWORK).unlink(missing_ok=True)
    source = weights_file(folder, best.trial.number)
    if source.exists():
        write_whole(target / "best.weights.h5", source.read_bytes())
    else:
        (target / "best.weights.h5").unlink(missing_ok=True)
    write_whole(target / "hyperparameters.json", best.trial.point.model_dump_json(indent=2).encode() + b"\n")
    scores: dict[str, str | int | float | None] = {
        "sweep": spec.name,
        "trial": best.trial.number,
        "seed": best.trial.seed,
        "steps": best.steps,
        "parameters": best.trial.parameters,
        **{name: best.metric(name) for name in METRICS},
    }
    network = {"sweep": spec.name, "trial": best.trial.number, **usage(data)}
    write_whole(target / "network.json", json.dumps(network, indent=2).encode() + b"\n")
    write_whole(target / "scores.json", json.dumps(scores, indent=2).encode() + b"\n")


def write_network(folder: Path, saved: Path) -> None:
    """Puts the best network as a whole, which Keras has saved in the file `saved`, into `best/` in one step."""
    write_whole(folder / BEST / NETWORK, saved.read_bytes())


def _described(target: Path) -> int | None:
    """The trial whose network lies in `target`; None where that cannot be read."""
    try:
        found: int = json.loads((target / "scores.json").read_bytes())["trial"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found
