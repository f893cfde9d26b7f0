"""Pixels are scaled in one way wherever a network takes images."""

from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from sweep.data.dataset import Dataset, load
from sweep.space.spec import DataSpec
from sweep.store.weights import BestNetwork
from sweep.train.augment import Augment
from sweep.train.classify import classify
from sweep.train.examine import examine, probabilities, trained, whole
from sweep.train.loop import Batches, Images, Trainer
from sweep.train.network import build_cnn
from sweep.train.scaling import Scaling, in_unit
from sweep.trial.examination import Examination
from sweep.trial.tasks import Examine
from tests.train.training import trainer


@pytest.fixture(scope="module")
def standard(blobs: Path) -> Dataset:
    """The images of the blobs, standardised."""
    return load(DataSpec(path=blobs, validation=60, scale="standard"))


def by_hand(data: Dataset, indices: np.ndarray) -> np.ndarray:
    """The images at `indices`, standardised with NumPy alone."""
    images = data.images / 255
    own = images[data.train]
    scaled: np.ndarray = (images[indices] - own.mean(axis=(0, 1, 2))) / own.std(axis=(0, 1, 2))
    return scaled.astype(np.float32)


def test_unit_scaling_is_a_division_by_255_and_nothing_else() -> None:
    pixels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    expected = pixels.astype(np.float32) / np.float32(255)
    assert (in_unit(pixels).numpy() == expected).all()
    assert (Scaling().of_pixels(pixels).numpy() == expected).all()
    images = in_unit(pixels)
    assert Scaling().of(images) is images


