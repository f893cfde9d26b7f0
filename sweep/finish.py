"""The end of a sweep: the sorted table, the best network, and MLflow's parent run."""

from collections.abc import Callable, Sequence

from sweep.analysis.table import export, table, write_whole
from sweep.best import weights_file, write_best
from sweep.execute.seam import PUBLISHER, Ended
from sweep.record import State, TrialRecord, ranking
from sweep.trials import Sweep

# How long the end of a sweep waits for MLflow to have taken everything, in seconds.
FLUSH_PATIENCE = 60.0


def finish(sweep: Sweep, check_signals: Callable[[], None]) -> None:
    """Does what follows the last trial. Doing it twice is harmless: whoever was interrupted begins again."""
    sweep.records.sort(key=lambda r: r.trial.number)
    write_whole(sweep.table_file, export(table(sweep.spec, sweep.records), "csv"))
    best = ranking(sweep.records, sweep.spec.objective)
    metrics: dict[str, float] = {}
    if best:
        write_best(sweep.ledger.folder, sweep.spec, best[0])
        metric = sweep.spec.objective.metric
        metrics = {f"best_{metric}": best[0].metric(metric) or 0.0}
        _publish(sweep, best[0], check_signals)
    sweep.tracker.repair(tuple(sweep.records))
    sweep.tracker.finish("FINISHED", [sweep.ledger.folder / "space.yaml", sweep.table_file], metrics)
    if not sweep.tracker.wait(FLUSH_PATIENCE, check_signals):
        sweep.view.note(f"MLflow has not taken everything within {FLUSH_PATIENCE:.0f} s")


def _publish(sweep: Sweep, best: TrialRecord, check_signals: Callable[[], None]) -> None:
    """Logs the best network to the parent run, in a process that holds Keras and MLflow."""
    weights = weights_file(sweep.ledger.folder, best.trial.number)
    if (
        not sweep.tracker.wait(FLUSH_PATIENCE, check_signals)
        or sweep.tracker.parent_run is None
        or not weights.exists()
    ):
        return
    sweep.executor.publish(
        {
            "point": best.trial.point.model_dump(),
            "weights": str(weights),
            "tracking_uri": sweep.tracker.uri,
            "run_id": sweep.tracker.parent_run,
            "metadata": {
                "sweep": sweep.spec.name,
                "trial": best.trial.number,
                "seed": best.trial.seed,
                "classes": list(sweep.data.classes),
                "input": "images scaled to 0..1 by 255",
                "output": "logits",
                "data_fingerprint": sweep.data.fingerprint,
            },
        }
    )
    sweep.view.note("logging the best network to MLflow")
    ended: Sequence[Ended] = ()
    while not ended:
        ended = [e for e in sweep.executor.events() if isinstance(e, Ended) and e.number == PUBLISHER]
        check_signals()
    if ended[0].state is not State.COMPLETE:
        sweep.view.note(f"the best network could not be logged to MLflow: {ended[0].cause}")
