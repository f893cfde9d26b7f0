"""A space file as frozen values that need no further checking."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from sweep.space.constraints import Constraint
from sweep.space.domains import Choices, Constant, largest
from sweep.space.grid import ROUNDING, Grid
from sweep.space.hyperparams import (
    KNOBS,
    Hyperparams,
    Value,
)
from sweep.space.objectives import Objective, Objectives
from sweep.space.shapes import Shape
from sweep.space.space import Baseline, Parameter, Space, entry
from sweep.space.strategies import Pruner, Sampler

# The share of the training images that validates where nothing else is asked for, and the data
# bring no others.
VALIDATION_SHARE = 1 / 12


@dataclass(frozen=True)
class DataSpec:
    """Which images to use, and how to read and split them.

    `validation` and `test` are shares below 1 or numbers of images, or None. `train` is a number of
    images, None for all that are left. `size` is (height, width), None for images that have one
    size; with `crop` the middle of an image is used, else the image is stretched. With
    `skips_broken`, damaged images are left out. `path` is absolute. `scale` is `unit` for pixels in
    0..1, or `standard` for channels with mean 0 and standard deviation 1 over the training images.
    `class_weight` is `balanced` if all classes weigh alike in the training loss, else None.
    """

    name: str | None = None
    path: Path | None = None
    validation: float | None = None
    test: float | None = None
    merge: bool = False
    stratify: bool = True
    seed: int = 0
    train: int | None = None
    size: tuple[int, int] | None = None
    crop: bool = False
    skips_broken: bool = False
    scale: str = "unit"
    class_weight: str | None = None

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "DataSpec":
        """The spec of a JSON document; fields that an earlier version lacks have their default."""
        fields = dict(raw)
        if fields["path"] is not None:
            fields["path"] = Path(fields["path"])
        if fields.get("size") is not None:
            fields["size"] = tuple(fields["size"])
        return cls(**fields)

    @property
    def label(self) -> str:
        return self.name or str(self.path)

    @property
    def counts_images(self) -> bool:
        """Whether numbers follow from the images themselves, even of a named data set."""
        return self.name is None or self.scale == "standard" or self.class_weight is not None

    def shape(self, of_images: Shape) -> Shape:
        """The shape (height, width, channels) in which images of a shape are read."""
        if self.size is None:
            return of_images
        return (*self.size, *of_images[2:])

    def amounts(self, total: int, *, has_validation: bool = False) -> tuple[int, int]:
        """The numbers of validation and test images of `total`.

        There are no validation images to take if the data have their own. Raises `ValueError` with
        the reason if nothing would be left to train on.
        """
        if self.validation is None:
            asked = VALIDATION_SHARE
        else:
            asked = self.validation
        if has_validation:
            validation = 0
        else:
            validation = _amount(asked, total)
        test = _amount(self.test or 0, total)
        if (validation < 1 and not has_validation) or total - validation - test < 1:
            parts = f"{validation} for validation, {test} for the test and the rest"
            raise ValueError(f"{total} images cannot be split into {parts}")
        return validation, test

    def parts(self, total: int, *, has_validation: bool = False) -> tuple[int, int, int]:
        """The numbers of training, validation and test images of `total`; raises as `amounts` does,
        and if there are fewer than `train` training images."""
        validation, test = self.amounts(total, has_validation=has_validation)
        left = total - validation - test
        if self.train is None:
            return left, validation, test
        if self.train > left:
            raise ValueError(f"only {left} images are left to train on, not {self.train}")
        return self.train, validation, test


def _amount(asked: float, total: int) -> int:
    """The number of images for a share below 1, or for a number."""
    if asked < 1:
        return round(asked * total)
    return int(asked)


@dataclass(frozen=True)
class Search:
    """How to search the space; the fields are those of the file."""

    trials: int
    sampler: Sampler
    pruner: Pruner
    evaluations: int
    seed: int
    threads: int
    keep: int
    repeats: int
    patience: int | None = None


@dataclass(frozen=True)
class SweepSpec:
    """One sweep; `source` is the text of its space file."""

    name: str
    data: DataSpec
    space: Space
    search: Search
    objectives: Objectives
    baselines: tuple[Baseline, ...]
    source: str
    constraints: tuple[Constraint, ...] = ()
    classes: int | None = None
    """The number of classes of the images; None while it is unknown."""

    @property
    def objective(self) -> Objective:
        """The objective that decides."""
        return self.objectives.main

    def for_images(self, images: int) -> "SweepSpec":
        """The same sweep, with the steps that an epoch has for so many training images."""
        if "epochs" not in self.space.knobs or images == self.space.images:
            return self
        space = replace(self.space, images=images)
        baselines = []
        for baseline in self.baselines:
            given: dict[str, Value] = {
                knob: getattr(baseline.point, knob) for knob in baseline.knobs
            }
            baselines.append(replace(baseline, point=space.settled(given)))
        return replace(self, space=space, baselines=tuple(baselines))

    @cached_property
    def grid(self) -> Grid:
        """When trials are evaluated, and where they are compared."""
        pruner = self.search.pruner
        evaluations = self.search.evaluations
        epochs = self._largest("epochs")
        if epochs is not None:
            images = self.space.images or 1
            longest = epochs * images
            return Grid(longest / evaluations, pruner.rungs(longest, images), images)
        rungs = pruner.rungs(self.largest_steps, 1)
        if rungs is not None:
            first, factor = rungs
            rungs = math.ceil(first * (1 - ROUNDING)), factor
        return Grid(math.ceil(self.largest_steps / evaluations), rungs, None)

    @property
    def first_rung(self) -> int:
        """The progress at which trials are first compared: at the first rung of the pruner's own,
        else at the first evaluation."""
        first = self.grid.interval
        if self.grid.rungs is not None:
            first = self.grid.rungs[0]
        return int(first)

    @property
    def largest_steps(self) -> int:
        """The largest `steps` of the space, or the default."""
        steps = self._largest("steps")
        if steps is None:
            return Hyperparams.model_validate({}).steps
        return steps

    @property
    def most_evaluations(self) -> int:
        """The evaluations of the longest trial, in the space or a baseline."""
        return len(self.grid.before(self._end)) + 1

    @property
    def judged_until(self) -> float:
        """The progress of the last evaluation at which a trial can be pruned; 0 without any."""
        return max(self.grid.before(self._end), default=0)

    @property
    def _end(self) -> float:
        """The progress of the longest trial, in the space or a baseline."""
        points = [baseline.point for baseline in self.baselines]
        epochs = self._largest("epochs")
        if epochs is None:
            return max([self.largest_steps, *(point.steps for point in points)])
        return max([epochs, *(point.epochs or 0 for point in points)]) * (self.space.images or 1)

    def moment(self, evaluation: int) -> str:
        """When the longest trial has its first, second, ... evaluation, or its last one: the step
        or epoch, in words."""
        points = [*self.grid.before(self._end), self._end]
        at = points[min(evaluation, len(points)) - 1]
        if self.grid.images is None:
            return f"step {at:g}"
        return f"epoch {at / self.grid.images:g}"

    def _largest(self, knob: str) -> int | None:
        """The largest value of a knob, its default included where it may not exist; None for one
        that the space does not name."""
        own = [p for p in self.space.parameters if p.knob == knob]
        if not own:
            return None
        values = [largest(p.domain) for p in own]
        default = KNOBS[knob].default
        if all(p.when for p in own) and isinstance(default, int):
            values.append(default)
        return max(values)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of the hyperparameters that the space or a baseline names, in the order of the
        table.

        A knob given layer by layer has one column per layer, up to the deepest network of the space
        and the baselines.
        """
        named = [*self.space.knobs]
        for baseline in self.baselines:
            named += [knob for knob in KNOBS if knob in baseline.knobs and knob not in named]
        return tuple(name for knob in named for name in self._columns_of(knob))

    def _columns_of(self, knob: str) -> list[str]:
        """The columns of one hyperparameter: one, or one per layer."""
        own = [p for p in self.space.parameters if p.knob == knob]
        depth = [p.name for p in own if p.is_depth]
        depths = [len(own) - len(depth)]
        for baseline in self.baselines:
            value = getattr(baseline.point, knob)
            if isinstance(value, tuple):
                depths.append(len(value))
        is_whole = bool(own) and own[0].layer is None
        if is_whole or (not own and len(depths) == 1):
            return [knob]
        return [*depth, *(f"{knob}.{layer}" for layer in range(1, max(depths) + 1))]

    def values_of(self, column: str) -> tuple[Value, ...]:
        """What a column can hold, ranges left out: the constants and choices of the space and what
        the baselines have there, if it exists."""
        named = [p for p in self.space.parameters if p.name == column]
        own = [p.domain for p in named]
        found = [p.otherwise for p in named if p.otherwise is not None]
        for domain in own:
            if isinstance(domain, Choices):
                found += domain.options
        found += [domain.value for domain in own if isinstance(domain, Constant)]
        for baseline in self.baselines:
            if own and column not in self.space.draw_from(baseline.point):
                continue
            value = entry(baseline.point, column)
            if value is not None:
                found.append(value)
        return tuple(found)

    @cached_property
    def list_columns(self) -> frozenset[str]:
        """The columns that hold lists, which become text in tables.

        If all lists of a column have one entry, the column holds numbers instead.
        """
        return frozenset(column for column, lengths in self._lengths.items() if lengths - {1})

    @cached_property
    def _lengths(self) -> Mapping[str, set[int]]:
        """The lengths of the lists in each column."""
        return {
            c: {len(value) for value in self.values_of(c) if isinstance(value, tuple)}
            for c in self.columns
        }

    def entry(self, point: Hyperparams, column: str) -> Value | None:
        """The value of a column at `point`; None for a layer that the network lacks."""
        return self._held(column, entry(point, column))

    def options(self, parameter: Parameter) -> tuple[Value, ...]:
        """The choices of a parameter in the form of its column; empty if it has no choices."""
        if isinstance(parameter.domain, Choices):
            options = parameter.domain.options
        else:
            options = ()
        return tuple(
            held for option in options if (held := self._held(parameter.name, option)) is not None
        )

    def _held(self, column: str, value: Value | None) -> Value | None:
        if isinstance(value, tuple) and self._lengths[column] == {1}:
            return value[0]
        return value

    def flat(self, point: Hyperparams) -> dict[str, Value | None]:
        """`point` by the names of `columns`.

        None for a parameter that does not exist there, or that varies and has no effect there.
        """
        existing = self.space.draw_from(point)
        idle_here = self.space.idle(point)
        absent = set()
        for p in self.space.parameters:
            has_no_effect = p.constant is None and p.knob in idle_here
            is_missing = p.name not in existing and p.otherwise is None
            if has_no_effect or is_missing:
                absent.add(p.name)
        found: dict[str, Value | None] = dict.fromkeys(self.columns)
        for name in self.columns:
            if name not in absent:
                found[name] = self.entry(point, name)
        return found
