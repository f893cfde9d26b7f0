"""The successes and mistakes of a trained network, as tables and pictures in one folder.

All results are for the validation images, and are labelled so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sweep.analysis import pictures
from sweep.files import make_folder, write_whole
from sweep.trial import Examination

SPLIT = "validation"


@dataclass(frozen=True)
class Findings:
    """The tables of one network, and the folder of its tables and pictures."""

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
    """Writes tables and pictures of `found` into `folder`.

    `name` is the network's name in the pictures. Raises `StoreError` if writing fails.
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
            path.unlink(missing_ok=True)
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
    drawn: dict[str, bytes | None] = {}
    drawn["confusion"] = pictures.confusion(result.confusion, score)
    drawn["predictions"] = pictures.sheet(
        found, found.ordinary, found.ordinary_images, classes, f"{title}: predictions"
    )
    drawn["mistakes"] = pictures.sheet(
        found, found.mistakes, found.mistake_images, classes, f"{title}: worst mistakes"
    )
    drawn["filters"] = pictures.filters(found.kernels, f"{name}: filters of the first convolution")
    drawn["feature_maps"] = pictures.feature_maps(found.observed, found.maps, first)
    return drawn


def confusion(found: Examination, classes: Sequence[str]) -> pd.DataFrame:
    """The confusion matrix: counts of images by true class (row) and predicted class (column)."""
    count = len(classes)
    cells = np.bincount(found.labels * count + found.predicted, minlength=count * count)
    return pd.DataFrame(cells.reshape(count, count), index=list(classes), columns=list(classes))


def per_class(matrix: pd.DataFrame) -> pd.DataFrame:
    """Precision, recall, their harmonic mean and the number of images, for each class.

    Precision is the correct share of the predictions of a class; recall is the correct share of its
    images. A value is missing if its denominator is zero.
    """
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
    """One row per image: its index in the data set, true and predicted class, their probabilities.

    If the images come from files, a column has their names.
    """
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
