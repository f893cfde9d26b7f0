"""The one place that reads YAML: text becomes nodes that know their positions.

Numbers, truth values and nulls follow YAML 1.2's core schema. Only events are read, so no text can
build an object. Anchors, aliases, tags, further documents, and files that are too long or too
deeply nested are refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from sweep.errors import InputError, Problem, SpaceFileError
from sweep.space import exact

MAX_BYTES = 1_000_000
MAX_DEPTH = 20

_INT = re.compile(r"[-+]?[0-9]{1,300}")
_OCTAL_OR_HEX = re.compile(r"0o[0-7]{1,300}|0x[0-9a-fA-F]{1,300}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"[-+]?\.(inf|Inf|INF)")
_NAMED = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


@dataclass(frozen=True)
class Mark:
    """A position in a file; line and column count from 1."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Leaf:
    value: bool | int | float | str | None
    mark: Mark


@dataclass(frozen=True)
class Items:
    entries: tuple["Node", ...]
    mark: Mark


@dataclass(frozen=True)
class Entry:
    """A key of a mapping with its position and its value."""

    key: str
    mark: Mark
    value: "Node"


@dataclass(frozen=True)
class Table:
    entries: tuple[Entry, ...]
    mark: Mark

    def get(self, key: str) -> "Node | None":
        return next((entry.value for entry in self.entries if entry.key == key), None)

    def mark_of(self, key: str) -> Mark:
        """The position of `key`, or of the whole table if the key is missing."""
        return next((entry.mark for entry in self.entries if entry.key == key), self.mark)


Node: TypeAlias = Leaf | Items | Table


def plain(node: Node) -> Any:
    """The node as Python numbers, texts, lists and dictionaries."""
    match node:
        case Leaf(value):
            return value
        case Items(entries):
            return [plain(entry) for entry in entries]
        case Table(entries):
            return {entry.key: plain(entry.value) for entry in entries}


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


def nodes(text: str, path: Path) -> tuple[Node, list[Problem]]:
    """The root of the text, and a problem for each repeated key; the first value is kept.

    Raises `InputError` for an empty text, and `SpaceFileError` for invalid YAML.
    """
    reader = _Reader(text, str(path))
    return reader.document(), reader.repeated


def read(path: Path) -> str:
    """The text of a file. Raises `InputError` if it cannot be read."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"cannot read the space file: {error.strerror}", "check the path", str(path)
        ) from None
    if len(raw) > MAX_BYTES:
        raise InputError(
            "the space file is larger than 1 MB", "a space file is a page of text", str(path)
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(
            "the space file is not UTF-8 text", "save it as UTF-8", f"{path}:{line}:1"
        ) from None


class _Reader:
    """Walks the events of one document; each method continues where the last one stopped."""

    def __init__(self, text: str, path: str) -> None:
        self.text = text
        self.path = path
        self.repeated: list[Problem] = []
        self._events: Iterator[Any] = yaml.parse(text, Loader=yaml.SafeLoader)

    def document(self) -> Node:
        self._next()
        event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            raise InputError(
                "the space file is empty",
                "see search_spaces/lenet.yaml for an example",
                f"{self.path}:1:1",
            )
        root = self._node(self._next(), 1)
        self._next()
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._refusal(
                after, "a second document begins here", "one file describes one sweep"
            )
        return root

    def _next(self) -> Any:
        try:
            return next(self._events)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            if mark:
                where = f"{self.path}:{mark.line + 1}:{mark.column + 1}"
            else:
                where = self.path
            what = f"this is not YAML: {error.problem or error.context}"
            raise SpaceFileError.of(
                [Problem(what, "check indentation, colons and brackets", where)]
            ) from None
        except yaml.reader.ReaderError as error:
            before = self.text[: error.position]
            where = (
                f"{self.path}:{before.count(chr(10)) + 1}:{error.position - before.rfind(chr(10))}"
            )
            raise SpaceFileError.of(
                [Problem("this is not YAML: a control character", "remove it", where)]
            ) from None

    def _mark(self, event: Any) -> Mark:
        return Mark(self.path, event.start_mark.line + 1, event.start_mark.column + 1)

    def _refusal(self, event: Any, message: str, hint: str) -> SpaceFileError:
        return SpaceFileError.of([Problem(message, hint, str(self._mark(event)))])

    def _node(self, event: Any, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise self._refusal(
                event, "anchors and aliases are refused", "write the value out where it is used"
            )
        if event.tag is not None:
            raise self._refusal(event, f"the tag {event.tag} is refused", "write plain values")
        if depth > MAX_DEPTH:
            raise self._refusal(
                event, f"nested deeper than {MAX_DEPTH} levels", "a space file is shallow"
            )
        mark = self._mark(event)
        if isinstance(event, yaml.ScalarEvent):
            return Leaf(_core_value(event), mark)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._items(mark, depth)
        return self._table(mark, depth)

    def _items(self, mark: Mark, depth: int) -> Items:
        entries: list[Node] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            entries.append(self._node(event, depth + 1))
        return Items(tuple(entries), mark)

    def _table(self, mark: Mark, depth: int) -> Table:
        entries: dict[str, Entry] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            if not isinstance(key, Leaf):
                raise self._refusal(
                    event, "a key must be a name", "quote the key, or remove the brackets"
                )
            name = event.value
            value = self._node(self._next(), depth + 1)
            if name in entries:
                first = entries[name].mark.line
                what = f"the key {name} is repeated; it stands first in line {first}"
                self.repeated.append(Problem(what, "keep one of the two", str(key.mark)))
            else:
                entries[name] = Entry(name, key.mark, value)
        return Table(tuple(entries.values()), mark)


def _core_value(event: Any) -> bool | int | float | str | None:
    text: str = event.value
    if event.style is not None:
        return text
    if text in _NAMED:
        return _NAMED[text]
    if _INT.fullmatch(text):
        return int(text)
    if _OCTAL_OR_HEX.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _INFINITE.fullmatch(text):
        return float(text.replace(".", ""))
    return text
