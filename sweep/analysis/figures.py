"""The figures of a report, as SVG: effects, importance and learning curves."""

import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from sweep.analysis.canvas import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, STYLE, svg
from sweep.analysis.effects import Axis, Variation
from sweep.analysis.scales import Scale, quantity_scale, rotation, value_scale
from sweep.space import Metric, SweepSpec, Value, exact
from sweep.trial import State, TrialRecord, configurations, thinned

T = TypeVar("T")

# Width of a page, in inches.
WIDTH = 7.5
COLUMNS = 3
# Most rows of a figure: more do not fit on a printed page.
ROWS = 6
# With fewer trials, a plot of marginal effects has no line.
FEW = 10
# More dots are drawn as one bitmap; more curves are thinned to this number.
MANY = 500
# The titles of the columns of a panel; the others are called like their quantity.
TITLES = {
    "val_accuracy": "validation accuracy",
    "val_balanced_accuracy": "balanced accuracy",
    "val_macro_f1": "macro F1",
    "val_loss": "validation loss",
    "accuracy": "training accuracy",
    "loss": "training loss",
}
# The width of one column of a panel, in inches.
COLUMN = WIDTH / 4
# Lengths of the axes of a panel, of a plot of marginal effects, and of the learning curves, in ems
# of the labels.
PANEL_X, PANEL_Y, MARGINAL_X, MARGINAL_Y, LEARNING_X, LEARNING_Y = 12.5, 7.5, 17.5, 11.0, 36.0, 20.0
# Suffixes of the name of a quantity, by the kind of its axis.
DIVIDED = {"linear": "", "log": "(log)", "error": "(log error)"}


def panels(found: Sequence[Variation], metrics: Sequence[Metric]) -> list[list[str]]:
    """For each baseline one or several figures, with a row per hyperparameter.

    A row plots its values against the metrics, parameters and seconds: single trainings, and means
    with standard deviations. The baseline's value is marked. All figures have the same axes.
    """
    frames = [frame for variation in found for frame in variation.frames]
    upright: dict[str, Scale] = {}
    for name in (*metrics, "parameters", "seconds"):
        extent = _extent(frames, name)
        is_accuracy = _is_accuracy(name)
        upright[name] = quantity_scale(*extent, is_accuracy=is_accuracy, length=PANEL_Y)
    level = _level_scales(found)
    figures = []
    for variation in found:
        parts = _parts(_rows(variation), ROWS)
        figures.append([_panel(part, variation.at, level, upright) for part in parts])
    return figures


def _level_scales(found: Sequence[Variation]) -> dict[str, Scale]:
    """The scale of each numeric hyperparameter, over the values around all baselines."""
    values: dict[str, list[float]] = {}
    log: dict[str, bool] = {}
    for variation in found:
        for axis, frame in _rows(variation):
            if not axis.numeric:
                continue
            log[axis.name] = axis.log
            own = values.setdefault(axis.name, [])
            own += map(float, frame["value"])
    for name, own in values.items():
        own += [float(v.at[name]) for v in found if name in v.at]  # type: ignore[arg-type]
    return {name: value_scale(own, log=log[name], length=PANEL_X) for name, own in values.items()}


def _rows(found: Variation) -> list[tuple[Axis, pd.DataFrame]]:
    return list(zip(found.axes, found.frames, strict=True))


def _panel(
    rows: Sequence[tuple[Axis, pd.DataFrame]],
    held: Mapping[str, Value],
    level: Mapping[str, Scale],
    upright: Mapping[str, Scale],
) -> str:
    """One figure, with a column for each quantity that has a scale in `upright`."""
    divided = {name: DIVIDED[scale.kind] for name, scale in upright.items()}
    has_second_line = any(divided.values())

    def draw(figure: Figure) -> None:
        grid = figure.subplots(len(rows), len(upright), squeeze=False)
        for places, (axis, frame) in zip(grid, rows, strict=True):
            for place, (name, scale) in zip(places, upright.items(), strict=True):
                _against(place, axis, frame, name, BLUE, held[axis.name])
                _set_level(place, axis, level.get(axis.name), PANEL_X)
                _set_scale(place, "y", scale)
            places[0].set_ylabel(axis.name, fontweight="bold")
        for place, name in zip(grid[0], upright, strict=True):
            title = TITLES.get(name, name)
            if has_second_line:
                title += f"\n{divided[name] or ' '}"
            place.set_title(title)

    return svg(draw, COLUMN * len(upright), 1.35 * len(rows) + 0.5)


