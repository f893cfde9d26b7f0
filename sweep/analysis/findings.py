"""What a trained network gets right and wrong on the validation images, as tables and pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sweep.analysis import pictures
from sweep.files import make_folder, remove, write_whole
from sweep.trial import Examination

SPLIT = "validation"


@dataclass(frozen=True)
class Findings:
    """The tables of one network, and the folder that holds them and the pictures."""

    folder: Path
    images: int
    correct: int
    confusion: pd.DataFrame
    classes: pd.DataFrame
    pairs: pd.DataFrame

    @property
    def accuracy(self) -> float:
        return self.correct / self.images

    def to_json(self) -> dict[str, Any]:
        classes = self.classes.astype(object).where(self.classes.notna(), None)
        return {
            "folder": str(self.folder),
            "split": SPLIT,
            "images": self.images,
            "accuracy": self.accuracy,
            "confusion": self.confusion.to_numpy().tolist(),
            "classes": classes.to_dict(orient="records"),
            "pairs": self.pairs.to_dict(orient="records"),
        }


def write_inspection(
    found: Examination, classes: Sequence[str], folder: Path, name: str
) -> Findings:
    """Writes tables and pictures of `found` into `folder`; the pictures call the network `name`.

    Raises `StoreError` if the folder cannot be written.
    """
    make_folder(folder)
    matrix = confusion(found, classes)
    right = found.predicted == found.labels
    result = Findings(
        folder=folder,
        images=len(right),
        correct=int(right.sum()),
        confusion=matrix,
        classes=per_class(matrix),
        pairs=confused_pairs(matrix),
    )
    _csv(folder / "confusion.csv", matrix.rename_axis("true").reset_index())
    _csv(folder / "classes.csv", result.classes)
    _csv(folder / "pairs.csv", result.pairs)
    _csv(folder / "predictions.csv", predictions(found, classes))
    for file, picture in _pictures(found, result, classes, name).items():
        path = folder / f"{file}.png"
        if picture is None:
            remove(path)
        else:
            write_whole(path, picture)
    return result


def _pictures(
    found: Examination, result: Findings, classes: Sequence[str], name: str
) -> dict[str, bytes | None]:
    """The pictures by name; None for one that does not exist for this network."""
    title = f"{name}, {SPLIT} images"
    score = f"{title}: {result.correct:,} of {result.images:,} right"
    first = f"{name}: what the first convolution gives for one image, each in its own range"
    kernels = f"{name}: filters of the first convolution"
    some = (found.ordinary, found.ordinary_images)
    worst = (found.mistakes, found.mistake_images)
    drawn: dict[str, bytes | None] = {}
    drawn["confusion"] = pictures.confusion(result.confusion, score)
    drawn["predictions"] = pictures.sheet(found, *some, classes, f"{title}: predictions")
    drawn["mistakes"] = pictures.sheet(found, *worst, classes, f"{title}: worst mistakes")
    drawn["filters"] = pictures.filters(found.kernels, kernels)
    drawn["feature_maps"] = pictures.feature_maps(found.observed, found.maps, first)
    return drawn


def confusion(found: Examination, classes: Sequence[str]) -> pd.DataFrame:
    """The confusion matrix: counts of images by true class (row) and predicted class (column)."""
    count = len(classes)
    cells = np.bincount(found.labels * count + found.predicted, minlength=count * count)
    return pd.DataFrame(cells.reshape(count, count), index=list(classes), columns=list(classes))


def per_class(matrix: pd.DataFrame) -> pd.DataFrame:
    """Precision, recall and their harmonic mean (F1) for each class; missing for a division by
    zero."""
    right = pd.Series(np.diag(matrix.to_numpy()), index=matrix.index, dtype=float)
    taken = matrix.sum(axis=0)
    there = matrix.sum(axis=1)
    precision = right / taken.where(taken > 0)
    recall = right / there.where(there > 0)
    both = precision + recall
    table = pd.DataFrame(
        {
            "precision": precision,
            "recall": recall,
            "f1": 2 * precision * recall / both.where(both > 0),
            "images": there,
        }
    )
    return table.rename_axis("class").reset_index()


def confused_pairs(matrix: pd.DataFrame) -> pd.DataFrame:
    """The pairs of classes that were confused, the most confused first.

    Each row has the number of mistakes, in all and each way, and their share of all mistakes.
    """
    cells = matrix.to_numpy()
    wrong = int(cells.sum() - np.trace(cells))
    rows = []
    for i, j in combinations(range(len(cells)), 2):
        one_as_other = int(cells[i, j])
        other_as_one = int(cells[j, i])
        mistakes = one_as_other + other_as_one
        if mistakes:
            names = (matrix.index[i], matrix.index[j])
            share = mistakes / wrong
            rows.append((*names, mistakes, one_as_other, other_as_one, share))
    columns = ["one", "other", "mistakes", "one_as_other", "other_as_one", "share"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values("mistakes", ascending=False, kind="stable", ignore_index=True)


def predictions(found: Examination, classes: Sequence[str]) -> pd.DataFrame:
    """One row per image: position in the data set, file name if any, class, likeliest class, and
    the probabilities of both."""
    rows = np.arange(len(found.labels))
    names = np.array(classes)
    table = pd.DataFrame({"image": found.indices})
    if len(found.files):
        table["file"] = found.files
    table["true"] = names[found.labels]
    table["predicted"] = names[found.predicted]
    likeliest = found.probabilities[rows, found.predicted]
    table["probability"] = likeliest.round(6)
    of_true = found.probabilities[rows, found.labels]
    table["probability_of_true"] = of_true.round(6)
    return table


def _csv(path: Path, frame: pd.DataFrame) -> None:
    write_whole(path, frame.to_csv(index=False, lineterminator="\n").encode())
