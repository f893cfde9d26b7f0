"""The decoder of image files: upright, on white, in every format that is read; each kind of damage
is a `DataError`."""

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sweep.data.dataset import load
from sweep.data.drawing import read_drawing
from sweep.data.picture import FORMATS, decode, endings, with_channels
from sweep.errors import DataError
from sweep.space.spec import DataSpec

# A bright square above left, on darker ground, wider than high.
SCENE = np.full((24, 36), 40, np.uint8)
SCENE[2:10, 3:15] = 220
# How Pillow writes a format without a loss.
LOSSLESS: dict[str, Any] = {"webp": {"lossless": True}}
COLOUR = np.stack([SCENE, SCENE // 2, 255 - SCENE], axis=-1)


def shape_on_nothing(number: int, *, wide: bool) -> Image.Image:
    """A black bar on transparent ground, wide or high, somewhere."""
    pixels = np.zeros((16, 16, 4), np.uint8)
    a, b = number % 3, number % 5
    rows, columns = (
        (slice(6 + a, 9 + a), slice(2 + b, 12 + b))
        if wide
        else (slice(2 + b, 12 + b), slice(6 + a, 9 + a))
    )
    pixels[rows, columns, 3] = 255
    return Image.fromarray(pixels)


LOSSY = {"jpg", "webp", "jp2", "avif", "jfif"}
WRITTEN = (
    "png", "jpg", "jfif", "webp", "bmp", "gif", "tif", "tiff", "ppm", "pgm", "tga", "ico", "pcx", "sgi", "qoi", "dds",
    "jp2", "avif", "PNG", "JPG",
)  # fmt: skip


@pytest.mark.parametrize("ending", WRITTEN)
def test_every_format_is_read(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{ending}"
    scene = SCENE if ending == "pgm" else COLOUR
    options: dict[str, Any] = {}
    if ending == "ico":
        scene, options = scene[:24, :24], {"sizes": [(24, 24)]}
    Image.fromarray(scene).save(path, **options)
    found = decode(path)
    assert (found.pixels.shape, found.has_frames) == (scene.shape, False)
    assert found.pixels.dtype == np.uint8
    assert np.abs(found.pixels.astype(int) - scene).mean() < (8 if ending.lower() in LOSSY else 1)
    assert path.suffix.lower() in endings()


def test_no_format_that_starts_a_program_is_read(tmp_path: Path) -> None:
    assert not {"EPS", "WMF", "PDF"} & set(FORMATS)
    assert not {".eps", ".ps", ".pdf", ".wmf", ".emf", ".svg", ".h5", ".txt", ".csv"} & endings()
    path = tmp_path / "a.png"
    Image.fromarray(COLOUR).save(path, "EPS")
    with pytest.raises(DataError, match="no image of a format that is read"):
        decode(path)


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_images_are_turned_as_their_notes_ask(
    orientation: int, ending: str, tmp_path: Path
) -> None:
    """What is stored is the scene turned the other way."""
    undos: dict[int, Callable[[np.ndarray], np.ndarray]] = {
        1: lambda a: a,
        2: np.fliplr,
        3: lambda a: np.rot90(a, 2),
        4: np.flipud,
        5: np.transpose,
        6: lambda a: np.rot90(a, 1),
        7: lambda a: np.rot90(np.transpose(a), 2),
        8: lambda a: np.rot90(a, -1),
    }
    stored = Image.fromarray(np.ascontiguousarray(undos[orientation](SCENE)))
    exif = stored.getexif()
    exif[0x0112] = orientation
    stored.save(tmp_path / f"a.{ending}", exif=exif, **LOSSLESS.get(ending, {}))
    found = with_channels(decode(tmp_path / f"a.{ending}").pixels, 1)[..., 0]
    assert found.shape == SCENE.shape
    assert np.abs(found.astype(int) - SCENE).mean() < 6


TRANSPARENT = {
    "RGBA": lambda image: image,
    "grey and alpha": lambda image: image.convert("LA"),
    "palette": lambda image: image.quantize(8),
}


@pytest.mark.parametrize(
    ("form", "ending"),
    [
        *(("RGBA", ending) for ending in ("png", "webp", "gif", "tif")),
        *(("grey and alpha", ending) for ending in ("png", "webp", "tif")),
        *(("palette", ending) for ending in ("png", "webp", "gif")),
    ],
)
def test_what_is_transparent_is_white(form: str, ending: str, tmp_path: Path) -> None:
    image = TRANSPARENT[form](shape_on_nothing(0, wide=True))
    options: dict[str, Any] = {**LOSSLESS, "gif": {"transparency": 0}}.get(ending, {})
    image.save(tmp_path / f"a.{ending}", **options)
    found = with_channels(decode(tmp_path / f"a.{ending}").pixels, 1)[..., 0]
    expected = np.full((16, 16), 255, np.uint8)
    expected[6:9, 2:12] = 0
    assert (found == expected).all()


@pytest.mark.parametrize(("mode", "key"), [("L", 7), ("RGB", (7, 7, 7))])
def test_a_colour_that_stands_for_transparency_is_white(
    mode: str, key: object, tmp_path: Path
) -> None:
    image = Image.new(mode, (5, 5), key)  # type: ignore[arg-type]
    image.putpixel((2, 2), 0 if mode == "L" else (0, 0, 0))
    image.save(tmp_path / "a.png", transparency=key)
    found = decode(tmp_path / "a.png").pixels
    assert found.ndim == (2 if mode == "L" else 3)
    assert (
        with_channels(found, 1)[..., 0].tolist()
        == [[255] * 5] * 2 + [[255, 255, 0, 255, 255]] + [[255] * 5] * 2
    )


def test_opaque_pixels_stay_what_they_are(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 40, 4), np.uint8)
    pixels[..., 3] = 255
    pixels[0, 0] = 0
    Image.fromarray(pixels).save(tmp_path / "a.png")
    found = decode(tmp_path / "a.png").pixels
    assert (found[1:] == pixels[1:, :, :3]).all()
    assert found[0, 0].tolist() == [255, 255, 255]


def test_prediction_sees_what_training_saw(tmp_path: Path) -> None:
    """The same files, read for training and by `predict`, are the same pixels."""
    for name, wide in (("bar", True), ("column", False)):
        (tmp_path / "data" / name).mkdir(parents=True)
        for number in range(6):
            image = shape_on_nothing(number, wide=wide)
            exif = image.getexif()
            exif[0x0112] = 1 + number
            image.save(tmp_path / "data" / name / f"{number}.png", exif=exif)
    data = load(DataSpec(path=tmp_path / "data", validation=2))
    assert data.files is not None
    assert {int(image.min()) for image in data.images} == {0}
    assert {int(image.max()) for image in data.images} == {255}
    for name, image in zip(data.files, data.images, strict=True):
        assert (read_drawing(tmp_path / "data" / name, data.summary.shape, raw=True) == image).all()


def test_light_strokes_of_a_drawn_digit_are_laid_on_black(tmp_path: Path) -> None:
    pixels = np.full((30, 30, 4), 255, np.uint8)
    pixels[..., 3] = 0
    pixels[8:22, 14:17, 3] = 255
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert decode(tmp_path / "a.png").pixels.min() == 255
    assert decode(tmp_path / "a.png", is_drawing=True).pixels.min() == 0
    assert read_drawing(tmp_path / "a.png", (28, 28, 1), raw=False).max() == 255


@pytest.mark.parametrize("ending", ["gif", "tif", "webp", "png"])
def test_of_several_images_in_one_file_the_first_is_used(ending: str, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), (level, level, level)) for level in (0, 90, 180)]
    frames[0].save(tmp_path / f"a.{ending}", save_all=True, append_images=frames[1:])
    found = decode(tmp_path / f"a.{ending}")
    assert found.has_frames
    assert found.pixels.max() <= 4


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    (tmp_path / "gone.png").symlink_to(tmp_path / "nothing.png")
    expected = {
        "a.png": "no regular file",
        "loop.png": "cannot be read",
        "gone.png": "no such file",
    }
    for name, message in expected.items():
        with pytest.raises(DataError, match=message):
            decode(tmp_path / name)


def test_an_image_of_far_too_many_pixels_is_refused(tmp_path: Path) -> None:
    Image.new("1", (10_000, 9_000)).save(tmp_path / "a.png")
    with pytest.raises(DataError, match="far too large"):
        decode(tmp_path / "a.png")


@pytest.mark.parametrize(
    "ending", ["png", "jpg", "webp", "gif", "tif", "bmp", "jp2", "ico", "avif"]
)
def test_no_damage_is_anything_but_an_error_that_names_the_file(
    ending: str, tmp_path: Path
) -> None:
    path = tmp_path / f"a.{ending}"
    Image.fromarray(COLOUR).save(path)
    sound, chance = path.read_bytes(), random.Random(0)
    refused = []
    for _ in range(60):
        raw = bytearray(sound)
        for _ in range(chance.choice([1, 4, 20])):
            raw[chance.randrange(min(len(raw), chance.choice([60, len(raw)])))] = chance.randrange(
                256
            )
        path.write_bytes(raw[: chance.choice([len(raw), chance.randrange(len(raw))])])
        try:
            decode(path)
        except DataError as error:
            refused.append(error.problems[0].where)
    assert len(refused) > 20
    assert set(refused) == {str(path)}
