"""Tasks and events travel as JSON documents, and come back as they were."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.space.hyperparams import Hyperparams
from sweep.space.objectives import Objective
from sweep.trial.codec import to_event, to_message, to_task
from sweep.trial.events import (
    Done,
    Ended,
    Evaluated,
    Event,
    Finishing,
    Loaded,
    Reading,
    Spent,
    Started,
    Traced,
    ends,
    failed,
)
from sweep.trial.record import Evaluation, State, Trace
from sweep.trial.tasks import Examine, Publish, Task, Train
from tests.fakes import SUMMARY

POINT = Hyperparams(filters=(8, 16), kernel_size=(3, 5), dropout=0.1, learning_rate=1 / 3)
TASKS: list[Task] = [
    Train(3, POINT, 7, (10, 20), 1, Path("w.h5")),
    Train(0, Hyperparams(), 2**31 - 1, (30,), 4, Path("/a b/w.h5")),
    Train(
        1,
        POINT,
        7,
        (7, 10, 12),
        1,
        Path("w.h5"),
        objective=Objective("val_loss", maximize=False, of="best"),
        patience=3,
    ),
    Examine(POINT, Path("w.h5"), Path("out.npz")),
    Examine(POINT, Path("w.h5"), Path("out.npz"), Path("best.keras")),
    Publish(POINT, Path("w.h5"), "sqlite:///a.db", "run", {"classes": ["a"], "trial": 3}),
]
numbers = st.integers(0, 10_000)
floats = st.floats(allow_nan=False)
evaluations = st.builds(
    Evaluation, numbers, floats, floats, floats, floats, st.none() | floats, st.none() | floats
)
traces = st.builds(Trace, numbers, floats, st.lists(floats, max_size=5).map(tuple))
ended = st.builds(
    Ended,
    numbers,
    st.sampled_from([state for state in State if state.is_finished]),
    st.none() | st.text(),
    st.none() | numbers,
    st.none() | st.builds(Spent, train=floats),
    st.none() | numbers,
)
events = st.one_of(
    st.builds(Started, numbers),
    st.builds(Finishing, numbers),
    st.builds(Evaluated, numbers, evaluations),
    st.builds(Traced, numbers, traces),
    ended,
    st.builds(Done, st.sampled_from(TASKS[3:]), st.none() | st.text()),
    st.builds(Reading, numbers, numbers),
    st.just(Loaded(SUMMARY)),
)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: type(task).__name__)
def test_a_task_comes_back_as_it_was(task: Task) -> None:
    back = to_task(json.loads(json.dumps(to_message(task))))
    assert back == task
    assert type(back) is type(task)


@given(event=events)
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    back = to_event(json.loads(json.dumps(to_message(event))))
    assert back == event
    assert repr(back) == repr(event)


def test_a_message_of_another_kind_is_a_bug() -> None:
    with pytest.raises(KeyError):
        to_event({"kind": "Nothing"})


@pytest.mark.parametrize("task", TASKS, ids=lambda task: type(task).__name__)
def test_a_task_that_failed_has_ended(task: Task) -> None:
    end = failed(task, "killed")
    assert ends(end, task)
    assert end.cause == "killed"
    assert not any(ends(end, other) for other in TASKS if other != task)
    assert not ends(Started(3), task)
