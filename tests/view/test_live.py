"""What a person sees while a sweep runs, on a terminal and elsewhere."""

import io
import time
from collections.abc import Callable
from dataclasses import replace
from threading import Thread

import pytest
from rich.console import Console

from sweep.engine.view import View
from sweep.space.hyperparams import Hyperparams
from sweep.trial.record import Evaluation, State, Trial, TrialRecord
from sweep.view.live import LiveView, PlainView, Progressing, summary
from tests import screen
from tests.conftest import spec_of

SPEC = spec_of(
    "{filters: [{low: 4, high: 8}], dropout: {low: 0.0, high: 0.5}, steps: 40}",
    "search: {trials: 3}",
)


def record(number: int, state: State, *scores: float, cause: str | None = None) -> TrialRecord:
    point = Hyperparams(filters=(4 + number,), dropout=0.1 * number, steps=40)
    evaluations = tuple(
        Evaluation(20 * (i + 1), 1.0, 0.5, 0.25, score) for i, score in enumerate(scores)
    )
    steps = evaluations[-1].step if evaluations else 0
    return TrialRecord(
        Trial(number, number, point, 0, 12345), state, 0.0, 2.5, steps, evaluations, cause
    )


def play(view: View) -> None:
    view.note("before")
    view.begin(SPEC, [record(0, State.COMPLETE, 0.5, 0.75)], 2)
    view.running(record(1, State.RUNNING))
    view.running(record(1, State.RUNNING, 0.625))
    view.ended(record(1, State.FAILED, 0.625, cause="[red] killed"))
    view.running(record(2, State.RUNNING))
    view.ended(record(2, State.COMPLETE, 0.875, 0.9375))
    view.close()
    view.close()


MAKERS: list[Callable[[Console], View]] = [LiveView, PlainView]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("terminal", [True, False])
def test_every_trial_that_ends_is_told_with_its_cause(
    make: Callable[[Console], View], terminal: bool
) -> None:
    file = io.StringIO()
    play(make(Console(file=file, force_terminal=terminal, width=120, color_system=None)))
    shown = file.getvalue()
    assert "before" in shown
    assert "[red] killed" in shown
    assert "val_accuracy 0.9375" in shown


def test_a_live_view_shows_running_trials_and_the_best() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100, color_system=None)
    view = LiveView(console)
    view.begin(SPEC, [record(0, State.COMPLETE, 0.5, 0.75)], 2)
    view.running(record(1, State.RUNNING))
    view.running(record(1, State.RUNNING, 0.625))
    view.close()
    with console.capture() as capture:
        console.print(view._draw())
    shown = capture.get()
    assert "1/3" in shown
    assert "20/40" in shown
    assert "0.6250" in shown
    assert "best so far: 0.7500 (trial 0)" in shown


def test_nothing_changes_while_the_view_is_drawn() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100, color_system=None)
    view = LiveView(console)
    view.begin(SPEC, [], 2)

    def drawn() -> str:
        with console.capture() as capture:
            console.print(view._draw())
        return capture.get()

    changes: list[tuple[Callable[[TrialRecord], None], TrialRecord, str]] = [
        (view.running, record(1, State.RUNNING, 0.625), "20/40"),
        (view.ended, record(1, State.COMPLETE, 0.625, 0.75), "1/3"),
    ]
    for change, news, seen in changes:
        thread = Thread(target=change, args=[news])
        with view._drawing:
            thread.start()
            thread.join(0.1)
            assert seen not in drawn()
        thread.join()
        assert seen in drawn()
    view.close()


def test_no_line_falls_on_another_while_the_view_is_redrawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sweep.view.live.REDRAW_EVERY", 0.001)
    monkeypatch.setenv("TERM", "xterm")
    file = io.StringIO()
    view = LiveView(
        Console(file=file, force_terminal=True, width=100, height=50, color_system=None)
    )
    view.begin(SPEC, [], 2)
    trials = [record(number % 3, State.COMPLETE, 0.5) for number in range(150)]
    for number, trial in enumerate(trials):
        # The table of running trials is a line longer, and then shorter.
        view.running(trial)
        time.sleep(0.003)
        view.ended(replace(trial, cause=f"number {number}"))
    view.close()
    shown = [line for line in screen.lines(file.getvalue()) if "number" in line]
    assert [line.rpartition(" ")[2] for line in shown] == [str(number) for number in range(150)]


def test_plain_lines_count_and_name_the_best() -> None:
    file = io.StringIO()
    play(PlainView(Console(file=file, width=40)))
    lines = file.getvalue().splitlines()
    assert lines[1] == "test: 3 trials, 1 done, 2 at once"
    assert "(3/3, best 0.9375 (trial 2))" in lines[-1]


def test_the_best_so_far_of_repeats_is_a_single_training_until_a_configuration_is_whole() -> None:
    spec = spec_of("{dropout: {low: 0.0, high: 0.5}, steps: 40}", "search: {trials: 4, repeats: 2}")
    file = io.StringIO()
    view = PlainView(Console(file=file, width=200))
    view.begin(spec, [], 1)
    for number, score in enumerate((0.75, 0.5, 0.625, 0.6875)):
        ended = record(number, State.COMPLETE, score)
        view.ended(replace(ended, trial=replace(ended.trial, configuration=number // 2)))
    assert [
        line.partition("best ")[2].partition(", about")[0]
        for line in file.getvalue().splitlines()[1:]
    ] == [
        "0.7500 (trial 0, a single training)",
        "0.6250 ± 0.1768 (configuration 0, 2 trainings)",
        "0.6250 ± 0.1768 (configuration 0, 2 trainings)",
        "0.6562 ± 0.0442 (configuration 1, 2 trainings))",
    ]


@pytest.mark.parametrize(("workers", "left"), [(1, 5.0), (2, 2.5), (8, 2.5)])
def test_more_workers_than_trials_to_go_do_not_shorten_the_time(workers: int, left: float) -> None:
    state = Progressing(SPEC, [], workers)
    assert state.left() is None
    state.end(record(0, State.COMPLETE, 0.5))
    assert state.left() == pytest.approx(left)


def test_the_step_of_the_best_evaluation_is_told_where_it_counts() -> None:
    found = replace(record(0, State.COMPLETE, 0.75, 0.5), best_step=20)
    line = summary(found, SPEC.objective, colour=False)
    assert "val_accuracy 0.7500 at step 20  40 steps" in line
    line = summary(replace(found, best_step=None), SPEC.objective, colour=False)
    assert "val_accuracy 0.5000  40 steps" in line
