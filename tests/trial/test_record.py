"""What a number of trials took together, and whether any of them learnt anything."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.errors import InputError
from sweep.space.hyperparams import Hyperparams
from sweep.trial.images import DataSummary
from sweep.trial.ranking import triviality
from sweep.trial.record import Evaluation, State, Trial, TrialRecord, TrialsTook, thinned, took
from sweep.view.leaderboard import took_in_words
from tests.conftest import spec_of
from tests.fakes import SUMMARY


def record(started: float, seconds: float | None) -> TrialRecord:
    state = State.RUNNING if seconds is None else State.COMPLETE
    return TrialRecord(Trial(0, 0, Hyperparams(), 0, 1), state, started, seconds)


TOOK = {
    "no trial": ([], TrialsTook(0, 0, 0)),
    "one that still runs": ([(5.0, None)], TrialsTook(0, 0, 0)),
    "one after the other": ([(0.0, 2.0), (2.0, 3.0)], TrialsTook(5, 5, 1)),
    "two at once": ([(1.0, 4.0), (2.0, 4.0)], TrialsTook(5, 8, 2)),
    "one within another": ([(1.0, 10.0), (2.0, 4.0), (6.0, 1.0)], TrialsTook(10, 15, 2)),
    "an interruption between them": ([(0.0, 2.0), (100.0, 2.0), (0.5, 1.0)], TrialsTook(4, 5, 2)),
}


@pytest.mark.parametrize(("trials", "expected"), TOOK.values(), ids=TOOK)
def test_the_wall_time_is_that_of_the_union(
    trials: list[tuple[float, float | None]], expected: TrialsTook
) -> None:
    assert took([record(*trial) for trial in trials]) == expected


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), min_size=1, max_size=10))
def test_the_union_counts_every_second_once(trials: list[tuple[int, int]]) -> None:
    found = took([record(float(started), float(seconds)) for started, seconds in trials])
    busy = [second for started, seconds in trials for second in range(started, started + seconds)]
    assert found.wall_seconds == len(set(busy))
    assert found.trial_seconds == len(busy)
    assert found.at_once == max(busy.count(second) for second in busy)


def test_what_trials_took_is_said_in_words() -> None:
    assert took_in_words([]) == ""
    assert took_in_words([record(0, 62.0)]) == " in 1 min 02 s"
    several = [record(0, 211.0), record(10, 189.0)]
    assert took_in_words(several) == " in 3 min 31 s (6 min 40 s of trials, 2 at once)"


def scored(
    accuracy: float,
    state: State = State.COMPLETE,
    balanced: float | None = None,
    f1: float | None = None,
) -> TrialRecord:
    last = Evaluation(10, 1.0, 0.5, 1.0, accuracy, balanced, f1)
    return TrialRecord(Trial(0, 0, Hyperparams(), 0, 1), state, 0.0, 1.0, 10, (last,))


def counted(*counts: int) -> DataSummary:
    classes = ("cat", "dog", "owl")
    return replace(
        SUMMARY, classes=classes, validation=sum(counts) or 195, validation_counts=counts
    )


# Accuracies as single precision has them; 183 images of one class and 12 of the other.
COUNTED = counted(0, 183, 12)
TRIVIAL = {
    "all answer the one class": ([scored(0.9384615421295166), scored(0.5)], COUNTED, True),
    "one is better by an image": ([scored(0.9384615421295166), scored(184 / 195)], COUNTED, False),
    "the better one was pruned": ([scored(0.5), scored(0.99, State.PRUNED)], COUNTED, True),
    "none is complete": ([scored(0.5, State.PRUNED)], COUNTED, False),
    "no trial": ([], COUNTED, False),
    "an older ledger without the counts": ([scored(0.5)], counted(), False),
}


@pytest.mark.parametrize(("records", "data", "is_trivial"), TRIVIAL.values(), ids=TRIVIAL)
def test_a_sweep_that_learnt_nothing_is_told_by_its_validation_accuracy(
    records: list[TrialRecord], data: DataSummary, is_trivial: bool
) -> None:
    found = triviality(spec_of("{steps: 10}"), records, data)
    assert (found is not None) == is_trivial
    assert found is None or "largest class, dog: 0.9385 of" in found


# The objective, the scores of the best trial, and the end of what is said; None for nothing.
JUDGED = {
    "less accurate, but a better F1": ("{maximize: val_macro_f1}", (0.7, 0.5, 0.6), None),
    "more accurate, but no better F1": (
        "{maximize: val_macro_f1}",
        (0.99, 0.6, 0.4841),
        "largest class, dog: val_macro_f1 0.4841",
    ),
    "less accurate, but better balanced": (
        "{maximize: val_balanced_accuracy}",
        (0.7, 0.51, 0.4),
        None,
    ),
    "more accurate, but no better balanced": (
        "{maximize: val_balanced_accuracy}",
        (0.99, 0.5, 0.6),
        "largest class, dog: val_balanced_accuracy 0.5000",
    ),
    "of a loss no value is known": (
        "{minimize: val_loss}",
        (0.9, 0.6, 0.6),
        "by val_accuracy, no trial is better than always answering the largest class, dog: 0.9385 "
        "of the validation images",
    ),
    "of a loss, and more accurate": ("{minimize: val_loss}", (0.95, 0.6, 0.6), None),
}


@pytest.mark.parametrize(("objective", "best", "said"), JUDGED.values(), ids=JUDGED)
def test_a_sweep_that_learnt_nothing_is_told_by_its_objective(
    objective: str, best: tuple[float, float, float], said: str | None
) -> None:
    spec = spec_of("{steps: 10}", f"objective: {objective}")
    accuracy, balanced, f1 = best
    records = [scored(0.1, balanced=0.1, f1=0.1), scored(accuracy, balanced=balanced, f1=f1)]
    found = triviality(spec, records, COUNTED)
    assert (found is None) == (said is None)
    assert found is None or found.endswith(said or "")


def test_what_is_thinned_keeps_its_ends_and_is_spread_evenly() -> None:
    assert thinned(range(200), 5) == [0, 50, 100, 149, 199]
    assert thinned(range(3), 5) == [0, 1, 2]


COURSE = tuple(Evaluation(step, step / 10, 0.5, 1.0, 1 / step) for step in (10, 20, 30))


@pytest.mark.parametrize(("best_step", "place"), [(None, 2), (10, 0), (20, 1), (30, 2)])
def test_every_number_of_a_trial_is_of_the_one_evaluation_that_counts(
    best_step: int | None, place: int
) -> None:
    trial = Trial(0, 0, Hyperparams(), 0, 1)
    found = TrialRecord(trial, State.COMPLETE, 0.0, 1.0, 30, COURSE, best_step=best_step)
    assert found.judged == COURSE[place]
    assert found.metric("val_accuracy") == COURSE[place].val_accuracy
    assert found.metric("loss") == COURSE[place].loss
    assert found.last == COURSE[2]


def test_a_trial_without_an_evaluation_has_no_number() -> None:
    found = TrialRecord(Trial(0, 0, Hyperparams(), 0, 1), State.FAILED, 0.0)
    assert (found.judged, found.metric("val_loss")) == (None, None)


EARLIER = Evaluation(10, 1.0, 0.5, 1.0, 0.75)


def test_a_score_that_was_not_recorded_is_none_and_not_0() -> None:
    now = replace(EARLIER, val_balanced_accuracy=0.0)
    assert (EARLIER.metric("val_balanced_accuracy"), now.metric("val_balanced_accuracy")) == (
        None,
        0,
    )
    assert now.value("val_balanced_accuracy") == 0
    last = TrialRecord(Trial(0, 0, Hyperparams(), 0, 1), State.COMPLETE, 0.0, 1.0, 10, (EARLIER,))
    assert (last.metric("val_macro_f1"), last.metric("val_accuracy")) == (None, 0.75)


def test_evaluations_agree_if_every_number_that_both_have_is_equal() -> None:
    scored = replace(EARLIER, val_balanced_accuracy=0.5, val_macro_f1=0.25)
    assert scored.agrees(scored)
    assert scored.agrees(EARLIER)
    assert EARLIER.agrees(scored)
    assert not scored.agrees(replace(scored, val_macro_f1=0.5))
    assert not scored.agrees(replace(EARLIER, val_loss=0.5))
    assert not EARLIER.agrees(replace(EARLIER, step=20))


def test_what_is_no_metric_is_refused_with_the_metrics_that_there_are() -> None:
    for word in ("nope", "step"):
        with pytest.raises(InputError) as raised:
            EARLIER.metric(word)  # type: ignore[arg-type]
        (problem,) = raised.value.problems
        assert problem.message == f"there is no metric {word}"
        assert problem.hint.startswith("the metrics are val_accuracy, ")
