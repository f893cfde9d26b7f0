"""One trial, and what was predicted, on terminals wide and narrow."""

import io
from dataclasses import replace

import pytest
from rich.console import Console, RenderableType

from sweep.analysis.portrait import Portrait
from sweep.engine.predict import Prediction
from sweep.space.hyperparams import Hyperparams
from sweep.space.shapes import plan
from sweep.space.spec import SweepSpec
from sweep.trial.record import Evaluation, State, Trace, Trial, TrialRecord
from sweep.view.trial import predictions_view, trial_view
from tests.conftest import space_file, spec_of

SPEC = spec_of("{filters: [{low: 2, high: 4}], dense: [8], steps: 400}")


def shown(parts: list[RenderableType], width: int) -> str:
    console = Console(file=io.StringIO(), width=width)
    for part in parts:
        console.print(part)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert isinstance(text, str)
    return text


def portrait(classes: tuple[str, ...], evaluations: int = 4) -> Portrait:
    point = Hyperparams(filters=(2,), dense=(8,), steps=400)
    seen = tuple(
        Evaluation(100 * (i + 1), 1.0, 0.5, 1.0, 0.5 + 0.1 * i / evaluations, 0.0, 0.125)
        for i in range(evaluations)
    )
    record = TrialRecord(Trial(3, 3, point, 7, 100, "base"), State.COMPLETE, 0.0, 65.0, 400, seen)
    share = 1 / len(classes)
    traces = tuple(Trace(1 + 100 * i, 2.0, (share,) * len(classes)) for i in range(evaluations))
    return Portrait(SPEC, record, plan(point, (28, 28, 1), len(classes)), traces, classes)


@pytest.mark.parametrize("width", [60, 80, 200])
def test_numbers_are_never_cut(width: int) -> None:
    text = shown(trial_view(portrait(tuple("0123456789")), width), width)
    assert "…" not in text
    for said in ("test, trial 3 (base): complete", "1 min 05 s", "conv_1", "0.5750", "301"):
        assert said in text
    assert ("0.1250" in text) == (width >= 80)
    assert all(len(line) <= width for line in text.splitlines())


def test_a_narrow_curve_has_the_score_that_decides() -> None:
    spec = spec_of("{filters: [2], steps: 400}", "objective: {maximize: val_macro_f1}")
    text = shown(trial_view(replace(portrait(("a", "b")), spec=spec), 60), 60)
    assert "0.1250" in text
    assert "…" not in text


def test_scores_that_were_not_recorded_have_no_column() -> None:
    found = portrait(("a", "b"))
    assert "val_macro_f1" in shown(trial_view(found, 200), 200)
    earlier = [replace(e, val_macro_f1=None) for e in found.record.evaluations]
    found = replace(found, record=replace(found.record, evaluations=tuple(earlier)))
    text = shown(trial_view(found, 200), 200)
    assert "val_macro_f1" not in text
    assert "val_balanced_accuracy" in text


def test_bars_grow_with_the_accuracy_at_any_width() -> None:
    text = shown(trial_view(portrait(("a", "b")), 70), 70)
    bars = [line.count("█") for line in text.splitlines() if "█" in line]
    assert bars == sorted(set(bars))


@pytest.mark.parametrize("width", [60, 80, 200])
def test_bars_are_of_the_objective_and_named_after_it(width: int) -> None:
    spec = spec_of("{filters: [2], steps: 400}", "objective: {maximize: val_balanced_accuracy}")
    found = portrait(("a", "b"))
    falling = tuple(
        replace(e, val_balanced_accuracy=0.9 - e.val_accuracy) for e in found.record.evaluations
    )
    record = replace(found.record, evaluations=falling)
    text = shown(trial_view(replace(found, spec=spec, record=record), width), width)
    bars = [line.count("█") for line in text.splitlines() if "█" in line]
    assert bars == sorted(set(bars), reverse=True)
    assert "…" not in text
    if width == 200:
        assert text.count("val_balanced_accuracy") == 2
        assert "0.3250 to 0.4000" in text


