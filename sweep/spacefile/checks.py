"""Collects the problems of a space file, each with its place and a remedy."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from sweep.errors import Problem, SpaceFileError
from sweep.space import KNOBS, METRICS, exact
from sweep.spacefile.foreign_keys import KEYS, LAYERED
from sweep.spacefile.foreign_values import DISTRIBUTION_KEYS, VALUES
from sweep.spacefile.nodes import Entry, Items, Leaf, Mark, Node, Table, plain
from sweep.spacefile.sections import DataSection, SearchSection
from sweep.spacefile.words import plain_word, row_of

M = TypeVar("M", bound=BaseModel)

# A name that is less similar, or whose length differs by more letters, is another word, not a
# misspelling.
_ALIKE, _LETTERS = 0.8, 2

# Keys whose values are metrics.
_DIRECTIONS = ("maximize", "minimize")


def did_you_mean(word: str, known: Iterable[str], otherwise: str) -> str:
    """A hint with the known name that `word` misspells, else `otherwise`."""
    found = misspelt(word, list(known))
    if found is None:
        return otherwise
    return f"did you mean {found}?"


def key_hint(word: str, place: str, known: Sequence[str], otherwise: str) -> str:
    """A remedy for a key that its section does not have.

    `place` is a section of `KEYS`; `known` are the keys of the section. A word of another tool is
    explained. Only other words can be misspellings.
    """
    row = row_of(KEYS.get(place, {}), word)
    if row is not None:
        return _called(row, known)
    if word.isdecimal():
        return (
            "several values are written in brackets, as in {choices: [32, 64]}, and a number "
            "without commas"
        )
    if word not in known and (own := same_letters(word, known)) is not None:
        return f"it is spelt {own} here"
    if (own := same_letters(word, WHERE)) is not None:
        return f"it belongs elsewhere: write {WHERE[own]}"
    for section, rows in KEYS.items():
        row = row_of(rows, word)
        if row is not None:
            is_placed = row in WHERE or row.startswith(("leave", "this version", "write"))
            return _called(row, known) + ("" if is_placed else f" (in {section})")
    if (row := _of_one_layer(word)) is not None:
        if place == "space":
            return row
        return f"{row} (in space)"
    found = misspelt(word, known)
    if found is None and (elsewhere := misspelt(word, list(WHERE))) is not None:
        return f"did you mean {elsewhere}? It belongs elsewhere: write {WHERE[elsewhere]}"
    if found is None:
        return otherwise
    return f"did you mean {found}?"


def _of_one_layer(word: str) -> str | None:
    """A remedy for a name that contains a layer's number or the word layer."""
    # The parts of conv2dUnits_l0 are conv, d, units, l.
    parts = [part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", word)]
    if "layer" not in parts and not re.search(r"[0-9]", word):
        return None
    return next((hint for words, hint in LAYERED.items() if set(words.split()) & set(parts)), None)


def value_hint(word: str, key: str, options: Sequence[str] = ()) -> str | None:
    """A remedy for a value that `key` does not take; None if nothing is known about it."""
    if key in _DIRECTIONS:
        return objective_hint(word) or None
    own = same_letters(word, options) or same_letters(word.rpartition(".")[2], options)
    row = own or row_of(VALUES.get(key, {}), word)
    if row is None and key == "data":
        return _data_hint(word, options)
    parts = [part.strip() for part in re.split(r"[,|/]", word)]
    if row is None and len(parts) > 1 and all(part in options for part in parts):
        return f"write {{choices: [{', '.join(parts)}]}}"
    if row is None:
        found = misspelt(word, options)
        if found is None:
            return None
        return f"did you mean {found}?"
    if " " in row:
        return row.replace("{word}", word)
    return f"write {key}: {row}"


def objective_hint(word: str) -> str:
    """How to write a metric, named as here or in another tool, as an objective; empty if it is
    unknown."""
    if word.lower() in ("min", "minimize", "minimise"):
        return "write {minimize: val_loss}"
    if word.lower() in ("max", "maximize", "maximise"):
        return "write {maximize: val_accuracy}"
    row = same_letters(word, METRICS) or row_of(VALUES["metric"], word) or misspelt(word, METRICS)
    if row is None or row not in METRICS:
        return row or ""
    direction = "minimize"
    if row.endswith("accuracy"):
        direction = "maximize"
    return f"write {{{direction}: {row}}}"


def _data_hint(word: str, options: Sequence[str]) -> str:
    path = f"write data: {{path: {word}}} for a file or folder of that name"
    if re.search(r"[./~\\]", word):
        return path
    found = misspelt(word, options)
    if found is None:
        return f"{path}; data with a name are {', '.join(options)}"
    return f"did you mean {found}?"


def _called(row: str, known: Sequence[str]) -> str:
    """A row of the table of keys as a hint: a sentence unchanged, a name with the place to write
    it."""
    name, _, rest = row.partition(", ")
    if name in known:
        return f"it is called {name} here" + (f", {rest}" if rest else "")
    if name in WHERE:
        return f"it is called {name} here: write {WHERE[name]}"
    return row


def same_letters(word: str, known: Iterable[str]) -> str | None:
    """The known name that differs from `word` only in capitals, `_` and `-`."""
    return next((name for name in known if plain_word(name) == plain_word(word)), None)


def misspelt(word: str, known: Sequence[str]) -> str | None:
    """The known name that `word` misspells: a similar one, or one with its letters in another
    order."""
    wanted = plain_word(word)
    plain_names = {
        p: name for name in known if abs(len(p := plain_word(name)) - len(wanted)) <= _LETTERS
    }
    close = difflib.get_close_matches(wanted, plain_names, n=1, cutoff=_ALIKE)
    turned = [name for name in plain_names if sorted(name) == sorted(wanted)]
    if turned or close:
        return plain_names[(turned or close)[0]]
    return None


def _where() -> Mapping[str, str]:
    """The place of each name in the file format."""
    samplers = {"n_startup_trials": "tpe", "n_ei_candidates": "tpe"}
    return {
        **{
            name: f"search: {{sampler: {{name: {kind}, {name}: ..}}}}"
            for name, kind in samplers.items()
        },
        "values": "search: {sampler: {name: grid, values: ..}}",
        "reduction_factor": "search: {pruner: {name: asha, reduction_factor: ..}}",
        **{name: f"data: {{{name}: ..}}" for name in DataSection.model_fields},
        **{name: f"search: {{{name}: ..}}" for name in SearchSection.model_fields},
        "maximize": "objective: {maximize: val_accuracy}",
        "minimize": "objective: {minimize: val_loss}",
        **dict.fromkeys(("low", "high"), "{low: .., high: ..} at a hyperparameter of space"),
        "step": "{low: .., high: .., step: ..} at a hyperparameter of space",
        "log": "{low: .., high: .., log: true} at a hyperparameter of space",
        "choices": "{choices: [..]} at a hyperparameter of space",
        "value": "{value: ..} at a hyperparameter of space",
        "when": "{.., when: {optimizer: [momentum]}} at a hyperparameter of space",
        "else": "{.., when: {..}, else: ..} at a hyperparameter of space",
        **{name: f"space: {{{name}: ..}}" for name in KNOBS},
        "name": "name: .. at the top of the file",
        "data": "data: {path: ..} at the top of the file",
        "space": "space: {..} at the top of the file",
        "search": "search: {..} at the top of the file",
        "objective": "objective: {maximize: val_accuracy} at the top of the file",
        "baselines": "baselines: {NAME: {..}} at the top of the file",
    }


WHERE = _where()


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
                if place == "entry":
                    hint = _distribution_hint(entry)
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
    if knob is None or not (knob.takes_list and knob.takes_scalar):
        return False
    is_of_lists = error["type"] == "tuple_type" or any(isinstance(step, int) for step in inner)
    return is_of_lists != isinstance(table.get(key), Items)


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
    if kind.startswith("int"):
        number = 0.5
        if isinstance(at, Leaf) and isinstance(at.value, float):
            number = at.value
        hint = "write a whole number"
        if number.is_integer():
            hint = f"write {int(number)}"
        return f"{name} takes a whole number, not {show(at)}", _number_hint(at, hint)
    if kind.startswith("float"):
        return f"{name} takes a number, not {show(at)}", _number_hint(at, "write a number")
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


_NUMBER = r"[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
_SEVERAL = rf"{_NUMBER}(?: ?[,|] ?{_NUMBER})+"


def _number_hint(at: Node, otherwise: str) -> str:
    """A remedy for text in place of a number."""
    text = ""
    if isinstance(at, Leaf) and isinstance(at.value, str):
        text = at.value.strip()
    if not text:
        return otherwise
    try:
        float(text)
    except ValueError:
        # As in tune.loguniform(1e-4, 1e-1), or in 5x5.
        if square := re.fullmatch(r"\(?(\d+) ?[x,] ?\1\)?", text):
            return f"write {square[1]}: one number is both height and width"
        if re.fullmatch(_SEVERAL, text):
            return f"write {{choices: [{', '.join(re.split(r' ?[,|] ?', text))}]}}"
        if ends := re.fullmatch(rf"({_NUMBER}) ?(?:\.\.+|-|to) ?({_NUMBER})", text):
            return f"write {{low: {ends[1]}, high: {ends[2]}}}"
        return row_of(VALUES["number"], text.partition("(")[0]) or otherwise
    # Python reads digits with underscores between them; YAML does not.
    if "_" in text:
        return f"write {text.replace('_', '')}"
    return "remove the quotes"


def _distribution_hint(entry: Entry) -> str | None:
    """The hint for a key such as distribution: log_uniform, by its value."""
    value = entry.value
    if plain_word(entry.key) not in DISTRIBUTION_KEYS or not isinstance(value, Leaf):
        return None
    row = row_of(VALUES["number"], str(value.value))
    if row is None:
        return None
    return f"leave it out, and {row}"


def number(node: Node) -> float | None:
    """The number at `node`; true and false are not numbers."""
    value = None
    if isinstance(node, Leaf):
        value = node.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return None


def written(node: Node) -> str:
    """A node on one line, in the notation of the file."""
    match node:
        case Leaf(value):
            if value is None:
                return "null"
            return exact(value)
        case Items(entries):
            return f"[{', '.join(map(written, entries))}]"
        case Table(entries):
            return f"{{{', '.join(f'{entry.key}: {written(entry.value)}' for entry in entries)}}}"


def show(node: Node) -> str:
    """A short description of `node` for a message."""
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
