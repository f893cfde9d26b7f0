"""What a space file says, as frozen values that need no further checking."""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeAlias

from sweep.hyperparams import (
    EARLIER_DEFAULTS,
    KNOBS,
    NEWEST_DEFAULTS,
    Hyperparams,
    Scalar,
    Value,
    idle,
    pools_nothing,
)

Metric: TypeAlias = Literal["val_accuracy", "val_loss", "accuracy", "loss"]
METRICS: tuple[Metric, ...] = ("val_accuracy", "val_loss", "accuracy", "loss")


@dataclass(frozen=True)
class Constant:
    value: Value


@dataclass(frozen=True)
class IntRange:
    """Whole numbers from `low` to `high`, both included, `step` apart or evenly in the logarithm."""

    low: int
    high: int
    step: int = 1
    log: bool = False


@dataclass(frozen=True)
class FloatRange:
    """Numbers from `low` to `high`, both included, `step` apart if given, or evenly in the logarithm."""

    low: float
    high: float
    step: float | None = None
    log: bool = False


@dataclass(frozen=True)
class Choices:
    options: tuple[Value, ...]


Domain: TypeAlias = Constant | IntRange | FloatRange | Choices


def contains(domain: Domain, value: Value) -> bool:
    """Whether `value` is one that `domain` can take."""
    match domain:
        case Constant(only):
            return _same(only, value)
        case Choices(options):
            return any(_same(option, value) for option in options)
        case IntRange(low, high, step):
            if isinstance(value, bool) or not isinstance(value, int):
                return False
            return low <= value <= high and (value - low) % step == 0
        case FloatRange(low, high, step):
            if isinstance(value, (bool, str, tuple)) or not low <= value <= high:
                return False
            steps = (value - low) / step if step else 0.0
            return math.isclose(steps, round(steps), abs_tol=1e-9)


def _same(one: Value, other: Value) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


@dataclass(frozen=True)
class Condition:
    """`name` has one of `values`."""

    name: str
    values: tuple[Value, ...]

    def holds(self, values: Mapping[str, Value]) -> bool:
        """Whether it holds among the values that exist; one that does not exist fulfils nothing."""
        return self.name in values and any(_same(values[self.name], value) for value in self.values)


@dataclass(frozen=True)
class Parameter:
    """One column of the space: `filters.1` (the first layer's entry of `filters`) or `kernel_size`."""

    name: str
    knob: str
    layer: int | None
    domain: Domain
    when: tuple[Condition, ...] = ()

    @property
    def constant(self) -> Value | None:
        """Its value where it has only one."""
        return self.domain.value if isinstance(self.domain, Constant) else None

    def exists(self, values: Mapping[str, Value]) -> bool:
        """Whether its conditions hold among the values that exist."""
        return all(condition.holds(values) for condition in self.when)


