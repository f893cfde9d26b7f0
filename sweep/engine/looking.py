"""Examines one network, trained again if its weights are gone; writes tables and pictures."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sweep.analysis.portrait import find
from sweep.errors import InputError, StoreError
from sweep.execute.drive import Executor, nothing, run_all, wait_for_data
from sweep.files import make_folder
from sweep.space import DataSpec, SweepSpec
from sweep.store import Facts, read_sweep, weights_file
from sweep.trial import (
    Done,
    Ended,
    Evaluated,
    Event,
    Examination,
    Examine,
    Progress,
    State,
    Train,
    TrialRecord,
    best_step,
    configurations,
    unseen,
)

if TYPE_CHECKING:
    from sweep.analysis.findings import Findings


def inspection_folder(folder: Path, number: int) -> Path:
    """The folder for the inspection of one trial's network."""
    return folder / "inspect" / f"trial-{number}"


def draw(
    spec: SweepSpec, record: TrialRecord, classes: tuple[str, ...], folder: Path, output: Path
) -> "Findings":
    """Draws the examination in the file `output` as tables and pictures in the sweep's folder."""
    from sweep.analysis.findings import write_inspection  # imported here: heavy

    target = inspection_folder(folder, record.trial.number)
    name = f"{spec.name}, trial {record.trial.number}"
    return write_inspection(Examination.load(output), classes, target, name)


@dataclass(frozen=True)
class Inspected:
    """The sweep, the trial, the findings, and whether its network had to be trained again."""

    spec: SweepSpec
    record: TrialRecord
    facts: Facts
    found: "Findings"
    retrained: bool


def inspect(
    folder: Path,
    number: int | None,
    start_executor: Callable[[DataSpec, int], Executor],
    note: Callable[[str], None],
    reading: Progress = unseen,
) -> Inspected:
    """Examines the network of trial `number`, or of the best trial, on the validation images.

    A network whose weights were not kept is retrained. `reading` takes the progress of reading the
    images. Raises `InputError` for a trial without a network. Raises `StoreError` if the data have
    changed, the folder cannot be written, or the weights are damaged.
    """
    spec, records, facts = read_sweep(folder)
    record = _chosen(spec, records, number, folder)
    # Before any training: this raises if the pictures cannot be written.
    make_folder(inspection_folder(folder, record.trial.number))
    # The folder is removed after the processes, which would make it again.
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch, ExitStack() as stack:
        executor = start_executor(spec.data, 1)
        stack.callback(executor.close)
        data = wait_for_data(executor, nothing, reading)
        if data.fingerprint != facts.data.fingerprint:
            raise StoreError(
                "the data have changed since this sweep was run", "bring them back", spec.data.label
            )
        weights = weights_file(folder, record.trial.number)
        has_weights = record.state is State.COMPLETE and weights.exists()
        if not has_weights:
            weights = Path(scratch) / "again.weights.h5"
            note(f"the weights of trial {record.trial.number} were not kept: training it again")
            _train_again(executor, spec, record, weights, folder, note)
        output = Path(scratch) / "examination.npz"
        seen = list(run_all(executor, Examine(record.trial.point, weights, output)))
        cause = _failure(seen[-1])
        if cause is not None:
            kept = weights if has_weights else None
            raise _not_done(f"the network could not be looked at: {cause}", folder, kept)
        found = draw(spec, record, facts.data.classes, folder, output)
    return Inspected(spec, record, facts, found, not has_weights)


def _chosen(
    spec: SweepSpec, records: list[TrialRecord], number: int | None, folder: Path
) -> TrialRecord:
    if number is None:
        best = configurations(spec, records)
        if not best:
            pruned = any(r.state is State.PRUNED for r in records)
            if pruned:
                hint = "name one that was pruned"
            else:
                hint = f"sweep show {quote(str(folder))} says what came of its trials"
            raise InputError("no trial of this sweep has completed", hint, str(folder))
        return best[0].best
    record = find(records, number, folder)
    if record.state not in (State.COMPLETE, State.PRUNED):
        how = "has not ended"
        if record.state.is_finished:
            how = f"is {record.state}"
        raise InputError(f"trial {number} {how}, and has no network", "choose another", str(folder))
    return record


def _train_again(
    executor: Executor,
    spec: SweepSpec,
    record: TrialRecord,
    weights: Path,
    folder: Path,
    note: Callable[[str], None],
) -> None:
    """Trains the network of `record` once more, and saves its weights. Notes other numbers."""
    trial = record.trial
    task = Train(
        number=trial.number,
        point=trial.point,
        seed=trial.seed,
        evaluate_at=_until(record.steps, spec.grid.steps(trial.point)),
        threads=spec.search.threads,
        weights=weights,
        objective=spec.objective,
    )
    events = list(run_all(executor, task))
    cause = _failure(events[-1])
    if cause is not None:
        raise _not_done(f"the network could not be trained again: {cause}", folder, None)
    seen = tuple(event.evaluation for event in events if isinstance(event, Evaluated))
    is_same = len(seen) == len(record.evaluations) and all(
        now.agrees(then) for now, then in zip(seen, record.evaluations, strict=False)
    )
    if not is_same:
        again = replace(record, evaluations=seen, best_step=best_step(seen, spec.objective))
        note(
            "the numbers came out otherwise than in the sweep (val_accuracy "
            f"{again.metric('val_accuracy')} now, "
            f"{record.metric('val_accuracy')} then): other versions, or another machine"
        )


def _failure(last: Event) -> str | None:
    """Why the task with this last event failed; None after success."""
    match last:
        case Ended(state=State.COMPLETE) | Done(cause=None):
            return None
        case Ended() | Done():
            return last.cause or "it ended early"
        case _:
            raise AssertionError("the last event is the end of the task")


def _not_done(what: str, folder: Path, kept: Path | None) -> StoreError:
    """The error for a task that failed; `kept` are the weights of the sweep that it read."""
    if kept is None:
        return StoreError(what, "mend the cause, and give the same command again", str(folder))
    hint = f"remove {kept} if it is damaged: the network is then trained again"
    return StoreError(what, hint, str(kept))


def _until(last: int, steps: Sequence[int]) -> tuple[int, ...]:
    """The evaluations of a training that ended at the step `last`."""
    return (*(step for step in steps if step < last), last)
