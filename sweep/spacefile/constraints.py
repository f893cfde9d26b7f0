"""The `constraints` section: each text is parsed, and its problems are reported at their
columns."""

from sweep.space import Constraint, Space, written
from sweep.spacefile.checks import Checker
from sweep.spacefile.expressions import EXAMPLE, parse_constraint
from sweep.spacefile.nodes import Items, Leaf, Mark, Node, show
from sweep.spacefile.tokens import Wrong

_WRITE = f"write for example constraints: [{EXAMPLE}]"


def read_constraints(
    check: Checker, node: Node | None, space: Space | None, text: str
) -> dict[Constraint, Mark]:
    """The constraints that could be understood, with their positions; `text` is that of the file.

    Without a `space` nothing is checked that depends on it.
    """
    if node is None:
        return {}
    entries: tuple[Node, ...] = (node,)
    if isinstance(node, Items):
        entries = node.entries
    if not entries:
        check.problem(node.mark, "constraints lists nothing", f"{_WRITE}, or leave it out")
    lines = text.splitlines()
    found: dict[Constraint, Mark] = {}
    for entry in entries:
        if not isinstance(entry, Leaf) or not isinstance(entry.value, str):
            check.problem(entry.mark, f"a constraint is a text, not {show(entry)}", _WRITE)
            continue
        try:
            constraint = parse_constraint(entry.value, space)
        except Wrong as wrong:
            mark = _place(entry.mark, entry.value, lines, wrong.at)
            check.problem(mark, wrong.message, wrong.hint)
            continue
        if constraint in found:
            what = f"the constraint {written(constraint)} is repeated"
            check.problem(entry.mark, what, "keep one of the two")
        found.setdefault(constraint, entry.mark)
    return found


def _place(mark: Mark, text: str, lines: list[str], at: int) -> Mark:
    """The position of a letter of a text that begins at `mark`; `mark` if the file does not write
    the text on one line as it is."""
    line = lines[mark.line - 1]
    for start in (mark.column - 1, mark.column):
        if line.startswith(text, start):
            return Mark(mark.path, mark.line, start + at + 1)
    return mark
