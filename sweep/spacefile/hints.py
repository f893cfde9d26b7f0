"""What to write for a word that a space file does not know: a misspelling, or another tool's."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import get_args

from sweep.space import KNOBS, METRICS, Pruner, Sampler, usual
from sweep.spacefile.foreign_keys import KEYS, LAYERED
from sweep.spacefile.foreign_values import DISTRIBUTION_KEYS, VALUES
from sweep.spacefile.sections import DataSection, SearchSection
from sweep.spacefile.words import plain_word, row_of

# A name that is less similar, or whose length differs by more letters, is another word, not a
# misspelling.
_ALIKE, _LETTERS = 0.8, 2
# The names of all samplers and pruners, and which of the two may be meant by the other.
NAMES = {
    "sampler": [kind().name for kind in get_args(Sampler)],
    "pruner": [kind().name for kind in get_args(Pruner)],
}
_OTHER = {"sampler": "pruner", "pruner": "sampler"}
# Keys whose values are metrics.
_DIRECTIONS = ("maximize", "minimize")


def did_you_mean(word: str, known: Iterable[str], otherwise: str) -> str:
    """A hint with the known name that `word` misspells, else `otherwise`."""
    found = misspelt(word, list(known))
    if found is None:
        return otherwise
    return f"did you mean {found}?"


def key_hint(word: str, place: str, known: Sequence[str], otherwise: str) -> str:
    """A remedy for a key that its section does not have.

    `place` is a section of `KEYS`; `known` are the keys of the section. A word of another tool is
    explained. Only other words can be misspellings.
    """
    row = row_of(KEYS.get(place, {}), word)
    if row is not None:
        return _called(row, known)
    if word.isdecimal():
        return (
            "several values are written in brackets, as in {choices: [32, 64]}, and a number "
            "without commas"
        )
    if word not in known and (own := same_letters(word, known)) is not None:
        return f"it is spelt {own} here"
    if (own := same_letters(word, OPTIONS.get(place, {}))) is not None:
        return f"it belongs elsewhere: write {OPTIONS[place][own]}"
    if (own := same_letters(word, WHERE)) is not None:
        return f"it belongs elsewhere: write {WHERE[own]}"
    for section, rows in KEYS.items():
        row = row_of(rows, word)
        if row is not None:
            is_placed = row in WHERE or row.startswith(("leave", "this version", "write"))
            return _called(row, known) + ("" if is_placed else f" (in {section})")
    if (row := _of_one_layer(word)) is not None:
        if place == "space":
            return row
        return f"{row} (in space)"
    found = misspelt(word, known)
    if found is None and (elsewhere := misspelt(word, list(WHERE))) is not None:
        return f"did you mean {elsewhere}? It belongs elsewhere: write {WHERE[elsewhere]}"
    if found is None:
        return otherwise
    return f"did you mean {found}?"


def _of_one_layer(word: str) -> str | None:
    """A remedy for a name that contains a layer's number or the word layer."""
    # The parts of conv2dUnits_l0 are conv, d, units, l.
    parts = [part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", word)]
    if "layer" not in parts and not re.search(r"[0-9]", word):
        return None
    return next((hint for words, hint in LAYERED.items() if set(words.split()) & set(parts)), None)


def value_hint(word: str, key: str, options: Sequence[str] = ()) -> str | None:
    """A remedy for a value that `key` does not take; None if nothing is known about it."""
    if key in _DIRECTIONS:
        return objective_hint(word) or None
    own = same_letters(word, options) or same_letters(word.rpartition(".")[2], options)
    row = own or row_of(VALUES.get(key, {}), word)
    if row is None and key == "data":
        return _data_hint(word, options)
    if row is None and key in _OTHER:
        other = _OTHER[key]
        name = same_letters(word, NAMES[other])
        if name is not None:
            return f"{name} is a {other}: write {other}: {name}"
    parts = [part.strip() for part in re.split(r"[,|/]", word)]
    if row is None and len(parts) > 1 and all(part in options for part in parts):
        return f"write {{choices: [{', '.join(parts)}]}}"
    if row is None:
        found = misspelt(word, options)
        if found is None:
            return None
        return f"did you mean {found}?"
    if " " in row:
        return row.replace("{word}", word)
    return f"write {key}: {row}"


def objective_hint(word: str) -> str:
    """How to write a metric, named as here or in another tool, as an objective; empty if it is
    unknown."""
    if word.lower() in ("min", "minimize", "minimise"):
        return "write {minimize: val_loss}"
    if word.lower() in ("max", "maximize", "maximise"):
        return "write {maximize: val_accuracy}"
    row = same_letters(word, METRICS) or row_of(VALUES["metric"], word) or misspelt(word, METRICS)
    metric = next((name for name in METRICS if name == row), None)
    if metric is None:
        return row or ""
    return f"write {{{usual(metric).direction}: {metric}}}"


def _data_hint(word: str, options: Sequence[str]) -> str:
    path = f"write data: {{path: {word}}} for a file or folder of that name"
    if re.search(r"[./~\\]", word):
        return path
    found = misspelt(word, options)
    if found is None:
        return f"{path}; data with a name are {', '.join(options)}"
    return f"did you mean {found}?"


def _called(row: str, known: Sequence[str]) -> str:
    """A row of the table of keys as a hint: a sentence unchanged, a name with the place to write
    it."""
    name, _, rest = row.partition(", ")
    if name in known:
        return f"it is called {name} here" + (f", {rest}" if rest else "")
    if name in WHERE:
        return f"it is called {name} here: write {WHERE[name]}"
    return row


def same_letters(word: str, known: Iterable[str]) -> str | None:
    """The known name that differs from `word` only in capitals, `_` and `-`."""
    return next((name for name in known if plain_word(name) == plain_word(word)), None)


def misspelt(word: str, known: Sequence[str]) -> str | None:
    """The known name that `word` misspells: a similar one, or one with its letters in another
    order."""
    wanted = plain_word(word)
    plain_names = {
        p: name for name in known if abs(len(p := plain_word(name)) - len(wanted)) <= _LETTERS
    }
    close = difflib.get_close_matches(wanted, plain_names, n=1, cutoff=_ALIKE)
    turned = [name for name in plain_names if sorted(name) == sorted(wanted)]
    if turned or close:
        return plain_names[(turned or close)[0]]
    return None


def _options_of(section: str, kinds: Iterable[Callable[[], Sampler | Pruner]]) -> dict[str, str]:
    """The place of each option of the samplers or pruners, at the first that takes it."""
    found: dict[str, str] = {}
    for kind in kinds:
        usual = kind()
        for option in usual.options:
            place = f"search: {{{section}: {{name: {usual.name}, {option}: ..}}}}"
            found.setdefault(option, place)
    return found


OPTIONS: Mapping[str, Mapping[str, str]] = {
    "sampler": _options_of("sampler", get_args(Sampler)),
    "pruner": _options_of("pruner", get_args(Pruner)),
}


def _where() -> Mapping[str, str]:
    """The place of each name in the file format."""
    return {
        **OPTIONS["pruner"],
        **OPTIONS["sampler"],
        **{name: f"data: {{{name}: ..}}" for name in DataSection.model_fields},
        **{name: f"search: {{{name}: ..}}" for name in SearchSection.model_fields},
        "maximize": "objective: {maximize: val_accuracy}",
        "minimize": "objective: {minimize: val_loss}",
        "of": "objective: {maximize: val_accuracy, of: best}",
        **dict.fromkeys(("low", "high"), "{low: .., high: ..} at a hyperparameter of space"),
        "step": "{low: .., high: .., step: ..} at a hyperparameter of space",
        "log": "{low: .., high: .., log: true} at a hyperparameter of space",
        "choices": "{choices: [..]} at a hyperparameter of space",
        "value": "{value: ..} at a hyperparameter of space",
        "when": "{.., when: {optimizer: [momentum]}} at a hyperparameter of space",
        "else": "{.., when: {..}, else: ..} at a hyperparameter of space",
        **{name: f"space: {{{name}: ..}}" for name in KNOBS},
        "name": "name: .. at the top of the file",
        "data": "data: {path: ..} at the top of the file",
        "space": "space: {..} at the top of the file",
        "search": "search: {..} at the top of the file",
        "objective": "objective: {maximize: val_accuracy} at the top of the file",
        "constraints": "constraints: [parameters <= 2_000_000] at the top of the file",
        "baselines": "baselines: {NAME: {..}} at the top of the file",
    }


WHERE = _where()


_NUMBER = r"[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"


_SEVERAL = rf"{_NUMBER}(?: ?[,|] ?{_NUMBER})+"


def number_hint(text: str, otherwise: str) -> str:
    """A remedy for a text in place of a number."""
    text = text.strip()
    if not text:
        return otherwise
    try:
        float(text)
    except ValueError:
        # As in tune.loguniform(1e-4, 1e-1), or in 5x5.
        if square := re.fullmatch(r"\(?(\d+) ?[x,] ?\1\)?", text):
            return f"write {square[1]}: one number is both height and width"
        if re.fullmatch(_SEVERAL, text):
            return f"write {{choices: [{', '.join(re.split(r' ?[,|] ?', text))}]}}"
        if ends := re.fullmatch(rf"({_NUMBER}) ?(?:\.\.+|-|to) ?({_NUMBER})", text):
            return f"write {{low: {ends[1]}, high: {ends[2]}}}"
        return row_of(VALUES["number"], text.partition("(")[0]) or otherwise
    # Python reads digits with underscores between them; YAML does not.
    if "_" in text:
        return f"write {text.replace('_', '')}"
    return "remove the quotes"


def distribution_hint(key: str, word: str) -> str | None:
    """The hint for a key such as distribution: log_uniform, by its value; None for other keys."""
    if plain_word(key) not in DISTRIBUTION_KEYS:
        return None
    row = row_of(VALUES["number"], word)
    if row is None:
        return None
    return f"leave it out, and {row}"
