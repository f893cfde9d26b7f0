"""Files of NumPy arrays: their names, what their headers promise, and damage of every kind."""

import io
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.lib import format as npy

from sweep.data.npz import LISTED, read_npz
from sweep.errors import DataError

ANY_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
IMAGES = np.arange(6 * 5 * 4, dtype=np.uint8).reshape(6, 5, 4)
LABELS = np.array([0, 1, 2, 0, 1, 2])


def npz(path: Path, **arrays: np.ndarray) -> Path:
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]
    return path


def entries(path: Path, **contents: bytes) -> Path:
    """A file whose arrays have these bytes."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(f"{name}.npy", content)
    return path


def array_bytes(array: np.ndarray, *, shape: tuple[int, ...] | None = None, cut: int = 0) -> bytes:
    """An array as NumPy saves it, with a header that promises `shape`, and `cut` bytes fewer."""
    buffer = io.BytesIO()
    header = npy.header_data_from_array_1_0(array)
    if shape is not None:
        header["shape"] = shape
    npy.write_array_header_1_0(buffer, header)
    return buffer.getvalue() + array.tobytes()[: array.nbytes - cut]


def problem_of(path: Path) -> tuple[str, str, str]:
    """What is wrong, what to do, and where."""
    with pytest.raises(DataError) as caught:
        read_npz(path)
    (problem,) = caught.value.problems
    return problem.message, problem.hint, problem.where


# Names.


@pytest.mark.parametrize(
    ("arrays", "message", "hint"),
    [
        ({"x": IMAGES, "y": LABELS},
         "the file has no array x_train and no y_train; it has x (6x5x4), y (6)",
         "save x as x_train and y as y_train: numpy.savez(path, x_train=.., y_train=..)"),
        ({"train_images": IMAGES, "train_labels": LABELS, "test_images": IMAGES[:2], "test_labels": LABELS[:2]},
         "the file has no array x_train and no y_train; it has test_images (2x5x4), test_labels (2), train_images (6x5x4), train_labels (6)",
         "save train_images as x_train and train_labels as y_train and test_images as x_test and test_labels as y_test: "
         "numpy.savez(path, x_train=.., y_train=.., x_test=.., y_test=..)"),
        ({"a": IMAGES, "b": LABELS},
         "the file has no array x_train and no y_train; it has a (6x5x4), b (6)",
         "save a as x_train and b as y_train: numpy.savez(path, x_train=.., y_train=..)"),
        ({"a": IMAGES, "b": LABELS[:5]},
         "the file has no array x_train and no y_train; it has a (6x5x4), b (5)",
         "name the arrays x_train, y_train, x_test, y_test"),
        ({"x_train": IMAGES, "labels": LABELS},
         "the file has no array y_train; it has labels (6), x_train (6x5x4)",
         "save labels as y_train: numpy.savez(path, x_train=.., y_train=..)"),
        ({"a": LABELS}, "the file has no array x_train and no y_train; it has a (6)",
         "name the arrays x_train, y_train, x_test, y_test"),
    ],
)  # fmt: skip
def test_arrays_of_other_names_are_listed_with_how_to_rename_them(
    tmp_path: Path, arrays: dict[str, np.ndarray], message: str, hint: str
) -> None:
    assert problem_of(npz(tmp_path / "a.npz", **arrays)) == (
        message,
        hint,
        str(tmp_path / "a.npz"),
    )


@pytest.mark.parametrize("twin", ["x_test", "y_test"])
def test_a_test_array_without_its_twin_is_refused(tmp_path: Path, twin: str) -> None:
    path = npz(tmp_path / "a.npz", x_train=IMAGES, y_train=LABELS, **{twin: LABELS})
    assert problem_of(path)[0] == f"the file has {twin} without its twin"


def test_only_so_many_names_are_listed(tmp_path: Path) -> None:
    many = {f"extra{number}": LABELS for number in range(LISTED + 1)}
    found = read_npz(npz(tmp_path / "a.npz", x_train=IMAGES, y_train=LABELS, **many))
    names = ", ".join(f"extra{number}" for number in range(LISTED))
    assert found.notes == (f"{names}, ... in the file are not used",)


def test_one_array_that_is_not_used_is_named(tmp_path: Path) -> None:
    found = read_npz(npz(tmp_path / "a.npz", x_train=IMAGES, y_train=LABELS, meta=LABELS))
    assert found.notes == ("meta in the file is not used",)


def test_an_empty_archive_has_nothing(tmp_path: Path) -> None:
    message, _, _ = problem_of(entries(tmp_path / "a.npz"))
    assert message == "the file has no array x_train and no y_train; it has nothing"


# What the headers say.


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64, np.uint32])
@pytest.mark.parametrize("order", ["C", "F"])
def test_whole_numbers_of_every_type_and_order_are_read(
    tmp_path: Path, dtype: type, order: str
) -> None:
    images = np.array(IMAGES, dtype=dtype, order=order)  # type: ignore[call-overload]
    found = read_npz(npz(tmp_path / "a.npz", x_train=images, y_train=LABELS))
    assert found.train.images.dtype == np.uint8
    assert np.array_equal(found.train.images[..., 0], IMAGES)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the array's header is damaged: "),
        (b"\x93NUMPY", "the array's header is damaged: "),
        (b"not an array at all", "the array's header is damaged: "),
        (array_bytes(IMAGES, shape=(7, 5, 4)), "the header promises 140 bytes, 120 are there"),
        (array_bytes(IMAGES, shape=(5, 5, 4)), "the header promises 100 bytes, 120 are there"),
        (array_bytes(IMAGES, shape=(2**40, 5, 4)), f"the header promises {2**40 * 20} bytes, 120 are there"),
        (array_bytes(IMAGES, cut=1), "the header promises 120 bytes, 119 are there"),
        (array_bytes(IMAGES, shape=(-6, 5, 4)), "the array's header is damaged: (-6, 5, 4) of uint8"),
    ],
)  # fmt: skip
def test_a_header_is_not_believed(tmp_path: Path, content: bytes, message: str) -> None:
    path = entries(tmp_path / "a.npz", x_train=content, y_train=array_bytes(LABELS))
    found, _, where = problem_of(path)
    assert found.startswith(message)
    assert where == f"{path}: x_train"


HEADERS = {
    "a tuple without an end": b"{'descr': (",
    "a text without an end": b"'''",
    "brackets without an end": b"{" * 300,
    "nested without end": b"[" * 5000,
    "a key that is none": b"{[]: 1}",
    "no text": b"\x00",
    "nothing": b"",
}


def with_header(text: bytes, version: int) -> bytes:
    """An array whose header is this text."""
    padded = text.ljust(len(text) // 64 * 64 + 117) + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(padded))
    return b"\x93NUMPY" + bytes([version, 0]) + length + padded + bytes(32)


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("text", HEADERS.values(), ids=HEADERS)
def test_a_header_that_is_no_python_is_an_error(tmp_path: Path, text: bytes, version: int) -> None:
    content = with_header(text, version)
    path = entries(tmp_path / "a.npz", x_train=content, y_train=array_bytes(LABELS))
    assert problem_of(path)[0].startswith("the array's header is damaged: ")
    other = entries(tmp_path / "b.npz", other=content)
    assert problem_of(other)[0].endswith("; it has other")


def test_a_shape_with_a_zero_and_sizes_beyond_all_bounds_is_an_error(tmp_path: Path) -> None:
    empty = array_bytes(IMAGES[:0], shape=(0, 2**62, 2**62))
    path = entries(tmp_path / "a.npz", x_train=empty, y_train=array_bytes(LABELS))
    expected = f"the array's header is damaged: no array has the shape (0, {2**62}, {2**62})"
    assert problem_of(path)[0] == expected


def test_single_numbers_beside_other_names_are_listed(tmp_path: Path) -> None:
    path = npz(tmp_path / "a.npz", mean=np.array(0.5), images=IMAGES)
    message, _, _ = problem_of(path)
    assert message.endswith("it has images (6x5x4), mean")


def test_no_object_is_built_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x_train=IMAGES, y_train=np.array([object()] * 6), allow_pickle=True)
    message, hint, where = problem_of(path)
    assert message == "the array holds Python objects"
    assert "y.astype(str) for words" in hint
    assert where == f"{path}: y_train"


# Damage.


@ANY_FOLDER
@given(data=st.data())
def test_a_file_that_is_damaged_anywhere_is_read_right_or_an_error(
    tmp_path: Path, data: st.DataObject
) -> None:
    path = npz(tmp_path / "a.npz", x_train=IMAGES, y_train=LABELS)
    whole = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(whole)
    with suppress(DataError):
        assert np.array_equal(read_npz(path).train.images[..., 0], IMAGES)


@ANY_FOLDER
@given(data=st.data())
def test_a_file_that_is_cut_anywhere_is_an_error(tmp_path: Path, data: st.DataObject) -> None:
    path = npz(tmp_path / "a.npz", x_train=IMAGES, y_train=LABELS)
    whole = path.read_bytes()
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    assert problem_of(path)[1] == "write or download it again"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.mkdir(), "cannot read the data: Is a directory"),
        (lambda path: None, "cannot read the data: No such file or directory"),
        (lambda path: path.write_bytes(b"PK"), "this is no intact .npz file: File is not a zip file"),
    ],
)  # fmt: skip
def test_what_cannot_be_opened_says_why(
    tmp_path: Path, make: Callable[[Path], object], message: str
) -> None:
    path = tmp_path / "a.npz"
    make(path)
    assert problem_of(path)[0] == message
