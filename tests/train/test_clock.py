"""Where the time of a trial goes."""

from dataclasses import fields
from typing import get_args

import pytest

from sweep.train.clock import Clock, Phase
from sweep.trial.events import Spent


def test_every_phase_is_one_of_what_is_told() -> None:
    assert get_args(Phase) == tuple(field.name for field in fields(Spent))


def test_seconds_go_to_the_phase_that_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([3.0, 4.0, 4.5, 6.5])
    monkeypatch.setattr("time.perf_counter", lambda: next(moments))
    clock = Clock(1.0)
    phases: tuple[Phase, ...] = ("fork", "train", "evaluate", "train")
    for phase in phases:
        clock.lap(phase)
    assert clock.spent == Spent(fork=2.0, train=3.0, evaluate=0.5)
    assert clock.spent.before == 2.0
