"""Notes on a space: hyperparameters without effect, and lists that were read as layers.

The notes depend only on the space and the baselines. Whether a hyperparameter has an effect is
decided for every point, not for a sample. Few parameters decide that, so only their relevant values
are combined.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from sweep.space.domains import Choices, Constant, Domain, FloatRange, IntRange, contains
from sweep.space.hyperparams import (
    IDLE,
    KNOBS,
    Following,
    Hyperparams,
    Idle,
    Value,
    exact,
    idle,
    idle_hint,
)
from sweep.space.objectives import Objective
from sweep.space.space import Baseline, Condition, Parameter, Space
from sweep.space.spec import Search, SweepSpec
from sweep.space.strategies import Median, OneAtATime, Percentile, Threshold, Tpe

# There is no note on a knob whose effect depends on more combinations.
MOST_POINTS = 1024
# The most values that a proposed condition lists.
MOST_LISTED = 10
# The knobs that take a value per layer.
LAYERED = tuple(name for name, knob in KNOBS.items() if knob.takes_list)


@dataclass(frozen=True)
class NoEffect:
    """A knob of the space that has no effect anywhere, with the reason and a remedy."""

    knob: str
    reason: str
    hint: str


def without_effect(space: Space, baselines: Sequence[Baseline]) -> list[NoEffect]:
    """The knobs of the space without effect at all of its points and all baselines."""
    found = []
    for knob in space.knobs:
        points = _points(space, knob)
        reasons = list(dict.fromkeys(space.idle(point).get(knob, "") for point in points))
        if reasons and all(reasons) and not _effective(space, baselines, knob):
            found.append(NoEffect(knob, " and ".join(reasons), idle_hint(points[0], knob)))
    return found


def notes_on(spec: SweepSpec) -> list[str]:
    """The notes that `check` and a new sweep print about the space, a line each."""
    return [
        *_lists(spec.space),
        *_effects(spec.space, spec.baselines),
        *_following(spec),
        *_unlearnt(spec),
        *_patience(spec),
        *_repeats(spec.search),
        *_pruning(spec),
    ]


def _repeats(search: Search) -> Iterator[str]:
    """Whether the last configuration gets fewer trainings than the others."""
    whole, rest = divmod(search.trials, search.repeats)
    if not rest:
        return
    least = whole * search.repeats
    yield (
        f"trials {search.trials} is no multiple of repeats {search.repeats}: the last "
        f"configuration gets {rest} of its {search.repeats} trainings, and ranks after all others; "
        f"write trials: {least} or {least + search.repeats}"
    )


def _pruning(spec: SweepSpec) -> Iterator[str]:
    """Where the pruner of the file ends no trial, or other trials than are probably meant."""
    pruner = spec.search.pruner
    trials = spec.search.trials
    if isinstance(pruner, Median | Percentile) and pruner.n_startup_trials >= trials:
        yield (
            f"{pruner.name} prunes nothing here: it would begin after {pruner.n_startup_trials} "
            f"complete trials, and the sweep has {trials}"
        )
    if isinstance(pruner, Median | Percentile | Threshold):
        yield from _warmup(spec, pruner)
    if isinstance(pruner, Percentile) and pruner.percentile < 1:
        yield (
            f"percentile {pruner.percentile:g} is per cent: only trials as good as the best "
            f"{pruner.percentile:g} % go on; for that share write percentile: "
            f"{100 * pruner.percentile:g}"
        )
    if isinstance(pruner, Threshold):
        yield from _best_pruned(spec.objective, pruner)


def _warmup(spec: SweepSpec, pruner: Median | Percentile | Threshold) -> Iterator[str]:
    """Whether the pruner begins after the last evaluation at which it could end a trial."""
    warmup = pruner.n_warmup_steps
    if warmup > 0 and spec.judged_until < warmup:
        what = "steps"
        if spec.grid.images is not None:
            what = "images"
        yield (
            f"{pruner.name} prunes nothing here: n_warmup_steps is {warmup:,}, and the last "
            f"evaluation before a trial's end comes after {spec.judged_until:,.0f} {what}"
        )


def _best_pruned(objective: Objective, pruner: Threshold) -> Iterator[str]:
    """Whether a limit of a threshold ends the best trials."""
    limit, beyond, other = pruner.lower, "below lower", "upper"
    if objective.direction == "maximize":
        limit, beyond, other = pruner.upper, "above upper", "lower"
    if limit is not None:
        yield (
            f"threshold ends every trial whose {objective.metric} is {beyond} {limit:g}, and these "
            f"are the best: the objective is to {objective.direction} it; to end bad trials, write "
            f"{other}"
        )


def _patience(spec: SweepSpec) -> Iterator[str]:
    """Which trials patience can end, and by which evaluation they are then judged."""
    patience = spec.search.patience
    if patience is None:
        return
    yield (
        f"patience {patience} ends a trial at {spec.moment(patience + 1)} at the earliest; shorter "
        "trials train to their end"
    )
    objective = spec.objective
    if objective.of == "last":
        best = f"{{{objective.direction}: {objective.metric}, of: best}}"
        yield (
            "a trial that patience ends is judged by its last evaluation, which was no better than "
            f"an earlier one; to judge it by its best, write objective: {best}"
        )


def _unlearnt(spec: SweepSpec) -> Iterator[str]:
    """What the sampler draws at random, and whether the sweep is too short for it to learn."""
    sampler = spec.search.sampler
    reasons = {}
    for parameter in spec.space.parameters:
        if parameter.constant is not None:
            continue
        if parameter.when and not sampler.learns_conditional:
            reasons[parameter.name] = "does not always exist"
        elif isinstance(parameter.domain, Choices) and not sampler.learns_choices:
            reasons[parameter.name] = "is a choice"
    if reasons:
        parts = [f"{name} ({reason})" for name, reason in reasons.items()]
        yield f"{sampler.name} draws at random, and does not learn: {', '.join(parts)}"
    after = sampler.learns_after
    if after is not None and isinstance(sampler, Tpe):
        # Its sequence begins after the baselines.
        after += len(spec.baselines) * spec.search.repeats
    if after is not None and after >= spec.search.trials:
        yield (
            f"{sampler.name} learns nothing here: it would begin after {after} trials, and the "
            f"sweep has {spec.search.trials}"
        )


def _following(spec: SweepSpec) -> Iterator[str]:
    """What the file does not name and what therefore changes with another knob (the optimizer, the
    schedule), where that varies."""
    space = spec.space
    around = isinstance(spec.search.sampler, OneAtATime)
    for knob in KNOBS:
        default = KNOBS[knob].default
        if not isinstance(default, Following) or knob in space.knobs:
            continue
        if around and all(knob in baseline.knobs for baseline in spec.baselines):
            continue
        values: dict[Value, Value] = {}
        for parameter in space.parameters:
            if parameter.knob != default.knob or not isinstance(parameter.domain, Choices):
                continue
            for name in parameter.domain.options:
                point = space.point({default.knob: name})
                if knob not in idle(point):
                    values[name] = getattr(point, knob)
        if len(set(values.values())) > 1:
            parts = [f"{exact(value)} for {name}" for name, value in values.items()]
            listed = _listed(parts, "and")
            yield f"{knob} is not written, so it follows the {default.knob}: {listed}"


def _lists(space: Space) -> Iterator[str]:
    """How lists of constants were read; if no layer varies, also how to write them as choices."""
    varies = any(p.constant is None and p.knob in LAYERED for p in space.parameters)
    in_blocks = any(p.knob == "convolutions" and p.constant != 1 for p in space.parameters)
    for knob in space.knobs:
        own = [p for p in space.parameters if p.knob == knob and p.layer is not None]
        values = [value for p in own if (value := p.constant) is not None]
        if not values or len(values) < len(own):
            continue
        line = f"{knob}: {_layers(knob, values, in_blocks=in_blocks)}"
        if len(set(values)) == len(values) > 1 and not varies:
            options: list[Any] = [*values]
            if not KNOBS[knob].takes_scalar:
                options = [[value] for value in values]
            line += f"; to try each of them instead: {knob}: {{choices: {options}}}"
        yield line


def _layers(knob: str, values: Sequence[Value], *, in_blocks: bool) -> str:
    """The meaning of a hyperparameter's list, in words; `in_blocks` if a block of the space has
    several convolutions, and is no layer."""
    in_blocks = in_blocks and KNOBS[knob].along == "filters"
    if KNOBS[knob].takes_scalar:
        place = "block" if in_blocks else "layer"
        parts = [f"{exact(value)} in {place} {number}" for number, value in enumerate(values, 1)]
        return ", ".join(parts)
    kinds = {"filters": ("convolutional layer", "filter"), "dense": ("hidden dense layer", "unit")}
    kind, unit = kinds[knob]
    if in_blocks:
        kind = "block"
    *others, last = values
    layers = f"{len(values)} {kind}"
    if others:
        layers += "s"
        if len(set(values)) == 1:
            return f"{layers} of {_counted(last, unit)} each"
    sizes = [exact(value) for value in others]
    sizes.append(_counted(last, unit))
    return f"{layers} of {_listed(sizes, 'and')}"


def _counted(value: Value, unit: str) -> str:
    return f"{exact(value)} {unit}" + ("" if value == 1 else "s")


def _listed(words: Sequence[str], last: str) -> str:
    """`a, b and c`."""
    if len(words) > 1:
        return " ".join([", ".join(words[:-1]), last, words[-1]])
    return "".join(words)


def _effects(space: Space, baselines: Sequence[Baseline]) -> Iterator[str]:
    """Where a varied hyperparameter has no effect, and how to write that in the file."""
    for knob in space.knobs:
        if all(p.constant is not None for p in space.parameters if p.knob == knob):
            continue
        points = _points(space, knob)
        reasons = list(dict.fromkeys(space.idle(point).get(knob, "") for point in points))
        if not any(reasons):
            continue
        if all(reasons):
            names = _listed(_effective(space, baselines, knob), "and")
            yield f"{knob} has an effect in the baselines alone ({names}): {' and '.join(reasons)}"
            continue
        parts = [_decided(space, rule, points) for rule in IDLE if knob in rule.knobs]
        where = " or ".join(
            " and ".join(d.text for d in deciders) for deciders in parts if deciders
        )
        line = (
            f"{knob} has no effect where {where}: points that differ there in {knob} alone are one "
            "configuration"
        )
        advice = _with_condition(space, knob, [deciders for deciders in parts if deciders])
        yield f"{line}; write {advice}" if advice else line


def _effective(space: Space, baselines: Iterable[Baseline], knob: str) -> list[str]:
    """The baselines at which a knob has an effect."""
    return [b.name for b in baselines if knob not in space.idle(b.point)]


@dataclass(frozen=True)
class _Decider:
    """A knob, and its values for which another knob has no effect."""

    knob: str
    values: tuple[Value, ...]

    @property
    def text(self) -> str:
        return f"{self.knob} is {_listed([exact(value) for value in self.values], 'or')}"


def _decided(space: Space, rule: Idle, points: Sequence[Hyperparams]) -> list[_Decider]:
    """The hyperparameters that decide whether a rule applies; none if it never does.

    A condition that always holds decides nothing.
    """
    if not any(rule.holds(point) for point in points):
        return []
    found = []
    for knob, holds in rule.where.items():
        at_points = dict.fromkeys(getattr(point, knob) for point in points)
        if not all(map(holds, at_points)):
            domains = [p.domain for p in space.parameters if p.name == knob]
            options = [v for d in domains if isinstance(d, Choices) for v in d.options]
            found.append(
                _Decider(knob, tuple(filter(holds, dict.fromkeys([*options, *at_points]))))
            )
    return found


def _with_condition(space: Space, knob: str, parts: Sequence[Sequence[_Decider]]) -> str | None:
    """The entry of a hyperparameter with a condition under which it has an effect; None if no
    condition expresses that."""
    own = [p for p in space.parameters if p.knob == knob]
    known = {p.name: p for p in space.parameters}
    deciders = [decider for part in parts for decider in part]
    if own[0].layer is not None or any(len(part) > 1 for part in parts):
        return None
    when = {condition.name: condition.values for condition in own[0].when}
    for decider in deciders:
        parameter = known.get(decider.knob)
        if parameter is None or parameter.when:
            return None
        possible = when.get(decider.knob) or _listable(parameter.domain)
        left = tuple(value for value in possible if not contains(Choices(decider.values), value))
        if not 0 < len(left) <= MOST_LISTED:
            return None
        when[decider.knob] = left
    conditions = [Condition(name, values) for name, values in when.items()]
    return f"{knob}: {_written(own[0].domain, conditions)}"


def _listable(domain: Domain) -> tuple[Value, ...]:
    """All values of a domain; empty if there are too many for a list."""
    match domain:
        case Choices(options):
            return options
        case IntRange(low, high, step) if (high - low) // step < MOST_LISTED:
            return tuple(range(low, high + 1, step))
        case _:
            return ()


def _written(domain: Domain, when: Sequence[Condition]) -> str:
    """An entry of the space in the notation of its file."""
    parts = _parts(domain)
    conditions = []
    for condition in when:
        values = ", ".join(map(exact, condition.values))
        conditions.append(f"{condition.name}: [{values}]")
    parts.append(f"when: {{{', '.join(conditions)}}}")
    return f"{{{', '.join(parts)}}}"


def _parts(domain: Domain) -> list[str]:
    """The keys of a distribution with their values."""
    match domain:
        case Constant(value):
            return [f"value: {exact(value)}"]
        case Choices(options):
            listed = ", ".join(map(exact, options))
            return [f"choices: [{listed}]"]
        case IntRange(low, high, step, log):
            parts = [f"low: {low}", f"high: {high}"]
            if step > 1:
                parts.append(f"step: {step}")
        case FloatRange(low, high, width, log):
            parts = [f"low: {exact(low)}", f"high: {exact(high)}"]
            if width:
                parts.append(f"step: {exact(width)}")
    if log:
        parts.append("log: true")
    return parts


def _points(space: Space, knob: str) -> list[Hyperparams]:
    """Points at which `knob` exists, one for each combination of values that can decide over its
    effect.

    Empty if it always has an effect, or if there are too many combinations.
    """
    rules = [rule for rule in IDLE if knob in rule.knobs]
    if not rules or knob in space.parents:
        return []
    conditions = {name for rule in rules for name in rule.where}
    relevant = space.deciding({knob, *conditions})
    candidates = []
    for p in space.parameters:
        if p.name in relevant:
            candidates.append(_representatives(space, p, rules))
        else:
            candidates.append(_some(p.domain, 1))
    if math.prod(map(len, candidates)) > MOST_POINTS:
        return []
    names = [p.name for p in space.parameters]
    own = {p.name for p in space.parameters if p.knob == knob}
    found: dict[tuple[tuple[str, Value], ...], Hyperparams] = {}
    for values in product(*candidates):
        chosen = dict(zip(names, values, strict=True))
        drawn = space.draw(lambda parameter, chosen=chosen: chosen[parameter.name])  # type: ignore[misc]
        key = tuple(drawn.items())
        if own & drawn.keys() and key not in found:
            found[key] = space.point(drawn)
    return list(found.values())


def _representatives(
    space: Space, parameter: Parameter, rules: Sequence[Idle]
) -> tuple[Value, ...]:
    """One value of `parameter` for each combination of answers that `rules` and conditions give for
    it.

    All names are kept, because a reason may contain one.
    """
    tests = [rule.where[parameter.knob] for rule in rules if parameter.knob in rule.where]
    named: list[Value] = []
    for other in space.parameters:
        for condition in other.when:
            if condition.name == parameter.name:
                named += condition.values
    domain = parameter.domain
    # Rules and conditions test the named values and 1; one more value represents all others.
    some = list(_some(domain, len(named) + 2))
    some += [value for value in named if contains(domain, value)]
    alone = Choices(tuple(named))
    found: dict[tuple[object, ...], Value] = {}
    for value in some:
        stands_alone = isinstance(value, str) or contains(alone, value)
        own = value if stands_alone else None
        answers = (holds(value) for holds in tests)
        found.setdefault((own, *answers), value)
    return tuple(found.values())


def _some(domain: Domain, count: int) -> tuple[Value, ...]:
    """All choices of a domain, or the first `count` values of a range."""
    match domain:
        case Constant(value):
            return (value,)
        case Choices(options):
            if count > 1:
                return options
            return options[:1]
        case IntRange(low, high, step):
            return tuple(islice(range(low, high + 1, step), count))
        case FloatRange(low, high):
            return tuple(low + (high - low) * place / count for place in range(count))
