"""Collects the problems of a space file, each with its place and a remedy."""

from collections.abc import Sequence
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from sweep.errors import Problem, SpaceFileError
from sweep.space import KNOBS
from sweep.spacefile.hints import distribution_hint, key_hint, number_hint, value_hint
from sweep.spacefile.nodes import Items, Leaf, Mark, Node, Table, plain, show, written

M = TypeVar("M", bound=BaseModel)
# The key outside the space that takes one number or a list of two.
_SIZE = "size"


class Checker:
    """The problems found so far in one file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self._problems = list(problems)

    def problem(self, mark: Mark, message: str, hint: str) -> None:
        self._problems.append(Problem(message, hint, str(mark)))

    @property
    def count(self) -> int:
        return len(self._problems)

    def finish(self) -> None:
        """Raises `SpaceFileError` with every problem, in the order of the file, if there is any."""
        if self._problems:
            raise SpaceFileError.of(sorted(self._problems, key=_place))

    def unknown_keys(self, table: Table, known: Sequence[str], what: str, place: str) -> None:
        """A problem for each key that is not in `known`; `place` is a section of `KEYS`."""
        for entry in table.entries:
            if entry.key not in known:
                hint = None
                if place == "entry" and isinstance(entry.value, Leaf):
                    hint = distribution_hint(entry.key, str(entry.value.value))
                hint = hint or key_hint(entry.key, place, known, f"{what} takes {', '.join(known)}")
                self.problem(entry.mark, f"{what} has no key {entry.key}", hint)

    def table(self, node: Node, what: str, hint: str = "indent its keys below it") -> Table | None:
        """`node` if it is a mapping; otherwise a problem."""
        if isinstance(node, Table):
            return node
        self.problem(
            node.mark, f"{what} must be a mapping of keys to values, not {show(node)}", hint
        )
        return None

    def leaf(
        self, node: Node, check: TypeAdapter[Any], what: str, options: Sequence[str] = ()
    ) -> Any:
        """The checked value of `node`, or None after a problem (None is never a valid value).

        `options` are the possible names, if it is a name.
        """
        try:
            return check.validate_python(plain(node))
        except ValidationError as errors:
            for error in errors.errors(include_url=False):
                self._explain(dict(error), node, what, options=options)
            return None

    def section(self, table: Table, model: type[M], what: str) -> M | None:
        """`table` as `model`, or None after its problems."""
        empty = [
            e
            for e in table.entries
            if e.key in model.model_fields and e.value == Leaf(None, e.value.mark)
        ]
        for entry in empty:
            hint = value_hint("null", entry.key) or "give it a value, or leave it out"
            self.problem(entry.value.mark, f"{entry.key} says nothing", hint)
        table = Table(tuple(e for e in table.entries if e not in empty), table.mark)
        try:
            found = model.model_validate(plain(table))
            if empty:
                return None
            return found
        except ValidationError as errors:
            for error in errors.errors(include_url=False):
                # A default that follows the optimizer; the optimizer has its own problem.
                if error["type"] != "default_factory_not_called" and not _is_of_another_form(
                    dict(error), table
                ):
                    self._explain(dict(error), table, what, model)
            return None

    def optional_section(
        self, node: Node | None, model: type[M], what: str, hint: str = "indent its keys below it"
    ) -> tuple[M | None, Table | None]:
        """The checked section and its table: defaults if it is missing, None after a problem."""
        if node is None:
            return model(), None
        table = self.table(node, what, hint)
        if table is None:
            return (None, None)
        return (self.section(table, model, what), table)

    def _explain(
        self,
        error: dict[str, Any],
        node: Node,
        what: str,
        model: type[BaseModel] | None = None,
        options: Sequence[str] = (),
    ) -> None:
        """Adds the problem for one of pydantic's errors, in a section of the type `model` or in one
        value."""
        kind = error["type"]
        context = error.get("ctx", {})
        loc = error["loc"]
        if len(loc) > 1 and loc[0] in ("sampler", "pruner"):
            # The second step is the kind of sampler or pruner, not a key of the file.
            known, loc = _options(model, loc[1]), (loc[0], *loc[2:])
        else:
            if model is None:
                known = []
            else:
                known = list(model.model_fields)
        at, name = _walk(node, loc, what)
        if kind == "extra_forbidden":
            mark, key = _key(node, loc)
            name = _walk(node, loc[:-1], what)[1]
            hint = key_hint(key, name, known, f"it takes {', '.join(known)}")
            self.problem(mark, f"{name} has no key {key}", hint)
        elif kind in ("literal_error", "union_tag_invalid"):
            if model is not None:
                options = _literals(model.model_fields[error["loc"][0]].annotation)
            if isinstance(at, Table):
                inner = at.get("name") or at
            else:
                inner = at
            if isinstance(inner, Leaf) and isinstance(inner.value, str):
                word = inner.value
            else:
                word = show(inner)
            hint = leaf_hint(inner, name, options) or f"it takes {', '.join(options)}"
            self.problem(at.mark, f"{name} cannot be {word}", hint)
        else:
            message, hint = _words(kind, context, name, at)
            is_kind = kind.endswith(("_type", "_parsing", "_from_float"))
            self.problem(at.mark, message, (leaf_hint(at, name) if is_kind else None) or hint)


def _is_of_another_form(error: dict[str, Any], table: Table) -> bool:
    """Whether an error concerns a form that was not chosen, for a key that takes a list or a value.

    Only errors of the chosen form are helpful.
    """
    key, *inner = error["loc"]
    knob = KNOBS.get(key)
    if knob is None:
        takes_both = key == _SIZE
    else:
        takes_both = knob.takes_list and knob.takes_scalar
    if not takes_both:
        return False
    is_of_lists = any(isinstance(step, int) or step.startswith("tuple") for step in inner)
    is_of_lists = is_of_lists or error["type"] == "tuple_type"
    return is_of_lists != isinstance(table.get(key), Items)


def _words(kind: str, context: dict[str, Any], name: str, at: Node) -> tuple[str, str]:
    limits = {"greater_than_equal": ("ge", "at least"), "greater_than": ("gt", "above"),
              "less_than_equal": ("le", "at most"), "less_than": ("lt", "below")}  # fmt: skip
    if kind in limits:
        key, words = limits[kind]
        if isinstance(context[key], float):
            limit = f"{context[key]:g}"
        else:
            limit = context[key]
        return f"{name} must be {words} {limit}, not {show(at)}", "write a value within the bounds"
    if name == _SIZE and kind in ("int_type", "missing", "too_long"):
        what = show(at)
        if isinstance(at, Items):
            what = f"a list of {len(at.entries)}"
        hint = "write size: 32, or size: [32, 64] for height and width"
        return f"{name} takes one whole number or two, not {what}", number_hint(_text(at), hint)
    if kind.startswith("int"):
        number = 0.5
        if isinstance(at, Leaf) and isinstance(at.value, float):
            number = at.value
        hint = "write a whole number"
        if number.is_integer():
            hint = f"write {int(number)}"
        return f"{name} takes a whole number, not {show(at)}", number_hint(_text(at), hint)
    if kind.startswith("float"):
        return f"{name} takes a number, not {show(at)}", number_hint(_text(at), "write a number")
    if kind == "finite_number":
        return f"{name} must be finite, not {show(at)}", "write a finite number"
    if kind.startswith("bool"):
        is_quoted = isinstance(at, Leaf) and at.value in ("true", "false")
        return (
            f"{name} is true or false, not {show(at)}",
            "remove the quotes" if is_quoted else "write true or false",
        )
    if kind == "tuple_type":
        return (
            f"{name} takes a list, not {show(at)}",
            f"write {name}: [{written(at)}], one entry per layer",
        )
    if kind in ("missing", "union_tag_not_found"):
        example = "tpe"
        if name == "pruner":
            example = "asha"
        return (
            f"{name} needs a name",
            f"write {name}: {example}, or with options {{name: {example}, option: value}}",
        )
    if isinstance(at, Leaf):
        return (
            f"{name} cannot be {show(at)}",
            "write a text" if at.value == "" else "put it in quotes",
        )
    return f"{name} cannot be {show(at)}", f"write one value: {name}: .."


def _walk(node: Node, loc: Sequence[Any], what: str) -> tuple[Node, str]:
    """The node at `loc`, as far as it exists, and its name."""
    for step in loc:
        if (
            isinstance(node, Table)
            and isinstance(step, str)
            and (found := node.get(step)) is not None
        ):
            node, what = found, what if step == "name" else step
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node.entries):
            node = node.entries[step]
    return node, what


def _key(node: Node, loc: Sequence[Any]) -> tuple[Mark, str]:
    parent, _ = _walk(node, loc[:-1], "")
    assert isinstance(parent, Table)
    return next((entry.mark, entry.key) for entry in parent.entries if entry.key == loc[-1])


def _options(model: type[BaseModel] | None, kind: str) -> list[str]:
    """The keys of one kind of sampler or pruner."""
    assert model is not None
    fields = [model.model_fields[name].annotation for name in ("sampler", "pruner")]
    kinds = [found for field in fields for found in _models(field)]
    named = {found.model_fields["name"].default: found for found in kinds}
    return list(named[kind].model_fields)


def _models(kind: Any) -> list[type[BaseModel]]:
    """The models in a union type."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [kind]
    return [model for inner in get_args(kind) for model in _models(inner)]


def _literals(kind: Any) -> list[str]:
    """The names that a type allows: its literals, and the names of its models."""
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _literals(kind.model_fields["name"].annotation)
    return [name for inner in get_args(kind) for name in _literals(inner)]


def _place(problem: Problem) -> tuple[int, int]:
    line, column = problem.where.rsplit(":", 2)[1:]
    return int(line), int(column)


def leaf_hint(at: Node, key: str, options: Sequence[str] = ()) -> str | None:
    """A remedy for a value of the wrong kind; None if nothing is known about it."""
    if not isinstance(at, Leaf):
        return None
    return value_hint(_word(at), key, options)


def _word(at: Leaf) -> str:
    """A value in the notation of the file."""
    if at.value is None:
        return "null"
    if isinstance(at.value, bool):
        return str(at.value).lower()
    return str(at.value)


def _text(at: Node) -> str:
    """A text as it stands; empty for anything else."""
    if isinstance(at, Leaf) and isinstance(at.value, str):
        return at.value
    return ""
