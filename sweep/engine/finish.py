"""The end of a sweep: the sorted table, the best network, and MLflow's parent run."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sweep.analysis.rows import csv_table
from sweep.engine.inspect import draw, request
from sweep.engine.trials import Sweep
from sweep.errors import StoreError
from sweep.execute.seam import EXAMINER, PUBLISHER
from sweep.files import write_whole
from sweep.secrets import without_secrets
from sweep.store.weights import BEST, NETWORK, usage, weights_file, write_best, write_network
from sweep.trial.events import Ended
from sweep.trial.record import State, TrialRecord

# How long the end of a sweep waits for MLflow to have taken everything, in seconds.
FLUSH_PATIENCE = 60.0


def finish(sweep: Sweep, check_signals: Callable[[], None]) -> None:
    """Does what follows the last trial. Doing it twice is harmless: whoever was interrupted begins
    again."""
    sweep.records.sort(key=lambda r: r.trial.number)
    write_whole(sweep.table_file, csv_table(sweep.spec, sweep.records))
    best = sweep.standings.best
    seen: Path | None = None
    if best is not None:
        write_best(sweep.ledger.folder, sweep.spec, best, sweep.data)
        seen = _look_at(sweep, best.best, check_signals)
    sweep.tracker.repair(tuple(sweep.records))
    if best is not None and seen is not None:
        sweep.tracker.attach(best.best.trial.number, seen)
    sweep.tracker.finish(
        "FINISHED", [sweep.ledger.folder / "space.yaml", sweep.table_file], best_score(sweep)
    )
    if not sweep.tracker.wait(FLUSH_PATIENCE, check_signals):
        sweep.view.note(f"MLflow has not taken everything within {FLUSH_PATIENCE:.0f} s")


def keep_so_far(sweep: Sweep) -> None:
    """Does what follows an interruption: the best network so far goes into `best/`, and one line
    names it."""
    best = sweep.standings.best
    if best is None:
        return
    metric = sweep.spec.objective.metric
    where = f"its network is in {sweep.ledger.folder / BEST}"
    try:
        write_best(sweep.ledger.folder, sweep.spec, best, sweep.data)
        if not (sweep.ledger.folder / BEST / NETWORK).exists():
            where += f" ({NETWORK} follows at the end of the sweep)"
    except (StoreError, OSError) as error:
        where = f"{BEST} could not be written: {error}"
    sweep.view.note(f"best so far: {metric} {best.score(metric)} ({best.title}); {where}")


def best_score(sweep: Sweep) -> dict[str, float]:
    """The metric of MLflow's parent run: the objective of the best configuration so far."""
    best, metric = sweep.standings.best, sweep.spec.objective.metric
    return {} if best is None else {f"best_{metric}": best.value(metric)}


def _look_at(sweep: Sweep, best: TrialRecord, check_signals: Callable[[], None]) -> Path | None:
    """Draws what the best network sees, saves it whole in `best/`, and logs it as a model; its
    processes work at the same time. Returns the folder of what was drawn."""
    weights = weights_file(sweep.ledger.folder, best.trial.number)
    if not weights.exists():
        sweep.view.note(f"{weights} is gone: the best network is neither looked at nor saved")
        return None
    seen: Path | None = None
    sweep.view.note("looking at the best network, and logging it to MLflow")
    # Its processes may go on for a moment where this is interrupted.
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        output, network = Path(scratch) / "examination.npz", Path(scratch) / NETWORK
        sweep.executor.examine(request(best, weights, output, network))
        waiting = {EXAMINER}
        if (
            sweep.tracker.wait(FLUSH_PATIENCE, check_signals)
            and sweep.tracker.parent_run is not None
        ):
            sweep.executor.publish(_model(sweep, best, weights, sweep.tracker.parent_run))
            waiting.add(PUBLISHER)
        from sweep.analysis import inspection  # noqa: F401 heavy: what draws is imported while these processes work

        while waiting:
            for event in sweep.executor.events():
                if isinstance(event, Ended) and event.number in waiting:
                    waiting.remove(event.number)
                    if event.number == EXAMINER and network.exists():
                        write_network(sweep.ledger.folder, network)
                    if event.state is not State.COMPLETE:
                        what = _undone(event.number, network)
                        cause = without_secrets(event.cause or "", sweep.tracker.uri)
                        sweep.view.note(f"the best network could not be {what}: {cause}")
                    elif event.number == EXAMINER:
                        seen = draw(
                            sweep.spec, best, sweep.data.classes, sweep.ledger.folder, output
                        ).folder
            check_signals()
    return seen


def _undone(number: int, network: Path) -> str:
    """What the process `number` did not do, for a person."""
    if number == PUBLISHER:
        return "logged to MLflow"
    return "looked at" if network.exists() else f"looked at, nor saved as best/{NETWORK}"


def _model(sweep: Sweep, best: TrialRecord, weights: Path, run: str) -> dict[str, Any]:
    """What `Executor.publish` is given."""
    return {
        "point": best.trial.point.model_dump(),
        "weights": str(weights),
        "tracking_uri": sweep.tracker.uri,
        "run_id": run,
        "metadata": {
            "sweep": sweep.spec.name,
            "trial": best.trial.number,
            "seed": best.trial.seed,
            **usage(sweep.data),
            "data_fingerprint": sweep.data.fingerprint,
        },
    }
