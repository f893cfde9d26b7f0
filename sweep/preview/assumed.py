"""The trials that a forecast assumes before any has run, and the networks to time for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from sweep.errors import InputError
from sweep.preview.costs import deciding, work
from sweep.preview.timing import Candidate
from sweep.space import (
    MOST_DRAWS,
    Hyperparams,
    Planned,
    SweepSpec,
    allow_more,
    by_configuration,
    is_allowed,
    random_points,
)
from sweep.trial import DataSummary

# Random points that stand for a sampler's suggestions.
POOL = 300
# Networks to time, baselines included, and the fewest for each precision besides the baselines.
TIMED, LEAST_OTHERS = 8, 4


@dataclass(frozen=True)
class Assumed:
    """The configurations that the file names, and random points for each further configuration."""

    planned: tuple[Planned, ...]
    pool: tuple[Hyperparams, ...]

    @property
    def points(self) -> tuple[Hyperparams, ...]:
        """All points, those of the file first."""
        return (*(planned.point for planned in self.planned), *self.pool)


def assume(spec: SweepSpec, data: DataSummary) -> Assumed:
    """The trials that the sweep may run; the same for the same file.

    Raises `InputError` if no random point is allowed.
    """
    planned = tuple(by_configuration(spec, data.shape).values())
    if len(planned) * spec.search.repeats >= spec.search.trials:
        return Assumed(planned, ())
    drawn = islice(random_points(spec.space, spec.search.seed), MOST_DRAWS)
    allowed = (point for point in drawn if is_allowed(spec, point, data.shape))
    pool = tuple(islice(allowed, POOL))
    if not pool:
        raise _empty(spec)
    return Assumed(planned, pool)


def _empty(spec: SweepSpec) -> InputError:
    what = f"none of {MOST_DRAWS} random points could be built"
    if spec.constraints:
        what += " and keeps every constraint"
    return InputError(what, allow_more(spec), spec.name)


def to_time(assumed: Assumed, data: DataSummary) -> list[Candidate]:
    """The networks to time, the most expensive first.

    They are every baseline, and for each precision others from the cheapest to the most expensive,
    by the FLOPs of a step.
    """
    named = {
        deciding(p.point): Candidate(p.baseline, p.point)
        for p in assumed.planned
        if p.baseline is not None
    }
    others = {deciding(point): point for point in assumed.points}
    precisions = sorted({point.precision for point in others})
    found = dict(named)
    for precision in precisions:
        points = [point for point in others.values() if point.precision == precision]
        count = max((TIMED - len(named)) // len(precisions), LEAST_OTHERS)
        suffix = ""
        if len(precisions) > 1:
            suffix = f", {precision}"
        for candidate in _spread(points, data, count, suffix):
            found.setdefault(deciding(candidate.point), candidate)
    return sorted(found.values(), key=lambda candidate: _flops(candidate.point, data), reverse=True)


def _spread(
    points: Sequence[Hyperparams], data: DataSummary, count: int, suffix: str
) -> list[Candidate]:
    """At most `count` of `points`, spread evenly by rank of cost, with both extremes."""
    ordered = sorted(points, key=lambda point: _flops(point, data))
    last = len(ordered) - 1
    apart = last / max(count - 1, 1)
    places = {round(index * apart) for index in range(count)}
    found = []
    for place in sorted(places):
        share = None
        if last:
            share = place / last
        found.append(Candidate(_name(share) + suffix, ordered[place]))
    return found


def _name(share: float | None) -> str:
    """The name of a network that costs more than this share of all; None if there is no other."""
    if share is None:
        return "any"
    return {0.0: "cheapest", 1.0: "dearest"}.get(share, f"dearer than {share:.0%}")


def _flops(point: Hyperparams, data: DataSummary) -> float:
    return work(point, data)[0][0]