@dataclass(frozen=True)
class Space:
    """The parameters of the space, in the order of the file; `edition` is that of the defaults of what the file does
    not name (`hyperparams.EARLIER_DEFAULTS`)."""

    parameters: tuple[Parameter, ...]
    edition: int = NEWEST_DEFAULTS

    @property
    def knobs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(p.knob for p in self.parameters))

    @cached_property
    def by_dependence(self) -> tuple[Parameter, ...]:
        """Every parameter after those that its conditions name. Raises `ValueError` for a circle."""
        found: dict[str, Parameter] = {}
        left = list(self.parameters)
        while left:
            ready = [p for p in left if all(c.name in found for c in p.when)]
            if not ready:
                raise ValueError(", ".join(p.name for p in left))
            found.update((p.name, p) for p in ready)
            left = [p for p in left if p.name not in found]
        return tuple(found.values())

    def deciding(self, knobs: Collection[str]) -> set[str]:
        """The names of the parameters of `knobs`, and of those on whose values the existence of these depends."""
        known = {p.name: p for p in self.parameters}
        found = {p.name for p in self.parameters if p.knob in knobs}
        waiting = [*found]
        while waiting:
            parents = {c.name for c in known[waiting.pop()].when} - found
            found |= parents
            waiting += parents
        return found

    def draw(self, suggest: Callable[[Parameter], Value]) -> dict[str, Value]:
        """One value for every parameter that exists: constants as they are, the others suggested."""
        values: dict[str, Value] = {}
        for parameter in self.by_dependence:
            if parameter.exists(values):
                constant = parameter.constant
                values[parameter.name] = suggest(parameter) if constant is None else constant
        return values

    def draw_from(self, point: Hyperparams) -> dict[str, Value]:
        """The values of `point` under the names of the parameters that exist there. A point outside the
        space is told by its own values; a layer that it does not have is left out."""
        values: dict[str, Value] = {}
        for parameter in self.by_dependence:
            value = entry(point, parameter.name)
            if value is not None and parameter.exists(values):
                values[parameter.name] = value
        return values

    def point(self, values: Mapping[str, Value]) -> Hyperparams:
        """The hyperparameters that the values of `draw` stand for; what is not named has its default."""
        named: dict[str, Value] = {}
        for parameter in self.parameters:
            if parameter.name not in values:
                continue
            value = values[parameter.name]
            if parameter.layer is None:
                named[parameter.knob] = value
            else:
                before = named.get(parameter.knob, ())
                assert isinstance(before, tuple)
                assert isinstance(value, int)
                named[parameter.knob] = (*before, value)
        return self._complete(named)

    def _complete(self, named: Mapping[str, Value]) -> Hyperparams:
        """The point with these values by knob, and defaults for the others."""
        earlier = EARLIER_DEFAULTS[self.edition] if self.edition < NEWEST_DEFAULTS else {}
        return Hyperparams.model_validate({**earlier, **named})

    def settled(self, named: Mapping[str, Value]) -> Hyperparams:
        """The point that `named`, values by knob, stands for: where it is silent it has the constants of the space, and
        what does not exist there has its default."""
        knobs = {p.knob: [own for own in self.parameters if own.knob == p.knob] for p in self.by_dependence}
        found, existing = dict(named), dict[str, Value]()
        for knob, own in knobs.items():
            if not own[0].exists(existing):
                found.pop(knob, None)
                continue
            constants = [p.constant for p in own if p.constant is not None]
            if knob not in found and len(constants) == len(own):
                found[knob] = constants[0] if own[0].layer is None else tuple(map(_whole, constants))
            point = self._complete(found)
            existing |= {p.name: value for p in own if (value := entry(point, p.name)) is not None}
        return self._complete(found)

    def values(self, point: Hyperparams) -> dict[str, Value] | None:
        """What `draw` would give for `point`, or None where the space has no such point. What has no effect there, and
        has a value that the space does not, is left out."""
        values = self.draw_from(point)
        if any(p.name not in values for p in self.parameters if p.layer is not None):
            return None
        outside = [p for p in self.parameters if p.name in values and not contains(p.domain, values[p.name])]
        idle_here = self.idle(point)
        if any(p.knob not in idle_here or p.layer is not None for p in outside):
            return None
        for parameter in outside:
            del values[parameter.name]
        same = self._meaning(self.point(values), values) == self._meaning(point, values)
        return values if same else None

    @cached_property
    def parents(self) -> frozenset[str]:
        """The knobs that some condition names."""
        known = {p.name: p.knob for p in self.parameters}
        return frozenset(known[c.name] for p in self.parameters for c in p.when)

    def idle(self, point: Hyperparams) -> Mapping[str, str]:
        """The knobs that have no effect at `point`, each with the reason. A knob that a condition names is never among
        them: it decides what else exists."""
        return {knob: reason for knob, reason in idle(point).items() if knob not in self.parents}

    def meaning(self, point: Hyperparams) -> tuple[Value, ...]:
        """Equal for points that mean the same: one value for all layers is that value for each, and a knob
        whose condition does not hold, or which has no effect there, is of no account."""
        return self._meaning(point, self.draw_from(point))

    def _meaning(self, point: Hyperparams, existing: Mapping[str, Value]) -> tuple[Value, ...]:
        ignored = {p.knob for p in self.parameters if p.name not in existing and p.layer is None}
        ignored |= self.idle(point).keys()
        if pools_nothing(point):
            ignored |= {"pool", "pool_size"} - self.parents
        return tuple("" if knob in ignored else _spread(point, knob) for knob in KNOBS)

    def replaced(self, baseline: "Baseline", parameter: Parameter, value: Value) -> Hyperparams:
        """The point of `baseline` with another value of one parameter. What it names stays as it is; the rest follows
        from the space and from the new value: a constant that exists only then, a default of the new optimizer."""
        point = baseline.point
        if parameter.layer is not None:
            layers = _spread(point, parameter.knob)
            assert isinstance(layers, tuple)
            layer = _whole(value)
            value = (*layers[: parameter.layer - 1], layer, *layers[parameter.layer :])
        named: dict[str, Value] = {knob: getattr(point, knob) for knob in baseline.knobs}
        return self.settled({**named, parameter.knob: value})


