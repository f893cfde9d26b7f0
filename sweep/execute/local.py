"""Runs trials as processes of this machine, each forked from one server that holds TensorFlow and
the data."""

import contextlib
import os
import resource
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import IO, Any

from sweep.errors import DataError, Problem, SweepError
from sweep.execute import machine, wire
from sweep.execute.seam import EXAMINER, PUBLISHER
from sweep.space.spec import DataSpec
from sweep.trial.events import Ended, Evaluated, Event, Finishing, Spent, Started, Traced
from sweep.trial.images import DataSummary
from sweep.trial.record import Evaluation, State, Trace
from sweep.trial.tasks import Job

# How long `events` waits, so that the caller sees signals and can draw, in seconds.
PATIENCE = 0.5


@dataclass
class _Running:
    """One forked process: its channel, what it printed, and what it said about its end."""

    channel: socket.socket
    output: IO[bytes]
    gpu: str | None = None
    outcome: Ended | None = None
    has_worker: bool = True
    finishing: bool = False
    told_to_stop: bool = False


class LocalExecutor:
    """Processes of this machine. The server starts at once; `data` waits for the images, and jobs
    that are submitted before TensorFlow is imported wait in its queue."""

    def __init__(self, data: DataSpec, workers: int, gpus: Sequence[str] | None = None) -> None:
        # Each process has a channel and a file; what it may have open is often a thousand, and it
        # may set that higher.
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        self.capacity = workers
        self._gpus = machine.gpus() if gpus is None else gpus
        self._running: dict[int, _Running] = {}
        self._waiting: list[int] = []
        self._selector = selectors.DefaultSelector()
        self._summary: DataSummary | None = None
        self._control, theirs = wire.pair()
        self._server_output = tempfile.TemporaryFile()  # noqa: SIM115 close() closes it
        with theirs:
            self._server = subprocess.Popen(
                # -P: a file in the current folder must not stand in for a module.
                [sys.executable, "-P", "-m", "sweep.execute.server"],
                stdin=theirs.fileno(),
                stdout=self._server_output,
                stderr=self._server_output,
                env={**os.environ, **machine.TENSORFLOW},
            )
        self._selector.register(self._control, selectors.EVENT_READ, None)
        raw = {**vars(data), "path": None if data.path is None else str(data.path)}
        wire.send(self._control, {"kind": "hello", "data": raw})

    def data(self) -> DataSummary | None:
        """The data that every job trains on; None until `events` has seen them loaded."""
        return self._summary

    def submit(self, job: Job) -> None:
        """Has the job forked as soon as the server can; it trains as soon as it has a worker."""
        gpu = self._freest_gpu()
        self._waiting.append(job.number)
        self._fork(
            job.number,
            {"kind": "trial", "number": job.number, "job": job.to_json(), "gpu": gpu},
            gpu,
        )

    def publish(self, model: Mapping[str, Any]) -> None:
        """Logs a network to MLflow in a process of its own."""
        self._fork(PUBLISHER, {"kind": "publish", "number": PUBLISHER, "model": dict(model)})

    def examine(self, model: Mapping[str, Any]) -> None:
        """Examines a network in a process of its own."""
        self._fork(EXAMINER, {"kind": "examine", "number": EXAMINER, "model": dict(model)})

    def stop(self, number: int) -> None:
        """Tells a trial to stop; one that is gone already is left alone."""
        running = self._running.get(number)
        if running is not None and not running.told_to_stop:
            running.told_to_stop = True
            self._tell(running, "stop")

    def events(self) -> list[Event]:
        """What happened since the last call. Raises `SweepError` where the server is gone."""
        found: list[Event] = []
        for key, _ in self._selector.select(PATIENCE):
            number: int | None = key.data
            if number is None:
                found += self._from_server()
            elif number in self._running:
                found += self._from_trial(number, self._running[number])
        return found

    def close(self) -> None:
        """Ends the server, and with it every trial; a second time does nothing."""
        self._control.close()
        self._server.kill()
        self._server.wait()
        for running in self._running.values():
            running.channel.close()
            running.output.close()
        self._running.clear()
        self._selector.close()
        self._server_output.close()

    def _give_workers(self) -> None:
        """Lets those go on that have waited longest, as many as there are free workers."""
        free = self.capacity - sum(running.has_worker for running in self._running.values())
        going, self._waiting = self._waiting[: max(free, 0)], self._waiting[max(free, 0) :]
        for number in going:
            self._running[number].has_worker = True
            self._tell(self._running[number], "go")

    def _tell(self, running: _Running, kind: str) -> None:
        # One that is gone has no use for it, and its end is about to be told.
        with contextlib.suppress(ConnectionError):
            wire.send(running.channel, {"kind": kind})

    def _freest_gpu(self) -> str | None:
        """The GPU with the fewest trials that go on, if there is one."""
        taken = Counter(
            r.gpu for r in self._running.values() if not (r.finishing or r.told_to_stop)
        )
        return min(self._gpus, key=lambda gpu: taken[gpu], default=None)

    def _fork(self, number: int, request: dict[str, Any], gpu: str | None = None) -> None:
        ours, theirs = wire.pair()
        output = tempfile.TemporaryFile()  # noqa: SIM115 closed when the process has ended
        self._running[number] = _Running(ours, output, gpu, has_worker=number not in self._waiting)
        self._selector.register(ours, selectors.EVENT_READ, number)
        # Before there is a process, which then knows at its start whether it has a worker.
        self._give_workers()
        with theirs:
            try:
                wire.send(self._control, request, (theirs.fileno(), output.fileno()))
            except ConnectionError:
                raise self._server_is_gone() from None

    def _from_server(self) -> list[Event]:
        received = wire.receive(self._control)
        if received is None:
            raise self._server_is_gone()
        message = received[0]
        match message.pop("kind"):
            case "data":
                self._summary = DataSummary.from_json(message)
            case "data error":
                raise DataError.of([Problem(**problem) for problem in message["problems"]])
            case "import error":
                cause = message["cause"].strip().splitlines()[-1]
                raise SweepError(
                    f"TensorFlow cannot be imported: {cause}", "install the project again"
                )
            case "exit":
                return self._ended(message["number"], message["status"], message["memory"])
        return []

    def _from_trial(self, number: int, running: _Running) -> list[Event]:
        received = wire.receive(running.channel)
        if received is None:
            self._selector.unregister(running.channel)
            return []
        message = received[0]
        match message.pop("kind"):
            case "started":
                return [Started(number)]
            case "finishing":
                running.finishing = True
                return [Finishing(number)]
            case "evaluation":
                return [Evaluated(number, Evaluation(**message))]
            case "trace":
                probabilities = tuple(message.pop("probabilities"))
                return [Traced(number, Trace(probabilities=probabilities, **message))]
            case "complete":
                spent = Spent(**message["spent"]) if "spent" in message else None
                running.outcome = Ended(number, State.COMPLETE, spent=spent)
            case "stopped":
                running.outcome = Ended(number, State.PRUNED)
            case "diverged":
                running.outcome = Ended(number, State.DIVERGED, message["cause"], message["step"])
            case "failed":
                running.outcome = Ended(number, State.FAILED, message["cause"])
        return []

    def _ended(self, number: int, status: int, memory: int) -> list[Event]:
        """The last events of a process that is gone: what is still in its channel, then its end."""
        running = self._running[number]
        events: list[Event] = []
        while running.channel in self._selector.get_map():
            events += self._from_trial(number, running)
        ended = running.outcome or Ended(number, State.FAILED, _cause(status, running.output))
        running.channel.close()
        running.output.close()
        del self._running[number]
        self._waiting = [waiting for waiting in self._waiting if waiting != number]
        self._give_workers()
        return [*events, replace(ended, memory=memory)]

    def _server_is_gone(self) -> SweepError:
        # It has closed its end of the channel, so it is about to be gone if it is not.
        try:
            status = self._server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._server.kill()
            status = self._server.wait()
        what = _cause(status, self._server_output)
        return SweepError(
            f"the process that starts the trials ended: {what}",
            "give the same command again to go on",
        )


def _cause(status: int, output: IO[bytes]) -> str:
    """Why a process ended that did not say so: its signal or status, and the last line it
    printed."""
    output.seek(0)
    lines = output.read()[-4000:].decode(errors="replace").strip().splitlines()
    said = f": {lines[-1][:300]}" if lines else ""
    if status >= 0:
        return f"exit status {status}{said}"
    hint = ", perhaps because memory ran out" if -status == signal.SIGKILL else ""
    return f"killed by {signal.Signals(-status).name}{hint}{said}"
