"""The tokens of a constraint: numbers, words, texts in quotes, and signs, each with its place.

What is written as in other languages is refused with how it is written here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

# A longer text is no constraint that a person wrote.
MOST_LETTERS = 1_000

_DIGITS = r"[0-9](?:_?[0-9])*"
_NUMBER = rf"(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][-+]?[0-9]+)?"
_TOKEN = re.compile(
    rf"(?P<number>{_NUMBER})"
    r"|(?P<word>[A-Za-z_]\w*(?:\.\w+)*)"
    r"|(?P<quoted>'[^']*'|\"[^\"]*\")"
    r"|(?P<sign>===|=<|=>|<>|<=|>=|==|!=|\*\*|//|&&|\|\||[-+*/<>()])"
    r"|(?P<other>.)",
    re.DOTALL | re.ASCII,
)
_SEVERAL = "write each constraint as an entry of the list, and 2_000_000 for a large number"
_ONE_OF = "write for example optimizer == adam or optimizer == sgd"
# What other languages write, and what is written here.
_ELSEWHERE: Mapping[str, str] = {
    "=": "write ==",
    "===": "write ==",
    "=<": "write <=",
    "=>": "write >=",
    "<>": "write !=",
    "**": "a power is written as a product, such as filters.1 * filters.1",
    "^": "a power is written as a product, such as filters.1 * filters.1",
    "//": "write /",
    "%": "there are no remainders and percentages: write 0.5 for 50 %",
    "&": "write and",
    "&&": "write and",
    "|": "write or",
    "||": "write or",
    "!": "write not",
    "≤": "write <=",
    "≥": "write >=",
    "≠": "write !=",
    "\u00d7": "write *",
    "·": "write *",
    ",": _SEVERAL,
    ";": _SEVERAL,
    "'": "close the quotes",
    '"': "close the quotes",
    **dict.fromkeys("[]{}", _ONE_OF),
}
_WORDS: Mapping[str, str] = {
    "in": _ONE_OF,
    "is": "write ==",
    "if": "write a condition as not A or B",
    "xor": "write A != B, or (A and not B) or (B and not A)",
}


class Wrong(Exception):
    """What is wrong with a constraint, at which letter, and what to write."""

    def __init__(self, message: str, hint: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.at = at


@dataclass(frozen=True)
class Token:
    """A part of a constraint; `at` is the place of its first letter, from 0."""

    kind: Literal["number", "word", "quoted", "sign", "end"]
    text: str
    at: int


def tokens(text: str) -> list[Token]:
    """The tokens of a constraint, an `end` after them. Raises `Wrong`."""
    if len(text) > MOST_LETTERS:
        raise Wrong(
            f"a constraint of {len(text):,} letters is too long",
            f"write several constraints, of at most {MOST_LETTERS:,} letters each",
            0,
        )
    return [*_found(text), Token("end", "", len(text))]


def _found(text: str) -> Iterator[Token]:
    before = ""
    for match in _TOKEN.finditer(text):
        kind, found, at = match.lastgroup, match[0], match.start()
        if found.isspace():
            before = ""
            continue
        if found == "[" and before == "word":
            raise Wrong(f"{found} is no sign of a constraint", _layer_hint(text, at), at)
        if found in _ELSEWHERE:
            raise Wrong(f"{found} is no sign of a constraint", _ELSEWHERE[found], at)
        match kind:
            case "number":
                yield Token("number", found, at)
            case "word":
                _check_word(found, before, at)
                yield Token("word", found, at)
            case "quoted":
                yield Token("quoted", found, at)
            case "sign":
                yield Token("sign", found, at)
            case _:
                what = f"{found!r} is no part of a constraint"
                raise Wrong(what, "use names, numbers, + - * /, < <= > >= == != and ( )", at)
        before = kind


def _layer_hint(text: str, at: int) -> str:
    """How the layer is written that brackets at a place choose, as in Python."""
    word = re.findall(r"\w+", text[:at])[-1]
    index = re.match(r"\[(\d{1,3})\]", text[at:])
    layer = 1
    if index is not None:
        layer += int(index[1])
    return f"layers are counted from 1: write {word}.{layer}"


def _check_word(word: str, before: str, at: int) -> None:
    """Raises `Wrong` for a word of another language, and for one that follows a number closely."""
    if before == "number":
        raise Wrong(f"a number ends in {word}", "write all digits, as in 2_000_000, or 2e6", at)
    if word in _WORDS:
        raise Wrong(f"{word} is no word of a constraint", _WORDS[word], at)
    if word.lower() in ("and", "or", "not") and not word.islower():
        raise Wrong(f"{word} is no word of a constraint", f"write {word.lower()}", at)
