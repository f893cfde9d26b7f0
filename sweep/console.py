"""What a person sees: a live view on a terminal, plain lines elsewhere, and tables of results."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.measure import Measurement
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from sweep.analysis.overview import Overview
from sweep.corners import Inspection
from sweep.hyperparams import Value, short
from sweep.record import State, TrialRecord, ranking, took
from sweep.shapes import Layer, flops, parameters
from sweep.spec import METRICS, Choices, Constant, Domain, FloatRange, IntRange, Metric, Objective, SweepSpec

COLOURS: Mapping[State, str] = {
    State.COMPLETE: "green",
    State.PRUNED: "yellow",
    State.FAILED: "red",
    State.DIVERGED: "magenta",
    State.RUNNING: "cyan",
}


# The metrics that every leaderboard shows, beside that of the objective.
_ALWAYS: tuple[Metric, ...] = ("val_accuracy", "val_loss")


class View(Protocol):
    """What the coordinator tells; a view only shows it."""

    def begin(self, spec: SweepSpec, finished: Sequence[TrialRecord], workers: int) -> None: ...

    def running(self, record: TrialRecord) -> None:
        """A trial has started, or has a new evaluation."""

    def ended(self, record: TrialRecord) -> None: ...

    def note(self, text: str) -> None: ...

    def close(self) -> None: ...


class Progressing:
    """Counts what is known of a running sweep: for the views, and for the time that is left."""

    def __init__(self, spec: SweepSpec, finished: Sequence[TrialRecord], workers: int) -> None:
        self.spec = spec
        self.workers = workers
        self.ended = len(finished)
        self.best = next(iter(ranking(finished, spec.objective)), None)
        self.running: dict[int, TrialRecord] = {}
        self._ended_here = 0
        self._seconds = 0.0

    def end(self, record: TrialRecord) -> None:
        self.running.pop(record.trial.number, None)
        self.ended += 1
        rivals = [record] if self.best is None else [self.best, record]
        self.best = next(iter(ranking(rivals, self.spec.objective)), None)
        self._ended_here += 1
        self._seconds += record.seconds or 0.0

    def left(self) -> float | None:
        """Seconds to go at the pace of the trials that ended in this run; None before the first."""
        if not self._ended_here:
            return None
        mean = self._seconds / self._ended_here
        spent = sum(min(time.time() - r.started, mean) for r in list(self.running.values()))
        to_go = self.spec.search.trials - self.ended
        return max(mean * to_go - spent, 0.0) / self.workers


class LiveView:
    """Redraws progress, running trials and the best one in place, on standard error."""

    _state: Progressing

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(40),
            MofNCompleteColumn(),
            TextColumn("{task.fields[left]}"),
            console=console,
        )
        self._task = self._progress.add_task("", total=None, left="")

    def begin(self, spec: SweepSpec, finished: Sequence[TrialRecord], workers: int) -> None:
        self._state = Progressing(spec, finished, workers)
        self._progress.update(self._task, description=spec.name, total=spec.search.trials)
        self._live = Live(console=self._console, get_renderable=self._draw, refresh_per_second=4, transient=True)
        self._live.start()

    def running(self, record: TrialRecord) -> None:
        self._state.running[record.trial.number] = record

    def ended(self, record: TrialRecord) -> None:
        self._state.end(record)
        self._console.print(Text.from_markup(summary(record, self._state.spec.objective, colour=True)))

    def note(self, text: str) -> None:
        self._console.print(Text(text))

    def close(self) -> None:
        if self._live is not None:
            self._live.stop()

    def _draw(self) -> Group:
        left = self._state.left()
        self._progress.update(
            self._task, completed=self._state.ended, left=f"about {duration(left)} left" if left else ""
        )
        running = Table(box=None, padding=(0, 2))
        for heading in ("trial", "step", "val_accuracy", "val_loss", "seconds"):
            running.add_column(heading, justify="right", style="dim" if heading == "seconds" else "")
        for number, record in sorted(self._state.running.items()):
            last = record.last
            running.add_row(
                str(number),
                f"{last.step if last else 0}/{record.trial.point.steps}",
                f"{last.val_accuracy:.4f}" if last else "-",
                f"{last.val_loss:.4f}" if last else "-",
                f"{max(time.time() - record.started, 0):.0f}",
            )
        best = self._state.best
        line = f"best so far: {_score(best, self._state.spec.objective)}" if best else "no trial has completed yet"
        return Group(self._progress, running, Text(line))


class PlainView:
    """One line for every trial that ends, on standard error."""

    _state: Progressing

    def __init__(self, console: Console) -> None:
        self._console = console

    def begin(self, spec: SweepSpec, finished: Sequence[TrialRecord], workers: int) -> None:
        self._state = Progressing(spec, finished, workers)
        self.note(f"{spec.name}: {spec.search.trials} trials, {len(finished)} done, {workers} at once")

    def running(self, record: TrialRecord) -> None:
        self._state.running[record.trial.number] = record

    def ended(self, record: TrialRecord) -> None:
        self._state.end(record)
        spec, best, left = self._state.spec, self._state.best, self._state.left()
        parts = [f"{self._state.ended}/{spec.search.trials}"]
        parts += [f"best {_score(best, spec.objective)}"] if best else []
        parts += [f"about {duration(left)} left"] if left else []
        self.note(f"{summary(record, spec.objective, colour=False)}  ({', '.join(parts)})")

    def note(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """There is nothing to take down."""


def summary(record: TrialRecord, objective: Objective, *, colour: bool) -> str:
    """One line about a trial that has ended; Rich markup if `colour`."""
    state = f"[{COLOURS[record.state]}]{record.state:<8}[/]" if colour else f"{record.state:<8}"
    value = record.metric(objective.metric)
    score = f"{objective.metric} {value:.4f}" if value is not None else f"{objective.metric} -"
    why = f"  {record.cause}" if record.cause else ""
    name = f"  {record.trial.baseline}" if record.trial.baseline else ""
    rest = f"{score}  {record.steps} steps  {record.seconds or 0:.1f} s{name}{why}"
    return f"trial {record.trial.number:>3}  {state}  {escape(rest) if colour else rest}"


@dataclass(frozen=True)
class _Line:
    """One line of a leaderboard: what stands before the varied hyperparameters, these, and what stands after them."""

    before: tuple[str, ...]
    varied: Mapping[str, Value | None]
    after: tuple[str, ...]


def leaderboard(console: Console, spec: SweepSpec, records: Sequence[TrialRecord], top: int) -> Table | Group:
    """The best trials, best first, or the best configurations where each was trained several times: scores, what
    varies, and what it cost. Where that is too wide for the console, what varies stands on lines of its own."""
    metrics = tuple(dict.fromkeys((spec.objective.metric, *_ALWAYS)))
    flats = {record.trial.configuration: spec.flat(record.trial.point) for record in records}
    varied = [name for name in spec.columns if len({flat[name] for flat in flats.values()}) > 1]
    if spec.search.repeats > 1:
        headings: tuple[str, ...] = ("rank", "configuration", "trainings", *metrics)
        lines = _configuration_lines(spec, records, top, metrics, flats)
    else:
        headings = ("rank", "trial", *metrics)
        best = ranking(records, spec.objective)[:top]
        lines = [_trial_line(rank, record, metrics, flats) for rank, record in enumerate(best, 1)]
    wide = _board(headings, lines, varied)
    if Measurement.get(console, console.options.update(width=10_000), wide).maximum <= console.width:
        return wide
    parts: list[Table | Padding] = []
    for number, line in enumerate(lines):
        settings = ", ".join(f"{name} {short(line.varied[name])}" for name in varied if line.varied[name] is not None)
        parts += [_board(headings, [line], [], header=number == 0), Padding(Text(settings), (0, 0, 0, 4))]
    return Group(*parts)


def _trial_line(
    rank: int, record: TrialRecord, metrics: Sequence[Metric], flats: Mapping[int, Mapping[str, Value | None]]
) -> _Line:
    scores = (f"{record.metric(name):.4f}" for name in metrics)
    cost = (f"{record.trial.parameters:,}", f"{record.seconds or 0:.1f}")
    return _Line((str(rank), str(record.trial.number), *scores), flats[record.trial.configuration], cost)


def _configuration_lines(
    spec: SweepSpec,
    records: Sequence[TrialRecord],
    top: int,
    metrics: Sequence[Metric],
    flats: Mapping[int, Mapping[str, Value | None]],
) -> list[_Line]:
    from sweep.analysis.effects import by_configurations, of_trained, with_spread  # imported here: heavy

    lines = []
    for rank, row in enumerate(by_configurations(spec, records).head(top).to_dict("records"), 1):
        scores = (with_spread(row[name], row[f"{name}_sd"]) for name in metrics)
        cost = (f"{row['parameters']:,.0f}", f"{row['seconds']:.1f}")
        before = (str(rank), str(row["configuration"]), of_trained(row["complete"], row["trainings"]), *scores)
        lines.append(_Line(before, flats[int(row["configuration"])], cost))
    return lines


def _board(headings: Sequence[str], lines: Sequence[_Line], varied: Sequence[str], *, header: bool = True) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), show_header=header, show_edge=False)
    for heading in headings:
        # Wide enough for a mean and its spread, so that lines that are shown one by one stand below each other.
        spread = 15 if "trainings" in headings and heading in METRICS else 0
        table.add_column(heading, justify="right", no_wrap=True, min_width=max(len(heading), spread))
    for heading in varied:
        table.add_column(heading, justify="right", no_wrap=True)
    for heading, width in (("parameters", 11), ("seconds", 8)):
        table.add_column(heading, justify="right", no_wrap=True, min_width=width)
    for line in lines:
        settings = (escape(short(line.varied[name])) for name in varied)
        table.add_row(*line.before, *settings, *line.after, style="bold" if line.before[0] == "1" else "")
    return table


def counted(records: Sequence[TrialRecord], *, is_running: bool) -> str:
    """How many trials ended how, such as `18 complete, 12 pruned`; those that did not end were interrupted where
    the sweep is not running."""
    counts = {str(state): sum(r.state is state for r in records) for state in State}
    if not is_running:
        counts["interrupted"] = counts.pop(State.RUNNING)
    return ", ".join(f"{count} {state}" for state, count in counts.items() if count) or "no trials"


def took_in_words(records: Sequence[TrialRecord]) -> str:
    """What trials took, such as ` in 3 min 31 s (6 min 40 s of trials, 2 at once)`; nothing before one has ended."""
    found = took(records)
    if not found.at_once:
        return ""
    several = f" ({duration(found.trial_seconds)} of trials, {found.at_once} at once)" if found.at_once > 1 else ""
    return f" in {duration(found.wall_seconds)}{several}"


def duration(seconds: float) -> str:
    """Seconds as a person says them: `45 s`, `3 min 05 s`, `2 h 10 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def _score(record: TrialRecord, objective: Objective) -> str:
    return f"{record.metric(objective.metric):.4f} (trial {record.trial.number})"


def failures(records: Sequence[TrialRecord]) -> list[str]:
    """A line for every trial that failed or diverged, with its cause."""
    return [f"trial {r.trial.number} {r.state}: {r.cause}" for r in records if r.cause]


def space_table(spec: SweepSpec) -> Table:
    """What the space varies and holds."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    for heading in ("hyperparameter", "values", "exists when"):
        table.add_column(heading, overflow="fold")
    for parameter in spec.space.parameters:
        when = " and ".join(f"{c.name} is {' or '.join(map(str, c.values))}" for c in parameter.when)
        table.add_row(parameter.name, escape(_domain(parameter.domain)), escape(when) or "always")
    return table


def network_tables(found: Inspection) -> list[Table | Text]:
    """The layer tables of baselines and corners, and what cannot be built."""
    parts: list[Table | Text] = []
    named = [*(("baseline", n) for n in found.baselines), *(("corner", n) for n in found.corners)]
    for kind, network in named:
        parts.append(Text(f"{kind} {network.name}", style="bold"))
        parts.append(layer_table(network.layers))
    for refused in found.impossible:
        example = ", ".join(f"{name} {short(value)}" for name, value in refused.example.items() if value is not None)
        of = "" if found.all_corners else " looked at"
        parts.append(
            Text(
                f"cannot be built: {refused.cause} ({refused.corners} of {found.looked_at} corners{of}; "
                f"for example {example})",
                style="yellow",
            )
        )
    return parts


def overview_table(sweeps: Sequence[Overview]) -> Table:
    """One row per sweep."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    for heading in ("sweep", "begun (UTC)", "finished", "complete", "objective", "best"):
        table.add_column(heading, justify="left" if heading in ("sweep", "objective") else "right")
    for sweep in sweeps:
        best = "-" if sweep.best is None else f"{sweep.best:.4f}"
        finished = f"{sweep.finished}/{sweep.trials}"
        table.add_row(
            sweep.name, sweep.created[:16].replace("T", " "), finished, str(sweep.complete), sweep.objective, best
        )
    return table


def layer_table(layers: Sequence[Layer]) -> Table:
    """A network, layer by layer."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), show_footer=True)
    table.add_column("layer", footer="total")
    table.add_column("output shape")
    table.add_column("parameters", justify="right", footer=f"{parameters(layers):,}")
    table.add_column("FLOPs an image", justify="right", footer=f"{flops(layers):,}")
    for layer in layers:
        shape = " x ".join(map(str, layer.output_shape))
        table.add_row(layer.name, shape, f"{layer.parameters:,}", f"{layer.flops:,}")
    return table


def _domain(domain: Domain) -> str:
    match domain:
        case Constant(value):
            return short(value)
        case Choices(options):
            return ", ".join(short(option) for option in options)
        case IntRange(low, high, step, log) | FloatRange(low, high, step, log):
            how = ", evenly in the logarithm" if log else f", step {step}" if step and step != 1 else ""
            return f"{low} to {high}{how}"
