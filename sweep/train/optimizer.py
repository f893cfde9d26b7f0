"""The optimizer that the hyperparameters describe: the numbers of Keras' own, in one pass over each
variable.

Keras composes an update of several operations, each of which reads and writes memory of the size of
the weights; TensorFlow has kernels that do the whole update at once.
"""

from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from sweep.space import Hyperparams

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
            [tf.Variable(tf.zeros_like(variable)) for _ in range(_SLOTS[point.optimizer])]
            for variable in variables
        ]

    def apply(self, gradients: Sequence[tf.Tensor]) -> None:
        """One step; the gradients are in the order of the variables."""
        rate = self._rate(self._step)
        if self._point.weight_decay:
            kept = 1.0 - rate * self._point.weight_decay
            for variable in self._variables:
                variable.assign(variable * kept)
        update = self._update(rate)
        for variable, slots, gradient in zip(self._variables, self._slots, gradients, strict=True):
            update(variable.handle, *(slot.handle for slot in slots), gradient)
        self._step.assign_add(1)

    def _update(self, rate: tf.Tensor) -> Callable[..., None]:
        """The operation that updates one variable, from its handles and its gradient.
        Constants are made once for all variables: each one that a program has takes time to
        trace."""
        ops = tf.raw_ops
        momentum = tf.constant(self._point.momentum)
        epsilon = tf.constant(EPSILON)
        match self._point.optimizer:
            case "sgd":
                return lambda var, grad: ops.ResourceApplyGradientDescent(
                    var=var, alpha=rate, delta=grad
                )
            case "momentum" | "nesterov" as name:
                return lambda var, accum, grad: ops.ResourceApplyKerasMomentum(
                    var=var,
                    accum=accum,
                    lr=rate,
                    grad=grad,
                    momentum=momentum,
                    use_nesterov=name == "nesterov",
                )
            case "adam" | "adamw":
                done = tf.cast(self._step + 1, tf.float32)
                beta1 = tf.constant(BETA_1)
                beta2 = tf.constant(BETA_2)
                powers = {"beta1_power": tf.pow(beta1, done), "beta2_power": tf.pow(beta2, done)}
                return lambda var, m, v, grad: ops.ResourceApplyAdam(
                    var=var,
                    m=m,
                    v=v,
                    lr=rate,
                    beta1=beta1,
                    beta2=beta2,
                    epsilon=epsilon,
                    grad=grad,
                    **powers,
                )
            case "rmsprop":
                rho = tf.constant(RHO)
                return lambda var, ms, mom, grad: ops.ResourceApplyRMSProp(
                    var=var,
                    ms=ms,
                    mom=mom,
                    lr=rate,
                    rho=rho,
                    momentum=momentum,
                    epsilon=epsilon,
                    grad=grad,
                )


# How many numbers an optimizer keeps of each weight.
_SLOTS = {"sgd": 0, "momentum": 1, "nesterov": 1, "adam": 2, "adamw": 2, "rmsprop": 2}


def _learning_rate(point: Hyperparams) -> Callable[[tf.Tensor], tf.Tensor]:
    """From the number of steps that are done to the learning rate of the next one."""
    rate: Callable[[tf.Tensor], tf.Tensor]
    match point.schedule:
        case "constant":
            rate = lambda _: tf.constant(point.learning_rate)  # noqa: E731 the others are no functions of ours
        case "cosine":
            rate = keras.optimizers.schedules.CosineDecay(point.learning_rate, point.steps)
        case "exponential":
            rate = keras.optimizers.schedules.ExponentialDecay(
                point.learning_rate, point.steps, EXPONENTIAL_END
            )
    return rate
