"""The words of other tools are kept in tables, and looked up here.

A table maps words to what to do here in their place. The words of a row are separated by spaces;
capitals, `_` and `-` make no difference. A row that is a single word is the name of the same thing
here; any other row is the whole hint. A word that is known here gets its row and never the name
that looks most like it.
"""

from collections.abc import Mapping

Rows = Mapping[str, str]

# Part of many rows.
EVERY_RANGE = "write {low: .., high: ..}, and log: true where it is to be even in the logarithm"


def plain_word(word: str) -> str:
    """A word without its capitals and without what stands between its parts."""
    return "".join(letter for letter in word.lower() if letter.isalnum())


def row_of(rows: Rows, word: str) -> str | None:
    """What the table has for a word, or for the last part of a dotted one, if it knows it."""
    for wanted in dict.fromkeys((plain_word(word), plain_word(word.rpartition(".")[2]))):
        for words, hint in rows.items():
            if wanted and wanted in map(plain_word, words.split()):
                return hint
    return None
