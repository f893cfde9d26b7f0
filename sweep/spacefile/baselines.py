"""The `baselines` section: checks configurations against the space, and reports problems by
line."""

import re
from collections.abc import Mapping, Sequence

from sweep.space import KNOBS, Baseline, Hyperparams, Space, Value, idle_hint
from sweep.spacefile.checks import Checker
from sweep.spacefile.hints import key_hint
from sweep.spacefile.nodes import Entry, Mark, Node, Table, written
from sweep.spacefile.sections import NAME_PATTERN


def read_baselines(
    check: Checker, node: Node | None, space: Space, marks: dict[str, Mark], *, as_run: bool = False
) -> tuple[Baseline, ...]:
    """The baselines that could be understood; `marks` receives their positions.

    A value without effect is a problem, and so are two equal baselines, unless the file is read
    `as_run`.
    """
    if node is None:
        table = None
    else:
        table = check.table(node, "baselines", "give each a name: baselines: {NAME: {..}}")
    if table is None:
        return ()
    found = []
    for entry in table.entries:
        marks[entry.key] = entry.mark
        if not re.fullmatch(NAME_PATTERN, entry.key):
            check.problem(
                entry.mark,
                f"a baseline cannot be named {entry.key!r}",
                "use letters, digits, . _ and -",
            )
        baseline = _baseline(check, entry, space, as_run=as_run)
        if baseline is not None:
            found.append(baseline)
    if not as_run:
        _check_different(check, found, space, marks)
    return tuple(found)


def _check_different(
    check: Checker, baselines: Sequence[Baseline], space: Space, marks: Mapping[str, Mark]
) -> None:
    """Problems for baselines that are the same configuration as an earlier one."""
    names: dict[tuple[Value, ...], str] = {}
    for baseline in baselines:
        first = names.setdefault(space.meaning(baseline.point), baseline.name)
        if first != baseline.name:
            check.problem(
                marks[baseline.name],
                f"the baseline {baseline.name} is the same configuration as the baseline {first}",
                "keep one of the two; search: {repeats: 2} trains each configuration twice",
            )


def _baseline(check: Checker, entry: Entry, space: Space, *, as_run: bool) -> Baseline | None:
    hint = f"write {entry.key}: {{..}} with the hyperparameters of one configuration"
    if entry.key in KNOBS:
        hint = (
            f"give the configuration a name: baselines: {{NAME: {{{entry.key}: "
            f"{written(entry.value)}}}}}"
        )
    table = check.table(entry.value, f"the baseline {entry.key}", hint)
    if table is None:
        return None
    before = check.count
    what = f"the baseline {entry.key}"
    for item in table.entries:
        if item.key not in KNOBS:
            hint = key_hint(item.key, "space", tuple(KNOBS), f"a baseline takes {', '.join(KNOBS)}")
            check.problem(item.mark, f"{what} has no key {item.key}", hint)
    known = Table(tuple(e for e in table.entries if e.key in KNOBS), table.mark)
    point = check.section(known, Hyperparams, what)
    if point is None or check.count != before:
        return None
    given = frozenset(e.key for e in known.entries)
    wrong, right = ("steps", "epochs") if "epochs" in space.knobs else ("epochs", "steps")
    if wrong in given:
        message = f"{what} has {wrong}, and the space counts in {right}"
        check.problem(known.mark_of(wrong), message, f"write {right}, or {wrong} in the space, too")
        return None
    point = space.settled({knob: getattr(point, knob) for knob in given})
    _check_given(check, entry, space, point, given)
    if not as_run:
        _check_effect(check, what, known, space, point)
    if check.count == before:
        return Baseline(entry.key, point, given)
    return None


def _check_given(
    check: Checker, entry: Entry, space: Space, point: Hyperparams, given: frozenset[str]
) -> None:
    """Problems for values that a baseline lacks, and for those that cannot exist there.

    Values without effect are optional.
    """
    existing = space.draw_from(point)
    idle = space.idle(point)
    for knob in space.knobs:
        own = [p for p in space.parameters if p.knob == knob]
        exists = any(
            p.name in existing or (p.layer is not None and p.exists(existing)) for p in own
        )
        varied = any(p.constant is None for p in own)
        if exists and varied and knob not in given and knob not in idle:
            what = f"the baseline {entry.key} does not give {knob}"
            check.problem(entry.mark, what, f"add {knob}: the space varies it")
        if not exists and knob in given:
            conditions = [f"{c.name}: {list(c.values)}" for c in own[0].when]
            only = " and ".join(conditions)
            what = f"the baseline {entry.key} gives {knob}, which exists only when {only}"
            check.problem(entry.mark, what, f"leave {knob} out")


def _check_effect(
    check: Checker, what: str, given: Table, space: Space, point: Hyperparams
) -> None:
    """Problems for values of a baseline without effect. What the space varies may be given
    anyway."""
    existing = space.draw_from(point)
    idle = space.idle(point)
    varied = {p.knob for p in space.parameters if p.constant is None}
    absent = {p.knob for p in space.parameters if p.name not in existing}
    for item in given.entries:
        if item.key in idle.keys() - varied - absent:
            message = f"{item.key} of {what} has no effect: {idle[item.key]}"
            check.problem(item.mark, message, idle_hint(point, item.key))
