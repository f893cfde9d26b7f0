"""The optimizer of a trial: Keras' results, in one pass over each variable.

Keras builds an update from several operations, and each reads and writes all weights. TensorFlow's
fused kernels do the whole update at once.
"""

from collections.abc import Callable, Mapping, Sequence

import keras
import tensorflow as tf

from sweep.space import Hyperparams

# Keras' defaults.
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7
RMSPROP_RHO, ADADELTA_RHO = 0.9, 0.95
LION_BETA_2 = 0.99
NADAM_DECAY = 0.96
# The first value of the sums of squares of `adagrad` and `ftrl`.
INITIAL_SUM = 0.1
FTRL_POWER = -0.5


class Optimizer:
    """Updates some variables; `apply` can run inside a `tf.function`."""

    def __init__(self, point: Hyperparams, variables: Sequence[tf.Variable]) -> None:
        self._point = point
        self._variables = variables
        self._rate = _learning_rate(point)
        self.step = tf.Variable(0, dtype=tf.int64)
        """The number of steps so far."""
        # The product of `nadam`'s momenta so far. The momentum changes with the step.
        self._momenta = tf.Variable(1.0)
        self._slots = [
            [tf.Variable(tf.fill(variable.shape, start)) for start in _SLOTS[point.optimizer]]
            for variable in variables
        ]

    def apply(self, gradients: Sequence[tf.Tensor]) -> None:
        """Does one step. The gradients are in the order of the variables."""
        rate = self._rate(self.step)
        if self._point.weight_decay:
            kept = 1.0 - rate * self._point.weight_decay
            for variable in self._variables:
                variable.assign(variable * kept)
        update = self._update(rate)
        for variable, slots, gradient in zip(self._variables, self._slots, gradients, strict=True):
            update(variable.handle, *(slot.handle for slot in slots), gradient)
        self.step.assign_add(1)

    def _update(self, rate: tf.Tensor) -> Callable[..., None]:
        """The update of one variable, from its handle, its slots' handles and its gradient.

        All variables share the constants, because each constant takes time to trace.
        """
        match self._point.optimizer:
            case "sgd":
                return _gradient_descent(rate)
            case "momentum":
                return _momentum(rate, self._point.momentum, is_nesterov=False)
            case "nesterov":
                return _momentum(rate, self._point.momentum, is_nesterov=True)
            case "adam" | "adamw":
                return _adam(rate, self._done())
            case "nadam":
                return _nadam(rate, self._done(), self._momenta)
            case "adamax":
                return _adamax(rate, self._done())
            case "rmsprop":
                return _rmsprop(rate, self._point.momentum)
            case "adagrad":
                return _adagrad(rate)
            case "adadelta":
                return _adadelta(rate)
            case "ftrl":
                return _ftrl(rate)
            case "lion":
                return _lion(rate)

    def _done(self) -> tf.Tensor:
        """The number of steps, including this one."""
        return tf.cast(self.step + 1, tf.float32)


# The first values of the numbers that an optimizer keeps for each weight.
_SLOTS: Mapping[str, tuple[float, ...]] = {
    "sgd": (),
    "momentum": (0.0,),
    "nesterov": (0.0,),
    "adam": (0.0, 0.0),
    "adamw": (0.0, 0.0),
    "nadam": (0.0, 0.0),
    "adamax": (0.0, 0.0),
    "rmsprop": (0.0, 0.0),
    "adagrad": (INITIAL_SUM,),
    "adadelta": (0.0, 0.0),
    "ftrl": (INITIAL_SUM, 0.0),
    "lion": (0.0,),
}


def _gradient_descent(rate: tf.Tensor) -> Callable[..., None]:
    kernel = tf.raw_ops.ResourceApplyGradientDescent
    return lambda var, grad: kernel(var=var, alpha=rate, delta=grad)


def _momentum(rate: tf.Tensor, share: float, *, is_nesterov: bool) -> Callable[..., None]:
    kernel = tf.raw_ops.ResourceApplyKerasMomentum
    shared = {"lr": rate, "momentum": tf.constant(share), "use_nesterov": is_nesterov}
    return lambda var, accum, grad: kernel(var=var, accum=accum, grad=grad, **shared)


def _adam(rate: tf.Tensor, done: tf.Tensor) -> Callable[..., None]:
    kernel = tf.raw_ops.ResourceApplyAdam
    beta1 = tf.constant(BETA_1)
    beta2 = tf.constant(BETA_2)
    shared = {
        "lr": rate,
        "beta1": beta1,
        "beta2": beta2,
        "beta1_power": tf.pow(beta1, done),
        "beta2_power": tf.pow(beta2, done),
        "epsilon": tf.constant(EPSILON),
    }
    return lambda var, m, v, grad: kernel(var=var, m=m, v=v, grad=grad, **shared)


def _adamax(rate: tf.Tensor, done: tf.Tensor) -> Callable[..., None]:
    kernel = tf.raw_ops.ResourceApplyAdaMax
    beta1 = tf.constant(BETA_1)
    shared = {
        "lr": rate,
        "beta1": beta1,
        "beta2": tf.constant(BETA_2),
        "beta1_power": tf.pow(beta1, done),
        "epsilon": tf.constant(EPSILON),
    }
    return lambda var, m, v, grad: kernel(var=var, m=m, v=v, grad=grad, **shared)


