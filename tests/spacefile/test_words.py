"""Words of other tools are found whatever their spelling, and by the last of their parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.spacefile.words import plain_word, row_of

ROWS = {
    "learning_rate lr": "learning_rate",
    "n_units num-units": "it is called dense here",
    "adam": "write adam",
}


@pytest.mark.parametrize(
    ("word", "row"),
    [
        ("lr", "learning_rate"),
        ("LR", "learning_rate"),
        ("learningRate", "learning_rate"),
        ("learning-rate", "learning_rate"),
        ("NumUnits", "it is called dense here"),
        ("nUnits", "it is called dense here"),
        ("tf.keras.optimizers.Adam", "write adam"),
        ("optimizer.lr", "learning_rate"),
        ("adam.lr", "learning_rate"),
        ("rate", None),
        ("", None),
        (".", None),
        ("_-", None),
    ],
)
def test_a_word_is_found_by_its_letters_or_by_those_of_its_last_part(
    word: str, row: str | None
) -> None:
    assert row_of(ROWS, word) == row


@given(st.text(max_size=20))
def test_a_plain_word_is_plain_already(word: str) -> None:
    assert plain_word(plain_word(word)) == plain_word(word)
    assert not set(plain_word(word)) & set(" _-.")


@given(st.sampled_from(["learning_rate", "lr", "n_units", "num-units", "adam"]), st.data())
def test_capitals_and_signs_between_the_letters_make_no_difference(
    word: str, data: st.DataObject
) -> None:
    letters = [
        data.draw(st.sampled_from([letter, letter.upper()])) + data.draw(st.sampled_from(["", "_", "-"]))
        for letter in word
    ]  # fmt: skip
    assert row_of(ROWS, "".join(letters)) == row_of(ROWS, word)


def test_the_whole_word_comes_before_its_last_part() -> None:
    rows = {"b": "of the part", "a.b": "of the whole"}
    assert row_of(rows, "a.b") == "of the whole"
