"""The kept weights: those of the best configurations, and the best network separately."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

from sweep.errors import InputError, StoreError
from sweep.files import make_folder, read_whole, remove, write_whole
from sweep.space import METRICS, Hyperparams, SweepSpec
from sweep.trial import Configuration, DataSummary, Standings, TrialRecord, configurations

BEST = "best"
NETWORK = "best.keras"
WEIGHTS = "best.weights.h5"
SCORES = "scores.json"


def weights_file(folder: Path, number: int) -> Path:
    """The file with the weights of a trial, in Keras' format for weights alone."""
    return folder / "weights" / f"trial-{number}.weights.h5"


class KeptWeights:
    """Keeps the weights of the best of `standings`, which its owner keeps up to date."""

    def __init__(self, folder: Path, standings: Standings, keep: int) -> None:
        self._folder = folder
        self._standings = standings
        self._keep = keep
        self._wanted = _wanted(standings, keep)

    def remove_others(self) -> None:
        """Removes unwanted weights that an interruption has left."""
        wanted = {weights_file(self._folder, number) for number in self._wanted}
        for path in weights_file(self._folder, 0).parent.glob("trial-*.weights.h5"):
            if path not in wanted:
                remove(path)

    def update(self, ended: int) -> None:
        """Removes the weights that are no longer wanted after the end of the trial `ended`."""
        before = self._wanted | {ended}
        self._wanted = _wanted(self._standings, self._keep)
        for number in before - self._wanted:
            remove_weights(self._folder, number)


def _wanted(standings: Standings, keep: int) -> set[int]:
    """The trials whose weights to keep: the best training of the `keep` best configurations, and of
    those that may still become one."""
    return {found.best.trial.number for found in (*standings.settled(keep), *standings.unsettled)}


def remove_weights(folder: Path, number: int) -> None:
    """Removes the weights of a trial, if it has any. Raises `StoreError` if that fails."""
    remove(weights_file(folder, number))


@dataclass(frozen=True)
class BestNetwork:
    """The best network of a sweep: its point, the file of its weights, and its data."""

    point: Hyperparams
    weights: Path
    data: DataSummary


def read_best(
    folder: Path, spec: SweepSpec, records: Iterable[TrialRecord], data: DataSummary
) -> BestNetwork:
    """The network of the best training of the best configuration so far.

    The trials decide which one it is, because an interruption may have left an earlier network in
    `best/`, or none. Raises `InputError` if no trial completed, and `StoreError` if the weights are
    missing.
    """
    best = next(iter(configurations(spec, records)), None)
    if best is None:
        raise InputError(
            "this sweep has no best network: no trial completed",
            f"sweep export {quote(str(folder))} has every trial, with its end",
            str(folder),
        )
    number = best.best.trial.number
    weights = weights_file(folder, number)
    if not weights.exists() and _trial_in_best(folder) == number:
        weights = folder / BEST / WEIGHTS
    if not weights.exists():
        hint = (
            f"bring the file back; sweep inspect {quote(str(folder))} {number} trains the network "
            "again, to look at it"
        )
        raise StoreError(
            f"the weights of trial {number}, the best network, are gone", hint, str(weights)
        )
    return BestNetwork(best.best.trial.point, weights, data)


def _trial_in_best(folder: Path) -> int | None:
    """The number of the trial whose network is in `best/`; None if there is none."""
    try:
        scores = json.loads((folder / BEST / SCORES).read_bytes())
    except (OSError, ValueError):
        return None
    number = None
    if isinstance(scores, dict):
        number = scores.get("trial")
    if isinstance(number, int):
        return number
    return None


def usage(data: DataSummary) -> dict[str, Any]:
    """How to use a whole network of these data: classes in output order, image shape (height,
    width, channels), scaling of uint8 pixels, and output.

    If images are standardised, it has the numbers too. The first layer of a whole network does
    that; weights alone need it done before.
    """
    found: dict[str, Any] = {
        "classes": list(data.classes),
        "input_shape": list(data.shape),
        "scaling": "uint8 / 255",
        "output": "logits",
    }
    if data.mean:
        found["standardization"] = {
            "by": "the first layer of the whole network",
            "mean": list(data.mean),
            "deviation": list(data.deviation),
        }
    return found


def write_best(folder: Path, spec: SweepSpec, found: Configuration, data: DataSummary) -> None:
    """Writes `best/`: hyperparameters, weights, scores and usage of the best training of `found`,
    each file in one step.

    Removes the network and weights of another trial first. `write_network` adds the network once
    Keras has saved it. The scores name the trial, and are written last. Raises `StoreError` if a
    file cannot be read, written or removed.
    """
    best = found.best
    number = best.trial.number
    target = folder / BEST
    make_folder(target)
    if _trial_in_best(folder) != number:
        for name in (NETWORK, SCORES, WEIGHTS):
            remove(target / name)
    source = weights_file(folder, number)
    if source.exists():
        write_whole(target / WEIGHTS, read_whole(source))
    _write_json(target / "hyperparameters.json", best.trial.point.model_dump())
    network = {"sweep": spec.name, "trial": number, **usage(data)}
    _write_json(target / "network.json", network)
    _write_json(target / SCORES, _scores(spec, found))


def _scores(spec: SweepSpec, found: Configuration) -> dict[str, Any]:
    """The numbers of the best training, and the means over all trainings of its configuration."""
    best = found.best
    scores: dict[str, Any] = {
        "sweep": spec.name,
        "trial": best.trial.number,
        "seed": best.trial.seed,
        "steps": best.steps,
        "parameters": best.trial.parameters,
    }
    if best.best_step is not None:
        scores["best_step"] = best.best_step
    for name in METRICS:
        scores[name] = best.metric(name)
    scores["configuration"] = found.number
    scores["trainings"] = len(found.complete)
    for name in METRICS:
        scores[f"{name}_mean"] = _known(found.mean(name))
    for name in METRICS:
        scores[f"{name}_sd"] = _known(found.deviation(name))
    return scores


def _known(number: float) -> float | None:
    """None in place of NaN, which JSON lacks."""
    if math.isnan(number):
        return None
    return number


def _write_json(path: Path, document: Mapping[str, Any]) -> None:
    text = json.dumps(document, indent=2)
    write_whole(path, text.encode() + b"\n")


def write_network(folder: Path, saved: Path) -> None:
    """Copies the whole network, which Keras has saved in `saved`, into `best/` in one step."""
    write_whole(folder / BEST / NETWORK, read_whole(saved))
