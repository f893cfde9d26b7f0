"""Times some networks of a space on this machine, and forecasts the whole sweep from them."""

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sweep.execute import machine
from sweep.execute.drive import Executor, nothing, wait_for_data
from sweep.preview.assumed import assume, to_time
from sweep.preview.forecast import Forecast, forecast
from sweep.preview.timing import Timed, Timing, measure
from sweep.space import DataSpec, SweepSpec, flops, plan
from sweep.spacefile.read import SpaceFile
from sweep.trial import DataSummary, Progress, unseen

# Load per core above which a note is printed.
BUSY = 0.5


@dataclass(frozen=True)
class Estimate:
    """A sweep, its timed networks, and the forecast of its duration."""

    spec: SweepSpec
    data: DataSummary
    timing: Timing
    forecast: Forecast

    def to_json(self) -> dict[str, Any]:
        """The value of `time` in the JSON document."""
        return {**asdict(self.forecast), "timed": self.rows}

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The times of each network, in seconds; FLOPs are for one image forward."""
        return [self._row(timed) for timed in self.timing.networks]

    def _row(self, timed: Timed) -> dict[str, Any]:
        point = timed.candidate.point
        return {
            "name": timed.candidate.name,
            "flops": flops(plan(point, self.data.shape, len(self.data.classes))),
            "batch_size": point.batch_size,
            "seconds_per_step": timed.took.step,
            "seconds_per_evaluation": timed.took.evaluation,
            "seconds_per_trial": timed.took.once,
        }


def estimate(
    file: SpaceFile,
    workers: int,
    start_executor: Callable[[DataSpec, int], Executor],
    note: Callable[[str], None],
    reading: Progress = unseen,
) -> Estimate:
    """Times networks of the space, `workers` at a time, and forecasts the duration of the sweep.

    The trials leave nothing behind. `reading` takes the progress of reading the images. Raises
    `DataError` if the data cannot be loaded, `InputError` if hardly any point can be built, and
    `NothingSucceeded` if no network can be timed.
    """
    load = os.getloadavg()[0]
    cores = machine.usable_cores()
    if load > BUSY * cores:
        note(
            f"something else keeps this machine busy (load {load:.1f}, {cores} cores): it is taken "
            "to go on doing so"
        )
    begun = time.monotonic()
    # The folder is removed after the trials have ended, since they would create it again.
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch, ExitStack() as stack:
        executor = start_executor(file.data, workers)
        stack.callback(executor.close)
        data = wait_for_data(executor, nothing, reading)
        spec = file.spec(data.shape, data.train, data.class_count)
        assumed = assume(spec, data)
        networks = to_time(assumed, data)
        note(f"timing {len(networks)} networks in short trials, {workers} at once; Ctrl-C ends it")
        timing = measure(networks, executor, data, spec.search, Path(scratch), begun, note)
    return Estimate(spec, data, timing, forecast(spec, assumed, timing, data, workers))
