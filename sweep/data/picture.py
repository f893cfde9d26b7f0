"""Image files become arrays. The only file that imports Pillow."""

import struct
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from sweep.data.arrays import Pixels
from sweep.errors import DataError

# Pillow's names of what has at most 8 bits a channel; it would clip the others.
MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")
GREY = ("1", "L", "LA")


def decode(path: Path) -> Pixels:
    """A PNG or JPEG file as (height, width) if it is grey, else (height, width, 3). Raises `DataError` where it
    is none, damaged, far too large, or has more than 8 bits a channel."""
    image = _opened(path)
    return np.asarray(image.convert("L" if image.mode in GREY else "RGB"))


def decode_drawing(path: Path, channels: int) -> Pixels:
    """A PNG or JPEG file as (height, width, channels), of 1 or 3 channels: turned as its camera was held, and what
    is transparent as paper, white below dark strokes and black below light ones. Raises `DataError`."""
    image = _upright(_opened(path))
    if "A" in image.getbands() or "transparency" in image.info:
        image = _on_paper(image.convert("RGBA"))
    array = np.asarray(image.convert("L" if channels == 1 else "RGB"))
    return array.reshape(*array.shape[:2], channels)


def resized(image: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """An image (height, width) of floats at another size; what is made smaller is averaged first."""
    scaled = Image.fromarray(image, mode="F").resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(scaled, np.float32)


def _opened(path: Path) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=("PNG", "JPEG")) as image:
                if image.mode not in MODES:
                    what = "this image has more than 8 bits a channel"
                    raise DataError(what, "save it with 8", str(path))
                image.load()
                return image
    except UnidentifiedImageError:
        raise DataError("this is no PNG or JPEG image", "remove it, or convert it", str(path)) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise DataError("this image is far too large", "scale it down", str(path)) from None
    except FileNotFoundError:
        raise DataError("there is no such file", "check how it is written", str(path)) from None
    except IsADirectoryError:
        raise DataError("this is a folder", "name the images in it", str(path)) from None
    except (OSError, SyntaxError, ValueError) as error:
        raise DataError(f"this image is damaged: {error}", "remove it, or save it again", str(path)) from None


def _upright(image: Image.Image) -> Image.Image:
    """An image as its camera was held; one whose notes on that cannot be read stays as it is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return ImageOps.exif_transpose(image)
    except (SyntaxError, ValueError, TypeError, KeyError, OSError, struct.error):
        return image


def _on_paper(image: Image.Image) -> Image.Image:
    opaque: NDArray[Any] = np.asarray(image.convert("L"))[np.asarray(image.getchannel("A")) > 127]
    paper = "black" if opaque.size and opaque.mean() > 127 else "white"
    return Image.alpha_composite(Image.new("RGBA", image.size, paper), image)
