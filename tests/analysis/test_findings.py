"""Tables and pictures of a network: right and wrong are counted once each, and every file is
there."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sweep.analysis.findings import (
    confused_pairs,
    confusion,
    per_class,
    predictions,
    write_inspection,
)
from sweep.errors import StoreError
from sweep.trial.examination import Examination
from tests.fakes import SUMMARY, examination

CLASSES = SUMMARY.classes
MATRIX = pd.DataFrame([[8, 2, 0], [1, 9, 0], [3, 0, 0]], index=list("abc"), columns=list("abc"))


def test_precision_and_recall_are_of_each_class() -> None:
    table = per_class(MATRIX).set_index("class")
    assert table.loc["a", "precision"] == 8 / 12
    assert table.loc["a", "recall"] == 8 / 10
    assert table.loc["b", "f1"] == pytest.approx(2 * (9 / 11) * 0.9 / (9 / 11 + 0.9))
    assert math.isnan(table["precision"]["c"])
    assert table.loc["c", "recall"] == 0
    assert table["images"].tolist() == [10, 10, 3]


def test_pairs_count_both_directions_and_come_in_order() -> None:
    rows = confused_pairs(MATRIX).to_dict("records")
    assert [
        (r["one"], r["other"], r["mistakes"], r["one_as_other"], r["other_as_one"]) for r in rows
    ] == [
        ("a", "b", 3, 2, 1),
        ("a", "c", 3, 0, 3),
    ]
    assert [r["share"] for r in rows] == [0.5, 0.5]


@given(st.integers(0, 1000), st.integers(1, 200))
def test_every_image_is_counted_once(seed: int, images: int) -> None:
    found = examination(SUMMARY, images, seed)
    matrix = confusion(found, CLASSES)
    wrong = int((found.predicted != found.labels).sum())
    assert matrix.to_numpy().sum() == images
    assert matrix.sum(axis=1).tolist() == np.bincount(found.labels, minlength=10).tolist()
    assert int(confused_pairs(matrix)["mistakes"].sum()) == wrong
    table = predictions(found, CLASSES)
    assert len(table) == images
    assert int((table["true"] != table["predicted"]).sum()) == wrong
    assert "file" not in table


def test_tables_and_pictures_are_written(tmp_path: Path) -> None:
    found = write_inspection(examination(SUMMARY), CLASSES, tmp_path / "a", "lenet, trial 3")
    names = {path.name for path in (tmp_path / "a").iterdir()}
    assert names == {
        *(f"{name}.csv" for name in ("confusion", "classes", "pairs", "predictions")),
        *(
            f"{name}.png"
            for name in ("confusion", "predictions", "mistakes", "filters", "feature_maps")
        ),
    }
    read = pd.read_csv(tmp_path / "a" / "confusion.csv", dtype={"true": str}).set_index("true")
    assert (read.to_numpy() == found.confusion.to_numpy()).all()
    for path in (tmp_path / "a").glob("*.png"):
        with Image.open(path) as image:
            assert min(image.size) > 200
            assert len(image.convert("L").getcolors() or []) > 20
    assert found.accuracy == found.correct / 60
    assert found.to_json()["split"] == "validation"


def test_predictions_have_the_names_of_the_files(tmp_path: Path) -> None:
    names = np.array([f"{number % 3}/bild {number}, \u00e4\ufffd.png" for number in range(60)])
    found = replace(examination(SUMMARY), files=names)
    found.save(tmp_path / "a.npz")
    write_inspection(Examination.load(tmp_path / "a.npz"), CLASSES, tmp_path / "a", "pets, trial 3")
    table = pd.read_csv(tmp_path / "a" / "predictions.csv")
    assert table.columns[:3].tolist() == ["image", "file", "true"]
    assert table["file"].tolist() == names.tolist()


def test_a_network_without_convolutions_and_without_mistakes_has_fewer_pictures(
    tmp_path: Path,
) -> None:
    some = examination(SUMMARY)
    found = replace(
        some,
        kernels=np.zeros((0, 0, 0, 0), np.float32),
        maps=np.zeros((0, 0, 0), np.float32),
        labels=some.predicted.astype(np.int32),
        mistakes=some.mistakes[:0],
        mistake_images=some.mistake_images[:0],
    )
    write_inspection(some, CLASSES, tmp_path, "before")
    result = write_inspection(found, CLASSES, tmp_path, "after")
    assert {path.stem for path in tmp_path.glob("*.png")} == {"confusion", "predictions"}
    assert result.accuracy == 1
    assert result.pairs.empty


def test_images_in_colour_are_drawn_in_colour(tmp_path: Path) -> None:
    summary = replace(SUMMARY, shape=(8, 9, 3), classes=("cat", "dog"))
    write_inspection(examination(summary), summary.classes, tmp_path, "pets")
    for name in ("filters", "predictions"):
        with Image.open(tmp_path / f"{name}.png") as image:
            red, green, _ = (np.asarray(band, int) for band in image.convert("RGB").split())
            assert np.abs(red - green).max() > 100


@pytest.mark.parametrize("classes", [("$5_to_$10", "$a_$"), ("cat %", "猫"), ("[old]", "<b>")])
def test_any_name_of_a_class_can_be_drawn(classes: tuple[str, str], tmp_path: Path) -> None:
    summary = replace(SUMMARY, classes=classes)
    found = write_inspection(examination(summary), classes, tmp_path, "names")
    assert list(found.confusion.index) == list(classes)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(StoreError, match="cannot write"):
        write_inspection(examination(SUMMARY), CLASSES, tmp_path / "a" / "b", "x")