def _rmsprop(rate: tf.Tensor, share: float) -> Callable[..., None]:
    kernel = tf.raw_ops.ResourceApplyRMSProp
    shared = {
        "lr": rate,
        "rho": tf.constant(RMSPROP_RHO),
        "momentum": tf.constant(share),
        "epsilon": tf.constant(EPSILON),
    }
    return lambda var, ms, mom, grad: kernel(var=var, ms=ms, mom=mom, grad=grad, **shared)


def _adagrad(rate: tf.Tensor) -> Callable[..., None]:
    kernel = tf.raw_ops.ResourceApplyAdagradV2
    shared = {"lr": rate, "epsilon": tf.constant(EPSILON)}
    return lambda var, accum, grad: kernel(var=var, accum=accum, grad=grad, **shared)


def _adadelta(rate: tf.Tensor) -> Callable[..., None]:
    kernel = tf.raw_ops.ResourceApplyAdadelta
    shared = {"lr": rate, "rho": tf.constant(ADADELTA_RHO), "epsilon": tf.constant(EPSILON)}
    return lambda var, accum, moved, grad: kernel(
        var=var, accum=accum, accum_update=moved, grad=grad, **shared
    )


def _ftrl(rate: tf.Tensor) -> Callable[..., None]:
    kernel = tf.raw_ops.ResourceApplyFtrl
    none = tf.constant(0.0)
    shared = {"lr": rate, "l1": none, "l2": none, "lr_power": tf.constant(FTRL_POWER)}
    return lambda var, accum, linear, grad: kernel(
        var=var, accum=accum, linear=linear, grad=grad, **shared
    )


def _lion(rate: tf.Tensor) -> Callable[..., None]:
    """Chen et al., "Symbolic Discovery of Optimization Algorithms", NeurIPS 2023, algorithm 2.

    TensorFlow has no kernel for it.
    """
    ops = tf.raw_ops

    def update(var: tf.Tensor, m: tf.Tensor, grad: tf.Tensor) -> None:
        before = ops.ReadVariableOp(resource=m, dtype=tf.float32)
        direction = tf.sign(before * BETA_1 + grad * (1.0 - BETA_1))
        ops.AssignSubVariableOp(resource=var, value=rate * direction)
        after = before * LION_BETA_2 + grad * (1.0 - LION_BETA_2)
        ops.AssignVariableOp(resource=m, value=after)

    return update


def _nadam(rate: tf.Tensor, done: tf.Tensor, momenta: tf.Variable) -> Callable[..., None]:
    """Dozat, "Incorporating Nesterov Momentum into Adam", 2016, with Keras' momentum schedule.

    TensorFlow has no kernel for it.
    """
    ops = tf.raw_ops
    now = BETA_1 * (1.0 - 0.5 * tf.pow(NADAM_DECAY, done))
    following = BETA_1 * (1.0 - 0.5 * tf.pow(NADAM_DECAY, done + 1.0))
    product = momenta.assign(momenta * now)
    of_mean = following / (1.0 - product * following)
    of_gradient = (1.0 - now) / (1.0 - product)
    of_square = 1.0 / (1.0 - tf.pow(BETA_2, done))

    def update(var: tf.Tensor, m: tf.Tensor, v: tf.Tensor, grad: tf.Tensor) -> None:
        mean = ops.ReadVariableOp(resource=m, dtype=tf.float32)
        square = ops.ReadVariableOp(resource=v, dtype=tf.float32)
        mean += (grad - mean) * (1.0 - BETA_1)
        square += (tf.square(grad) - square) * (1.0 - BETA_2)
        ops.AssignVariableOp(resource=m, value=mean)
        ops.AssignVariableOp(resource=v, value=square)
        direction = of_mean * mean + of_gradient * grad
        size = tf.sqrt(of_square * square) + EPSILON
        ops.AssignSubVariableOp(resource=var, value=rate * direction / size)

    return update


def _learning_rate(point: Hyperparams) -> Callable[[tf.Tensor], tf.Tensor]:
    """A function from the number of finished steps to the next learning rate."""
    warming = point.warmup_steps
    after = _schedule(point, point.steps - warming)
    if not warming:
        return after

    def rate(step: tf.Tensor) -> tf.Tensor:
        share = tf.cast(step, tf.float32) / warming
        return tf.where(share < 1.0, point.learning_rate * share, after(step - warming))

    return rate


def _schedule(point: Hyperparams, steps: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """The learning rate over `steps` steps, which follow the warm-up."""
    first = point.learning_rate
    schedules = keras.optimizers.schedules
    rate: Callable[[tf.Tensor], tf.Tensor]
    match point.schedule:
        case "constant":
            rate = lambda _: tf.constant(first)  # noqa: E731 the others are Keras objects
        case "cosine":
            rate = schedules.CosineDecay(first, steps, point.decay)
        case "exponential":
            rate = schedules.ExponentialDecay(first, steps, point.decay)
    return rate
