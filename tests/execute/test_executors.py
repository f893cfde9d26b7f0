"""The contract of every executor, and what the processes of this machine withstand."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sweep.errors import DataError, SweepError
from sweep.execute.drive import Executor, wait_for_data
from sweep.execute.local import LocalExecutor, allow_many_files
from sweep.space.hyperparams import Hyperparams
from sweep.space.spec import DataSpec
from sweep.trial.events import Done, Ended, Evaluated, Event, Finishing, Loaded, Started, Traced
from sweep.trial.record import State
from sweep.trial.tasks import Publish, Task, Train
from tests.fakes import FakeExecutor
from tests.train.training import every

POINT = Hyperparams(filters=(2,), kernel_size=3, dense=(), batch_size=8, steps=20)


@pytest.fixture(scope="module")
def local(blobs: Path) -> Iterator[LocalExecutor]:
    executor = LocalExecutor(DataSpec(path=blobs, validation=60), 2)
    yield executor
    executor.close()


@pytest.fixture(params=["fake", "local"])
def executor(request: pytest.FixtureRequest) -> Executor:
    if request.param == "fake":
        return FakeExecutor(DataSpec(name="mnist"), 2)
    made: Executor = request.getfixturevalue("local")
    return made


def job(number: int, folder: Path, **knobs: object) -> Train:
    point = POINT.model_copy(update=knobs)
    return Train(
        number,
        point,
        seed=1,
        evaluate_at=every(10, point.steps),
        threads=1,
        weights=folder / f"{number}.weights.h5",
    )


def until_ended(executor: Executor, *numbers: int, timeout: float = 60.0) -> list[Event]:
    """The events until all of these have ended."""
    found: list[Event] = []
    waiting, deadline = set(numbers), time.monotonic() + timeout
    while waiting:
        assert time.monotonic() < deadline, f"still waiting for {waiting}"
        events = executor.events()
        found += [event for event in events if not isinstance(event, Loaded)]
        waiting -= {event.number for event in events if isinstance(event, Ended)}
    return found


# The contract.


def test_it_says_how_many_and_on_what(executor: Executor) -> None:
    assert executor.capacity == 2
    assert wait_for_data(executor).train > 0


def test_a_job_starts_evaluates_and_ends(executor: Executor, tmp_path: Path) -> None:
    executor.submit(job(1, tmp_path))
    events = until_ended(executor, 1)
    kinds = [type(event) for event in events]
    assert kinds.index(Started) < kinds.index(Finishing) < len(kinds) - 2
    kinds.remove(Finishing)
    assert kinds == [Started, Traced, Evaluated, Evaluated, Ended]
    assert [e.evaluation.step for e in events if isinstance(e, Evaluated)] == [10, 20]
    assert events[-1] == Ended(1, State.COMPLETE)
    assert (tmp_path / "1.weights.h5").exists()


def test_jobs_run_beside_each_other(executor: Executor, tmp_path: Path) -> None:
    for number in (2, 3):
        executor.submit(job(number, tmp_path))
    events = until_ended(executor, 2, 3)
    assert {e.number for e in events if isinstance(e, Ended) and e.state is State.COMPLETE} == {
        2,
        3,
    }


def test_a_job_beyond_the_capacity_waits_until_another_has_ended(
    executor: Executor, tmp_path: Path
) -> None:
    for number in (5, 6, 7):
        executor.submit(job(number, tmp_path))
    events = until_ended(executor, 5, 6, 7)
    running = 0
    for event in events:
        running += isinstance(event, Started) - isinstance(event, Ended)
        assert running <= executor.capacity
    assert sum(isinstance(event, Started) for event in events) == 3


def test_a_job_that_waits_can_be_stopped(executor: Executor, tmp_path: Path) -> None:
    for number in (8, 9, 10):
        executor.submit(job(number, tmp_path, steps=1_000_000 if number < 10 else 20))
    executor.stop(10)
    assert until_ended(executor, 10)[-1] == Ended(10, State.PRUNED)
    executor.stop(8)
    executor.stop(9)
    until_ended(executor, 8, 9)


def test_a_job_can_be_stopped(executor: Executor, tmp_path: Path) -> None:
    executor.submit(job(4, tmp_path, steps=1_000_000))
    events: list[Event] = []
    while not any(isinstance(e, Evaluated) for e in events):
        events += executor.events()
    executor.stop(4)
    executor.stop(4)
    assert until_ended(executor, 4)[-1] == Ended(4, State.PRUNED)
    executor.stop(4)


# Processes of this machine.


def test_a_trial_repeats_to_the_bit_alone_or_beside_others(
    local: LocalExecutor, tmp_path: Path
) -> None:
    local.submit(job(10, tmp_path))
    alone = [e.evaluation for e in until_ended(local, 10) if isinstance(e, Evaluated)]
    for number in (11, 12):
        local.submit(job(number, tmp_path))
    together = [e for e in until_ended(local, 11, 12) if isinstance(e, Evaluated)]
    for number in (11, 12):
        assert [e.evaluation for e in together if e.number == number] == alone


def test_a_complete_trial_says_what_it_spent(local: LocalExecutor, tmp_path: Path) -> None:
    begun = time.monotonic()
    for number, steps in ((13, 3000), (14, 3000), (15, 20)):
        local.submit(job(number, tmp_path, steps=steps))
    ends = [e for e in until_ended(local, 13, 14, 15) if isinstance(e, Ended)]
    took = time.monotonic() - begun
    for end in ends:
        assert end.spent is not None
        spent = vars(end.spent)
        assert all(seconds > 0 for phase, seconds in spent.items() if phase != "wait"), spent
        assert sum(spent.values()) < took
        assert end.memory is not None
        assert end.memory > 100e6
    # The third had no worker at first; the others only read that they have one.
    first, second, third = (
        end.spent.wait for end in sorted(ends, key=lambda e: e.number) if end.spent
    )
    assert third > max(first, second)


class Forks(LocalExecutor):
    """Remembers the GPU of each fork."""

    def __init__(self, data: DataSpec, workers: int, gpus: tuple[str, ...]) -> None:
        super().__init__(data, workers, gpus)
        self.gpus: list[str | None] = []

    def _fork(self, task: Task, gpu: str | None) -> None:
        super()._fork(task, gpu)
        self.gpus.append(gpu)


def test_trials_are_spread_over_the_gpus(blobs: Path, tmp_path: Path) -> None:
    with closing(Forks(DataSpec(path=blobs, validation=60), 4, ("0", "1"))) as executor:
        for number in range(3):
            executor.submit(job(number, tmp_path, steps=1_000_000))
        executor.stop(0)
        executor.submit(job(3, tmp_path, steps=1_000_000))
        executor.submit(job(4, tmp_path, steps=1_000_000))
        assert executor.gpus == ["0", "1", "0", "0", "1"]


def test_tensorflow_that_cannot_be_imported_is_an_error_that_says_so(
    blobs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keras.py").write_text("raise ImportError('libcuda is broken')\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))
    with (
        closing(LocalExecutor(DataSpec(path=blobs), 1)) as executor,
        pytest.raises(
            SweepError, match="TensorFlow cannot be imported: ImportError: libcuda is broken"
        ),
    ):
        while True:
            executor.events()


def test_as_many_files_may_be_open_as_the_machine_allows(blobs: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, before[1]))
    try:
        with closing(LocalExecutor(DataSpec(path=blobs), 1)):
            assert resource.getrlimit(resource.RLIMIT_NOFILE) == (200, before[1])
        allow_many_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[1], before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_for(condition: Callable[[], object], timeout: float = 30.0) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_killed_trial_fails_with_its_signal_and_the_next_one_runs(
    local: LocalExecutor, tmp_path: Path
) -> None:
    local.submit(job(20, tmp_path, steps=1_000_000))
    wait_for(lambda: any(isinstance(e, Started) for e in local.events()))
    os.kill(children(local._server.pid)[0], signal.SIGKILL)
    ended = until_ended(local, 20)[-1]
    assert isinstance(ended, Ended)
    assert (ended.state, "SIGKILL" in str(ended.cause), "memory" in str(ended.cause)) == (
        State.FAILED,
        True,
        True,
    )
    local.submit(job(21, tmp_path))
    assert until_ended(local, 21)[-1] == Ended(21, State.COMPLETE)


def test_a_trial_that_raises_fails_with_the_exception(local: LocalExecutor, tmp_path: Path) -> None:
    local.submit(job(22, tmp_path, kernel_size=50, padding="valid"))
    ended = until_ended(local, 22)[-1]
    assert isinstance(ended, Ended)
    assert ended.state is State.FAILED
    assert str(ended.cause).startswith("Impossible: conv_1: a kernel of 50x50")


def test_a_failure_of_an_errand_is_its_message_alone(local: LocalExecutor, tmp_path: Path) -> None:
    trained = job(26, tmp_path)
    local.submit(trained)
    until_ended(local, 26)
    nowhere = f"sqlite:///{tmp_path}/missing/mlflow.db"
    local.submit(Publish(trained.point, trained.weights, nowhere, "run", {}))
    done: list[Done] = []
    while not done:
        done += [event for event in local.events() if isinstance(event, Done)]
    cause = str(done[0].cause)
    assert cause.startswith("StoreError: MLflow's store cannot be used")
    assert "sweep: error" not in cause


def test_weights_that_cannot_be_written_fail_the_trial(
    local: LocalExecutor, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    local.submit(job(23, tmp_path / "file"))
    ended = until_ended(local, 23)[-1]
    assert isinstance(ended, Ended)
    assert ended.state is State.FAILED
    assert "Error" in str(ended.cause)


def test_divergence_is_told_with_its_step(local: LocalExecutor, tmp_path: Path) -> None:
    local.submit(
        job(
            24,
            tmp_path,
            optimizer="momentum",
            learning_rate=100.0,
            filters=(8, 8),
            activation="linear",
            steps=200,
        )
    )
    ended = until_ended(local, 24)[-1]
    assert isinstance(ended, Ended)
    assert ended.state is State.DIVERGED
    assert "is not finite at step" in str(ended.cause)
    assert ended.step


def test_sigint_to_the_whole_group_ends_no_trial(local: LocalExecutor, tmp_path: Path) -> None:
    local.submit(job(25, tmp_path, steps=2000))
    wait_for(lambda: any(isinstance(e, Started) for e in local.events()))
    for pid in (local._server.pid, *children(local._server.pid)):
        os.kill(pid, signal.SIGINT)
    assert until_ended(local, 25)[-1] == Ended(25, State.COMPLETE)


def test_the_progress_of_reading_a_folder_comes_before_its_data(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for number in range(12):
            # Large images that compress badly: they take a while to read.
            pixels = random.integers(0, 256, (1200, 1200, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"{number}.png", compress_level=1)
    seen: list[tuple[int, int]] = []
    with closing(LocalExecutor(DataSpec(path=tmp_path, size=(8, 8)), 1)) as executor:
        data = wait_for_data(executor, reading=lambda done, total: seen.append((done, total)))
    assert data.images == 24
    assert len(seen) > 1
    assert seen == sorted(seen)
    assert all(0 <= done <= total == 24 for done, total in seen)
    assert seen[-1] == (24, 24)


def test_data_that_cannot_be_read_are_an_error(tmp_path: Path) -> None:
    executor = LocalExecutor(DataSpec(path=tmp_path / "nothing.npz"), 1)
    try:
        with pytest.raises(DataError, match="nothing here"):
            wait_for_data(executor)
    finally:
        executor.close()


def test_every_problem_of_the_data_comes_through(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for number in range(3):
            (tmp_path / name / f"{number}.png").write_text("no image")
    executor = LocalExecutor(DataSpec(path=tmp_path), 1)
    try:
        with pytest.raises(DataError) as raised:
            wait_for_data(executor)
    finally:
        executor.close()
    assert [p.where for p in raised.value.problems] == [
        str(tmp_path / n / f"{i}.png") for n in "ab" for i in range(3)
    ]
    assert {p.message for p in raised.value.problems} == {
        "this is no image of a format that is read"
    }


def test_a_server_that_is_killed_is_an_error_that_says_so(blobs: Path) -> None:
    executor = LocalExecutor(DataSpec(path=blobs), 1)
    try:
        os.kill(executor._server.pid, signal.SIGKILL)
        with pytest.raises(SweepError, match="killed by SIGKILL"):
            for _ in range(20):
                executor.events()
    finally:
        executor.close()


def test_trials_die_with_a_coordinator_that_is_killed(blobs: Path, tmp_path: Path) -> None:
    program = f"""
import json, sys, time
from pathlib import Path
from tests.execute.test_executors import *
executor = LocalExecutor(DataSpec(path=Path({str(blobs)!r})), 1)
executor.submit(job(1, Path({str(tmp_path)!r}), steps=1_000_000))
while not any(isinstance(e, Started) for e in executor.events()): pass
print(json.dumps([executor._server.pid, *children(executor._server.pid)]), flush=True)
time.sleep(60)
"""
    coordinator = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parent.parent.parent,
    )
    assert coordinator.stdout is not None
    pids = json.loads(coordinator.stdout.readline())
    assert len(pids) == 2
    coordinator.kill()
    coordinator.wait()
    coordinator.stdout.close()
    wait_for(lambda: not any(is_alive(pid) for pid in pids))


def is_alive(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
