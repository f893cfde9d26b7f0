"""Hints that contain NumPy code to convert arrays into valid images or labels.

In a hint, `x` stands for the images and `y` for the labels. No hint lets pixels overflow uint8.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Images with no pixel above this are dark for a network, whose input is pixels divided by 255.
DARK = 127


def shape_hint(shape: tuple[int, ...], labels: int) -> str:
    """How to turn an array of this shape into images with the channels last.

    `labels` is the number of labels.
    """
    match shape:
        case (_, width) if (side := math.isqrt(width)) > 1 and side * side == width:
            return f"give each image its rows and columns: x.reshape(-1, {side}, {side})"
        case (_, width) if (side := math.isqrt(width // 3)) > 1 and 3 * side * side == width:
            first = f"x.reshape(-1, 3, {side}, {side}).transpose(0, 2, 3, 1)"
            return (
                f"as CIFAR-10 stores images, channels first: {first}; channels last: x.reshape(-1, "
                f"{side}, {side}, 3)"
            )
        case (_, _):
            return "give each image its height and width: x.reshape(-1, height, width)"
        case (_, _, number) if number == labels:
            return "put the number of images first: x.transpose(2, 0, 1)"
        case (_, _, 1 | 3, number) if number == labels:
            return "put the number of images first: x.transpose(3, 0, 1, 2)"
        case (_, 1 | 3, _, _):
            return "put the channels last: x.transpose(0, 2, 3, 1)"
        case (_, _, _, 4):
            return "leave out the fourth channel, if the images are opaque: x[..., :3]"
    return "put the channels last"


def range_problem(array: NDArray[Any]) -> tuple[str, str]:
    """The problem with images that are not whole numbers from 0 to 255, and how to convert them."""
    if array.dtype.kind == "b":
        return (
            "images must be whole numbers from 0 to 255, not true and false",
            'save x.astype("uint8") * 255',
        )
    if array.dtype.kind not in "fiu":
        return (
            f"images must be whole numbers from 0 to 255, not {array.dtype}",
            "save the pixels as uint8",
        )
    low = float(array.min())
    high = float(array.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        count = array.size - int(np.isfinite(array).sum())
        if count == 1:
            what = "1 pixel is NaN or infinite"
        else:
            what = f"{count:,} pixels are NaN or infinite"
        return (
            what,
            "find out why, and leave out these images or repair them, for example by "
            "numpy.nan_to_num(x)",
        )
    if low == high:
        return (
            f"every pixel has the value {low:g}",
            "check how the images were saved: nothing can be learnt from these",
        )
    if array.dtype.kind != "f":
        return f"pixels lie between {low:.0f} and {high:.0f}, not between 0 and 255", _with_others(
            low, high
        )
    what = f"images must be whole numbers from 0 to 255, not {array.dtype} from {low:g} to {high:g}"
    return what, _with_others(low, high)


def _with_others(low: float, high: float) -> str:
    words, code = _conversion(low, high)
    return f"{words}, training and test images alike: {code}"


def _conversion(low: float, high: float) -> tuple[str, str]:
    """How to convert numbers from `low` to `high` to uint8, in words and in code."""
    if low >= 0 and high <= 1:
        return "multiply by 255 and convert to uint8", '(x * 255).round().astype("uint8")'
    if low >= -1 and high <= 1:
        return (
            "move -1..1 to 0..255 and convert to uint8",
            '((x + 1) * 127.5).round().astype("uint8")',
        )
    if low >= 0 and DARK < high <= 255:
        return "convert to uint8", 'x.round().astype("uint8")'
    if low >= 0:
        return f"multiply by 255/{high:g} and convert to uint8", brightened(high)
    scaled = f'(x.astype("float32") + {-low:g}) * {255 / (high - low):.6g}'
    code = f'({scaled}).round().clip(0, 255).astype("uint8")'
    return f"move {low:g}..{high:g} to 0..255 and convert to uint8", code


def brightened(high: float) -> str:
    """Code that scales the brightest pixel from `high` to 255."""
    return f'(x * (255 / {high:g})).round().astype("uint8")'


def labels_hint(array: NDArray[Any]) -> str:
    """How to turn an array into labels: one whole number or one word per image."""
    if (
        array.ndim == 2
        and array.dtype.kind in "fiub"
        and bool((np.count_nonzero(array, axis=1) == 1).all())
    ):
        return "turn one-hot rows into class numbers: y.argmax(axis=1)"
    if array.ndim != 1:
        return "give one label per image: an array with one axis"
    if array.dtype.kind == "f" and bool((array == np.floor(array)).all()):
        return "convert them: y.astype(int)"
    if array.dtype.kind == "f":
        return "labels are classes; a quantity cannot be learnt here, unless it is cut into classes"
    return "save numbers as y.astype(int), words as y.astype(str)"
