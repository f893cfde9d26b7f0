"""Reading images: sound files of every form, and every kind of damage."""

import gzip
import io
import re
import shutil
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.utils.class_weight import compute_class_weight

from sweep.data.dataset import load
from sweep.data.folder import read_image_folder
from sweep.data.idx import NAMES, read_idx_folder
from sweep.data.named import DEBIAN, read_named
from sweep.data.npz import read_npz
from sweep.errors import DataError
from sweep.space.spec import DataSpec

IMAGES = np.arange(6 * 5 * 4, dtype=np.uint8).reshape(6, 5, 4)
LABELS = np.array([0, 1, 2, 0, 1, 2], np.uint8)


def idx(array: np.ndarray) -> bytes:
    head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(np.uint8).tobytes()


def write_idx(folder: Path, *, packed: bool = False, test: bool = True) -> Path:
    folder.mkdir(exist_ok=True)
    for key, name in NAMES.items():
        if test or key.endswith("train"):
            content = idx(IMAGES if key.startswith("x") else LABELS)
            path = folder / (f"{name}.gz" if packed else name)
            path.write_bytes(gzip.compress(content) if packed else content)
    return folder


def write_npz(path: Path, **arrays: np.ndarray) -> Path:
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


# Sound forms of the same six images.


@pytest.mark.parametrize("packed", [False, True])
def test_idx_files_plain_and_packed(tmp_path: Path, packed: bool) -> None:
    found = read_idx_folder(write_idx(tmp_path, packed=packed))
    assert np.array_equal(found.train.images[..., 0], IMAGES)
    assert found.test is not None
    assert np.array_equal(found.test.labels, LABELS)
    assert found.classes == ("0", "1", "2")


def test_idx_files_without_a_test_set(tmp_path: Path) -> None:
    assert read_idx_folder(write_idx(tmp_path, test=False)).test is None


def test_npz_files(tmp_path: Path) -> None:
    path = write_npz(
        tmp_path / "a.npz", x_train=IMAGES, y_train=LABELS, x_test=IMAGES[:2], y_test=LABELS[:2]
    )
    found = read_npz(path)
    assert found.train.images.shape == (6, 5, 4, 1)
    assert found.test is not None
    assert len(found.test) == 2


