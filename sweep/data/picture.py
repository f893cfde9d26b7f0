"""Turns image files into arrays. Only this file imports Pillow."""

import stat
import struct
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from sweep.data.arrays import Pixels
from sweep.errors import DataError

# Pillow's names of the formats that are read. Its other formats start programs (EPS starts
# Ghostscript), need other decoders (WMF, MPEG, HDF5), or hold measurements, not colours (FITS,
# SPIDER).
FORMATS = (
    "AVIF",
    "BMP",
    "DDS",
    "DIB",
    "GIF",
    "ICNS",
    "ICO",
    "JPEG",
    "JPEG2000",
    "PCX",
    "PNG",
    "PPM",
    "PSD",
    "QOI",
    "SGI",
    "SUN",
    "TGA",
    "TIFF",
    "WEBP",
    "XBM",
)
# Formats of animations and several pages. In other formats, frames are sizes, layers or previews of
# one image.
MOVING = ("AVIF", "GIF", "PNG", "TIFF", "WEBP")

# Pillow's modes with at most 8 bits per channel.
MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr")
GREY = ("1", "L", "LA")

# How to turn an image for each EXIF orientation (JEITA CP-3451, tag 0x0112). 1 is upright.
ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# Errors that Pillow's decoders raised for damaged files, and related ones.
DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    RuntimeError,
    struct.error,
)


@dataclass(frozen=True)
class Picture:
    """A decoded image: `pixels` (height, width) if it is grey, else (height, width, 3).

    `has_frames` is true if the file holds several images, such as an animation. `pixels` are from
    the first.
    """

    pixels: Pixels
    has_frames: bool


@dataclass(frozen=True)
class Fit:
    """Resizes images to one size.

    It stretches them, or with `crop` uses their middle in the right proportions. Pillow's bilinear
    filter averages over all pixels when it shrinks.
    """

    height: int
    width: int
    crop: bool = False

    def of(self, pixels: Pixels) -> Pixels:
        """Resizes an image (height, width) or (height, width, 3)."""
        image = Image.fromarray(pixels)
        size = (self.width, self.height)
        if self.crop:
            fitted = ImageOps.fit(image, size, Image.Resampling.BILINEAR)
        else:
            fitted = image.resize(size, Image.Resampling.BILINEAR)
        return np.asarray(fitted)

    def of_all(self, images: Pixels) -> Pixels:
        """Resizes images (number, height, width, channels)."""
        number, *_, channels = images.shape
        found = np.empty((number, self.height, self.width, channels), np.uint8)
        for index, image in enumerate(images):
            pixels = image
            if channels == 1:
                pixels = image[..., 0]
            found[index] = with_channels(self.of(pixels), channels)
        return found


@cache
def endings() -> frozenset[str]:
    """The endings of the image files that are read, in lower case and with the dot."""
    # Pillow's JPEG reader also opens MPO, the JPEG of cameras with two lenses.
    read = {*FORMATS, "MPO"}
    return frozenset(
        ending for ending, name in Image.registered_extensions().items() if name in read
    )


def decode(path: Path, *, is_drawing: bool = False) -> Picture:
    """Decodes an image file, for training and prediction alike.

    The image is turned upright by its EXIF orientation, and transparency becomes white. With
    `is_drawing`, light strokes on a transparent background are put on black, to stay visible.
    Raises `DataError` if the file cannot be read, is not an image, is damaged or too large, or has
    more than 8 bits per channel.
    """
    where = str(path)
    try:
        _check_kind(path)
        return _decoded(path, is_drawing=is_drawing)
    except UnidentifiedImageError:
        if path.stat().st_size == 0:
            raise DataError(
                "this file is empty", "remove it, or save the image again", where
            ) from None
        hint = "remove it, or save it as PNG or JPEG"
        raise DataError("this is no image of a format that is read", hint, where) from None
    except Image.DecompressionBombError:
        raise DataError("this image is far too large", "scale it down", where) from None
    except FileNotFoundError:
        raise DataError("there is no such file", "check how it is written", where) from None
    except MemoryError:
        what = "this image is damaged, or needs more memory than there is"
        raise DataError(what, "remove it, or save it again", where) from None
    except DAMAGE as error:
        if isinstance(error, OSError) and error.errno is not None:
            hint = "check the file and its permissions"
            raise DataError(f"this file cannot be read: {error.strerror}", hint, where) from None
        raise DataError(
            f"this image is damaged: {error}", "remove it, or save it again", where
        ) from None


