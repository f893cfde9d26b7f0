"""What came of a sweep, on a terminal."""

import io
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from sweep.trial.ranking import network_of_best
from sweep.trial.record import State
from sweep.view.leaderboard import counted, leaderboard, print_leaderboard
from tests.conftest import spec_of
from tests.fakes import SUMMARY
from tests.view.test_live import SPEC, record


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_a_leaderboard_shows_every_score_and_setting_at_every_width(width: int) -> None:
    console = Console(file=io.StringIO(), width=width)
    records = [
        record(0, State.COMPLETE, 0.5),
        record(1, State.COMPLETE, 0.75),
        record(2, State.PRUNED, 0.9),
    ]
    with console.capture() as capture:
        console.print(leaderboard(console, SPEC, records, 5))
    shown = capture.get()
    assert shown.index("0.7500") < shown.index("0.5000")
    assert "0.9000" not in shown
    assert "filters.1" in shown
    assert "dropout" in shown


def test_a_wide_leaderboard_shows_every_score_of_the_validation_images() -> None:
    def headings(width: int, **scores: Any) -> list[str]:
        trial = record(0, State.COMPLETE, 0.5)
        (last,) = trial.evaluations
        found = replace(trial, evaluations=(replace(last, **scores),))
        console = Console(file=io.StringIO(), width=width)
        with console.capture() as capture:
            console.print(leaderboard(console, SPEC, [found, earlier], 5))
        return [word for word in capture.get().splitlines()[0].split() if "val" in word]

    earlier = record(1, State.COMPLETE, 0.4)
    by_class = ["val_balanced_accuracy", "val_macro_f1"]
    scores = {"val_balanced_accuracy": 0.0, "val_macro_f1": 0.25}
    assert headings(200, **scores) == ["val_accuracy", *by_class, "val_loss"]
    assert headings(80, **scores) == ["val_accuracy", "val_loss"]
    # Of a sweep of an earlier version there is nothing to show.
    assert headings(200) == ["val_accuracy", "val_loss"]


def test_a_leaderboard_shows_what_it_is_ranked_by() -> None:
    spec = spec_of("{dropout: {low: 0.0, high: 0.5}}", "objective: {minimize: loss}")
    console = Console(file=io.StringIO(), width=200)
    with console.capture() as capture:
        console.print(leaderboard(console, spec, [record(0, State.COMPLETE, 0.5)], 5))
    assert [word for word in capture.get().splitlines()[0].split() if "loss" in word] == [
        "loss",
        "val_loss",
    ]


def test_repeats_are_ranked_by_their_means_and_the_network_that_is_used_is_named() -> None:
    spec = spec_of("{dropout: {low: 0.0, high: 0.5}}", "search: {trials: 6, repeats: 2}")
    scores = (0.95, 0.5, 0.8, 0.9, 0.99)
    ended = [record(number, State.COMPLETE, score) for number, score in enumerate(scores)]
    records = [replace(r, trial=replace(r.trial, configuration=r.trial.number // 2)) for r in ended]
    console = Console(file=io.StringIO(), width=200)
    with console.capture() as capture:
        console.print(leaderboard(console, spec, records, 5))
    rows = [line.split() for line in capture.get().splitlines()[2:]]
    assert [(row[1], row[2]) for row in rows] == [("1", "2"), ("0", "2"), ("2", "1")]
    assert "0.8500 ± 0.0707" in capture.get()
    found = network_of_best(spec, records)
    assert (
        found
        == "the best network is that of trial 3, the best training of configuration 1 (val_accuracy 0.9000)"
    )
    assert network_of_best(SPEC, records) is None
    assert network_of_best(spec, []) is None


def test_trials_are_counted_by_how_they_ended() -> None:
    records = [
        record(0, State.COMPLETE, 0.5),
        record(1, State.RUNNING),
        record(2, State.COMPLETE, 0.75),
    ]
    assert counted(records, is_running=True) == "2 complete, 1 running"
    assert counted(records, is_running=False) == "2 complete, 1 interrupted"
    assert counted([], is_running=True) == "no trials"


def test_a_leaderboard_says_that_its_numbers_are_of_the_best_evaluations() -> None:
    best = spec_of("{dropout: {low: 0.0, high: 0.5}}", "objective: {maximize: accuracy, of: best}")
    records = [record(0, State.COMPLETE, 0.5)]
    for spec, said in ((best, True), (SPEC, False)):
        console = Console(file=io.StringIO(), width=200)
        with console.capture() as capture:
            print_leaderboard(console, spec, records, SUMMARY)
        line = "the numbers of a trial are those of its best evaluation, by accuracy"
        assert (line in capture.get().splitlines()) == said


def test_without_a_complete_trial_there_is_a_line_and_no_empty_table() -> None:
    console = Console(file=io.StringIO(), width=200)
    pruned = [record(number, State.PRUNED, 0.5) for number in range(SPEC.search.trials)]
    for records, line in (
        (pruned[:1], "no trial has completed yet; sweep export test has every trial"),
        (
            pruned,
            "the sweep has finished, and no trial completed: 3 pruned; sweep export test has "
            "every trial",
        ),
    ):
        with console.capture() as capture:
            print_leaderboard(console, SPEC, records, SUMMARY)
        lines = capture.get().splitlines()
        assert lines[1:] == [line]
