"""Pictures of a trained network, as PNG: confusions, predictions, the first layer."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sweep.analysis.canvas import RED, rendered
from sweep.trial import Examination

DPI = 160
# A confusion matrix of more classes shows no numbers.
MOST_NUMBERS = 25
# Most filters in a picture.
MOST_FILTERS = 64
COLUMNS = 8


def confusion(matrix: pd.DataFrame, title: str) -> bytes:
    """The confusion matrix with its numbers.

    The colour of a mistake is its share of the images of its class. The diagonal stays white, so
    that mistakes stand out.
    """
    cells = matrix.to_numpy(dtype=float)
    there = np.maximum(cells.sum(axis=1, keepdims=True), 1)
    shares = cells / there
    np.fill_diagonal(shares, 0)
    side = min(max(4.0, 0.5 * len(cells) + 1.2), 12)

    def draw(figure: Figure) -> None:
        place = figure.subplots()
        picture = place.imshow(shares, cmap="Oranges", vmin=0, vmax=max(shares.max(), 1e-9))
        names = list(matrix.index)
        place.set_xticks(range(len(names)), names, rotation=90 if max(map(len, names)) > 3 else 0)
        place.set_yticks(range(len(names)), names)
        place.set_xlabel("predicted")
        place.set_ylabel("true")
        place.set_title(title)
        place.grid(visible=False)
        figure.colorbar(picture, label="share of the class", shrink=0.7)
        if len(names) <= MOST_NUMBERS:
            for i, j in np.ndindex(cells.shape):
                if cells[i, j]:
                    weight = "normal"
                    if i == j:
                        weight = "bold"
                    colour = "black"
                    if shares[i, j] > 0.6 * shares.max():
                        colour = "white"
                    place.text(
                        j,
                        i,
                        f"{cells[i, j]:.0f}",
                        ha="center",
                        va="center",
                        fontsize=7,
                        fontweight=weight,
                        color=colour,
                    )

    return _png(draw, side + 1.0, side)


def sheet(
    found: Examination,
    positions: NDArray[np.int64],
    images: NDArray[np.uint8],
    classes: Sequence[str],
    title: str,
) -> bytes | None:
    """Images with predicted class and probability, and the true class of wrong ones; None without
    images."""
    tiles = []
    for position, image in zip(positions, images, strict=True):
        label = int(found.labels[position])
        guess = int(found.predicted[position])
        text = f"{classes[guess]}  {found.probabilities[position, guess]:.0%}"
        if guess != label:
            text += f"\ntrue: {classes[label]}  {found.probabilities[position, label]:.0%}"
        tiles.append(_photograph(image, text, "black" if guess == label else RED))
    if tiles:
        return _mosaic(tiles, title, heading=0.42)
    return None


def examples(images: Sequence[tuple[NDArray[np.uint8], str]], title: str) -> bytes:
    """Rows of images with words above them; the words of a first one may be those of its row."""
    tiles = []
    for place, (image, text) in enumerate(images):
        is_first = place % COLUMNS == 0 and place > 0
        tiles.append(replace(_photograph(image, text), begins_row=is_first))
    return _mosaic(tiles, title)


def filters(kernels: NDArray[np.float32], title: str) -> bytes | None:
    """The kernels of the first convolution; None for a network without one.

    Kernels of one channel run from blue (negative) to red (positive); those of three are in colour.
    """
    shown = np.moveaxis(kernels, -1, 0)[:MOST_FILTERS]
    if len(shown) == 0:
        return None
    most = float(np.abs(shown).max()) or 1.0
    is_coloured = shown.shape[-1] == 3
    tiles = []
    for number, kernel in enumerate(shown, 1):
        if is_coloured:
            scaled = (kernel / most + 1) / 2
            tile = Tile(scaled, str(number))
        else:
            only = kernel[..., 0]
            tile = Tile(only, str(number), colours="RdBu_r", low=-most, high=most)
        tiles.append(tile)
    if not is_coloured:
        title += f" (from {-most:.2f}, blue, to {most:.2f}, red)"
    return _mosaic(tiles, title)


def feature_maps(image: NDArray[np.uint8], maps: NDArray[np.float32], title: str) -> bytes | None:
    """The first convolution's output for one image, filter by filter, after the image itself.

    None for a network without convolutions.
    """
    shown = np.moveaxis(maps, -1, 0)[:MOST_FILTERS]
    if len(shown) == 0:
        return None
    tiles = [
        Tile(one, str(number), low=float(one.min()), high=float(one.max()))
        for number, one in enumerate(shown, 1)
    ]
    return _mosaic([_photograph(image, "image"), *tiles], title)


@dataclass(frozen=True)
class Tile:
    """A small picture and the text above it.

    Pixels are (height, width), in `colours` from `low` to `high`, or (height, width, 3), shown as
    they are.
    """

    pixels: NDArray[Any]
    text: str
    ink: str = "black"
    colours: str = "gray"
    low: float = 0.0
    high: float = 1.0
    begins_row: bool = False
    """Whether the words go on above the pictures to the right."""


def _photograph(image: NDArray[np.uint8], text: str, ink: str = "black") -> Tile:
    return Tile(image[..., 0] if image.shape[-1] == 1 else image, text, ink, high=255.0)


def _mosaic(tiles: Sequence[Tile], title: str, heading: float = 0.22) -> bytes:
    """The tiles in rows, each below its text.

    `heading` is the height of the text, as a share of a tile's width. All tiles share one pair of
    axes: separate axes would take seconds.
    """
    rows = math.ceil(len(tiles) / COLUMNS)
    tall = 0.94 * max(tile.pixels.shape[0] / tile.pixels.shape[1] for tile in tiles)
    step = tall + heading

    def draw(figure: Figure) -> None:
        place = figure.subplots()
        for number, tile in enumerate(tiles):
            row, column = divmod(number, COLUMNS)
            left = column + 0.03
            top = row * step + heading
            place.imshow(
                tile.pixels,
                cmap=tile.colours,
                vmin=tile.low,
                vmax=max(tile.high, tile.low + 1e-9),
                interpolation="nearest",
                extent=(left, left + 0.94, top + tall, top),
            )
            at = left + 0.47
            side = "center"
            if tile.begins_row:
                at = left
                side = "left"
            place.text(
                at,
                top - 0.03,
                tile.text,
                ha=side,
                va="bottom",
                fontsize=6,
                color=tile.ink,
            )
        place.set_xlim(0, COLUMNS)
        place.set_ylim(rows * step, 0)
        place.axis("off")
        place.set_title(title, fontsize=9)

    return _png(draw, COLUMNS * 0.9, rows * step * 0.9 + 0.4)


def _png(draw: Callable[[Figure], None], width: float, height: float) -> bytes:
    return rendered(draw, width, height, format="png", dpi=DPI, metadata={"Software": None})
