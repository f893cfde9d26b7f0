"""Ray Tune: OptunaSearch with ASHAScheduler, trials with one processor and one thread each."""

import os
from pathlib import Path
from typing import Any

import optuna
import ray
from in_optuna import suggest
from ray import tune
from ray.tune.schedulers import ASHAScheduler
from ray.tune.search.optuna import OptunaSearch
from space import EVALUATIONS, parse
from workloads import ONE_THREAD

# More than the time allows for.
TRIALS = 100_000
FOLDER = Path.cwd()


def space(trial: optuna.Trial) -> None:
    """Suggests a point; what is suggested, Ray sees for itself."""
    suggest(trial)


def trainable(point: dict[str, Any], folder: Path) -> None:
    """One trial, which Ray may end after any epoch."""
    import keras_quality  # imported here: the process that drives needs no TensorFlow

    os.chdir(folder)  # where its trials are noted; Ray gives each trial a folder of its own
    keras_quality.keras.backend.clear_session()
    model = keras_quality.build(point)

    def on_epoch_end(epoch: int, logs: dict[str, float]) -> None:
        # Ray ends a trial as soon as its last epoch is reported, so it is noted before.
        if epoch + 1 == EVALUATIONS:
            keras_quality.keeper().keep(model, point, logs["val_accuracy"])
        tune.report({"val_accuracy": logs["val_accuracy"]})

    keras_quality.fit(
        model, point, [keras_quality.keras.callbacks.LambdaCallback(on_epoch_end=on_epoch_end)]
    )


def main() -> None:
    given = parse()
    ray.init(
        num_cpus=given.jobs,
        include_dashboard=False,
        log_to_driver=False,
        runtime_env={"env_vars": ONE_THREAD},
    )
    tuner = tune.Tuner(
        tune.with_resources(tune.with_parameters(trainable, folder=FOLDER), {"cpu": 1}),
        tune_config=tune.TuneConfig(
            search_alg=OptunaSearch(space, metric="val_accuracy", mode="max", seed=given.seed),
            scheduler=ASHAScheduler(metric="val_accuracy", mode="max", max_t=EVALUATIONS),
            num_samples=TRIALS,
            max_concurrent_trials=given.jobs,
            reuse_actors=True,
        ),
        run_config=tune.RunConfig(
            storage_path=str(FOLDER / "ray_results"), name="quality", verbose=0
        ),
    )
    tuner.fit()


if __name__ == "__main__":
    main()
