"""Drawn digits become images like MNIST's, whatever their size, colours and place; what holds no
digit is refused."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sweep.data.drawing import centred, ink, read_drawing
from sweep.errors import DataError

SHAPE = (28, 28, 1)


def picture(size: int = 100, paper: int = 255, stroke: int = 0) -> np.ndarray:
    """A stroke like an L, off the middle of its paper."""
    image = np.full((size, size), paper, np.uint8)
    a, b, thick = size // 10, size // 2, max(size // 12, 1)
    image[a : a + b, a : a + thick] = stroke
    image[a + b - thick : a + b, a : a + size // 4] = stroke
    return image


def saved(array: np.ndarray, path: Path, mode: str | None = None) -> Path:
    image = Image.fromarray(array)
    (image if mode is None else image.convert(mode)).save(path)
    return path


def centre_of_mass(image: np.ndarray) -> tuple[float, float]:
    grid = np.indices(image.shape) + 0.5
    return tuple((grid * image).sum(axis=(1, 2)) / image.sum())


@pytest.mark.parametrize("size", [20, 28, 64, 300, 1000])
@pytest.mark.parametrize(("paper", "stroke"), [(255, 0), (0, 255), (200, 90), (60, 230)])
def test_size_and_polarity_make_little_difference(
    size: int, paper: int, stroke: int, tmp_path: Path
) -> None:
    image = read_drawing(saved(picture(size, paper, stroke), tmp_path / "a.png"), SHAPE, raw=False)[
        ..., 0
    ]
    assert (image.shape, image.max()) == ((28, 28), 255)
    assert image.dtype == np.uint8
    assert image[0].max() == 0
    reference = read_drawing(saved(picture(280), tmp_path / "b.png"), SHAPE, raw=False)[..., 0]
    assert np.abs(image.astype(float) - reference).mean() < 25


def test_the_digit_fills_a_box_of_20_and_its_mass_is_in_the_middle(tmp_path: Path) -> None:
    image = read_drawing(saved(picture(), tmp_path / "a.png"), SHAPE, raw=False)[..., 0]
    rows, columns = (np.flatnonzero(image.max(axis=axis) > 60) for axis in (1, 0))
    assert rows[-1] - rows[0] + 1 == 20
    assert columns[-1] - columns[0] + 1 == 10
    assert np.abs(np.array(centre_of_mass(image)) - 14).max() <= 0.75


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_every_digit_stays_inside(height: int, width: int, seed: int) -> None:
    digit = np.random.default_rng(seed).random((height, width), np.float32)
    image = centred(digit, 28, 28)
    assert image.shape == (28, 28)
    assert 0 <= image.min() <= image.max() <= 1.0001
    used = np.argwhere(image > 0)
    assert (used.max(axis=0) - used.min(axis=0) < 20).all()


def test_colour_jpeg_alpha_and_a_turned_camera_are_read(tmp_path: Path) -> None:
    grey = picture()
    reference = read_drawing(saved(grey, tmp_path / "a.png"), SHAPE, raw=False)
    colour = np.stack([grey, np.full_like(grey, 255), np.full_like(grey, 255)], axis=-1)
    clear = np.zeros((*grey.shape, 4), np.uint8)
    clear[..., 3] = 255 - grey
    light = clear.copy()
    light[..., :3] = 255
    turned = Image.fromarray(np.rot90(grey))
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(tmp_path / "turned.png", exif=exif)
    files = [
        saved(grey, tmp_path / "a.jpg"),
        saved(colour, tmp_path / "colour.png"),
        saved(clear, tmp_path / "clear.png"),
        saved(light, tmp_path / "light.png"),
        saved(grey, tmp_path / "palette.png", "P"),
        tmp_path / "turned.png",
    ]
    for file in files:
        found = read_drawing(file, SHAPE, raw=False)
        assert np.abs(found.astype(float) - reference).mean() < 6, file.name


def test_notes_of_a_camera_that_cannot_be_read_are_ignored(tmp_path: Path) -> None:
    image = Image.fromarray(picture())
    image.save(tmp_path / "a.png", exif=b"Exif\x00\x00no notes at all")
    assert read_drawing(tmp_path / "a.png", SHAPE, raw=False).max() == 255


def test_raw_only_resizes(tmp_path: Path) -> None:
    exact = np.arange(784, dtype=np.uint8).reshape(28, 28)
    found = read_drawing(saved(exact, tmp_path / "a.png"), SHAPE, raw=True)
    assert (found[..., 0] == exact).all()
    assert read_drawing(saved(picture(), tmp_path / "b.png"), SHAPE, raw=True)[0, 0, 0] == 255
    colour = saved(np.full((9, 5, 3), (10, 20, 30), np.uint8), tmp_path / "c.png")
    assert read_drawing(colour, (8, 8, 3), raw=False)[4, 4].tolist() == [10, 20, 30]


@pytest.mark.parametrize("level", [0, 128, 255])
def test_nothing_on_the_paper_is_refused(level: int, tmp_path: Path) -> None:
    noisy = np.clip(level + np.random.default_rng(0).integers(-8, 9, (50, 50)), 0, 255).astype(
        np.uint8
    )
    with pytest.raises(DataError, match="nothing on this image"):
        read_drawing(saved(noisy, tmp_path / "a.png"), SHAPE, raw=False)
    assert ink(np.full((5, 5), level, np.uint8)) is None


def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no image")
    (tmp_path / "folder").mkdir()
    cut = saved(picture(), tmp_path / "cut.png")
    cut.write_bytes(cut.read_bytes()[:60])
    expected = {
        "a.png": "no image of a format",
        "none.png": "no such file",
        "folder": "a folder",
        "cut.png": "damaged",
    }
    for name, message in expected.items():
        with pytest.raises(DataError, match=message):
            read_drawing(tmp_path / name, SHAPE, raw=False)
