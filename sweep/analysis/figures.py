"""The figures of a report, as SVG: what each hyperparameter did, how much it mattered, how the trials learnt.

Drawn with Matplotlib's objects alone, in its own settings and these, not in a person's; equal results give equal files.
"""

import io
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, FixedLocator, LogLocator, MaxNLocator, NullFormatter, NullLocator

from sweep.analysis.effects import Axis, Variation
from sweep.analysis.portrait import thinned
from sweep.hyperparams import Value, exact
from sweep.record import State, TrialRecord, configurations
from sweep.spec import SweepSpec

# Okabe and Ito's colours, which colour-blind readers can tell apart.
BLUE, ORANGE, GREEN, RED, PURPLE, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#777777"
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
    # Names are names: a $ in one begins no formula.
    "text.parse_math": False,
}
# Width of a page, in inches.
WIDTH = 7.5
COLUMNS = 3
# Values on an axis that are all named.
MOST_TICKS = 6
# Fewer trials that differ in everything are joined by no line.
FEW = 10
# Dots beyond this number are drawn as one picture; curves beyond it are left out.
MANY = 500
# An axis is logarithmic where the largest value is this many times the smallest.
WIDE = 5
# Marks of an accuracy axis whose steps are factors of the error.
ACCURACIES = (0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999)
MARKS = 4


def panel(found: Variation) -> str:
    """One row per hyperparameter around a baseline: its values against validation accuracy and loss, means with
    standard deviations over single trainings, parameters and seconds. The baseline's value is marked."""
    quantities: tuple[tuple[str, str], ...] = (
        ("val_accuracy", "validation accuracy"),
        ("val_loss", "validation loss"),
        ("parameters", "parameters"),
        ("seconds", "seconds"),
    )

    def draw(figure: Figure) -> None:
        grid = figure.subplots(len(found.axes), len(quantities), squeeze=False, sharey="col")
        for row, axis, frame in zip(grid, found.axes, found.frames, strict=True):
            for place, (name, _) in zip(row, quantities, strict=True):
                _against(place, axis, frame, name, BLUE, found.held.get(axis.name))
            row[0].set_ylabel(axis.name, fontweight="bold")
        everything = pd.concat(found.frames)
        for place, (name, heading) in zip(grid[0], quantities, strict=True):
            place.set_title(heading)
            _stretch(place, name, everything[name])

    return _svg(draw, WIDTH, 1.35 * len(found.axes) + 0.4)


