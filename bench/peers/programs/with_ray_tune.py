"""Ray Tune with OptunaSearch: as many trials at once as there are jobs, each with one processor and
one thread.

`reuse_actors` keeps the worker processes from trial to trial, so that TensorFlow is imported and
the images are read once in each of them.
"""

import os

import ray
from ray import tune
from ray.tune.search.optuna import OptunaSearch
from workloads import DROPOUT, LEARNING_RATE, ONE_THREAD, Task, parse, report


def run(task: Task) -> tune.ResultGrid:
    """All trials."""
    workload = task.workload

    def trainable(config: dict[str, float]) -> dict[str, float]:
        import keras_task  # imported here: the process that drives needs no TensorFlow

        keras_task.keras.backend.clear_session()
        return keras_task.train(workload, config["learning_rate"], config["dropout"])

    tuner = tune.Tuner(
        tune.with_resources(trainable, {"cpu": 1}),
        param_space={
            "learning_rate": tune.loguniform(*LEARNING_RATE),
            "dropout": tune.uniform(*DROPOUT),
        },
        tune_config=tune.TuneConfig(
            metric="val_accuracy",
            mode="max",
            search_alg=OptunaSearch(),
            num_samples=workload.trials,
            max_concurrent_trials=task.jobs,
            reuse_actors=True,
        ),
        run_config=tune.RunConfig(
            storage_path=os.path.abspath("ray_results"), name="race", verbose=0
        ),
    )
    return tuner.fit()


def main() -> None:
    task = parse()
    ray.init(
        num_cpus=task.jobs,
        include_dashboard=False,
        log_to_driver=False,
        runtime_env={"env_vars": ONE_THREAD},
    )
    results = run(task)
    accuracies = [result.metrics["val_accuracy"] for result in results if result.error is None]
    ray.shutdown()
    report(accuracies, ["ray", "optuna"])


if __name__ == "__main__":
    main()
