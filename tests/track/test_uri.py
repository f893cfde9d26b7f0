"""MLflow's URIs: no secret survives, what is no secret stays, and the store of a sweep is found
again."""

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.errors import InputError
from sweep.secrets import without_secrets
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


SECRETS = {
    "http://user:secret@host:1/x": "http://***@host:1/x",
    "http://us@er:sec@ret@host:1/x": "http://***@host:1/x",
    "http://user:sec/re?t@host": "http://***@host",
    "https://secret@host/x?y=1#z": "https://***@host/x?y=1#z",
    "postgresql://u:secret@h/db?password=secret&x=1": "postgresql://***@h/db?password=***&x=1",
    "postgresql:///db?host=h&sslpassword=a b/secret&user=u": "postgresql:///db?host=h&sslpassword=***&user=u",
    "http://h/x?pass%77ord=secret": "http://h/x?pass%77ord=***",
    "http://h?API_KEY=secret&access_key=secret&sig=secret&b=2": "http://h?API_KEY=***&access_key=***&sig=***&b=2",
    "http://h?token=a&secret&b=2": "http://h?token=***&b=2",
    "mssql+pyodbc:///?odbc_connect=UID%3Du%3BPWD%3Dsecret%3BX%3D1": "mssql+pyodbc:///?odbc_connect=***",
    "API request to http://user:secret@127.0.0.1:9/api failed": "API request to http://***@127.0.0.1:9/api failed",
    "no route to http://h?token=secret today": "no route to http://h?token=*** today",
    "sqlite:////a/b@c.db": "sqlite:////a/b@c.db",
    "sqlite:////a/b@c.db?password=secret": "sqlite:////a/b@c.db?password=***",
    "http://127.0.0.1:5000": "http://127.0.0.1:5000",
    "databricks": "databricks",
    "no such table: experiments": "no such table: experiments",
}


@pytest.mark.parametrize(("text", "shown"), SECRETS.items())
def test_secrets_are_hidden_and_nothing_else(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


CANARY = "CaNaRy"
ODD = st.text(st.sampled_from("ab1 :@/?#;%=+'\"\\<>[]{}|~^`\t\né"), max_size=6)
NAMES = st.sampled_from(
    ["password", "passwd", "pwd", "PWD", "token", "access_token", "api_key", "apikey", "access_key", "secret",
     "client_secret", "sslpassword", "aws_secret_access_key"]
)  # fmt: skip
SCHEMES = st.sampled_from(["http", "https", "postgresql", "mysql+pymysql", "mssql+pyodbc"])


@st.composite
def secrets(draw: st.DrawFn) -> str:
    return draw(ODD) + CANARY + draw(ODD)


@st.composite
def uris(draw: st.DrawFn) -> str:
    """A URI with one secret at least: a password before the host, a user alone, or a parameter."""
    kind = draw(st.sampled_from(["password", "user", "parameter", "both"]))
    user = ""
    if kind in ("password", "both"):
        user = f"{draw(ODD)}:{draw(secrets())}@"
    elif kind == "user":
        user = f"{draw(secrets())}@"
    # A third slash would begin a path, in which there is no user.
    user = user.lstrip("/")
    host = draw(st.sampled_from(["host", "127.0.0.1:5000", "host/path"]))
    query = ""
    if kind in ("parameter", "both"):
        pairs = [f"{draw(NAMES)}={draw(secrets())}", f"{draw(st.sampled_from(['x', 'sslmode']))}=1"]
        query = "?" + "&".join(draw(st.permutations(pairs)))
    return f"{draw(SCHEMES)}://{user}{host}{query}"


@given(uri=uris())
def test_no_secret_of_an_odd_uri_survives(uri: str) -> None:
    shown = without_secrets(uri)
    assert CANARY not in shown
    assert without_secrets(shown) == shown


@given(uri=uris(), before=st.sampled_from(["", "cannot open ", "(OperationalError) FATAL: "]))
def test_no_secret_survives_in_a_message(uri: str, before: str) -> None:
    for spelled in (uri, repr(uri), json.dumps(uri)):
        assert CANARY not in without_secrets(f"{before}{spelled} failed", uri)


@given(secret=secrets(), spell=st.sampled_from([str, repr, quote, quote_plus, json.dumps]))
def test_a_message_with_the_secret_alone_does_not_hold_it(
    secret: str, spell: Callable[[str], str]
) -> None:
    for uri in (
        f"postgresql://user:{secret}@host/db",
        f"postgresql://user:{quote(secret, safe='')}@host/db",
    ):
        assert CANARY not in without_secrets(f"authentication failed for {spell(secret)}", uri)


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
