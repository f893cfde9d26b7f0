"""MLflow's stores: what cannot be written is refused at once, and no secret is told."""

import os
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from sweep.errors import StoreError
from sweep.track.store import (
    attach_later,
    check_file,
    environment,
    store_error,
    ui_command,
    ui_fragment,
)
from tests.conftest import spec_of


@pytest.mark.parametrize(
    "uri",
    ["sqlite:///{0}/m.db", "sqlite:///{0}/new/folder/m.db", "sqlite:///{0}/m.db?timeout=3"],
)
def test_a_file_that_can_be_made_is_no_problem(tmp_path: Path, uri: str) -> None:
    check_file(uri.format(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("uri", ["http://localhost:5000", "sqlite:///relative.db", "file:///x", ""])
def test_stores_that_are_no_such_file_are_not_looked_at(uri: str) -> None:
    check_file(uri)


@pytest.mark.parametrize(
    ("path", "error"),
    [("folder", IsADirectoryError), ("file/m.db", NotADirectoryError)],
)
def test_a_file_that_cannot_be_made_is_an_error_at_once(
    tmp_path: Path, path: str, error: type[OSError]
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(error):
        check_file(f"sqlite:///{tmp_path}/{path}")


URI = "postgresql://ann:s3cret@db.example/m"


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (ValueError("no such table"), "no such table"),
        (ValueError("one\ntwo\nthree"), "one"),
        (ValueError(""), "ValueError"),
        (OSError(f"cannot reach {URI}"), "cannot reach postgresql://***@db.example/m"),
        (RuntimeError("x" * 900), "x" * 300),
    ],
)
def test_a_failure_is_one_line_without_secrets(failure: Exception, said: str) -> None:
    (problem,) = store_error(URI, failure).problems
    assert problem.message.startswith(f"MLflow's store cannot be used: {said}")
    assert len(problem.message) < 400
    assert "s3cret" not in f"{problem.message}{problem.where}{problem.hint}"
    assert "--tracking-uri" in problem.hint


def test_the_ui_is_told_its_store_by_its_environment_and_listens_to_this_machine_alone() -> None:
    arguments, environment = ui_command(URI, 5001)
    assert "s3cret" not in " ".join(arguments)
    assert environment["MLFLOW_BACKEND_STORE_URI"] == URI
    assert arguments[arguments.index("--host") + 1] == "127.0.0.1"
    assert arguments[arguments.index("--port") + 1] == "5001"
    hosts = arguments[arguments.index("--allowed-hosts") + 1]
    assert hosts == "localhost:5001,127.0.0.1:5001"


def test_nothing_is_sent_home() -> None:
    _, environment = ui_command(URI, 5001)
    assert (environment["MLFLOW_DISABLE_TELEMETRY"], environment["DO_NOT_TRACK"]) == (
        "true",
        "true",
    )


OURS = {
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
}


def shown() -> dict[str, str | None]:
    return {name: os.environ.get(name) for name in OURS}


@pytest.fixture
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OURS:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("unset")
def test_variables_of_mlflow_are_set_for_a_block_and_then_restored() -> None:
    before = shown()
    with pytest.raises(ZeroDivisionError), environment():
        assert shown() == OURS
        raise ZeroDivisionError
    assert shown() == before == dict.fromkeys(OURS)


@pytest.mark.usefixtures("unset")
@pytest.mark.parametrize("name", OURS)
def test_what_a_user_has_set_for_mlflow_stays(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "77")
    before = shown()
    with environment():
        prints = name == "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"
        assert os.environ[name] == ("true" if prints else "77")
    assert shown() == before


@pytest.mark.usefixtures("unset")
def test_what_a_user_sets_meanwhile_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "MLFLOW_HTTP_REQUEST_TIMEOUT"
    with environment():
        monkeypatch.setenv(name, "99")
    assert os.environ[name] == "99"
    assert shown() == {**dict.fromkeys(OURS), name: "99"}


@pytest.mark.usefixtures("unset")
def test_two_sweeps_in_one_process_keep_the_variables_until_both_have_ended() -> None:
    one = environment()
    other = environment()
    with ExitStack() as later:
        with one:
            later.enter_context(other)
            assert shown() == OURS
        assert shown() == OURS
    assert shown() == dict.fromkeys(OURS)


@pytest.mark.usefixtures("unset")
def test_a_look_into_a_store_restores_the_variables(mlflow_store: str) -> None:
    ui_fragment(mlflow_store, spec_of("{steps: 20}"))
    attach_later(mlflow_store, "never-run", "id", 0, Path("nowhere"))
    assert shown() == dict.fromkeys(OURS)


def test_a_store_that_does_not_have_the_sweep_has_nothing_to_show(mlflow_store: str) -> None:
    spec = replace(spec_of("{steps: 20}"), name="never-run")
    assert ui_fragment(mlflow_store, spec) == ""
    assert not attach_later(mlflow_store, "never-run", "id", 0, Path("nowhere"))


def test_a_store_that_is_a_folder_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder"):
        attach_later(f"sqlite:///{tmp_path}", "name", "id", 0, tmp_path)
    with pytest.raises(StoreError, match="is a folder"):
        ui_fragment(f"sqlite:///{tmp_path}", spec_of("{steps: 20}"))
