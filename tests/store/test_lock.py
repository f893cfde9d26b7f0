"""The lock of a sweep's folder: one writer, readers that do not hinder it, and file systems that
have none."""

import errno
import fcntl
import os
import threading
import time
from pathlib import Path

import pytest

from sweep.errors import InUse, StoreError
from sweep.store.ledger import Ledger
from sweep.store.lock import is_in_use, lock_folder


def test_a_second_writer_is_refused_until_the_first_is_done(tmp_path: Path) -> None:
    first = lock_folder(tmp_path)
    assert is_in_use(tmp_path)
    with pytest.raises(InUse, match="being run by another process"):
        lock_folder(tmp_path)
    os.close(first)
    assert not is_in_use(tmp_path)
    os.close(lock_folder(tmp_path))


def test_a_writer_waits_for_a_reader_that_only_looks(tmp_path: Path) -> None:
    looking = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH)
    threading.Timer(0.1, os.close, [looking]).start()
    with Ledger.open_to_write(tmp_path):
        assert is_in_use(tmp_path)


def test_many_looks_never_stop_a_sweep_from_starting(tmp_path: Path) -> None:
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            is_in_use(tmp_path)
            time.sleep(0.0001)

    readers = [threading.Thread(target=look) for _ in range(4)]
    for reader in readers:
        reader.start()
    try:
        for _ in range(100):
            os.close(lock_folder(tmp_path))
    finally:
        done.set()
        for reader in readers:
            reader.join()


def refusing(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the kernel answer every lock with this error, as some network file systems do."""

    def flock(descriptor: int, operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS])
def test_a_file_system_without_locks_is_an_error_with_a_way_out(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(number, monkeypatch)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(StoreError) as raised:
        Ledger.open_to_write(tmp_path)
    (problem,) = raised.value.problems
    assert problem.message == f"this folder cannot be locked: {os.strerror(number)}"
    assert problem.where == str(tmp_path)
    assert "--results" in problem.hint
    assert len(os.listdir("/proc/self/fd")) == before
    assert not is_in_use(tmp_path)


def test_another_failure_of_a_look_is_an_error_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(errno.EIO, monkeypatch)
    with pytest.raises(StoreError, match="Input/output error"):
        is_in_use(tmp_path)


def test_a_folder_that_is_gone_is_an_error_of_the_store(tmp_path: Path) -> None:
    for action in (is_in_use, lock_folder):
        with pytest.raises(StoreError, match="cannot be opened: No such file"):
            action(tmp_path / "gone")
