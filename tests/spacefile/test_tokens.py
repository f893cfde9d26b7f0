"""The tokens of a constraint: where each begins, and what is refused that others write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.spacefile.tokens import MOST_LETTERS, Wrong, tokens


def texts(text: str) -> list[str]:
    """The tokens, without the end."""
    return [token.text for token in tokens(text)[:-1]]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a<=b", ["a", "<=", "b"]),
        ("a < -b", ["a", "<", "-", "b"]),
        ("filters.1*filters.layers", ["filters.1", "*", "filters.layers"]),
        ("(a+b)/2", ["(", "a", "+", "b", ")", "/", "2"]),
        ("a==b!=c", ["a", "==", "b", "!=", "c"]),
        ("2_000_000", ["2_000_000"]),
        ("50e6 5E-3 1e+2", ["50e6", "5E-3", "1e+2"]),
        (".5 5. 1_0.2_5", [".5", "5.", "1_0.2_5"]),
        ("1-2", ["1", "-", "2"]),
        ("'adam' \"sgd\"", ["'adam'", '"sgd"']),
        ("not true", ["not", "true"]),
        ("a\n<\tb", ["a", "<", "b"]),
        ("", []),
        ("   ", []),
    ],
)
def test_a_text_is_divided_into_its_tokens(text: str, wanted: list[str]) -> None:
    assert texts(text) == wanted


def test_each_token_knows_its_kind_and_where_it_begins() -> None:
    found = [(token.kind, token.at) for token in tokens("a <= 12 'b'")]
    assert found == [("word", 0), ("sign", 2), ("number", 5), ("quoted", 8), ("end", 11)]


REFUSED = {
    "an assignment": ("a = 3", 2, "write =="),
    "three signs of equality": ("a === 3", 2, "write =="),
    "at most, turned round": ("a =< 3", 2, "write <="),
    "at least, turned round": ("a => 3", 2, "write >="),
    "unequal in SQL": ("a <> 3", 2, "write !="),
    "at most in one sign": ("a ≤ 3", 2, "write <="),
    "at least in one sign": ("a ≥ 3", 2, "write >="),
    "unequal in one sign": ("a ≠ 3", 2, "write !="),
    "a power": ("a ** 2 < 3", 2, "filters.1 * filters.1"),
    "another power": ("a ^ 2 < 3", 2, "filters.1 * filters.1"),
    "a whole division": ("a // 2 < 3", 2, "write /"),
    "a remainder": ("a % 2 == 0", 2, "0.5 for 50 %"),
    "and in C": ("a && b", 2, "write and"),
    "and in NumPy": ("a & b", 2, "write and"),
    "or in C": ("a || b", 2, "write or"),
    "or in NumPy": ("a | b", 2, "write or"),
    "not in C": ("!a", 0, "write not"),
    "a product in one sign": ("a \u00d7 b", 2, "write *"),
    "a list": ("a == [1]", 5, "or optimizer == sgd"),
    "a set": ("a == {1}", 5, "or optimizer == sgd"),
    "membership": ("a in b", 2, "or optimizer == sgd"),
    "identity": ("a is b", 2, "write =="),
    "an exclusive or": ("a xor b", 2, "not B"),
    "a condition": ("a if b", 2, "not A or B"),
    "and in capitals": ("a AND b", 2, "write and"),
    "or in capitals": ("a Or b", 2, "write or"),
    "not in capitals": ("NOT a", 0, "write not"),
    "a comma in a number": ("a < 2,000", 5, "2_000_000"),
    "two constraints": ("a < 2; b < 3", 5, "an entry of the list"),
    "a suffix": ("a < 2M", 5, "write all digits"),
    "a hexadecimal number": ("a < 0x10", 5, "write all digits"),
    "an underscore at the end": ("a < 2_", 5, "write all digits"),
    "an open quote": ("a == 'b", 5, "close the quotes"),
    "another open quote": ('a == "b', 5, "close the quotes"),
    "a letter beyond ASCII": ("ä < 3", 0, "use names, numbers"),
    "a question mark": ("a < 3 ?", 6, "use names, numbers"),
    "a backslash": ("a < \\3", 4, "use names, numbers"),
}


@pytest.mark.parametrize(("text", "at", "hint"), REFUSED.values(), ids=list(REFUSED))
def test_what_others_write_is_refused_where_it_stands(text: str, at: int, hint: str) -> None:
    with pytest.raises(Wrong) as raised:
        tokens(text)
    assert raised.value.at == at
    assert hint in raised.value.hint


def test_a_text_that_is_too_long_is_refused_at_once() -> None:
    assert tokens("1" * MOST_LETTERS)
    with pytest.raises(Wrong, match="is too long"):
        tokens("1" * (MOST_LETTERS + 1))


@given(st.text(max_size=40))
def test_every_text_has_tokens_in_its_order_or_is_refused(text: str) -> None:
    try:
        found = tokens(text)
    except Wrong as raised:
        wrong: Wrong | None = raised
    else:
        wrong = None
    if wrong is not None:
        assert 0 <= wrong.at <= len(text)
        assert wrong.hint
        return
    assert [text[token.at :].startswith(token.text) for token in found] == [True] * len(found)
    left = "".join(token.text for token in found)
    assert left == "".join(text.split())
