"""The optimizer that the hyperparameters describe: the numbers of Keras' own, in one pass over each variable.

Keras composes an update of several operations, each of which reads and writes memory of the size of the
weights; TensorFlow has kernels that do the whole update at once.
"""

from collections.abc import Sequence

import keras
import tensorflow as tf

from sweep.hyperparams import Hyperparams

# The exponential schedule ends at this share of the first learning rate.
EXPONENTIAL_END = 0.01
# Keras' defaults.
BETA_1, BETA_2, RHO, EPSILON = 0.9, 0.999, 0.9, 1e-7


class Optimizer:
    """Updates some variables; `apply` can stand in a program of TensorFlow."""

    def __init__(self, point: Hyperparams, variables: Sequence[tf.Variable]) -> None:
        self._point = point
        self._variables = variables
        self._rate = _learning_rate(point)
        self._step = tf.Variable(0, dtype=tf.int64)
        self._slots = [
            [tf.Variable(tf.zeros_like(variable)) for _ in range(_SLOTS[point.optimizer])] for variable in variables
        ]

    def apply(self, gradients: Sequence[tf.Tensor]) -> None:
        """One step; the gradients are in the order of the variables."""
        rate = self._rate(self._step)
        done = tf.cast(self._step + 1, tf.float32)
        for variable, slots, gradient in zip(self._variables, self._slots, gradients, strict=True):
            if self._point.weight_decay:
                variable.assign_sub(variable * (rate * self._point.weight_decay))
            self._update(variable, slots, gradient, rate, done)
        self._step.assign_add(1)

    def _update(
        self, variable: tf.Variable, slots: list[tf.Variable], gradient: tf.Tensor, rate: tf.Tensor, done: tf.Tensor
    ) -> None:
        """One variable; `done` steps are done after this one."""
        var, held = variable.handle, [slot.handle for slot in slots]
        match self._point.optimizer:
            case "sgd":
                tf.raw_ops.ResourceApplyGradientDescent(var=var, alpha=rate, delta=gradient)
            case "momentum" | "nesterov" as name:
                tf.raw_ops.ResourceApplyKerasMomentum(
                    var=var,
                    accum=held[0],
                    lr=rate,
                    grad=gradient,
                    momentum=self._point.momentum,
                    use_nesterov=name == "nesterov",
                )
            case "adam" | "adamw":
                tf.raw_ops.ResourceApplyAdam(
                    var=var,
                    m=held[0],
                    v=held[1],
                    beta1_power=tf.pow(BETA_1, done),
                    beta2_power=tf.pow(BETA_2, done),
                    lr=rate,
                    beta1=BETA_1,
                    beta2=BETA_2,
                    epsilon=EPSILON,
                    grad=gradient,
                )
            case "rmsprop":
                tf.raw_ops.ResourceApplyRMSProp(
                    var=var,
                    ms=held[0],
                    mom=held[1],
                    lr=rate,
                    rho=RHO,
                    momentum=self._point.momentum,
                    epsilon=EPSILON,
                    grad=gradient,
                )


# How many numbers an optimizer keeps of each weight.
_SLOTS = {"sgd": 0, "momentum": 1, "nesterov": 1, "adam": 2, "adamw": 2, "rmsprop": 2}


def _learning_rate(point: Hyperparams) -> keras.optimizers.schedules.LearningRateSchedule:
    """From the number of steps that are done to the learning rate of the next one."""
    match point.schedule:
        case "constant":
            return lambda _: tf.constant(point.learning_rate)
        case "cosine":
            return keras.optimizers.schedules.CosineDecay(point.learning_rate, point.steps)
        case "exponential":
            return keras.optimizers.schedules.ExponentialDecay(point.learning_rate, point.steps, EXPONENTIAL_END)