def test_each_channel_has_its_own_mean_and_deviation() -> None:
    images = np.random.default_rng(0).random((4, 3, 2, 3)).astype(np.float32)
    found = Scaling((0.5, 0.25, 0.0), (0.1, 2.0, 1.0)).of(images).numpy()
    expected = (images - [0.5, 0.25, 0.0]) / [0.1, 2.0, 1.0]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_a_network_trained_by_hand_on_standardised_images_predicts_the_same(
    standard: Dataset,
) -> None:
    ours, point = trainer(standard, optimizer="momentum", dropout=0.0)
    ours.train(12)
    keras.utils.set_random_seed(0)
    theirs = build_cnn(point, standard.summary.shape, 3)
    theirs.compile(
        keras.optimizers.SGD(point.learning_rate, point.momentum),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    order = Batches(standard.train, point.batch_size, 0).take(12).ravel()
    theirs.fit(
        by_hand(standard, order),
        standard.labels[order],
        batch_size=point.batch_size,
        shuffle=False,
        verbose=0,
    )
    images = standard.images[standard.validation]
    found = probabilities(ours.model, standard.summary, images)
    logits = theirs(by_hand(standard, standard.validation), training=False)
    np.testing.assert_allclose(found, tf.nn.softmax(logits).numpy(), atol=1e-3)
    # The test could not fail if scaling made no difference.
    unit = replace(standard.summary, mean=(), deviation=())
    assert np.abs(probabilities(ours.model, unit, images) - found).max() > 0.01


def test_an_evaluation_is_that_of_the_standardised_images(standard: Dataset) -> None:
    made, _ = trainer(standard)
    made.train(20)
    logits = made.model(by_hand(standard, standard.validation), training=False)
    labels = standard.labels[standard.validation]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    found = made.evaluate(standard.validation)
    assert found[0] == pytest.approx(float(loss(labels, logits)), rel=1e-4)
    assert found[1].accuracy == (logits.numpy().argmax(axis=1) == labels).mean()
    first = tf.nn.softmax(logits[0]).numpy()
    assert made.probabilities(int(standard.validation[0])) == pytest.approx(first, abs=1e-5)


def test_images_are_augmented_in_0_to_1_and_standardised_afterwards(standard: Dataset) -> None:
    _, point = trainer(standard)
    seen: list[tf.Tensor] = []

    class Whitening(Augment):
        def of(self, images: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
            seen.append(images)
            return tf.ones_like(images)

    keras.utils.set_random_seed(0)
    model = build_cnn(point, standard.summary.shape, 3)
    white = (1 - np.array(standard.summary.mean)) / standard.summary.deviation
    batches = Batches(standard.train, 16, 0)
    chosen = Batches(standard.train, 16, 0).take(1)
    logits = model(np.broadcast_to(white, (16, 12, 10, 3)).astype(np.float32), training=False)
    made = Trainer(model, point, Images(standard), batches, Whitening(point, 0))
    _, loss, _ = made._train_program(tf.constant(chosen))
    by_keras = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    assert float(loss) == pytest.approx(
        float(by_keras(standard.labels[chosen[0]], logits)), rel=1e-4
    )
    (images,) = seen
    expected = standard.images[chosen[0]] / np.float32(255)
    assert (images.numpy() == expected).all()


@pytest.fixture(scope="module")
def network(standard: Dataset, tmp_path_factory: pytest.TempPathFactory) -> BestNetwork:
    """A trained network of standardised images, with its weights in a file."""
    path = tmp_path_factory.mktemp("network") / "a.weights.h5"
    made, point = trainer(standard)
    made.train(30)
    made.model.save_weights(path)
    return BestNetwork(point, path, standard.summary)


def test_classifying_is_evaluating(standard: Dataset, network: BestNetwork) -> None:
    labels = standard.labels[standard.validation]
    found = classify(network, standard.images[standard.validation])
    made, _ = trainer(standard)
    made.model.load_weights(network.weights)
    loss, scored = made.evaluate(standard.validation)
    assert (found.argmax(axis=1) == labels).mean() == scored.accuracy
    assert -np.log(found[range(len(labels)), labels]).mean() == pytest.approx(loss, rel=1e-4)


def test_an_examination_shows_the_network_what_it_was_trained_on(
    standard: Dataset, network: BestNetwork, tmp_path: Path
) -> None:
    examine(Examine(network.point, network.weights, tmp_path / "a.npz"), standard)
    found = Examination.load(tmp_path / "a.npz")
    assert (found.probabilities == classify(network, standard.images[standard.validation])).all()
    model = trained(network.point, standard.summary, network.weights)
    maps = model.get_layer("conv_1")(by_hand(standard, standard.validation[:1]))[0]
    np.testing.assert_allclose(found.maps, maps, rtol=1e-4, atol=1e-5)
    # Its pictures are of the images as they are.
    assert (found.observed == standard.images[standard.validation[0]]).all()


def test_a_whole_network_standardises_images_in_0_to_1_by_itself(
    standard: Dataset, network: BestNetwork, tmp_path: Path
) -> None:
    saved = tmp_path / "a.keras"
    examine(Examine(network.point, network.weights, tmp_path / "a.npz", saved), standard)
    loaded = keras.models.load_model(saved, safe_mode=True)
    assert all(type(layer).__module__.startswith("keras.") for layer in loaded.layers)
    images = standard.images[standard.validation]
    shares = tf.nn.softmax(loaded(images / np.float32(255), training=False)).numpy()
    np.testing.assert_allclose(shares, classify(network, images), atol=1e-5)
    plain = trained(network.point, standard.summary, network.weights)
    plain.set_weights(loaded.get_weights()[-len(plain.weights) :])
    np.testing.assert_allclose(
        probabilities(plain, standard.summary, images), classify(network, images), atol=1e-6
    )


def test_a_whole_network_in_bfloat16_standardises_in_float32(standard: Dataset) -> None:
    _, point = trainer(standard, precision="bfloat16")
    model = build_cnn(point, standard.summary.shape, 3)
    found = whole(model, standard.summary).get_layer("standardize")
    images = standard.images[standard.validation]
    np.testing.assert_allclose(
        found(in_unit(images)), by_hand(standard, standard.validation), rtol=1e-4, atol=1e-5
    )


def test_a_network_that_was_published_earlier_has_no_numbers_and_stays_as_it_is(
    data: Dataset,
) -> None:
    _, point = trainer(data)
    model = build_cnn(point, data.summary.shape, 3)
    assert (data.summary.mean, data.summary.deviation) == ((), ())
    assert whole(model, data.summary) is model
