"""One trial in its own process: plain values in, messages out."""

import select
import socket

import keras
import tensorflow as tf

from sweep.data.dataset import Dataset
from sweep.execute.wire import receive, send
from sweep.train.clock import Clock
from sweep.train.dense import Dense
from sweep.train.loop import Batches, Diverged, Images, NearEnd, Stopped, Trainer, run
from sweep.train.network import build_cnn
from sweep.trial.record import Evaluation, Trace
from sweep.trial.tasks import Job


def run_trial(job: Job, data: Dataset, channel: socket.socket, clock: Clock) -> None:
    """Trains one network and says over `channel` what it sees: `evaluation`, `trace` and
    `finishing` messages, then one of `complete`, `diverged` and `stopped`. It is made ready, and
    then waits for the message `go`; anything else that arrives, and the end of the channel, mean
    stop."""
    clock.lap("fork")
    try:
        trainer = _ready(job, data, clock)
        _start(channel)
        clock.lap("wait")
        for seen in run(
            trainer, job.point, job.evaluate_at, data.validation, lambda: _readable(channel), clock
        ):
            send(channel, _message(seen))
    except Diverged as error:
        send(channel, {"kind": "diverged", "cause": str(error), "step": error.step})
    except Stopped:
        send(channel, {"kind": "stopped"})
    else:
        job.weights.parent.mkdir(parents=True, exist_ok=True)
        trainer.model.save_weights(job.weights)
        clock.lap("save")
        send(channel, {"kind": "complete", "spent": vars(clock.spent)})


def _start(channel: socket.socket) -> None:
    """Waits for a worker, and says when there is one. Raises `Stopped` where there will be none."""
    message = receive(channel)
    if message is None or message[0]["kind"] != "go":
        raise Stopped
    send(channel, {"kind": "started"})


def _ready(job: Job, data: Dataset, clock: Clock) -> Trainer:
    """All that comes before the first step."""
    tf.config.threading.set_intra_op_parallelism_threads(job.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    # What Grappler saves a step is nothing that can be measured; what it takes is a tenth of a
    # second.
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    keras.utils.set_random_seed(job.seed)
    tf.constant(0)
    clock.lap("begin")
    images = Images(data)
    clock.lap("data")
    dense = keras.layers.Dense if tf.config.list_physical_devices("GPU") else Dense
    model = build_cnn(job.point, data.summary.shape, len(data.summary.classes), dense)
    trainer = Trainer(model, job.point, images, Batches(data.train, job.point.batch_size, job.seed))
    clock.lap("build")
    trainer.compile()
    clock.lap("compile")
    return trainer


def _message(seen: Evaluation | Trace | NearEnd) -> dict[str, object]:
    match seen:
        case Evaluation():
            return {"kind": "evaluation", **vars(seen)}
        case Trace():
            return {"kind": "trace", **vars(seen)}
        case NearEnd():
            return {"kind": "finishing"}


def _readable(channel: socket.socket) -> bool:
    return bool(select.select([channel], [], [], 0)[0])
