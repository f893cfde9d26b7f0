"""The Keras optimizer that the hyperparameters describe."""

import keras

from sweep.hyperparams import Hyperparams

# The exponential schedule ends at this share of the first learning rate.
EXPONENTIAL_END = 0.01


def make_optimizer(point: Hyperparams) -> keras.optimizers.Optimizer:
    """An optimizer that has not yet seen a variable."""
    rate = _learning_rate(point)
    decay = point.weight_decay or None
    match point.optimizer:
        case "sgd":
            return keras.optimizers.SGD(rate, weight_decay=decay)
        case "momentum":
            return keras.optimizers.SGD(rate, momentum=point.momentum, weight_decay=decay)
        case "nesterov":
            return keras.optimizers.SGD(rate, momentum=point.momentum, nesterov=True, weight_decay=decay)
        case "adam":
            return keras.optimizers.Adam(rate, weight_decay=decay)
        case "adamw":
            return keras.optimizers.AdamW(rate, weight_decay=point.weight_decay)
        case "rmsprop":
            return keras.optimizers.RMSprop(rate, momentum=point.momentum, weight_decay=decay)


def _learning_rate(point: Hyperparams) -> float | keras.optimizers.schedules.LearningRateSchedule:
    match point.schedule:
        case "constant":
            return point.learning_rate
        case "cosine":
            return keras.optimizers.schedules.CosineDecay(point.learning_rate, point.steps)
        case "exponential":
            return keras.optimizers.schedules.ExponentialDecay(point.learning_rate, point.steps, EXPONENTIAL_END)