def with_channels(pixels: Pixels, channels: int) -> Pixels:
    """Decoded pixels as (height, width, channels), with 1 or 3 channels."""
    if channels == 1 and pixels.ndim == 3:
        pixels = np.asarray(Image.fromarray(pixels).convert("L"))
    if pixels.ndim == 3:
        return pixels
    return np.repeat(pixels[..., np.newaxis], channels, axis=2)


def resized(image: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """A float image (height, width) at another size; shrinking averages."""
    scaled = Image.fromarray(image, mode="F").resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(scaled, np.float32)


def _decoded(path: Path, *, is_drawing: bool) -> Picture:
    image, has_frames = _opened(path)
    mode = "RGB"
    if image.mode in GREY:
        mode = "L"
    if "A" in image.getbands() or "transparency" in image.info:
        image = _on_paper(image.convert("RGBA"), is_drawing=is_drawing)
    return Picture(np.asarray(image.convert(mode)), has_frames)


def _opened(path: Path) -> tuple[Image.Image, bool]:
    """The first image in a file, upright, and whether there are more."""
    with warnings.catch_warnings():
        # Large images are refused below. Other warnings are about metadata that is not read.
        warnings.simplefilter("ignore")
        # Given a file name, Pillow maps the file into memory, which scrambles uncompressed TIFFs
        # that lie on their side.
        with path.open("rb") as file, Image.open(file, formats=FORMATS) as image:
            if (
                Image.MAX_IMAGE_PIXELS is not None
                and image.width * image.height > Image.MAX_IMAGE_PIXELS
            ):
                raise Image.DecompressionBombError
            _check_mode(image.mode, str(path))
            has_frames = image.format in MOVING and getattr(image, "is_animated", False)
            image.load()
            # EXIF is read from the file, which is open only here.
            return _upright(image), has_frames


def _check_kind(path: Path) -> None:
    """Refuses anything but a regular file: opening a pipe would wait for its other end."""
    kind = path.stat().st_mode
    if stat.S_ISDIR(kind):
        raise DataError("this is a folder", "name the images in it", str(path))
    if not stat.S_ISREG(kind):
        raise DataError(
            "this is no regular file", "remove it, or copy the image into a file", str(path)
        )


def _check_mode(mode: str, where: str) -> None:
    if mode in MODES:
        return
    if mode.startswith(("I", "F")):
        raise DataError("this image has more than 8 bits a channel", "save it with 8", where)
    raise DataError(f"this image has its colours as {mode}", "save it in RGB or in grey", where)


def _upright(image: Image.Image) -> Image.Image:
    """Turns the image by its EXIF orientation, unless that cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            turn = TURNS.get(image.getexif().get(ORIENTATION, 1))
    except DAMAGE:
        return image
    if turn is None:
        return image
    return image.transpose(turn)


def _on_paper(image: Image.Image, *, is_drawing: bool) -> Image.Image:
    """Puts an RGBA image on white, or a drawing with light strokes on black."""
    alpha: NDArray[Any] = np.asarray(image.getchannel("A"))
    if alpha.min() == 255:
        return image
    paper = "white"
    if is_drawing:
        strokes: NDArray[Any] = np.asarray(image.convert("L"))[alpha > 127]
        if strokes.size and strokes.mean() > 127:
            paper = "black"
    return Image.alpha_composite(Image.new("RGBA", image.size, paper), image)
