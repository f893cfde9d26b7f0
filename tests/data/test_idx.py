"""IDX files: what is written is read, and no damage is anything but an error with the file's name."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sweep.data.idx import NAMES, holds_idx, read_idx_folder
from sweep.errors import DataError

ANY_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def idx(array: np.ndarray) -> bytes:
    """An array of bytes in the format in which MNIST was published."""
    head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.tobytes()


def written(folder: Path, images: np.ndarray, labels: np.ndarray, ending: str = "") -> Path:
    """A folder with training images alone."""
    pack = gzip.compress if ending == ".gz" else bytes
    (folder / (NAMES["x_train"] + ending)).write_bytes(pack(idx(images)))
    (folder / (NAMES["y_train"] + ending)).write_bytes(pack(idx(labels)))
    return folder


IMAGES = np.arange(60, dtype=np.uint8).reshape(3, 5, 4)
LABELS = np.array([0, 1, 1], np.uint8)


@ANY_FOLDER
@given(
    images=arrays.arrays(
        np.uint8, st.tuples(st.integers(2, 5), st.integers(1, 6), st.integers(1, 6))
    ),
    ending=st.sampled_from(["", ".gz"]),
)
def test_every_pixel_comes_back(tmp_path: Path, images: np.ndarray, ending: str) -> None:
    for path in tmp_path.iterdir():
        path.unlink()
    labels = (np.arange(len(images)) % 2).astype(np.uint8)
    found = read_idx_folder(written(tmp_path, images, labels, ending))
    assert np.array_equal(found.train.images[..., 0], images)
    assert np.array_equal(found.train.labels, labels)
    assert found.test is None


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("train-images-idx3-ubyte", True),
        ("train-images-idx3-ubyte.gz", True),
        ("train-images.idx3-ubyte", True),
        ("train-images.idx3-ubyte.gz", True),
        ("t10k-images-idx3-ubyte", False),
        ("train-images-idx3-ubyte.zip", False),
        ("train-images", False),
    ],
)
def test_a_folder_holds_idx_files_where_the_training_images_have_their_name(
    tmp_path: Path, name: str, holds: bool
) -> None:
    (tmp_path / name).write_bytes(b"")
    assert holds_idx(tmp_path) is holds


def test_a_folder_of_that_name_is_no_file(tmp_path: Path) -> None:
    (tmp_path / NAMES["x_train"]).mkdir()
    assert not holds_idx(tmp_path)


def test_a_plain_file_is_taken_before_a_packed_one(tmp_path: Path) -> None:
    written(tmp_path, IMAGES, LABELS)
    written(tmp_path, IMAGES[:2], LABELS[:2], ".gz")
    assert len(read_idx_folder(tmp_path).train) == 3


@pytest.mark.parametrize(
    ("missing", "named"),
    [("y_train", "y_train"), ("y_test", "y_test"), ("x_test", "x_test")],
)
def test_a_file_without_its_twin_is_named(tmp_path: Path, missing: str, named: str) -> None:
    for key, name in NAMES.items():
        if key != missing:
            (tmp_path / name).write_bytes(idx(IMAGES if key.startswith("x") else LABELS))
    with pytest.raises(DataError) as caught:
        read_idx_folder(tmp_path)
    (problem,) = caught.value.problems
    assert problem.message == f"the file {NAMES[named]} is missing"
    assert problem.where == str(tmp_path)


HEAD = bytes([0, 0, 8, 3])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "this is no IDX file: it begins with nothing"),
        (b"\0\0\x08", "this is no IDX file: it begins with 000008"),
        (b"\x89PNG\r\n", "this is no IDX file: it begins with 89504e47"),
        (bytes([0, 0, 8, 0]), "this is no IDX file: it begins with 00000800"),
        (bytes([0, 0, 8, 5]), "this is no IDX file: it begins with 00000805"),
        (bytes([0, 0, 13, 3]) + bytes(12), "its elements are of type 0x0d"),
        (HEAD + struct.pack(">3I", 0, 2**32 - 1, 2**32 - 1), f"its header is damaged: no array has the shape (0, {2**32 - 1}, {2**32 - 1})"),
        (HEAD + bytes(11), "the file ends within its header"),
        (HEAD + struct.pack(">3I", 2, 2, 2) + bytes(7), "the header promises 8 bytes, only 7 are there"),
        (HEAD + struct.pack(">3I", 2, 2, 2) + bytes(9), "the header promises 8 bytes, more are there"),
        (HEAD + struct.pack(">3I", 2**31, 2**31, 2**31) + bytes(9), f"the header promises {2**93} bytes, far fewer are there"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_what_is_no_sound_idx_file_is_named_with_what_is_wrong(
    tmp_path: Path, content: bytes, message: str, ending: str
) -> None:
    written(tmp_path, IMAGES, LABELS, ending)
    path = tmp_path / (NAMES["x_train"] + ending)
    path.write_bytes(gzip.compress(content) if ending else content)
    with pytest.raises(DataError) as caught:
        read_idx_folder(tmp_path)
    (problem,) = caught.value.problems
    assert problem.message == message
    assert problem.where == str(path)


@ANY_FOLDER
@given(data=st.data())
def test_a_packed_file_that_is_cut_anywhere_is_an_error(
    tmp_path: Path, data: st.DataObject
) -> None:
    whole = gzip.compress(idx(IMAGES))
    cut = data.draw(st.integers(1, len(whole) - 1))
    written(tmp_path, IMAGES, LABELS, ".gz")
    path = tmp_path / (NAMES["x_train"] + ".gz")
    path.write_bytes(whole[:cut])
    with pytest.raises(DataError) as caught:
        read_idx_folder(tmp_path)
    assert caught.value.problems[0].where == str(path)


def test_more_labels_than_images_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        read_idx_folder(written(tmp_path, IMAGES, LABELS[:2]))


def test_a_link_that_leads_nowhere_is_a_missing_file(tmp_path: Path) -> None:
    written(tmp_path, IMAGES, LABELS)
    path = tmp_path / NAMES["y_train"]
    path.unlink()
    path.symlink_to(path)
    with pytest.raises(DataError) as caught:
        read_idx_folder(tmp_path)
    assert caught.value.problems[0].message == f"the file {NAMES['y_train']} is missing"
