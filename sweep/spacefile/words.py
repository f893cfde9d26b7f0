"""Looks up the words of other tools in tables.

A table maps words to what to write here instead. Spaces separate the words of a row; capitals, `_`
and `-` make no difference. A row of a single word is the name of the same thing here; any other row
is the whole hint. A known word always gets its row, never the most similar name.
"""

from collections.abc import Mapping

Rows = Mapping[str, str]

# Part of many rows.
EVERY_RANGE = "write {low: .., high: ..}, and log: true where it is to be even in the logarithm"


def plain_word(word: str) -> str:
    """A word in lower case, with its letters and digits only."""
    return "".join(letter for letter in word.lower() if letter.isalnum())


def row_of(rows: Rows, word: str) -> str | None:
    """The table's row for a word, or for the last part of a dotted word; None if there is none."""
    for wanted in dict.fromkeys((plain_word(word), plain_word(word.rpartition(".")[2]))):
        for words, hint in rows.items():
            if wanted and wanted in map(plain_word, words.split()):
                return hint
    return None
