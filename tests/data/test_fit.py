"""Images of any size become images of one, damaged ones can be left out, and fewer can train."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from sweep.data import folder as folders
from sweep.data.dataset import load
from sweep.data.drawing import read_drawing
from sweep.data.picture import Fit
from sweep.errors import DataError, SpaceFileError
from sweep.space.spec import DataSpec
from tests.conftest import space_file

SIZES = [(20, 30), (64, 64), (31, 17), (8, 90)]


def write(path: Path, size: tuple[int, int], mode: str = "RGB", level: int = 0) -> None:
    """An image of (width, height), dark on the left and light on the right."""
    path.parent.mkdir(parents=True, exist_ok=True)
    width, height = size
    row = np.linspace(level, 255, width).astype(np.uint8)
    Image.fromarray(np.tile(row, (height, 1))).convert(mode).save(path)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Twelve photographs of four sizes in two classes, grey and colour, PNG and JPEG."""
    for label in ("left", "right"):
        for number in range(12):
            ending = ("png", "jpg")[number % 2]
            mode = ("RGB", "L")[number % 3 == 0]
            path = tmp_path / "photos" / label / f"{number}.{ending}"
            write(path, SIZES[number % 4], mode, 3 * number + (50 if label == "right" else 0))
    return tmp_path / "photos"


def test_photographs_of_any_size_are_read_in_one(photos: Path) -> None:
    data = load(DataSpec(path=photos, validation=4, size=(12, 10)))
    assert data.images.shape == (24, 12, 10, 3)
    assert data.summary.shape == (12, 10, 3)
    assert len(data.train) == 20
    # Stretched: dark stays on the left.
    assert (data.images[:, :, 0].mean(axis=(1, 2)) < data.images[:, :, -1].mean(axis=(1, 2))).all()


def test_without_a_size_the_sizes_that_there_are_and_the_line_to_write_are_named(
    photos: Path,
) -> None:
    with pytest.raises(DataError) as raised:
        load(DataSpec(path=photos, validation=4))
    text = "\n".join(f"{p.message} {p.hint}" for p in raised.value.problems)
    assert "20 x 30" in text
    assert "write data: {path: .., size: [" in text


def test_an_image_is_stretched_or_its_middle_is_used() -> None:
    wide = np.zeros((10, 40), np.uint8)
    wide[:, 15:25] = 255
    stretched = Fit(10, 10).of(wide)
    cropped = Fit(10, 10, crop=True).of(wide)
    assert stretched[5, 0] == 0
    assert stretched[5, 5] > 200
    assert cropped.min() > 200


def test_shrinking_averages() -> None:
    checks = np.indices((64, 64)).sum(axis=0) % 2 * 255
    small = Fit(8, 8).of(checks.astype(np.uint8)).astype(int)
    assert abs(small[1:-1, 1:-1] - 127).max() <= 3


@given(
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.booleans(),
    st.integers(0, 255),
)
def test_an_image_of_one_shade_stays_so(
    before: tuple[int, int], after: tuple[int, int], crop: bool, shade: int
) -> None:
    fit = Fit(*after, crop=crop)
    for shape in (before, (*before, 3)):
        found = fit.of(np.full(shape, shade, np.uint8))
        assert found.shape == (*after, *shape[2:])
        assert (found == shade).all()


def test_an_image_of_the_wanted_size_stays_as_it_is() -> None:
    image = np.random.default_rng(0).integers(0, 256, (9, 7, 3)).astype(np.uint8)
    for crop in (False, True):
        assert (Fit(9, 7, crop=crop).of(image) == image).all()


def test_images_in_memory_are_resized_too() -> None:
    whole = load(DataSpec(name="mnist"))
    small = load(DataSpec(name="mnist", size=(14, 14), train=100))
    assert small.images.shape == (70_000, 14, 14, 1)
    assert (small.labels == whole.labels).all()
    assert (small.images[3, ..., 0] == Fit(14, 14).of(whole.images[3, ..., 0])).all()
    assert small.summary.fingerprint != whole.summary.fingerprint


def test_a_picture_is_classified_as_the_network_has_learned_it(photos: Path) -> None:
    spec = DataSpec(path=photos, validation=4, size=(12, 10), crop=True)
    data = load(spec)
    assert data.files is not None
    for name, image in zip(data.files, data.images, strict=True):
        read = read_drawing(photos / name, (12, 10, 3), raw=True, trained_on=spec)
        assert (read == image).all()


# Damaged images.


def damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:60])


