"""The sheet of training images: as they are read, and as points of the space change them."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sweep.analysis.training_images import ROWS, training_images
from sweep.errors import DataError
from sweep.space import SweepSpec
from tests.conftest import space_file


def spec_of(space: str, blobs: Path, rest: str = "") -> SweepSpec:
    text = f"name: a\ndata: {{path: {blobs}, validation: 60}}\nspace: {space}\n{rest}"
    return space_file(text).spec((12, 10, 3), 240)


def picture(spec: SweepSpec) -> np.ndarray:
    image = Image.open(io.BytesIO(training_images(spec)))
    assert image.format == "PNG"
    return np.asarray(image.convert("RGB"))


def test_a_space_that_changes_images_has_a_row_for_each_of_some_points(blobs: Path) -> None:
    plain = picture(spec_of("{dropout: {low: 0.0, high: 0.5}}", blobs))
    one = picture(spec_of("{flip: horizontal}", blobs))
    several = picture(spec_of("{rotate: {low: 1.0, high: 90.0}}", blobs))
    assert plain.shape[1] == one.shape[1] == several.shape[1]
    row = one.shape[0] - plain.shape[0]
    assert row > 20
    assert abs(several.shape[0] - plain.shape[0] - ROWS * row) <= ROWS


def test_baselines_come_first_and_the_sheet_is_always_the_same(blobs: Path) -> None:
    baselines = "baselines: {strong: {rotate: 80.0}, none: {rotate: 1.0}}"
    spec = spec_of("{rotate: {low: 1.0, high: 90.0}}", blobs, baselines)
    assert (picture(spec) == picture(spec)).all()
    without = picture(spec_of("{rotate: {low: 1.0, high: 90.0}}", blobs))
    assert picture(spec).shape == without.shape
    assert (picture(spec) != without).any()


def test_images_that_cannot_be_read_are_an_error(tmp_path: Path) -> None:
    spec = spec_of("{flip: both}", tmp_path / "nothing.npz")
    with pytest.raises(DataError):
        training_images(spec)
