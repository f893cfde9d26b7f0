"""A summary of a data set, without its images."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sweep.space import DataSpec, Metric, NamedData, Shape


@dataclass(frozen=True)
class DataSummary:
    """Everything that the coordinator knows of a data set: all but the images.

    `counts` are the images of each class, `validation_counts` only its validation images. Both are
    in the order of `classes`, and empty in old ledgers, which did not record them. `left_out` is
    the number of files that were not read. `notes` are lines for a person about oddities of the
    images. If the images are standardised, `mean` is subtracted from each channel in 0..1, which is
    then divided by `deviation`; otherwise, and in old ledgers, they are empty. `class_weights`
    multiply the training losses of the classes; they are empty if every image counts alike.
    """

    label: str
    shape: Shape
    classes: tuple[str, ...]
    train: int
    validation: int
    test: int
    fingerprint: str
    counts: tuple[int, ...] = ()
    validation_counts: tuple[int, ...] = ()
    left_out: int = 0
    notes: tuple[str, ...] = ()
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()
    class_weights: tuple[float, ...] = ()

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "DataSummary":
        plain: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()
        }
        return cls(**plain)

    @property
    def class_count(self) -> int:
        return len(self.classes)

    @property
    def images(self) -> int:
        """The number of images."""
        return self.train + self.validation + self.test

    @property
    def largest_share(self) -> float | None:
        """The validation accuracy of always answering the largest class.

        None if the counts are unknown.
        """
        if self.validation_counts:
            return max(self.validation_counts) / self.validation
        return None

    @property
    def largest_class(self) -> str | None:
        """The largest class of the validation images, or the first of equal ones.

        None if the counts are unknown.
        """
        if not self.validation_counts:
            return None
        return self.classes[self.validation_counts.index(max(self.validation_counts))]

    def of_one_answer(self, metric: Metric) -> float | None:
        """The value of a score of the validation images for always answering the largest class.

        Classes without validation images do not count, as in the scores of an evaluation. None if
        the counts are unknown, and for metrics that depend on more than the answer.
        """
        share = self.largest_share
        if share is None:
            return None
        there = sum(count > 0 for count in self.validation_counts)
        # The largest class has a recall of 1 and a precision of `share`. Others have an F1 of 0.
        known: dict[Metric, float] = {
            "val_accuracy": share,
            "val_balanced_accuracy": 1 / there,
            "val_macro_f1": 2 * share / (1 + share) / there,
        }
        return known.get(metric)

    def largest_to_json(self) -> dict[str, Any] | None:
        """The largest validation class and its share; None if the counts are unknown."""
        if self.validation_counts:
            return {"class": self.largest_class, "share": self.largest_share}
        return None


def declared(spec: DataSpec, named: NamedData) -> DataSummary:
    """The summary of a named data set, without reading it.

    Raises `ValueError` if the data cannot be split as in `spec`.
    """
    total = named.to_split(merge=spec.merge)
    train, validation, held_out = spec.parts(total)
    return DataSummary(
        label=spec.label,
        shape=spec.shape(named.shape),
        classes=tuple(map(str, range(named.classes))),
        train=train,
        validation=validation,
        test=held_out if spec.merge else named.test,
        fingerprint="",
    )