def _whole(value: Value | None) -> int:
    """The value of one layer, which is a whole number."""
    assert isinstance(value, int)
    return value


def entry(point: Hyperparams, name: str) -> Value | None:
    """The value of one column at `point`; None for a layer that the network does not have."""
    knob, _, layer = name.partition(".")
    value: Value = getattr(point, knob)
    if not layer or not isinstance(value, tuple):
        return value
    return value[int(layer) - 1] if int(layer) <= len(value) else None


def _spread(point: Hyperparams, knob: str) -> Value:
    value: Value = getattr(point, knob)
    knob_is_spread = KNOBS[knob].takes_list and not isinstance(value, tuple)
    return (value,) * len(point.filters) if knob_is_spread and isinstance(value, int) else value


@dataclass(frozen=True)
class Baseline:
    """A named configuration that runs first; `knobs` are those that it or the space names."""

    name: str
    point: Hyperparams
    knobs: frozenset[str]


# The share of the training images that validates where nothing else is asked for, and the data bring no others.
VALIDATION_SHARE = 1 / 12


@dataclass(frozen=True)
class DataSpec:
    """Which images, and how they are split. `validation` and `test` are shares below 1 or numbers of
    images, None where the file does not ask; `path` is absolute."""

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
        """The numbers of validation and test images of `total`, from shares or numbers; none for validation where
        the data have their own. Raises `ValueError`, which says why, where nothing would be left to train on."""
        asked = VALIDATION_SHARE if self.validation is None else self.validation
        validation = 0 if has_validation else _amount(asked, total)
        test = _amount(self.test or 0, total)
        if (validation < 1 and not has_validation) or total - validation - test < 1:
            parts = f"{validation} for validation, {test} for the test and the rest"
            raise ValueError(f"{total} images cannot be split into {parts}")
        return validation, test


def _amount(asked: float, total: int) -> int:
    """A share below 1, or a number, as a number of images."""
    return round(asked * total) if asked < 1 else int(asked)


@dataclass(frozen=True)
class Choice:
    """A sampler or a pruner by name, with its options."""

    name: str
    options: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True)
class Search:
    """How the space is searched; the fields are those of the file."""

    trials: int
    sampler: Choice
    pruner: Choice
    evaluations: int
    seed: int
    threads: int
    keep: int
    repeats: int

    @property
    def is_design(self) -> bool:
        """Whether the sampler says beforehand what is tried."""
        return "values" in self.sampler.options

    @property
    def values(self) -> int:
        """How many values of a range a design tries; 0 for other samplers."""
        return int(self.sampler.options.get("values", 0))