def test_a_hyperparameter_whose_condition_does_not_hold_has_no_value() -> None:
    choices = "{optimizer: {choices: [adam, momentum]}, momentum: {low: 0.5, high: 0.9, when: {optimizer: momentum}}}"
    for optimizer, expected in (("adam", "its condition does not hold"), ("momentum", "0.7")):
        shape = portrait(("a", "b"))
        point = Hyperparams(optimizer=optimizer, momentum=0.7)
        record = replace(shape.record, trial=replace(shape.record.trial, point=point))
        text = shown(trial_view(replace(shape, spec=spec_of(choices), record=record), 100), 100)
        (line,) = [line for line in text.splitlines() if line.strip().startswith("momentum")]
        assert line.split()[1:] == expected.split()


def test_a_hyperparameter_without_effect_has_no_value_and_a_reason() -> None:
    spec = spec_of("{optimizer: {choices: [sgd, momentum]}, momentum: {low: 0.5, high: 0.9}}")
    for optimizer, expected in (("sgd", "no effect: sgd has no momentum"), ("momentum", "0.7")):
        found = portrait(("a", "b"))
        point = Hyperparams(optimizer=optimizer, momentum=0.7)
        record = replace(found.record, trial=replace(found.record.trial, point=point))
        text = shown(trial_view(replace(found, spec=spec, record=record), 100), 100)
        (line,) = [line for line in text.splitlines() if line.strip().startswith("momentum")]
        assert line.split()[1:] == expected.split()


UNNAMED = {
    "the share left follows the schedule": ("{schedule: exponential}", "decay", "0.01 default"),
    "a rate follows the optimizer": ("{optimizer: sgd}", "learning_rate", "0.01 default"),
    "the dense layers follow the blocks": (
        "{activation: tanh, dense: [8]}",
        "dense_activation",
        "tanh default",
    ),
    "the last block counts": (
        "{filters: [2, 2], activation: [tanh, elu], dense: [8]}",
        "dense_activation",
        "elu default",
    ),
    "steps follow from epochs": ("{epochs: 2}", "steps", "1100 follows from epochs"),
    "steps have a default": ("{filters: [2]}", "steps", "500 default"),
}


def note_on(knob: str, spec: SweepSpec, point: Hyperparams) -> str:
    """The line of a knob on the page of a trial at `point`, without its name."""
    shape = portrait(("a", "b"))
    record = replace(shape.record, trial=replace(shape.record.trial, point=point))
    text = shown(trial_view(replace(shape, spec=spec, record=record), 100), 100)
    (line,) = [line for line in text.splitlines() if line.split()[:1] == [knob]]
    return " ".join(line.split()[1:])


@pytest.mark.parametrize("name", UNNAMED)
def test_a_hyperparameter_outside_the_file_is_shown_with_where_it_comes_from(name: str) -> None:
    space, knob, expected = UNNAMED[name]
    spec = space_file(f"name: test\nspace: {space}\n").spec((28, 28, 1), 55_000)
    assert note_on(knob, spec, spec.space.settled({})) == expected


def test_a_recorded_value_that_is_no_default_of_today_was_one_when_it_was_run() -> None:
    spec = spec_of("{schedule: exponential}")
    point = Hyperparams(schedule="exponential", decay=0.25)
    assert note_on("decay", spec, point) == "0.25 default when it was run"


def test_names_of_classes_are_no_markup() -> None:
    assert "[old]" in shown(trial_view(portrait(("[old]", "new")), 120), 120)


def test_a_long_curve_is_shown_in_part() -> None:
    text = shown(trial_view(portrait(("a", "b"), 200), 100), 100)
    assert len(text.splitlines()) < 120
    assert "20000" in text


@pytest.mark.parametrize("width", [60, 200])
def test_all_probabilities_are_shown_at_any_width(width: int) -> None:
    classes = tuple("0123456789")
    prediction = Prediction("folder/[digit].png", "3", tuple(0.01 * i for i in range(10)))
    text = shown([predictions_view([prediction], classes, width)], width)
    assert "[digit].png" in text.replace("\n", "")
    assert all(f"{0.01 * i:.3f}" in text for i in range(10))


@pytest.mark.parametrize("best_step", [None, 200])
def test_the_best_evaluation_of_a_trial_is_named_where_it_counts(best_step: int | None) -> None:
    found = portrait(("a", "b"))
    record = replace(found.record, best_step=best_step)
    text = shown(trial_view(replace(found, record=record), 100), 100)
    assert ("400 steps (best evaluation: step 200)" in text) == (best_step is not None)
