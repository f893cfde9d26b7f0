"""How every figure looks: colours, Matplotlib's settings, and the file that comes of a drawing.

Figures use Matplotlib's objects and its default settings, never a person's own. Equal results give
equal files.
"""

import io
import warnings
from collections.abc import Callable
from typing import Any

import matplotlib
from matplotlib.figure import Figure

# Okabe and Ito's colours, which colour-blind readers can tell apart.
BLUE, ORANGE, GREEN, RED, PURPLE, GREY = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#777777",
)


STYLE: Any = {
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "axes.titlesize": 9,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "svg.hashsalt": "sweep",
    # A $ in a name begins no formula.
    "text.parse_math": False,
}


def svg(draw: Callable[[Figure], None], width: float, height: float) -> str:
    text = rendered(draw, width, height, format="svg", metadata={"Date": None}).decode()
    return text[text.index("<svg") :]


def rendered(draw: Callable[[Figure], None], width: float, height: float, **how: Any) -> bytes:
    """The content of a file with the figure that `draw` draws.

    `width` and `height` are in inches; `how` goes to Matplotlib's `savefig`.
    """
    with matplotlib.rc_context(), warnings.catch_warnings():
        # The font may lack the script of a class name; it then draws boxes.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure)
        buffer = io.BytesIO()
        figure.savefig(buffer, **how)
    return buffer.getvalue()
