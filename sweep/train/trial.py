"""Runs one trial: plain values in, events out."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sweep.data.dataset import Dataset
from sweep.train.augment import Augment
from sweep.train.clock import Clock
from sweep.train.dense import Dense
from sweep.train.loop import Batches, Diverged, Images, NearEnd, Stopped, Trainer, run
from sweep.train.network import build_cnn
from sweep.trial import (
    Ended,
    Evaluated,
    Evaluation,
    Event,
    Finishing,
    Improvement,
    Started,
    State,
    Trace,
    Traced,
    Train,
)


def run_trial(
    task: Train,
    data: Dataset,
    emit: Callable[[Event], None],
    should_stop: Callable[[], bool],
    has_worker: Callable[[], bool],
    clock: Clock,
) -> None:
    """Trains one network and passes every event to `emit`; `Ended` is the last.

    Once the network is ready, `has_worker` waits for a worker. It returns False if the trial shall
    stop instead.
    """
    clock.lap("fork")
    try:
        trainer = _ready(task, data, clock)
        if not has_worker():
            raise Stopped
        emit(Started(task.number))
        clock.lap("wait")
        judge = _Judge(task, trainer)
        for seen in run(trainer, task.point, task.evaluate_at, data.validation, should_stop, clock):
            emit(_event(task.number, seen))
            if isinstance(seen, Evaluation) and judge.ends(seen):
                break
    except Diverged as error:
        emit(Ended(task.number, State.DIVERGED, str(error), error.step))
    except Stopped:
        emit(Ended(task.number, State.PRUNED))
    else:
        judge.restore()
        task.weights.parent.mkdir(parents=True, exist_ok=True)
        trainer.model.save_weights(task.weights)
        clock.lap("save")
        emit(Ended(task.number, State.COMPLETE, spent=clock.spent))


class _Judge:
    """Ends a training that has stopped improving, and keeps the weights of its best evaluation if
    the trial is judged by that."""

    def __init__(self, task: Train, trainer: Trainer) -> None:
        self._keeps = task.objective.of == "best"
        self._patience = task.patience
        self._trainer = trainer
        self._improvement = Improvement(task.objective)
        self._weights: list[NDArray[np.generic]] | None = None

    def ends(self, evaluation: Evaluation) -> bool:
        """Takes the next evaluation, of the network as it is now; returns whether it is the last
        one."""
        is_best = self._improvement.add(evaluation)
        if is_best and self._keeps:
            self._weights = self._trainer.weights()
        return self._improvement.is_over(self._patience)

    def restore(self) -> None:
        """Brings the kept weights back into the network."""
        if self._weights is not None:
            self._trainer.restore(self._weights)


def _ready(task: Train, data: Dataset, clock: Clock) -> Trainer:
    """Does everything before the first step."""
    tf.config.threading.set_intra_op_parallelism_threads(task.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    # Grappler takes a tenth of a second, and its gain per step is too small to measure.
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    keras.utils.set_random_seed(task.seed)
    tf.constant(0)
    clock.lap("begin")
    images = Images(data)
    clock.lap("data")
    if tf.config.list_physical_devices("GPU"):
        dense = keras.layers.Dense
    else:
        dense = Dense
    model = build_cnn(task.point, data.summary.shape, len(data.summary.classes), dense)
    batches = Batches(data.train, task.point.batch_size, task.seed)
    augment = None
    if task.point.augments:
        augment = Augment(task.point, task.seed)
    trainer = Trainer(model, task.point, images, batches, augment)
    clock.lap("build")
    trainer.compile()
    clock.lap("compile")
    return trainer


def _event(number: int, seen: Evaluation | Trace | NearEnd) -> Event:
    match seen:
        case Evaluation():
            return Evaluated(number, seen)
        case Trace():
            return Traced(number, seen)
        case NearEnd():
            return Finishing(number)
