"""The training loop: many steps inside one compiled program, and evaluations at given steps.

The program gathers batches from uint8 images that all trials of the machine share. Each call passes
only the indices of the images for the next steps.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sweep.data.dataset import Dataset
from sweep.space import Hyperparams
from sweep.train.augment import Augment
from sweep.train.clock import Clock
from sweep.train.optimizer import Optimizer
from sweep.train.scaling import Scaling, in_unit
from sweep.train.scores import Scores, scores
from sweep.trial import STEPS_PER_CALL, Evaluation, Trace

# Steps between two traces. The first step has one.
TRACE_EVERY = 100
EVALUATION_BATCH = 500


class Diverged(Exception):
    """A loss, a weight or an evaluation is not finite. The message names it and the step."""

    def __init__(self, what: str, step: int) -> None:
        super().__init__(f"{what} is not finite at step {step}")
        self.step = step


class Stopped(Exception):
    """The trial was asked to stop."""


@dataclass(frozen=True)
class NearEnd:
    """Only the last few steps and the last evaluation remain."""


@dataclass
class Totals:
    """Sums over some steps."""

    steps: int = 0
    loss: float = 0.0
    correct: int = 0


class Batches:
    """Endless batches of indices of training images.

    Each pass is a new shuffle without replacement. A batch may span two passes.
    """

    def __init__(self, indices: NDArray[np.int32], batch_size: int, seed: int) -> None:
        self._indices = indices
        self._batch_size = batch_size
        self._random = np.random.default_rng(seed)
        self._left: NDArray[np.int32] = indices[:0]

    def take(self, steps: int) -> NDArray[np.int32]:
        """The indices of the next `steps` batches, (steps, batch_size)."""
        needed = steps * self._batch_size
        parts = [self._left]
        while sum(map(len, parts)) < needed:
            parts.append(self._random.permutation(self._indices))
        stream = np.concatenate(parts)
        self._left = stream[needed:]
        return stream[:needed].reshape(steps, self._batch_size)


class Images:
    """The images and labels of a data set, for TensorFlow."""

    def __init__(self, data: Dataset) -> None:
        # The capsule shares NumPy's memory: no trial copies the images.
        self.pixels = tf.experimental.dlpack.from_dlpack(data.images.__dlpack__())
        self.labels = data.labels
        self.classes = len(data.summary.classes)
        self._labels = tf.constant(data.labels)
        self.scaling = Scaling(data.summary.mean, data.summary.deviation)
        self._weights = data.summary.class_weights

    def at(self, indices: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The images at these indices in 0..1, not yet as a network takes them; their classes."""
        return in_unit(tf.gather(self.pixels, indices)), tf.gather(self._labels, indices)

    def weighted(self, losses: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        """The training losses of images, weighted by their classes."""
        if not self._weights:
            return losses
        return losses * tf.gather(tf.constant(self._weights, tf.float32), labels)


class Trainer:
    """Trains a network on some images."""

    def __init__(
        self,
        model: keras.Model,
        point: Hyperparams,
        images: Images,
        batches: Batches,
        augment: Augment | None = None,
    ) -> None:
        self.model = model
        self._augment = augment
        self._images = images
        self._batches = batches
        self._variables = [variable.value for variable in model.trainable_variables]
        self._l2 = point.l2
        self._kernels = [layer.kernel.value for layer in model.layers if hasattr(layer, "kernel")]
        self._optimizer = Optimizer(point, self._variables)
        # The programs use TensorFlow's own loops. AutoGraph would cost each trial half a second.
        self._train = tf.function(
            self._train_program,
            input_signature=[tf.TensorSpec([None, point.batch_size], tf.int32)],
            autograph=False,
        )
        self._evaluate = tf.function(
            self._evaluate_program,
            input_signature=[tf.TensorSpec([None], tf.int32)],
            autograph=False,
        )

    def compile(self) -> None:
        """Compiles the programs before their first calls."""
        self._train.get_concrete_function()
        self._evaluate.get_concrete_function()

    def train(self, steps: int) -> Totals:
        """Trains for up to `steps` steps. A non-finite loss ends it early.

        The totals include that step.
        """
        done, loss, correct = self._train(tf.constant(self._batches.take(steps)))
        return Totals(int(done), float(loss), int(correct))

    def evaluate(self, indices: NDArray[np.int32]) -> tuple[float, Scores]:
        """Mean loss and scores over the images at `indices`, without dropout."""
        loss = 0.0
        parts = []
        for first in range(0, len(indices), EVALUATION_BATCH):
            batch = tf.constant(indices[first : first + EVALUATION_BATCH])
            total, predicted, _ = self._evaluate(batch)
            loss += float(total)
            parts.append(predicted.numpy())
        found = scores(self._images.labels[indices], np.concatenate(parts), self._images.classes)
        return loss / len(indices), found

    def probabilities(self, index: int) -> tuple[float, ...]:
        """The class probabilities of the image at `index`, without dropout."""
        _, _, probabilities = self._evaluate(tf.constant([index]))
        return tuple(probabilities.numpy().tolist())

    def weights_are_finite(self) -> bool:
        """Whether all weights are finite, also batch normalisation's running averages."""
        return all(
            bool(tf.reduce_all(tf.math.is_finite(v.value)))
            for v in self.model.weights
            if v.dtype != "uint32"
        )

    def weights(self) -> list[NDArray[np.generic]]:
        """A copy of the network's variables, for `restore`."""
        return [variable.value.numpy() for variable in self.model.variables]

    def restore(self, weights: Sequence[NDArray[np.generic]]) -> None:
        """Sets the network's variables to an earlier copy."""
        for variable, value in zip(self.model.variables, weights, strict=True):
            variable.assign(value)

    def _train_program(self, batches: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        steps = tf.shape(batches)[0]

        def step(
            index: tf.Tensor, total: tf.Tensor, correct: tf.Tensor, _: tf.Tensor
        ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
            images, labels = self._images.at(batches[index])
            if self._augment is not None:
                images = self._augment.of(images, self._optimizer.step)
            images = self._images.scaling.of(images)
            with tf.GradientTape() as tape:
                logits = self.model(images, training=True)
                losses = self._images.weighted(_losses(labels, logits), labels)
                loss = tf.reduce_mean(losses)
                minimised = loss + self._penalty()
            gradients = tape.gradient(minimised, self._variables)
            self._optimizer.apply(gradients)
            total += tf.cast(loss, tf.float64)
            correct += _hits(labels, logits)
            return index + 1, total, correct, tf.math.is_finite(loss)

        def goes_on(index: tf.Tensor, *sums: tf.Tensor) -> tf.Tensor:
            return tf.logical_and(index < steps, sums[-1])

        total = tf.constant(0.0, tf.float64)
        correct = tf.constant(0, tf.int64)
        start = (tf.constant(0), total, correct, tf.constant(True))
        done, total, correct, _ = tf.while_loop(goes_on, step, start, parallel_iterations=1)
        return done, total, correct

    def _penalty(self) -> tf.Tensor | float:
        """The L2 penalty. The reported loss is the cross-entropy without it."""
        if not self._l2:
            return 0.0
        # TensorFlow halves the sum of squares.
        return 2.0 * self._l2 * tf.add_n([tf.nn.l2_loss(kernel) for kernel in self._kernels])

    def _evaluate_program(self, indices: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """The sum of the losses, the predicted classes, and the first image's class probabilities.

        It takes one batch: tracing a loop would take longer than a few calls.
        """
        images, labels = self._images.at(indices)
        logits = self.model(self._images.scaling.of(images), training=False)
        total = tf.reduce_sum(tf.cast(_losses(labels, logits), tf.float64))
        return total, _predicted(logits), tf.nn.softmax(logits[0])


def _losses(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """The cross-entropy of each image."""
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)


def _hits(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    return tf.math.count_nonzero(tf.equal(_predicted(logits), labels))


def _predicted(logits: tf.Tensor) -> tf.Tensor:
    """The likeliest class of each image."""
    return tf.argmax(logits, axis=1, output_type=tf.int32)


def run(
    trainer: Trainer,
    point: Hyperparams,
    evaluate_at: Sequence[int],
    validation: NDArray[np.int32],
    should_stop: Callable[[], bool],
    clock: Clock,
) -> Iterator[Evaluation | Trace | NearEnd]:
    """Trains up to the last step of `evaluate_at`.

    Yields an evaluation at each of these steps, a trace of the first step and of every hundredth
    after it, and `NearEnd` once before the last steps. Raises `Diverged` if a loss, a weight or an
    evaluation is not finite, and `Stopped` after `should_stop` returns true.
    """
    step = 0
    last = evaluate_at[-1]
    told = False
    for target in evaluate_at:
        since = Totals()
        while step < target:
            if should_stop():
                raise Stopped
            if not told and last - step <= STEPS_PER_CALL:
                told = True
                yield NearEnd()
            traced = step % TRACE_EVERY == 0
            probabilities: tuple[float, ...] = ()
            to_next_trace = TRACE_EVERY - step % TRACE_EVERY
            if traced:
                probabilities = trainer.probabilities(int(validation[0]))
                to_next_trace = 1
            clock.lap("evaluate")
            done = trainer.train(min(STEPS_PER_CALL, target - step, to_next_trace))
            clock.lap("train")
            if traced and np.isfinite([done.loss, *probabilities]).all():
                yield Trace(step + 1, done.loss, probabilities)
            step += done.steps
            if not np.isfinite(done.loss):
                raise Diverged("the loss", step)
            since = Totals(
                since.steps + done.steps, since.loss + done.loss, since.correct + done.correct
            )
        if not trainer.weights_are_finite():
            raise Diverged("a weight", step)
        val_loss, found = trainer.evaluate(validation)
        clock.lap("evaluate")
        if not np.isfinite(val_loss):
            raise Diverged("val_loss", step)
        yield Evaluation(
            step=step,
            loss=since.loss / since.steps,
            accuracy=since.correct / (since.steps * point.batch_size),
            val_loss=val_loss,
            val_accuracy=found.accuracy,
            val_balanced_accuracy=found.balanced_accuracy,
            val_macro_f1=found.macro_f1,
        )
