"""Folders of images: every file is an image, is counted as left out, or is a problem that names
it."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sweep.data.dataset import load
from sweep.data.folder import read_image_folder
from sweep.errors import DataError
from sweep.space.spec import DataSpec


def write(path: Path, level: int = 100, size: tuple[int, int] = (6, 5)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("L", size, level)
    image.putpixel((1, 1), 255)
    image.save(path)


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Ten images each of cat and dog."""
    for index, name in enumerate(("cat", "dog")):
        for number in range(10):
            write(tmp_path / "pets" / name / f"{number}.png", 100 * index + number)
    return tmp_path / "pets"


def problems(folder: Path) -> list[tuple[str, str]]:
    """What is wrong with a folder: messages and places inside it."""
    with pytest.raises(DataError) as raised:
        load(DataSpec(path=folder, validation=4))
    return [(p.message, os.path.relpath(p.where, folder)) for p in raised.value.problems]


def test_images_have_the_names_of_their_files(pets: Path) -> None:
    data = load(DataSpec(path=pets, validation=4))
    assert data.files is not None
    assert data.files[:2] == ("cat/0.png", "cat/1.png")
    for name, image in zip(data.files, data.images, strict=True):
        assert (np.asarray(Image.open(pets / name)) == image[..., 0]).all()
    assert (data.summary.left_out, data.summary.notes) == (0, ())


@pytest.mark.parametrize("ending", ["webp", "bmp", "gif", "tif", "TIFF", "pgm", "tga"])
def test_a_class_in_another_format_does_not_vanish(pets: Path, ending: str) -> None:
    for number in range(10):
        write(pets / "owl" / f"{number}.{ending}", 250 - number)
    data = load(DataSpec(path=pets, validation=4))
    assert data.summary.classes == ("cat", "dog", "owl")
    assert data.summary.counts == (10, 10, 10)


def test_what_is_no_image_is_left_out_and_counted(pets: Path) -> None:
    for name in (
        "cat/a.txt",
        "cat/b.txt",
        "dog/Thumbs.db",
        "readme.md",
        "README",
        "cat/.DS_Store",
        "dog/x.svg",
    ):
        (pets / name).write_text("x")
    write(pets / "__MACOSX" / "cat" / "._1.png")
    write(pets / ".thumbnails" / "1.png")
    write(pets / ".thumbnails" / "2.png")
    write(pets / "stray.png")
    (pets / "dog" / "notes").mkdir()
    (pets / "dog" / "notes" / "1.txt").write_text("x")
    summary = load(DataSpec(path=pets, validation=4)).summary
    assert summary.counts == (10, 10)
    assert summary.left_out == 12
    (note,) = summary.notes
    assert note.startswith("12 files left out: 1 .png, 2 in .thumbnails/, 2 .txt, 1 ")
    assert note.endswith("(for example stray.png)")


def test_one_file_left_out_is_named(pets: Path) -> None:
    (pets / "cat" / "a.txt").write_text("x")
    assert load(DataSpec(path=pets, validation=4)).summary.notes == (
        "1 file left out: 1 .txt (for example cat/a.txt)",
    )


def _empty_class(pets: Path) -> None:
    (pets / "owl").mkdir()


def _class_of_other_files(pets: Path) -> None:
    (pets / "owl").mkdir()
    for number in range(3):
        (pets / "owl" / f"{number}.heic").write_text("x")


def _nested(pets: Path) -> None:
    for number in range(7):
        write(pets / "cat" / "young" / "small" / f"{number}.png")


def _all_nested(pets: Path) -> None:
    shutil.copytree(pets, pets / "pets")
    shutil.rmtree(pets / "cat")
    shutil.rmtree(pets / "dog")


def _one_class(pets: Path) -> None:
    shutil.rmtree(pets / "cat")


def _linked(pets: Path) -> None:
    (pets / "cat" / "loop").symlink_to(pets)


