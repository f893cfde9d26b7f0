"""A tiny network in training."""

import keras

from sweep.data.dataset import Dataset
from sweep.space.hyperparams import Hyperparams
from sweep.train.dense import Dense
from sweep.train.loop import Batches, Images, Trainer
from sweep.train.network import build_cnn

TINY = {
    "filters": (4,),
    "kernel_size": 3,
    "dense": (8,),
    "batch_size": 16,
    "steps": 40,
    "learning_rate": 0.01,
}


def trainer(data: Dataset, seed: int = 0, **knobs: object) -> tuple[Trainer, Hyperparams]:
    point = Hyperparams(**{**TINY, **knobs})
    keras.utils.set_random_seed(seed)
    model = build_cnn(point, data.summary.shape, len(data.summary.classes), Dense)
    return Trainer(model, point, Images(data), Batches(data.train, point.batch_size, seed)), point


def every(interval: int, last: int) -> tuple[int, ...]:
    """Evaluations after every so many steps, and after the last one."""
    return (*range(interval, last, interval), last)
