"""What is asked for and submitted: every number once, planned configurations first, twins alike."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.engine.sinks import LedgerSink
from sweep.engine.trials import Active, KnownSink, Parts, RunningSweep, handle, submit_wanted
from sweep.search.rungs import Rungs
from sweep.search.study import Study
from sweep.space import SweepSpec, by_configuration
from sweep.store import Ledger
from sweep.trial import (
    Ended,
    Evaluated,
    Evaluation,
    Finishing,
    Standings,
    Started,
    State,
    Trace,
    Train,
    Trial,
    TrialRecord,
)
from sweep.trial.events import Traced
from tests.conftest import spec_of
from tests.fakes import SUMMARY, FakeExecutor
from tests.store.test_ledger import FACTS

BASELINES = "baselines: {first: {dropout: 0.1}, second: {dropout: 0.2}}"
SPACE = "{dropout: {low: 0.0, high: 0.5}, steps: 20}"


def sweep_of(spec: SweepSpec) -> RunningSweep:
    """A sweep that has not begun."""
    planned = by_configuration(spec, SUMMARY.shape)
    return RunningSweep(spec, SUMMARY, planned, [], [], {}, Standings(spec))


class Rig:
    """A running sweep with a real ledger and a real study, whose events are given by hand."""

    def __init__(self, folder: Path, rest: str, workers: int = 2, space: str = SPACE) -> None:
        self.spec = spec_of(space, rest)
        self.folder = folder
        self.ledger = Ledger.open_to_write(folder)
        self.ledger.begin(FACTS)
        self.sweep = sweep_of(self.spec)
        self.executor = FakeExecutor(self.spec.data, workers)
        self.told: list[TrialRecord] = []
        study = Study(self.spec, self.ledger, SUMMARY.shape)
        sinks = (LedgerSink(self.ledger), KnownSink(self.sweep))
        self.parts = Parts(self.ledger, study, self.executor, sinks)

    def submit(self) -> list[Train]:
        """What is newly submitted."""
        before = len(self.executor.submitted)
        submit_wanted(self.sweep, self.parts)
        return self.executor.submitted[before:]

    def complete(self, number: int, accuracy: float = 0.9) -> None:
        """The whole course of a trial."""
        steps = self.sweep.active[number].record.trial.point.steps
        for event in (
            Started(number),
            Evaluated(number, Evaluation(steps, 0.1, 0.9, 0.1, accuracy)),
            Ended(number, State.COMPLETE),
        ):
            handle(self.sweep, self.parts, event)


def trial(number: int) -> Trial:
    return Trial(number, number, spec_of(SPACE).space.point({}), 0, 0)


# Numbers and workers.


@given(st.sets(st.integers(0, 20)))
def test_the_next_number_is_the_first_that_no_trial_has(taken: set[int]) -> None:
    sweep = sweep_of(spec_of(SPACE))
    sweep.known = {number: trial(number) for number in taken}
    found = sweep.free_number()
    assert found not in taken
    assert set(range(found)) <= taken


def active(*, pruned: bool = False, finishing: bool = False) -> Active:
    record = TrialRecord(trial(0), State.RUNNING, 0.0, None, 0, (), None)
    return Active(record, None, pruned=pruned, finishing=finishing)


@pytest.mark.parametrize(
    ("ended", "running", "wants"),
    [
        (0, [], True),
        (0, [active()], True),
        (0, [active(), active()], False),
        (0, [active(), active(finishing=True)], True),
        (0, [active(), active(pruned=True)], True),
        (4, [], False),
        (3, [active()], False),
        (3, [active(pruned=True)], True),
        (3, [active(finishing=True)], False),
    ],
)
def test_another_trial_is_wanted_where_a_worker_is_free_and_a_trial_is_left(
    ended: int, running: Sequence[Active], wants: bool
) -> None:
    sweep = sweep_of(spec_of(SPACE, "search: {trials: 4}"))
    record = TrialRecord(trial(0), State.COMPLETE, 0.0, 1.0, 20, (), None)
    sweep.records = [record] * ended
    sweep.active = dict(enumerate(running))
    assert sweep.wants_another(capacity=2) is wants


def test_a_sweep_is_finished_once_every_trial_and_every_process_has_ended() -> None:
    sweep = sweep_of(spec_of(SPACE, "search: {trials: 1}"))
    assert not sweep.is_finished
    sweep.records = [TrialRecord(trial(0), State.PRUNED, 0.0, 1.0, 20, (), None)]
    sweep.active = {0: active(pruned=True)}
    assert not sweep.is_finished
    sweep.active.clear()
    assert sweep.is_finished


# What is submitted.


def test_baselines_come_first_and_in_the_order_of_the_file(tmp_path: Path) -> None:
    rig = Rig(tmp_path, f"search: {{trials: 5}}\n{BASELINES}")
    tasks = rig.submit()
    assert [(task.number, task.point.dropout) for task in tasks] == [(0, 0.1), (1, 0.2)]
    assert [rig.sweep.known[n].baseline for n in (0, 1)] == ["first", "second"]
    rig.complete(0)
    (task,) = rig.submit()
    assert task.number == 2
    assert rig.sweep.known[2].baseline is None


def test_as_many_are_submitted_as_there_are_workers(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "search: {trials: 5}", workers=3)
    assert len(rig.submit()) == 3
    assert rig.submit() == []
    handle(rig.sweep, rig.parts, Finishing(1))
    assert [task.number for task in rig.submit()] == [3]


def test_no_more_are_submitted_than_there_are_trials(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "search: {trials: 2}", workers=8)
    assert [task.number for task in rig.submit()] == [0, 1]
    rig.complete(0)
    rig.complete(1)
    assert rig.submit() == []
    assert rig.sweep.is_finished


def test_repeats_train_one_point_with_different_seeds(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "search: {trials: 6, repeats: 3}", workers=6)
    tasks = rig.submit()
    points = [task.point for task in tasks]
    assert points[0] == points[1] == points[2]
    assert points[3] == points[4] == points[5]
    assert points[0] != points[3]
    assert len({task.seed for task in tasks}) == 6
    assert [rig.sweep.known[task.number].configuration for task in tasks] == [0, 0, 0, 1, 1, 1]


def test_seeds_follow_from_the_seed_of_the_search_and_the_number_alone(tmp_path: Path) -> None:
    seeds = [
        [task.seed for task in Rig(tmp_path / name, rest, workers=3).submit()]
        for name, rest in (
            ("a", "search: {trials: 5, seed: 1}"),
            ("b", "search: {trials: 9, seed: 1, sampler: random}"),
            ("c", "search: {trials: 5, seed: 2}"),
        )
    ]
    assert seeds[0] == seeds[1]
    assert not set(seeds[0]) & set(seeds[2])


def test_an_interrupted_trial_is_submitted_before_any_other(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "search: {trials: 5}", workers=1)
    (first,) = rig.submit()
    record = rig.sweep.active.pop(first.number).record
    rig.sweep.waiting = [record]
    (again,) = rig.submit()
    assert again == first
    assert rig.sweep.waiting == []


def test_a_trial_is_in_the_ledger_before_it_is_submitted(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "search: {trials: 2}")
    seen: list[set[int]] = []

    class Looking(FakeExecutor):
        def submit(self, task: object) -> None:
            seen.append({record.trial.number for record in rig.ledger.records()})

    rig.parts = Parts(rig.ledger, rig.parts.study, Looking(rig.spec.data, 2), rig.parts.sinks)
    submit_wanted(rig.sweep, rig.parts)
    assert seen == [{0}, {0, 1}]


FOUR = "{batch_size: {choices: [32, 64]}, dense: {choices: [[], [8]]}, steps: 20}"


def test_a_configuration_that_runs_is_submitted_to_no_other_worker(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "search: {trials: 40}", workers=9, space=FOUR)
    points = [task.point for task in rig.submit()]
    assert len(points) == len({rig.spec.space.meaning(point) for point in points}) == 4
    assert rig.sweep.is_exhausted
    assert not rig.sweep.is_finished
    for number in range(4):
        assert rig.submit() == []
        rig.complete(number)
    assert rig.sweep.is_finished


def test_repeats_are_trained_before_a_space_is_exhausted(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "search: {trials: 40, repeats: 3}", workers=20, space=FOUR)
    points = [rig.spec.space.meaning(task.point) for task in rig.submit()]
    assert len(points) == 12
    assert [points.count(point) for point in points] == [3] * 12
    assert rig.sweep.is_exhausted


def test_a_baseline_is_a_configuration_that_was_tried(tmp_path: Path) -> None:
    baselines = "baselines: {in: {batch_size: 32, dense: [8]}, out: {batch_size: 7, dense: [8]}}"
    rig = Rig(tmp_path, f"search: {{trials: 40}}\n{baselines}", workers=9, space=FOUR)
    points = [rig.spec.space.meaning(task.point) for task in rig.submit()]
    assert len(points) == len(set(points)) == 5


def test_what_was_begun_earlier_was_tried(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "search: {trials: 40}", workers=2, space=FOUR)
    first = rig.submit()
    sweep = rig.sweep
    again = RunningSweep(
        sweep.spec, SUMMARY, sweep.planned, [], [], dict(sweep.known), Standings(sweep.spec)
    )
    rig.sweep = again
    both = [*first, *rig.submit()]
    assert len({rig.spec.space.meaning(task.point) for task in both}) == len(both) == 4


# What comes of it.


def test_a_complete_trial_is_in_the_ledger_with_its_evaluations_and_in_the_standings(
    tmp_path: Path,
) -> None:
    rig = Rig(tmp_path, "search: {trials: 2}")
    rig.submit()
    rig.complete(0, 0.75)
    (found,) = [record for record in rig.ledger.records() if record.state.is_finished]
    assert found.metric("val_accuracy") == 0.75
    assert found.steps == 20
    assert found.seconds is not None
    best = rig.sweep.standings.best
    assert best is not None
    assert best.best.trial.number == 0


@pytest.mark.parametrize(
    ("event", "state", "cause", "steps"),
    [
        (Ended(0, State.FAILED, "killed by SIGKILL"), State.FAILED, "killed by SIGKILL", 0),
        (Ended(0, State.DIVERGED, "not finite", 7), State.DIVERGED, "not finite", 7),
        (Ended(0, State.PRUNED), State.FAILED, "stopped from outside", 0),
    ],
)
def test_every_other_end_is_recorded_with_its_cause(
    tmp_path: Path, event: Ended, state: State, cause: str, steps: int
) -> None:
    rig = Rig(tmp_path, "search: {trials: 2}")
    rig.submit()
    handle(rig.sweep, rig.parts, event)
    (found,) = rig.sweep.records
    assert (found.state, found.cause, found.steps) == (state, cause, steps)
    assert 0 not in rig.sweep.active


def test_what_is_told_of_an_unknown_trial_is_ignored(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "search: {trials: 2}")
    handle(rig.sweep, rig.parts, Ended(7, State.COMPLETE))
    assert rig.sweep.records == []


def pruned(rig: Rig) -> int:
    """The number of a trial that falls behind at its first evaluation, after good ones."""
    interval = rig.spec.first_rung
    for _ in range(4):
        for task in rig.submit():
            handle(rig.sweep, rig.parts, Started(task.number))
            for step in task.evaluate_at:
                good = Evaluated(task.number, Evaluation(step, 0.1, 0.9, 0.1, 0.9))
                handle(rig.sweep, rig.parts, good)
            handle(rig.sweep, rig.parts, Ended(task.number, State.COMPLETE))
    (task, *_) = rig.submit()
    handle(rig.sweep, rig.parts, Started(task.number))
    bad = Evaluated(task.number, Evaluation(interval, 2.0, 0.1, 2.0, 0.1))
    handle(rig.sweep, rig.parts, bad)
    return task.number


def test_a_trial_that_falls_behind_is_recorded_at_once_and_its_process_told_to_stop(
    tmp_path: Path,
) -> None:
    rig = Rig(tmp_path, "search: {trials: 9, pruner: asha}", workers=1)
    number = pruned(rig)
    assert rig.sweep.records[-1].state is State.PRUNED
    assert rig.sweep.active[number].pruned
    assert any(isinstance(e, Ended) and e.number == number for e in rig.executor.events())


def test_what_a_pruned_trial_does_until_it_is_gone_changes_nothing(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "search: {trials: 9, pruner: asha}", workers=1)
    number = pruned(rig)
    before = rig.ledger.records()
    late = Evaluation(20, 0.0, 1.0, 0.0, 1.0)
    for event in (Evaluated(number, late), Traced(number, Trace(20, 0.1, (0.1,) * 10))):
        handle(rig.sweep, rig.parts, event)
    handle(rig.sweep, rig.parts, Ended(number, State.COMPLETE))
    assert rig.ledger.records() == before
    assert number not in rig.sweep.active


def test_a_baseline_that_falls_behind_goes_on(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "search: {trials: 9, pruner: asha}\n" + BASELINES, workers=2)
    for task in rig.submit():
        handle(rig.sweep, rig.parts, Started(task.number))
        accuracy = 0.9 - 0.8 * task.number
        for step in task.evaluate_at:
            event = Evaluated(task.number, Evaluation(step, 0.1, 0.9, 0.1, accuracy))
            handle(rig.sweep, rig.parts, event)
    assert not any(one.pruned for one in rig.sweep.active.values())


# The best evaluation, and patience.


LONG = "{dropout: {low: 0.0, high: 0.5}, steps: 80}"
OF_BEST = "objective: {maximize: val_accuracy, of: best}"


def go_through(rig: Rig, number: int, *accuracies: float) -> None:
    """A trial with these accuracies at the steps 10, 20, ..., which then ends complete."""
    handle(rig.sweep, rig.parts, Started(number))
    for place, accuracy in enumerate(accuracies, 1):
        evaluation = Evaluation(10 * place, 1.0, 0.5, 1 - accuracy, accuracy)
        handle(rig.sweep, rig.parts, Evaluated(number, evaluation))
    handle(rig.sweep, rig.parts, Ended(number, State.COMPLETE))


def test_the_task_has_the_objective_and_the_patience_of_the_file(tmp_path: Path) -> None:
    rest = f"search: {{trials: 2, evaluations: 8, patience: 3}}\n{OF_BEST}"
    (task, _) = Rig(tmp_path, rest, space=LONG).submit()
    assert (task.objective.of, task.patience) == ("best", 3)
    (plain, _) = Rig(tmp_path / "plain", "search: {trials: 2}").submit()
    assert (plain.objective.of, plain.patience) == ("last", None)


@pytest.mark.parametrize(
    ("rest", "value", "step"),
    [(OF_BEST, 0.8, 20), ("objective: {maximize: val_accuracy}", 0.6, None)],
)
def test_a_trial_has_the_numbers_of_the_evaluation_that_counts_and_optuna_is_told_its_value(
    rest: str, value: float, step: int | None, tmp_path: Path
) -> None:
    rig = Rig(tmp_path, f"search: {{trials: 1, evaluations: 8}}\n{rest}", space=LONG)
    rig.submit()
    go_through(rig, 0, 0.5, 0.8, 0.7, 0.6)
    (found,) = rig.sweep.records
    assert (found.best_step, found.steps) == (step, 40)
    assert found.metric("val_accuracy") == value
    assert found.metric("val_loss") == pytest.approx(1 - value)
    (told,) = rig.parts.study._study.trials
    assert told.value == value
    # What came in between is each evaluation's own.
    assert told.intermediate_values == {10: 0.5, 20: 0.8, 30: 0.7, 40: 0.6}


def test_a_pruned_trial_has_the_numbers_of_its_best_evaluation_too(tmp_path: Path) -> None:
    rest = f"search: {{trials: 9, evaluations: 8, pruner: asha}}\n{OF_BEST}"
    rig = Rig(tmp_path, rest, workers=1, space=LONG)
    for number in range(4):
        rig.submit()
        go_through(rig, number, 0.5, 0.6, 0.7, 0.9, 0.9, 0.9, 0.9, 0.9)
    rig.submit()
    go_through(rig, 4, 0.95, 0.9, 0.8, 0.1)
    found = rig.sweep.records[-1]
    assert (found.state, found.steps, found.best_step) == (State.PRUNED, 40, 10)
    assert found.metric("val_accuracy") == 0.95


def rungs_of(rig: Rig) -> list[list[float]]:
    """The values at each rung of the pruner."""
    pruner = rig.parts.study._pruner
    assert isinstance(pruner, Rungs)
    return pruner._values


def test_a_trial_that_patience_ends_before_a_rung_is_complete_and_stands_at_no_later_rung(
    tmp_path: Path,
) -> None:
    rest = "search: {trials: 9, evaluations: 8, pruner: asha, patience: 2}\n" + OF_BEST
    rig = Rig(tmp_path, rest, workers=1, space=LONG)
    assert rig.spec.first_rung == 10
    rig.submit()
    go_through(rig, 0, 0.9, 0.8, 0.8)
    (ended,) = rig.sweep.records
    assert (ended.state, ended.steps, ended.best_step) == (State.COMPLETE, 30, 10)
    assert rungs_of(rig) == [[0.9], [0.8]]
    # The next one comes to the rung at step 40 alone: it is compared with none that ended before.
    rig.submit()
    go_through(rig, 1, 0.91, 0.92, 0.93, 0.5, 0.94)
    assert rungs_of(rig) == [[0.9, 0.91], [0.8, 0.92], [0.5]]
    assert [record.state for record in rig.sweep.records] == [State.COMPLETE] * 2
    assert [trial.value for trial in rig.parts.study._study.trials] == [0.9, 0.94]


def test_the_evaluation_at_which_patience_is_over_prunes_nobody(tmp_path: Path) -> None:
    rest = "search: {trials: 9, evaluations: 8, pruner: asha, patience: 2}\n" + OF_BEST
    rig = Rig(tmp_path, rest, workers=1, space=LONG)
    for number in range(4):
        rig.submit()
        go_through(rig, number, 0.5, 0.6, 0.7, 0.9, 0.91, 0.92, 0.93, 0.94)
    rig.submit()
    # Behind at the rung at step 40: with patience over it is complete, without it is pruned.
    go_through(rig, 4, 0.6, 0.7, 0.1, 0.1)
    rig.submit()
    go_through(rig, 5, 0.6, 0.7, 0.8, 0.1)
    assert [(r.state, r.steps) for r in rig.sweep.records[-2:]] == [
        (State.COMPLETE, 40),
        (State.PRUNED, 40),
    ]
    assert rig.sweep.records[-2].metric("val_accuracy") == 0.7