def _special(pets: Path) -> None:
    os.mkfifo(pets / "cat" / "p.png")
    (pets / "dog" / "l.png").symlink_to("l.png")
    (pets / "dog" / "m.png").symlink_to("nothing.png")


def _unreadable(pets: Path) -> None:
    # Reading this regular file fails for everyone, also for root.
    (pets / "cat" / "a.png").symlink_to("/proc/self/mem")


LAYOUTS: dict[str, tuple[Callable[[Path], None], list[tuple[str, str]]]] = {
    "an empty class": (
        _empty_class,
        [("the class folder owl has no image that can be read; it is empty", "owl")],
    ),
    "a class of other files": (
        _class_of_other_files,
        [("the class folder owl has no image that can be read; it has 3 .heic", "owl")],
    ),
    "images in inner folders": (
        _nested,
        [("the class folder cat has 7 images in folders inside it: young/ 7", "cat")],
    ),
    "a folder in the folder": (
        _all_nested,
        [
            ("there is one class folder only, pets", "pets"),
            ("the class folder pets has 20 images in folders inside it: cat/ 10, dog/ 10", "pets"),
        ],
    ),
    "one class": (_one_class, [("there is one class folder only, dog", "dog")]),
    "a link to a folder": (
        _linked,
        [("this is a link to a folder, inside a class folder", "cat/loop")],
    ),
    "no regular files": (
        _special,
        [
            ("this is no regular file", "cat/p.png"),
            ("this file cannot be read: Too many levels of symbolic links", "dog/l.png"),
            ("there is no such file", "dog/m.png"),
        ],
    ),
    "a file that cannot be read": (
        _unreadable,
        [("this file cannot be read: Input/output error", "cat/a.png")],
    ),
}


@pytest.mark.parametrize(("change", "expected"), LAYOUTS.values(), ids=LAYOUTS)
def test_layouts_that_are_not_understood(
    pets: Path, change: Callable[[Path], None], expected: list[tuple[str, str]]
) -> None:
    change(pets)
    assert problems(pets) == expected


def test_images_without_class_folders(tmp_path: Path) -> None:
    write(tmp_path / "1.png")
    assert problems(tmp_path) == [
        ("there are no class folders with images here, only 1 image", ".")
    ]


def test_folders_without_images_are_no_data_and_what_they_hold_is_named(tmp_path: Path) -> None:
    for name in ("a/1.heic", "a/2.heic", "b/x.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert problems(tmp_path) == [
        ("there are no data of a known form here, but 2 .heic, 1 .txt", ".")
    ]


def test_every_damaged_image_is_named(pets: Path) -> None:
    broken = [f"cat/{number}.png" for number in (1, 4, 5)] + [
        f"dog/{number}.png" for number in (0, 2, 8, 9)
    ]
    for name in broken:
        (pets / name).write_bytes((pets / name).read_bytes()[:45])
    write(pets / "dog" / "3.png", size=(9, 9))
    found = problems(pets)
    assert [place for _, place in found] == [*broken, "dog/3.png"]
    assert all("damaged" in message for message, _ in found[:-1])
    assert found[-1][0] == "this image is 9 x 9 pixels, others are 6 x 5 (12 of 13)"


