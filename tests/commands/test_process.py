"""What a command does to its own process, and takes back."""

import logging
import os
import signal
import warnings

import pytest

from sweep.commands.process import noted_signals, quiet_libraries
from sweep.errors import Interrupted

NUMBERS = [signal.SIGINT, signal.SIGTERM]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_signal_is_noted_and_raised_when_it_is_safe(number: signal.Signals) -> None:
    with noted_signals("sweep run a.yaml") as check:
        check()
        os.kill(os.getpid(), number)
        with pytest.raises(Interrupted) as raised:
            check()
    assert raised.value.exit_code == 128 + number
    assert raised.value.problems[0].hint == "go on with: sweep run a.yaml"


@pytest.mark.parametrize("number", NUMBERS)
def test_a_second_signal_would_end_the_process(number: signal.Signals) -> None:
    with noted_signals("") as check:
        os.kill(os.getpid(), number)
        with pytest.raises(Interrupted):
            check()
        assert signal.getsignal(number) is signal.SIG_DFL


def test_handlers_are_as_before_afterwards() -> None:
    before = [signal.getsignal(number) for number in NUMBERS]
    with pytest.raises(ZeroDivisionError), noted_signals(""):
        assert [signal.getsignal(number) for number in NUMBERS] != before
        raise ZeroDivisionError
    assert [signal.getsignal(number) for number in NUMBERS] == before


def test_libraries_are_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_LOGGING_LEVEL", "INFO")
    names = ("optuna", "mlflow", "alembic")
    before = {name: logging.getLogger(name).level for name in names}
    with warnings.catch_warnings():
        quiet_libraries()
        assert os.environ["MLFLOW_LOGGING_LEVEL"] == "ERROR"
        for name, level in before.items():
            assert logging.getLogger(name).level == logging.ERROR
            logging.getLogger(name).setLevel(level)
