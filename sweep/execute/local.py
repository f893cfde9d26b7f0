"""Runs trials as local processes, forked from one server that holds TensorFlow and the data.

Tested in tests/execute/test_executors.py.
"""

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
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import IO

from sweep.errors import DataError, Problem, SweepError
from sweep.execute import machine, wire
from sweep.space import DataSpec
from sweep.trial import Done, Ended, Event, Finishing, Task, Train, codec, failed

# Seconds that `events` waits at most: the caller must handle signals and draw.
PATIENCE = 0.5


@dataclass
class _Running:
    """A forked process: its task, its channel, its output, and the end that it reported."""

    task: Task
    channel: socket.socket
    output: IO[bytes]
    gpu: str | None = None
    outcome: Ended | Done | None = None
    has_worker: bool = True
    finishing: bool = False
    told_to_stop: bool = False


def allow_many_files() -> None:
    """Lets this process open as many files as the machine allows.

    Each trial needs a channel and a file, and the usual limit is about a thousand.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class LocalExecutor:
    """Runs tasks in local processes.

    The server starts at once. Tasks wait in its queue until TensorFlow is imported.
    """

    def __init__(self, data: DataSpec, workers: int, gpus: Sequence[str] | None = None) -> None:
        self.capacity = workers
        self._gpus = machine.gpus() if gpus is None else gpus
        # By ticket: the number that identifies a process to the server.
        self._running: dict[int, _Running] = {}
        self._waiting: list[int] = []
        self._last_ticket = 0
        self._selector = selectors.DefaultSelector()
        self._control, theirs = wire.pair()
        self._server_output = tempfile.TemporaryFile()  # noqa: SIM115 close() closes it
        with theirs:
            self._server = subprocess.Popen(
                # -P: a file in the current folder must not replace a module.
                [sys.executable, "-P", "-m", "sweep.execute.server"],
                stdin=theirs.fileno(),
                stdout=self._server_output,
                stderr=self._server_output,
                env={**os.environ, **machine.TENSORFLOW},
            )
        self._selector.register(self._control, selectors.EVENT_READ, None)
        raw = {**vars(data), "path": None if data.path is None else str(data.path)}
        wire.send(self._control, {"kind": "hello", "data": raw})

    def submit(self, task: Task) -> None:
        """Asks the server to fork a process for the task. A trial trains once it has a worker."""
        self._fork(task, self._freest_gpu() if isinstance(task, Train) else None)

    def _fork(self, task: Task, gpu: str | None) -> None:
        is_trial = isinstance(task, Train)
        self._last_ticket += 1
        ticket = self._last_ticket
        if is_trial:
            self._waiting.append(ticket)
        ours, theirs = wire.pair()
        output = tempfile.TemporaryFile()  # noqa: SIM115 closed when the process has ended
        self._running[ticket] = _Running(task, ours, output, gpu, has_worker=not is_trial)
        self._selector.register(ours, selectors.EVENT_READ, ticket)
        # Before the fork, so the process knows at its start whether it has a worker.
        self._give_workers()
        request = {"ticket": ticket, "task": codec.to_message(task), "gpu": gpu}
        with theirs:
            try:
                wire.send(self._control, request, (theirs.fileno(), output.fileno()))
            except ConnectionError:
                raise self._server_is_gone() from None

    def stop(self, number: int) -> None:
        """Tells a trial to stop; does nothing if it is gone."""
        for running in self._running.values():
            is_it = isinstance(running.task, Train) and running.task.number == number
            if is_it and not running.told_to_stop:
                running.told_to_stop = True
                self._tell(running, "stop")

    def events(self) -> list[Event]:
        """The events since the last call. Raises `SweepError` if the server is gone."""
        found: list[Event] = []
        for key, _ in self._selector.select(PATIENCE):
            ticket: int | None = key.data
            if ticket is None:
                found += self._from_server()
            elif ticket in self._running:
                found += self._from_process(self._running[ticket])
        return found

    def close(self) -> None:
        """Ends the server, and with it every trial. A second call does nothing."""
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
        """Gives free workers to the trials that have waited longest."""
        free = self.capacity - sum(running.has_worker for running in self._running.values())
        going, self._waiting = self._waiting[: max(free, 0)], self._waiting[max(free, 0) :]
        for ticket in going:
            self._running[ticket].has_worker = True
            self._tell(self._running[ticket], "go")

    def _tell(self, running: _Running, kind: str) -> None:
        # A process that is gone needs no message; its end is about to be reported.
        with contextlib.suppress(ConnectionError):
            wire.send(running.channel, {"kind": kind})

    def _freest_gpu(self) -> str | None:
        """The GPU with the fewest trials that continue; None without GPUs."""
        taken = Counter(
            r.gpu for r in self._running.values() if not (r.finishing or r.told_to_stop)
        )
        return min(self._gpus, key=lambda gpu: taken[gpu], default=None)

    def _from_server(self) -> list[Event]:
        received = wire.receive(self._control)
        if received is None:
            raise self._server_is_gone()
        message = received[0]
        match message["kind"]:
            case "exit":
                return self._ended(message["ticket"], message["status"], message["memory"])
            case "data error":
                raise DataError.of([Problem(**problem) for problem in message["problems"]])
            case "import error":
                cause = message["cause"].strip().splitlines()[-1]
                what = f"TensorFlow cannot be imported: {cause}"
                raise SweepError(what, "install the project again")
            case _:
                return [codec.to_event(message)]

    def _from_process(self, running: _Running) -> list[Event]:
        """The next event of a process. Its end is withheld until the process is gone."""
        received = wire.receive(running.channel)
        if received is None:
            self._selector.unregister(running.channel)
            return []
        event = codec.to_event(received[0])
        if isinstance(event, Ended | Done):
            running.outcome = event
            return []
        if isinstance(event, Finishing):
            running.finishing = True
        return [event]

    def _ended(self, ticket: int, status: int, memory: int) -> list[Event]:
        """The last events of a process that is gone: the rest of its channel, then its end."""
        running = self._running[ticket]
        events: list[Event] = []
        while running.channel in self._selector.get_map():
            events += self._from_process(running)
        outcome = running.outcome or failed(running.task, _cause(status, running.output))
        if isinstance(outcome, Ended):
            outcome = replace(outcome, memory=memory)
        running.channel.close()
        running.output.close()
        del self._running[ticket]
        self._waiting = [waiting for waiting in self._waiting if waiting != ticket]
        self._give_workers()
        return [*events, outcome]

    def _server_is_gone(self) -> SweepError:
        # It has closed its end of the channel, so it is gone or about to be.
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
    """Why a process ended without a report: its signal or status, and its last line of output."""
    output.seek(0)
    lines = output.read()[-4000:].decode(errors="replace").strip().splitlines()
    said = ""
    if lines:
        said = f": {lines[-1][:300]}"
    if status >= 0:
        return f"exit status {status}{said}"
    hint = ""
    if -status == signal.SIGKILL:
        hint = ", perhaps because memory ran out"
    return f"killed by {signal.Signals(-status).name}{hint}{said}"
