"""The one place where the pixels of images are scaled for a network.

Augmentation works between the two steps: on images in 0..1, before they are standardised.
"""

from dataclasses import dataclass

import keras
import tensorflow as tf

WHITE = 255.0


def in_unit(pixels: tf.Tensor) -> tf.Tensor:
    """Images of uint8 pixels, scaled to 0..1."""
    return tf.cast(pixels, tf.float32) / WHITE


@dataclass(frozen=True)
class Scaling:
    """What is subtracted from images in 0..1, and by what they are divided, for each channel.

    Without numbers, images stay in 0..1.
    """

    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()

    def of(self, images: tf.Tensor) -> tf.Tensor:
        """Images (number, height, width, channels) in 0..1, as a network takes them."""
        if not self.mean:
            return images
        mean = tf.constant(self.mean, tf.float32)
        return (images - mean) / tf.constant(self.deviation, tf.float32)

    def of_pixels(self, pixels: tf.Tensor) -> tf.Tensor:
        """Images of uint8 pixels, as a network takes them."""
        return self.of(in_unit(pixels))

    def inside(self, model: keras.Model) -> keras.Model:
        """The same network for images in 0..1: if they are standardised, by its first layer.

        It shares its weights with `model`.
        """
        if not self.mean:
            return model
        # Always float32: a mean in bfloat16 would be off.
        first = keras.layers.Normalization(
            mean=list(self.mean),
            variance=[number * number for number in self.deviation],
            name="standardize",
            dtype="float32",
        )
        images = keras.Input(model.input_shape[1:], name="images")
        return keras.Sequential([images, first, *model.layers], name=model.name)
