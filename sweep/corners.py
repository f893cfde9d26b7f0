"""What `sweep check` says of a space: its baselines, its corner networks and what cannot be built."""

import math
from dataclasses import dataclass
from typing import Any

from sweep.data import dataset
from sweep.feasible import SHAPING
from sweep.hyperparams import Hyperparams, Value
from sweep.shapes import Impossible, Layer, Shape, flops, layer_document, parameters, plan
from sweep.spacefile import NAMED_DATA, SpaceFile
from sweep.spec import Choices, Constant, Domain, FloatRange, IntRange, SweepSpec

# What decides over a network's layers.
ARCHITECTURE = (*SHAPING, "dense", "batch_norm")
# Corners that are looked at; a space with more is looked at in part.
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
class Refused:
    """A kind of corner that cannot be built: why, how many of the corners, and one of them."""

    cause: str
    corners: int
    example: dict[str, Value | None]


@dataclass(frozen=True)
class Inspection:
    """What was found in a space for images of `shape` (height, width, channels); `looked_at` corners of it, which is
    `all_corners` of them or not."""

    spec: SweepSpec
    shape: Shape
    baselines: tuple[Network, ...]
    corners: tuple[Network, ...]
    impossible: tuple[Refused, ...]
    looked_at: int
    all_corners: bool

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.spec.name,
            "trials": self.spec.search.trials,
            "baselines": [network.to_json() for network in self.baselines],
            "corners": [network.to_json() for network in self.corners],
            "impossible": [vars(refused) for refused in self.impossible],
        }


def inspect(file: SpaceFile) -> Inspection:
    """The baselines, the smallest and the largest corner network, and the kinds of corner that cannot be
    built. Reads the images only of data without a name. Raises `SweepError`."""
    if file.data.name is not None:
        shape, classes = NAMED_DATA[file.data.name]
    else:
        summary = dataset.load(file.data).summary
        shape, classes = summary.shape, len(summary.classes)
    spec = file.spec(shape)

    baselines = tuple(Network(b.name, spec.flat(b.point), plan(b.point, shape, classes)) for b in spec.baselines)
    buildable: list[Network] = []
    refused: dict[str, Refused] = {}
    points, all_corners = _corners(spec)
    for point in points:
        architecture = {n: v for n, v in spec.flat(point).items() if n.partition(".")[0] in ARCHITECTURE}
        try:
            buildable.append(Network("", architecture, plan(point, shape, classes)))
        except Impossible as reason:
            before = refused.get(reason.cause)
            count = before.corners + 1 if before else 1
            refused[reason.cause] = Refused(reason.cause, count, before.example if before else architecture)
    buildable.sort(key=lambda network: network.parameters)
    ends = {"smallest": buildable[0], "largest": buildable[-1]} if buildable else {}
    corners = tuple(Network(name, n.hyperparameters, n.layers) for name, n in ends.items())
    return Inspection(spec, shape, baselines, corners, tuple(refused.values()), len(points), all_corners)


def _corners(spec: SweepSpec) -> tuple[list[Hyperparams], bool]:
    """The points of the space at which every hyperparameter that shapes the network has an extreme value
    or one of its choices, each other one its first; and whether these are all. Of very many corners it
    is a part, spread evenly, with the first and the last among them."""
    space = spec.space
    candidates = [_extremes(p.domain) if p.knob in ARCHITECTURE else _extremes(p.domain)[:1] for p in space.parameters]
    total = math.prod(map(len, candidates))
    looked_at = min(total, MOST_CORNERS)
    found: dict[tuple[tuple[str, Value], ...], Hyperparams] = {}
    for step in range(looked_at):
        place = step * (total - 1) // max(looked_at - 1, 1)
        chosen: dict[str, Value] = {}
        for parameter, values in zip(space.parameters, candidates, strict=True):
            place, index = divmod(place, len(values))
            chosen[parameter.name] = values[index]
        drawn = space.draw(lambda parameter, chosen=chosen: chosen[parameter.name])  # type: ignore[misc]
        found.setdefault(tuple(drawn.items()), space.point(drawn))
    return list(found.values()), looked_at == total


def _extremes(domain: Domain) -> tuple[Value, ...]:
    match domain:
        case Constant(value):
            return (value,)
        case Choices(options):
            return options
        case IntRange(low, high) | FloatRange(low, high):
            return (low, high)
