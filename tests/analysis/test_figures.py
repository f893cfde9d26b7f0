"""The figures of a report as SVG: their titles and labels, and how many marks they hold."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import matplotlib
import pandas as pd
import pytest

from sweep.analysis.effects import Axis, Variation
from sweep.analysis.figures import (
    importance_bars,
    learning_curves,
    marginal_panels,
    panels,
)
from sweep.space.objectives import ALWAYS_SHOWN, usual
from sweep.trial.record import Evaluation, State, TrialRecord
from tests.analysis.records import SPEC, record


def words(svg: str) -> list[str]:
    """The texts of a picture, in the order in which they are drawn."""
    ElementTree.fromstring(svg)
    return [found.strip() for found in re.findall(r"<!-- (.*?) -->", svg, re.DOTALL)]


def axes(svg: str) -> int:
    return len(re.findall(r'<g id="axes_\d+">', svg))


def uses(svg: str, colour: str) -> int:
    """The marks of a colour that are drawn: each is one use of a shape."""
    return len(re.findall(rf"<use [^>]*fill: {colour}", svg, re.IGNORECASE))


def frame(values: list[object], scores: list[float]) -> pd.DataFrame:
    found = pd.DataFrame({"value": pd.Series(values, dtype=object), "val_accuracy": scores})
    found["bin"] = found["value"]
    found["val_loss"] = [1 - score for score in scores]
    found["parameters"], found["seconds"] = 1000.0, 2.0
    return found


RATE = Axis("rate", numeric=True, log=True)
DENSE = Axis("dense", numeric=False, log=False, names=("[8]", "[8, 16]"))
RATES = frame([0.001, 0.01, 0.01, 0.1], [0.7, 0.8, 0.9, 0.5])
LISTS = frame([(8,), (8, 16)], [0.7, 0.8])


def variation(name: str, *rows: tuple[Axis, pd.DataFrame]) -> Variation:
    return Variation(
        baseline=name,
        held={},
        at={axis.name: 0.01 if axis.numeric else (8,) for axis, _ in rows},
        axes=tuple(axis for axis, _ in rows),
        frames=tuple(own for _, own in rows),
    )


def test_a_panel_has_a_row_per_hyperparameter_and_a_column_per_quantity() -> None:
    ((svg,),) = panels([variation("base", (RATE, RATES), (DENSE, LISTS))], ALWAYS_SHOWN)
    assert axes(svg) == 2 * 4
    found = words(svg)
    for name in ("validation accuracy", "validation loss", "parameters", "seconds"):
        assert sum(text.startswith(name) for text in found) == 1, name
    assert (found.count("rate"), found.count("dense")) == (1, 1)
    assert found.count("[8, 16]") == 4


def test_the_first_column_of_a_panel_is_the_objective() -> None:
    rates = RATES.assign(val_macro_f1=RATES["val_accuracy"] / 2)
    ((svg,),) = panels([variation("base", (RATE, rates))], usual("val_macro_f1").columns)
    assert axes(svg) == 5
    titles = ("macro F1", "validation accuracy", "validation loss", "parameters", "seconds")
    found = [text for text in words(svg) if text.startswith(titles)]
    assert [text.split("\n")[0] for text in found] == list(titles)


@pytest.mark.parametrize(("count", "parts"), [(1, [1]), (6, [6]), (7, [4, 3]), (13, [5, 5, 3])])
def test_a_panel_of_many_rows_goes_on_in_further_figures(count: int, parts: list[int]) -> None:
    rows = [(replace(RATE, name=f"rate{number}"), RATES) for number in range(count)]
    (figures,) = panels([variation("base", *rows)], ALWAYS_SHOWN)
    assert [axes(svg) // 4 for svg in figures] == parts


def test_every_baseline_has_a_figure_of_its_own() -> None:
    found = panels([variation("a", (RATE, RATES)), variation("b", (RATE, RATES))], ALWAYS_SHOWN)
    assert [len(figures) for figures in found] == [1, 1]
    assert panels([], ALWAYS_SHOWN) == []


def test_marginals_have_a_plot_each_with_every_trial_as_a_dot() -> None:
    (svg,) = marginal_panels([(RATE, RATES), (DENSE, LISTS)], "val_accuracy")
    assert axes(svg) == 2
    found = words(svg)
    assert (found.count("rate"), found.count("dense")) == (1, 1)
    # Dots of 4 and 2 trials, medians of 3 and 2 values.
    assert uses(svg, "#009e73") >= 4 + 2 + 3 + 2


def test_more_trials_are_more_dots() -> None:
    many = pd.concat([RATES] * 3, ignore_index=True)
    (few,) = marginal_panels([(RATE, RATES)], "val_accuracy")
    (more,) = marginal_panels([(RATE, many)], "val_accuracy")
    assert uses(more, "#009e73") - uses(few, "#009e73") == 8


def test_dots_beyond_a_number_are_one_picture() -> None:
    many = pd.concat([RATES] * 150, ignore_index=True)
    (few,) = marginal_panels([(RATE, RATES)], "val_accuracy")
    (more,) = marginal_panels([(RATE, many)], "val_accuracy")
    assert ("<image" in few, "<image" in more) == (False, True)
    assert uses(more, "#009e73") < 100


@pytest.mark.parametrize(("count", "parts"), [(15, [15]), (16, [8, 8])])
def test_many_marginals_go_on_in_further_figures(count: int, parts: list[int]) -> None:
    found = [(replace(RATE, name=f"rate{number}"), RATES) for number in range(count)]
    assert [axes(svg) for svg in marginal_panels(found, "val_accuracy")] == parts


def test_bars_of_importance_have_names_and_shares() -> None:
    found = words(importance_bars({"rate": 0.75, "dense": 0.25}))
    assert "importance (PED-ANOVA)" in found
    assert {"rate", "dense", "0.75", "0.25"} <= set(found)
    # From the bottom up.
    assert found.index("dense") < found.index("rate")


def test_bars_of_no_importance_are_drawn_all_the_same() -> None:
    assert "0.00" in words(importance_bars({"rate": 0.0}))


def learnt(number: int, state: State = State.COMPLETE, baseline: str | None = None) -> TrialRecord:
    # A dropout of its own: each is a configuration.
    done = record(number, state, 0.5 + number / 100, dropout=number / 100)
    first = Evaluation(10, 1.0, 0.3, 0.9, 0.3)
    trial = replace(done.trial, baseline=baseline)
    return replace(done, trial=trial, evaluations=(first, *done.evaluations))


def test_learning_curves_name_the_best_five() -> None:
    svg = learning_curves(SPEC, [learnt(number) for number in range(7)])
    found = words(svg)
    assert [text for text in found if text.startswith("trial")] == [
        f"trial {number}" for number in (6, 5, 4, 3, 2)
    ]
    assert "step" in found
    assert any(text.startswith("val_accuracy") for text in found)


def test_the_name_of_a_baseline_stands_with_its_trial() -> None:
    assert "trial 1 (base)" in words(learning_curves(SPEC, [learnt(1, baseline="base")]))


def test_a_curve_of_a_pruned_trial_is_dashed() -> None:
    complete = learning_curves(SPEC, [learnt(1), learnt(2)])
    pruned = learning_curves(SPEC, [learnt(1), learnt(2, State.PRUNED)])
    assert ("stroke-dasharray" in complete, "stroke-dasharray" in pruned) == (False, True)
    assert "trial 2" not in words(pruned)


def test_the_same_results_are_the_same_file_whatever_a_person_has_set() -> None:
    before = importance_bars({"rate": 0.75})
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black"}):
        assert importance_bars({"rate": 0.75}) == before
        assert matplotlib.rcParams["font.size"] == 30


def test_a_name_is_no_formula_and_may_lack_in_the_font() -> None:
    assert "$x$ 猫" in words(importance_bars({"$x$ 猫": 1.0}))
