"""The updates in one pass are those of Keras."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from sweep.data.dataset import Dataset
from sweep.space.hyperparams import KNOBS, Hyperparams, idle
from sweep.train.dense import Dense
from sweep.train.loop import Batches, Images, Trainer
from sweep.train.network import build_cnn
from sweep.train.optimizer import Optimizer
from tests.train.training import trainer

# Every optimizer, with the options that change its update.
UPDATES = [
    *({"optimizer": name} for name in KNOBS["optimizer"].options),
    {"optimizer": "adamw", "weight_decay": 0.1},
    {"optimizer": "sgd", "weight_decay": 0.1},
    {"optimizer": "momentum", "momentum": 0.5},
    {"optimizer": "adam", "schedule": "cosine"},
    {"optimizer": "rmsprop", "schedule": "exponential"},
    {"optimizer": "rmsprop", "momentum": 0.0},
    {"optimizer": "nesterov", "schedule": "cosine", "weight_decay": 0.1},
    {"optimizer": "sgd", "dense": (512, 1024)},
    {"optimizer": "sgd", "schedule": "cosine", "decay": 0.3},
    {"optimizer": "sgd", "schedule": "exponential", "decay": 0.5},
    {"optimizer": "momentum", "schedule": "cosine", "warmup": 0.5},
    {"optimizer": "sgd", "l2": 0.05},
    {"optimizer": "adam", "l2": 0.01, "dense": (8,)},
]


def keras_optimizer(point: Hyperparams) -> keras.optimizers.Optimizer:
    """What a person who writes Keras would write for this point."""
    schedules = keras.optimizers.schedules
    first = point.learning_rate
    steps = point.steps
    warming = int(point.warmup * steps)
    rate = {
        "constant": first,
        "cosine": schedules.CosineDecay(first, steps, point.decay),
        "exponential": schedules.ExponentialDecay(first, steps, point.decay),
    }[point.schedule]
    if warming:
        rate = schedules.CosineDecay(
            0.0, steps - warming, point.decay, warmup_target=first, warmup_steps=warming
        )
    decay = point.weight_decay or None
    made: dict[str, Callable[[], keras.optimizers.Optimizer]] = {
        "sgd": lambda: keras.optimizers.SGD(rate, weight_decay=decay),
        "momentum": lambda: keras.optimizers.SGD(rate, momentum=point.momentum, weight_decay=decay),
        "nesterov": lambda: keras.optimizers.SGD(
            rate, momentum=point.momentum, nesterov=True, weight_decay=decay
        ),
        "adam": lambda: keras.optimizers.Adam(rate, weight_decay=decay),
        "adamw": lambda: keras.optimizers.AdamW(rate, weight_decay=point.weight_decay),
        "rmsprop": lambda: keras.optimizers.RMSprop(
            rate, momentum=point.momentum, weight_decay=decay
        ),
        "nadam": lambda: keras.optimizers.Nadam(rate),
        "adamax": lambda: keras.optimizers.Adamax(rate),
        "adagrad": lambda: keras.optimizers.Adagrad(rate),
        "adadelta": lambda: keras.optimizers.Adadelta(rate),
        "ftrl": lambda: keras.optimizers.Ftrl(rate),
        "lion": lambda: keras.optimizers.Lion(rate),
    }
    return made[point.optimizer]()


def with_penalty(model: keras.Model, l2: float) -> keras.Model:
    """The model with an L2 regularizer on every kernel, before it is compiled."""
    for layer in model.layers:
        if hasattr(layer, "kernel"):
            layer.kernel_regularizer = keras.regularizers.L2(l2)
            layer.kernel.regularizer = layer.kernel_regularizer
    return model


@pytest.mark.parametrize("knobs", UPDATES, ids=lambda k: "-".join(map(str, k.values())))
def test_the_weights_are_those_of_model_fit(data: Dataset, knobs: dict[str, Any]) -> None:
    # Behind batch normalisation the gradient of a bias is rounding alone, which these scale up.
    plain = knobs["optimizer"] not in ("sgd", "momentum", "nesterov")
    ours, point = trainer(data, dropout=0.0, batch_norm=not plain, **knobs)
    ours.train(12)
    keras.utils.set_random_seed(0)
    theirs = build_cnn(point, data.summary.shape, len(data.summary.classes))
    if point.l2:
        theirs = with_penalty(theirs, point.l2)
    theirs.compile(
        keras_optimizer(point), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    order = Batches(data.train, point.batch_size, 0).take(12).ravel()
    images, labels = data.images[order] / np.float32(255), data.labels[order]
    theirs.fit(images, labels, batch_size=point.batch_size, epochs=1, shuffle=False, verbose=0)
    for one, other in zip(ours.model.weights, theirs.weights, strict=True):
        # Gradients of nearly nothing, which are rounding alone, are scaled up by these.
        atol = 2e-4 if knobs["optimizer"] == "nadam" else 1e-5
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=atol)


@pytest.mark.parametrize("name", KNOBS["optimizer"].options)
def test_the_same_gradients_move_the_same_weights(name: str) -> None:
    point = Hyperparams(optimizer=name, learning_rate=0.01, steps=20)
    draw = np.random.default_rng(0)
    start = draw.normal(size=(40, 3)).astype(np.float32)
    ours = tf.Variable(start)
    theirs = keras.Variable(start)
    optimizer = Optimizer(point, [ours])
    reference = keras_optimizer(point)
    for _ in range(20):
        gradient = tf.constant(draw.normal(size=start.shape), tf.float32)
        optimizer.apply([gradient])
        reference.apply([gradient], [theirs])
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    assert np.abs(ours - start).max() > 1e-4


# What a person who leaves everything to Keras would write.
OWN: dict[str, Callable[[], keras.optimizers.Optimizer]] = {
    "sgd": lambda: keras.optimizers.SGD(),
    "momentum": lambda: keras.optimizers.SGD(momentum=0.9),
    "nesterov": lambda: keras.optimizers.SGD(momentum=0.9, nesterov=True),
    "adam": lambda: keras.optimizers.Adam(),
    "adamw": lambda: keras.optimizers.AdamW(),
    "rmsprop": lambda: keras.optimizers.RMSprop(),
    "nadam": lambda: keras.optimizers.Nadam(),
    "adamax": lambda: keras.optimizers.Adamax(),
    "adagrad": lambda: keras.optimizers.Adagrad(),
    "adadelta": lambda: keras.optimizers.Adadelta(),
    "ftrl": lambda: keras.optimizers.Ftrl(),
    "lion": lambda: keras.optimizers.Lion(),
}


@pytest.mark.parametrize("name", KNOBS["optimizer"].options)
def test_the_defaults_are_those_of_keras_own_optimizers(name: str) -> None:
    settings, point = OWN[name]().get_config(), Hyperparams(optimizer=name)
    assert settings["learning_rate"] == pytest.approx(point.learning_rate)
    assert settings.get("momentum", 0.0) == point.momentum
    assert (settings["weight_decay"] or 0.0) == point.weight_decay


@pytest.mark.parametrize("name", KNOBS["optimizer"].options)
def test_training_with_the_defaults_is_training_with_keras_own_optimizers(
    data: Dataset, name: str
) -> None:
    point = Hyperparams(filters=(4,), kernel_size=3, batch_size=16, steps=40, optimizer=name)
    summary = data.summary
    keras.utils.set_random_seed(0)
    model = build_cnn(point, summary.shape, len(summary.classes), Dense)
    ours = Trainer(model, point, Images(data), Batches(data.train, point.batch_size, 0))
    ours.train(12)
    keras.utils.set_random_seed(0)
    # The network as Keras' tutorials write it: nothing is there that the file does not name.
    theirs = keras.Sequential(
        [
            keras.Input(summary.shape),
            keras.layers.Conv2D(4, 3, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(len(summary.classes)),
        ]
    )
    theirs.compile(OWN[name](), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    order = Batches(data.train, point.batch_size, 0).take(12).ravel()
    images, labels = data.images[order] / np.float32(255), data.labels[order]
    theirs.fit(images, labels, batch_size=point.batch_size, epochs=1, shuffle=False, verbose=0)
    for one, other in zip(ours.model.weights, theirs.weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)


def trained(data: Dataset, **knobs: Any) -> list[np.ndarray]:
    ours, point = trainer(data, dense=(), **knobs)
    ours.train(point.steps)
    return [weight.numpy() for weight in ours.model.weights]


# What trains and can be without effect: the knobs around it, two values.
TRAINING = [
    *(
        ({"optimizer": name, "steps": 2}, "momentum", (0.0, 0.5))
        for name in KNOBS["optimizer"].options
    ),
    ({"steps": 1}, "schedule", ("constant", "cosine")),
    ({"steps": 1}, "schedule", ("constant", "exponential")),
    ({"steps": 2}, "schedule", ("constant", "cosine")),
    ({"steps": 2, "kernel_size": 1}, "padding", ("same", "valid")),
    ({"steps": 2, "kernel_size": 1, "strides": 2}, "padding", ("same", "valid")),
    ({"steps": 2, "kernel_size": 3}, "padding", ("same", "valid")),
    ({"steps": 2, "pool_size": 1}, "pool", ("max", "average")),
    ({"steps": 2, "pool_size": 1}, "pool", ("max", "none")),
    ({"steps": 2, "pool_size": 2}, "pool", ("max", "average")),
]


@pytest.mark.parametrize(
    ("around", "knob", "values"), TRAINING, ids=lambda v: str(v).replace("'", "")
)
def test_an_idle_knob_and_no_other_trains_the_same_weights(
    data: Dataset, around: dict[str, object], knob: str, values: tuple[object, object]
) -> None:
    one, other = (trained(data, **around, **{knob: value}) for value in values)
    same = [weight.tolist() for weight in one] == [weight.tolist() for weight in other]
    assert same == (knob in idle(Hyperparams(filters=(4,), **{**around, knob: values[0]})))
