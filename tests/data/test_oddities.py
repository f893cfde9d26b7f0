"""What is odd with images is noted; what no network can learn is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sweep.data.dataset import load
from sweep.errors import DataError
from sweep.space.spec import DataSpec

PIXELS = np.random.default_rng(5).integers(0, 256, (60, 6, 5, 3), np.uint8)
LABELS = np.arange(60) % 3
SPEC = DataSpec(validation=0.2)


def notes(
    path: Path,
    images: np.ndarray,
    labels: np.ndarray = LABELS,
    spec: DataSpec = SPEC,
    **more: np.ndarray,
) -> tuple[str, ...]:
    np.savez(path / "a.npz", x_train=images, y_train=labels, **more)  # type: ignore[arg-type]
    return load(replace(spec, path=path / "a.npz")).summary.notes


def test_sound_images_have_no_notes(tmp_path: Path) -> None:
    assert notes(tmp_path, PIXELS) == ()
    assert notes(tmp_path, PIXELS, x_test=255 - PIXELS, y_test=LABELS) == ()
    # Of such images, checksums are often equal.
    masks = (PIXELS > 127).astype(np.uint8) * 255
    assert notes(tmp_path, masks) == ()


@pytest.mark.parametrize("kind", [np.uint8, np.int64])
def test_dark_images_are_noted_with_the_factor(tmp_path: Path, kind: type) -> None:
    (note,) = notes(tmp_path, (PIXELS // 16 + 1).astype(kind))
    assert note == (
        "no pixel is brighter than 16 of 255: networks see the images dark; multiply by 255/16 "
        "before saving: "
        '(x * (255 / 16)).round().astype("uint8")'
    )


def test_masks_are_noted(tmp_path: Path) -> None:
    (note,) = notes(tmp_path, PIXELS // 128)
    assert (
        note
        == "all pixels are 0 or 1, as in masks: networks see them black; save them as 0 and 255: x * 255"
    )


def test_a_part_that_is_darker_than_the_others_is_noted(tmp_path: Path) -> None:
    (note,) = notes(tmp_path, PIXELS, x_test=PIXELS // 16, y_test=LABELS)
    assert note == "no pixel of the test images is brighter than 15 of 255, those of others are"


def test_images_of_one_colour_are_counted(tmp_path: Path) -> None:
    images = PIXELS.copy()
    images[7], images[30] = (10, 20, 30), 40
    assert notes(tmp_path, images) == ("2 images are of one colour each, such as x_train[7]",)


def test_nothing_but_images_of_one_colour_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="every image is of one colour"):
        notes(tmp_path, np.broadcast_to(PIXELS[:, :1, :1], PIXELS.shape))


def test_images_of_one_pixel_are_not_refused(tmp_path: Path) -> None:
    assert notes(tmp_path, np.arange(60, dtype=np.uint8).reshape(60, 1, 1) * 4) == ()


def test_nothing_but_one_image_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="all images are the same"):
        notes(tmp_path, np.repeat(PIXELS[:1], 60, axis=0))


@pytest.mark.parametrize("binary", [False, True])
def test_validation_and_test_images_that_are_trained_on_are_counted(
    tmp_path: Path, binary: bool
) -> None:
    images = (PIXELS > 127).astype(np.uint8) * 255 if binary else PIXELS.copy()
    spec = replace(SPEC, test=0.2)
    np.savez(tmp_path / "a.npz", x_train=images, y_train=LABELS)
    data = load(replace(spec, path=tmp_path / "a.npz"))
    train, validation, test = data.train.tolist(), data.validation.tolist(), data.test.tolist()
    for number in range(4):
        images[validation[number]] = images[train[number]]
    images[test[0]] = images[train[0]]
    more = ", ".join(f"x_train[{validation[i]}] = x_train[{train[i]}]" for i in range(3))
    assert notes(tmp_path, images, spec=spec) == (
        f"4 of 12 validation images are also among the training images: {more}, ...",
        f"1 of 12 test images is also among the training images: x_train[{test[0]}] = "
        f"x_train[{train[0]}]",
    )


def test_test_images_of_their_own_have_their_own_numbers(tmp_path: Path) -> None:
    (note,) = notes(
        tmp_path, PIXELS, x_test=np.stack([PIXELS[0], *(255 - PIXELS[1:3])]), y_test=LABELS[:3]
    )
    assert note == "1 of 3 test images is also among the training images: x_test[0] = x_train[0]"


def test_images_that_are_equal_only_at_their_new_size_are_said_to_be(tmp_path: Path) -> None:
    train = PIXELS.repeat(4, axis=1).repeat(4, axis=2)
    held_out = 255 - train[:3]
    held_out[0] = train[0]
    # The difference is too small to be left of a mean of pixels.
    held_out[0, 0, 0, 0] ^= 1
    assert notes(tmp_path, train, x_test=held_out, y_test=LABELS[:3]) == ()
    small = replace(SPEC, size=(6, 5))
    (note,) = notes(tmp_path, train, spec=small, x_test=held_out, y_test=LABELS[:3])
    assert note == (
        "1 of 3 test images is also among the training images after resizing: x_test[0] = "
        "x_train[0]"
    )


def test_files_are_named(tmp_path: Path) -> None:
    for number, pixels in enumerate(PIXELS):
        path = tmp_path / "train" / f"c{number % 3}" / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
    for name in ("c0", "c1", "c2"):
        (tmp_path / "val" / name).mkdir(parents=True)
        (tmp_path / "val" / name / "x.png").write_bytes(
            (tmp_path / "train" / "c1" / "04.png").read_bytes()
        )
    (note,) = load(DataSpec(path=tmp_path)).summary.notes
    assert note == (
        "3 of 3 validation images are also among the training images: "
        "val/c0/x.png = train/c1/04.png, val/c1/x.png = train/c1/04.png, val/c2/x.png = "
        "train/c1/04.png"
    )


# Classes of few images.


def test_classes_without_validation_or_test_images_are_noted(tmp_path: Path) -> None:
    labels = np.array([0] * 29 + [1] * 29 + [2, 3])
    assert notes(tmp_path, PIXELS, labels, replace(SPEC, test=0.1)) == (
        "there is no validation image of 2 classes: 2, 3",
        "there is no test image of 2 classes: 2, 3",
    )


def test_a_class_of_one_image_is_named(tmp_path: Path) -> None:
    labels = np.array(["cat"] * 30 + ["dog"] * 29 + ["owl"])
    assert notes(tmp_path, PIXELS, labels) == ("there is no validation image of the class owl",)


def test_a_class_without_training_images_is_refused(tmp_path: Path) -> None:
    labels = np.array(["cat"] * 30 + ["dog"] * 29 + ["owl"])
    with pytest.raises(DataError, match="no training image is left of the class owl"):
        notes(tmp_path, PIXELS, labels, DataSpec(validation=0.6))


def test_named_data_with_a_class_that_is_not_trained_are_refused() -> None:
    with pytest.raises(DataError, match=r"no training image is left of \d classes"):
        load(DataSpec(name="mnist", validation=59_998))
