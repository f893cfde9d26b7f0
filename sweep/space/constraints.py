"""Constraints on points of a space, such as `filters.1 <= filters.2`: expression trees and their
values.

What does not exist at a point has no value there: a layer that the network lacks, a hyperparameter
whose condition does not hold, a division by zero. A comparison of what has no value neither holds
nor fails, and nor does its negation. A constraint is kept unless it fails, so a comparison that
names what does not exist at a point holds there.
"""

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sweep.space.hyperparams import Scalar, exact

# Whole numbers below it are fractions without loss, and are written with all digits.
EXACT = 1e15
# What follows from a point by arithmetic, beside its hyperparameters.
OF_NETWORK = ("parameters", "flops")

Number: TypeAlias = int | float
Calculator: TypeAlias = Callable[[Number, Number], Number]
Sign: TypeAlias = Literal["+", "-", "*", "/"]
Relation: TypeAlias = Literal["<", "<=", ">", ">=", "==", "!="]

CALCULATIONS: Mapping[Sign, Calculator] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
RELATIONS: Mapping[Relation, Callable[..., bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True)
class Literally:
    """A number, an option such as `adam`, or true or false."""

    value: Scalar
    kind: Literal["literally"] = "literally"


@dataclass(frozen=True)
class Named:
    """The value of a hyperparameter, of one layer, or of the whole network."""

    name: str
    kind: Literal["named"] = "named"


@dataclass(frozen=True)
class Minus:
    """The negative of a number."""

    of: "Term"
    kind: Literal["minus"] = "minus"


@dataclass(frozen=True)
class Arithmetic:
    """Numbers joined from left to right by `+` and `-`, or by `*` and `/`: one sign fewer than
    terms."""

    signs: tuple[Sign, ...]
    terms: tuple["Term", ...]
    kind: Literal["arithmetic"] = "arithmetic"


@dataclass(frozen=True)
class Comparison:
    """Terms, and the relations between neighbours: one relation fewer than terms."""

    relations: tuple[Relation, ...]
    terms: tuple["Term", ...]
    kind: Literal["comparison"] = "comparison"


@dataclass(frozen=True)
class Not:
    of: "Constraint"
    kind: Literal["not"] = "not"


@dataclass(frozen=True)
class Joined:
    """Constraints of which all have to hold, or any."""

    word: Literal["and", "or"]
    parts: tuple["Constraint", ...]
    kind: Literal["joined"] = "joined"


Term: TypeAlias = Literally | Named | Minus | Arithmetic
# A name alone is that of a hyperparameter that is true or false.
Constraint: TypeAlias = Comparison | Named | Not | Joined
# The value of a name at a point; None if it has none there.
Lookup: TypeAlias = Callable[[str], Scalar | None]


def is_kept(constraint: Constraint, value_of: Lookup) -> bool:
    """Whether a constraint holds, or has no value, where names have the values of `value_of`."""
    return _truth(constraint, value_of) is not False


def names_in(expression: Constraint | Term) -> Iterator[str]:
    """Every name in an expression, in the order in which it is written."""
    match expression:
        case Named(name):
            yield name
        case Literally():
            return
        case Minus(of) | Not(of):
            yield from names_in(of)
        case Arithmetic(terms=terms) | Comparison(terms=terms):
            for term in terms:
                yield from names_in(term)
        case Joined(parts=parts):
            for part in parts:
                yield from names_in(part)


def _truth(constraint: Constraint, value_of: Lookup) -> bool | None:
    match constraint:
        case Named(name):
            value = value_of(name)
            return None if value is None else bool(value)
        case Comparison(relations, terms):
            values = [_value(term, value_of) for term in terms]
            return _decided(map(_compared, relations, values, values[1:]), decisive=False)
        case Not(of):
            truth = _truth(of, value_of)
            return None if truth is None else not truth
        case Joined(word, parts):
            return _decided((_truth(part, value_of) for part in parts), decisive=word == "or")


def _compared(relation: Relation, left: Scalar | None, right: Scalar | None) -> bool | None:
    if left is None or right is None:
        return None
    return RELATIONS[relation](left, right)


def _decided(parts: Iterable[bool | None], *, decisive: bool) -> bool | None:
    """The truth of a whole: `decisive` if one part is, else None if one part has no truth, else the
    opposite of `decisive`."""
    found = list(parts)
    if decisive in found:
        return decisive
    if None in found:
        return None
    return not decisive


def _value(term: Term, value_of: Lookup) -> Scalar | None:
    match term:
        case Literally(value):
            return value
        case Named(name):
            return value_of(name)
        case Minus(of):
            return _calculated("-", 0, _value(of, value_of))
        case Arithmetic(signs, terms):
            first, *others = (_value(term, value_of) for term in terms)
            total = first
            for sign, other in zip(signs, others, strict=True):
                total = _calculated(sign, total, other)
            return total


def _calculated(sign: Sign, left: Scalar | None, right: Scalar | None) -> Number | None:
    """The result of a calculation; None without two numbers, and for no finite number."""
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        return None
    try:
        result = CALCULATIONS[sign](left, right)
        is_finite = math.isfinite(result)
    except (ZeroDivisionError, OverflowError):
        return None
    return result if is_finite else None


def written(expression: Constraint | Term) -> str:
    """An expression in the notation of the space file."""
    match expression:
        case Literally(value):
            return _literally(value)
        case Named(name):
            return name
        case Minus(of):
            return f"-{_inside(of, _binding(expression))}"
        case Not(of):
            return f"not {_inside(of, _binding(expression))}"
        case Arithmetic(signs, terms):
            return _row(signs, [_inside(term, _binding(expression) + 1) for term in terms])
        case Comparison(relations, terms):
            return _row(relations, [_inside(term, _binding(expression) + 1) for term in terms])
        case Joined(word, parts):
            inside = [_inside(part, _binding(expression) + 1) for part in parts]
            return f" {word} ".join(inside)


def _literally(value: Scalar) -> str:
    if isinstance(value, float) and value.is_integer() and value < EXACT:
        return f"{int(value):_}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:_}"
    return exact(value)


def _row(signs: tuple[str, ...], terms: list[str]) -> str:
    parts = [terms[0]]
    for sign, term in zip(signs, terms[1:], strict=True):
        parts += [sign, term]
    return " ".join(parts)


def _inside(expression: Constraint | Term, least: int) -> str:
    """An expression as a part of another, in brackets unless it binds at least so closely."""
    text = written(expression)
    return text if _binding(expression) >= least else f"({text})"


def _binding(expression: Constraint | Term) -> int:
    """How closely an expression binds. A part that binds less closely needs brackets."""
    match expression:
        case Joined("or"):
            return 0
        case Joined():
            return 1
        case Not():
            return 2
        case Comparison():
            return 3
        case Arithmetic(signs=signs):
            return 4 + (signs[0] in "*/")
        case Minus():
            return 6
        case Literally() | Named():
            return 7