def marginal_panel(found: Sequence[tuple[Axis, pd.DataFrame]], metric: str) -> str:
    """One plot per hyperparameter: the complete trials by its values, and the medians and quartiles of those with
    like values."""

    def draw(figure: Figure) -> None:
        rows = -(-len(found) // COLUMNS)
        grid = figure.subplots(rows, COLUMNS, squeeze=False, sharey=True)
        everything = pd.concat([frame[metric] for _, frame in found])
        for place, (axis, frame) in zip(grid.flat, found, strict=False):
            _against(place, axis, frame, metric, GREEN, None, by="bin")
            place.set_xlabel(axis.name)
        _stretch(grid.flat[0], metric, everything)
        for place in list(grid.flat)[len(found) :]:
            place.set_visible(False)
        for row in grid:
            row[0].set_ylabel(metric)

    return _svg(draw, WIDTH, 1.9 * -(-len(found) // COLUMNS))


def importance_bars(shares: Mapping[str, float]) -> str:
    """The share of each hyperparameter, the largest on top."""

    def draw(figure: Figure) -> None:
        place = figure.subplots()
        names = list(shares)[::-1]
        bars = place.barh(names, [shares[name] for name in names], color=BLUE, height=0.65)
        place.bar_label(bars, fmt="%.2f", padding=3)
        place.set_xlabel("importance (PED-ANOVA)")
        place.set_xlim(0, max(shares.values()) * 1.15 or 1)
        place.grid(visible=False, axis="y")

    return _svg(draw, 5.0, 0.26 * len(shares) + 0.7)


def learning_curves(spec: SweepSpec, records: Sequence[TrialRecord]) -> str:
    """The objective's metric at every evaluation: all trials, those that were pruned, and the best five by name."""
    metric = spec.objective.metric
    best = [found.best for found in configurations(spec, records)[:5]]

    def draw(figure: Figure) -> None:
        place = figure.subplots()
        for record in thinned(records, MANY):
            steps = [e.step for e in record.evaluations]
            values = [e.metric(metric) for e in record.evaluations]
            style = "--" if record.state is State.PRUNED else "-"
            place.plot(steps, values, style, color=GREY, linewidth=0.7, marker=".", markersize=3, alpha=0.7)
        for record, colour in zip(best, (BLUE, ORANGE, GREEN, RED, PURPLE), strict=False):
            values = [e.metric(metric) for e in record.evaluations]
            named = f"trial {record.trial.number}" + (f" ({record.trial.baseline})" if record.trial.baseline else "")
            place.plot(
                [e.step for e in record.evaluations], values, color=colour, marker="o", markersize=3, label=named
            )
        place.set_xlabel("step")
        place.set_ylabel(metric)
        _stretch(place, metric, pd.Series([e.metric(metric) for record in records for e in record.evaluations]))
        if best:
            place.legend(frameon=False, loc="best")

    return _svg(draw, 5.5, 3.2)


def _against(
    place: Axes, axis: Axis, frame: pd.DataFrame, name: str, colour: str, held: Value | None, by: str = "value"
) -> None:
    """Single trials as dots, and the `held` value as a line. By `value` their means with standard deviations; by
    `bin`, where everything else varies, medians and quartiles, which a few failures do not move."""
    where, ticks = _positions(axis, frame)
    many = len(frame) > MANY
    place.plot(where, frame[name], ".", color=colour, alpha=0.45, markersize=5, markeredgewidth=0, rasterized=many)
    keys = frame[by] if axis.numeric else frame["value"].map(exact)
    groups = frame.assign(place=frame[by].astype(float) if axis.numeric else where).groupby(keys, sort=False)
    if by == "value":
        middle, spread = groups[name].mean(), groups[name].std().fillna(0)
        parts = {"x": groups["place"].mean(), "y": middle, "below": spread, "above": spread}
    else:
        middle = groups[name].median()
        low, high = groups[name].quantile(0.25), groups[name].quantile(0.75)
        parts = {"x": groups["place"].mean(), "y": middle, "below": middle - low, "above": high - middle}
    summed = pd.DataFrame(parts).sort_values("x")
    # Through a few trials that differ in everything a line would say more than they do.
    line = "-" if axis.numeric and (by == "value" or len(frame) >= FEW) else ""
    place.errorbar(
        summed["x"], summed["y"], summed[["below", "above"]].T.to_numpy(), fmt=f"o{line}", color=colour,
        markersize=3.5, linewidth=1, elinewidth=0.8, capsize=2,
    )  # fmt: skip
    if axis.log:
        place.set_xscale("log")
        place.xaxis.set_minor_formatter(NullFormatter())
        place.xaxis.set_minor_locator(NullLocator())
    different = sorted(set(where))
    if ticks:
        _name_ticks(place, list(range(len(ticks))), ticks)
        place.set_xlim(-0.5, len(ticks) - 0.5)
    elif len(different) <= MOST_TICKS:
        _name_ticks(
            place, different, [f"{value:g}" if value == round(value, 4) else f"{value:.3g}" for value in different]
        )
    elif not axis.log:
        place.xaxis.set_major_locator(MaxNLocator(5))
    if held is not None:
        at = float(held) if axis.numeric and isinstance(held, (int, float)) else ticks.index(exact(held))
        place.axvline(at, color=ORANGE, linewidth=1.2, linestyle=":", zorder=0)


def _name_ticks(place: Axes, where: Sequence[float], names: Sequence[str]) -> None:
    turned = sum(map(len, names)) > 18
    place.set_xticks(where, names, rotation=35 if turned else 0, ha="right" if turned else "center")


def _stretch(place: Axes, name: str, values: pd.Series) -> None:
    """An axis on which small values and large ones can be told apart: in the logarithm where they differ much."""
    if name.endswith("accuracy"):
        _stretch_accuracy(place, values)
        return
    if values.max() > WIDE * values.min() > 0:
        place.set_yscale("log")
        place.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=6))
        place.yaxis.set_minor_locator(NullLocator())
    place.yaxis.set_major_formatter(EngFormatter(sep="") if name == "parameters" else "{x:g}")


def is_stretched(accuracies: pd.Series) -> bool:
    """Whether an axis of these accuracies is one of errors, in the logarithm."""
    low, high = float(accuracies.min()), float(accuracies.max())
    return high < 1 and (1 - low) >= WIDE * (1 - high)


def _stretch_accuracy(place: Axes, accuracies: pd.Series) -> None:
    """Where some networks fail and others hardly err, equal steps of the axis are equal factors of the error."""
    low, high = float(accuracies.min()), float(accuracies.max())
    if not is_stretched(accuracies):
        return
    place.set_yscale("function", functions=(lambda a: -np.log(np.maximum(1 - a, 1e-9)), lambda b: 1 - np.exp(-b)))
    place.set_ylim(low - 0.2 * (1 - low), high + 0.2 * (1 - high))
    # Marks that stand evenly on the stretched axis.
    wanted = [1 - (1 - low) * ((1 - high) / (1 - low)) ** (i / (MARKS - 1)) for i in range(MARKS)]
    marks = {min(ACCURACIES, key=lambda mark, at=at: abs(math.log((1 - mark) / (1 - at)))) for at in wanted}  # type: ignore[misc]
    place.yaxis.set_major_locator(FixedLocator(sorted(marks)))
    place.yaxis.set_major_formatter("{x:g}")
    place.set_title(f"{place.get_title()} (log error)".strip())


def _positions(axis: Axis, frame: pd.DataFrame) -> tuple[list[float], list[str]]:
    """Where the trials stand on the axis, and the names along it if it has names."""
    if axis.numeric:
        return frame["value"].astype(float).tolist(), []
    return [float(axis.names.index(exact(value))) for value in frame["value"]], list(axis.names)


def _svg(draw: Callable[[Figure], None], width: float, height: float) -> str:
    text = rendered(draw, width, height, format="svg", metadata={"Date": None}).decode()
    return text[text.index("<svg") :]


def rendered(draw: Callable[[Figure], None], width: float, height: float, **how: Any) -> bytes:
    """A figure of that width and height, in inches, drawn by `draw`, as the content of a file; `how` goes to
    Matplotlib's `savefig`."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        # A class may have a name in a script that the font lacks; its boxes are no reason to stop.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure)
        buffer = io.BytesIO()
        figure.savefig(buffer, **how)
    return buffer.getvalue()
