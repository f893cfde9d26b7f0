"""Draws digits to files: printed ones in several fonts and drawn ones in several pens, of many
sizes, dark on light and light on dark, in grey and in colour. `python -m tests.digits FOLDER`
writes them; names begin with the digit."""

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import matplotlib
from PIL import Image, ImageDraw, ImageFont

Point = tuple[float, float]

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"


def arc(x: float, y: float, rx: float, ry: float, start: float, end: float) -> list[Point]:
    """Points of an ellipse around (x, y), from one angle to another in degrees, clockwise from the
    right."""
    count = max(int(abs(end - start) / 6), 2)
    angles = [math.radians(start + (end - start) * i / count) for i in range(count + 1)]
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]


# The strokes of each digit as a hand draws them, in a box of 1 x 1, the origin above left.
STROKES: dict[int, list[list[Point]]] = {
    0: [arc(0.5, 0.5, 0.3, 0.45, -90, 270)],
    1: [[(0.5, 0.05), (0.48, 0.95)]],
    2: [[*arc(0.5, 0.3, 0.28, 0.25, -170, 40), (0.2, 0.92), (0.82, 0.9)]],
    3: [[*arc(0.45, 0.28, 0.28, 0.23, -150, 90), *arc(0.45, 0.72, 0.32, 0.23, -90, 150)]],
    4: [[(0.35, 0.08), (0.2, 0.55), (0.8, 0.52)], [(0.68, 0.1), (0.62, 0.95)]],
    5: [[(0.78, 0.08), (0.3, 0.1), (0.27, 0.45), *arc(0.47, 0.67, 0.28, 0.25, -110, 140)]],
    6: [[(0.65, 0.06), (0.4, 0.25), (0.25, 0.55), *arc(0.47, 0.7, 0.23, 0.22, 180, -180)]],
    7: [[(0.18, 0.1), (0.8, 0.1), (0.42, 0.95)]],
    8: [[*arc(0.5, 0.28, 0.22, 0.21, 90, -270), *arc(0.5, 0.72, 0.26, 0.23, -90, 270)]],
    9: [[*arc(0.48, 0.3, 0.24, 0.22, 0, -360), (0.72, 0.35), (0.66, 0.62), (0.55, 0.95)]],
}


@dataclass(frozen=True)
class Paper:
    """One kind of drawing: its side in pixels, the colours of paper and ink, the ending of its
    file."""

    side: int
    paper: tuple[int, int, int]
    ink: tuple[int, int, int]
    ending: str


PAPERS = (
    Paper(20, (255, 255, 255), (0, 0, 0), "png"),
    Paper(28, (0, 0, 0), (255, 255, 255), "png"),
    Paper(64, (250, 245, 230), (20, 30, 120), "jpg"),
    Paper(150, (30, 60, 30), (240, 240, 220), "jpg"),
    Paper(400, (255, 255, 255), (90, 90, 90), "png"),
    Paper(1000, (20, 20, 20), (230, 210, 120), "jpg"),
)

PRINTED = ("DejaVuSans.ttf", "DejaVuSerif.ttf", "DejaVuSansMono-Bold.ttf")
# A pen's width as a share of the side, and how much the hand leans.
PENS = ((0.06, 0.0), (0.09, 0.15), (0.12, -0.1))


def printed(font: str) -> Callable[[ImageDraw.ImageDraw, int, Paper], None]:
    """Prints a digit in a font."""

    def draw(canvas: ImageDraw.ImageDraw, digit: int, paper: Paper) -> None:
        middle = (paper.side / 2, paper.side / 2)
        face = ImageFont.truetype(FONTS / font, round(paper.side * 0.75))
        canvas.text(middle, str(digit), fill=paper.ink, font=face, anchor="mm")

    return draw


def drawn(width: float, lean: float) -> Callable[[ImageDraw.ImageDraw, int, Paper], None]:
    """Draws a digit with a round pen."""

    def draw(canvas: ImageDraw.ImageDraw, digit: int, paper: Paper) -> None:
        side, thick = paper.side, max(paper.side * width, 1.5)
        for stroke in STROKES[digit]:
            places = [
                ((0.18 + 0.64 * (x + lean * (0.5 - y))) * side, (0.15 + 0.7 * y) * side)
                for x, y in stroke
            ]
            canvas.line(places, fill=paper.ink, width=round(thick), joint="curve")
            for x, y in places:
                canvas.ellipse(
                    (x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=paper.ink
                )

    return draw


def write_digits(folder: Path) -> Iterator[tuple[Path, int]]:
    """Every digit in every font and with every pen, on papers that take turns."""
    ways = {**{font.split(".")[0]: printed(font) for font in PRINTED}}
    ways |= {f"pen-{width}": drawn(width, lean) for width, lean in PENS}
    for number, (name, draw) in enumerate(ways.items()):
        for digit in range(10):
            paper = PAPERS[(number + digit) % len(PAPERS)]
            image = Image.new("RGB", (paper.side, paper.side), paper.paper)
            draw(ImageDraw.Draw(image), digit, paper)
            path = folder / f"{digit}-{name}-{paper.side}.{paper.ending}"
            image.save(path)
            yield path, digit


if __name__ == "__main__":
    for path, _ in write_digits(Path(sys.argv[1])):
        print(path)
