"""One trial in its own process: plain values in, messages out."""

import select
import socket

import keras
import tensorflow as tf

from sweep.data.dataset import Dataset
from sweep.execute.seam import Job
from sweep.execute.wire import send
from sweep.record import Evaluation
from sweep.train.clock import Clock
from sweep.train.loop import Batches, Diverged, Images, Stopped, Trainer, run
from sweep.train.network import build_cnn


def run_trial(job: Job, data: Dataset, channel: socket.socket, clock: Clock) -> None:
    """Trains one network and says over `channel` what it sees: `evaluation` and `trace` messages, then one of
    `complete`, `diverged` and `stopped`. Anything that arrives on the channel, and its end, mean stop."""
    clock.lap("fork")
    tf.config.threading.set_intra_op_parallelism_threads(job.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    # What Grappler saves a step is nothing that can be measured; what it takes is a tenth of a second.
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    keras.utils.set_random_seed(job.seed)
    tf.constant(0)
    clock.lap("begin")
    images = Images(data)
    clock.lap("data")
    model = build_cnn(job.point, data.summary.shape, len(data.summary.classes))
    trainer = Trainer(model, job.point, images, Batches(data.train, job.point.batch_size, job.seed))
    clock.lap("build")
    trainer.trace()
    clock.lap("trace")
    try:
        for seen in run(trainer, job.point, job.evaluate_at, data.validation, lambda: _readable(channel), clock):
            kind = "evaluation" if isinstance(seen, Evaluation) else "trace"
            send(channel, {"kind": kind, **vars(seen)})
    except Diverged as error:
        send(channel, {"kind": "diverged", "cause": str(error), "step": error.step})
    except Stopped:
        send(channel, {"kind": "stopped"})
    else:
        job.weights.parent.mkdir(parents=True, exist_ok=True)
        model.save_weights(job.weights)
        clock.lap("save")
        send(channel, {"kind": "complete", "spent": vars(clock.spent)})


def _readable(channel: socket.socket) -> bool:
    return bool(select.select([channel], [], [], 0)[0])
