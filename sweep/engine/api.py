"""What `import sweep` offers: running a sweep in one call, and its results as values."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sweep.engine import coordinator
from sweep.engine.view import Silent, View
from sweep.errors import InputError
from sweep.execute import machine
from sweep.execute.drive import nothing
from sweep.execute.local import LocalExecutor
from sweep.space import SweepSpec
from sweep.spacefile.read import load as load_file
from sweep.store import has_ledger, read_sweep
from sweep.track.uri import is_named, resolve_uri
from sweep.trial import Configuration, TrialRecord, configurations

if TYPE_CHECKING:
    from sweep.analysis.table import Frame

RESULTS = Path("results")


@dataclass(frozen=True)
class Sweep:
    """A sweep and its trials, by number, as recorded in its ledger."""

    spec: SweepSpec
    records: Sequence[TrialRecord]
    folder: Path

    @property
    def name(self) -> str:
        """Its name."""
        return self.spec.name

    @property
    def best(self) -> Configuration | None:
        """The best configuration; None if no trial completed."""
        found = configurations(self.spec, self.records)
        if found:
            return found[0]
        return None

    @property
    def table(self) -> "Frame":
        """The results table: one row per trial, typed, missing values as `pd.NA`."""
        from sweep.analysis.table import table  # imported here: heavy

        return table(self.spec, self.records)


def run(
    file: str | Path,
    *,
    results: str | Path = RESULTS,
    tracking_uri: str | None = None,
    workers: int | None = None,
    view: View | None = None,
    check: Callable[[], None] = nothing,
) -> Sweep:
    """Runs a sweep to its total number of trials, or continues it, like `sweep run FILE`.

    `workers` is the number of trials at once; by default as many as fit on the machine. `view` gets
    the progress of the trials. `check` is called regularly. An exception from it, or a
    `KeyboardInterrupt`, interrupts the sweep like Ctrl-C of the command, and is raised again: what
    was done is kept, `best/` holds the best network so far, and the next call goes on. The process
    is left unchanged: no signal handler, no warning filter, no log level. Until the call returns,
    it has four environment variables of MLflow: `sweep.track.store.Environment`. Raises
    `SweepError`, whose text states what is wrong, where, and what to do.
    """
    path = Path(file)
    space_file = load_file(path)
    if workers is not None and workers < 1:
        raise InputError(f"workers cannot be {workers}", "give at least 1, or leave it out")
    count = workers or machine.default_workers(space_file.threads)
    uri = resolve_uri(tracking_uri)
    options = coordinator.Options(Path(results), uri, count, is_named(tracking_uri), check)
    with closing(LocalExecutor(space_file.data, count)) as executor:
        outcome = coordinator.run(space_file, path, options, view or Silent(), executor)
    return Sweep(outcome.spec, outcome.records, outcome.folder)


def load(name: str | Path, *, results: str | Path = RESULTS) -> Sweep:
    """An earlier sweep, by name or folder.

    Raises `InputError` if there is none, or if its ledger holds only a space file that is no longer
    valid, and `StoreError` if its ledger cannot be read.
    """
    for folder in (Path(results) / name, Path(name)):
        if has_ledger(folder):
            spec, records, _ = read_sweep(folder)
            return Sweep(spec, records, folder)
    raise InputError(f"there is no sweep {name}", "run it first, or give results", str(results))
