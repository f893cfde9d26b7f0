"""Constraints are parsed as they are written, and each mistake is named at its letter."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sweep.space.constraints import (
    Arithmetic,
    Comparison,
    Constraint,
    Joined,
    Literally,
    Minus,
    Named,
    Not,
    is_kept,
    written,
)
from sweep.spacefile.expressions import MOST_DEPTH, parse_constraint
from sweep.spacefile.tokens import Wrong
from tests.expressions import NAMES, SPACE, constraints, points

F1, F2, DROPOUT = Named("filters.1"), Named("filters.2"), Named("dropout")
NORM = Named("batch_norm")


def parsed(text: str) -> Constraint:
    return parse_constraint(text, SPACE)


def mistake(text: str) -> Wrong | None:
    """What is wrong with a text; None if it is a constraint."""
    try:
        parsed(text)
    except Wrong as wrong:
        return wrong
    return None


def below(text: str, number: int) -> Comparison:
    return Comparison(("<",), (Named(text), Literally(number)))


@given(constraints().filter(lambda constraint: any(name in written(constraint) for name in NAMES)))
def test_what_is_written_out_is_parsed_as_the_same(constraint: Constraint) -> None:
    assert parsed(written(constraint)) == constraint


TREES: dict[str, Constraint] = {
    "filters.1 < 3": below("filters.1", 3),
    "filters.1<3": below("filters.1", 3),
    "((filters.1)) < (3)": below("filters.1", 3),
    "3 <= filters.1 < filters.2": Comparison(("<=", "<"), (Literally(3), F1, F2)),
    "filters.1 - 1 - 2 < 3": Comparison(
        ("<",),
        (Arithmetic(("-", "-"), (F1, Literally(1), Literally(2))), Literally(3)),
    ),
    "filters.1 - (1 - 2) < 3": Comparison(
        ("<",),
        (
            Arithmetic(("-",), (F1, Arithmetic(("-",), (Literally(1), Literally(2))))),
            Literally(3),
        ),
    ),
    "filters.1 + 2 * filters.2 < 3": Comparison(
        ("<",),
        (Arithmetic(("+",), (F1, Arithmetic(("*",), (Literally(2), F2)))), Literally(3)),
    ),
    "-filters.1 * 2 < 3": Comparison(
        ("<",), (Arithmetic(("*",), (Minus(F1), Literally(2))), Literally(3))
    ),
    "dropout > -0.5": Comparison((">",), (DROPOUT, Minus(Literally(0.5)))),
    "dropout < 2_000.5": Comparison(("<",), (DROPOUT, Literally(2000.5))),
    "dropout < .5e1": Comparison(("<",), (DROPOUT, Literally(5.0))),
    "batch_norm": NORM,
    "not batch_norm": Not(NORM),
    "not batch_norm and dense_norm": Joined("and", (Not(NORM), Named("dense_norm"))),
    "not filters.1 < 3": Not(below("filters.1", 3)),
    "batch_norm or dense_norm and filters.1 < 3": Joined(
        "or", (NORM, Joined("and", (Named("dense_norm"), below("filters.1", 3))))
    ),
    "(batch_norm or dense_norm) and filters.1 < 3": Joined(
        "and", (Joined("or", (NORM, Named("dense_norm"))), below("filters.1", 3))
    ),
    "batch_norm == true": Comparison(("==",), (NORM, Literally(True))),
    "False != batch_norm": Comparison(("!=",), (Literally(False), NORM)),
    "batch_norm == dense_norm": Comparison(("==",), (NORM, Named("dense_norm"))),
    "optimizer == adam": Comparison(("==",), (Named("optimizer"), Literally("adam"))),
    "optimizer == 'adam'": Comparison(("==",), (Named("optimizer"), Literally("adam"))),
    '"adam" != optimizer': Comparison(("!=",), (Literally("adam"), Named("optimizer"))),
    "optimizer == momentum": Comparison(("==",), (Named("optimizer"), Literally("momentum"))),
    "pool.1 == pool.2": Comparison(("==",), (Named("pool.1"), Named("pool.2"))),
    "filters.layers == 3": Comparison(("==",), (Named("filters.layers"), Literally(3))),
}


@pytest.mark.parametrize(("text", "tree"), TREES.items(), ids=list(TREES))
def test_signs_bind_as_in_python(text: str, tree: Constraint) -> None:
    assert parsed(text) == tree


PRECEDENCE = [
    ("filters.1 - 2 - 3 == 5", 10, True),
    ("filters.1 / 2 / 5 == 1", 10, True),
    ("filters.1 - 2 * 3 == 4", 10, True),
    ("2 * filters.1 + 1 == 21", 10, True),
    ("-filters.1 + 20 == 10", 10, True),
    ("filters.1 / 4 == 2.5", 10, True),
    ("not filters.1 == 10 or filters.1 == 10", 10, True),
    ("not (filters.1 == 10 or filters.1 == 11)", 10, False),
    ("1 < filters.1 < 11", 10, True),
    ("1 < filters.1 < 10", 10, False),
    ("11 > filters.1 > 9 == 9", 10, True),
]


@pytest.mark.parametrize(("text", "value", "kept"), PRECEDENCE)
def test_a_parsed_constraint_has_the_value_that_python_gives_it(
    text: str, value: int, kept: bool
) -> None:
    assert is_kept(parsed(text), {"filters.1": value}.get) is kept


# A text, the letter of its mistake, what is wrong and what to do.
MISTAKES = {
    "the first layer by its index": ("filters[0] <= 16", 7, "[ is no sign", "write filters.1"),
    "the second layer by its index": ("3 < filters[1]", 11, "[ is no sign", "write filters.2"),
    "the last layer by its index": ("filters[-1] < 3", 7, "[ is no sign", "write filters.1"),
    "brackets after no name": ("3 < [16]", 4, "[ is no sign", "optimizer == adam"),
    "nothing": ("", 0, "says nothing", "parameters <= 2_000_000"),
    "no comparison": ("filters.1", 0, "a comparison is missing", "parameters <= 2_000_000"),
    "a number alone": ("3", 0, "a comparison is missing", "parameters <= 2_000_000"),
    "true alone": ("true", 0, "a comparison is missing", "parameters <= 2_000_000"),
    "no comparison in one part": (
        "batch_norm and filters.1",
        15,
        "a comparison is missing",
        "parameters <= 2_000_000",
    ),
    "no name": ("3 < 4", 0, "names nothing", "parameters <= 2_000_000"),
    "no value at the end": ("filters.1 <", 11, "missing at the end", "a number or a name"),
    "no value in between": ("filters.1 < < 3", 12, "missing before <", "a number or a name"),
    "no value at the beginning": ("< 3", 0, "missing before <", "a number or a name"),
    "no part": ("filters.1 < 3 and", 17, "missing at the end", "a number or a name"),
    "two joins": ("batch_norm and or dense_norm", 15, "missing before or", "a number or a name"),
    "not after a sign": ("3 < not batch_norm", 4, "missing before not", "a number or a name"),
    "empty brackets": ("filters.1 < ()", 13, "missing before )", "a number or a name"),
    "no operator": ("filters.1 3", 10, "an operator is missing before 3", "< <= >"),
    "garbage at the end": ("filters.1 < 3 dropout", 14, "missing before dropout", "and, or"),
    "a bracket that is not closed": ("(filters.1 < 3", 0, "is not closed", "write )"),
    "a bracket that was not opened": ("filters.1 < 3)", 13, "closes nothing", "remove it"),
    "an unknown name": ("3 < banana", 4, "no hyperparameter is called banana", "such as"),
    "a misspelt name": ("3 < droput", 4, "no hyperparameter is called droput", "did you mean"),
    "a misspelt layer": ("3 < filter.1", 4, "called filter.1", "did you mean filters.1?"),
    "a name of another tool": ("lr < 0.1", 0, "is called lr", "it is called learning_rate here"),
    "another word for parameters": ("num_params < 3", 0, "num_params", "it is called parameters"),
    "a metric": ("val_accuracy > 0.9", 0, "val_accuracy", "before a trial is trained"),
    "a list": ("filters < 3", 0, "filters is a list", "write filters.1"),
    "another list": ("3 > dense", 4, "dense is a list", "dense.layers for their number"),
    "a layer too many": ("filters.4 < 3", 0, "filters has at most 3 layers", "write filters.1"),
    "very many layers": ("filters.99999 < 3", 0, "at most 3 layers", "write filters.1"),
    "layer 0": ("filters.0 < 3", 0, "filters.0 is no layer", "write filters.1"),
    "a layer that is a word": ("filters.first < 3", 0, "is no layer", "write filters.1"),
    "layers of what has none": ("batch_size.1 < 3", 0, "has no layers", "write batch_size"),
    "the number of what follows": ("pool.layers < 3", 0, "is no layer of pool", "write pool.1"),
    "what the space does not count in": ("epochs < 3", 0, "epochs is not in", "add epochs"),
    "an option that is never taken": (
        "optimizer == lion",
        13,
        "optimizer is never lion",
        "optimizer is one of adam, sgd, momentum",
    ),
    "a misspelt option": ("optimizer == adamm", 13, "is never adamm", "did you mean adam?"),
    "no option": ("optimizer == banana", 13, "is never banana", "it takes adam, sgd, momentum"),
    "a quoted word that is no option": ("optimizer != 'x y'", 13, "is never x y", "it takes"),
    "a default that is held": ("schedule == cosine", 12, "is never cosine", "one of constant"),
    "another hyperparameter in place of an option": (
        "optimizer == learning_rate",
        13,
        "optimizer is never learning_rate",
        "it takes adam",
    ),
    "hyperparameters without a common option": (
        "optimizer == pool",
        13,
        "pool is never what optimizer is",
        "one of adam",
    ),
    "an option and a number": (
        "optimizer == 3",
        13,
        "optimizer is compared with a number",
        "one of adam, sgd, momentum",
    ),
    "an option and true": ("optimizer == true", 13, "with true or false", "one of adam"),
    "an order of options": ("optimizer < adam", 0, "< compares numbers", "with == or != alone"),
    "a chain of options": ("adam == optimizer == sgd", 8, "compares numbers", "alone"),
    "a switch and a number": ("batch_norm == 1", 14, "compared with a number", "true or false"),
    "a switch and a word": ("batch_norm == yes", 14, "is called yes", "such as"),
    "an order of switches": ("batch_norm < true", 0, "< compares numbers", "with == or != alone"),
    "an option alone": ("adam", 0, "no hyperparameter is called adam", "such as"),
    "options alone": ("adam == sgd", 0, "no hyperparameter is called adam", "such as"),
    "a text and a number": ("dropout < 'a'", 10, "'a' is a text", "takes options"),
    "a sum with an option": ("1 + optimizer < 3", 4, "+ takes numbers, and this is one of", ""),
    "a sum with a switch": ("1 + batch_norm < 3", 4, "this is true or false", ""),
    "a sum with a comparison": ("1 + (dropout < 3) < 3", 5, "this is a comparison", ""),
    "a sum with an unknown name": ("1 + banana < 3", 4, "is called banana", "such as"),
    "the negative of an option": ("-optimizer < 3", 1, "- takes a number", ""),
    "the negative of a switch": ("3 > -batch_norm", 5, "- takes a number", ""),
    "comparisons that are compared": (
        "(dropout < 3) == (filters.1 < 3)",
        1,
        "== compares numbers, and this is a comparison",
        "",
    ),
    "a division by zero": ("filters.1 / 0 < 3", 12, "divided by 0", "another number"),
    "a division by zero in fractions": ("filters.1 / 0.0 < 3", 12, "divided by 0", ""),
    "a number without end": ("dropout < 1e999", 10, "too large", "a smaller one"),
    "the length of a list": ("len(filters) < 3", 0, "no functions such as len", "filters.layers"),
    "the largest": ("max(filters) < 3", 0, "no functions such as max", "joined by and"),
    "another function": ("3 > sqrt(dropout)", 4, "no functions such as sqrt", "+ - * /"),
    "a method": ("filters.sum() < 3", 0, "no functions such as filters.sum", "+ - * /"),
}


@pytest.mark.parametrize(("text", "at", "message", "hint"), MISTAKES.values(), ids=list(MISTAKES))
def test_a_mistake_is_named_at_its_letter_with_what_to_write(
    text: str, at: int, message: str, hint: str
) -> None:
    with pytest.raises(Wrong) as raised:
        parsed(text)
    assert raised.value.at == at
    assert message in raised.value.message
    assert hint in raised.value.hint
    assert raised.value.hint


@pytest.mark.parametrize("opening", ["(", "-", "-(", "not ", "not ("])
def test_what_is_nested_too_deeply_is_refused_and_does_not_crash(opening: str) -> None:
    closing = ")" * opening.count("(")
    inside = "batch_norm" if "not" in opening else "dropout"
    end = "" if "not" in opening else " < 3"
    levels = MOST_DEPTH // (1 + (opening not in ("(", "-", "not ")))
    assert parsed(opening * levels + inside + closing * levels + end)
    for more in (levels + 1, 10 * levels):
        with pytest.raises(Wrong, match="nested deeper than 20 levels"):
            parsed(opening * more + inside + closing * more + end)


def test_a_long_sum_is_not_deep() -> None:
    text = " + ".join(["filters.1"] * 80)
    assert is_kept(parsed(f"{text} == 160"), {"filters.1": 2}.get)
    text = " and ".join(["filters.1 < 3"] * 50)
    assert not is_kept(parsed(text), {"filters.1": 3}.get)


WORDS = [
    *NAMES, "<", "<=", "==", "=", "+", "-", "*", "/", "(", ")", "and", "or", "not", "true", "adam",
    "sgd", "'adam'", "3", "0", "2e6", "0.5", "filters", "filters.9", "max(", "lr", "x", "%", ",",
]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join), points())
@example("batch_norm == (dropout)", {})
@example("((optimizer)) == ((adam))", {})
def test_no_text_makes_anything_but_a_constraint_or_a_named_mistake(
    text: str, values: dict[str, Any]
) -> None:
    wrong = mistake(text)
    if wrong is not None:
        assert wrong.message
        assert wrong.hint
        assert 0 <= wrong.at <= len(text)
        return
    found = parsed(text)
    assert parsed(written(found)) == found
    assert is_kept(found, values.get) in (True, False)


@given(st.text(max_size=60))
def test_not_even_a_text_of_any_letters(text: str) -> None:
    with pytest.raises(Wrong):
        parsed(f"{text} ?")


@pytest.mark.parametrize("text", ["filters.31 < 3", "optimizer == lion", "kernel_size < 3"])
def test_a_space_that_is_not_understood_refuses_nothing_that_some_space_has(text: str) -> None:
    assert written(parse_constraint(text, None)) == text
