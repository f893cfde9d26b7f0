"""Files and folders are put into place whole, or not at all."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sweep.errors import StoreError
from sweep.files import make_folder, read_whole, remove, unwritable, write_whole


def test_a_file_is_there_whole_and_nothing_beside_it(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.csv", b"one")
    write_whole(tmp_path / "a.csv", b"two")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.csv": b"two"}


def test_what_was_there_stays_where_writing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_whole(tmp_path / "a.csv", b"one")

    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left on device") as raised:
        write_whole(tmp_path / "a.csv", b"two")
    assert raised.value.problems[0].hint == "free the disk"
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.csv": b"one"}


def test_nothing_is_left_beside_a_file_when_writing_is_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(number: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "a.csv", b"one")
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_read_and_removed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one")
    assert read_whole(tmp_path / "a") == b"one"
    remove(tmp_path / "a")
    remove(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("action", "what"), [(read_whole, "read"), (remove, "remove")])
def test_a_folder_in_the_place_of_a_file_is_neither_read_nor_removed(
    action: Callable[[Path], object], what: str, tmp_path: Path
) -> None:
    with pytest.raises(StoreError, match=f"cannot {what}: Is a directory") as raised:
        action(tmp_path)
    assert raised.value.problems[0].where == str(tmp_path)


def test_a_folder_is_made_with_those_above_it(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


def test_a_file_in_the_place_of_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    for action in (make_folder, lambda path: write_whole(path, b"")):
        with pytest.raises(StoreError, match="cannot write") as raised:
            action(tmp_path / "a" / "b")
        assert str(tmp_path / "a" / "b") in str(raised.value.problems[0])


@pytest.mark.parametrize(
    ("number", "hint"),
    [(errno.ENOSPC, "free the disk"), (errno.EACCES, "make its folder writable")],
)
def test_the_hint_follows_the_cause(number: int, hint: str) -> None:
    error = unwritable(Path("a"), OSError(number, os.strerror(number)))
    assert error.problems[0].hint.startswith(hint)
    assert error.exit_code == 4
