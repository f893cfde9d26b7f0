"""Messages between coordinator, fork server and trials: JSON documents in datagrams.

A document longer than a datagram is sent in pieces.
"""

import json
import socket
from typing import Any

# A datagram must fit into the socket's buffer, which is about 200 kB on Linux.
PIECE = 50_000
_MORE, _LAST = b"+", b"."


def send(channel: socket.socket, message: dict[str, Any], files: tuple[int, ...] = ()) -> None:
    """Sends one message, with open files if any. Raises `OSError` if nobody listens."""
    raw = json.dumps(message).encode()
    *before, last = [raw[first : first + PIECE] for first in range(0, len(raw), PIECE)]
    for piece in before:
        channel.send(_MORE + piece)
    socket.send_fds(channel, [_LAST + last], files)


def receive(channel: socket.socket, files: int = 0) -> tuple[dict[str, Any], list[int]] | None:
    """The next message and the open files that came with it; None at the end of the channel."""
    pieces: list[bytes] = []
    while True:
        try:
            raw, opened, _, _ = socket.recv_fds(channel, PIECE + 1, files)
        except ConnectionError:
            return None
        if not raw:
            return None
        pieces.append(raw[1:])
        if raw[:1] == _LAST:
            return json.loads(b"".join(pieces)), opened


def pair() -> tuple[socket.socket, socket.socket]:
    """Two ends of a channel."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