def marginal_panels(found: Sequence[tuple[Axis, pd.DataFrame]], metric: str) -> list[str]:
    """One plot per hyperparameter, in one or several figures.

    It shows the complete trials, and the median and quartiles of each bin of similar values.
    """
    everything = pd.concat([frame[metric] for _, frame in found])
    upright = quantity_scale(everything, [], is_accuracy=_is_accuracy(metric), length=MARGINAL_Y)
    return [_marginals(part, metric, upright) for part in _parts(found, (ROWS - 1) * COLUMNS)]


def _marginals(found: Sequence[tuple[Axis, pd.DataFrame]], metric: str, upright: Scale) -> str:
    rows = -(-len(found) // COLUMNS)

    def draw(figure: Figure) -> None:
        grid = figure.subplots(rows, COLUMNS, squeeze=False)
        for place, (axis, frame) in zip(grid.flat, found, strict=False):
            _against(place, axis, frame, metric, GREEN, None, by="bin")
            level = None
            if axis.numeric:
                level = value_scale(frame["value"].astype(float), log=axis.log, length=MARGINAL_X)
            _set_level(place, axis, level, MARGINAL_X)
            _set_scale(place, "y", upright)
            place.set_xlabel(axis.name)
        for place in list(grid.flat)[len(found) :]:
            place.set_visible(False)
        for row in grid:
            row[0].set_ylabel(f"{metric}\n{DIVIDED[upright.kind]}".strip())

    return svg(draw, WIDTH, 1.9 * rows)


def importance_bars(shares: Mapping[str, float]) -> str:
    """A bar for the share of each hyperparameter, the largest on top."""

    def draw(figure: Figure) -> None:
        place = figure.subplots()
        names = list(shares)[::-1]
        bars = place.barh(names, [shares[name] for name in names], color=BLUE, height=0.65)
        place.bar_label(bars, fmt="%.2f", padding=3)
        place.set_xlabel("importance (PED-ANOVA)")
        place.set_xlim(0, max(shares.values()) * 1.15 or 1)
        place.grid(visible=False, axis="y")

    return svg(draw, 5.0, 0.26 * len(shares) + 0.7)


def learning_curves(spec: SweepSpec, records: Sequence[TrialRecord]) -> str:
    """The objective's metric at every evaluation; pruned trials are dashed, the best five named."""
    metric = spec.objective.metric
    best = [found.best for found in configurations(spec, records)[:5]]
    evaluations = [evaluation for record in records for evaluation in record.evaluations]
    all_steps = [e.step for e in evaluations]
    all_values = [e.value(metric) for e in evaluations]
    level = value_scale(all_steps, log=False, length=LEARNING_X)
    upright = quantity_scale(all_values, [], is_accuracy=_is_accuracy(metric), length=LEARNING_Y)

    def draw(figure: Figure) -> None:
        place = figure.subplots()
        for record in thinned(records, MANY):
            steps = [e.step for e in record.evaluations]
            values = [e.value(metric) for e in record.evaluations]
            style = "-"
            if record.state is State.PRUNED:
                style = "--"
            place.plot(
                steps, values, style, color=GREY, linewidth=0.7, marker=".", markersize=3, alpha=0.7
            )
        for record, colour in zip(best, (BLUE, ORANGE, GREEN, RED, PURPLE), strict=False):
            steps = [e.step for e in record.evaluations]
            values = [e.value(metric) for e in record.evaluations]
            named = f"trial {record.trial.number}"
            if record.trial.baseline:
                named += f" ({record.trial.baseline})"
            label = textwrap.fill(named, 24)
            place.plot(steps, values, color=colour, marker="o", markersize=3, label=label)
        place.set_xlabel("step")
        place.set_ylabel(f"{metric} {DIVIDED[upright.kind]}".strip())
        _set_scale(place, "x", level)
        _set_scale(place, "y", upright)
        if best:
            figure.legend(frameon=False, loc="outside right upper")

    return svg(draw, 6.5, 3.2)


def _against(
    place: Axes,
    axis: Axis,
    frame: pd.DataFrame,
    name: str,
    colour: str,
    held: Value | None,
    by: str = "value",
) -> None:
    """Draws single trials as dots, their groups with bars, and the `held` value as a line.

    Groups by `value` have means and standard deviations. Groups by `bin`, where everything else
    varies, have medians and quartiles, which a few failures do not move.
    """
    where, ticks = _positions(axis, frame)
    many = len(frame) > MANY
    place.plot(
        where,
        frame[name],
        ".",
        color=colour,
        alpha=0.45,
        markersize=5,
        markeredgewidth=0,
        rasterized=many,
    )
    if axis.numeric:
        keys = frame[by]
        at = keys.astype(float)
    else:
        keys = frame["value"].map(exact)
        at = pd.Series(where, frame.index)
    groups = frame.assign(place=at).groupby(keys, sort=False)
    values = groups[name]
    if by == "value":
        middle = values.mean()
        below = above = values.std().fillna(0)
    else:
        middle = values.median()
        below = middle - values.quantile(0.25)
        above = values.quantile(0.75) - middle
    place_of_group = groups["place"].mean()
    parts = {"x": place_of_group, "y": middle, "below": below, "above": above}
    summed = pd.DataFrame(parts).sort_values("x")
    # A few trials that differ in everything are too few for a line.
    line = ""
    if axis.numeric and (by == "value" or len(frame) >= FEW):
        line = "-"
    place.errorbar(
        summed["x"],
        summed["y"],
        summed[["below", "above"]].T.to_numpy(),
        fmt=f"o{line}",
        color=colour,
        markersize=3.5,
        linewidth=1,
        elinewidth=0.8,
        capsize=2,
    )
    if held is not None:
        if axis.numeric and isinstance(held, (int, float)):
            own_place = float(held)
        else:
            own_place = ticks.index(exact(held))
        place.axvline(own_place, color=ORANGE, linewidth=1.2, linestyle=":", zorder=0)


def _set_level(place: Axes, axis: Axis, scale: Scale | None, length: float) -> None:
    """Sets the horizontal axis: numbers on their scale, or names side by side."""
    if scale is not None:
        _set_scale(place, "x", scale)
        return
    angle = rotation(axis.names, length)
    how: Any = {"ha": "right", "rotation_mode": "anchor"} if angle == 35 else {}
    place.set_xticks(range(len(axis.names)), axis.names, rotation=angle, **how)
    # Names that would still touch are made smaller.
    place.tick_params(
        "x", labelsize=min(STYLE["font.size"], 0.95 * STYLE["font.size"] * length / len(axis.names))
    )
    place.set_xlim(-0.5, len(axis.names) - 0.5)


def _set_scale(place: Axes, which: Literal["x", "y"], scale: Scale) -> None:
    """Sets exactly this scale, these limits and these marks, whatever is drawn."""
    axis: Any = place.xaxis
    set_scale: Callable[..., Any] = place.set_xscale
    set_limits: Callable[..., Any] = place.set_xlim
    if which == "y":
        axis = place.yaxis
        set_scale = place.set_yscale
        set_limits = place.set_ylim
    if scale.kind == "error":
        set_scale(
            "function",
            functions=(lambda a: -np.log(np.maximum(1 - a, 1e-9)), lambda b: 1 - np.exp(-b)),
        )
    else:
        set_scale(scale.kind)
    set_limits(scale.low, scale.high)
    axis.set_ticks([mark for mark, _ in scale.marks], [label for _, label in scale.marks])
    axis.set_minor_locator(NullLocator())


def _is_accuracy(name: str) -> bool:
    return name.endswith(("accuracy", "f1"))


def _extent(frames: Sequence[pd.DataFrame], name: str) -> tuple[list[float], list[float]]:
    """The single values of a quantity, and the ends of its error bars (one standard deviation)."""
    bars: list[float] = []
    for frame in frames:
        groups = frame.groupby(frame["value"].map(exact), sort=False)[name]
        middle = groups.mean()
        spread = groups.std().fillna(0)
        bars += [*(middle - spread), *(middle + spread)]
    return [float(value) for frame in frames for value in frame[name]], bars


def _parts(items: Sequence[T], most: int) -> list[Sequence[T]]:
    """The items in parts of at most `most`, all of about equal size."""
    count = -(-len(items) // most)
    size = 1
    if count:
        size = -(-len(items) // count)
    return [items[start : start + size] for start in range(0, len(items), size)]


def _positions(axis: Axis, frame: pd.DataFrame) -> tuple[list[float], list[str]]:
    """The positions of the trials on the axis, and the names along it if it has names."""
    if axis.numeric:
        return frame["value"].astype(float).tolist(), []
    return [float(axis.names.index(exact(value))) for value in frame["value"]], list(axis.names)