FORMS: dict[str, tuple[np.ndarray, np.ndarray]] = {
    "channel axis": (IMAGES[..., None], LABELS),
    "colour": (np.repeat(IMAGES[..., None], 3, axis=3), LABELS),
    "wider integers": (IMAGES.astype(np.int64), LABELS.astype(np.int64)),
    "labels in a column": (IMAGES, LABELS[:, None]),
    "Fortran order": (np.asfortranarray(IMAGES), LABELS),
    "labels that do not begin at 0": (IMAGES, LABELS + 7),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_arrays(tmp_path: Path, form: str) -> None:
    images, labels = FORMS[form]
    found = read_npz(write_npz(tmp_path / "a.npz", x_train=images, y_train=labels))
    assert np.array_equal(found.train.images[..., 0], IMAGES)
    assert np.array_equal(found.train.labels, LABELS)


@pytest.mark.parametrize("ending", ["png", "jpg"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_folders_of_images(tmp_path: Path, ending: str, mode: str) -> None:
    for index, name in enumerate(["cat", "dog", "owl"]):
        (tmp_path / name).mkdir()
        for number in range(2):
            Image.new(mode, (7, 9), 80 * index if mode == "L" else (80 * index, 0, 0)).save(
                tmp_path / name / f"{number}.{ending}"
            )
    found = read_image_folder(tmp_path)
    assert found.classes == ("cat", "dog", "owl")
    assert found.train.images.shape == (6, 9, 7, 1 if mode == "L" else 3)
    assert found.train.labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert abs(int(found.train.images[-1, 0, 0, 0]) - 160) < 4


def test_one_coloured_image_makes_all_coloured(tmp_path: Path) -> None:
    for name, mode in (("a", "L"), ("b", "RGB")):
        (tmp_path / name).mkdir()
        Image.new(mode, (4, 4)).save(tmp_path / name / "x.png")
    assert read_image_folder(tmp_path).train.images.shape == (2, 4, 4, 3)


# Damage.


def npz_with(entry: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("x_train.npy", entry)
        archive.writestr("y_train.npy", entry)
    return buffer.getvalue()


def npy(array: np.ndarray, **options: bool) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


def huge_header() -> bytes:
    """An array of three bytes whose header promises 9 x 10**17."""
    return npy(np.zeros(3, np.uint8)).replace(
        b"(3,), }                ", b"(900000000000000000,), }"[:24].ljust(23)
    )


def npz_named(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, npy(IMAGES))
    return buffer.getvalue()


def saved(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


SOUND = saved(x_train=IMAGES, y_train=LABELS)
BROKEN_NPZ = {
    "no zip": (b"hello", "no intact .npz"),
    "cut in the middle": (SOUND[: len(SOUND) // 2], "no intact .npz"),
    "a flipped bit": (SOUND[:150] + bytes([SOUND[150] ^ 255]) + SOUND[151:], "damaged"),
    "no npy inside": (npz_with(b"hello, this is no array"), "header is damaged"),
    "an array cut short": (npz_with(npy(IMAGES)[:-10]), "promises"),
    "a header that promises terabytes": (npz_with(huge_header()), "promises|damaged"),
    "Python objects": (npz_with(npy(np.array([{}], object), allow_pickle=True)), "Python objects"),
    "arrays without their ending": (npz_named("x_train"), "no array x_train"),
    "elements of no size": (npz_with(npy(np.array(["", ""], "S0"))[:]), "images must be"),
    "no labels": (saved(x_train=IMAGES), "no array y_train; it has x_train"),
    "other names": (saved(images=IMAGES), "no array x_train"),
    "half a test set": (
        saved(x_train=IMAGES, y_train=LABELS, x_test=IMAGES),
        "x_test without its twin",
    ),
    "fractions": (saved(x_train=IMAGES / 255, y_train=LABELS), "multiply by 255"),
    "pixels above 255": (
        saved(x_train=IMAGES.astype(int) + 200, y_train=LABELS),
        "between 200 and",
    ),
    "one-hot labels": (
        saved(x_train=IMAGES, y_train=np.tile(np.eye(3, dtype=int), (2, 1))),
        "argmax",
    ),
    "too few labels": (saved(x_train=IMAGES, y_train=LABELS[:4]), "6 images and 4 labels"),
    "one class": (saved(x_train=IMAGES, y_train=LABELS * 0), "name 1 class "),
    "channels first": (
        saved(x_train=np.zeros((6, 3, 8, 8), np.uint8), y_train=LABELS),
        "channels last",
    ),
    "no images": (saved(x_train=IMAGES[:0], y_train=LABELS[:0]), "images must be"),
    "an unknown class in the test set": (
        saved(x_train=IMAGES, y_train=LABELS, x_test=IMAGES[:1], y_test=np.array([9])),
        "no training image has: \\[9\\]",
    ),
    "a test set of another size": (
        saved(x_train=IMAGES, y_train=LABELS, x_test=IMAGES[:, :4], y_test=LABELS),
        "test images are 4x4x1, training images 5x4x1",
    ),
}


@pytest.mark.parametrize(("content", "message"), BROKEN_NPZ.values(), ids=BROKEN_NPZ)
def test_broken_npz_files_say_what_is_wrong(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    with pytest.raises(DataError) as raised:
        read_npz(path)
    problem = raised.value.problems[0]
    assert re.search(message, str(problem))
    assert str(path) in problem.where


BROKEN_IDX = {
    "another magic number": (lambda raw: b"\x01" + raw[1:], "no IDX file"),
    "elements that are no bytes": (lambda raw: raw[:2] + b"\x0d" + raw[3:], "type 0x0d"),
    "no dimensions": (lambda raw: raw[:3] + b"\0" + raw[4:], "no IDX file"),
    "an end within the header": (lambda raw: raw[:9], "within its header"),
    "nothing": (lambda raw: b"", "no IDX file"),
    "bytes missing": (lambda raw: raw[:-1], "promises 120 bytes, only 119"),
    "bytes too many": (lambda raw: raw + b"\0", "promises 120 bytes, more"),
    "a promise of terabytes": (lambda raw: raw[:4] + b"\xff" * 12 + raw[16:], "far fewer"),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("damage", "message"), BROKEN_IDX.values(), ids=BROKEN_IDX)
def test_broken_idx_files_say_what_is_wrong(
    tmp_path: Path, damage: Callable[[bytes], bytes], message: str, packed: bool
) -> None:
    path = write_idx(tmp_path, packed=packed) / (NAMES["x_train"] + (".gz" if packed else ""))
    raw = damage(idx(IMAGES))
    path.write_bytes(gzip.compress(raw) if packed else raw)
    with pytest.raises(DataError, match=message):
        read_idx_folder(tmp_path)


BROKEN_GZIP = {
    "a cut trailer": lambda raw: raw[:-4],
    "a wrong checksum": lambda raw: raw[:-8] + b"\0\0\0\0" + raw[-4:],
    "no gzip": lambda raw: b"plain" + raw,
    "a cut body": lambda raw: raw[: len(raw) // 2],
}


@pytest.mark.parametrize("damage", BROKEN_GZIP.values(), ids=BROKEN_GZIP)
def test_broken_gzip_files_are_noticed(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = write_idx(tmp_path, packed=True) / f"{NAMES['x_train']}.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match="gzip file is damaged"):
        read_idx_folder(tmp_path)


def test_missing_idx_files_are_named(tmp_path: Path) -> None:
    (write_idx(tmp_path) / NAMES["y_test"]).unlink()
    with pytest.raises(DataError, match=NAMES["y_test"]):
        read_idx_folder(tmp_path)


BROKEN_IMAGES = {
    "text": (b"hello", "no image of a format"),
    "nothing": (b"", "this file is empty"),
    "a cut image": (None, "damaged"),
}


@pytest.mark.parametrize(("content", "message"), BROKEN_IMAGES.values(), ids=BROKEN_IMAGES)
def test_broken_images_are_named(tmp_path: Path, content: bytes | None, message: str) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 40), np.uint8)).save(
            tmp_path / name / "1.png"
        )
    path = tmp_path / "b" / "1.png"
    path.write_bytes(path.read_bytes()[:800] if content is None else content)
    with pytest.raises(DataError, match=message) as raised:
        read_image_folder(tmp_path)
    assert raised.value.problems[0].where == str(path)


def test_images_of_16_bits_are_refused_and_not_clipped(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        Image.fromarray(np.full((4, 4), 40_000, np.uint16)).save(tmp_path / name / "1.png")
    with pytest.raises(DataError, match="more than 8 bits a channel"):
        read_image_folder(tmp_path)


def test_images_of_different_sizes_are_refused(tmp_path: Path) -> None:
    for name, size in (("a", (4, 4)), ("b", (5, 4))):
        (tmp_path / name).mkdir()
        Image.new("L", size).save(tmp_path / name / "x.png")
    with pytest.raises(DataError, match="5 x 4 pixels, others are 4 x 4"):
        read_image_folder(tmp_path)


@pytest.mark.parametrize(
    ("name", "message"), [("nothing", "nothing here"), ("empty", "no data of a known form")]
)
def test_paths_without_data_are_refused(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=message):
        load(DataSpec(path=tmp_path / name))


# Named data.


def test_mnist_is_complete() -> None:
    found = read_named("mnist")
    assert found.train.images.shape == (60_000, 28, 28, 1)
    assert found.train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert found.test is not None
    assert found.test.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert round(float(found.train.images.mean()) / 255, 4) == 0.1307


def test_fashion_mnist_that_is_not_fashion_mnist_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SWEEP_DATA", str(write_idx(tmp_path)))
    with pytest.raises(DataError, match="not fashion_mnist"):
        read_named("fashion_mnist")


@pytest.mark.skipif(
    not DEBIAN.exists(), reason="Debian's package dataset-fashion-mnist is not installed"
)
def test_fashion_mnist_is_found_in_debian_s_folder_and_in_sweep_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SWEEP_DATA", raising=False)
    found = read_named("fashion_mnist")
    assert found.train.labels[:10].tolist() == [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]
    shutil.copytree(DEBIAN, tmp_path / "fashion-mnist")
    monkeypatch.setenv("SWEEP_DATA", str(tmp_path))
    assert len(read_named("fashion_mnist").train) == 60_000


@pytest.mark.long
def test_fashion_mnist_that_cannot_be_had_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sweep.data.named.DEBIAN", tmp_path / "none")
    monkeypatch.delenv("SWEEP_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    # A proxy that nobody answers keeps the attempt to download it on this machine.
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with pytest.raises(DataError) as raised:
        read_named("fashion_mnist")
    assert "dataset-fashion-mnist" in raised.value.problems[0].hint


# The mean and the standard deviation of the training images.


def coloured(tmp_path: Path, count: int = 700) -> DataSpec:
    """Random images, red from 0 to 99, green from 100 to 199, and blue 40 everywhere."""
    random = np.random.default_rng(0)
    images = np.full((count, 6, 5, 3), 40, np.uint8)
    images[..., 0] = random.integers(0, 100, images.shape[:3])
    images[..., 1] = random.integers(100, 200, images.shape[:3])
    path = write_npz(tmp_path / "c.npz", x_train=images, y_train=np.arange(count) % 3)
    return DataSpec(path=path, validation=0.2, scale="standard")


def test_the_mean_and_deviation_are_those_of_the_training_images_that_are_used(
    tmp_path: Path,
) -> None:
    spec = coloured(tmp_path)
    few = load(replace(spec, train=20))
    for found in (load(spec), few):
        own = found.images[found.train] / 255
        expected = own.mean(axis=(0, 1, 2)), own.std(axis=(0, 1, 2))
        assert found.summary.mean == pytest.approx(expected[0], rel=1e-12)
        assert found.summary.deviation[:2] == pytest.approx(expected[1][:2], rel=1e-12)
    assert few.summary.mean != load(spec).summary.mean
    assert len(few.train) == 20


def test_a_channel_of_one_value_is_not_divided_and_that_is_noted(tmp_path: Path) -> None:
    summary = load(coloured(tmp_path)).summary
    assert summary.deviation[2] == 1.0
    (note,) = summary.notes
    assert note.startswith("channel 3 has the same value in every pixel of the training images")


def test_images_in_0_to_1_have_no_mean_and_the_same_fingerprint(tmp_path: Path) -> None:
    spec = coloured(tmp_path)
    unit = load(replace(spec, scale="unit"))
    assert (unit.summary.mean, unit.summary.deviation, unit.summary.notes) == ((), (), ())
    assert unit.summary.fingerprint == load(spec).summary.fingerprint
    assert unit.images.dtype == load(spec).images.dtype == np.uint8


def test_dark_images_are_no_problem_once_they_are_standardised(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    dark = random.integers(0, 17, (60, 6, 5)).astype(np.uint8)
    path = write_npz(tmp_path / "d.npz", x_train=dark, y_train=np.arange(60) % 3)
    spec = DataSpec(path=path, validation=12)
    assert [note for note in load(spec).summary.notes if "dark" in note]
    assert load(replace(spec, scale="standard")).summary.notes == ()


# Weights of classes.


def of_classes(tmp_path: Path, *counts: int) -> DataSpec:
    """Random images, so many of each class, half of them to train on."""
    labels = np.repeat(np.arange(len(counts)), counts)
    images = np.random.default_rng(0).integers(0, 256, (len(labels), 4, 4)).astype(np.uint8)
    path = write_npz(tmp_path / "w.npz", x_train=images, y_train=labels)
    return DataSpec(path=path, validation=0.5, class_weight="balanced")


def test_weights_of_classes_are_those_of_scikit_learn_for_the_training_images(
    tmp_path: Path,
) -> None:
    spec = of_classes(tmp_path, 40, 12, 8)
    for found in (load(spec), load(replace(spec, train=10))):
        labels = found.labels[found.train]
        expected = compute_class_weight("balanced", classes=np.arange(3), y=labels)
        assert found.summary.class_weights == pytest.approx(expected, rel=1e-12)
        assert found.summary.notes == ()
    assert load(replace(spec, class_weight=None)).summary.class_weights == ()


def test_weights_of_equal_classes_have_no_effect_and_that_is_noted(tmp_path: Path) -> None:
    summary = load(of_classes(tmp_path, 20, 20, 20)).summary
    assert summary.class_weights == (1.0, 1.0, 1.0)
    assert summary.notes == ("class_weight has no effect: every class has 10 training images",)
