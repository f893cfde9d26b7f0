"""Best validation error so far against time: a thin line for each seed, a thick one for the median
of a tool."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray

mpl.use("agg")

import matplotlib.pyplot as plt
from matplotlib.ticker import NullLocator

# One search: when its best so far got better, in seconds, and what it was from then on.
Curve = Sequence[tuple[float, float]]
POINTS = 500
TICKS = [factor * 10**power for power in (-1, 0, 1) for factor in (1, 2, 3, 5)]


def at(curve: Curve, seconds: float) -> float:
    """The best validation accuracy by then; not a number before the first trial ended."""
    return max((value for time, value in curve if time <= seconds), default=float("nan"))


def draw(curves: Mapping[str, Sequence[Curve]], ends: Mapping[str, float], path: Path) -> None:
    """Writes the figure. Each tool is drawn to its own end, in seconds."""
    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    for tool, of_seeds in curves.items():
        times = np.linspace(0, ends[tool], POINTS)
        errors = np.array([_errors(curve, times) for curve in of_seeds])
        line = axes.plot(
            times, np.median(errors, axis=0), lw=2.2, drawstyle="steps-post", label=tool
        )[0]
        for row in errors if len(errors) > 1 else []:
            axes.plot(times, row, lw=0.6, alpha=0.5, color=line.get_color(), drawstyle="steps-post")
    axes.set(
        yscale="log", xlabel="seconds since the command", ylabel="lowest validation error so far, %"
    )
    bounds = axes.get_ylim()
    axes.set_yticks(TICKS, [f"{tick:g}" for tick in TICKS])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(bounds)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _errors(curve: Curve, times: NDArray[np.float64]) -> NDArray[np.float64]:
    return 100 * (1 - np.array([at(curve, time) for time in times]))