def test_many_sizes_are_counted(pets: Path) -> None:
    for number in range(21):
        write(pets / "dog" / f"x{number}.png", size=(7 + number // 19, 9))
    ((message, place),) = problems(pets)
    assert place == "."
    assert message == (
        "the images have 3 sizes: 6 x 5 (20, for example cat/0.png), 7 x 9 (19, for example "
        "dog/x0.png), 8 x 9 (2, for example dog/x19.png)"
    )


def test_files_of_several_images_are_noted(pets: Path) -> None:
    frames = [Image.new("L", (6, 5), level) for level in (10, 200)]
    for name in ("cat/a.gif", "dog/b.gif"):
        frames[0].save(pets / name, save_all=True, append_images=frames[1:])
    data = load(DataSpec(path=pets, validation=4))
    assert (
        data.summary.notes[0]
        == "2 files hold several images, of which the first is used (for example cat/a.gif)"
    )


def test_names_that_are_no_utf_8_are_read(pets: Path) -> None:
    for name in (b"caf\xe8", b"caf\xe9"):
        folder = os.fsencode(pets) + b"/" + name
        os.mkdir(folder)
        shutil.copy(os.fsencode(pets / "cat" / "1.png"), folder + b"/\xff.png")
    data = load(DataSpec(path=pets, validation=4))
    assert data.summary.classes == ("caf\\xe8", "caf\\xe9", "cat", "dog")
    assert data.files is not None
    assert data.files[1] == "caf\\xe9/\\xff.png"


# train, val and test.


@pytest.fixture
def parted(tmp_path: Path) -> Path:
    """Three classes: 6 images each to train, 2 to validate, 1 to test."""
    level = 0
    for split, count in (("train", 6), ("val", 2), ("test", 1)):
        for name in ("cat", "dog", "owl"):
            for number in range(count):
                level += 1
                write(tmp_path / "parted" / split / name / f"{number}.png", level)
    return tmp_path / "parted"


@pytest.mark.parametrize(
    "names",
    [("train", "val", "test"), ("Training", "validation", "Testing"), ("TRAIN", "Valid", "TEST")],
)
def test_the_folders_of_splits_are_the_splits(parted: Path, names: tuple[str, str, str]) -> None:
    for before, after in zip(("train", "val", "test"), names, strict=True):
        (parted / before).rename(parted / after)
    data = load(DataSpec(path=parted))
    assert data.files is not None
    assert data.summary.classes == ("cat", "dog", "owl")
    for split, name, count in zip(
        (data.train, data.validation, data.test), names, (18, 6, 3), strict=True
    ):
        assert len(split) == count
        assert {data.files[index].split("/")[0] for index in split} == {name}
    for index, file in enumerate(data.files):
        assert data.summary.classes[data.labels[index]] == file.split("/")[1]
    assert data.summary.validation_counts == (2, 2, 2)


def test_without_val_the_share_is_taken_from_train(parted: Path) -> None:
    shutil.rmtree(parted / "val")
    data = load(DataSpec(path=parted, validation=3))
    assert (len(data.train), len(data.validation), len(data.test)) == (15, 3, 3)
    assert data.validation.max() < 18 <= data.test.min()


def test_without_test_it_is_taken_from_train_if_asked_for(parted: Path) -> None:
    shutil.rmtree(parted / "test")
    data = load(DataSpec(path=parted, test=3))
    assert (len(data.train), len(data.validation), len(data.test)) == (15, 6, 3)
    assert data.validation.tolist() == list(range(18, 24))
    assert len(load(DataSpec(path=parted)).test) == 0


def test_merged_splits_are_split_anew(parted: Path) -> None:
    data = load(DataSpec(path=parted, merge=True, validation=9))
    assert (len(data.train), len(data.validation), len(data.test)) == (18, 9, 0)
    assert data.summary.validation_counts == (3, 3, 3)


@pytest.mark.parametrize("name", ["validation", "test"])
def test_a_split_that_is_there_cannot_be_asked_for(parted: Path, name: str) -> None:
    with pytest.raises(
        DataError, match=f"bring their own {name} images, and {name} asks for others"
    ) as raised:
        load(DataSpec(path=parted, **{name: 0.2}))  # type: ignore[arg-type]
    assert "merge: true" in raised.value.problems[0].hint


def test_classes_that_do_not_agree(parted: Path) -> None:
    (parted / "val" / "cat").rename(parted / "val" / "Cat")
    (parted / "test" / "owl").rename(parted / "test" / "bat")
    assert problems(parted) == [
        ("the class Cat of val/ is not in train/", "val/Cat"),
        ("the class bat of test/ is not in train/", "test/bat"),
    ]


def test_a_class_without_validation_images_is_noted(parted: Path) -> None:
    shutil.rmtree(parted / "val" / "dog")
    summary = load(DataSpec(path=parted)).summary
    assert summary.notes == ("val/ has no images of 1 class: dog",)
    assert summary.validation_counts == (2, 0, 2)


def test_other_folders_beside_train(parted: Path) -> None:
    (parted / "labels").mkdir()
    (parted / "labels" / "a.txt").write_text("x")
    assert load(DataSpec(path=parted)).summary.notes == (
        "1 file left out: 1 in labels/ (for example labels/a.txt)",
    )
    write(parted / "more" / "cat" / "1.png")
    (parted / "Valid").mkdir()
    assert [message for message, _ in problems(parted)] == [
        "Valid/ and val/ both hold validation images",
        "beside train/ stands more/ with 1 image",
        "Valid/ has no class folders",
    ]


def test_test_images_without_labels_are_left_out(parted: Path) -> None:
    shutil.rmtree(parted / "test")
    for number in range(4):
        write(parted / "test" / f"{number}.png")
    summary = load(DataSpec(path=parted)).summary
    assert (summary.test, summary.left_out) == (0, 4)
    assert summary.notes == (
        "4 files left out: 4 in test/ (for example test/0.png)",
        "test/ has no class folders: it is not used as test images",
    )


def test_validation_images_without_labels_are_an_error(parted: Path) -> None:
    shutil.rmtree(parted / "val")
    write(parted / "val" / "1.png")
    assert problems(parted) == [("val/ has no class folders, but 1 image", "val")]


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    for name in ("bus", "train", "test"):
        for number in range(4):
            write(tmp_path / name / f"{number}.png", 40 * number)
    data = load(DataSpec(path=tmp_path, validation=3))
    assert data.summary.classes == ("bus", "test", "train")
    assert data.summary.counts == (4, 4, 4)


def test_images_are_not_held_twice_while_they_are_read(tmp_path: Path) -> None:
    """The splits are views of one block."""
    for split in ("train", "val"):
        for name in "ab":
            write(tmp_path / split / name / "1.png")
    found = read_image_folder(tmp_path)
    assert found.validation is not None
    assert found.train.images.base is not None
    assert found.train.images.base is found.validation.images.base


@pytest.mark.parametrize("names", [("train", "test"), ("Train", "VAL", "Test"), ("train",)])
def test_folders_of_splits_without_class_folders_are_no_classes(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    for level, name in enumerate(names):
        for number in range(6):
            write(tmp_path / "flat" / name / f"{number}.png", 40 * level + number)
    found = problems(tmp_path / "flat")
    assert [place for message, place in found if "has no class folders" in message] == sorted(names)


def test_a_folder_inside_a_class_that_cannot_be_read_is_a_problem(
    pets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The superuser may read everything, so that the system's call refuses here."""
    (pets / "cat" / "more").mkdir()
    scandir = os.scandir

    def refusing(path: str) -> object:
        if str(path).endswith("more"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert problems(pets) == [("this folder cannot be read: Permission denied", "cat/more")]


def test_the_progress_counts_every_file_and_damaged_ones_too(pets: Path) -> None:
    (pets / "dog" / "3.png").write_text("no image")
    seen: list[tuple[int, int]] = []
    spec = DataSpec(path=pets, validation=4, size=(4, 4), skips_broken=True)
    data = load(spec, lambda done, total: seen.append((done, total)))
    assert data.summary.images == 19
    assert seen == [(done, 20) for done in range(21)]


def test_what_is_not_read_file_by_file_has_no_progress(blobs: Path) -> None:
    def never(done: int, total: int) -> None:
        raise AssertionError("nothing to tell")

    assert load(DataSpec(path=blobs), never).summary.images == 360
