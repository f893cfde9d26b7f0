"""KerasTuner's RandomSearch, the tuner that its documentation begins with.

It runs one trial at a time, on all cores. With `--processes` it is distributed over this machine as
its guide says: a chief, which only suggests, and as many workers as there are jobs, each with one
thread.
"""

import json
from pathlib import Path

from keras_tuner_workers import distribute, is_started_by_distribute
from workloads import DROPOUT, LEARNING_RATE, Workload, parse, report

FOLDER, PROJECT = "keras_tuner", "race"


def search(workload: Workload) -> None:
    """All trials, or a worker's share of them, or the chief's part."""
    import keras_task  # imported here: a process that only starts others needs none of it
    import keras_tuner

    def build(hp: keras_tuner.HyperParameters) -> keras_task.keras.Model:
        learning_rate = hp.Float("learning_rate", *LEARNING_RATE, sampling="log")
        return keras_task.build(workload, learning_rate, hp.Float("dropout", *DROPOUT))

    tuner = keras_tuner.RandomSearch(
        build,
        objective="val_accuracy",
        max_trials=workload.trials,
        executions_per_trial=1,
        directory=FOLDER,
        project_name=PROJECT,
    )
    tuner.search(
        keras_task.training_data(workload.batch_size),
        epochs=1,
        steps_per_epoch=workload.steps,
        validation_data=keras_task.validation_data(),
        verbose=0,
    )


def scores() -> list[float]:
    """The validation accuracies of completed trials, from the files that KerasTuner keeps of
    them."""
    trials = [
        json.loads(file.read_text()) for file in Path(FOLDER, PROJECT).glob("trial_*/trial.json")
    ]
    return [trial["score"] for trial in trials if trial["status"] == "COMPLETED"]


def main() -> None:
    task = parse()
    if task.processes and not is_started_by_distribute():
        distribute(task.jobs)
    else:
        search(task.workload)
    report(scores(), ["keras-tuner"])


if __name__ == "__main__":
    main()
