"""The one order of trials and of configurations: by the objective, equal values by what else is
known of them."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sweep.analysis.leaderboard import by_configurations
from sweep.space.hyperparams import Hyperparams
from sweep.space.objectives import Objective, Objectives
from sweep.space.spec import SweepSpec
from sweep.trial.ranking import (
    Standings,
    configurations,
    exhaustion,
    judged_by_best,
    nothing_completed,
    ranked,
)
from sweep.trial.record import Evaluation, State, Trial, TrialRecord
from tests.conftest import spec_of

SPACE = "{dropout: {low: 0.0, high: 0.5}, steps: 10}"


def spec(repeats: int = 1, objective: str = "{maximize: val_accuracy}") -> SweepSpec:
    return spec_of(SPACE, f"search: {{trials: 30, repeats: {repeats}}}\nobjective: {objective}")


def ended(
    number: int,
    accuracy: float = 0.9,
    val_loss: float = 0.5,
    parameters: int = 100,
    state: State = State.COMPLETE,
    repeats: int = 1,
) -> TrialRecord:
    last = Evaluation(10, 1.0, 0.5, val_loss, accuracy, 1 - accuracy, accuracy / 2)
    trial = Trial(number, number // repeats, Hyperparams(steps=10), 0, parameters)
    return TrialRecord(trial, state, 0.0, 1.0, 10, (last,))


# Trials in the order in which they began, and their numbers from the best to the worst.
TIES = {
    "the loss decides": (
        "{maximize: val_accuracy}",
        [ended(0, val_loss=0.7), ended(1, val_loss=0.2)],
        [1, 0],
    ),
    "then the parameters": (
        "{maximize: val_accuracy}",
        [ended(0, parameters=9), ended(1, parameters=8)],
        [1, 0],
    ),
    "then the number": ("{maximize: val_accuracy}", [ended(1), ended(0)], [0, 1]),
    "a better value comes first": (
        "{maximize: val_accuracy}",
        [ended(0, 0.8, 0.1), ended(1, 0.9, 0.9)],
        [1, 0],
    ),
    "of equal losses the accuracy": (
        "{minimize: val_loss}",
        [ended(0, 0.7), ended(1, 0.8)],
        [1, 0],
    ),
    "of equal training losses too": (
        "{minimize: loss}",
        [ended(0, val_loss=0.7), ended(1, val_loss=0.2)],
        [1, 0],
    ),
    "balanced accuracies decide where they are the objective": (
        "{maximize: val_balanced_accuracy}",
        [ended(0, 0.9, val_loss=0.1), ended(1, 0.8, val_loss=0.7)],
        [1, 0],
    ),
    "of equal F1 the loss decides": (
        "{maximize: val_macro_f1}",
        [ended(0, val_loss=0.7), ended(1, val_loss=0.2)],
        [1, 0],
    ),
    "only complete ones": (
        "{maximize: val_accuracy}",
        [ended(0, 0.99, state=State.PRUNED), ended(1, 0.1)],
        [1],
    ),
}


@pytest.mark.parametrize(("objective", "records", "numbers"), TIES.values(), ids=TIES)
def test_equal_trials_are_ordered_by_what_else_is_known(
    objective: str, records: list[TrialRecord], numbers: list[int]
) -> None:
    asked = spec(objective=objective)
    assert [r.trial.number for r in ranked(records, asked.objectives)] == numbers
    assert [found.best.trial.number for found in configurations(asked, records)] == numbers
    assert by_configurations(asked, records)["configuration"].tolist() == numbers


def accuracies(*of_configurations: tuple[float, ...], repeats: int = 3) -> list[TrialRecord]:
    """Trainings with these accuracies, configuration by configuration; a negative one did not
    complete."""
    return [
        ended(
            configuration * repeats + place,
            abs(value),
            1 - abs(value),
            state=State.COMPLETE if value >= 0 else State.DIVERGED,
            repeats=repeats,
        )
        for configuration, values in enumerate(of_configurations)
        for place, value in enumerate(values)
    ]


def test_the_best_configuration_has_the_best_mean_not_the_luckiest_training() -> None:
    best, *rest = configurations(spec(3), accuracies((0.95, 0.80, 0.80), (0.88, 0.90, 0.89)))
    assert (best.number, best.best.trial.number, [found.number for found in rest]) == (1, 4, [0])
    assert best.value("val_accuracy") == pytest.approx(0.89)
    assert best.score("val_accuracy") == "0.8900 ± 0.0100"
    assert best.title == "configuration 1, 3 trainings"


def test_a_mean_over_trainings_of_which_one_lacks_the_score_is_not_known() -> None:
    first, *rest = accuracies((0.95, 0.80, 0.80))
    (last,) = first.evaluations
    earlier = replace(first, evaluations=(replace(last, val_macro_f1=None),))
    (found,) = configurations(spec(3), [earlier, *rest])
    assert math.isnan(found.mean("val_macro_f1"))
    assert math.isnan(found.deviation("val_macro_f1"))
    assert found.score("val_macro_f1") == "-"
    assert found.mean("val_balanced_accuracy") == pytest.approx(0.15)
    row = by_configurations(spec(3), [earlier, *rest]).iloc[0]
    assert math.isnan(row["val_macro_f1"])
    assert row["val_accuracy"] == pytest.approx(0.85)


def test_trainings_that_did_not_complete_put_a_configuration_behind_the_whole_ones() -> None:
    found = configurations(
        spec(3), accuracies((0.95, -0.8, 0.95), (0.8, 0.8, 0.8), (-0.9, -0.9, -0.9))
    )
    assert [(one.number, one.title) for one in found] == [
        (1, "configuration 1, 3 trainings"),
        (0, "configuration 0, 2 of 3 trainings"),
    ]


def test_a_configuration_with_trainings_to_come_is_best_only_before_any_other_is_there() -> None:
    early = accuracies((0.95, 0.80), (0.96,))
    assert [(one.number, one.title) for one in configurations(spec(3), early)] == [
        (1, "trial 3, a single training"),
        (0, "trial 0, a single training"),
    ]
    assert configurations(spec(3), early)[0].score("val_accuracy") == "0.9600"
    found = configurations(spec(3), accuracies((0.5, 0.5, -0.5), (0.99,), (0.4, 0.4, 0.4)))
    assert [one.number for one in found] == [2, 0, 1]


def test_means_of_equal_sums_are_equal_and_the_loss_decides() -> None:
    records = accuracies((0.1, 0.2, 0.3), (0.3, 0.2, 0.1), (0.15, 0.25, 0.2))
    better = [
        replace(r, evaluations=(replace(r.evaluations[0], val_loss=0.1),)) for r in records[6:]
    ]
    assert [one.number for one in configurations(spec(3), [*records[:6], *better])] == [2, 0, 1]


OUTCOMES = st.tuples(
    st.sampled_from([s for s in State if s.is_finished]),
    st.sampled_from([0.1, 0.2, 0.3]),
    st.sampled_from([1, 2]),
)


@given(
    ends=st.lists(OUTCOMES, max_size=12),
    repeats=st.integers(1, 3),
    objective=st.sampled_from(["{maximize: val_accuracy}", "{minimize: val_loss}"]),
    order=st.randoms(use_true_random=False),
)
def test_the_standings_after_each_end_are_those_of_all_that_have_ended(
    ends: list[tuple[State, float, int]], repeats: int, objective: str, order: object
) -> None:
    asked = spec(repeats, objective)
    records = [
        ended(n, value, value, size, state, repeats) for n, (state, value, size) in enumerate(ends)
    ]
    order.shuffle(records)  # type: ignore[attr-defined]
    standings = Standings(asked)
    for count, record in enumerate(records, 1):
        standings.add(record)
        assert standings.configurations == configurations(
            asked, sorted(records[:count], key=lambda r: r.trial.number)
        )
        assert standings.best == next(iter(standings.configurations), None)
    if repeats == 1:
        best_first = ranked(records, asked.objectives)
        assert [one.best for one in standings.configurations] == best_first
        assert all(one.title == f"trial {one.number}" for one in standings.configurations)


@given(ends=st.lists(OUTCOMES, max_size=12), repeats=st.integers(1, 3))
def test_the_table_of_configurations_has_their_order_and_the_means_of_their_trainings(
    ends: list[tuple[State, float, int]], repeats: int
) -> None:
    asked = spec(repeats)
    records = [
        ended(n, value, value, size, state, repeats) for n, (state, value, size) in enumerate(ends)
    ]
    table = by_configurations(asked, records)
    assert table["configuration"].tolist() == [one.number for one in configurations(asked, records)]
    whole = table[table["complete"] == repeats]
    assert (whole["val_accuracy"].diff().dropna() <= 1e-9).all()
    for row in table.to_dict("records"):
        own = [
            r.metric("val_accuracy")
            for r in records
            if r.trial.configuration == row["configuration"] and r.state is State.COMPLETE
        ]
        assert (row["complete"], row["trainings"]) == (len(own), repeats)
        assert row["val_accuracy"] == pytest.approx(sum(v or 0 for v in own) / len(own))


def test_ties_are_broken_alike_for_every_objective() -> None:
    records = [ended(0, 0.9, 0.5, 8), ended(1, 0.9, 0.5, 7), ended(2, 0.9, 0.5, 7)]
    for objective in (
        Objective("val_accuracy", True),
        Objective("val_loss", False),
        Objective("loss", False),
    ):
        assert [r.trial.number for r in ranked(records, Objectives((objective,)))] == [1, 2, 0]


def peaking(number: int, *accuracies: float, repeats: int = 1) -> TrialRecord:
    """A trial with these accuracies at its evaluations, judged by the best."""
    course = tuple(
        Evaluation(10 * place, 1.0, 0.5, 1 - value, value)
        for place, value in enumerate(accuracies, 1)
    )
    best = 10 * (accuracies.index(max(accuracies)) + 1)
    return replace(ended(number, repeats=repeats), evaluations=course, best_step=best)


def test_trials_that_are_judged_by_their_best_evaluation_are_ranked_by_it() -> None:
    asked = spec(objective="{maximize: val_accuracy, of: best}")
    records = [peaking(0, 0.5, 0.8), peaking(1, 0.9, 0.1), peaking(2, 0.7, 0.7)]
    assert [r.trial.number for r in ranked(records, asked.objectives)] == [1, 0, 2]
    assert [found.value("val_accuracy") for found in configurations(asked, records)] == [
        0.9,
        0.8,
        0.7,
    ]


def test_the_mean_of_repeats_is_that_of_their_best_evaluations() -> None:
    asked = spec(2, objective="{maximize: val_accuracy, of: best}")
    records = [peaking(0, 0.5, 0.8, repeats=2), peaking(1, 0.6, 0.2, repeats=2)]
    (found,) = configurations(asked, records)
    assert found.mean("val_accuracy") == pytest.approx(0.7)
    assert found.mean("val_loss") == pytest.approx(0.3)
    assert found.best.trial.number == 0


def test_that_trials_are_judged_by_their_best_evaluation_is_said() -> None:
    assert judged_by_best(spec()) is None
    assert judged_by_best(spec(objective="{minimize: val_loss, of: best}")) == (
        "the numbers of a trial are those of its best evaluation, by val_loss"
    )


@pytest.mark.parametrize(
    ("repeats", "words"), [(1, "2 configurations"), (2, "1 configuration")], ids=["two", "one"]
)
def test_the_sentence_on_an_exhausted_space_counts_its_configurations(
    repeats: int, words: str
) -> None:
    records = [ended(number, repeats=repeats) for number in range(2)]
    assert exhaustion(spec(repeats), records) == (
        f"the space is exhausted: after {words} nothing new that is allowed was found in 20,000 "
        "random draws, so the sweep ended with 2 of 30 trials"
    )


def test_whether_a_trial_may_still_complete_is_said_and_how_the_others_ended() -> None:
    asked = spec()
    some = [ended(0, state=State.PRUNED), ended(1, state=State.RUNNING)]
    assert nothing_completed(asked, some, exhausted=False) == "no trial has completed yet"
    finished = "the sweep has finished, and no trial completed: "
    assert nothing_completed(asked, some, exhausted=True) == f"{finished}1 pruned"
    count = asked.search.trials
    every = [ended(number, state=State.PRUNED) for number in range(count - 1)]
    every.append(ended(count, state=State.FAILED))
    assert nothing_completed(asked, every, exhausted=False) == (
        f"{finished}{count - 1} pruned, 1 failed"
    )
