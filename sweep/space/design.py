"""The configurations that a sweep is certain to try: baselines, and those of a grid or
one-at-a-time.

They depend only on the space file and the shape of the images. Configurations that are not allowed
(they cannot be built, or break a constraint), and duplicates, are left out.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from sweep.space.allowed import is_allowed
from sweep.space.domains import Choices, Constant, Domain, FloatRange, IntRange, members
from sweep.space.hyperparams import Hyperparams, Value, exact
from sweep.space.shapes import Shape
from sweep.space.space import Baseline, Parameter, Space
from sweep.space.spec import Search, SweepSpec
from sweep.space.strategies import Grid, OneAtATime, Planning

# A larger grid is probably a mistake.
MOST_CONFIGURATIONS = 10_000
# Combinations to examine for configurations that are allowed.
LOOKED_AT = 100_000


@dataclass(frozen=True)
class Planned:
    """One configuration: a baseline, a baseline with another value of the parameter `varies`, or a
    point of the grid."""

    point: Hyperparams
    baseline: str | None = None
    varies: str | None = None


@dataclass(frozen=True)
class Design:
    """Configurations in the order of their trials; `is_whole` is false if there may be more."""

    configurations: tuple[Planned, ...]
    is_whole: bool


def designed(spec: SweepSpec, shape: Shape, most: int = MOST_CONFIGURATIONS) -> Design:
    """The first `most` configurations, baselines first; `shape` is (height, width, channels)."""
    return _collected(spec, shape, most, _added(spec))


def every_configuration(
    spec: SweepSpec, shape: Shape, most: int | None = None
) -> tuple[Planned, ...] | None:
    """The baselines and every configuration of a small space that can be built, or the first
    `most`; None if the space has more than `MOST_CONFIGURATIONS` combinations of values."""
    values = _values(spec.space)
    if values is None:
        return None
    points = map(spec.space.point, _grid(spec.space, lambda domain: values[domain]))
    if most is None:
        most = MOST_CONFIGURATIONS + len(spec.baselines)
    return _collected(spec, shape, most, map(Planned, points)).configurations


def is_small(space: Space) -> bool:
    """Whether every combination of a space is looked at, so that it is known when none is left."""
    return _values(space) is not None


def _values(space: Space) -> Mapping[Domain, Sequence[Value]] | None:
    """All values of each domain; None if they have more than `MOST_CONFIGURATIONS` combinations."""
    values: dict[Domain, Sequence[Value]] = {}
    combinations = 1
    for parameter in space.parameters:
        found = members(parameter.domain, MOST_CONFIGURATIONS)
        if found is None:
            return None
        combinations *= len(found)
        if combinations > MOST_CONFIGURATIONS:
            return None
        values[parameter.domain] = found
    return values


def possible_trials(spec: SweepSpec, shape: Shape) -> int:
    """The trials of a sweep that tries no configuration twice: those that it asks for, or fewer if
    the space is small."""
    search = spec.search
    found = every_configuration(spec, shape, _configurations(search))
    if found is None or search.sampler.is_design:
        return search.trials
    return min(search.trials, len(found) * search.repeats)


def _collected(spec: SweepSpec, shape: Shape, most: int, candidates: Iterable[Planned]) -> Design:
    """The baselines and those of `candidates` that are new and can be built."""
    found = [Planned(baseline.point, baseline=baseline.name) for baseline in spec.baselines]
    seen = {spec.space.meaning(planned.point) for planned in found}
    for looked_at, planned in enumerate(candidates, 1):
        if len(found) >= most or looked_at > LOOKED_AT:
            return Design(tuple(found[:most]), is_whole=False)
        meaning = spec.space.meaning(planned.point)
        if meaning not in seen and is_allowed(spec, planned.point, shape):
            seen.add(meaning)
            found.append(planned)
    return Design(tuple(found[:most]), is_whole=len(found) <= most)


def _added(spec: SweepSpec) -> Iterator[Planned]:
    sampler = spec.search.sampler
    if not isinstance(sampler, Planning):
        return
    match sampler:
        case Grid(values=values):
            for point in _grid(spec.space, lambda domain: spread(domain, values)):
                yield Planned(spec.space.point(point))
        case OneAtATime(values=values):
            for baseline in spec.baselines:
                yield from one_at_a_time(spec.space, baseline, values)
        case _:
            assert_never(sampler)


def _grid(space: Space, values: Callable[[Domain], Sequence[Value]]) -> Iterator[dict[str, Value]]:
    """Every combination of the `values` of parameters that exist together; the last varies
    fastest."""

    def extended(drawn: dict[str, Value], left: tuple[int, ...]) -> Iterator[dict[str, Value]]:
        if not left:
            yield drawn
            return
        parameter = space.by_dependence[left[0]]
        options: Sequence[Value | None] = (None,)
        if parameter.exists(drawn):
            options = values(parameter.domain)
        for option in options:
            if option is None:
                further = drawn
            else:
                further = {**drawn, parameter.name: option}
            yield from extended(further, left[1:])

    yield from extended({}, tuple(range(len(space.by_dependence))))


def one_at_a_time(space: Space, baseline: Baseline, values: int) -> Iterator[Planned]:
    """The baseline with one parameter of the space changed, for each parameter and value.

    Parameters that do not exist there, or have no effect, are not varied. If a new value brings a
    parameter into being, it gets its constant or its default.
    """
    at_baseline = space.draw_from(baseline.point)
    idle = space.idle(baseline.point)
    for parameter in space.parameters:
        if (
            parameter.name not in at_baseline
            or parameter.constant is not None
            or parameter.knob in idle
        ):
            continue
        for value in spread(parameter.domain, values):
            point = space.replaced(baseline, parameter, value)
            yield Planned(point, varies=parameter.name)


def described(spec: SweepSpec, shape: Shape) -> list[str]:
    """The configurations of a design in words, a line each, for images of `shape`.

    For other samplers, a note if there are fewer configurations than the sweep asks for.
    """
    varied = [parameter for parameter in spec.space.parameters if parameter.constant is None]
    sampler = spec.search.sampler
    if not isinstance(sampler, Planning):
        return too_few(spec, shape)
    match sampler:
        case Grid(values=values):
            tried = [_tried(p.name, spread(p.domain, values)) for p in varied]
            what = "; ".join(tried) or "one point"
            return [f"a grid in {_trainings(spec, shape)}: {what}"]
        case OneAtATime():
            lines = [f"one at a time in {_trainings(spec, shape)}"]
            for baseline in spec.baselines:
                lines += _around(spec, shape, baseline, varied)
            return lines
        case _:
            assert_never(sampler)


def too_few(spec: SweepSpec, shape: Shape) -> list[str]:
    """A note if the space has fewer configurations than the sweep asks for."""
    search = spec.search
    possible = possible_trials(spec, shape)
    if possible == search.trials:
        return []
    configurations = configurations_in_words(possible // search.repeats)
    return [
        f"the space has only {configurations}, and none is tried twice: the sweep ends after "
        f"{possible:,} of {search.trials:,} trials (repeats: {2 * search.repeats} would train each "
        "more often)"
    ]


def configurations_in_words(count: int) -> str:
    """A number of configurations: `1 configuration`, `1,000 configurations`."""
    if count == 1:
        return "1 configuration"
    return f"{count:,} configurations"


def _trainings(spec: SweepSpec, shape: Shape) -> str:
    """The number of trainings of a design, in words."""
    search = spec.search
    count = _configurations(search)
    words = f"{search.trials:,} trainings"
    # Ask for one more: the remaining combinations may be duplicates, or impossible.
    if len(designed(spec, shape, count + 1).configurations) > count:
        words += f" of the first {count:,} configurations alone"
    if search.repeats > 1:
        words += f", {search.repeats} of each configuration"
    return words


def _around(
    spec: SweepSpec, shape: Shape, baseline: Baseline, varied: Sequence[Parameter]
) -> list[str]:
    """What one-at-a-time tries around a baseline, and what it does not vary there, in words."""
    space = spec.space
    existing = space.draw_from(baseline.point)
    reasons = space.idle(baseline.point)
    missing = [p.name for p in varied if p.name not in existing]
    there = [p for p in varied if p.name in existing]
    moved = [p for p in there if p.knob not in reasons]
    tried = []
    left_out = []
    for parameter in moved:
        allowed, refused = _parted(spec, shape, baseline, parameter)
        if allowed:
            tried.append(_tried(parameter.name, allowed))
        if refused:
            left_out.append(_tried(parameter.name, refused))
    lines = [f"around {baseline.name}: {'; '.join(tried) or 'nothing'}"]
    if left_out:
        reason = "cannot be built or breaks a constraint"
        lines.append(f"  not tried there, for it {reason}: {'; '.join(left_out)}")
    if missing:
        lines.append(f"  not varied there, for it does not exist: {', '.join(missing)}")
    for parameter in there:
        if parameter.knob in reasons:
            reason = reasons[parameter.knob]
            lines.append(f"  not varied there, for it has no effect: {parameter.name} ({reason})")
    return lines


def _parted(
    spec: SweepSpec, shape: Shape, baseline: Baseline, parameter: Parameter
) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
    """The values of a parameter around a baseline: those that are tried, and those that are not
    allowed."""
    sampler = spec.search.sampler
    assert isinstance(sampler, OneAtATime)
    allowed: list[Value] = []
    refused: list[Value] = []
    for value in spread(parameter.domain, sampler.values):
        if is_allowed(spec, spec.space.replaced(baseline, parameter, value), shape):
            allowed.append(value)
        else:
            refused.append(value)
    return tuple(allowed), tuple(refused)


def _tried(name: str, values: tuple[Value, ...]) -> str:
    return f"{name} {', '.join(map(exact, values))}"


def spread(domain: Domain, count: int) -> tuple[Value, ...]:
    """At most `count` values of a range, or every option of `Choices`.

    They include both ends, and are spaced evenly (in the logarithm for a log range).
    """
    match domain:
        case Constant(value):
            return (value,)
        case Choices(options):
            return options
        case IntRange(low, high, step, log):
            if log:
                numbers = [round(number) for number in _between(low, high, count, log=True)]
            else:
                last = (high - low) // step
                numbers = [low + step * place for place in _places(last, count)]
            return tuple(dict.fromkeys(numbers))
        case FloatRange(low, high, step, log):
            if step is None:
                return tuple(dict.fromkeys(_between(low, high, count, log=log)))
            last = round((high - low) / step)
            places = _places(last, count)
            found = {0: low, last: high}
            for place in places:
                # 15 digits turn 0.30000000000000004 into 0.3, and keep all digits of the step.
                number = float(f"{low + step * place:.15g}")
                found.setdefault(place, min(max(number, low), high))
            return tuple(found[place] for place in places)


def _places(last: int, count: int) -> list[int]:
    """At most `count` whole numbers from 0 to `last`, evenly spaced, both ends included."""
    return [round(place) for place in _between(0, last, min(count, last + 1), log=False)]


def _between(low: float, high: float, count: int, *, log: bool) -> list[float]:
    """`count` numbers from exactly `low` to exactly `high`."""
    if count == 1:
        return [low]
    found = [low]
    for index in range(1, count - 1):
        share = index / (count - 1)
        if log:
            distance = math.log(high) - math.log(low)
            number = math.exp(math.log(low) + share * distance)
        else:
            number = low + share * (high - low)
        found.append(_within(number, low, high))
    return [*found, high]


def _within(number: float, low: float, high: float) -> float:
    """`number` without the digits that only come from floating-point arithmetic."""
    return min(max(float(f"{number:.6g}"), low), high)


def by_configuration(spec: SweepSpec, shape: Shape) -> Mapping[int, Planned]:
    """The planned configurations by their numbers."""
    return dict(enumerate(designed(spec, shape, _configurations(spec.search)).configurations))


def _configurations(search: Search) -> int:
    """The number of configurations in a sweep; the last may have fewer repeats."""
    return math.ceil(search.trials / search.repeats)
