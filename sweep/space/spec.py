"""A space file as frozen values that need no further checking."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sweep.space.domains import Choices, Constant, largest
from sweep.space.hyperparams import (
    KNOBS,
    Hyperparams,
    Value,
)
from sweep.space.objectives import Objective, Objectives
from sweep.space.space import Baseline, Parameter, Space, entry
from sweep.space.strategies import Pruner, Sampler

# The share of the training images for validation, if the file gives none and the data have no
# validation images.
VALIDATION_SHARE = 1 / 12


@dataclass(frozen=True)
class DataSpec:
    """Which images to use, and how to split them.

    `validation` and `test` are shares below 1 or numbers of images, or None. `path` is absolute.
    """

    name: str | None = None
    path: Path | None = None
    validation: float | None = None
    test: float | None = None
    merge: bool = False
    stratify: bool = True
    seed: int = 0

    @property
    def label(self) -> str:
        return self.name or str(self.path)

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

    @property
    def objective(self) -> Objective:
        """The objective that decides."""
        return self.objectives.main

    @property
    def evaluation_interval(self) -> int:
        """Steps between two points of the evaluation grid of the whole sweep."""
        return math.ceil(self.largest_steps / self.search.evaluations)

    @property
    def largest_steps(self) -> int:
        """The largest `steps` of the space."""
        own = [p for p in self.space.parameters if p.knob == "steps"]
        always = any(not p.when for p in own)
        domains = [p.domain for p in own]
        return max(
            largest(d)
            for d in (
                domains if always else [*domains, Constant(Hyperparams.model_validate({}).steps)]
            )
        )

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
        depths = [len(own)]
        for baseline in self.baselines:
            value = getattr(baseline.point, knob)
            if isinstance(value, tuple):
                depths.append(len(value))
        is_whole = bool(own) and own[0].layer is None
        if is_whole or (not own and len(depths) == 1):
            return [knob]
        return [f"{knob}.{layer}" for layer in range(1, max(depths) + 1)]

    def values_of(self, column: str) -> tuple[Value, ...]:
        """The values that a column can hold, ranges left out.

        They are the constants and choices of the space, and what the baselines have if it exists
        there.
        """
        own = [p.domain for p in self.space.parameters if p.name == column]
        found: list[Value] = []
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
        missing = {
            p.name
            for p in self.space.parameters
            if p.name not in existing or (p.constant is None and p.knob in idle_here)
        }
        return {name: None if name in missing else self.entry(point, name) for name in self.columns}
