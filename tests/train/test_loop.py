"""The training loop: it does what Keras' own would, repeats to the bit, and diverges for one reason
alone."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, f1_score

from sweep.data.dataset import Dataset, load
from sweep.space.hyperparams import Hyperparams
from sweep.space.spec import DataSpec
from sweep.train import loop
from sweep.train.clock import Clock
from sweep.train.loop import Batches, Diverged, Stopped, Trainer
from sweep.train.network import build_cnn
from sweep.trial.record import Evaluation, Trace
from tests.train.training import trainer


def evaluations(
    data: Dataset, at: tuple[int, ...], seed: int = 0, **knobs: object
) -> list[Evaluation]:
    return [seen for seen in seen_by(data, at, seed, **knobs) if isinstance(seen, Evaluation)]


def seen_by(
    data: Dataset, at: tuple[int, ...], seed: int = 0, **knobs: object
) -> list[Evaluation | Trace]:
    made, point = trainer(data, seed, **knobs)
    return run(made, point, at, data)


def run(
    made: Trainer,
    point: Hyperparams,
    at: tuple[int, ...],
    data: Dataset,
    stop: Callable[[], bool] = lambda: False,
) -> list[Evaluation | Trace]:
    told = loop.run(made, point, at, data.validation, stop, Clock(0.0))
    return [seen for seen in told if not isinstance(seen, loop.NearEnd)]


def test_it_learns_and_evaluates_where_it_is_told_to(data: Dataset) -> None:
    found = evaluations(data, (10, 25, 60))
    assert [e.step for e in found] == [10, 25, 60]
    assert found[-1].val_accuracy > 0.9
    assert found[-1].loss < found[0].loss
    # Of each class there are equally many images.
    assert [e.val_balanced_accuracy for e in found] == pytest.approx(
        [e.val_accuracy for e in found]
    )
    assert found[-1].value("val_macro_f1") > 0.9


def test_the_same_seed_gives_the_same_numbers_to_the_bit_and_another_does_not(
    data: Dataset,
) -> None:
    first = evaluations(data, (5, 20), dropout=0.5)
    assert evaluations(data, (5, 20), dropout=0.5) == first
    assert evaluations(data, (5, 20), seed=1, dropout=0.5) != first


def test_evaluations_do_not_change_the_training(data: Dataset) -> None:
    assert evaluations(data, (7, 13, 20))[-1].val_loss == evaluations(data, (20,))[-1].val_loss


def test_the_first_step_and_every_hundredth_after_it_are_traced(data: Dataset) -> None:
    traces = [
        seen for seen in seen_by(data, (37, 130, 250), batch_size=4) if isinstance(seen, Trace)
    ]
    assert [t.step for t in traces] == [1, 101, 201]
    assert all(len(t.probabilities) == 3 and abs(sum(t.probabilities) - 1) < 1e-6 for t in traces)
    truth = data.labels[data.validation[0]]
    assert traces[-1].probabilities[truth] > traces[0].probabilities[truth]


@pytest.mark.parametrize(
    ("at", "before"), [((5,), []), ((10, 40), [10]), ((10, 30, 60), [10, 30]), ((20, 25), [20])]
)
def test_it_says_once_that_it_is_about_to_finish(
    data: Dataset, at: tuple[int, ...], before: list[int]
) -> None:
    made, point = trainer(data)
    told = list(loop.run(made, point, at, data.validation, lambda: False, Clock(0.0)))
    (place,) = (n for n, seen in enumerate(told) if isinstance(seen, loop.NearEnd))
    assert [seen.step for seen in told[:place] if isinstance(seen, Evaluation)] == before


def test_a_trace_is_of_the_weights_before_its_step(data: Dataset) -> None:
    first = seen_by(data, (1,), dropout=0.0)[0]
    made, point = trainer(data, dropout=0.0)
    batch = Batches(data.train, point.batch_size, 0).take(1)[0]
    assert isinstance(first, Trace)
    assert first.loss == pytest.approx(made.evaluate(batch)[0], rel=1e-5)
    logits = made.model(data.images[data.validation[:1]] / np.float32(255), training=False)
    assert first.probabilities == pytest.approx(tf.nn.softmax(logits[0]).numpy(), rel=1e-5)


def test_evaluation_is_the_mean_over_all_images_whatever_the_batches(
    data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sweep.train.loop.EVALUATION_BATCH", 7)
    made, _ = trainer(data)
    loss, found = made.evaluate(data.validation)
    logits = np.asarray(
        made.model(data.images[data.validation] / np.float32(255), training=False), np.float64
    )
    labels = data.labels[data.validation]
    shifted = logits - logits.max(axis=1, keepdims=True)
    expected = -(shifted[range(60), labels] - np.log(np.exp(shifted).sum(axis=1)))
    assert math.isclose(loss, expected.mean(), rel_tol=1e-5)
    predicted = logits.argmax(axis=1)
    assert found.accuracy == (predicted == labels).mean()
    assert found.balanced_accuracy == pytest.approx(balanced_accuracy_score(labels, predicted))
    assert found.macro_f1 == pytest.approx(f1_score(labels, predicted, average="macro"))


@given(st.integers(1, 50), st.integers(1, 70), st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_each_pass_takes_every_image_once(count: int, batch_size: int, takes: list[int]) -> None:
    batches = Batches(np.arange(100, 100 + count, dtype=np.int32), batch_size, 3)
    stream = np.concatenate([batches.take(steps).ravel() for steps in takes])
    assert len(stream) == sum(takes) * batch_size
    for first in range(0, len(stream) - count + 1, count):
        assert sorted(stream[first : first + count]) == list(range(100, 100 + count))
    whole = (
        Batches(np.arange(100, 100 + count, dtype=np.int32), batch_size, 3).take(sum(takes)).ravel()
    )
    assert np.array_equal(stream, whole)


def test_a_loss_that_is_not_finite_ends_the_trial_at_its_step(data: Dataset) -> None:
    made, point = trainer(
        data, optimizer="sgd", learning_rate=1e-9, activation="linear", dropout=0.0
    )
    made.train(5)
    poison(made, "logits/kernel", 3e38)
    poison(made, "dense_1/bias", 10.0)
    with pytest.raises(Diverged, match="the loss is not finite at step 1$"):
        run(made, point, (20, 40), data)


def poison(made: Trainer, name: str, value: float) -> None:
    layer, weight = name.split("/")
    variable = getattr(made.model.get_layer(layer), weight)
    variable.assign(tf.fill(variable.shape, value))


def test_a_weight_that_is_not_finite_ends_the_trial_though_every_loss_is(data: Dataset) -> None:
    # The bias of -inf is stopped by relu: neither loss nor evaluation shows it.
    made, point = trainer(data)
    poison(made, "dense_1/bias", -math.inf)
    with pytest.raises(Diverged, match="a weight is not finite at step 10"):
        run(made, point, (10,), data)


def test_a_running_average_that_is_not_finite_ends_the_trial(data: Dataset) -> None:
    made, point = trainer(data, batch_norm=True)
    poison(made, "batch_norm_1/moving_mean", math.inf)
    with pytest.raises(Diverged, match="a weight is not finite"):
        run(made, point, (10,), data)


def test_an_evaluation_that_is_not_finite_ends_the_trial(data: Dataset) -> None:
    # Finite weights whose products overflow float32 in the forward pass of inference alone. No
    # activation follows: on some processors ReLU turns NaN into 0.
    made, point = trainer(data, batch_norm=True, dense=(), steps=1, learning_rate=1e-9)
    poison(made, "batch_norm_1/moving_variance", 0.0)
    poison(made, "batch_norm_1/moving_mean", -3e38)
    with pytest.raises(Diverged, match="val_loss is not finite at step 1"):
        run(made, point, (1,), data)


def test_a_large_loss_is_no_divergence(data: Dataset) -> None:
    made, point = trainer(data, steps=4, learning_rate=1e-9)
    poison(made, "logits/kernel", 1e18)
    found = run(made, point, (4,), data)
    assert math.isfinite(found[0].loss)


def test_it_stops_when_it_is_told_to(data: Dataset) -> None:
    made, point = trainer(data)
    told = iter([False, True])
    with pytest.raises(Stopped):
        run(made, point, (1000,), data, lambda: next(told))


def test_trials_share_the_images(data: Dataset) -> None:
    made, _ = trainer(data)
    assert made._images.pixels.numpy().tobytes() == data.images.tobytes()
    before = data.images[0, 0, 0, 0]
    data.images[0, 0, 0, 0] = before ^ 1
    try:
        assert made._images.pixels[0, 0, 0, 0].numpy() == before ^ 1
    finally:
        data.images[0, 0, 0, 0] = before


def test_a_copy_of_the_weights_stays_as_it_was_and_can_be_brought_back(data: Dataset) -> None:
    made, point = trainer(data, batch_norm=True, dropout=0.5)
    run(made, point, (10,), data)
    copy = made.weights()
    kept = [one.copy() for one in copy]
    before = made.evaluate(data.validation)
    run(made, point, (10,), data)
    assert made.evaluate(data.validation) != before
    assert all(np.array_equal(*pair) for pair in zip(copy, kept, strict=True))
    made.restore(copy)
    assert made.evaluate(data.validation) == before


@pytest.fixture(scope="module")
def unequal(blobs: Path, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """The blobs with few training images of two classes, all weighing alike."""
    with np.load(blobs) as arrays:
        labels = arrays["y_train"]
        kept = np.concatenate([np.flatnonzero(labels == c)[: (90, 30, 12)[c]] for c in range(3)])
        images = arrays["x_train"][kept]
    path = tmp_path_factory.mktemp("unequal") / "unequal.npz"
    np.savez(path, x_train=images, y_train=labels[kept])
    return load(DataSpec(path=path, validation=0.25, class_weight="balanced"))


def by_keras(data: Dataset, point: Hyperparams, steps: int) -> tuple[keras.Model, float]:
    """The network after `model.fit(class_weight=...)`, and the training loss that Keras reports."""
    labels = data.labels[data.train]
    weights = {c: len(labels) / (3 * np.count_nonzero(labels == c)) for c in range(3)}
    keras.utils.set_random_seed(0)
    model = build_cnn(point, data.summary.shape, 3)
    model.compile(
        keras.optimizers.SGD(point.learning_rate, point.momentum),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    order = Batches(data.train, point.batch_size, 0).take(steps).ravel()
    told = model.fit(
        data.images[order] / np.float32(255),
        data.labels[order],
        batch_size=point.batch_size,
        shuffle=False,
        verbose=0,
        class_weight=weights,
    )
    return model, told.history["loss"][0]


@pytest.mark.parametrize("steps", [1, 12])
def test_weights_of_classes_train_as_those_of_model_fit(unequal: Dataset, steps: int) -> None:
    ours, point = trainer(unequal, optimizer="momentum", dropout=0.0)
    done = ours.train(steps)
    theirs, loss = by_keras(unequal, point, steps)
    for one, other in zip(ours.model.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)
    # The recorded training loss is the weighted one, as in Keras.
    assert done.loss / steps == pytest.approx(loss, rel=1e-4)
    plain = replace(unequal, summary=replace(unequal.summary, class_weights=()))
    without, _ = trainer(plain, optimizer="momentum", dropout=0.0)
    assert without.train(steps).loss != pytest.approx(done.loss, rel=1e-2)
    apart = np.abs(ours.model.get_weights()[-1] - without.model.get_weights()[-1])
    assert apart.max() > 1e-4


def test_evaluations_count_every_image_alike_whatever_the_weights(unequal: Dataset) -> None:
    weighted, _ = trainer(unequal)
    plain, _ = trainer(replace(unequal, summary=replace(unequal.summary, class_weights=())))
    assert weighted.evaluate(unequal.validation) == plain.evaluate(unequal.validation)


def test_weights_of_1_change_nothing(data: Dataset) -> None:
    ones = replace(data, summary=replace(data.summary, class_weights=(1.0, 1.0, 1.0)))
    assert evaluations(ones, (20,)) == evaluations(data, (20,))
