"""Hints for unknown words: misspellings, names that stand elsewhere, and metrics with directions."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.space import KNOBS, METRICS, Pruner, Sampler
from sweep.spacefile.hints import (
    WHERE,
    did_you_mean,
    distribution_hint,
    key_hint,
    misspelt,
    number_hint,
    objective_hint,
    same_letters,
    value_hint,
)

NAMES = ("learning_rate", "batch_size", "dropout", "dense", "filters")


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("learning_rte", "learning_rate"),
        ("Learning-Rate", "learning_rate"),
        ("batchsize", "batch_size"),
        ("bacth_size", "batch_size"),
        ("dropuot", "dropout"),
        ("fliters", "filters"),
        ("rate", None),
        ("learning", None),
        ("x", None),
        ("", None),
    ],
)
def test_a_misspelling_is_nearly_the_same_or_has_the_same_letters(
    word: str, name: str | None
) -> None:
    assert misspelt(word, NAMES) == name


@given(st.sampled_from(NAMES), st.data())
def test_two_letters_that_changed_places_are_always_recognised(
    name: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(name) - 2))
    turned = name[:place] + name[place + 1] + name[place] + name[place + 2 :]
    assert misspelt(turned, NAMES) == name


@given(st.sampled_from(NAMES))
def test_a_name_misspells_nothing_but_itself(name: str) -> None:
    assert misspelt(name, NAMES) == name
    assert same_letters(name, NAMES) == name


@given(st.text(max_size=20))
def test_whatever_is_asked_for_gets_a_known_name_or_the_other_hint(word: str) -> None:
    hint = did_you_mean(word, NAMES, "look at the list")
    assert hint in {"look at the list", *(f"did you mean {name}?" for name in NAMES)}


@pytest.mark.parametrize(
    ("word", "own"),
    [("BatchSize", "batch_size"), ("batch-size", "batch_size"), ("batch_sizes", None)],
)
def test_capitals_and_dashes_make_no_difference(word: str, own: str | None) -> None:
    assert same_letters(word, NAMES) == own


@pytest.mark.parametrize(
    ("word", "place", "hint"),
    [
        ("Dropout", "space", "it is spelt dropout here"),
        ("32", "space", "several values are written in brackets, as in {choices: [32, 64]}, and a number without commas"),
        ("trials", "space", "it belongs elsewhere: write search: {trials: ..}"),
        ("trails", "space", "did you mean trials? It belongs elsewhere: write search: {trials: ..}"),
        ("filtres", "space", "did you mean filters?"),
        ("zzz", "space", "otherwise"),
        ("maximize", "search", "it belongs elsewhere: write objective: {maximize: val_accuracy}"),
    ],
)  # fmt: skip
def test_a_key_that_a_section_does_not_have_gets_a_hint(word: str, place: str, hint: str) -> None:
    known = list(KNOBS) if place == "space" else ["seed", "pruner"]
    assert key_hint(word, place, known, "otherwise") == hint


@pytest.mark.parametrize("name", WHERE)
def test_every_name_of_the_format_is_told_where_it_is_written(name: str) -> None:
    assert name in WHERE[name]


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("min", "write {minimize: val_loss}"),
        ("Maximise", "write {maximize: val_accuracy}"),
        ("val_acc", "write {maximize: val_accuracy}"),
        ("VAL_LOSS", "write {minimize: val_loss}"),
        ("val_accurcay", "write {maximize: val_accuracy}"),
        ("nothing like it", ""),
    ],
)
def test_a_metric_is_written_with_the_direction_in_which_it_is_good(word: str, hint: str) -> None:
    assert objective_hint(word) == hint


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_has_a_direction(metric: str) -> None:
    direction = "minimize" if metric.endswith("loss") else "maximize"
    assert objective_hint(metric) == f"write {{{direction}: {metric}}}"


@pytest.mark.parametrize(
    ("word", "key", "options", "hint"),
    [
        ("Adam", "optimizer", ("adam", "sgd"), "write optimizer: adam"),
        ("tf.keras.optimizers.Adam", "optimizer", ("adam", "sgd"), "write optimizer: adam"),
        ("adam, sgd", "optimizer", ("adam", "sgd"), "write {choices: [adam, sgd]}"),
        ("adam|sgd", "optimizer", ("adam", "sgd"), "write {choices: [adam, sgd]}"),
        ("adma", "optimizer", ("adam", "sgd"), "did you mean adam?"),
        ("val_loss", "minimize", (), "write {minimize: val_loss}"),
        ("./pictures", "data", ("mnist",), "write data: {path: ./pictures} for a file or folder of that name"),
        ("mnits", "data", ("mnist",), "did you mean mnist?"),
        ("pictures", "data", ("mnist",), "write data: {path: pictures} for a file or folder of that name; data with a name are mnist"),
        ("quux", "optimizer", ("adam", "sgd"), None),
    ],
)  # fmt: skip
def test_a_value_that_a_key_does_not_take_gets_a_hint(
    word: str, key: str, options: tuple[str, ...], hint: str | None
) -> None:
    assert value_hint(word, key, options) == hint


OPTIONS = [
    (section, kind, option)
    for section, kinds in (("sampler", get_args(Sampler)), ("pruner", get_args(Pruner)))
    for kind in kinds
    for option in kind().options
]


@pytest.mark.parametrize(("section", "kind", "option"), OPTIONS)
def test_an_option_of_a_sampler_or_pruner_is_placed_at_one_that_takes_it(
    section: str, kind: type, option: str
) -> None:
    named = {f"name: {other().name}," for s, other, own in OPTIONS if (s, own) == (section, option)}
    hint = key_hint(option, section, ["name"], "otherwise")
    assert hint.startswith(f"it belongs elsewhere: write search: {{{section}: ")
    assert any(name in hint for name in named)
    hint = key_hint(option, "data", ["path"], "otherwise")
    assert hint == f"it belongs elsewhere: write {WHERE[option]}"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (" ", "otherwise"),
        ("0.5", "remove the quotes"),
        ("1_000", "write 1000"),
        ("5x5", "write 5: one number is both height and width"),
        ("32, 64", "write {choices: [32, 64]}"),
        ("1e-4 .. 1e-1", "write {low: 1e-4, high: 1e-1}"),
        ("few", "otherwise"),
    ],
)
def test_a_text_in_place_of_a_number_gets_a_hint(text: str, hint: str) -> None:
    assert number_hint(text, "otherwise") == hint


@pytest.mark.parametrize(
    ("key", "word", "has_hint"),
    [
        ("distribution", "log_uniform", True),
        ("distribution", "x", False),
        ("low", "uniform", False),
    ],
)
def test_the_name_of_a_distribution_is_explained_at_its_key(
    key: str, word: str, has_hint: bool
) -> None:
    hint = distribution_hint(key, word)
    assert (hint is not None) is has_hint
    assert hint is None or hint.startswith("leave it out, and ")
