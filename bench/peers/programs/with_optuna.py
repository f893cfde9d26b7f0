"""Optuna, Keras and MLflow, as their documentation puts them together.

One job, or several as threads of this process (`n_jobs`), need no storage: Optuna's own, in memory,
is the fastest. With `--processes` the jobs are processes that share a study in a journal file, as
Optuna advises where the processor is what trials wait for. MLflow has one parent run and one child
run a trial, in SQLite.
"""

import os
from multiprocessing import Pool
from pathlib import Path

from workloads import DROPOUT, LEARNING_RATE, Task, Workload, one_thread_each, parse, report

task = parse()
if task.processes:
    one_thread_each()

import keras_task  # noqa: E402 the number of threads must be said before
import mlflow  # noqa: E402
import optuna  # noqa: E402

STUDY = "race"
JOURNAL = "journal.log"


class Objective:
    """One trial: suggested hyperparameters, a training, a child run of `parent`."""

    def __init__(self, workload: Workload, parent: str) -> None:
        self.workload = workload
        self.parent = parent

    def __call__(self, trial: optuna.Trial) -> float:
        learning_rate = trial.suggest_float("learning_rate", *LEARNING_RATE, log=True)
        dropout = trial.suggest_float("dropout", *DROPOUT)
        with mlflow.start_run(
            run_name=f"trial-{trial.number}", nested=True, parent_run_id=self.parent
        ):
            mlflow.log_params(trial.params)
            if task.jobs == 1 or task.processes:
                # Where threads train, this would pull the ground from under the other one.
                keras_task.keras.backend.clear_session()
            metrics = keras_task.train(self.workload, learning_rate, dropout)
            mlflow.log_metrics(metrics)
        return metrics["val_accuracy"]


def in_threads(task: Task, parent: str) -> optuna.Study:
    """One process; with one job TensorFlow has all cores for one trial."""
    study = optuna.create_study(direction="maximize")
    study.optimize(
        Objective(task.workload, parent), n_trials=task.workload.trials, n_jobs=task.jobs
    )
    return study


def in_processes(task: Task, pool: Pool, parent: str) -> optuna.Study:
    """The trials, dealt out evenly to the processes of `pool`."""
    study = optuna.create_study(direction="maximize", study_name=STUDY, storage=journal())
    share, rest = divmod(task.workload.trials, task.jobs)
    pool.starmap(
        work,
        [(task.workload, parent, share + (job < rest)) for job in range(task.jobs)],
        chunksize=1,
    )
    return study


def work(workload: Workload, parent: str, trials: int) -> None:
    """What one process of the pool does."""
    set_up()
    study = optuna.load_study(study_name=STUDY, storage=journal())
    study.optimize(Objective(workload, parent), n_trials=trials)


def journal() -> optuna.storages.JournalStorage:
    return optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(JOURNAL))


def set_up() -> None:
    """Says where MLflow writes, and keeps Optuna quiet."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    mlflow.set_tracking_uri(f"sqlite:///{Path('mlflow.db').resolve()}")
    mlflow.set_experiment(STUDY)


def main() -> None:
    # Forked before anything of TensorFlow or MLflow runs: no process imports either a second time.
    pool = Pool(task.jobs) if task.processes else None
    set_up()
    with mlflow.start_run(run_name=STUDY) as parent:
        if pool is None:
            study = in_threads(task, parent.info.run_id)
        else:
            with pool:
                study = in_processes(task, pool, parent.info.run_id)
        mlflow.log_metric("best_val_accuracy", study.best_value)
    values = [t.value for t in study.get_trials(states=[optuna.trial.TrialState.COMPLETE])]
    report(values, ["optuna", "mlflow"])


if __name__ == "__main__":
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    main()
