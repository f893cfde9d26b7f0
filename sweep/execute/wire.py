"""Messages between coordinator, fork server and trials: one JSON document per datagram."""

import json
import socket
from typing import Any

# A datagram must fit into the socket's buffer; a message is a few hundred bytes, a traceback a few thousand.
MAX_MESSAGE = 60_000


def send(channel: socket.socket, message: dict[str, Any], files: tuple[int, ...] = ()) -> None:
    """Sends one message, with open files if any. Raises `OSError` where nobody listens."""
    socket.send_fds(channel, [json.dumps(message).encode()], files)


def receive(channel: socket.socket, files: int = 0) -> tuple[dict[str, Any], list[int]] | None:
    """The next message and the open files that came with it; None at the end of the channel."""
    raw, opened, _, _ = socket.recv_fds(channel, MAX_MESSAGE, files)
    return (json.loads(raw), opened) if raw else None


def pair() -> tuple[socket.socket, socket.socket]:
    """Two ends of a channel that keeps messages apart."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
