"""What a person sees while images are read, if that takes more than a moment."""

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

# Seconds of reading in silence.
PATIENCE = 1.0
# Seconds between two drawings of the bar.
REDRAW_EVERY = 0.25


class ReadingLine:
    """On a terminal a bar that vanishes when all are read; elsewhere a single plain line."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._begun: float | None = None
        self._drawn = 0.0
        self._has_told = False
        self._progress: Progress | None = None

    def show(self, done: int, total: int) -> None:
        """Takes how many of the images have been read. It may be called for every image."""
        if done == total:
            self.close()
            return
        now = time.monotonic()
        if self._begun is None:
            self._begun = now
        if now - self._begun < PATIENCE or now - self._drawn < REDRAW_EVERY:
            return
        self._drawn = now
        if self._console.is_terminal:
            self._draw(done, total)
        elif not self._has_told:
            self._has_told = True
            line = f"reading {total:,} images; {done:,} are read"
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Removes the bar, if there is one; `show` may begin another."""
        if self._progress is not None:
            self._progress.stop()
        self._progress = None
        self._begun = None

    def _draw(self, done: int, total: int) -> None:
        if self._progress is None:
            # Without a thread of its own: it would draw while other lines are written.
            self._progress = Progress(
                TextColumn("reading images"),
                BarColumn(40),
                MofNCompleteColumn(),
                console=self._console,
                auto_refresh=False,
                transient=True,
            )
            self._progress.add_task("", total=total)
            self._progress.start()
        (task,) = self._progress.task_ids
        self._progress.update(task, completed=done, refresh=True)
