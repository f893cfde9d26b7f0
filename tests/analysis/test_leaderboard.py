"""The leaderboard of a report: who stands in it, and tables that fit on paper."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.analysis.leaderboard import LEADERS, WIDEST, leaderboard, settings_of
from sweep.analysis.parts import Rows, Section
from sweep.space import METRICS, Value
from sweep.trial import State, TrialRecord
from tests.analysis.records import RECORDS, SPEC, record
from tests.conftest import spec_of
from tests.store.test_ledger import FACTS


def tables(section: Section) -> list[Rows]:
    found = [part for part in section.parts if isinstance(part, Rows)]
    assert len(found) == len(section.parts)
    return found


def column(rows: Rows, heading: str) -> list[str]:
    place = rows.headings.index(heading)
    return [row[place] for row in rows.rows]


def width(rows: Rows) -> int:
    """The characters of a row, with three for the space between two columns."""
    cells = zip(rows.headings, *rows.rows, strict=True)
    return sum(3 + max(map(len, column)) for column in cells)


def test_the_best_stand_first_and_what_is_not_complete_nowhere() -> None:
    records = [record(n, score=score) for n, score in enumerate((0.5, 0.9, 0.7))]
    records.append(record(3, State.PRUNED, 0.99))
    (found,) = tables(leaderboard(SPEC, records, FACTS))
    assert column(found, "trial") == ["1", "2", "0"]
    assert column(found, "val_accuracy") == ["0.9000", "0.7000", "0.5000"]
    assert found.caption.startswith("The best 3 of the complete trials.")


def test_only_so_many_stand_in_it() -> None:
    records = [record(n, score=n / 100) for n in range(LEADERS + 5)]
    (found,) = tables(leaderboard(SPEC, records, FACTS))
    assert column(found, "trial") == [str(n) for n in range(LEADERS + 4, 4, -1)]


def test_what_all_have_stands_in_the_caption_and_what_differs_in_columns() -> None:
    records = [record(0, batch_norm=True), record(1, batch_norm=False)]
    (found,) = tables(leaderboard(SPEC, records, FACTS))
    assert column(found, "batch_norm") == ["true", "false"]
    assert "filters" not in found.headings
    assert "filters [8, 16]" in found.caption
    assert "steps 20" in found.caption


def test_what_none_has_is_said() -> None:
    records = [record(0, optimizer="sgd"), record(1, optimizer="sgd", batch_norm=True)]
    (found,) = tables(leaderboard(SPEC, records, FACTS))
    assert "None has momentum." in found.caption


def test_baselines_have_a_column_where_there_is_one() -> None:
    plain = record(0, score=0.5)
    named = replace(plain, trial=replace(plain.trial, number=1, baseline="base"))
    (with_one,) = tables(leaderboard(SPEC, [plain, named], FACTS))
    assert column(with_one, "baseline") == ["", "base"]
    (without,) = tables(leaderboard(SPEC, [plain], FACTS))
    assert "baseline" not in without.headings


def test_repeats_are_means_with_their_spread() -> None:
    spec = spec_of("{batch_norm: {choices: [true, false]}, steps: 20}", "search: {repeats: 2}")

    def training(number: int, score: float) -> TrialRecord:
        made = record(number, score=score, filters=(8,), batch_norm=number > 1)
        return replace(made, trial=replace(made.trial, configuration=number // 2))

    records = [training(n, score) for n, score in enumerate((0.5, 0.7, 0.9, 0.9))]
    (found,) = tables(leaderboard(spec, records, FACTS))
    assert column(found, "configuration") == ["1", "0"]
    assert column(found, "val_accuracy")[1].startswith("0.6000 ± 0.1414")
    assert "by the mean over their trainings" in found.caption


SHOWN = {
    "maximize: val_accuracy": ["val_accuracy", "val_loss"],
    "minimize: val_loss": ["val_loss", "val_accuracy"],
    "minimize: loss": ["loss", "val_accuracy", "val_loss"],
    "maximize: accuracy": ["accuracy", "val_accuracy", "val_loss"],
}


@pytest.mark.parametrize("repeats", [1, 2])
@pytest.mark.parametrize("objective", SHOWN)
def test_the_metric_that_decides_has_a_column_and_stands_first(
    objective: str, repeats: int
) -> None:
    spec = spec_of(
        "{batch_norm: {choices: [true, false]}, steps: 20}",
        f"search: {{repeats: {repeats}}}\nobjective: {{{objective}}}",
    )
    records = [record(number, filters=(8,), score=0.75) for number in range(4)]
    numbered = [
        replace(made, trial=replace(made.trial, configuration=made.trial.number // repeats))
        for made in records
    ]
    (found,) = tables(leaderboard(spec, numbered, FACTS))
    assert [heading for heading in found.headings if heading in METRICS] == SHOWN[objective]
    written = {
        "val_accuracy": "0.7500",
        "val_loss": "0.2500",
        "accuracy": "0.8000",
        "loss": "0.5000",
    }
    for heading in SHOWN[objective]:
        assert {cell.partition(" ")[0] for cell in column(found, heading)} == {written[heading]}


def test_where_no_trial_has_completed_it_says_so() -> None:
    section = leaderboard(SPEC, [record(0, State.FAILED)], FACTS)
    assert section.text == "No trial has completed yet."
    every = [record(number, State.PRUNED) for number in range(SPEC.search.trials)]
    assert leaderboard(SPEC, every, FACTS).text == (
        f"The sweep has finished, and no trial completed: {len(every)} pruned."
    )
    assert section.parts == ()


def test_the_reader_is_told_that_the_best_is_a_little_too_good() -> None:
    section = leaderboard(SPEC, RECORDS, FACTS)
    assert section.text.startswith(
        "The best was chosen by its val_accuracy on the same 2 images, so that its number is a "
        "little too good."
    )


MANY = (
    "{filters: [{low: 2, high: 99}, {low: 2, high: 99}, {low: 2, high: 99}], "
    "dense: [{low: 2, high: 999}, {low: 2, high: 999}], dropout: {low: 0.0, high: 0.5}, "
    "kernel_size: {choices: [1, 2]}, batch_norm: {choices: [true, false]}, "
    "optimizer: {choices: [sgd, adam]}, learning_rate: {low: 1e-4, high: 1e-1}, "
    "batch_size: {low: 1, high: 999}, activation: {choices: [relu, tanh]}, "
    "padding: {choices: [same, valid]}, pool: {choices: [max, average]}, "
    "steps: {low: 10, high: 9999}}"
)


def many(number: int) -> TrialRecord:
    """A trial in which every hyperparameter differs from those of the others."""
    two = number % 2
    return record(
        number,
        filters=(number + 2, 10 + number, 20 + number),
        dense=(100 + number, 200 + number),
        dropout=number / 100,
        kernel_size=1 + two,
        batch_norm=bool(two),
        optimizer=("sgd", "adam")[two],
        learning_rate=0.0123456 + number / 1000,
        batch_size=100 + number,
        activation=("relu", "tanh")[two],
        padding=("same", "valid")[two],
        pool=("max", "average")[two],
        steps=1000 + number,
    )


def test_a_table_that_is_too_wide_is_split_and_every_part_has_the_trials() -> None:
    found = tables(leaderboard(spec_of(MANY), [many(n) for n in range(4)], FACTS))
    assert len(found) > 1
    assert all(width(part) <= WIDEST for part in found)
    assert len({tuple(column(part, "trial")) for part in found}) == 1
    columns = [name for part in found for name in part.headings if name != "trial"]
    assert len(columns) == len(set(columns))
    assert {"filters.3", "learning_rate", "steps"} <= set(columns)


def test_parts_of_a_wide_table_are_numbered_where_there_are_several() -> None:
    found = tables(leaderboard(spec_of(MANY), [many(n) for n in range(4)], FACTS))
    captions = [part.caption for part in found[1:]]
    assert captions == ["Their hyperparameters, 1 of 2.", "Their hyperparameters, 2 of 2."]


@given(st.lists(st.sampled_from(range(12)), min_size=1, max_size=6, unique=True))
def test_every_configuration_has_one_row_whatever_there_is(numbers: list[int]) -> None:
    records = [many(n) for n in numbers]
    for part in tables(leaderboard(spec_of(MANY), records, FACTS)):
        assert sorted(column(part, "trial"), key=int) == [str(n) for n in sorted(numbers)]


@pytest.mark.parametrize(
    ("flat", "text"),
    [
        ({"steps": 20, "dropout": 0.25}, "steps 20, dropout 0.25"),
        ({"filters": (8, 16), "batch_norm": True}, "filters [8, 16], batch_norm true"),
        ({"momentum": None, "steps": 20}, "steps 20"),
        ({}, ""),
    ],
)
def test_settings_are_listed_as_in_a_sentence(flat: dict[str, Value | None], text: str) -> None:
    assert settings_of(flat) == text


def test_that_the_numbers_are_of_the_best_evaluations_is_said() -> None:
    spec = spec_of("{steps: 20}", "objective: {maximize: val_accuracy, of: best}")
    assert "Those of its best" not in leaderboard(SPEC, RECORDS, FACTS).text
    text = leaderboard(spec, [record(0)], FACTS).text
    assert "The numbers of a trial are those of its best evaluation, by val_accuracy." in text
    plain = leaderboard(SPEC, [record(0)], FACTS).text
    assert "best evaluation" not in plain
