"""One value of a hyperparameter as it stands in a file: a number, a name, a switch, or a list.

Tested in tests/spacefile/test_space.py.
"""

from typing import Annotated

from pydantic import Field

from sweep.space import MOST_LAYERS, Knob, Value, exact
from sweep.spacefile.checks import Checker
from sweep.spacefile.hints import same_letters
from sweep.spacefile.nodes import Items, Node, number, show, written

# The number of layers of a knob, as a hyperparameter.
DEPTH_OF = Annotated[int, Field(strict=True, ge=0, le=MOST_LAYERS)]


def list_hint(knob: Knob, node: Items) -> str:
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


def read_value(check: Checker, knob: Knob, node: Node, *, whole: bool) -> Value | None:
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
        check.problem(node.mark, f"{knob.name} takes one value, not a list", list_hint(knob, node))
        return None
    value: Value | None = check.leaf(node, knob.scalar_check, knob.name, knob.options)
    return value
