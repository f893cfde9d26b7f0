"""The `space` section: turns each entry into parameters with a domain, or reports problems by
line."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sweep.space import (
    KNOBS,
    Choices,
    Condition,
    Constant,
    Domain,
    FloatRange,
    IntRange,
    Knob,
    Parameter,
    Space,
    Value,
    contains,
    exact,
)
from sweep.spacefile.checks import (
    Checker,
    did_you_mean,
    leaf_hint,
    number,
    same_letters,
    show,
    written,
)
from sweep.spacefile.nodes import Entry, Items, Mark, Node, Table, plain
from sweep.spacefile.sections import Amount, Positive, Switch

RANGE_KEYS = ("low", "high", "step", "log")
ENTRY_KEYS = (*RANGE_KEYS, "choices", "value", "when")


def read_space(check: Checker, table: Table) -> tuple[Space, dict[str, Mark]]:
    """The parts of the space that could be understood, and the position of each knob."""
    check.unknown_keys(table, tuple(KNOBS), "space", "space")
    parameters: list[Parameter] = []
    marks: dict[str, Mark] = {}
    for entry in table.entries:
        if entry.key in KNOBS:
            marks[entry.key] = entry.mark
            parameters += _parameters(check, KNOBS[entry.key], entry.value)
    space = Space(tuple(parameters))
    conditions = {e.key: when for e in table.entries if (when := _when_table(e.value)) is not None}
    return Space(tuple(_conditions(check, space, conditions, marks))), marks


def _parameters(check: Checker, knob: Knob, node: Node) -> list[Parameter]:
    if isinstance(node, Items):
        if not knob.takes_list:
            check.problem(
                node.mark, f"{knob.name} takes one value, not a list", _list_hint(knob, node)
            )
            return []
        if not node.entries and knob.takes_scalar:
            check.problem(
                node.mark, f"{knob.name} is an empty list", "write one value, or one per layer"
            )
            return []
        if not node.entries:
            return [Parameter(knob.name, knob.name, None, Constant(()))]
        domains = [_layer_domain(check, knob, entry) for entry in node.entries]
        return [
            Parameter(f"{knob.name}.{layer}", knob.name, layer, domain)
            for layer, domain in enumerate(domains, 1)
            if domain is not None
        ]
    if knob.takes_list and not knob.takes_scalar and not _is_choices(node):
        is_entry = isinstance(node, Table) and all(
            entry.key in RANGE_KEYS for entry in node.entries
        )
        options = None
        if isinstance(node, Table):
            options = node.get("values")
        layer = "{low: .., high: ..}"
        if is_entry:
            layer = written(node)
        if isinstance(options, Items):
            layer = f"{{choices: {written(options)}}}"
        hint = _brackets(knob, node) or f"write {knob.name}: [{layer}], one entry per layer"
        check.problem(
            node.mark, f"{knob.name} takes a list, one entry per layer, not {show(node)}", hint
        )
        return []
    domain = _domain(check, knob, node, whole=True)
    if domain is None:
        return []
    return [Parameter(knob.name, knob.name, None, domain)]


def _list_hint(knob: Knob, node: Items) -> str:
    """How to write a list where one value belongs: as the ends of a range, or as choices."""
    names = [same_letters(written(entry), knob.options) or written(entry) for entry in node.entries]
    choices = f"{{choices: [{', '.join(names)}]}} for one of these"
    ends = [found for entry in node.entries if (found := number(entry)) is not None]
    # The third entry may be a word, as in [1e-4, 1e-1, log].
    has_word = len(node.entries) == 3 and len(ends) == 2
    is_range = (
        knob.is_number
        and len(ends) == 2
        and ends[0] < ends[1]
        and (has_word or len(node.entries) == 2)
    )
    if not is_range:
        return f"write {choices}"
    log = ""
    if has_word or 0 < ends[0] <= ends[1] / 100:
        log = ", log: true"
    return f"write {{low: {exact(ends[0])}, high: {exact(ends[1])}{log}}} for a range, {choices}"


def _brackets(knob: Knob, node: Node) -> str | None:
    """How to write one value where a list belongs; None for anything else."""
    if (units := number(node)) is not None:
        return f"write {knob.name}: [{exact(units)}] for one layer"
    return leaf_hint(node, knob.name)


def _is_choices(node: Node) -> bool:
    return isinstance(node, Table) and (
        node.get("choices") is not None or node.get("value") is not None
    )


def _layer_domain(check: Checker, knob: Knob, node: Node) -> Domain | None:
    if isinstance(node, Table) and node.get("when") is not None:
        check.problem(
            node.mark,
            f"a layer of {knob.name} cannot have a condition",
            "give the condition to the whole of it, as {choices: [[..], [..]], when: ..}",
        )
        return None
    return _domain(check, knob, node, whole=False)


def _domain(check: Checker, knob: Knob, node: Node, *, whole: bool) -> Domain | None:
    """The domain that `node` describes, for the `whole` knob or for one layer."""
    if not isinstance(node, Table):
        value = _value(check, knob, node, whole=whole)
        if value is None:
            return None
        return Constant(value)
    before = check.count
    check.unknown_keys(node, ENTRY_KEYS, knob.name, "entry")
    if before != check.count:
        return None
    forms = [form for form in ("choices", "value") if node.get(form) is not None]
    forms += ["low"] if any(node.get(key) is not None for key in RANGE_KEYS) else []
    if len(forms) != 1:
        what = "says no value"
        if forms:
            what = "mixes several kinds of entry"
        check.problem(
            node.mark, f"{knob.name} {what}", "write {low, high}, {choices: [..]} or {value: ..}"
        )
        return None
    match forms[0]:
        case "choices":
            return _choices(check, knob, node, whole=whole)
        case "value":
            value = _value(check, knob, _get(node, "value"), whole=whole)
            if value is None:
                return None
            return Constant(value)
        case _:
            return _range(check, knob, node)


def _get(table: Table, key: str) -> Node:
    node = table.get(key)
    assert node is not None
    return node


def _value(check: Checker, knob: Knob, node: Node, *, whole: bool) -> Value | None:
    """One value, for the whole knob (which may be a list) or for one layer."""
    if whole and isinstance(node, Items) and knob.takes_list:
        if not node.entries and knob.takes_scalar:
            check.problem(
                node.mark, f"{knob.name} is an empty list", "write one value, or one per layer"
            )
            return None
        entries = [
            check.leaf(entry, knob.scalar_check, knob.name, knob.options) for entry in node.entries
        ]
        if any(entry is None for entry in entries):
            return None
        return tuple(entries)
    if whole and not knob.takes_scalar:
        check.problem(
            node.mark,
            f"{knob.name} takes a list, one entry per layer, not {show(node)}",
            f"write [{written(node)}] for one layer",
        )
        return None
    if isinstance(node, Items) and not knob.takes_list:
        check.problem(node.mark, f"{knob.name} takes one value, not a list", _list_hint(knob, node))
        return None
    value: Value | None = check.leaf(node, knob.scalar_check, knob.name, knob.options)
    return value


def _choices(check: Checker, knob: Knob, table: Table, *, whole: bool) -> Choices | None:
    node = _get(table, "choices")
    if not isinstance(node, Items) or not node.entries:
        check.problem(
            node.mark,
            f"the choices of {knob.name} must be a list of at least one",
            "write {choices: [.., ..]}",
        )
        return None
    options: list[Value] = []
    for entry in node.entries:
        value = _value(check, knob, entry, whole=whole)
        if value is not None and contains(Choices(tuple(options)), value):
            check.problem(
                entry.mark,
                f"{knob.name} has the choice {plain(entry)} twice",
                "keep one of the two",
            )
        elif value is not None:
            options.append(value)
    if len(options) == len(node.entries):
        return Choices(tuple(options))
    return None


def _range(check: Checker, knob: Knob, table: Table) -> IntRange | FloatRange | None:
    before = check.count
    if not knob.is_number:
        hint = f"write {{choices: [{', '.join(knob.options) or 'true, false'}]}}"
        check.problem(table.mark, f"{knob.name} is no number and has no range", hint)
        return None
    ends: dict[str, Any] = {}
    for key in ("low", "high"):
        node = table.get(key)
        if node is None:
            check.problem(
                table.mark, f"the range of {knob.name} has no {key}", "write {low: .., high: ..}"
            )
        else:
            checked = check.leaf(node, knob.scalar_check, f"{key} of {knob.name}", knob.options)
            ends[key] = None if checked is None else plain(node)
    whole = all(isinstance(end, int) for end in ends.values())
    log = _option(check, table, "log", Switch, knob) or False
    step = _option(check, table, "step", Positive if whole else Amount, knob)
    if check.count == before:
        _range_problems(check, knob, table, ends["low"], ends["high"], step, log=log)
    if check.count != before:
        return None
    low = ends["low"]
    high = ends["high"]
    if whole:
        return IntRange(low, high, step or 1, log)
    return FloatRange(float(low), float(high), step, log)


def _option(check: Checker, table: Table, key: str, kind: Any, knob: Knob) -> Any:
    node = table.get(key)
    if node is None:
        return None
    return check.leaf(node, TypeAdapter(kind), f"{key} of {knob.name}")


def _range_problems(
    check: Checker,
    knob: Knob,
    table: Table,
    low: float,
    high: float,
    step: float | None,
    *,
    log: bool,
) -> None:
    """Problems of a range whose parts are valid by themselves."""
    if low >= high:
        if low > high:
            hint = "swap them"
        else:
            hint = f"write {low} in its place"
        check.problem(table.mark, f"low of {knob.name} ({low}) must be below high ({high})", hint)
    elif log and step is not None:
        check.problem(
            _get(table, "step").mark, f"{knob.name} has both log and step", "keep one of the two"
        )
    elif log and low <= 0:
        what = f"a log range of {knob.name} must begin above 0, not at {low}"
        check.problem(_get(table, "low").mark, what, "raise low, or leave log out")
    elif step is not None:
        start = _decimal(low)
        width = _decimal(high) - _decimal(low)
        by = _decimal(step)
        if width % by:
            end = start + width // by * by
            what = f"step {step} of {knob.name} does not divide {low} to {high}"
            possible = [e for e in (end, end + by) if e > start and _can_be(knob, e)]
            ends = " or ".join(map(str, possible))
            hint = "choose a smaller step"
            if ends:
                hint = f"end the range at {ends}, or choose another step"
            check.problem(_get(table, "step").mark, what, hint)


def _can_be(knob: Knob, number: Decimal) -> bool:
    try:
        knob.scalar_check.validate_python(int(number) if knob.kind is int else float(number))
    except ValidationError:
        return False
    return True


def _decimal(number: float) -> Decimal:
    return Decimal(repr(number))


def _when_table(node: Node) -> Node | None:
    if isinstance(node, Table):
        return node.get("when")
    return None


def _conditions(
    check: Checker, space: Space, tables: dict[str, Node], marks: dict[str, Mark]
) -> list[Parameter]:
    """The parameters of `space` with their conditions, all of which can hold."""
    with_conditions = []
    for parameter in space.parameters:
        node = None
        if parameter.layer is None:
            node = tables.get(parameter.knob)
        when: tuple[Condition, ...] = ()
        if node is not None:
            when = _when(check, parameter, node, space, marks)
        with_conditions.append(
            Parameter(parameter.name, parameter.knob, parameter.layer, parameter.domain, when)
        )
    complete = {p.name: p for p in with_conditions}
    for parameter in with_conditions:
        if parameter.when:
            _check_reachable(check, parameter, complete, tables[parameter.knob].mark)
    return with_conditions


def _when(
    check: Checker, parameter: Parameter, node: Node, space: Space, marks: dict[str, Mark]
) -> tuple[Condition, ...]:
    table = check.table(
        node, f"when of {parameter.name}", "write for example {optimizer: [momentum]}"
    )
    if table is None or not table.entries:
        if table is not None:
            check.problem(
                table.mark,
                f"when of {parameter.name} names nothing",
                "write {optimizer: [momentum]}",
            )
        return ()
    understood = {p.knob for p in space.parameters}
    broken = marks.keys() - understood
    names = [p.name for p in space.parameters if p.name != parameter.name] + sorted(
        broken - {parameter.knob}
    )
    found = [
        _condition(check, parameter, entry, space, names)
        for entry in table.entries
        if entry.key not in broken
    ]
    return tuple(condition for condition in found if condition is not None)


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
    whole = parent.layer is None
    values = [_value(check, knob, node, whole=whole) for node in nodes]
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
