"""Parses constraints: `16 <= filters.1 <= 64 and not optimizer == sgd` becomes a checked tree.

constraint   both ("or" both)*
both         negated ("and" negated)*
negated      "not" negated | comparison
comparison   sum (("<" | "<=" | ">" | ">=" | "==" | "!=") sum)*
sum          product (("+" | "-") product)*
product      signed (("*" | "/") signed)*
signed       "-" signed | number | name | option | "(" constraint ")"
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from sweep.space import (
    Arithmetic,
    Comparison,
    Constraint,
    Joined,
    Literally,
    Minus,
    Named,
    Not,
    Relation,
    Space,
    Term,
    names_in,
)
from sweep.spacefile.tokens import Token, Wrong, tokens
from sweep.spacefile.vocabulary import Kind, Unknown, Vocabulary, option_hint

# Brackets, `not` and `-` inside each other.
MOST_DEPTH = 20
RELATIONS = get_args(Relation)
_TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NUMBER = Kind(float)
_TRUTH = Kind(bool)
EXAMPLE = "parameters <= 2_000_000"
_WRITE = f"write for example {EXAMPLE}"
_FUNCTIONS = {
    "len": "write filters.layers for the number of layers",
    "max": "write a comparison for each, joined by and",
    "min": "write a comparison for each, joined by and",
    "all": "write a comparison for each, joined by and",
    "sum": "write filters.1 + filters.2",
}


@dataclass(frozen=True)
class _Word:
    """A word that is no known name: perhaps an option."""

    text: str
    refused: Unknown


@dataclass(frozen=True)
class _Operand:
    """A part of a constraint, what kind of thing it is, and where it begins.

    `kind` is None for a whole constraint.
    """

    what: Term | Constraint | _Word
    kind: Kind | None
    at: int


_Reader: TypeAlias = Callable[[], _Operand]


def parse_constraint(text: str, space: Space | None) -> Constraint:
    """The tree of a constraint on `space`; None for a space that is not understood. Raises
    `Wrong`."""
    parser = _Parser(tokens(text), Vocabulary(space))
    found = parser.whole()
    if not any(names_in(found)):
        raise Wrong("a constraint that names nothing is always the same", _WRITE, 0)
    return found


class _Parser:
    """Reads the tokens from left to right; each method continues where the last one stopped."""

    def __init__(self, found: Sequence[Token], vocabulary: Vocabulary) -> None:
        self._tokens = found
        self._place = 0
        self._depth = 0
        self._vocabulary = vocabulary

    def whole(self) -> Constraint:
        if self._next.kind == "end":
            raise Wrong("a constraint says nothing", _WRITE, 0)
        found = self._either()
        rest = self._next
        if rest.text == ")":
            raise Wrong("this ) closes nothing", "remove it", rest.at)
        if rest.kind != "end":
            hint = "write and, or, or one of + - * / < <= > >= == != between the two"
            raise Wrong(f"an operator is missing before {rest.text}", hint, rest.at)
        return _as_constraint(found)

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    def _took(self, *texts: str) -> str | None:
        """The next sign or word, if it is one of these; the place is then after it."""
        token = self._next
        if token.kind not in ("sign", "word") or token.text not in texts:
            return None
        self._place += 1
        return token.text

    def _either(self) -> _Operand:
        return self._joined("or", self._both)

    def _both(self) -> _Operand:
        return self._joined("and", self._negated)

    def _joined(self, word: Literal["and", "or"], part: _Reader) -> _Operand:
        first = part()
        parts = [first]
        while self._took(word):
            parts.append(part())
        if len(parts) == 1:
            return first
        return _Operand(Joined(word, tuple(map(_as_constraint, parts))), None, first.at)

    def _negated(self) -> _Operand:
        at = self._next.at
        if not self._took("not"):
            return self._comparison()
        return _Operand(Not(_as_constraint(self._deeper(at, self._negated))), None, at)

    def _comparison(self) -> _Operand:
        terms = [self._sum()]
        relations: list[Relation] = []
        while relation := self._took(*RELATIONS):
            relations.append(relation)  # type: ignore[arg-type]
            terms.append(self._sum())
        if not relations:
            return terms[0]
        compared = tuple(_compared(relations, terms))
        return _Operand(Comparison(tuple(relations), compared), None, terms[0].at)

    def _sum(self) -> _Operand:
        return self._arithmetic(("+", "-"), self._product)

    def _product(self) -> _Operand:
        return self._arithmetic(("*", "/"), self._signed)

    def _arithmetic(self, known: tuple[str, str], part: _Reader) -> _Operand:
        first = part()
        terms = [first]
        signs: list[Any] = []
        while sign := self._took(*known):
            signs.append(sign)
            terms.append(part())
            if sign == "/" and terms[-1].what == Literally(0):
                raise Wrong("nothing can be divided by 0", "divide by another number", terms[-1].at)
        if not signs:
            return first
        numbers = tuple(_as_number(term, f"{signs[0]} takes numbers") for term in terms)
        return _Operand(Arithmetic(tuple(signs), numbers), _NUMBER, first.at)

    def _signed(self) -> _Operand:
        at = self._next.at
        if self._took("-"):
            of = _as_number(self._deeper(at, self._signed), "- takes a number")
            return _Operand(Minus(of), _NUMBER, at)
        if self._took("("):
            inside = self._deeper(at, self._either)
            if not self._took(")"):
                raise Wrong("this ( is not closed", "write ) where it ends", at)
            return inside
        return self._atom()

    def _deeper(self, at: int, part: _Reader) -> _Operand:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            what = f"a constraint is nested deeper than {MOST_DEPTH} levels"
            raise Wrong(what, "write it as several constraints", at)
        found = part()
        self._depth -= 1
        return found

    def _atom(self) -> _Operand:
        token = self._next
        if token.kind in ("sign", "end") or token.text in ("and", "or", "not"):
            raise self._missing(token)
        self._place += 1
        if token.kind == "number":
            return _Operand(Literally(_number(token)), _NUMBER, token.at)
        if token.kind == "quoted":
            word = token.text[1:-1]
            unknown = Unknown(f"{token.text} is a text", "compare it with what takes options")
            return _Operand(_Word(word, unknown), None, token.at)
        if token.text in _TRUTHS:
            return _Operand(Literally(_TRUTHS[token.text]), _TRUTH, token.at)
        if self._next.text == "(":
            otherwise = "compare hyperparameters with + - * / < <= > >= == != and or not"
            hint = _FUNCTIONS.get(token.text, otherwise)
            raise Wrong(f"there are no functions such as {token.text}", hint, token.at)
        kind = self._vocabulary.kind_of(token.text)
        if isinstance(kind, Unknown):
            return _Operand(_Word(token.text, kind), None, token.at)
        return _Operand(Named(token.text), kind, token.at)

    def _missing(self, token: Token) -> Wrong:
        place = "at the end"
        if token.kind != "end":
            place = f"before {token.text}"
        return Wrong(f"a value is missing {place}", "write a number or a name there", token.at)


def _number(token: Token) -> int | float:
    plain = token.text.replace("_", "")
    if plain.isdigit():
        return int(plain)
    number = float(plain)
    if number == float("inf"):
        raise Wrong("a number is too large", "write a smaller one", token.at)
    return number


def _refused(word: _Word, at: int) -> Wrong:
    return Wrong(word.refused.message, word.refused.hint, at)


def _as_constraint(operand: _Operand) -> Constraint:
    """A part that can hold or not. Raises `Wrong`."""
    what = operand.what
    if isinstance(what, _Word):
        raise _refused(what, operand.at)
    if isinstance(what, Comparison | Not | Joined):
        return what
    if isinstance(what, Named) and operand.kind == _TRUTH:
        return what
    raise Wrong("a comparison is missing", _WRITE, operand.at)


def _as_number(operand: _Operand, what: str) -> Term:
    """A part that is a number. Raises `Wrong`, with `what` needs one."""
    if isinstance(operand.what, _Word):
        raise _refused(operand.what, operand.at)
    if operand.kind is None or not operand.kind.is_number:
        raise Wrong(f"{what}, and this is {_described(operand)}", _WRITE, operand.at)
    assert isinstance(operand.what, Literally | Named | Minus | Arithmetic)
    return operand.what


def _described(operand: _Operand) -> str:
    if operand.kind is None:
        return "a comparison"
    if operand.kind.is_number:
        return "a number"
    if operand.kind.type is bool:
        return "true or false"
    return f"one of {', '.join(operand.kind.taken)}"


def _compared(relations: Sequence[Relation], terms: Sequence[_Operand]) -> list[Term]:
    """The terms of a comparison. Raises `Wrong` if they cannot be compared in this way."""
    other = next((t for t in terms if t.kind is not None and not t.kind.is_number), None)
    if other is None:
        return [_as_number(term, f"{relations[0]} compares numbers") for term in terms]
    assert other.kind is not None
    if len(terms) > 2 or relations[0] not in ("==", "!="):
        what = f"{relations[-1]} compares numbers, and this is {_described(other)}"
        raise Wrong(what, "compare it with == or != alone", other.at)
    if other.kind.type is bool:
        return [_as_truth(term) for term in terms]
    return [_as_option(term, other) for term in terms]


def _as_truth(operand: _Operand) -> Term:
    if isinstance(operand.what, _Word):
        raise _refused(operand.what, operand.at)
    if operand.kind != _TRUTH:
        what = f"true or false is compared with {_described(operand)}"
        raise Wrong(what, "write true or false", operand.at)
    assert isinstance(operand.what, Literally | Named)
    return operand.what


def _as_option(operand: _Operand, other: _Operand) -> Term:
    """A part of a comparison with `other`, which takes options. Raises `Wrong`."""
    assert other.kind is not None
    assert isinstance(other.what, Named)
    name = other.what.name
    taken = other.kind.taken
    what = operand.what
    hint = f"in this space {name} is one of {', '.join(taken)}"
    if isinstance(what, Named) and operand.kind is not None and operand.kind.type is str:
        if not set(operand.kind.taken) & set(taken):
            raise Wrong(f"{what.name} is never what {name} is", hint, operand.at)
        return what
    word = None
    if isinstance(what, _Word):
        word = what.text
    elif isinstance(what, Named):
        word = what.name
    if word is None:
        raise Wrong(f"{name} is compared with {_described(operand)}", hint, operand.at)
    if word not in taken:
        if word not in other.kind.options:
            hint = option_hint(word, other.kind)
        raise Wrong(f"{name} is never {word}", hint, operand.at)
    return Literally(word)
