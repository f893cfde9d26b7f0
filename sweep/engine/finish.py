"""The end of a sweep: the sorted table, the best network, and MLflow's parent run."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from sweep.engine.looking import draw
from sweep.engine.sinks import TableSink
from sweep.engine.trials import RunningSweep
from sweep.engine.view import View
from sweep.errors import StoreError
from sweep.execute.drive import Executor, run_all
from sweep.secrets import without_secrets
from sweep.store import BEST, NETWORK, usage, weights_file, write_best, write_network
from sweep.track.tracker import Tracker
from sweep.trial import Done, Errand, Examine, Publish, TrialRecord

# Seconds that the end of a sweep waits for MLflow to take everything.
FLUSH_PATIENCE = 60.0


@dataclass(frozen=True)
class Ending:
    """The parts that the end of a sweep needs, and the sweep's folder and table."""

    folder: Path
    table: Path
    executor: Executor
    tracker: Tracker
    view: View
    check: Callable[[], None]


def finish(sweep: RunningSweep, ending: Ending) -> bool:
    """Ends a sweep after its last trial, and returns whether MLflow has everything, the best
    network included. An interrupted end can safely start again."""
    tracker = ending.tracker
    sweep.records.sort(key=lambda r: r.trial.number)
    TableSink(ending.table, sweep.spec).begin(sweep.records)
    best = sweep.standings.best
    looked = _Looked()
    if best is not None:
        write_best(ending.folder, sweep.spec, best, sweep.data)
        looked = _look_at(sweep, best.best, ending)
    tracker.repair(tuple(sweep.records))
    if best is not None and looked.folder is not None:
        tracker.attach(best.best.trial.number, looked.folder)
    files = [ending.folder / "space.yaml", ending.table]
    tracker.finish("finished", files, best_score(sweep))
    is_sent = tracker.wait(FLUSH_PATIENCE, ending.check)
    if not is_sent:
        what = f"MLflow has not taken everything within {FLUSH_PATIENCE:.0f} s"
        ending.view.note(f"{what}; the same command tries again")
    elif looked.lacks_model:
        ending.view.note("MLflow lacks the best network; the same command tries again")
    return is_sent and not looked.lacks_model


@dataclass(frozen=True)
class _Looked:
    """The results of examining and publishing the best network."""

    folder: Path | None = None
    """The folder of the drawings; None without any."""
    lacks_model: bool = False
    """Whether the network is there, and MLflow does not have it as a model."""


def keep_so_far(sweep: RunningSweep, folder: Path, view: View) -> None:
    """After an interruption, writes the best network so far to `best/`, and notes it in a line."""
    best = sweep.standings.best
    if best is None:
        return
    metric = sweep.spec.objective.metric
    where = f"its network is in {folder / BEST}"
    try:
        write_best(folder, sweep.spec, best, sweep.data)
        if not (folder / BEST / NETWORK).exists():
            where += f" ({NETWORK} follows at the end of the sweep)"
    except StoreError as error:
        where = f"{BEST} could not be written: {error.problems[0].message}"
    except OSError as error:
        where = f"{BEST} could not be written: {error}"
    view.note(f"best so far: {metric} {best.score(metric)} ({best.title}); {where}")


def best_score(sweep: RunningSweep) -> dict[str, float]:
    """The metric of MLflow's parent run: the objective of the best configuration so far."""
    best = sweep.standings.best
    metric = sweep.spec.objective.metric
    if best is None:
        return {}
    return {f"best_{metric}": best.value(metric)}


def _look_at(sweep: RunningSweep, best: TrialRecord, ending: Ending) -> _Looked:
    """Draws what the best network sees, saves it whole in `best/`, and logs it as a model.

    The processes work at the same time.
    """
    weights = weights_file(ending.folder, best.trial.number)
    if not weights.exists():
        ending.view.note(f"{weights} is gone: the best network is neither looked at nor saved")
        return _Looked()
    ending.view.note("looking at the best network, and logging it to MLflow")
    looked = _Looked(lacks_model=True)
    # After an interruption the processes may continue for a moment.
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        output = Path(scratch) / "examination.npz"
        network = Path(scratch) / NETWORK
        errands: list[Errand] = [Examine(best.trial.point, weights, output, network)]
        run = _parent_run(ending)
        if run is not None:
            errands.append(_publish(sweep, best, weights, ending.tracker.uri, run))
        for event in run_all(ending.executor, *errands, check=ending.check):
            if not isinstance(event, Done):
                continue
            if isinstance(event.errand, Examine) and network.exists():
                write_network(ending.folder, network)
            if event.cause is not None:
                _note_failure(event, network, ending)
            elif isinstance(event.errand, Examine):
                found = draw(sweep.spec, best, sweep.data.classes, ending.folder, output)
                looked = replace(looked, folder=found.folder)
            else:
                looked = replace(looked, lacks_model=False)
    return looked


def _parent_run(ending: Ending) -> str | None:
    """MLflow's parent run, once everything before it has arrived; None if there is none."""
    is_there = ending.tracker.wait(FLUSH_PATIENCE, ending.check)
    if is_there:
        return ending.tracker.parent_run
    return None


def _note_failure(event: Done, network: Path, ending: Ending) -> None:
    what = "logged to MLflow"
    if isinstance(event.errand, Examine):
        if network.exists():
            what = "looked at"
        else:
            what = f"looked at, nor saved as best/{NETWORK}"
    cause = without_secrets(event.cause or "", ending.tracker.uri)
    ending.view.note(f"the best network could not be {what}: {cause}")


def _publish(sweep: RunningSweep, best: TrialRecord, weights: Path, uri: str, run: str) -> Publish:
    """The errand that logs the best network."""
    metadata = {
        "sweep": sweep.spec.name,
        "trial": best.trial.number,
        "seed": best.trial.seed,
        **usage(sweep.data),
        "data_fingerprint": sweep.data.fingerprint,
    }
    return Publish(best.trial.point, weights, uri, run, metadata)