def test_a_damaged_image_is_an_error_that_names_it(photos: Path) -> None:
    damage(photos / "left" / "3.jpg")
    with pytest.raises(DataError) as raised:
        load(DataSpec(path=photos, validation=4, size=(8, 8)))
    (problem,) = raised.value.problems
    assert str(problem.where).endswith("left/3.jpg")


def test_damaged_images_can_be_left_out_with_one_line_for_all(photos: Path) -> None:
    damage(photos / "left" / "3.jpg")
    damage(photos / "right" / "0.png")
    data = load(DataSpec(path=photos, validation=4, size=(8, 8), skips_broken=True))
    assert len(data.images) == 22
    assert data.files is not None
    assert "left/3.jpg" not in data.files
    assert "right/0.png" not in data.files
    assert data.summary.counts == (11, 11)
    assert data.summary.left_out == 2
    notes = "\n".join(data.summary.notes)
    assert "2 images damaged and left out (for example left/3.jpg: " in notes


def test_a_class_does_not_vanish_with_its_damaged_images(photos: Path) -> None:
    for path in (photos / "left").iterdir():
        damage(path)
    with pytest.raises(DataError) as raised:
        load(DataSpec(path=photos, validation=4, size=(8, 8), skips_broken=True))
    assert "every image of the class left is damaged" in str(raised.value)


def test_images_that_do_not_fit_into_memory_are_refused_before_they_are_read(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "free_memory", lambda: 1000)
    with pytest.raises(DataError) as raised:
        load(DataSpec(path=photos, validation=4, size=(64, 64)))
    assert "24 images of 64 x 64 pixels need" in str(raised.value)
    (problem,) = raised.value.problems
    assert problem.hint == "write a smaller size, such as size: [32, 32]"


def test_the_free_memory_of_this_machine_is_known() -> None:
    free = folders.free_memory()
    assert free is not None
    assert free > 100e6


# Fewer training images.


@given(st.integers(10, 400), st.integers(0, 5))
def test_fewer_training_images_have_the_shares_of_the_classes(train: int, seed: int) -> None:
    spec = DataSpec(name="mnist", train=train, seed=seed)
    assert spec.parts(60_000) == (train, 5_000, 0)


def test_training_images_are_a_part_of_those_there_were() -> None:
    whole = load(DataSpec(name="mnist"))
    part = load(DataSpec(name="mnist", train=3000))
    assert len(part.train) == part.summary.train == 3000
    assert set(part.train.tolist()) <= set(whole.train.tolist())
    assert (part.validation == whole.validation).all()
    shares = np.bincount(part.labels[part.train]) / 3000
    assert abs(shares - np.bincount(whole.labels[whole.train]) / 55_000).max() < 0.001


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        ("{name: mnist, train: 60000}", "only 55000 images are left to train on, not 60000", ""),
        ("{name: mnist, size: 0}", "size must be at least 1, not 0", ""),
        ("{name: mnist, size: [28]}", "size", ""),
        ("{name: mnist, size: [28, 28, 1]}", "size", ""),
        ("{name: mnist, crop: true}", "crop has no effect without size", "add size: [64, 64]"),
        ("{name: mnist, broken: skip}", "mnist has no broken images", "leave broken out"),
        ("{path: x, broken: ignore}", "broken cannot be ignore", "it takes error, skip"),
    ],
)
def test_what_is_wrong_with_the_data_is_named(data: str, message: str, hint: str) -> None:
    with pytest.raises(SpaceFileError) as raised:
        space_file(f"name: a\ndata: {data}\nspace: {{}}\n")
    problem = raised.value.problems[0]
    assert problem.message.startswith(message)
    assert problem.hint.startswith(hint)


def test_a_size_decides_what_can_be_built() -> None:
    text = "name: a\ndata: {{name: mnist, size: {}}}\nspace: {{filters: [4, 4, 4, 4, 4]}}\n"
    with pytest.raises(SpaceFileError, match="no network of this space can be built"):
        space_file(text.format(28))
    assert space_file(text.format("[32, 40]")).spec((32, 40, 1)).data.size == (32, 40)


def test_a_document_keeps_the_size() -> None:
    spec = DataSpec(path=Path("/x"), size=(3, 4), crop=True, train=5, skips_broken=True)
    raw = {**vars(spec), "path": "/x", "size": [3, 4]}
    assert DataSpec.from_json(raw) == spec
    assert DataSpec.from_json({"name": "mnist", "path": None}) == DataSpec(name="mnist")
