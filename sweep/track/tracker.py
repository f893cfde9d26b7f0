"""MLflow's view of a sweep: one parent run, one child run per trial.

`Tracker` works in its own thread, in order and in batches, so no training and no suggestion waits
for MLflow. Everything in MLflow can be rebuilt from the ledger. Missing parts are written when a
sweep continues, and at its end.
"""

import json
import math
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from sweep.errors import StoreError
from sweep.space import METRICS, SweepSpec, Value
from sweep.track.store import attach, check_file, environment, open_client, store_error
from sweep.trial import DataSummary, Evaluation, State, TrialRecord

# Seconds between two batches of the running trials' runs, hyperparameters and metrics.
FLUSH_EVERY = 3.0
# Limits of one batch of MLflow's REST interface.
BATCH = 1000
PARAMETER_LENGTH = 6000

STATUS: Mapping[State, str] = {
    State.COMPLETE: "FINISHED",
    State.PRUNED: "KILLED",
    State.FAILED: "FAILED",
    State.DIVERGED: "FAILED",
}


# How a sweep can end, and MLflow's words for it.
End: TypeAlias = Literal["finished", "interrupted", "failed"]
ENDS: Mapping[End, str] = {
    "finished": "FINISHED",
    "interrupted": "KILLED",
    "failed": "FAILED",
}


@dataclass(frozen=True)
class Identity:
    """What identifies the parent run: the sweep's id, its spec, its data and the versions."""

    sweep_id: str
    spec: SweepSpec
    data: DataSummary
    versions: Mapping[str, str]


@dataclass
class _Unsent:
    """A running trial: its MLflow run, if created, and what has not been sent yet."""

    record: TrialRecord
    flat: Mapping[str, Value | None]
    run_id: str | None = None
    evaluations: list[Evaluation] = field(default_factory=list)
    best: Evaluation | None = None
    """The evaluation that an ended trial is judged by, if that need not be the last."""


def _nothing() -> None:
    """Does nothing."""


