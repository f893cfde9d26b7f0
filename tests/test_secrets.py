"""No secret of a URI survives, whatever its form, and what is no secret stays."""

import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.secrets import without_secrets

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
