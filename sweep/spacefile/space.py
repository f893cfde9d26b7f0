"""The `space` section: turns each entry into parameters with a domain, or reports problems by
line."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, localcontext
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from sweep.space import (
    DEPTH,
    KNOBS,
    Choices,
    Condition,
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
from sweep.spacefile.checks import (
    Checker,
    did_you_mean,
    leaf_hint,
    number,
    same_letters,
    show,
    written,
)
from sweep.spacefile.layers import Layered, expanded
from sweep.spacefile.nodes import Entry, Items, Mark, Node, Table, plain
from sweep.spacefile.sections import MOST_LAYERS, Amount, Positive, Switch

RANGE_KEYS = ("low", "high", "step", "log")
ENTRY_KEYS = (*RANGE_KEYS, "choices", "value", "when", "else")
# Those of the largest number over the smallest.
MOST_DIGITS = 700
# The number of layers of a knob, as a hyperparameter.
DEPTH_OF = Annotated[int, Field(strict=True, ge=0, le=MOST_LAYERS)]


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
    conditions = {e.key: when for e in table.entries if (when := _when_table(e.value)) is not None}
    _check_length(check, marks, conditions)
    return Space(tuple(_conditions(check, space, conditions, marks))), marks


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
    return [Parameter(knob.name, knob.name, None, domain, (), _otherwise(check, knob, node))]


def _otherwise(check: Checker, knob: Knob, node: Node) -> Value | None:
    """The value of `else`; None without it, or after a problem."""
    found = node.get("else") if isinstance(node, Table) else None
    if found is None:
        return None
    if isinstance(node, Table) and node.get("when") is None:
        what = f"else of {knob.name} has no effect without when"
        check.problem(found.mark, what, "remove it, or add when")
    return _value(check, knob, found, whole=True)


def _list_hint(knob: Knob, node: Items) -> str:
    """How a list is written where one value belongs: it may be meant as the two ends of a range, or
    as choices."""
    names = []
    ends = []
    for entry in node.entries:
        word = written(entry)
        names.append(same_letters(word, knob.options) or word)
        end = number(entry)
        if end is not None:
            ends.append(end)
    choices = f"{{choices: [{', '.join(names)}]}} for one of these"
    # The third may be a word, as in [1e-4, 1e-1, log].
    has_word = len(names) == 3
    if not knob.is_number or len(ends) != 2 or len(names) > 3:
        return f"write {choices}"
    low, high = ends
    if low >= high:
        return f"write {choices}"
    log = ""
    if has_word or 0 < low <= high / 100:
        log = ", log: true"
    return f"write {{low: {exact(low)}, high: {exact(high)}{log}}} for a range, {choices}"


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


def _when_table(node: Node) -> Node | None:
    if isinstance(node, Table):
        return node.get("when")
    return None


def _conditions(
    check: Checker, space: Space, tables: dict[str, Node], marks: dict[str, Mark]
) -> list[Parameter]:
    """The parameters of `space` with their conditions, all of which can hold."""
    with_conditions = []
    of_knobs: dict[str, tuple[Condition, ...]] = {}
    for parameter in space.parameters:
        node = tables.get(parameter.knob)
        if node is not None and parameter.knob not in of_knobs:
            of_knobs[parameter.knob] = _when(check, parameter, node, space, marks)
        when = (*of_knobs.get(parameter.knob, ()), *parameter.when)
        with_conditions.append(replace(parameter, when=when))
    complete = {p.name: p for p in with_conditions}
    for parameter in with_conditions:
        is_first = parameter.layer is None or parameter.is_depth
        if is_first and parameter.when and parameter.knob in tables:
            _check_reachable(check, parameter, complete, tables[parameter.knob].mark)
    return with_conditions


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
