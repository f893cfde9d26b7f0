"""MLflow's URIs: which store is meant, and what of a URI may be seen. It needs no MLflow."""

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

    A ledger records no secret. If the URI had one, it is taken from `MLFLOW_TRACKING_URI`, which
    must be equal apart from the secret. Raises `InputError` if it is not.
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
    """The URI of a server as a browser takes it: without a user, for whom the browser asks."""
    return without_secrets(uri).replace(f"://{HIDDEN}@", "://")
