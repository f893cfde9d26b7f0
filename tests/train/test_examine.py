"""A trained network looked at: its probabilities are those of its evaluation, its first layer is
the first layer."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from sweep.data.dataset import Dataset, load
from sweep.errors import StoreError
from sweep.space.hyperparams import Hyperparams
from sweep.space.spec import DataSpec
from sweep.store.weights import BestNetwork
from sweep.train.classify import classify
from sweep.train.clock import Clock
from sweep.train.examine import examine, probabilities, save_whole, trained
from sweep.train.loop import Batches, Images, Trainer, run
from sweep.train.network import build_cnn
from sweep.trial.examination import Examination
from sweep.trial.tasks import Examine

NETWORKS = {
    "plain": Hyperparams(
        filters=(4,), kernel_size=3, dense=(8,), batch_size=16, steps=40, learning_rate=0.01
    ),
    "batch norm": Hyperparams(
        filters=(4, 2), kernel_size=3, dense=(), batch_norm=True, batch_size=16, steps=40
    ),
    "no convolution": Hyperparams(filters=(), dense=(8,), batch_size=16, steps=40),
}


@pytest.fixture(scope="module")
def data(blobs: Path) -> Dataset:
    found = load(DataSpec(path=blobs, validation=60))
    return replace(found, files=tuple(f"a/{number}.png" for number in range(len(found.images))))


@pytest.mark.parametrize("name", NETWORKS)
def test_an_examination_agrees_with_the_evaluation(
    name: str, data: Dataset, tmp_path: Path
) -> None:
    point = NETWORKS[name]
    keras.utils.set_random_seed(0)
    model = build_cnn(point, data.summary.shape, 3)
    trainer = Trainer(model, point, Images(data), Batches(data.train, point.batch_size, 0))
    *_, last = run(trainer, point, (40,), data.validation, lambda: False, Clock(0.0))
    model.save_weights(tmp_path / "a.weights.h5")
    examine(Examine(point, tmp_path / "a.weights.h5", tmp_path / "a.npz"), data)
    found = Examination.load(tmp_path / "a.npz")
    assert (found.predicted == found.labels).mean() == pytest.approx(last.val_accuracy)  # type: ignore[union-attr]
    assert found.files.tolist() == [f"a/{index}.png" for index in data.validation]
    assert np.allclose(found.probabilities.sum(axis=1), 1, atol=1e-5)
    assert (found.labels == data.labels[data.validation]).all()
    assert (found.ordinary_images == data.images[data.validation][found.ordinary]).all()
    assert (found.mistake_images == data.images[data.validation][found.mistakes]).all()
    if name == "no convolution":
        assert (found.kernels.size, found.maps.size) == (0, 0)
    else:
        assert found.kernels.shape == (3, 3, 3, 4)
        assert found.maps.shape == (12, 10, 4)
        assert found.maps.min() >= 0
        assert (found.kernels == model.get_layer("conv_1").kernel.numpy()).all()


WIDE = Hyperparams(
    filters=(4,), kernel_size=3, dense=(512,), activation="gelu", optimizer="nesterov", steps=1
)


@pytest.mark.parametrize("point", [*NETWORKS.values(), WIDE], ids=[*NETWORKS, "wide"])
def test_a_network_is_saved_whole_and_keras_loads_it_by_itself(
    point: Hyperparams, data: Dataset, tmp_path: Path
) -> None:
    model = build_cnn(point, data.summary.shape, 3)
    model.save_weights(tmp_path / "a.weights.h5")
    weights, output, network = (tmp_path / f"a.{end}" for end in ("weights.h5", "npz", "keras"))
    examine(Examine(point, weights, output, network), data)
    loaded = keras.models.load_model(tmp_path / "a.keras", safe_mode=True)
    assert all(type(layer).__module__.startswith("keras.") for layer in loaded.layers)
    for mine, theirs in zip(model.get_weights(), loaded.get_weights(), strict=True):
        assert (mine == theirs).all()
    images = data.images[:7] / np.float32(255)
    assert (loaded(images).numpy() == model(images).numpy()).all()
    assert {path.name for path in tmp_path.iterdir()} == {"a.weights.h5", "a.npz", "a.keras"}


def test_a_network_that_cannot_be_saved_leaves_no_file_of_its_name(tmp_path: Path) -> None:
    model = build_cnn(NETWORKS["plain"], (12, 10, 3), 3)
    (tmp_path / ".new-a.keras").mkdir()
    with pytest.raises(IsADirectoryError):
        save_whole(model, tmp_path / "a.keras")
    assert not (tmp_path / "a.keras").exists()


def test_a_kept_network_classifies_as_it_did(data: Dataset, tmp_path: Path) -> None:
    point = NETWORKS["plain"]
    model = build_cnn(point, (12, 10, 3), 3)
    model.save_weights(tmp_path / "a.weights.h5")
    best = BestNetwork(point, tmp_path / "a.weights.h5", data.summary)
    images = data.images[:7]
    assert np.allclose(
        classify(best, images), probabilities(model, data.summary, images), atol=1e-6
    )
    assert trained(point, data.summary, best.weights).count_params() == model.count_params()


@pytest.mark.parametrize("damage", ["empty", "of another network"])
def test_weights_that_do_not_fit_are_said(damage: str, data: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "a.weights.h5"
    if damage == "empty":
        path.write_bytes(b"")
    else:
        build_cnn(NETWORKS["no convolution"], (12, 10, 3), 3).save_weights(path)
    with pytest.raises(StoreError, match="these weights cannot be used"):
        classify(
            BestNetwork(NETWORKS["plain"], path, data.summary), np.zeros((1, 12, 10, 3), np.uint8)
        )
