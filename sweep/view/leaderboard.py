"""Results on a terminal: the best trials of a sweep, how the others ended, and all sweeps."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from rich import box
from rich.console import Console, Group
from rich.markup import escape
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sweep.space import METRICS, Metric, SweepSpec, Value, short
from sweep.store import Overview
from sweep.trial import (
    Configuration,
    DataSummary,
    State,
    TrialRecord,
    configurations,
    exhaustion,
    judged_by_best,
    network_of_best,
    nothing_completed,
    of_trained,
    took,
    triviality,
    with_spread,
)
from sweep.view.live import shown
from sweep.view.times import duration

# Metrics that a wide leaderboard shows.
_WIDE: tuple[Metric, ...] = tuple(name for name in METRICS if name.startswith("val_"))


@dataclass(frozen=True)
class _Line:
    """One line of a leaderboard: the varied hyperparameters, and the cells before and after."""

    before: tuple[str, ...]
    varied: Mapping[str, Value | None]
    after: tuple[str, ...]


def leaderboard(
    console: Console, spec: SweepSpec, records: Sequence[TrialRecord], top: int
) -> Table | Group:
    """The best trials or, with repeats, the best configurations: scores, varied hyperparameters,
    and cost.

    If that is too wide for the console, some scores are left out. If it still is, the
    hyperparameters get lines of their own.
    """
    flats = {record.trial.configuration: spec.flat(record.trial.point) for record in records}
    varied = []
    for name in spec.columns:
        values = {flat[name] for flat in flats.values()}
        if len(values) > 1:
            varied.append(name)
    first: tuple[str, ...] = ("rank", "trial")
    make = _trial_line
    if spec.search.repeats > 1:
        first = ("rank", "configuration", "trainings")
        make = _configuration_line
    best = configurations(spec, records)[:top]
    objective = spec.objective
    recorded = [objective.metric]
    for name in _WIDE:
        if any(found.best.metric(name) is not None for found in best):
            recorded.append(name)
    for metrics in (tuple(dict.fromkeys(recorded)), objective.columns):
        headings = (*first, *metrics)
        lines = []
        for rank, found in enumerate(best, 1):
            lines.append(make(rank, found, metrics, flats[found.number]))
        wide = _board(headings, lines, varied)
        unbounded = console.options.update(width=10_000)
        if Measurement.get(console, unbounded, wide).maximum <= console.width:
            return wide
    parts: list[Table | Padding] = []
    for number, line in enumerate(lines):
        there = [name for name in varied if line.varied[name] is not None]
        settings = ", ".join(f"{name} {short(line.varied[name])}" for name in there)
        parts.append(_board(headings, [line], [], header=number == 0))
        parts.append(Padding(Text(settings), (0, 0, 0, 4)))
    return Group(*parts)


def _trial_line(
    rank: int, found: Configuration, metrics: Sequence[Metric], flat: Mapping[str, Value | None]
) -> _Line:
    scores = (shown(found.best.metric(name)) for name in metrics)
    cost = (f"{found.best.trial.parameters:,}", f"{found.best.seconds or 0:.1f}")
    return _Line((str(rank), str(found.best.trial.number), *scores), flat, cost)


def _configuration_line(
    rank: int, found: Configuration, metrics: Sequence[Metric], flat: Mapping[str, Value | None]
) -> _Line:
    trainings = of_trained(len(found.complete), found.repeats)
    scores = [with_spread(found.mean(name), found.deviation(name)) for name in metrics]
    before = (str(rank), str(found.number), trainings, *scores)
    seconds = fmean(record.seconds or 0.0 for record in found.complete)
    parameters = found.best.trial.parameters
    return _Line(before, flat, (f"{parameters:,}", f"{seconds:.1f}"))


def _board(
    headings: Sequence[str], lines: Sequence[_Line], varied: Sequence[str], *, header: bool = True
) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), show_header=header, show_edge=False)
    for heading in headings:
        # Wide enough for a mean and its spread: columns stay aligned if each line is a table.
        spread = 0
        if "trainings" in headings and heading in METRICS:
            spread = 15
        table.add_column(
            heading, justify="right", no_wrap=True, min_width=max(len(heading), spread)
        )
    for heading in varied:
        table.add_column(heading, justify="right", no_wrap=True)
    for heading, width in (("parameters", 11), ("seconds", 8)):
        table.add_column(heading, justify="right", no_wrap=True, min_width=width)
    for line in lines:
        settings = (escape(short(line.varied[name])) for name in varied)
        table.add_row(
            *line.before, *settings, *line.after, style="bold" if line.before[0] == "1" else ""
        )
    return table


def counted(records: Sequence[TrialRecord], *, is_running: bool) -> str:
    """How many trials ended in each state, such as `18 complete, 12 pruned`; unfinished ones are
    interrupted if the sweep is not running."""
    counts = {str(state): sum(r.state is state for r in records) for state in State}
    if not is_running:
        counts["interrupted"] = counts.pop(State.RUNNING)
    return ", ".join(f"{count} {state}" for state, count in counts.items() if count) or "no trials"


def took_in_words(records: Sequence[TrialRecord]) -> str:
    """The time of the trials, such as ` in 3 min 31 s (6 min 40 s of trials, 2 at once)`.

    It is empty before one has ended.
    """
    found = took(records)
    if not found.at_once:
        return ""
    several = ""
    if found.at_once > 1:
        several = f" ({duration(found.trial_seconds)} of trials, {found.at_once} at once)"
    return f" in {duration(found.wall_seconds)}{several}"


def failures(records: Sequence[TrialRecord]) -> list[str]:
    """A line for every trial that failed or diverged, with its cause."""
    return [f"trial {r.trial.number} {r.state}: {r.cause}" for r in records if r.cause]


def overview_table(sweeps: Sequence[Overview]) -> Table:
    """One row per sweep."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    for heading in ("sweep", "begun (UTC)", "finished", "complete", "objective", "best"):
        table.add_column(heading, justify="left" if heading in ("sweep", "objective") else "right")
    for sweep in sweeps:
        if sweep.best_sd is None:
            spread = math.nan
        else:
            spread = sweep.best_sd
        if sweep.best is None:
            best = "-"
        else:
            best = with_spread(sweep.best, spread)
        finished = f"{sweep.finished}/{sweep.trials}"
        if sweep.exhausted:
            finished += " (exhausted)"
        table.add_row(
            sweep.name,
            sweep.created[:16].replace("T", " "),
            finished,
            str(sweep.complete),
            sweep.objective,
            best,
        )
    return table


def print_leaderboard(
    console: Console,
    spec: SweepSpec,
    records: Sequence[TrialRecord],
    data: DataSummary,
    top: int = 10,
    *,
    is_running: bool = False,
    exhausted: bool = False,
) -> None:
    """Prints the trials' states, the leaderboard, and remarks on the best network and the space."""
    how = counted(records, is_running=is_running) + took_in_words(records)
    console.print(f"[bold]{spec.name}[/]: {how}")
    if any(record.state is State.COMPLETE for record in records):
        console.print(leaderboard(console, spec, records, top))
    else:
        none = nothing_completed(spec, records, exhausted=exhausted)
        none += f"; sweep export {spec.name} has every trial"
        console.print(none, soft_wrap=True, markup=False, highlight=False)
    for line in (
        judged_by_best(spec),
        network_of_best(spec, records),
        triviality(spec, records, data),
        exhaustion(spec, records) if exhausted else None,
    ):
        if line is not None:
            console.print(line, soft_wrap=True, markup=False, highlight=False)
