"""MLflow's URIs: how the store is chosen, and how secrets are hidden. It needs no MLflow."""

import os
from pathlib import Path

from sweep.errors import InputError
from sweep.secrets import HIDDEN, without_secrets

DEFAULT_URI = "sqlite:///mlflow.db"
ENVIRONMENT = "MLFLOW_TRACKING_URI"


def resolve_uri(given: str | None) -> str:
    """The tracking URI: the given one, else `MLFLOW_TRACKING_URI`, else `mlflow.db` in this folder.

    A SQLite file is named by its absolute path, so the URI means the same everywhere.
    """
    uri = given or os.environ.get(ENVIRONMENT) or DEFAULT_URI
    scheme, _, path = uri.partition(":///")
    if scheme == "sqlite" and not path.startswith("/"):
        return f"sqlite:///{Path(path).resolve()}"
    return uri


def is_named(given: str | None) -> bool:
    """Whether a person named the store, by a flag or the environment."""
    return bool(given or os.environ.get(ENVIRONMENT))


def recorded_uri(recorded: str, given: str | None) -> str:
    """The tracking URI of an existing sweep: the given one, else the recorded one.

    A ledger records no secret. A missing secret is taken from `MLFLOW_TRACKING_URI`, which must be
    equal apart from the secret. Raises `InputError` if it is not.
    """
    uri = resolve_uri(given or recorded)
    if HIDDEN not in uri:
        return uri
    current = resolve_uri(None)
    if without_secrets(current) == uri:
        return current
    raise secret_is_missing(uri)


def secret_is_missing(uri: str) -> InputError:
    """The error for a store that needs a secret; `uri` is without it."""
    return InputError(
        "the MLflow store of this sweep needs a password, and none is kept on the disk",
        f"give the URI with its password: {ENVIRONMENT}=URI, or --tracking-uri URI",
        uri,
    )


def address(uri: str) -> str:
    """A server's URI for a browser: without user and password. The browser asks for them."""
    return without_secrets(uri).replace(f"://{HIDDEN}@", "://")