@dataclass(frozen=True)
class Objective:
    metric: Metric
    maximize: bool

    @property
    def direction(self) -> Literal["maximize", "minimize"]:
        return "maximize" if self.maximize else "minimize"


@dataclass(frozen=True)
class SweepSpec:
    """One sweep, as its space file describes it. `source` is the text of that file."""

    name: str
    data: DataSpec
    space: Space
    search: Search
    objective: Objective
    baselines: tuple[Baseline, ...]
    source: str

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
            _largest(d) for d in (domains if always else [*domains, Constant(Hyperparams.model_validate({}).steps)])
        )

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of the hyperparameters that the space or a baseline names, in the table's order.

        A knob that is given layer by layer has one column a layer, as many as the deepest network that
        the space or a baseline describes.
        """
        named = [*self.space.knobs]
        for baseline in self.baselines:
            named += [knob for knob in KNOBS if knob in baseline.knobs and knob not in named]
        return tuple(name for knob in named for name in self._columns_of(knob))

    def _columns_of(self, knob: str) -> list[str]:
        own = [p for p in self.space.parameters if p.knob == knob]
        given = [value for b in self.baselines if isinstance(value := getattr(b.point, knob), tuple)]
        if (own and own[0].layer is None) or (not own and not given):
            return [knob]
        depth = max([len(own), *(len(value) for value in given)])
        return [f"{knob}.{layer}" for layer in range(1, depth + 1)]

    def values_of(self, column: str) -> tuple[Value, ...]:
        """What a column can hold, ranges left out: the constants and choices of the space and what the
        baselines have there, if it exists."""
        own = [p for p in self.space.parameters if p.name == column]
        domains = [p.domain for p in own]
        listed = [v for d in domains for v in (d.options if isinstance(d, Choices) else ())]
        constants = [d.value for d in domains if isinstance(d, Constant)]
        having = [b.point for b in self.baselines if not own or column in self.space.draw_from(b.point)]
        given = [v for point in having if (v := entry(point, column)) is not None]
        return (*listed, *constants, *given)

    @cached_property
    def list_columns(self) -> frozenset[str]:
        """The columns that hold lists, which tables have as text. Where each list has one entry, a column holds the
        numbers in them."""
        return frozenset(column for column, lengths in self._lengths.items() if lengths - {1})

    @cached_property
    def _lengths(self) -> Mapping[str, set[int]]:
        """The lengths of the lists in each column."""
        return {c: {len(value) for value in self.values_of(c) if isinstance(value, tuple)} for c in self.columns}

    def entry(self, point: Hyperparams, column: str) -> Value | None:
        """What a column holds of `point`; None for a layer that the network does not have."""
        return self._held(column, entry(point, column))

    def options(self, parameter: Parameter) -> tuple[Value, ...]:
        """The choices of a parameter as its column holds them; empty for one without choices."""
        options = parameter.domain.options if isinstance(parameter.domain, Choices) else ()
        return tuple(held for option in options if (held := self._held(parameter.name, option)) is not None)

    def _held(self, column: str, value: Value | None) -> Value | None:
        return value[0] if isinstance(value, tuple) and self._lengths[column] == {1} else value

    def flat(self, point: Hyperparams) -> dict[str, Value | None]:
        """`point` by the names of `columns`; None for one that does not exist there, and for one that varies and has no
        effect there."""
        existing, idle_here = self.space.draw_from(point), self.space.idle(point)
        missing = {
            p.name
            for p in self.space.parameters
            if p.name not in existing or (p.constant is None and p.knob in idle_here)
        }
        return {name: None if name in missing else self.entry(point, name) for name in self.columns}


def _largest(domain: Domain) -> int:
    match domain:
        case Constant(value):
            options: tuple[Value, ...] = (value,)
        case Choices(options):
            pass
        case IntRange(_, high) | FloatRange(_, high):
            return int(high)
    return max(option for option in options if isinstance(option, int))
