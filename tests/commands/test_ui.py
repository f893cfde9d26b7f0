"""`sweep ui`: which store it serves, and where."""

import os
import sys
from pathlib import Path

import pytest

from tests.commands.conftest import write_sweep
from tests.test_cli import Command


def test_a_server_is_there_already_and_its_address_is_all(results: Path, sweep: Command) -> None:
    code, out, err = sweep("ui", "--tracking-uri", "https://user:CANARY@host:5000")
    assert (code, out, err) == (0, "https://host:5000\n", "")


def test_without_a_name_the_store_of_the_environment_is_served(
    results: Path, sweep: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://env.example:1")
    assert sweep("ui")[1] == "http://env.example:1\n"
    assert sweep("ui", "--tracking-uri", "http://flag.example:2")[1] == "http://flag.example:2\n"


def test_a_store_whose_password_is_not_known_is_asked_for(results: Path, sweep: Command) -> None:
    write_sweep(results / "hidden", "postgresql://user:CANARY@host/db")
    code, out, err = sweep("ui", "hidden")
    assert (code, out) == (2, "")
    assert "needs a password" in err
    assert "CANARY" not in err


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_what_is_no_port_is_refused(port: str, results: Path, sweep: Command) -> None:
    code, out, err = sweep("ui", "--port", port)
    assert (code, out) == (2, "")
    assert "--port" in err


def test_the_ui_takes_the_place_of_this_process(
    results: Path, sweep: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[list[str]] = []
    monkeypatch.setattr(os, "execve", lambda path, command, environment: begun.append(command))
    monkeypatch.setattr("sweep.commands.ui._is_free", lambda port: True)
    code, out, _ = sweep("ui", "--port", "5123")
    assert (code, out.startswith("MLflow at http://127.0.0.1:5123  (")) == (0, True)
    assert begun[0][0] == sys.executable
    assert "5123" in begun[0]
