"""Training images are changed as the hyperparameters ask, from the trial's seed, and others never."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from sweep.data.dataset import Dataset
from sweep.space.hyperparams import Hyperparams
from sweep.train.augment import Augment
from sweep.train.loop import Batches, Images, Trainer
from sweep.train.network import build_cnn

KNOBS: dict[str, Any] = {
    "flip": "both",
    "shift": 0.2,
    "rotate": 30.0,
    "zoom": 0.3,
    "brightness": 0.3,
}


def changed(images: np.ndarray, step: int = 0, seed: int = 1, **knobs: Any) -> np.ndarray:
    augment = Augment(Hyperparams(**knobs), seed)
    found = augment.of(tf.constant(images, tf.float32), tf.constant(step, tf.int64))
    return np.asarray(found)


def noise(count: int = 40, height: int = 9, width: int = 12, channels: int = 2) -> np.ndarray:
    random = np.random.default_rng(0)
    return random.random((count, height, width, channels)).astype(np.float32)


@pytest.mark.parametrize("knob", KNOBS)
def test_the_same_step_of_the_same_trial_changes_images_alike_and_others_otherwise(
    knob: str,
) -> None:
    images = noise()
    knobs = {knob: KNOBS[knob]}
    once = changed(images, **knobs)
    assert once.shape == images.shape
    assert (once == changed(images, **knobs)).all()
    assert (once != changed(images, step=1, **knobs)).any()
    assert (once != changed(images, seed=2, **knobs)).any()
    assert (once != images).any()
    assert once.min() >= 0
    assert once.max() <= 1


def test_nothing_asked_for_changes_nothing() -> None:
    images = noise()
    assert (changed(images) == images).all()
    assert not Hyperparams().augments
    assert all(Hyperparams(**{knob: value}).augments for knob, value in KNOBS.items())


@pytest.mark.parametrize("beside", [{}, {"shift": 1e-9}], ids=["alone", "by the map"])
def test_a_flip_mirrors_about_half_of_the_images(beside: dict[str, Any]) -> None:
    images = noise(200)
    found = changed(images, flip="horizontal", **beside)
    mirrored = [
        np.allclose(one, other[:, ::-1], atol=1e-4)
        for one, other in zip(found, images, strict=True)
    ]
    same = [np.allclose(one, other, atol=1e-4) for one, other in zip(found, images, strict=True)]
    assert 70 < sum(mirrored) < 130
    assert sum(mirrored) + sum(same) == 200


def test_flips_in_both_directions_give_four_kinds_of_images() -> None:
    images = noise(200)
    found = changed(images, flip="both")
    kinds = []
    for one, other in zip(found, images, strict=True):
        turned = [other, other[::-1], other[:, ::-1], other[::-1, ::-1]]
        kinds.append([bool((one == each).all()) for each in turned].index(True))
    assert {kind: kinds.count(kind) > 25 for kind in range(4)} == dict.fromkeys(range(4), True)


def test_a_shift_moves_by_at_most_its_share() -> None:
    images = np.zeros((100, 21, 21, 1), np.float32)
    images[:, 10, 10] = 1
    found = changed(images, shift=0.2)
    weights = found[..., 0]
    place = np.arange(21)
    down = (weights.sum(axis=2) * place).sum(axis=1) / weights.sum(axis=(1, 2)) - 10
    right = (weights.sum(axis=1) * place).sum(axis=1) / weights.sum(axis=(1, 2)) - 10
    for moved in (down, right):
        assert abs(moved).max() <= 0.2 * 21 + 1e-3
        assert moved.min() < -3
        assert moved.max() > 3


def test_a_zoom_keeps_the_middle_and_a_turn_its_distance() -> None:
    images = np.zeros((60, 31, 31, 1), np.float32)
    images[:, 15, 13:18] = 1
    assert (changed(images, zoom=0.3)[:, 15, 15] > 0.9).all()
    spot = np.zeros((60, 31, 31, 1), np.float32)
    spot[:, 14:17, 22:25] = 1
    found = changed(spot, rotate=180.0)[..., 0]
    y, x = np.mgrid[:31, :31] - 15
    total = found.sum(axis=(1, 2))
    distance = np.hypot((found * y).sum(axis=(1, 2)) / total, (found * x).sum(axis=(1, 2)) / total)
    assert abs(distance - 8).max() < 0.3
    angles = np.degrees(np.arctan2((found * y).sum(axis=(1, 2)), (found * x).sum(axis=(1, 2))))
    assert angles.min() < -120
    assert angles.max() > 120


def test_what_comes_from_outside_mirrors_the_image() -> None:
    images = np.full((20, 8, 8, 1), 0.5, np.float32)
    found = changed(images, shift=0.4, rotate=45.0, zoom=0.5)
    np.testing.assert_allclose(found, 0.5, atol=1e-5)


@settings(deadline=None, max_examples=30)
@given(st.floats(0.05, 0.9), st.integers(0, 5))
def test_brightness_adds_one_number_to_each_image(most: float, step: int) -> None:
    images = np.full((30, 2, 2, 3), 0.5, np.float32)
    found = changed(images, step=step, brightness=most)
    added = found - 0.5
    assert (added == added[:, :1, :1, :1]).all()
    assert abs(added).max() <= min(most, 0.5) + 1e-6


def trained(data: Dataset, seed: int, **knobs: Any) -> Trainer:
    point = Hyperparams(filters=(4,), dense=(8,), batch_size=16, steps=40, **knobs)
    keras.utils.set_random_seed(0)
    model = build_cnn(point, data.summary.shape, len(data.summary.classes))
    augment = Augment(point, seed) if point.augments else None
    trainer = Trainer(model, point, Images(data), Batches(data.train, 16, 0), augment)
    trainer.train(10)
    return trainer


def test_training_sees_changed_images_from_its_seed_and_evaluation_does_not(data: Dataset) -> None:
    plain, one, same, other = (
        trained(data, seed, **knobs).model.get_weights()
        for seed, knobs in ((1, {}), (1, KNOBS), (1, KNOBS), (2, KNOBS))
    )

    def equal(first: list[np.ndarray], second: list[np.ndarray]) -> bool:
        return all((a == b).all() for a, b in zip(first, second, strict=True))

    assert equal(one, same)
    assert not equal(one, other)
    assert not equal(one, plain)
    trainer = trained(data, 1, **KNOBS)
    assert trainer.evaluate(data.validation) == trainer.evaluate(data.validation)
    model = trainer.model
    pixels = data.images[data.validation] / np.float32(255)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    expected = float(loss(data.labels[data.validation], model(pixels, training=False)))
    assert trainer.evaluate(data.validation)[0] == pytest.approx(expected, rel=1e-4)
