"""The `space` section: turns each entry into parameters with a domain, or reports problems by
line."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Any

from pydantic import TypeAdapter, ValidationError

from sweep.space import (
    DEPTH,
    KNOBS,
    Choices,
    Constant,
    Domain,
    FloatRange,
    IntRange,
    Knob,
    Parameter,
    Scalar,
    Space,
    Value,
    contains,
    exact,
)
from sweep.spacefile.checks import Checker, leaf_hint
from sweep.spacefile.conditions import when_of, with_conditions
from sweep.spacefile.layers import Layered, expanded
from sweep.spacefile.nodes import Items, Mark, Node, Table, number, plain, show, written
from sweep.spacefile.sections import Amount, Positive, Switch
from sweep.spacefile.values import DEPTH_OF, list_hint, read_value

RANGE_KEYS = ("low", "high", "step", "log")
ENTRY_KEYS = (*RANGE_KEYS, "choices", "value", "when", "else")
# Those of the largest number over the smallest.
MOST_DIGITS = 700


def read_space(check: Checker, table: Table) -> tuple[Space, dict[str, Mark]]:
    """The parts of the space that could be understood, and the position of each knob."""
    check.unknown_keys(table, tuple(KNOBS), "space", "space")
    marks: dict[str, Mark] = {}
    found: dict[str, list[Parameter]] = {}
    layered: dict[str, Layered] = {}
    for entry in table.entries:
        if entry.key not in KNOBS:
            continue
        knob = KNOBS[entry.key]
        marks[entry.key] = entry.mark
        found[entry.key] = []
        if not _is_layered(entry.value):
            found[entry.key] = _parameters(check, knob, entry.value)
            continue
        own = _layered(check, knob, entry.value)
        if own is not None:
            layered[entry.key] = own
    # Those with a number of layers come first: the others have the layers of these.
    for name, own in sorted(layered.items(), key=lambda each: each[1].depth is None):
        along = own.knob.along
        if along in marks and not found[along] and own.depth is None:
            continue
        found[name] = expanded(own, found.get(along, []))
        if not found[name]:
            what = f"{name} has each, but there is no layer in {along}"
            check.problem(marks[name], what, f"remove {name}, or write {along}: with layers")
    parameters = [parameter for own in found.values() for parameter in own]
    space = Space(tuple(parameters))
    conditions = {e.key: when for e in table.entries if (when := when_of(e.value)) is not None}
    _check_length(check, marks, conditions)
    return Space(tuple(with_conditions(check, space, conditions, marks))), marks


def _check_length(check: Checker, marks: Mapping[str, Mark], tables: Mapping[str, Node]) -> None:
    """Problems of the length of trials: all of them are counted in steps, or all in epochs."""
    if "epochs" not in marks:
        return
    if "steps" in marks:
        check.problem(
            marks["epochs"], "a trial has steps or epochs, not both", "remove one of the two"
        )
    if "epochs" in tables:
        what = "epochs cannot have a condition: trials without it would be counted in steps"
        check.problem(tables["epochs"].mark, what, "remove when")


def _is_layered(node: Node) -> bool:
    return isinstance(node, Table) and any(node.get(key) is not None for key in ("each", DEPTH))


def _layered(check: Checker, knob: Knob, node: Node) -> Layered | None:
    """An entry with `each`, and with `layers` if the knob decides the number of layers."""
    assert isinstance(node, Table)
    before = check.count
    decides = knob.along == knob.name
    keys: tuple[str, ...] = ("each", "when")
    if decides:
        keys = (DEPTH, *keys)
    if not knob.takes_list:
        what = f"{knob.name} has one value, not one per layer"
        check.problem(node.mark, what, "write a value, or {low: .., high: ..} or {choices: [..]}")
        return None
    if not decides and node.get(DEPTH) is not None:
        what = f"{knob.name} has as many layers as {knob.along}"
        check.problem(_get(node, DEPTH).mark, what, f"write layers at {knob.along}")
        return None
    check.unknown_keys(node, keys, knob.name, "entry")
    example = f"{{{DEPTH}: {{low: 1, high: 3}}, each: {{low: 8, high: 64}}}}"
    for key in keys[:-1]:
        if node.get(key) is None:
            check.problem(node.mark, f"{knob.name} has no {key}", f"write for example {example}")
    if check.count != before:
        return None
    each = _layer_domain(check, knob, _get(node, "each"))
    depth = None
    if decides:
        depths = Knob(f"{DEPTH} of {knob.name}", DEPTH_OF, True, False, 1, "")
        depth = _domain(check, depths, _get(node, DEPTH), whole=False)
    if each is None or (decides and depth is None):
        return None
    return Layered(knob, each, depth)


def _parameters(check: Checker, knob: Knob, node: Node) -> list[Parameter]:
    if isinstance(node, Items):
        if not knob.takes_list:
            check.problem(
                node.mark, f"{knob.name} takes one value, not a list", list_hint(knob, node)
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
    return [Parameter(knob.name, knob.name, None, domain, (), _otherwise(check, knob, node))]


def _otherwise(check: Checker, knob: Knob, node: Node) -> Value | None:
    """The value of `else`; None without it, or after a problem."""
    found = node.get("else") if isinstance(node, Table) else None
    if found is None:
        return None
    if isinstance(node, Table) and node.get("when") is None:
        what = f"else of {knob.name} has no effect without when"
        check.problem(found.mark, what, "remove it, or add when")
    return read_value(check, knob, found, whole=True)


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
    keys = ("when", "else")
    if isinstance(node, Table) and any(node.get(key) is not None for key in keys):
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
        value = read_value(check, knob, node, whole=whole)
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
            value = read_value(check, knob, _get(node, "value"), whole=whole)
            if value is None:
                return None
            return Constant(value)
        case _:
            return _range(check, knob, node)


def _get(table: Table, key: str) -> Node:
    node = table.get(key)
    assert node is not None
    return node


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
        value = read_value(check, knob, entry, whole=whole)
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
        with localcontext(prec=MOST_DIGITS):
            is_off = bool(width % by)
            end = start + width // by * by
        if is_off:
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


def length_hint(knob: str, written: Value | Sequence[Value]) -> str:
    """What to write for a list of a knob that does not have one entry per layer."""
    hint = f"a list has one entry per layer of {KNOBS[knob].along}"
    if KNOBS[knob].kind is int:
        hint += " ([5, 5] is two layers, not height and width)"
    values: list[Scalar] = []
    if isinstance(written, (tuple, list)):
        values += [value for value in written if not isinstance(value, tuple)]
    if not values:
        return hint
    hint += f"; one value, as in {knob}: {exact(values[0])}, serves all layers"
    numbers = [value for value in values if isinstance(value, (int, float))]
    if len(numbers) == len(values) == 2 and numbers[0] < numbers[1]:
        hint += f"; write {{low: {exact(numbers[0])}, high: {exact(numbers[1])}}} for a range"
    different = tuple(dict.fromkeys(values))
    if len(different) > 1:
        hint += f", {{choices: {exact(different)}}} for one of these"
    return hint


def constants(space: Space, knob: str) -> list[Value]:
    """The constants of a knob, layer by layer."""
    found: list[Value] = []
    for parameter in space.parameters:
        if parameter.knob == knob and isinstance(parameter.domain, Constant):
            value = parameter.domain.value
            found += value if isinstance(value, tuple) else [value]
    return found
