"""Turns drawn digits into images like those of MNIST.

The method follows MNIST's authors (LeCun, Cortes, Burges, "The MNIST database of handwritten
digits"). The digit, light on dark, is scaled into a box of 20 x 20 and keeps its proportions. Then
its centre of mass is moved to the centre of the 28 x 28 image. For other image sizes the box keeps
its share of 20/28.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sweep.data.arrays import Pixels
from sweep.data.picture import Fit, decode, resized, with_channels
from sweep.errors import DataError
from sweep.space import DataSpec, Shape

BOX = 20 / 28
# With fewer grey levels between paper and ink, the paper is empty.
LEAST_CONTRAST = 32
# A pixel above this share of the strongest ink belongs to the digit.
INK = 0.25


def read_drawing(
    path: Path, shape: Shape, *, raw: bool, trained_on: DataSpec | None = None
) -> Pixels:
    """The image in a file, converted to `shape` (height, width, channels).

    If the data `trained_on` have a size, it is read as they were. With `raw`, or for colour images,
    it is only resized. Otherwise it is prepared as a drawn digit. Raises `DataError` if the file is
    not an image, or is empty.
    """
    height, width, channels = shape
    is_digit = not raw and channels == 1
    if raw and trained_on is not None and trained_on.size is not None:
        fit = Fit(*trained_on.size, crop=trained_on.crop)
        return with_channels(fit.of(decode(path).pixels), channels)
    image = with_channels(decode(path, is_drawing=is_digit).pixels, channels)
    if not is_digit:
        layers = [resized(image[..., c].astype(np.float32), height, width) for c in range(channels)]
        return _pixels(np.stack(layers, axis=-1))
    digit = ink(image[..., 0])
    if digit is None:
        raise DataError(
            "there is nothing on this image",
            "draw in a colour that differs from the paper's",
            str(path),
        )
    return _pixels(centred(digit, height, width)[..., np.newaxis] * 255)


def ink(grey: Pixels) -> NDArray[np.float32] | None:
    """The ink of each pixel, from 0 to 1, cropped to the part with ink; None for an empty image.

    The paper has the median shade of the border. The ink is darker or lighter than the paper,
    whichever differs more.
    """
    levels = grey.astype(np.float32)
    border = np.concatenate([levels[0], levels[-1], levels[:, 0], levels[:, -1]])
    paper = float(np.median(border))
    darker = np.clip(paper - levels, 0, None)
    lighter = np.clip(levels - paper, 0, None)
    if darker.sum() >= lighter.sum():
        strokes = darker
    else:
        strokes = lighter
    strongest = float(strokes.max())
    if strongest < LEAST_CONTRAST:
        return None
    strokes /= strongest
    strokes[strokes < INK / 2] = 0
    rows = np.flatnonzero((strokes > INK).any(axis=1))
    columns = np.flatnonzero((strokes > INK).any(axis=0))
    part: NDArray[np.float32] = strokes[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return part


def centred(digit: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """A digit of values 0 to 1, scaled into the box of a `height` x `width` image.

    Its centre of mass is in the middle, as far as the digit stays inside.
    """
    own_height, own_width = digit.shape
    factor = min(BOX * height / own_height, BOX * width / own_width)
    tall = max(round(own_height * factor), 1)
    wide = max(round(own_width * factor), 1)
    small = np.clip(resized(digit, tall, wide), 0, None)
    # Shrinking makes thin strokes faint. MNIST's strokes have full brightness.
    brightest = float(small.max())
    small /= max(brightest, 1e-6)
    top = _corner(small.sum(axis=1), height)
    left = _corner(small.sum(axis=0), width)
    image = np.zeros((height, width), np.float32)
    image[top : top + tall, left : left + wide] = small
    return image


def _corner(masses: NDArray[np.float32], whole: int) -> int:
    """Where a side with these masses begins, along a side of `whole` pixels.

    Its centre of mass is in the middle, as far as the side stays inside.
    """
    middles = np.arange(len(masses)) + 0.5
    centre = float((masses * middles).sum()) / float(masses.sum())
    corner = max(round(whole / 2 - centre), 0)
    return min(corner, whole - len(masses))


def _pixels(image: NDArray[np.float32]) -> Pixels:
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)
