"""The lock of a sweep's folder: one process writes to a sweep.

It is `flock` on the folder itself, so it leaves no file, and ends with its process.
"""

import errno
import fcntl
import os
import time
from pathlib import Path

from sweep.errors import InUse, StoreError

# Seconds that a writer tries again: `is_in_use` holds the lock for an instant.
PATIENCE = 0.5
_PAUSE = 0.01
# How file systems answer that have no locks.
_WITHOUT_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


def lock_folder(folder: Path) -> int:
    """Locks an existing folder, and returns the descriptor; closing it releases the lock.

    Raises `InUse` if another process has the lock, and `StoreError` if the folder cannot be locked.
    """
    descriptor = _open(folder)
    try:
        _take(descriptor)
    except BlockingIOError:
        os.close(descriptor)
        raise InUse(
            "this sweep is being run by another process",
            "wait for it, or stop it first",
            str(folder),
        ) from None
    except OSError as error:
        os.close(descriptor)
        what = f"this folder cannot be locked: {error.strerror}"
        hint = "choose a --results on another file system, such as a local disk"
        raise StoreError(what, hint, str(folder)) from error
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _open(folder: Path) -> int:
    try:
        return os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        what = f"this folder cannot be opened: {error.strerror}"
        raise StoreError(
            what, "make it readable, or choose another --results", str(folder)
        ) from None


def _take(descriptor: int) -> None:
    """Takes the lock. Raises `BlockingIOError` if it stays taken."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
        time.sleep(_PAUSE)


def is_in_use(folder: Path) -> bool:
    """Whether a process holds the lock of `folder`.

    A file system without locks has no process that holds one. Raises `StoreError` if the folder
    cannot be opened.
    """
    descriptor = _open(folder)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError as error:
        if error.errno not in _WITHOUT_LOCKS:
            raise StoreError(
                f"cannot be read: {error.strerror}", "try again", str(folder)
            ) from error
    finally:
        os.close(descriptor)
    return False
