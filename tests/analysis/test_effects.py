"""What each hyperparameter did: every complete trial is counted under its value, with mean and
spread."""

from dataclasses import replace

import pytest

from sweep.analysis.effects import Axis, effects, marginals, variations
from sweep.analysis.leaderboard import by_configurations
from sweep.space.design import by_configuration
from sweep.space.hyperparams import exact, short
from sweep.space.objectives import ALWAYS_SHOWN, METRICS
from sweep.space.spec import SweepSpec
from sweep.trial.record import Evaluation, State, Trial, TrialRecord
from tests.conftest import spec_of

SHAPE = (28, 28, 1)


def records_of(spec: SweepSpec, state: State = State.COMPLETE) -> list[TrialRecord]:
    """Every planned training of `spec`; its accuracy falls with its dropout and a little with each
    repeat."""
    found = []
    for configuration, planned in by_configuration(spec, SHAPE).items():
        for repeat in range(spec.search.repeats):
            number = configuration * spec.search.repeats + repeat
            accuracy = 0.9 - planned.point.model_dump()["dropout"] / 100 - repeat / 1000
            last = Evaluation(10, 1.0, 0.5, 1 - accuracy, accuracy)
            trial = Trial(number, configuration, planned.point, number, 1000, planned.baseline)
            found.append(TrialRecord(trial, state, 0.0, 2.0 + repeat, 10, (last,)))
    return found


def sweep() -> SweepSpec:
    return spec_of(
        "{dropout: {low: 0.0, high: 0.8}, optimizer: {choices: [sgd, adam, rmsprop]}, "
        "dense: {choices: [[], [8]]}, steps: 10}",
        "search: {sampler: {name: one-at-a-time, values: 3}, repeats: 3}\n"
        "baselines: {a: {dropout: 0.4, optimizer: adam, dense: [8]}, b: {dropout: 0.1, optimizer: "
        "sgd, dense: []}}\n",
    )


def test_each_baseline_has_its_own_variations() -> None:
    spec = sweep()
    found = variations(spec, records_of(spec))
    assert [v.baseline for v in found] == ["a", "b"]
    first = found[0]
    assert [axis.name for axis in first.axes] == ["dropout", "optimizer", "dense"]
    assert first.at == {"dropout": 0.4, "optimizer": "adam", "dense": (8,)}
    assert {name: first.held[name] for name in first.at} == first.at
    assert first.held["steps"] == 10
    assert sorted(set(first.frames[0]["value"])) == [0.0, 0.4, 0.8]
    assert sorted(set(found[1].frames[0]["value"])) == [0.0, 0.1, 0.4, 0.8]
    assert set(first.frames[0]["optimizer"]) == {"adam"}


def test_effects_are_means_and_spreads_over_the_seeds() -> None:
    spec = sweep()
    (first, _) = variations(spec, records_of(spec))
    table = effects(first.axes[0], first.frames[0], ALWAYS_SHOWN)
    assert table["value"].tolist() == ["0", "0.4", "0.8"]
    assert table["complete"].tolist() == table["trainings"].tolist() == [3, 3, 3]
    assert table["val_accuracy"].tolist() == pytest.approx([0.899, 0.895, 0.891])
    assert table["val_accuracy_sd"].tolist() == pytest.approx([0.001] * 3)
    assert table["seconds"].tolist() == [3.0, 3.0, 3.0]
    assert effects(first.axes[1], first.frames[1], ALWAYS_SHOWN)["value"].tolist() == [
        "sgd",
        "adam",
        "rmsprop",
    ]
    assert effects(first.axes[2], first.frames[2], ALWAYS_SHOWN)["value"].tolist() == ["[]", "[8]"]


def test_effects_have_the_metrics_that_are_asked_for() -> None:
    spec = sweep()
    records = [
        replace(r, evaluations=(replace(r.evaluations[0], val_balanced_accuracy=r.seconds),))
        for r in records_of(spec)
    ]
    (first, _) = variations(spec, records)
    table = effects(first.axes[0], first.frames[0], ("val_balanced_accuracy", "val_loss"))
    assert table["val_balanced_accuracy"].tolist() == [3.0, 3.0, 3.0]
    assert table["val_balanced_accuracy_sd"].tolist() == [1.0, 1.0, 1.0]
    assert [name for name in table.columns if name in METRICS] == [
        "val_balanced_accuracy",
        "val_loss",
    ]


