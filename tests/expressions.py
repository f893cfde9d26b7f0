"""Random constraints for property tests: trees over a few names, and their values by Python."""

import math
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from sweep.space.constraints import (
    CALCULATIONS,
    RELATIONS,
    Arithmetic,
    Comparison,
    Constraint,
    Joined,
    Literally,
    Minus,
    Named,
    Not,
    Term,
)
from tests.conftest import spec_of

# A space in which every name of `NUMBERS`, `OPTIONS` and `TRUTHS` is known.
SPACE = spec_of(
    "{filters: [{low: 1, high: 64}, {low: 1, high: 64}, 8], dense: [{low: 1, high: 99}], "
    "dropout: {low: 0.0, high: 0.5}, batch_size: {choices: [16, 32]}, "
    "optimizer: {choices: [adam, sgd, momentum]}, pool: {choices: [max, average]}, "
    "batch_norm: {choices: [true, false]}, dense_norm: {choices: [true, false]}}"
).space
NUMBERS = (
    "parameters",
    "flops",
    "filters.1",
    "filters.2",
    "filters.layers",
    "dense.1",
    "dropout",
    "batch_size",
)
OPTIONS = {
    "optimizer": ("adam", "sgd", "momentum"),
    "pool": ("max", "average"),
    "pool.2": ("max", "average"),
}
TRUTHS = ("batch_norm", "dense_norm")
NAMES = (*NUMBERS, *OPTIONS, *TRUTHS)


def _numbers() -> st.SearchStrategy[Term]:
    whole = st.integers(0, 10**9)
    fractions = st.floats(0, 1e12, allow_nan=False, allow_infinity=False)
    return st.one_of(whole, fractions).map(Literally)


def _joined(signs: str, terms: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    """Sums of products, or the other way round, as a person may write them with brackets."""
    several = st.lists(st.tuples(st.sampled_from(signs), terms), min_size=1, max_size=3)
    return st.builds(
        lambda first, others: Arithmetic(
            tuple(sign for sign, _ in others), (first, *(term for _, term in others))
        ),
        terms,
        several,
    )


def _without_zero(term: Term) -> bool:
    """Whether no division is by a written 0, which a file may not have."""
    match term:
        case Arithmetic(signs, terms):
            pairs = zip(signs, terms[1:], strict=True)
            if any(sign == "/" and other == Literally(0) for sign, other in pairs):
                return False
            return all(map(_without_zero, terms))
        case Minus(of):
            return _without_zero(of)
        case _:
            return True


def terms() -> st.SearchStrategy[Term]:
    """Numbers, names of numbers, and what can be calculated from them."""
    leaves: st.SearchStrategy[Term] = st.one_of(_numbers(), st.sampled_from(NUMBERS).map(Named))
    return st.recursive(
        leaves,
        lambda inner: st.one_of(_joined("+-", inner), _joined("*/", inner), inner.map(Minus)),
        max_leaves=6,
    ).filter(_without_zero)


def _comparisons() -> st.SearchStrategy[Constraint]:
    several = st.lists(st.tuples(st.sampled_from(sorted(RELATIONS)), terms()), min_size=1)
    of_numbers = st.builds(
        lambda first, others: Comparison(
            tuple(relation for relation, _ in others), (first, *(term for _, term in others))
        ),
        terms(),
        several.filter(lambda pairs: len(pairs) < 4),
    )
    pairs = [(name, option) for name, options in OPTIONS.items() for option in options]
    of_options = st.builds(
        lambda relation, pair: Comparison((relation,), (Named(pair[0]), Literally(pair[1]))),
        st.sampled_from(("==", "!=")),
        st.sampled_from(pairs),
    )
    of_truths = st.builds(
        lambda relation, name, value: Comparison((relation,), (Named(name), Literally(value))),
        st.sampled_from(("==", "!=")),
        st.sampled_from(TRUTHS),
        st.booleans(),
    )
    return st.one_of(of_numbers, of_options, of_truths)


def constraints() -> st.SearchStrategy[Constraint]:
    """Constraints of every form."""
    leaves: st.SearchStrategy[Constraint] = st.one_of(
        _comparisons(), st.sampled_from(TRUTHS).map(Named)
    )

    def further(inner: st.SearchStrategy[Constraint]) -> st.SearchStrategy[Constraint]:
        parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
        joined = st.builds(Joined, st.sampled_from(("and", "or")), parts)
        return st.one_of(joined, inner.map(Not))

    return st.recursive(leaves, further, max_leaves=5)


def points() -> st.SearchStrategy[dict[str, Any]]:
    """A value for every name."""
    values: dict[str, st.SearchStrategy[Any]] = dict.fromkeys(NUMBERS, st.integers(0, 10**7))
    values["dropout"] = st.floats(0, 1)
    values |= {name: st.sampled_from(options) for name, options in OPTIONS.items()}
    values |= dict.fromkeys(TRUTHS, st.booleans())
    return st.fixed_dictionaries(values)


class NoValueError(Exception):
    """Python's arithmetic has no finite number here."""


def by_python(expression: Constraint | Term, values: Mapping[str, Any]) -> Any:
    """The value of an expression where every name has one. Raises `NoValueError`."""
    match expression:
        case Literally(value):
            return value
        case Named(name):
            return values[name]
        case Minus(of):
            return -by_python(of, values)
        case Not(of):
            return not by_python(of, values)
        case Joined("and", parts):
            return all(by_python(part, values) for part in parts)
        case Joined(parts=parts):
            return any(by_python(part, values) for part in parts)
        case Comparison(relations, compared):
            found = [by_python(term, values) for term in compared]
            pairs = zip(relations, found, found[1:], strict=False)
            return all(RELATIONS[relation](one, other) for relation, one, other in pairs)
        case Arithmetic(signs, joined):
            total = by_python(joined[0], values)
            for sign, term in zip(signs, joined[1:], strict=True):
                other = by_python(term, values)
                try:
                    total = CALCULATIONS[sign](total, other)
                    is_finite = math.isfinite(total)
                except (ZeroDivisionError, OverflowError):
                    raise NoValueError from None
                if not is_finite:
                    raise NoValueError
            return total
