"""Photographs as people have them, from a folder to a prediction: the real thing, in small."""

import json
import shutil
from pathlib import Path

import keras
import mlflow
import numpy as np
import pytest
from mlflow import MlflowClient
from PIL import Image

import sweep
from sweep.data.dataset import load
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
        "data: {path: photos, size: [16, 12], crop: true, broken: skip, validation: 8, "
        "scale: standard}\n"
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
    best = read_best(moved, spec, records, facts.data)
    dark = np.full((1, *facts.data.shape), 40, np.uint8)
    light = np.full((1, *facts.data.shape), 210, np.uint8)
    shares = classify(best, np.concatenate([dark, light]))
    assert shares.argmax(axis=1).tolist() == [1, 0]
    assert facts.data.classes == ("day", "night")


def test_predictions_of_files_are_those_of_the_evaluation_of_the_same_images(trained: Path) -> None:
    """From the file of a photograph to its probabilities, and from the data set to the loss."""
    spec, (record,), facts = read_sweep(trained)
    data = load(spec.data)
    assert data.files is not None
    photos = trained.parent.parent / "photos"
    files = [photos / data.files[index] for index in data.validation]
    found = predict(trained, files, classify, raw=False)
    shares = np.array([prediction.probabilities for prediction in found.found])
    labels = data.labels[data.validation]
    assert (shares.argmax(axis=1) == labels).mean() == record.metric("val_accuracy")
    loss = -np.log(shares[range(len(labels)), labels]).mean()
    assert loss == pytest.approx(record.metric("val_loss"), rel=1e-3)
    assert facts.data.mean == data.summary.mean
    assert len(facts.data.mean) == 3
    # Keras alone, from the files that are published.
    network = json.loads((trained / "best" / "network.json").read_text())
    assert network["standardization"]["mean"] == list(data.summary.mean)
    model = keras.models.load_model(trained / "best" / "best.keras")
    pixels = data.images[data.validation] / np.float32(255)
    by_keras = keras.ops.softmax(model(pixels, training=False))
    np.testing.assert_allclose(by_keras, shares, atol=1e-4)


def test_the_model_in_mlflow_takes_images_in_0_to_1_too(trained: Path) -> None:
    spec, _, facts = read_sweep(trained)
    data = load(spec.data)
    uri = facts.tracking_uri
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("photos").experiment_id
    (logged,) = client.search_logged_models([experiment])
    mlflow.set_tracking_uri(uri)
    model = mlflow.keras.load_model(logged.model_uri)
    logits = model.predict(data.images[data.validation] / np.float32(255), verbose=0)
    whole = keras.models.load_model(trained / "best" / "best.keras")
    expected = whole(data.images[data.validation] / np.float32(255), training=False)
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-4)
    metadata = mlflow.models.get_model_info(logged.model_uri).metadata
    assert metadata["standardization"]["deviation"] == list(facts.data.deviation)
