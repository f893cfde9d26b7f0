"""`sweep ui`: the MLflow UI on the right store."""

import os
import socket
import sys
from typing import Annotated

import typer

from sweep.commands import find
from sweep.commands.find import DEFAULT_RESULTS, Results, TrackingUri
from sweep.errors import InputError

Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="a sweep, to open its runs")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="the port on this machine")]


def ui(
    name: Name = None,
    results: Results = DEFAULT_RESULTS,
    tracking_uri: TrackingUri = None,
    port: Port = 5000,
) -> None:
    """Serve the MLflow UI on the right store, on this machine alone."""
    from sweep.store import read_sweep
    from sweep.track import store
    from sweep.track.uri import address, recorded_uri, resolve_uri

    if name is None:
        uri = resolve_uri(tracking_uri)
        page = ""
    else:
        spec, _, facts = read_sweep(find.sweep_folder(name, results))
        uri = recorded_uri(facts.tracking_uri, tracking_uri)
        page = store.ui_fragment(uri, spec)
    if uri.startswith(("http://", "https://")):
        typer.echo(f"{address(uri)}{page}")
        return
    if not _is_free(port):
        raise InputError(f"port {port} is in use", "choose another with --port", "--port")
    where = f"http://127.0.0.1:{port}{page}"
    typer.echo(f"MLflow at {where}  (ready in some seconds; Ctrl-C ends it)")
    arguments, environment = store.ui_command(uri, port)
    command = [sys.executable, *arguments]
    sys.stdout.flush()
    os.execve(sys.executable, command, {**os.environ, **environment})  # noqa: S606 no shell


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
