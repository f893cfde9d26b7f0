"""Pictures of a trained network, as PNG: confusions, predictions, the first layer."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sweep.analysis.figures import RED, rendered
from sweep.examination import Examination

DPI = 160
# Classes of which a confusion matrix still shows the numbers.
MOST_NUMBERS = 25
# Filters that are shown.
MOST_FILTERS = 64
COLUMNS = 8


def confusion(matrix: pd.DataFrame, title: str) -> bytes:
    """The matrix with its numbers; the colour of a mistake is its share of the images of its class, and what is
    right stays white, so that the mistakes can be seen."""
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
                    weight = "bold" if i == j else "normal"
                    colour = "white" if shares[i, j] > 0.6 * shares.max() else "black"
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
    found: Examination, positions: NDArray[np.int64], images: NDArray[np.uint8], classes: Sequence[str], title: str
) -> bytes | None:
    """Images with their predicted class and its probability, and the true class of those that are wrong; None
    where there is no image."""
    if len(positions) == 0:
        return None

    def draw(figure: Figure) -> None:
        for place, position, image in zip(_grid(figure, len(positions)), positions, images, strict=False):
            label, guess = int(found.labels[position]), int(found.predicted[position])
            text = f"{classes[guess]}  {found.probabilities[position, guess]:.0%}"
            if guess != label:
                text += f"\ntrue: {classes[label]}  {found.probabilities[position, label]:.0%}"
            _image(place, image)
            place.set_title(text, fontsize=6.5, color="black" if guess == label else RED, pad=2)
        figure.suptitle(title, fontsize=9)

    return _png(draw, COLUMNS * 0.95, _rows(len(positions)) * 1.2 + 0.4)


def filters(kernels: NDArray[np.float32], title: str) -> bytes | None:
    """The kernels of the first convolution: of one channel from blue (negative) to red (positive), of three in
    colour. None for a network without one."""
    count = min(kernels.shape[-1], MOST_FILTERS)
    if count == 0:
        return None
    shown = np.moveaxis(kernels, -1, 0)[:count]
    most = float(np.abs(shown).max()) or 1.0

    def draw(figure: Figure) -> None:
        for number, (place, kernel) in enumerate(zip(_grid(figure, count), shown, strict=False), 1):
            if kernel.shape[-1] == 3:
                place.imshow((kernel / most + 1) / 2, interpolation="nearest")
            else:
                place.imshow(kernel[..., 0], cmap="RdBu_r", vmin=-most, vmax=most, interpolation="nearest")
            place.set_title(str(number), fontsize=6, pad=2)
        figure.suptitle(f"{title} (from {-most:.2f}, blue, to {most:.2f}, red)" if shown.shape[-1] == 1 else title,
                        fontsize=9)  # fmt: skip

    return _png(draw, COLUMNS * 0.8, _rows(count) * 0.95 + 0.4)


def feature_maps(image: NDArray[np.uint8], maps: NDArray[np.float32], title: str) -> bytes | None:
    """What each filter of the first convolution gives for an image, which is the first picture. None for a network
    without one."""
    count = min(maps.shape[-1], MOST_FILTERS)
    if count == 0:
        return None

    def draw(figure: Figure) -> None:
        first, *others = _grid(figure, count + 1)
        _image(first, image)
        first.set_title("image", fontsize=6, pad=2)
        for number, place in enumerate(others[:count], 1):
            place.imshow(maps[..., number - 1], cmap="gray", interpolation="nearest")
            place.set_title(str(number), fontsize=6, pad=2)
        figure.suptitle(title, fontsize=9)

    return _png(draw, COLUMNS * 0.8, _rows(count + 1) * 0.95 + 0.4)


def _rows(count: int) -> int:
    return math.ceil(count / COLUMNS)


def _grid(figure: Figure, count: int) -> list[Axes]:
    places = list(figure.subplots(_rows(count), COLUMNS, squeeze=False).flat)
    for place in places:
        place.axis("off")
    return places


def _image(place: Axes, image: NDArray[np.uint8]) -> None:
    shown = image[..., 0] if image.shape[-1] == 1 else image
    place.imshow(shown, cmap="gray", vmin=0, vmax=255, interpolation="nearest")


def _png(draw: Callable[[Figure], None], width: float, height: float) -> bytes:
    return rendered(draw, width, height, format="png", dpi=DPI, metadata={"Software": None})
