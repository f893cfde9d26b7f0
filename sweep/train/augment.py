"""Random changes of training images, inside the compiled loop and seeded by the trial.

An affine map per image flips, turns, zooms and shifts it, with bilinear interpolation. Pixels from
outside the image mirror it, as in Keras' layers.
"""

import math

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sweep.space import Hyperparams
from sweep.train.scaling import WHITE, in_unit


def augmented(point: Hyperparams, images: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    """Images (number, height, width, channels) as a trial at `point` changes them in one step.

    A network sees them scaled.
    """
    changed = Augment(point, seed).of(in_unit(tf.constant(images)), tf.constant(0, tf.int64))
    return np.asarray(tf.cast(tf.round(changed * WHITE), tf.uint8))


class Augment:
    """Changes batches of images as the hyperparameters say; `seed` is the trial's."""

    def __init__(self, point: Hyperparams, seed: int) -> None:
        self._flip = point.flip
        self._shift = point.shift
        self._angle = math.radians(point.rotate)
        self._zoom = point.zoom
        self._brightness = point.brightness
        self._seed = seed

    def of(self, images: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        """Changes a batch (batch, height, width, channels) in 0..1. The step fixes the changes."""
        count = tf.shape(images)[0]
        if self._shift or self._angle or self._zoom:
            images = self._moved(images, count, step)
        elif self._flip != "none":
            images = self._flipped(images, count, step)
        if self._brightness:
            added = self._uniform(count, step, 6, self._brightness)
            images = tf.clip_by_value(images + added[:, None, None, None], 0.0, 1.0)
        return images

    def _flipped(self, images: tf.Tensor, count: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        is_turned = self._sign(count, step, 0)[:, None, None, None] < 0
        images = tf.where(is_turned, tf.reverse(images, [2]), images)
        if self._flip == "both":
            is_turned = self._sign(count, step, 1)[:, None, None, None] < 0
            images = tf.where(is_turned, tf.reverse(images, [1]), images)
        return images

    def _moved(self, images: tf.Tensor, count: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        """Applies to every image its map from new to old pixels.

        Image sizes are known when the loop is compiled.
        """
        height, width = images.shape[1], images.shape[2]
        sideways = tf.ones([count])
        upright = tf.ones([count])
        if self._flip != "none":
            sideways = self._sign(count, step, 0)
        if self._flip == "both":
            upright = self._sign(count, step, 1)
        angle = self._uniform(count, step, 2, self._angle)
        scale = 1.0 + self._uniform(count, step, 3, self._zoom)
        cosine = tf.cos(angle) * scale
        sine = tf.sin(angle) * scale
        xx = cosine * sideways
        xy = -sine * upright
        yx = sine * sideways
        yy = cosine * upright
        # Only the shift moves the middle of the image.
        x = (width - 1) / 2
        y = (height - 1) / 2
        right = x - xx * x - xy * y + self._uniform(count, step, 4, self._shift) * width
        down = y - yx * x - yy * y + self._uniform(count, step, 5, self._shift) * height
        zero = tf.zeros([count])
        return tf.raw_ops.ImageProjectiveTransformV3(
            images=images,
            transforms=tf.stack([xx, xy, right, yx, yy, down, zero, zero], axis=1),
            output_shape=tf.constant([height, width]),
            fill_value=tf.constant(0.0),
            interpolation="BILINEAR",
            fill_mode="REFLECT",
        )

    def _uniform(self, count: tf.Tensor, step: tf.Tensor, what: int, most: float) -> tf.Tensor:
        """A number from -`most` to `most` for each image. Each use has its own `what`."""
        if not most:
            return tf.zeros([count])
        seed = tf.stack([tf.cast(step, tf.int64), tf.constant(self._seed * 8 + what, tf.int64)])
        return tf.random.stateless_uniform([count], seed, -most, most)

    def _sign(self, count: tf.Tensor, step: tf.Tensor, what: int) -> tf.Tensor:
        """1 or -1 for each image."""
        return tf.where(self._uniform(count, step, what, 1.0) < 0, -1.0, 1.0)
