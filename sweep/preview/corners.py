"""What `sweep check` shows of a space: baselines, smallest and largest network, and what cannot be
built."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sweep.data import dataset
from sweep.data.line import data_document
from sweep.space import (
    ARCHITECTURE,
    NAMED_DATA,
    Choices,
    Constant,
    DataSpec,
    Domain,
    FloatRange,
    Hyperparams,
    IntRange,
    Layer,
    Parameter,
    Remainder,
    Shape,
    SweepSpec,
    Value,
    broken,
    extreme,
    flops,
    impossible,
    layer_document,
    notes_on,
    parameters,
    plan,
    remainder,
    written,
)
from sweep.spacefile.read import SpaceFile
from sweep.trial import DataSummary, Progress, declared, unseen

# The most corners that are tried; a larger space is sampled.
MOST_CORNERS = 4_000


@dataclass(frozen=True)
class Network:
    """A network of the space, layer by layer."""

    name: str
    hyperparameters: dict[str, Value | None]
    layers: tuple[Layer, ...]

    @property
    def parameters(self) -> int:
        return parameters(self.layers)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "hyperparameters": self.hyperparameters,
            "parameters": self.parameters,
            "flops": flops(self.layers),
            "layers": [layer_document(layer) for layer in self.layers],
        }


@dataclass(frozen=True)
class Corner(Network):
    """The network of the space before constraints with the fewest or the most parameters.

    Unless `is_exact`, only among the networks that were looked at. If it `breaks` no constraint, it
    is also that of what the constraints leave.
    """

    is_exact: bool
    breaks: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            **super().to_json(),
            "by": "parameters",
            "exact": self.is_exact,
            "breaks": list(self.breaks),
        }


@dataclass(frozen=True)
class Refused:
    """A kind of corner that cannot be built: the cause, the number of corners and an example."""

    cause: str
    corners: int
    example: dict[str, Value | None]


@dataclass(frozen=True)
class Inspection:
    """The findings on a space, for the images of `data`.

    `looked_at` is the number of corners tried; `all_corners` whether these are all. `left` is what
    the constraints leave.
    """

    spec: SweepSpec
    data: DataSummary
    baselines: tuple[Network, ...]
    corners: tuple[Corner, ...]
    impossible: tuple[Refused, ...]
    looked_at: int
    all_corners: bool
    left: Remainder

    @property
    def shape(self) -> Shape:
        """The shape of an image: height, width, channels."""
        return self.data.shape

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.spec.name,
            "trials": self.spec.search.trials,
            "data": data_document(self.data),
            "notes": notes_on(self.spec),
            "baselines": [network.to_json() for network in self.baselines],
            "corners": [network.to_json() for network in self.corners],
            "impossible": [vars(refused) for refused in self.impossible],
            "constraints": self._constraints(),
        }

    def _constraints(self) -> dict[str, Any]:
        """What each constraint leaves of random points, and all together."""
        pairs = zip(self.spec.constraints, self.left.each, strict=True)
        each = [{"constraint": written(own), "left": count} for own, count in pairs]
        return {"points": self.left.drawn, "each": each, "left": self.left.every}


def inspect(file: SpaceFile, progress: Progress = unseen) -> Inspection:
    """Finds the baselines, the smallest and the largest network, and corners that cannot be built.

    Smallest and largest are by parameters. The images of named data are read only if numbers follow
    from them. Raises `SweepError`.
    """
    data = _summary(file.data, progress)
    shape = data.shape
    classes = len(data.classes)
    spec = file.spec(shape, data.train, classes)

    baselines = tuple(
        Network(b.name, spec.flat(b.point), plan(b.point, shape, classes)) for b in spec.baselines
    )
    refused: dict[str, Refused] = {}
    points, all_corners = _corners(spec)
    for point in points:
        reason = impossible(point, shape)
        if reason is not None:
            before = refused.get(reason.cause)
            count = 1
            if before:
                count = before.corners + 1
            if before:
                example = before.example
            else:
                example = _architecture(spec, point)
            refused[reason.cause] = Refused(reason.cause, count, example)
    corners = tuple(_extremes_of(spec, shape, classes))
    left = Remainder(0, (), 0)
    if spec.constraints:
        left = remainder(spec, shape)
    return Inspection(
        spec, data, baselines, corners, tuple(refused.values()), len(points), all_corners, left
    )


def _summary(data: DataSpec, progress: Progress) -> DataSummary:
    if data.name is None or data.counts_images:
        return dataset.load(data, progress).summary
    return declared(data, NAMED_DATA[data.name])


def _extremes_of(spec: SweepSpec, shape: Shape, classes: int) -> Iterator[Corner]:
    for name, largest in (("smallest", False), ("largest", True)):
        found = extreme(spec.space, shape, classes, largest=largest)
        if found is not None:
            layers = plan(found.point, shape, classes)
            breaks = tuple(map(written, broken(spec, found.point, shape)))
            yield Corner(name, _architecture(spec, found.point), layers, found.is_exact, breaks)


def _architecture(spec: SweepSpec, point: Hyperparams) -> dict[str, Value | None]:
    """The hyperparameters of `point` that shape the network."""
    return {
        name: value
        for name, value in spec.flat(point).items()
        if name.partition(".")[0] in ARCHITECTURE
    }


def _corners(spec: SweepSpec) -> tuple[list[Hyperparams], bool]:
    """The corners of the space, and whether these are all.

    At a corner every hyperparameter that shapes the network has an extreme value or a choice, and
    every other one its first value. Of very many corners it is an even sample, with the first and
    the last.
    """
    space = spec.space
    candidates: dict[str, tuple[Value, ...]] = {}
    for parameter in space.parameters:
        values = _extremes(parameter.domain)
        if parameter.knob not in ARCHITECTURE:
            values = values[:1]
        candidates[parameter.name] = values
    total = math.prod(map(len, candidates.values()))
    looked_at = min(total, MOST_CORNERS)
    found: dict[tuple[tuple[str, Value], ...], Hyperparams] = {}
    for step in range(looked_at):
        place = step * (total - 1) // max(looked_at - 1, 1)
        chosen: dict[str, Value] = {}
        for name, values in candidates.items():
            place, index = divmod(place, len(values))
            chosen[name] = values[index]
        drawn = space.draw(partial(_chosen, chosen))
        found.setdefault(tuple(drawn.items()), space.point(drawn))
    return list(found.values()), looked_at == total


def _chosen(values: Mapping[str, Value], parameter: Parameter) -> Value:
    return values[parameter.name]


def _extremes(domain: Domain) -> tuple[Value, ...]:
    match domain:
        case Constant(value):
            return (value,)
        case Choices(options):
            return options
        case IntRange(low, high) | FloatRange(low, high):
            return (low, high)
