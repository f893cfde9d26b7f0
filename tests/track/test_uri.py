"""MLflow's URIs: which store is meant, and that of a sweep is found
again."""

from pathlib import Path

import pytest

from sweep.errors import InputError
from sweep.track.uri import address, recorded_uri, resolve_uri

URIS = {
    "given": ("sqlite:////a/b.db", {"MLFLOW_TRACKING_URI": "http://x"}, "sqlite:////a/b.db"),
    "from the environment": (None, {"MLFLOW_TRACKING_URI": "http://x"}, "http://x"),
    "the default": (None, {}, "sqlite:///{here}/mlflow.db"),
    "a relative file": ("sqlite:///sub/m.db", {}, "sqlite:///{here}/sub/m.db"),
}


@pytest.mark.parametrize(("given", "environment", "expected"), URIS.values(), ids=URIS)
def test_the_store_is_resolved_by_ourselves(
    given: str | None,
    environment: dict[str, str],
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert resolve_uri(given) == expected.format(here=tmp_path.resolve())


def test_a_browser_is_sent_to_a_server_without_the_user() -> None:
    assert address("https://user:secret@host/x") == "https://host/x"
    assert address("http://127.0.0.1:5000") == "http://127.0.0.1:5000"


@pytest.mark.parametrize(
    ("given_uri", "current", "expected"),
    [
        ("http://other", None, "http://other"),
        (None, "http://user:secret@host", "http://user:secret@host"),
        ("http://user:flag@host", "http://user:secret@host", "http://user:flag@host"),
        (None, "http://user:secret@other", None),
        (None, "http://host", None),
        (None, None, None),
        ("http://***@host", None, None),
    ],
)
def test_a_store_that_wants_a_secret_is_taken_from_the_flag_or_the_environment(
    given_uri: str | None,
    current: str | None,
    expected: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    if current:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", current)
    if expected:
        assert recorded_uri("http://***@host", given_uri) == expected
        return
    with pytest.raises(InputError, match="needs a password") as raised:
        recorded_uri("http://***@host", given_uri)
    assert "--tracking-uri" in raised.value.problems[0].hint


def test_a_store_without_a_secret_is_the_recorded_one_whatever_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://other")
    assert recorded_uri("http://host", None) == "http://host"
