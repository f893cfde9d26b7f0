"""The pictures of a trained network as PNG: their sizes, and the colours that they hold."""

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from sweep.analysis.pictures import DPI, confusion, feature_maps, filters, sheet
from sweep.trial.images import DataSummary
from tests.fakes import SUMMARY, examination

RGB = DataSummary("x", (12, 10, 3), ("cat", "dog"), 3, 2, 1, "f")


def pixels(png: bytes | None) -> np.ndarray:
    assert png is not None
    with Image.open(io.BytesIO(png)) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB")).astype(int)


def reddish(png: bytes | None) -> int:
    """How many pixels are more red than blue."""
    shown = pixels(png)
    return int(((shown[..., 0] - shown[..., 2]) > 60).sum())


def matrix(cells: list[list[int]]) -> pd.DataFrame:
    names = [f"c{number}" for number in range(len(cells))]
    return pd.DataFrame(cells, index=names, columns=names)


@pytest.mark.parametrize(("classes", "inches"), [(2, 4.0), (10, 6.2), (40, 12.0)])
def test_a_matrix_grows_with_its_classes_up_to_a_bound(classes: int, inches: float) -> None:
    found = pixels(confusion(matrix(np.eye(classes, dtype=int).tolist()), "all"))
    assert found.shape[:2] == (int(inches * DPI), int((inches + 1) * DPI))


def test_mistakes_have_a_colour_and_what_is_right_has_none() -> None:
    right = confusion(matrix([[9, 0], [0, 9]]), "all")
    wrong = confusion(matrix([[9, 0], [9, 9]]), "all")
    nothing = confusion(matrix([[0, 0], [0, 0]]), "all")
    # A bar of colours stands beside each.
    assert abs(reddish(right) - reddish(nothing)) < 1_000
    assert reddish(wrong) > reddish(right) + 10_000


def test_a_class_without_images_has_a_row_all_the_same() -> None:
    assert pixels(confusion(matrix([[9, 0], [0, 0]]), "all")).size


def test_a_sheet_has_a_row_for_every_eight_images() -> None:
    found = examination(SUMMARY)

    def height(images: int) -> int:
        some = found.ordinary[:images]
        picture = sheet(found, some, found.ordinary_images[:images], SUMMARY.classes, "some")
        return int(pixels(picture).shape[0])

    assert height(1) == height(8) < height(9) == height(16) < height(17)


def test_only_a_mistake_is_written_in_red() -> None:
    found = examination(SUMMARY)
    right = np.flatnonzero(found.predicted == found.labels)[:4]
    black = np.zeros((4, *SUMMARY.shape), np.uint8)
    assert reddish(sheet(found, right, black, SUMMARY.classes, "right")) == 0
    assert reddish(sheet(found, found.mistakes[:4], black, SUMMARY.classes, "wrong")) > 0


def test_images_in_colour_stay_in_colour() -> None:
    found = examination(RGB)
    right = np.flatnonzero(found.predicted == found.labels)[:1]
    red = np.zeros((1, *RGB.shape), np.uint8)
    red[..., 0] = 255
    assert reddish(sheet(found, right, red, RGB.classes, "red")) > 5_000


def test_a_sheet_of_no_images_is_none() -> None:
    found = examination(SUMMARY)
    nothing = np.zeros(0, np.int64)
    assert sheet(found, nothing, found.ordinary_images[:0], SUMMARY.classes, "none") is None


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_kernel_of_one_channel_is_red_where_it_is_positive(sign: int) -> None:
    kernels = np.full((3, 3, 1, 1), sign, np.float32)
    assert (reddish(filters(kernels, "kernels")) > 1_000) == (sign > 0)


@pytest.mark.parametrize(("count", "rows"), [(8, 1), (9, 2), (64, 8), (200, 8)])
def test_at_most_64_filters_are_shown(count: int, rows: int) -> None:
    found = pixels(filters(np.ones((3, 3, 1, count), np.float32), "kernels"))
    step = (0.94 + 0.22) * 0.9
    assert found.shape[0] == pytest.approx((rows * step + 0.4) * DPI, abs=1)


def test_kernels_that_are_all_zero_are_drawn() -> None:
    assert pixels(filters(np.zeros((3, 3, 3, 2), np.float32), "kernels")).size


def test_a_network_without_a_convolution_has_neither_filters_nor_maps() -> None:
    image = np.zeros((28, 28, 1), np.uint8)
    assert filters(np.zeros((0, 0, 0, 0), np.float32), "kernels") is None
    assert feature_maps(image, np.zeros((0, 0, 0), np.float32), "maps") is None


def test_the_image_stands_before_its_maps() -> None:
    red = np.zeros((12, 10, 3), np.uint8)
    red[..., 0] = 255
    found = feature_maps(red, np.zeros((12, 10, 3), np.float32), "maps")
    shown = pixels(found)
    where = np.flatnonzero(((shown[..., 0] - shown[..., 2]) > 80).any(axis=0))
    assert where.size
    assert where.max() < shown.shape[1] / 6


def test_a_map_that_is_the_same_everywhere_is_drawn() -> None:
    image = np.zeros((28, 28, 1), np.uint8)
    assert pixels(feature_maps(image, np.ones((28, 28, 8), np.float32), "maps")).size
