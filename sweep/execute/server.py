"""The fork server: imports TensorFlow and loads the data once; every trial is forked from it.

It runs as `python -m sweep.execute.server`; standard input is its end of the control channel. It
runs no TensorFlow operation, so TensorFlow's threads start in the trials. It ignores SIGINT from
its first line, because the coordinator handles Ctrl-C. It and its trials die with the coordinator.

Tested in tests/execute/test_executors.py.
"""

import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)

import ctypes
import gc
import os
import select
import socket
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

from sweep.data import dataset
from sweep.errors import Problem, SweepError
from sweep.execute import wire
from sweep.space import DataSpec
from sweep.trial import Done, Event, Examine, Loaded, Publish, Reading, Task, Train, codec, failed

# Seconds between two messages on how many images have been read.
TELL_EVERY = 0.25
_PR_SET_PDEATHSIG = 1  # prctl(2)


def main() -> None:
    """Serves until the control channel ends."""
    control = socket.socket(fileno=os.dup(0))
    _die_with(os.getppid())
    hello = wire.receive(control)
    if hello is None:
        return
    # Reading and hashing images releases the GIL. The thread is gone before the first fork.
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(_load, control, hello[0]["data"])
        problem = _import_tensorflow()
    data = loading.result()
    if data is None:
        return
    if problem is not None:
        wire.send(control, {"kind": "import error", "cause": problem})
        return
    _serve(control, data)


def _load(control: socket.socket, raw: dict[str, Any]) -> dataset.Dataset | None:
    """Loads the data and sends their summary; if that fails, sends the error and returns None."""
    spec = DataSpec.from_json(raw)
    told = time.monotonic()

    def progress(done: int, total: int) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= TELL_EVERY or done == total:
            told = now
            wire.send(control, codec.to_message(Reading(done, total)))

    try:
        data = dataset.load(spec, progress)
    except SweepError as error:
        problems = error.problems
    except MemoryError:
        what = "the images do not fit into memory"
        problems = (Problem(what, "use fewer or smaller images", spec.label),)
    else:
        wire.send(control, codec.to_message(Loaded(data.summary)))
        return data
    wire.send(control, {"kind": "data error", "problems": [vars(problem) for problem in problems]})
    return None


def _import_tensorflow() -> str | None:
    """Imports everything that a trial needs. Returns the traceback of a failure, else None."""
    # The libraries' objects stay alive. Collecting garbage among them takes a tenth of the time,
    # here and in every trial.
    gc.disable()
    try:
        import sweep.train.trial  # noqa: F401 heavy
    except Exception:
        return traceback.format_exc(limit=-3)
    gc.freeze()
    gc.enable()
    return None


def _serve(control: socket.socket, data: dataset.Dataset) -> None:
    children: dict[int, int] = {}
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready, _, _ = select.select([control.fileno(), wake], [], [])
        if wake in ready:
            os.read(wake, 4096)
            for pid, status, memory in _reap():
                gone = {"ticket": children.pop(pid), "status": status, "memory": memory}
                wire.send(control, {"kind": "exit", **gone})
        if control.fileno() in ready:
            received = wire.receive(control, files=2)
            if received is None:
                return
            request, files = received
            server = os.getpid()
            begun = time.perf_counter()
            pid = os.fork()
            if pid == 0:
                _die_with(server)
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                control.close()
                _child(request, files, data, begun)
            for file in files:
                os.close(file)
            children[pid] = request["ticket"]


def _reap() -> list[tuple[int, int, int]]:
    """The id, exit status and peak memory, in bytes, of each process that has ended."""
    gone: list[tuple[int, int, int]] = []
    while True:
        try:
            pid, status, used = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return gone
        if pid == 0:
            return gone
        gone.append((pid, os.waitstatus_to_exitcode(status), used.ru_maxrss * 1024))


def _child(
    request: dict[str, Any], files: list[int], data: dataset.Dataset, begun: float
) -> NoReturn:
    """Does one task and ends the process.

    `begun` is the time before the fork, by the clock that all processes share.
    """
    channel = socket.socket(fileno=files[0])
    errors = files[1]
    with open(os.devnull, "rb") as nothing:
        # Standard input is the server's end of the control channel; a task must not have it.
        os.dup2(nothing.fileno(), 0)
    os.dup2(errors, 1)
    os.dup2(errors, 2)
    if request["gpu"] is not None:
        # TensorFlow looks for GPUs at its first operation, which runs in this process.
        os.environ["CUDA_VISIBLE_DEVICES"] = request["gpu"]
    status = 0
    task = codec.to_task(request["task"])
    try:
        _do(task, data, channel, begun)
    except BrokenPipeError:
        status = 1
    except Exception as error:
        status = 1
        traceback.print_exc()
        what = str(error)
        if isinstance(error, SweepError):
            what = error.problems[0].message
        lines = what.strip().splitlines() or [""]
        ended = failed(task, f"{type(error).__name__}: {lines[0][:300]}")
        wire.send(channel, codec.to_message(ended))
    finally:
        os._exit(status)


def _do(task: Task, data: dataset.Dataset, channel: socket.socket, begun: float) -> None:
    """Does a task and sends its events over the channel; its end is the last."""

    def emit(event: Event) -> None:
        wire.send(channel, codec.to_message(event))

    match task:
        case Train():
            from sweep.train.clock import Clock
            from sweep.train.trial import run_trial  # imported here: heavy

            def should_stop() -> bool:
                # Any message now means stop, and so does the end of the channel.
                return bool(select.select([channel], [], [], 0)[0])

            run_trial(task, data, emit, should_stop, lambda: _has_worker(channel), Clock(begun))
        case Examine():
            from sweep.train.examine import examine  # imported here: heavy

            examine(task, data)
            emit(Done(task))
        case Publish():
            from sweep.train.publish import publish  # imported here: heavy

            publish(task, data.summary)
            emit(Done(task))


def _has_worker(channel: socket.socket) -> bool:
    """Waits for the coordinator's message; True if the trial goes on."""
    message = wire.receive(channel)
    return message is not None and message[0]["kind"] == "go"


def _die_with(parent: int) -> None:
    """Ends this process when `parent` ends, for any reason."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


if __name__ == "__main__":
    main()
