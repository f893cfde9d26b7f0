"""Collects what is wrong with a space file, each problem at its place and with what to do about it."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from sweep.errors import Problem, SpaceFileError
from sweep.yamlfile import Items, Leaf, Mark, Node, Table, plain

M = TypeVar("M", bound=BaseModel)

# What people write who come from another tool, and what it is called here.
ELSEWHERE = {
    "min": "low", "max": "high", "values": "choices", "method": "sampler", "metric": "objective",
    "parameters": "space", "epochs": "steps", "units": "dense", "lr": "learning_rate", "hidden": "dense",
    "n_trials": "trials", "max_trials": "trials", "num_samples": "trials", "batch": "batch_size",
    "distribution": "log", "rate": "dropout", "algorithm": "sampler", "scheduler": "pruner",
    "early_terminate": "pruner", "dataset": "data", "condition": "when", "conditions": "when",
    "goal": "objective", "direction": "objective", "kernel": "kernel_size", "pooling": "pool",
    "layers": "filters", "max_value": "high", "min_value": "low", "search_space": "space",
    "epoch": "steps", "batchnorm": "batch_norm", "batch_normalization": "batch_norm", "stride": "strides",
    "decay": "weight_decay", "accuracy_val": "val_accuracy", "dtype": "precision",
}  # fmt: skip


# Where a name stands that somebody wrote elsewhere in the file.
INSIDE = {
    "sampler": "search: {sampler: ..}", "pruner": "search: {pruner: ..}", "trials": "search: {trials: ..}",
    "objective": "objective: {maximize: ..}", "log": "{low: .., high: .., log: true}",
}  # fmt: skip


def did_you_mean(word: str, known: Iterable[str], otherwise: str) -> str:
    """A hint that names what `word` was probably meant to be, else `otherwise`."""
    names = list(known)
    foreign = ELSEWHERE.get(word.lower())
    close = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    found = foreign if foreign in names else close[0] if close else foreign
    if found is None:
        return otherwise
    if found in names:
        return f"did you mean {found}?"
    place = f"it is written {INSIDE[found]}" if found in INSIDE else otherwise
    return f"did you mean {found}? {place}"


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

    def unknown_keys(self, table: Table, known: Sequence[str], what: str) -> None:
        for entry in table.entries:
            if entry.key not in known:
                hint = did_you_mean(entry.key, known, f"{what} takes {', '.join(known)}")
                self.problem(entry.mark, f"{what} has no key {entry.key}", hint)

    def table(self, node: Node, what: str, hint: str = "indent its keys below it") -> Table | None:
        """`node` if it is a mapping; otherwise a problem."""
        if isinstance(node, Table):
            return node
        self.problem(node.mark, f"{what} must be a mapping of keys to values, not {show(node)}", hint)
        return None

    def leaf(self, node: Node, check: TypeAdapter[Any], what: str) -> Any:
        """The checked value of `node`, or None after a problem (None is no value of any key)."""
        try:
            return check.validate_python(plain(node))
        except ValidationError as errors:
            for error in errors.errors(include_url=False):
                self._explain(dict(error), node, what)
            return None

    def section(self, table: Table, model: type[M], what: str) -> M | None:
        """`table` as `model`, or None after its problems."""
        empty = [e for e in table.entries if e.key in model.model_fields and e.value == Leaf(None, e.value.mark)]
        for entry in empty:
            self.problem(entry.value.mark, f"{entry.key} says nothing", "give it a value, or leave it out")
        table = Table(tuple(e for e in table.entries if e not in empty), table.mark)
        try:
            found = model.model_validate(plain(table))
            return None if empty else found
        except ValidationError as errors:
            for error in errors.errors(include_url=False):
                # A default that follows the optimizer, which has a problem of its own.
                if error["type"] != "default_factory_not_called":
                    self._explain(dict(error), table, what, model)
            return None

    def optional_section(self, node: Node | None, model: type[M], what: str) -> tuple[M | None, Table | None]:
        """The section checked, and its table; its defaults where it is left out, None after a problem."""
        if node is None:
            return model(), None
        table = self.table(node, what)
        return (None, None) if table is None else (self.section(table, model, what), table)

    def _explain(self, error: dict[str, Any], node: Node, what: str, model: type[BaseModel] | None = None) -> None:
        kind, context, loc = error["type"], error.get("ctx", {}), error["loc"]
        if len(loc) > 1 and loc[0] in ("sampler", "pruner"):
            # The second step names the kind of sampler, and is no key of the file.
            known, loc = _options(model, loc[1]), (loc[0], *loc[2:])
        else:
            known = [] if model is None else list(model.model_fields)
        at, name = _walk(node, loc, what)
        if kind == "extra_forbidden":
            mark, key = _key(node, loc)
            name = _walk(node, loc[:-1], what)[1]
            self.problem(mark, f"{name} has no key {key}", did_you_mean(key, known, f"it takes {', '.join(known)}"))
        elif kind in ("literal_error", "union_tag_invalid"):
            allowed = context.get("expected") or context["expected_tags"]
            options = [option.strip(" '") for option in allowed.replace(" or ", ", ").split(",")]
            inner = (at.get("name") or at) if isinstance(at, Table) else at
            word = inner.value if isinstance(inner, Leaf) and isinstance(inner.value, str) else show(inner)
            self.problem(
                at.mark, f"{name} cannot be {word}", did_you_mean(str(word), options, f"it takes {', '.join(options)}")
            )
        else:
            self.problem(at.mark, *_words(kind, context, name, at))


def _words(kind: str, context: dict[str, Any], name: str, at: Node) -> tuple[str, str]:
    limits = {"greater_than_equal": ("ge", "at least"), "greater_than": ("gt", "above"),
              "less_than_equal": ("le", "at most"), "less_than": ("lt", "below")}  # fmt: skip
    if kind in limits:
        key, words = limits[kind]
        limit = f"{context[key]:g}" if isinstance(context[key], float) else context[key]
        return f"{name} must be {words} {limit}, not {show(at)}", "write a value within the bounds"
    if kind.startswith("int"):
        number = at.value if isinstance(at, Leaf) and isinstance(at.value, float) else 0.5
        hint = f"write {int(number)}" if number.is_integer() else "write a whole number"
        return f"{name} takes a whole number, not {show(at)}", _unquote(at, hint)
    if kind.startswith("float"):
        return f"{name} takes a number, not {show(at)}", _unquote(at, "write a number")
    if kind == "finite_number":
        return f"{name} must be finite, not {show(at)}", "write a finite number"
    if kind.startswith("bool"):
        return f"{name} is true or false, not {show(at)}", "write true or false"
    if kind == "tuple_type":
        return f"{name} takes a list, not {show(at)}", "write it in brackets, one entry per layer"
    if kind in ("missing", "union_tag_not_found"):
        example = "asha" if name == "pruner" else "tpe"
        return f"{name} needs a name", f"write {name}: {example}, or with options {{name: {example}, option: value}}"
    return f"{name} cannot be {show(at)}", "write a plain value of the documented kind"


def _unquote(at: Node, otherwise: str) -> str:
    text = isinstance(at, Leaf) and isinstance(at.value, str) and at.value.strip()
    try:
        float(text or "x")
    except ValueError:
        return otherwise
    # Python reads digits with underscores between them; YAML does not.
    return f"write {text.replace('_', '')}" if text and "_" in text else "remove the quotes"


def show(node: Node) -> str:
    """What stands at `node`, shortened for a message."""
    match node:
        case Leaf(None):
            return "nothing"
        case Leaf(bool() as value):
            return str(value).lower()
        case Leaf(str() as value):
            return f"the text {value[:40]!r}"
        case Leaf(value):
            return f"{value!r}"[:40]
        case Items():
            return "a list"
        case Table():
            return "a mapping"


def _walk(node: Node, loc: Sequence[Any], what: str) -> tuple[Node, str]:
    """The node that `loc` leads to, as far as it exists, and its name."""
    for step in loc:
        if isinstance(node, Table) and isinstance(step, str) and (found := node.get(step)) is not None:
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
    kinds = model.model_json_schema()["$defs"].values()
    return list(next(d["properties"] for d in kinds if d["properties"]["name"].get("const") == kind))


def _place(problem: Problem) -> tuple[int, int]:
    line, column = problem.where.rsplit(":", 2)[1:]
    return int(line), int(column)