def test_a_single_training_has_no_spread() -> None:
    spec = spec_of(
        "{dropout: {low: 0.0, high: 0.8}, steps: 10}",
        "search: {sampler: {name: one-at-a-time, values: 2}}\nbaselines: {a: {dropout: 0.4}}\n",
    )
    (found,) = variations(spec, records_of(spec))
    assert effects(found.axes[0], found.frames[0], ALWAYS_SHOWN)["val_accuracy_sd"].isna().all()


def test_only_complete_trials_count_and_other_sweeps_have_no_variations() -> None:
    spec = sweep()
    assert variations(spec, records_of(spec, State.DIVERGED)) == []
    grid = spec_of("{dropout: {low: 0.0, high: 0.8}, steps: 10}", "search: {sampler: grid}\n")
    assert variations(grid, records_of(grid)) == []


def test_marginals_sum_up_many_values_in_few_bins() -> None:
    spec = spec_of(
        "{dropout: {low: 0.0, high: 0.8}, optimizer: {choices: [sgd, adam]}, steps: 10}",
        "search: {sampler: {name: grid, values: 40}}\n",
    )
    found = {axis.name: frame for axis, frame in marginals(spec, records_of(spec))}
    assert set(found) == {"dropout", "optimizer"}
    assert len(found["dropout"]) == 80
    assert found["dropout"]["bin"].nunique() == 6
    assert found["dropout"].groupby("bin").size().min() >= 12
    assert found["optimizer"]["bin"].tolist() == found["optimizer"]["value"].tolist()


def test_configurations_come_in_the_order_of_their_means() -> None:
    spec = sweep()
    table = by_configurations(spec, records_of(spec))
    assert table["val_accuracy"].is_monotonic_decreasing
    assert table["trainings"].unique().tolist() == [3]
    assert by_configurations(spec, []).empty


def test_neighbourhoods_that_overlap_are_each_whole() -> None:
    spec = spec_of(
        "{dropout: {choices: [0.0, 0.4, 0.8]}, optimizer: {choices: [sgd, adam]}, steps: 10}",
        "search: {sampler: one-at-a-time}\n"
        "baselines: {a: {dropout: 0.4, optimizer: adam}, b: {dropout: 0.0, optimizer: adam}}\n",
    )
    found = variations(spec, records_of(spec))
    for variation in found:
        tables = {
            a.name: effects(a, f, ALWAYS_SHOWN)["value"].tolist()
            for a, f in zip(variation.axes, variation.frames, strict=True)
        }
        assert tables == {"dropout": ["0", "0.4", "0.8"], "optimizer": ["sgd", "adam"]}


def test_values_that_differ_in_a_late_digit_are_two() -> None:
    spec = spec_of(
        "{optimizer: momentum, momentum: {choices: [0.9995, 0.9999]}, dense: {choices: [[512], "
        "[1024]]}, steps: 10}",
        "search: {sampler: one-at-a-time}\nbaselines: {a: {momentum: 0.9995, dense: []}}\n",
    )
    (found,) = variations(spec, records_of(spec))
    assert [
        effects(a, f, ALWAYS_SHOWN)["value"].tolist()
        for a, f in zip(found.axes, found.frames, strict=True)
    ] == [
        ["0.9995", "0.9999"],
        ["[]", "[512]", "[1024]"],
    ]


def test_a_baseline_may_give_a_list_where_the_space_has_numbers() -> None:
    spec = spec_of(
        "{kernel_size: {low: 2, high: 6}, filters: [4, 4], steps: 10}",
        "search: {sampler: {name: one-at-a-time, values: 3}}\nbaselines: {a: {kernel_size: [5, "
        "3]}}\n",
    )
    (found,) = variations(spec, records_of(spec))
    assert not found.axes[0].numeric
    assert effects(found.axes[0], found.frames[0], ALWAYS_SHOWN)["value"].tolist() == [
        "2",
        "4",
        "6",
        "[5, 3]",
    ]
    assert not marginals(spec, records_of(spec))[0][0].numeric


