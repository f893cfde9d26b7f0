"""Photographs as people have them, from a folder to a prediction: the real thing, in small."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import sweep
from sweep.engine.predict import predict
from sweep.store import read_best, read_sweep
from sweep.train.classify import classify

SIZES = [(30, 40), (64, 20), (17, 17), (80, 61)]


def photograph(path: Path, size: tuple[int, int], *, is_dark: bool, mode: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(size[0])
    low = 10 if is_dark else 180
    pixels = random.integers(low, low + 60, (size[1], size[0], 3)).astype(np.uint8)
    Image.fromarray(pixels).convert(mode).save(path)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished sweep over 24 photographs of four sizes, one of them damaged."""
    where = tmp_path_factory.mktemp("photographs")
    for number in range(24):
        is_dark = number % 2 == 0
        name = f"photos/{'night' if is_dark else 'day'}/{number}.{('png', 'jpg')[number % 3 == 0]}"
        mode = ("RGB", "L")[number % 5 == 0]
        photograph(where / name, SIZES[number % 4], is_dark=is_dark, mode=mode)
    (where / "photos" / "day" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (where / "photos.yaml").write_text(
        "name: photos\n"
        "data: {path: photos, size: [16, 12], crop: true, broken: skip, validation: 8}\n"
        "space: {filters: [{low: 2, high: 4}], kernel_size: 3, flip: horizontal, rotate: 10.0,\n"
        "  brightness: 0.1, learning_rate: 0.01, batch_size: 8, epochs: 12}\n"
        "search: {trials: 1}\n"
    )
    store = f"sqlite:///{where / 'mlflow.db'}"
    done = sweep.run(
        where / "photos.yaml", workers=1, results=where / "results", tracking_uri=store
    )
    assert done.best is not None
    return where / "results" / "photos"


def test_a_sweep_runs_from_the_folder_as_it_is(trained: Path) -> None:
    spec, records, facts = read_sweep(trained)
    assert facts.data.shape == (16, 12, 3)
    assert facts.data.left_out == 1
    assert any("1 image damaged and left out" in note for note in facts.data.notes)
    (record,) = records
    assert record.trial.point.steps == 24
    assert record.metric("val_accuracy") == 1.0
    assert spec.data.crop


def test_photographs_of_any_other_size_are_classified(trained: Path, tmp_path: Path) -> None:
    for name, size, is_dark in (("a.png", (200, 33), True), ("b.jpg", (9, 50), False)):
        photograph(tmp_path / name, size, is_dark=is_dark, mode="RGB")
    found = predict(trained, [tmp_path / "a.png", tmp_path / "b.jpg"], classify, raw=False)
    assert [prediction.likeliest for prediction in found.found] == ["night", "day"]


def test_the_best_network_can_be_moved_and_still_knows_its_images(
    trained: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(trained, moved)
    spec, records, facts = read_sweep(moved)
    best = read_best(moved, spec, records)
    dark = np.full((1, *facts.data.shape), 40, np.uint8)
    light = np.full((1, *facts.data.shape), 210, np.uint8)
    shares = classify(best, facts.data.shape, 2, np.concatenate([dark, light]))
    assert shares.argmax(axis=1).tolist() == [1, 0]
    assert facts.data.classes == ("day", "night")
