"""What a person sees while a sweep runs: a live view on a terminal, plain lines elsewhere."""

import time
from collections.abc import Mapping, Sequence
from threading import Event, Lock, Thread

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from sweep.space import Metric, Objective, SweepSpec
from sweep.trial import Configuration, Standings, State, TrialRecord
from sweep.view.reading import ReadingLine
from sweep.view.times import duration

COLOURS: Mapping[State, str] = {
    State.COMPLETE: "green",
    State.PRUNED: "yellow",
    State.FAILED: "red",
    State.DIVERGED: "magenta",
    State.RUNNING: "cyan",
}


# Seconds between two drawings of a live view.
REDRAW_EVERY = 0.25


class Progressing:
    """Counts the trials of a running sweep, for the views and for the time left."""

    def __init__(self, spec: SweepSpec, finished: Sequence[TrialRecord], workers: int) -> None:
        self.spec = spec
        self.workers = workers
        self.ended = len(finished)
        self._standings = Standings(spec, finished)
        self.running: dict[int, TrialRecord] = {}
        self._ended_here = 0
        self._seconds = 0.0

    def end(self, record: TrialRecord) -> None:
        self.running.pop(record.trial.number, None)
        self.ended += 1
        self._standings.add(record)
        self._ended_here += 1
        self._seconds += record.seconds or 0.0

    @property
    def best(self) -> Configuration | None:
        """The best so far."""
        return self._standings.best

    def left(self) -> float | None:
        """Seconds left at the pace of the trials that ended in this run; None before the first."""
        if not self._ended_here:
            return None
        mean = self._seconds / self._ended_here
        spent = sum(min(time.time() - r.started, mean) for r in self.running.values())
        to_go = self.spec.search.trials - self.ended
        at_once = max(min(self.workers, to_go), 1)
        return max(mean * to_go - spent, 0.0) / at_once


def _running_cells(record: TrialRecord, metrics: Sequence[Metric]) -> tuple[str, ...]:
    """A running trial as a row of the live view."""
    steps = record.trial.point.steps
    seconds = max(time.time() - record.started, 0)
    number = str(record.trial.number)
    scores = (shown(record.metric(name)) for name in metrics)
    return (number, f"{record.steps}/{steps}", *scores, f"{seconds:.0f}")


class LiveView:
    """Redraws progress, running trials and the best one in place, on standard error.

    It uses its own thread. Rich's thread would draw between positioning and writing a printed line,
    which could then overwrite another.
    """

    _state: Progressing

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._reading = ReadingLine(console)
        # Held while the state changes, or is drawn, or a line is printed.
        self._drawing = Lock()
        self._closed = Event()
        self._thread = Thread(target=self._redraw, name="live view", daemon=True)
        self._progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(40),
            MofNCompleteColumn(),
            TextColumn("{task.fields[left]}"),
            console=console,
        )
        self._task = self._progress.add_task("", total=None, left="")

    def reading(self, done: int, total: int) -> None:
        self._reading.show(done, total)

    def begin(self, spec: SweepSpec, finished: Sequence[TrialRecord], workers: int) -> None:
        self._reading.close()
        self._state = Progressing(spec, finished, workers)
        self._progress.update(self._task, description=spec.name, total=spec.search.trials)
        self._live = Live(
            console=self._console, get_renderable=self._draw, auto_refresh=False, transient=True
        )
        self._live.start()
        self._thread.start()

    def running(self, record: TrialRecord) -> None:
        with self._drawing:
            self._state.running[record.trial.number] = record

    def ended(self, record: TrialRecord) -> None:
        with self._drawing:
            self._state.end(record)
        self._print(Text.from_markup(summary(record, self._state.spec.objective, colour=True)))

    def note(self, text: str) -> None:
        self._reading.close()
        self._print(Text(text))

    def close(self) -> None:
        self._reading.close()
        self._closed.set()
        if self._live is not None:
            self._thread.join()
            self._live.stop()

    def _print(self, text: Text) -> None:
        with self._drawing:
            self._console.print(text)

    def _redraw(self) -> None:
        assert self._live is not None
        while not self._closed.wait(REDRAW_EVERY):
            with self._drawing:
                self._live.refresh()

    def _draw(self) -> Group:
        left = self._state.left()
        to_go = f"about {duration(left)} left" if left else ""
        self._progress.update(self._task, completed=self._state.ended, left=to_go)
        running = Table(box=None, padding=(0, 2))
        metrics = self._state.spec.objective.columns
        for heading in ("trial", "step", *metrics):
            running.add_column(heading, justify="right")
        running.add_column("seconds", justify="right", style="dim")
        for _, record in sorted(self._state.running.items()):
            running.add_row(*_running_cells(record, metrics))
        best = self._state.best
        line = "no trial has completed yet"
        if best:
            line = f"best so far: {_score(best, self._state.spec.objective)}"
        return Group(self._progress, running, Text(line))


class PlainView:
    """One line for every trial that ends, on standard error."""

    _state: Progressing

    def __init__(self, console: Console) -> None:
        self._console = console
        self._reading = ReadingLine(console)

    def reading(self, done: int, total: int) -> None:
        self._reading.show(done, total)

    def begin(self, spec: SweepSpec, finished: Sequence[TrialRecord], workers: int) -> None:
        self._state = Progressing(spec, finished, workers)
        self.note(
            f"{spec.name}: {spec.search.trials} trials, {len(finished)} done, {workers} at once"
        )

    def running(self, record: TrialRecord) -> None:
        self._state.running[record.trial.number] = record

    def ended(self, record: TrialRecord) -> None:
        self._state.end(record)
        spec = self._state.spec
        best = self._state.best
        left = self._state.left()
        parts = [f"{self._state.ended}/{spec.search.trials}"]
        parts += [f"best {_score(best, spec.objective)}"] if best else []
        parts += [f"about {duration(left)} left"] if left else []
        self.note(f"{summary(record, spec.objective, colour=False)}  ({', '.join(parts)})")

    def note(self, text: str) -> None:
        self._reading.close()
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        self._reading.close()


def summary(record: TrialRecord, objective: Objective, *, colour: bool) -> str:
    """One line about a trial that has ended; Rich markup if `colour`."""
    if colour:
        state = f"[{COLOURS[record.state]}]{record.state:<8}[/]"
    else:
        state = f"{record.state:<8}"
    score = f"{objective.metric} {shown(record.metric(objective.metric))}"
    if record.metric(objective.metric) is not None:
        score += at_best(record)
    why = ""
    if record.cause:
        why = f"  {record.cause}"
    name = ""
    if record.trial.baseline:
        name = f"  {record.trial.baseline}"
    rest = f"{score}  {record.steps} steps  {record.seconds or 0:.1f} s{name}{why}"
    return f"trial {record.trial.number:>3}  {state}  {escape(rest) if colour else rest}"


def at_best(record: TrialRecord) -> str:
    """Where the trial had its numbers, if that need not be its last step."""
    if record.best_step is None:
        return ""
    return f" at step {record.best_step}"


def shown(score: float | None) -> str:
    """A score in four digits; a dash for one that was not recorded."""
    if score is None:
        return "-"
    return f"{score:.4f}"


def _score(best: Configuration, objective: Objective) -> str:
    return f"{best.score(objective.metric)} ({best.title})"