def test_trainings_that_did_not_complete_are_counted_and_rank_last() -> None:
    spec = sweep()
    records = [
        replace(r, state=State.DIVERGED) if r.trial.number in (0, 3, 4, 5) else r
        for r in records_of(spec)
    ]
    (first, _) = variations(spec, records)
    table = effects(first.axes[0], first.frames[0], ALWAYS_SHOWN).set_index("value")
    assert table["trainings"].tolist() == [3, 3, 3]
    assert table["complete"].sum() == sum(r.state is State.COMPLETE for r in records if r.trial.configuration in
                                          set(first.frames[0]["configuration"]))  # fmt: skip
    ranked = by_configurations(spec, records)
    assert 1 not in ranked["configuration"].tolist()
    assert ranked["configuration"].tolist()[-1] == 0
    assert (ranked["complete"].tolist()[-1], ranked["trainings"].tolist()[-1]) == (2, 3)


AXES = {
    "{low: 0.0, high: 0.8}": (True, False, ()),
    "{low: 0.01, high: 0.8, log: true}": (True, True, ()),
    "{choices: [0.1, 0.2, 0.4]}": (True, False, ()),
    "{choices: [0.01, 0.1, 0.5]}": (True, True, ()),
    "{choices: [0.0, 0.1, 0.5]}": (True, False, ()),
    "{choices: [0.1, 0.5]}": (False, False, ("0.1", "0.5")),
}


@pytest.mark.parametrize(("domain", "expected"), AXES.items())
def test_an_axis_has_numbers_or_names(
    domain: str, expected: tuple[bool, bool, tuple[str, ...]]
) -> None:
    spec = spec_of(f"{{dropout: {domain}}}")
    axis = Axis.of(spec, spec.space.parameters[0], [])
    assert (axis.numeric, axis.log, axis.names) == expected


def test_values_are_said_as_a_file_says_them_and_short() -> None:
    values = (True, 0.30000000000000004, 0.12345, 3, (8, 8), "sgd")
    assert [exact(v) for v in values] == [
        "true",
        "0.30000000000000004",
        "0.12345",
        "3",
        "[8, 8]",
        "sgd",
    ]
    assert [short(v) for v in values] == ["true", "0.3", "0.123", "3", "[8, 8]", "sgd"]
    assert short(None) == "-"


def test_a_hyperparameter_has_the_same_axis_around_every_baseline() -> None:
    spec = spec_of(
        "{dense: {choices: [[8], [16]]}, dropout: {low: 0.0, high: 0.8}, steps: 10}",
        "search: {sampler: {name: one-at-a-time, values: 3}}\n"
        "baselines: {a: {dense: [], dropout: 0.4}, b: {dense: [32, 4], dropout: 0.1}}\n",
    )
    one, other = variations(spec, records_of(spec))
    assert one.axes == other.axes
    assert len(one.axes[0].names) == 4
    assert effects(one.axes[0], one.frames[0], ALWAYS_SHOWN)["value"].size == 3


def test_a_baseline_that_did_not_train_leaves_its_place_on_the_axis() -> None:
    spec = sweep()
    others = [record for record in records_of(spec) if record.trial.baseline != "a"]
    first = variations(spec, others)[0]
    axis = next(axis for axis in first.axes if axis.name == "dense")
    assert exact(first.at["dense"]) in axis.names


def test_lists_of_one_are_an_axis_of_numbers() -> None:
    spec = spec_of(
        "{dense: {choices: [[512], [64], [1024]]}, dropout: {low: 0.0, high: 0.5}, steps: 10}",
        "search: {sampler: {name: one-at-a-time, values: 2}}\nbaselines: {a: {dense: [64], "
        "dropout: 0.0}}\n",
    )
    (found,) = variations(spec, records_of(spec))
    axis, frame = found.axes[0], found.frames[0]
    assert (axis.name, axis.numeric, axis.log) == ("dense", True, True)
    assert effects(axis, frame, ALWAYS_SHOWN)["value"].tolist() == ["64", "512", "1024"]
    assert found.held["dense"] == 64
    axis, frame = marginals(spec, records_of(spec))[0]
    assert axis.numeric
    assert set(frame["value"]) == {64, 512, 1024}
