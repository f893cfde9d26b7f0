"""MLflow's stores: opening them, explaining their failures, and their UI."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from sweep.errors import StoreError
from sweep.secrets import without_secrets
from sweep.space import SweepSpec


class Environment:
    """MLflow's environment variables, set in this process from the first `enter` to the last
    `leave`.

    MLflow then sends no telemetry, prints no addresses of runs on standard output, and gives up an
    unresponsive server after seconds. It reads these variables at every request, and has no other
    way to set them.
    """

    # Whether we replace what a person has set.
    _OURS: Mapping[str, tuple[str, bool]] = {
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": ("true", True),
        "MLFLOW_DISABLE_TELEMETRY": ("true", False),
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": ("2", False),
        "MLFLOW_HTTP_REQUEST_TIMEOUT": ("10", False),
    }

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._before: dict[str, str | None] = {}

    def enter(self) -> None:
        """Sets the variables, unless another sweep of this process has."""
        with self._lock:
            self._users += 1
            if self._users > 1:
                return
            for name, (value, replaces) in self._OURS.items():
                if replaces or name not in os.environ:
                    self._before[name] = os.environ.get(name)
                    os.environ[name] = value

    def leave(self) -> None:
        """Restores the variables after the last user. One that was changed since then stays."""
        with self._lock:
            self._users -= 1
            if self._users:
                return
            for name, value in self._before.items():
                if os.environ.get(name) != self._OURS[name][0]:
                    continue
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
            self._before.clear()

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Sets the variables for a block of code."""
        self.enter()
        try:
            yield
        finally:
            self.leave()


# The environment belongs to the process, so there is one.
environment = Environment()


def open_client(uri: str) -> Any:
    """A client of the store at `uri`, to use within `environment`. It sends no request yet."""
    from mlflow import MlflowClient  # imported here: heavy

    return MlflowClient(uri)


def check_file(uri: str) -> None:
    """Raises `OSError` if the file of a SQLite store cannot be written.

    MLflow would retry for half a minute.
    """
    scheme, _, path = uri.partition(":///")
    if scheme != "sqlite" or not path.startswith("/"):
        return
    file = Path(path.partition("?")[0])
    folder = next(folder for folder in file.parents if folder.exists())
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder")
    if file.is_dir():
        raise IsADirectoryError(f"{file} is a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(f"{folder} cannot be written")
    if file.exists() and not os.access(file, os.W_OK):
        raise PermissionError(f"{file} cannot be written")


def attach(client: Any, experiment: str, parent: str, number: int, folder: Path) -> bool:
    """Copies a folder's files to the run of trial `number`, below `inspect`.

    Returns False if there is no such run.
    """
    wanted = f"tags.`mlflow.parentRunId` = '{parent}' AND tags.`sweep.trial` = '{number}'"
    found = client.search_runs([experiment], wanted, max_results=1)
    if found:
        client.log_artifacts(found[0].info.run_id, str(folder), "inspect")
    return bool(found)


def attach_later(uri: str, name: str, sweep_id: str, number: int, folder: Path) -> bool:
    """Like `attach`, for a sweep that has ended. Returns False if the store lacks the sweep.

    Raises `StoreError` if the store cannot be used.
    """
    try:
        check_file(uri)
        with environment():
            client = open_client(uri)
            experiment = client.get_experiment_by_name(name)
            if experiment is None:
                return False
            found = client.search_runs(
                [experiment.experiment_id], f"tags.`sweep.id` = '{sweep_id}'", max_results=1
            )
            return bool(found) and attach(
                client, experiment.experiment_id, found[0].info.run_id, number, folder
            )
    except Exception as error:
        # MLflow's stores raise errors of many libraries.
        raise store_error(uri, error) from error


def ui_command(uri: str, port: int) -> tuple[list[str], dict[str, str]]:
    """Python's arguments and environment to serve a store's MLflow UI, on this machine only.

    The URI is in the environment, because every user of the machine can see a process's arguments.
    """
    hosts = f"localhost:{port},127.0.0.1:{port}"
    arguments = ["-P", "-m", "mlflow", "ui", "--host", "127.0.0.1", "--port", str(port),
                 "--allowed-hosts", hosts, "--uvicorn-opts", "--log-level warning"]  # fmt: skip
    variables = {
        "MLFLOW_BACKEND_STORE_URI": uri,
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        # Users cannot fix warnings about MLflow's own use of libraries.
        "PYTHONWARNINGS": "ignore",
    }
    return arguments, variables


def ui_fragment(uri: str, spec: SweepSpec) -> str:
    """The part of the UI's address that lists a sweep's trials, best first; empty without trials.

    Without this filter the UI hides trials below their parent. Raises `StoreError` if the store
    cannot be used.
    """
    try:
        check_file(uri)
        with environment():
            found = open_client(uri).get_experiment_by_name(spec.name)
    except Exception as error:
        # MLflow's stores raise errors of many libraries.
        raise store_error(uri, error) from error
    if found is None:
        return ""
    query = {
        "searchFilter": "tags.`sweep.trial` LIKE '%'",
        "orderByKey": f"metrics.`{spec.objective.metric}`",
        "orderByAsc": str(not spec.objective.maximize).lower(),
    }
    return f"/#/experiments/{found.experiment_id}/runs?{urlencode(query, quote_via=quote)}"


def store_error(uri: str, failure: Exception) -> StoreError:
    """A failure of the store at `uri`, for a person, without secrets."""
    said = (without_secrets(str(failure), uri).strip().splitlines() or [type(failure).__name__])[0]
    hint = "check --tracking-uri or MLFLOW_TRACKING_URI, or give another store"
    return StoreError(f"MLflow's store cannot be used: {said[:300]}", hint, without_secrets(uri))
