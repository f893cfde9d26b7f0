"""A data set in one line, and as a document."""

import json
from dataclasses import replace

import pytest

from sweep.data.line import data_document, data_line, warnings
from sweep.trial.images import DataSummary

PETS = DataSummary(
    "/home/me/pets", (64, 64, 3), ("cat", "dog", "owl"), 105, 30, 15, "f", (50, 60, 40), (), 4
)
MANY = tuple(f"class {number}" for number in range(100))

LINES = {
    "pets": (
        PETS,
        "150 images 64x64x3, 3 classes (cat 50, dog 60, owl 40), 105 to train, 30 to validate, 15 "
        "to test; 4 files left out",
    ),
    "one file": (
        replace(PETS, left_out=1, test=0, train=120),
        "150 images 64x64x3, 3 classes (cat 50, dog 60, owl 40), 120 to train, 30 to validate; 1 "
        "file left out",
    ),
    "equal": (
        replace(PETS, left_out=0, test=0, train=1270, counts=(1300,) * 3),
        "1,300 images 64x64x3, 3 classes of 1,300 each, 1,270 to train, 30 to validate",
    ),
    "numbers": (
        replace(PETS, left_out=0, classes=("1", "2"), counts=(6903, 7877)),
        "150 images 64x64x3, 2 classes (1: 6,903, 2: 7,877), 105 to train, 30 to validate, 15 to "
        "test",
    ),
    "many": (
        replace(PETS, left_out=0, classes=MANY, counts=tuple(range(40, 140))),
        "150 images 64x64x3, 100 classes (smallest class 0: 40, largest class 99: 139), 105 to "
        "train, 30 to validate, 15 to test",
    ),
    "not counted": (
        replace(PETS, left_out=0, counts=()),
        "150 images 64x64x3, 3 classes, 105 to train, 30 to validate, 15 to test",
    ),
    "standardised": (
        replace(PETS, left_out=0, counts=(), mean=(0.5, 0.25, 1 / 3), deviation=(0.1, 0.2, 1.0)),
        "150 images 64x64x3, 3 classes, 105 to train, 30 to validate, 15 to test, scaled by mean "
        "0.5000 0.2500 0.3333 and deviation 0.1000 0.2000 1.0000",
    ),
    "weighted": (
        replace(PETS, left_out=0, counts=(), class_weights=(1.5, 0.25, 3.0)),
        "150 images 64x64x3, 3 classes, 105 to train, 30 to validate, 15 to test, classes weighted "
        "by 0.25 to 3",
    ),
    "strangers": (
        replace(PETS, left_out=0, classes=("\x1b[31mred", "x" * 99, "\u202eleft\n")),
        f"150 images 64x64x3, 3 classes (\\x1b[31mred 50, {'x' * 37}... 60, \\u202eleft\\n 40), "
        "105 to train, 30 to validate, 15 to test",
    ),
}


@pytest.mark.parametrize(("data", "line"), LINES.values(), ids=LINES)
def test_data_in_one_line(data: DataSummary, line: str) -> None:
    assert data_line(data) == line


def test_warnings_are_printable() -> None:
    assert warnings(replace(PETS, notes=("a\x1b[2J", "b"))) == ["warning: a\\x1b[2J", "warning: b"]


def test_the_document_names_no_place_and_what_is_not_known_is_null() -> None:
    found = json.loads(json.dumps(data_document(PETS)))
    assert found == {
        "name": "pets", "images": 150, "shape": [64, 64, 3], "classes": ["cat", "dog", "owl"], "counts": [50, 60, 40],
        "largest_class": None, "train": 105, "validation": 30, "test": 15, "left_out": 4, "notes": [],
        "mean": None, "deviation": None, "class_weights": None,
    }  # fmt: skip
    assert data_document(replace(PETS, counts=()))["counts"] is None
    standard = data_document(replace(PETS, mean=(0.5, 0.25, 0.125), deviation=(0.1, 0.2, 1.0)))
    assert (standard["mean"], standard["deviation"]) == ([0.5, 0.25, 0.125], [0.1, 0.2, 1.0])
    weighted = data_document(replace(PETS, class_weights=(1.5, 0.25, 3.0)))
    assert weighted["class_weights"] == [1.5, 0.25, 3.0]
