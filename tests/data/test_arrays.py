"""Arrays as people bring them: what is read, and the hint for what is not. Each hint is followed
here, as code."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.datasets import load_digits

from sweep.data.arrays import collect
from sweep.data.dataset import load
from sweep.data.npz import read_npz
from sweep.errors import DataError, Problem
from sweep.space.spec import DataSpec
from tests.data import hints

RANDOM = np.random.default_rng(3)
PIXELS = RANDOM.integers(0, 256, (12, 6, 6), np.uint8)
LABELS = np.arange(12) % 3


def refused(images: np.ndarray, labels: np.ndarray = LABELS) -> Problem:
    with pytest.raises(DataError) as raised:
        collect((images, labels), None, "a.npz")
    return raised.value.problems[0]


def followed(hint: str, name: str, array: np.ndarray) -> np.ndarray:
    """What the code in a hint makes of an array."""
    (code,) = re.findall(rf"\(?\(?{name}[.\[ ].*?$", hint)
    return hints.followed(code, **{name: array})


# Ranges of pixels.

RANGES = {
    "0..1": (PIXELS / 255, "multiply by 255 and convert to uint8", PIXELS),
    "0..1 in half precision": (
        (PIXELS / 255).astype(np.float16),
        "multiply by 255 and convert",
        PIXELS,
    ),
    "0..16": (PIXELS.astype(float) // 16, "multiply by 255/15 and convert", PIXELS // 16 * 17),
    "0..255": (PIXELS.astype(np.float32), "convert to uint8", PIXELS),
    "-1..1": (PIXELS / 127.5 - 1, "move -1..1 to 0..255", PIXELS),
    "-128..127": ((PIXELS.astype(int) - 128).astype(np.int8), "move -128..127 to 0..255", PIXELS),
    "0..65535": (PIXELS.astype(np.uint16) * 257, "multiply by 255/65535", PIXELS),
    "true and false": (PIXELS > 100, "true and false", (PIXELS > 100) * 255),
}


@pytest.mark.parametrize(("images", "message", "meant"), RANGES.values(), ids=RANGES)
def test_the_hint_fits_the_range(images: np.ndarray, message: str, meant: np.ndarray) -> None:
    images.reshape(-1)[:2] = images.max(), images.min()  # the ends are there
    problem = refused(images)
    assert message in str(problem)
    found = followed(problem.hint, "x", images)
    assert found.dtype == np.uint8
    assert np.abs(found[1:].astype(int) - meant[1:].astype(int)).max() <= 1


numbers = st.floats(-1e6, 1e6, width=32, allow_subnormal=False)


@given(
    arrays.arrays(np.float32, (4, 3, 3), elements=numbers)
    | arrays.arrays(np.float64, (4, 3, 3), elements=st.floats(0, 300))
    | arrays.arrays(np.int16, (4, 3, 3), elements=st.integers(-300, -1))
    | arrays.arrays(np.int64, (4, 3, 3), elements=st.integers(256, 2**40))
)
def test_no_hint_lets_pixels_wrap_round(images: np.ndarray) -> None:
    if images.min() == images.max():
        return
    found = followed(refused(images, np.arange(4)).hint, "x", images)
    assert found.dtype == np.uint8
    order = np.argsort(images, axis=None, kind="stable")
    assert (np.diff(found.reshape(-1)[order].astype(int)) >= 0).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_pixels_that_are_no_numbers_are_counted(bad: float) -> None:
    images = PIXELS / 255
    images[0, 0, :3] = bad
    assert refused(images).message == "3 pixels are NaN or infinite"


@pytest.mark.parametrize("value", [-5.0, -5, 0.0, 300, 2.5])
def test_pixels_of_one_value_get_no_conversion(value: float) -> None:
    found = refused(np.full((12, 8, 8), value))
    assert found.message == f"every pixel has the value {value:g}"
    assert "astype" not in found.hint


# Axes.

SHAPES = {
    "rows": (np.zeros((12, 64), np.uint8), (12, 8, 8)),
    "rows of 28 x 28": (np.zeros((12, 784), np.uint8), (12, 28, 28)),
    "channels first": (np.zeros((12, 3, 8, 9), np.uint8), (12, 8, 9, 3)),
    "one channel first": (np.zeros((12, 1, 8, 9), np.uint8), (12, 8, 9, 1)),
    "the number last": (np.zeros((8, 9, 12), np.uint8), (12, 8, 9)),
    "the number last, in colour": (np.zeros((8, 9, 3, 12), np.uint8), (12, 8, 9, 3)),
    "a fourth channel": (np.zeros((12, 8, 9, 4), np.uint8), (12, 8, 9, 3)),
}


@pytest.mark.parametrize(("images", "shape"), SHAPES.values(), ids=SHAPES)
def test_the_hint_fits_the_shape(images: np.ndarray, shape: tuple[int, ...]) -> None:
    assert followed(refused(images).hint, "x", images).shape == shape


def test_rows_of_cifar_become_images_with_channels_last() -> None:
    hint = refused(np.zeros((12, 3072), np.uint8)).hint
    assert "x.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)" in hint
    assert "x.reshape(-1, 32, 32, 3)" in hint


# Labels.

WORDS = np.array(["cat", "owl", "dog"])[LABELS]


@pytest.mark.parametrize("words", [WORDS, WORDS.astype("S"), WORDS[:, None], WORDS.astype(">U5")])
def test_labels_that_are_words_become_class_names(tmp_path: Path, words: np.ndarray) -> None:
    path = tmp_path / "a.npz"
    np.savez(
        path, x_train=PIXELS, y_train=words, x_test=PIXELS[:2], y_test=np.array(["owl", "dog"])
    )
    found = read_npz(path)
    assert found.classes == ("cat", "dog", "owl")
    assert found.train.labels[:4].tolist() == [0, 2, 1, 0]
    assert found.test is not None
    assert found.test.labels.tolist() == [2, 1]


def test_words_are_utf_8() -> None:
    found = collect((PIXELS, np.array(["chèvre".encode(), b"\xff", b"a"])[LABELS]), None, "a.npz")
    assert found.classes == ("\\xff", "a", "chèvre")


def test_true_and_false_are_classes() -> None:
    assert collect((PIXELS, LABELS > 1), None, "a.npz").classes == ("False", "True")


STRANGE_LABELS = {
    "floats": (LABELS.astype(float), "y.astype(int)"),
    "one-hot": (np.eye(3)[LABELS], "y.argmax(axis=1)"),
    "rows that name no class": (np.zeros((12, 3), int), "one label per image"),
    "quantities": (LABELS + 0.5, "a quantity cannot be learnt"),
    "several a image": (RANDOM.integers(0, 9, (12, 2)), "one label per image"),
    "empty words": (np.array(["", "a", "b"])[LABELS], "name of its class"),
    "no characters": (np.full(12, 0x7FFFFFFF, np.uint32).view("<U1"), "write the file again"),
}


@pytest.mark.parametrize(("labels", "hint"), STRANGE_LABELS.values(), ids=STRANGE_LABELS)
def test_labels_that_are_none_get_a_hint(labels: np.ndarray, hint: str) -> None:
    assert hint in refused(PIXELS, labels).hint


def test_words_of_the_test_set_that_are_no_class_are_refused() -> None:
    with pytest.raises(DataError, match=r"no training image has: \['bat'\]"):
        collect((PIXELS, WORDS), (PIXELS[:1], np.array(["bat"])), "a.npz")
    with pytest.raises(DataError, match="training labels are words, test labels numbers"):
        collect((PIXELS, WORDS), (PIXELS, LABELS), "a.npz")


# Names of arrays.

NAMES = {
    "x and y": (
        ("x", "y"),
        "save x as x_train and y as y_train: numpy.savez(path, x_train=.., y_train=..)",
    ),
    "images and labels": (("images", "labels"), "save images as x_train and labels as y_train"),
    "capitals": (("X_train", "y_train"), "save X_train as x_train: "),
    "no names": (("arr_0", "arr_1"), "save arr_0 as x_train and arr_1 as y_train"),
    "nothing known": (("foo",), "name the arrays x_train, y_train, x_test, y_test"),
    "four": (
        ("train_images", "train_labels", "test_images", "test_labels"),
        "and test_images as x_test and test_labels as y_test: numpy.savez(path, x_train=.., "
        "y_train=.., x_test=.., y_test=..)",
    ),
}


@pytest.mark.parametrize(("names", "hint"), NAMES.values(), ids=NAMES)
def test_the_hint_renames_arrays(tmp_path: Path, names: tuple[str, ...], hint: str) -> None:
    path = tmp_path / "a.npz"
    arrays = {name: (PIXELS, LABELS)[index % 2] for index, name in enumerate(names)}
    np.savez(path, **arrays)  # type: ignore[arg-type]
    with pytest.raises(DataError, match=re.escape(f"{names[0]} (12x6x6)")) as raised:
        read_npz(path)
    assert hint in raised.value.problems[0].hint


def test_arrays_that_are_not_used_are_noted(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x_train=PIXELS, y_train=LABELS, x_val=PIXELS, y_val=LABELS)
    assert read_npz(path).notes == ("x_val, y_val in the file are not used",)


def test_control_characters_of_strangers_do_not_reach_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, **{"\x1b[31mred": PIXELS})  # type: ignore[arg-type]
    with pytest.raises(DataError) as raised:
        read_npz(path)
    assert "it has \\x1b[31mred (12x6x6)" in str(raised.value.problems[0])


def test_scikit_learn_s_digits_are_read_as_the_hint_saves_them(tmp_path: Path) -> None:
    digits = load_digits()
    path = tmp_path / "digits.npz"
    words = np.array(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    )
    np.savez(path, x_train=digits.data, y_train=words[digits.target])
    with pytest.raises(DataError) as raised:
        read_npz(path)
    rows = followed(raised.value.problems[0].hint, "x", digits.data)
    np.savez(path, x_train=rows, y_train=words[digits.target])
    with pytest.raises(DataError, match="not float64 from 0 to 16") as raised:
        read_npz(path)
    images = followed(raised.value.problems[0].hint, "x", rows)
    np.savez(path, x_train=images, y_train=words[digits.target])
    summary = load(DataSpec(path=path)).summary
    assert (summary.images, summary.shape, summary.classes[0]) == (1797, (8, 8, 1), "eight")
    assert summary.notes == ()
    assert images.max() == 255
