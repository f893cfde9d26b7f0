"""The conditions of a space: `when` at a hyperparameter, which names others and their values."""

from collections.abc import Sequence
from dataclasses import replace

from pydantic import TypeAdapter

from sweep.space import KNOBS, Condition, Parameter, Space, Value, contains
from sweep.spacefile.checks import Checker
from sweep.spacefile.hints import did_you_mean
from sweep.spacefile.nodes import Entry, Items, Mark, Node, Table
from sweep.spacefile.values import DEPTH_OF, read_value


def when_of(node: Node) -> Node | None:
    if isinstance(node, Table):
        return node.get("when")
    return None


def with_conditions(
    check: Checker, space: Space, tables: dict[str, Node], marks: dict[str, Mark]
) -> list[Parameter]:
    """The parameters of `space` with their conditions, all of which can hold."""
    found = []
    of_knobs: dict[str, tuple[Condition, ...]] = {}
    for parameter in space.parameters:
        node = tables.get(parameter.knob)
        if node is not None and parameter.knob not in of_knobs:
            of_knobs[parameter.knob] = _when(check, parameter, node, space, marks)
        when = (*of_knobs.get(parameter.knob, ()), *parameter.when)
        found.append(replace(parameter, when=when))
    complete = {p.name: p for p in found}
    for parameter in found:
        is_first = parameter.layer is None or parameter.is_depth
        if is_first and parameter.when and parameter.knob in tables:
            _check_reachable(check, parameter, complete, tables[parameter.knob].mark)
    return found


def _when(
    check: Checker, parameter: Parameter, node: Node, space: Space, marks: dict[str, Mark]
) -> tuple[Condition, ...]:
    what = f"when of {parameter.name}"
    table = check.table(node, what, "write for example {optimizer: [momentum]}")
    if table is None:
        return ()
    if not table.entries:
        check.problem(table.mark, f"{what} names nothing", "write {optimizer: [momentum]}")
    understood = {p.knob for p in space.parameters}
    broken = marks.keys() - understood
    names = [p.name for p in space.parameters if p.knob != parameter.knob]
    names += sorted(broken - {parameter.knob})
    found = []
    for entry in table.entries:
        if entry.key in broken:
            continue
        condition = _condition(check, parameter, entry, space, names)
        if condition is not None:
            found.append(condition)
    return tuple(found)


def _condition(
    check: Checker, parameter: Parameter, entry: Entry, space: Space, names: Sequence[str]
) -> Condition | None:
    """The condition of one entry of `when`; `names` are the parameters that it can refer to."""
    if entry.key not in names:
        if entry.key == parameter.name:
            at = "itself"
        else:
            at = entry.key
        others = "give the hyperparameter that it names, too"
        if names:
            others = f"it can name {', '.join(names)}"
        hint = did_you_mean(entry.key, names, others)
        check.problem(
            entry.mark, f"when of {parameter.name} names {at}, which the space does not give", hint
        )
        return None
    parent = next(p for p in space.parameters if p.name == entry.key)
    knob = KNOBS[parent.knob]
    if isinstance(entry.value, Items):
        nodes = entry.value.entries
    else:
        nodes = (entry.value,)
    if isinstance(entry.value, Items) and not nodes:
        check.problem(
            entry.value.mark,
            f"when of {parameter.name} lists no value of {entry.key}",
            "list at least one",
        )
        return None
    values: list[Value | None]
    if parent.is_depth:
        values = [check.leaf(node, TypeAdapter(DEPTH_OF), entry.key) for node in nodes]
    else:
        whole = parent.layer is None
        values = [read_value(check, knob, node, whole=whole) for node in nodes]
    if None not in values:
        return Condition(entry.key, tuple(v for v in values if v is not None))
    return None


def _check_reachable(
    check: Checker, parameter: Parameter, known: dict[str, Parameter], mark: Mark
) -> None:
    """A problem at `mark` if the conditions of `parameter`, and of those they refer to, exclude
    each other."""
    left: dict[str, tuple[Value, ...]] = {}
    waiting = [*parameter.when]
    seen = {parameter.name}
    while waiting:
        condition = waiting.pop()
        parent = known[condition.name]
        values = [v for v in condition.values if contains(parent.domain, v)]
        if condition.name in left:
            values = [v for v in values if v in left[condition.name]]
        left[condition.name] = tuple(values)
        if not values:
            check.problem(
                mark,
                f"when of {parameter.name} can never hold: {condition.name} is never "
                + " or ".join(map(str, condition.values)),
                f"list values that {condition.name} takes here",
            )
            return
        if condition.name == parameter.name or condition.name in parent_names(
            known, condition.name
        ):
            check.problem(
                mark,
                f"when of {parameter.name} can never hold: it depends on itself",
                "let one of the two exist always",
            )
            return
        if condition.name not in seen:
            seen.add(condition.name)
            waiting += parent.when


def parent_names(known: dict[str, Parameter], name: str) -> set[str]:
    """Every parameter that the conditions of `name` depend on, directly or through others."""
    found: set[str] = set()
    waiting = [c.name for c in known[name].when]
    while waiting:
        parent = waiting.pop()
        if parent not in found:
            found.add(parent)
            waiting += [c.name for c in known[parent].when]
    return found