class Tracker:
    """Sends the events of a sweep to MLflow, from a thread that runs until `close`."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.failure: Exception | None = None
        self.parent_run: str | None = None
        self.experiment: str | None = None
        self._tasks: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._trials: dict[int, _Unsent] = {}
        self._client: Any = None
        self._fingerprint = ""
        self._identity: Identity | None = None
        self._flushed = time.monotonic()
        self._opened = threading.Event()
        self._thread = threading.Thread(target=self._work, name="mlflow", daemon=True)
        self._environment = ExitStack()
        self._environment.enter_context(environment())
        self._thread.start()

    def opened(self, timeout: float) -> bool:
        """Waits at most `timeout` seconds for the store's answer. Returns whether it answered.

        Raises `StoreError` if it refused.
        """
        answered = self._opened.wait(timeout)
        if self.failure is not None:
            raise self.store_error()
        return answered

    def store_error(self) -> StoreError:
        """The first failure of the store, for a person."""
        return store_error(self.uri, self.failure or TimeoutError("it does not answer"))

    def begin(self, identity: Identity, records: Sequence[TrialRecord]) -> None:
        """Finds or creates the parent run, and makes its trial runs match `records`.

        It adds missing runs of these finished trials, and deletes runs of interrupted ones.
        """
        self._put(lambda: self._begin(identity, records))

    def start(self, record: TrialRecord, flat: Mapping[str, Value | None]) -> None:
        """A trial begins: its run and hyperparameters are written within a few seconds."""
        self._put(lambda: self._start(record, flat))

    def evaluation(self, number: int, evaluation: Evaluation) -> None:
        """Sends an evaluation of a running trial, with others, within a few seconds."""
        self._put(lambda: self._trials[number].evaluations.append(evaluation))

    def end(self, record: TrialRecord) -> None:
        """A trial has ended: sends what was not sent yet, and its run's status."""
        self._put(lambda: self._end(record))

    def attach(self, number: int, folder: Path) -> None:
        """Copies the files of a folder to the run of a trial, below `inspect`."""
        self._put(lambda: self._attach(number, folder))

    def repair(self, records: Sequence[TrialRecord]) -> None:
        """Writes missing runs of the finished trials, if something failed since `begin`."""
        self._put(lambda: self._repair(records))

    def finish(self, end: End, files: Sequence[Path], metrics: Mapping[str, float]) -> None:
        """Writes the files, metrics and status of the parent run.

        Unfinished trials' runs end as killed. No more runs are created.
        """
        self._put(lambda: self._finish(ENDS[end], files, metrics))

    def wait(self, timeout: float, check: Callable[[], None] = _nothing) -> bool:
        """Waits until everything so far is sent. Returns False after `timeout` seconds.

        Calls `check` regularly; an exception from `check` ends the waiting.
        """
        done = threading.Event()
        self._tasks.put(done.set)
        deadline = time.monotonic() + timeout
        while not done.wait(0.2):
            check()
            if time.monotonic() > deadline:
                return False
        return True

    def close(self) -> None:
        """Ends the thread once it has sent everything, but waits only briefly for the store."""
        self._tasks.put(None)
        with self._environment:
            self._thread.join(timeout=5)

    def _put(self, task: Callable[[], None]) -> None:
        self._tasks.put(task)

    def _work(self) -> None:
        try:
            self._open()
        except Exception as error:
            self.failure = error
        self._opened.set()
        while True:
            try:
                task = self._tasks.get(timeout=FLUSH_EVERY)
            except queue.Empty:
                task = _nothing
            if task is None:
                return
            try:
                task()
                if time.monotonic() - self._flushed > FLUSH_EVERY:
                    self._flush()
            except Exception as error:
                # MLflow may fail without the sweep failing. The first failure is kept, and `repair`
                # tries again.
                self.failure = self.failure or error

    def _open(self) -> None:
        check_file(self.uri)
        client = open_client(self.uri)
        client.search_experiments(max_results=1)
        self._client = client

    def _repair(self, records: Sequence[TrialRecord]) -> None:
        if self.failure is not None and self._identity is not None:
            self._trials.clear()
            self._begin(self._identity, records)
            self.failure = None

    def _begin(self, identity: Identity, records: Sequence[TrialRecord]) -> None:
        spec = identity.spec
        self._identity = identity
        self._fingerprint = identity.data.fingerprint
        self.experiment = self._experiment(spec.name)
        own = f"tags.`sweep.id` = '{identity.sweep_id}'"
        found = self._client.search_runs([self.experiment], own, max_results=1)
        if found:
            self.parent_run = found[0].info.run_id
            self._client.update_run(self.parent_run, status="RUNNING")
        else:
            self.parent_run = self._create_parent(identity)
        whole = self._whole(records)
        for record in records:
            number = record.trial.number
            if number not in whole:
                self._start(record, spec.flat(record.trial.point))
                self._trials[number].evaluations.extend(record.evaluations)
                self._end(record)

    def _experiment(self, name: str) -> str:
        """The experiment of a sweep; created if it is missing."""
        found = self._client.get_experiment_by_name(name)
        if found is None:
            return str(self._client.create_experiment(name))
        if found.lifecycle_stage == "deleted":
            what = f"the experiment {name} is deleted"
            raise RuntimeError(f"{what}; restore it with `mlflow experiments restore`")
        return str(found.experiment_id)

    def _whole(self, records: Sequence[TrialRecord]) -> set[int]:
        """The trials whose run is complete. Deletes all other runs.

        Those belong to interrupted trials, were written in part, or exist twice because a server's
        answer was lost.
        """
        status = {record.trial.number: STATUS[record.state] for record in records}
        whole: set[int] = set()
        for number, run in list(self._children()):
            if number not in whole and run.status == status.get(number):
                whole.add(number)
            else:
                self._client.delete_run(run.run_id)
        return whole

    def _create_parent(self, identity: Identity) -> str:
        from mlflow.entities import Dataset, DatasetInput, InputTag  # imported here: heavy

        spec = identity.spec
        data = identity.data
        tags = {
            "mlflow.runName": spec.name,
            "sweep.id": identity.sweep_id,
            "sweep.data_fingerprint": data.fingerprint,
            "sweep.objective": str(spec.objective),
        }
        for name, version in identity.versions.items():
            tags[f"sweep.version.{name}"] = version
        run = self._client.create_run(self.experiment, tags=tags, run_name=spec.name)
        run_id = str(run.info.run_id)
        label = data.label
        if not spec.data.name:
            label = Path(label).name
        profile = {
            "train": data.train,
            "validation": data.validation,
            "test": data.test,
            "classes": len(data.classes),
        }
        schema = {"images": [-1, *data.shape], "dtype": "uint8"}
        dataset = Dataset(
            name=label,
            digest=data.fingerprint[:32],
            source_type="local",
            source=json.dumps({"uri": data.label}),
            schema=json.dumps(schema),
            profile=json.dumps(profile),
        )
        tag = InputTag("mlflow.data.context", "training")
        self._client.log_inputs(run_id, [DatasetInput(dataset, [tag])])
        return run_id

    def _children(self) -> Iterator[tuple[int, Any]]:
        """The trial's number and MLflow's info of every child run, without its many metrics."""
        token = None
        while True:
            page = self._client.search_runs(
                [self.experiment],
                f"tags.`mlflow.parentRunId` = '{self.parent_run}'",
                page_token=token,
            )
            yield from ((int(run.data.tags["sweep.trial"]), run.info) for run in page)
            token = page.token
            if not token:
                return

    def _start(self, record: TrialRecord, flat: Mapping[str, Value | None]) -> None:
        self._trials[record.trial.number] = _Unsent(record, flat)

    def _create(self, record: TrialRecord, outcome: Mapping[str, str]) -> str:
        """Creates the run of a trial and returns its id.

        Writing a known outcome at once is cheaper than adding it.
        """
        trial = record.trial
        name = f"trial {trial.number}"
        tags = {
            "mlflow.parentRunId": self.parent_run,
            "sweep.trial": str(trial.number),
            "sweep.configuration": str(trial.configuration),
            "sweep.seed": str(trial.seed),
            "sweep.data_fingerprint": self._fingerprint,
            "sweep.parameters": str(trial.parameters),
            "sweep.state": State.RUNNING.value,
            **outcome,
        }
        if trial.baseline:
            tags["sweep.baseline"] = trial.baseline
            name += f" ({trial.baseline})"
        begun = int(record.started * 1000)
        run = self._client.create_run(self.experiment, begun, tags, name)
        return str(run.info.run_id)

    def _end(self, record: TrialRecord) -> None:
        from mlflow.entities import RunTag  # imported here: heavy

        # If this fails, `repair` writes it.
        trial = self._trials.pop(record.trial.number)
        seconds = record.seconds or 0
        tags = {
            "sweep.state": record.state.value,
            "sweep.seconds": f"{seconds:.3f}",
            "sweep.steps": str(record.steps),
        }
        if record.cause:
            tags["sweep.cause"] = record.cause
        if record.best_step is not None:
            tags["sweep.best_step"] = str(record.best_step)
            trial.best = record.judged
        if trial.run_id is None:
            trial.run_id = self._create(record, tags)
            self._send(trial, [])
        else:
            self._send(trial, [RunTag(key, value) for key, value in tags.items()])
        ended = int((record.started + seconds) * 1000)
        self._client.set_terminated(trial.run_id, STATUS[record.state], ended)

    def _attach(self, number: int, folder: Path) -> None:
        if self.parent_run is not None and self.experiment is not None:
            attach(self._client, self.experiment, self.parent_run, number, folder)

    def _flush(self) -> None:
        self._flushed = time.monotonic()
        # Trials with a run come first: a run that cannot be created then delays no other trial.
        for trial in sorted(self._trials.values(), key=lambda trial: trial.run_id is None):
            if trial.run_id is None:
                trial.run_id = self._create(trial.record, {})
            self._send(trial, [])

    def _send(self, trial: _Unsent, tags: list[Any]) -> None:
        from mlflow.entities import Metric, Param  # imported here: heavy

        if not (trial.flat or trial.evaluations or tags):
            return
        params = [
            Param(name, _text(value)) for name, value in trial.flat.items() if value is not None
        ]
        now = int(time.time() * 1000)
        numbered = [("", evaluation) for evaluation in trial.evaluations]
        if trial.best is not None:
            numbered.append(("best_", trial.best))
        # A trial of an earlier version lacks some of them.
        metrics = [
            Metric(f"{prefix}{name}", value, now, evaluation.step)
            for prefix, evaluation in numbered
            for name in METRICS
            if (value := evaluation.metric(name)) is not None
        ]
        for first in range(0, max(len(metrics), 1), BATCH):
            self._client.log_batch(trial.run_id, metrics[first : first + BATCH], params, tags)
            params = []
            tags = []
        # Only after success: values that could not be sent are sent the next time.
        trial.flat, trial.evaluations, trial.best = {}, [], None

    def _finish(self, status: str, files: Sequence[Path], metrics: Mapping[str, float]) -> None:
        if self.parent_run is None:
            return
        for trial in [trial for trial in self._trials.values() if trial.run_id is not None]:
            self._send(trial, [])
            self._client.set_terminated(trial.run_id, "KILLED")
        self._trials.clear()
        for name, value in metrics.items():
            if math.isfinite(value):
                self._client.log_metric(self.parent_run, name, value)
        for path in files:
            self._client.log_artifact(self.parent_run, str(path))
        self._client.set_terminated(self.parent_run, status)


def _text(value: Value) -> str:
    return str(list(value) if isinstance(value, tuple) else value)[:PARAMETER_LENGTH]
