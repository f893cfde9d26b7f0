"""Optuna: TPE with Hyperband, the pair that its documentation advises, in processes that share a
journal file."""

from multiprocessing import Pool

from workloads import one_thread_each

one_thread_each()

import keras_quality  # noqa: E402 the number of threads must be said before
import optuna  # noqa: E402
from in_optuna import suggest  # noqa: E402
from optuna_integration import KerasPruningCallback  # noqa: E402
from space import EVALUATIONS, parse  # noqa: E402

STUDY = "quality"


def objective(trial: optuna.Trial) -> float:
    """One trial: a point, a training that may be pruned after any epoch."""
    keras_quality.keras.backend.clear_session()
    point = suggest(trial)
    model = keras_quality.build(point)
    metrics = keras_quality.fit(model, point, [KerasPruningCallback(trial, "val_accuracy")])
    keras_quality.keeper().keep(model, point, metrics["val_accuracy"])
    return metrics["val_accuracy"]


def work(seed: int) -> None:
    """Searches without end."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.load_study(
        study_name=STUDY,
        storage=journal(),
        sampler=optuna.samplers.TPESampler(seed=seed),
        pruner=optuna.pruners.HyperbandPruner(min_resource=1, max_resource=EVALUATIONS),
    )
    study.optimize(objective)


def journal() -> optuna.storages.JournalStorage:
    return optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend("journal.log"))


def main() -> None:
    given = parse()
    optuna.create_study(study_name=STUDY, storage=journal(), direction="maximize")
    with Pool(given.jobs) as pool:
        # Each process has a sampler of its own, and two of one seed would try the same points.
        pool.map(work, [given.seed * given.jobs + job for job in range(given.jobs)], chunksize=1)


if __name__ == "__main__":
    main()
