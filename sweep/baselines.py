"""The `baselines` section: each named configuration checked against the space, or problems at their lines."""

import re

from sweep.checks import Checker, key_hint
from sweep.hyperparams import KNOBS, Hyperparams
from sweep.sections import NAME_PATTERN
from sweep.spec import Baseline, Space
from sweep.yamlfile import Entry, Mark, Node, Table


def read_baselines(check: Checker, node: Node | None, space: Space, marks: dict[str, Mark]) -> tuple[Baseline, ...]:
    """The baselines, as far as they are understood; where each stands goes into `marks`."""
    table = None if node is None else check.table(node, "baselines")
    if table is None:
        return ()
    found = []
    for entry in table.entries:
        marks[entry.key] = entry.mark
        if not re.fullmatch(NAME_PATTERN, entry.key):
            check.problem(entry.mark, f"a baseline cannot be named {entry.key!r}", "use letters, digits, . _ and -")
        baseline = _baseline(check, entry, space)
        if baseline is not None:
            found.append(baseline)
    return tuple(found)


def _baseline(check: Checker, entry: Entry, space: Space) -> Baseline | None:
    table = check.table(entry.value, f"the baseline {entry.key}")
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
    point = space.settled({knob: getattr(point, knob) for knob in given})
    _check_given(check, entry, space, point, given)
    return Baseline(entry.key, point, given) if check.count == before else None


def _check_given(check: Checker, entry: Entry, space: Space, point: Hyperparams, given: frozenset[str]) -> None:
    """Problems for what a baseline leaves open, and for what does not exist there."""
    existing = space.draw_from(point)
    for knob in space.knobs:
        own = [p for p in space.parameters if p.knob == knob]
        exists = any(p.name in existing or p.layer is not None for p in own)
        varied = any(p.constant is None for p in own)
        if exists and varied and knob not in given:
            check.problem(
                entry.mark, f"the baseline {entry.key} does not give {knob}", f"add {knob}: the space varies it"
            )
        if not exists and knob in given:
            condition = " and ".join(f"{c.name}: {list(c.values)}" for c in own[0].when)
            check.problem(
                entry.mark,
                f"the baseline {entry.key} gives {knob}, which exists only when {condition}",
                f"leave {knob} out",
            )
