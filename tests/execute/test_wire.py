"""Messages arrive whole, in order and with their files, whatever their length."""

import os
import threading

import pytest

from sweep.execute.wire import PIECE, pair, receive, send


@pytest.mark.parametrize("length", [0, 1, PIECE - 14, PIECE - 13, PIECE, 3 * PIECE, 1_000_000])
def test_messages_of_any_length(length: int) -> None:
    ours, theirs = pair()
    with ours, theirs:

        def send_both() -> None:
            send(ours, {"text": "x" * length})
            send(ours, {"next": 1})

        sender = threading.Thread(target=send_both)
        sender.start()
        assert receive(theirs) == ({"text": "x" * length}, [])
        assert receive(theirs) == ({"next": 1}, [])
        sender.join()


def test_files_travel_along() -> None:
    ours, theirs = pair()
    reading, writing = os.pipe()
    with ours, theirs:
        send(ours, {"a": 1}, (writing,))
        received = receive(theirs, files=1)
        assert received is not None
        os.write(received[1][0], b"hello")
        assert os.read(reading, 5) == b"hello"
        for file in (reading, writing, *received[1]):
            os.close(file)


def test_the_end_of_a_channel_is_none() -> None:
    ours, theirs = pair()
    with theirs:
        ours.close()
        assert receive(theirs) is None


def test_nobody_listening_is_an_error() -> None:
    ours, theirs = pair()
    theirs.close()
    with ours, pytest.raises(ConnectionError):
        send(ours, {"a": 1})
