"""A data set in one line for a person, and as a JSON document."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sweep.errors import printable
from sweep.trial import DataSummary

# Up to this many classes are listed, with their image counts. Of more, only the smallest and the
# largest are.
MOST_LISTED = 12
# The most characters shown of a class name.
NAME_WIDTH = 40


def data_line(data: DataSummary) -> str:
    """One line, such as `150 images 64x64x3, 3 classes (cat 50, dog 60, owl 40), 120 to train, 30
    to validate`."""
    size = "x".join(map(str, data.shape))
    images = "image" if data.images == 1 else "images"
    parts = [
        f"{data.images:,} {images} {size}",
        f"{len(data.classes):,} classes{_counted(data.classes, data.counts)}",
        f"{data.train:,} to train",
        f"{data.validation:,} to validate",
    ]
    if data.test:
        parts.append(f"{data.test:,} to test")
    if data.mean:
        parts.append(f"scaled by mean {_each(data.mean)} and deviation {_each(data.deviation)}")
    if data.class_weights:
        least, most = min(data.class_weights), max(data.class_weights)
        parts.append(f"classes weighted by {least:.3g} to {most:.3g}")
    line = ", ".join(parts)
    if data.left_out:
        files = "file" if data.left_out == 1 else "files"
        line += f"; {data.left_out:,} {files} left out"
    return line


def warnings(data: DataSummary) -> list[str]:
    """One line for each oddity of the images."""
    return [printable(f"warning: {note}") for note in data.notes]


def data_document(data: DataSummary) -> dict[str, Any]:
    """Everything about the data except their location.

    `name` is the data set, or the last part of the path.
    """
    return {
        "name": Path(data.label).name,
        "images": data.images,
        "shape": list(data.shape),
        "classes": list(data.classes),
        "counts": list(data.counts) or None,
        "largest_class": data.largest_to_json(),
        "train": data.train,
        "validation": data.validation,
        "test": data.test,
        "mean": list(data.mean) or None,
        "deviation": list(data.deviation) or None,
        "class_weights": list(data.class_weights) or None,
        "left_out": data.left_out,
        "notes": list(data.notes),
    }


def _each(numbers: Sequence[float]) -> str:
    """A number of each channel, in four digits."""
    return " ".join(f"{number:.4f}" for number in numbers)


def _counted(classes: Sequence[str], counts: Sequence[int]) -> str:
    if not counts:
        return ""
    if len(set(counts)) == 1:
        return f" of {counts[0]:,} each"
    # `class 1 6,903` reads as one number.
    ends_in_digit = any(name[-1:].isdigit() for name in classes)
    colon = ":" if ends_in_digit else ""
    named = []
    for name, count in zip(classes, counts, strict=True):
        named.append(f"{_shown(name)}{colon} {count:,}")
    if len(named) <= MOST_LISTED:
        return f" ({', '.join(named)})"
    smallest = named[counts.index(min(counts))]
    largest = named[counts.index(max(counts))]
    return f" (smallest {smallest}, largest {largest})"


def _shown(name: str) -> str:
    name = printable(name)
    if len(name) <= NAME_WIDTH:
        return name
    return f"{name[: NAME_WIDTH - 3]}..."
