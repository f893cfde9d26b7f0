"""CIFAR's binary files are read as their authors describe them, from a folder or the archive."""

import hashlib
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sweep.data import named
from sweep.data.cifar import CIFAR10, CIFAR100, Cifar, cifar_in, read_archive, read_unpacked
from sweep.data.dataset import load
from sweep.data.named import read_named
from sweep.errors import DataError
from sweep.space import NAMED_DATA
from sweep.space.named import NamedData
from sweep.space.spec import DataSpec
from tests.conftest import space_file


def files(cifar: Cifar, classes: int, each: int) -> dict[str, bytes]:
    """Files of the format: `each` images of every class in each of them. The red of an image is its
    class, its green grows to the right, its blue downwards."""
    found = {}
    row = np.arange(32, dtype=np.uint8)
    for name in (*cifar.train, cifar.test):
        records = []
        for label in range(classes):
            red = np.full((32, 32), label, np.uint8)
            green = np.tile(row, (32, 1))
            planes = np.stack([red, green, green.T]).tobytes()
            before = bytes([7, label][-cifar.labels :])
            records += [before + planes] * each
        found[name] = b"".join(records)
    names = "\n".join(f"class{label}" for label in range(classes))
    found[cifar.classes] = f"{names}\n\n".encode()
    return found


def unpacked(folder: Path, cifar: Cifar, classes: int = 10, each: int = 2) -> Path:
    folder.mkdir(parents=True)
    for name, content in files(cifar, classes, each).items():
        (folder / name).write_bytes(content)
    return folder


def packed(path: Path, cifar: Cifar, classes: int = 10, each: int = 2) -> Cifar:
    """An archive of such files, and what describes it."""
    with tarfile.open(path, "w:gz") as archive:
        for name, content in {**files(cifar, classes, each), "readme.html": b"x"}.items():
            member = tarfile.TarInfo(f"{cifar.folder}/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    return replace(cifar, md5=digest)


@pytest.mark.parametrize("cifar", [CIFAR10, CIFAR100], ids=lambda cifar: cifar.name)
def test_a_folder_of_its_files_is_a_data_set(cifar: Cifar, tmp_path: Path) -> None:
    folder = unpacked(tmp_path / "data", cifar)
    assert cifar_in(folder) == cifar
    data = load(DataSpec(path=folder, validation=0.2))
    parts = len(cifar.train)
    assert data.images.shape == (20 * (parts + 1), 32, 32, 3)
    assert data.summary.classes == tuple(f"class{label}" for label in range(10))
    assert len(data.test) == 20
    for image, label in zip(data.images, data.labels, strict=True):
        assert (image[..., 0] == label).all()
        assert image[3, :, 1].tolist() == list(range(32))
        assert image[:, 5, 2].tolist() == list(range(32))


@pytest.mark.parametrize("cifar", [CIFAR10, CIFAR100], ids=lambda cifar: cifar.name)
def test_the_archive_is_read_without_unpacking_it(cifar: Cifar, tmp_path: Path) -> None:
    path = tmp_path / cifar.archive
    own = packed(path, cifar)
    found = read_archive(path, own)
    folder = read_unpacked(unpacked(tmp_path / "data", cifar), cifar)
    assert (found.train.images == folder.train.images).all()
    assert (found.train.labels == folder.train.labels).all()
    assert found.classes == folder.classes
    assert sorted(path.name for path in tmp_path.iterdir()) == [cifar.archive, "data"]


def test_another_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / CIFAR10.archive
    own = packed(path, CIFAR10)
    with pytest.raises(DataError, match="is not cifar-10-binary.tar.gz: its MD5 is"):
        read_archive(path, CIFAR10)
    path.write_bytes(path.read_bytes()[:2000])
    cut = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    with pytest.raises(DataError, match="cannot read the archive"):
        read_archive(path, replace(own, md5=cut))


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    folder = unpacked(tmp_path / "data", CIFAR10)
    (folder / "data_batch_3.bin").write_bytes(b"x" * 5000)
    with pytest.raises(DataError, match="5,000 bytes are no whole number of records") as raised:
        load(DataSpec(path=folder))
    (problem,) = raised.value.problems
    assert str(problem.where).endswith("data_batch_3.bin")
    (folder / "test_batch.bin").unlink()
    with pytest.raises(DataError, match=r"the file test_batch\.bin is missing"):
        load(DataSpec(path=folder))


def test_without_names_classes_are_numbers(tmp_path: Path) -> None:
    folder = unpacked(tmp_path / "data", CIFAR10)
    (folder / CIFAR10.classes).unlink()
    assert load(DataSpec(path=folder)).summary.classes == tuple("0123456789")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A place in which cifar10 has two images of each class and file."""
    known = NamedData(shape=(32, 32, 3), classes=10, train=100, test=20)
    monkeypatch.setattr(named, "NAMED_DATA", {**NAMED_DATA, "cifar10": known})
    monkeypatch.setenv("SWEEP_DATA", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("name", ["cifar-10-batches-bin", "cifar10"])
def test_the_data_set_is_found_by_its_name(small: Path, name: str) -> None:
    unpacked(small / name, CIFAR10)
    found = read_named("cifar10")
    assert len(found.train.images) == 100


def test_the_data_set_is_found_in_its_archive(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(named, "CIFAR10", packed(small / CIFAR10.archive, CIFAR10))
    assert len(read_named("cifar10").train.images) == 100


def test_other_numbers_of_images_are_not_the_data_set(small: Path) -> None:
    unpacked(small / "cifar10", CIFAR10, each=3)
    with pytest.raises(DataError, match="these files are not cifar10: it has 10 images of each"):
        read_named("cifar10")


def test_a_data_set_that_is_not_there_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SWEEP_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(DataError, match="cifar100 was not found") as raised:
        read_named("cifar100")
    assert "cifar-100-binary.tar.gz" in raised.value.problems[0].hint


def test_a_space_for_it_is_checked_without_the_images() -> None:
    file = space_file("name: a\ndata: cifar10\nspace: {filters: [4], dense: [8], epochs: 1}\n")
    spec = file.spec((32, 32, 3))
    assert spec.space.images == 45_833
    assert NAMED_DATA["cifar100"].classes == 100
