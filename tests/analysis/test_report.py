"""The report: one page that needs nothing beside it, a twin whose pictures are there, and the same
again each time."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from sweep.analysis.report import standard_error, write_report
from sweep.engine.coordinator import Options
from sweep.trial.events import Ended, Evaluated, Event
from sweep.trial.images import DataSummary
from sweep.trial.record import Evaluation, State
from sweep.trial.tasks import Train
from tests.fakes import SUMMARY, FakeExecutor, Trainer, failing, learning, run_file

TPE = """\
name: test
space:
  filters: [{low: 2, high: 9}]
  dense: {choices: [[8], [8, 8]]}
  learning_rate: {low: 1e-4, high: 1e-1, log: true}
  batch_norm: {choices: [true, false]}
  steps: {low: 20, high: 100, step: 20}
search: {trials: 25, pruner: none}
"""
KNOBS = TPE.replace(
    "search: {trials: 25, pruner: none}",
    "search: {sampler: {name: one-at-a-time, values: 3}, repeats: 2}\nbaselines:\n"
    "  plain: {filters: [4], dense: [8], learning_rate: 0.01, batch_norm: false, steps: 60}",
)


TWO = """\
name: two
space:
  filters: [{low: 2, high: 9, log: true}]
  dense: {choices: [[8], [8, 8]]}
  dropout: {low: 0.0, high: 0.8}
  learning_rate: {low: 1e-5, high: 1e-1, log: true}
  batch_size: 50
  steps: {low: 20, high: 100, step: 20}
search: {sampler: {name: one-at-a-time, values: 4}, repeats: 2}
baselines:
  weak: {filters: [4], dense: [8], dropout: 0.3, learning_rate: 0.1, steps: 20, padding: valid}
  strong: {filters: [300], dense: [256, 64], dropout: 0.0, learning_rate: 1e-5, steps: 100}
"""


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory, mlflow_store: str) -> Callable[..., Path]:
    """Runs a space file with fake trials, and gives the folder of its sweep."""
    store = tmp_path_factory.mktemp("store")

    def made(text: str, trainer: Trainer = learning, summary: DataSummary = SUMMARY) -> Path:
        folder = tmp_path_factory.mktemp("sweep")
        (folder / "space.yaml").write_text(text)
        options = Options(folder / "results", mlflow_store, workers=1)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(store)
            start = lambda data, workers: FakeExecutor(data, workers, trainer, summary)  # noqa: E731
            return run_file(folder / "space.yaml", options, start).folder

    return made


@pytest.fixture(scope="module")
def tpe(make: Callable[..., Path]) -> Path:
    return make(TPE)


@pytest.fixture(scope="module")
def knobs(make: Callable[..., Path]) -> Path:
    return make(KNOBS)


@pytest.fixture(scope="module")
def two(make: Callable[..., Path]) -> Path:
    folder = make(TWO)
    write_report(folder)
    return folder


def figures(folder: Path) -> set[str]:
    for path in (folder / "figures").iterdir():
        ElementTree.parse(path)
    return {path.name for path in (folder / "figures").iterdir()}


def test_a_sweep_has_leaders_importance_marginals_and_curves(tpe: Path) -> None:
    folder = tpe
    written = write_report(folder)
    page, twin = written.html.read_text(), written.markdown.read_text()
    assert figures(folder) == {"importance.svg", "marginals.svg", "learning.svg"}
    assert page.count("<svg") == 3
    assert not re.search(r"(src|href)=\"http", page)
    for said in (
        "The best",
        "PED-ANOVA",
        "Marginal effects",
        "standard error",
        "this is no experiment",
    ):
        assert said in page
        assert said in twin
    assert set(re.findall(r"\]\(([^)]+)\)", twin)) == {f"figures/{n}" for n in figures(folder)}
    assert set(written.importance) == {"filters.1", "dense", "learning_rate", "batch_norm", "steps"}
    assert TPE in twin
    assert not (folder / "effects.csv").exists()


def test_one_at_a_time_has_a_panel_and_its_numbers(knobs: Path) -> None:
    folder = knobs
    written = write_report(folder)
    assert {"knobs-plain.svg"} <= figures(folder)
    table = pd.read_csv(folder / "effects.csv")
    assert table["baseline"].unique().tolist() == ["plain"]
    assert table.groupby("hyperparameter").size().to_dict() == {
        "filters.1": 4,
        "dense": 2,
        "learning_rate": 4,
        "batch_norm": 2,
        "steps": 3,
    }
    assert set(table["complete"]) == set(table["trainings"]) == {2}
    page = written.html.read_text()
    assert "What each knob does, around plain" in page
    assert "0.01 (baseline)" in page
    assert "±" in page
    assert len(written.to_json()["effects"]) == len(table)


def test_the_same_sweep_gives_the_same_files(tpe: Path) -> None:
    folder = tpe
    before = {
        path: path.read_bytes()
        for path in [write_report(folder).html, *(folder / "figures").iterdir()]
    }
    write_report(folder)
    assert {path: path.read_bytes() for path in before} == before


def test_a_sweep_without_success_still_has_a_report(make: Callable[..., Path]) -> None:
    folder = make(TPE.replace("25", "3"), failing)
    page = write_report(folder).html.read_text()
    assert "3 failed" in page
    assert "too few to say" in page


def test_what_a_file_says_is_text_and_no_markup(make: Callable[..., Path]) -> None:
    folder = make("# <script>alert(1)</script>\n" + TPE.replace("25", "2"))
    page = write_report(folder).html.read_text()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_standard_error_is_that_of_a_share() -> None:
    assert standard_error(0.99, 10_000) == pytest.approx(0.000995, abs=1e-6)


def test_states_are_counted(make: Callable[..., Path]) -> None:
    def sometimes(job: Train) -> list[Event]:
        return failing(job) if job.number == 1 else learning(job)

    folder = make(TPE.replace("25", "4"), sometimes)
    assert "3 complete, 1 failed" in write_report(folder).html.read_text()


def opposed(job: Train) -> list[Event]:
    """A training whose balanced accuracy grows with its steps while its accuracy falls.

    Its dense layers change the last digit of both.
    """
    job.weights.parent.mkdir(parents=True, exist_ok=True)
    job.weights.write_bytes(b"weights")
    share = job.evaluate_at[-1] / 200 + len(job.point.dense) * 1e-16
    last = Evaluation(job.evaluate_at[-1], 0.3, 0.9, share, 1 - share, share, share / 2)
    return [Evaluated(job.number, last), Ended(job.number, State.COMPLETE)]


# The objective, and the rows of the steps 20 and 100 in the table of differences.
MOVES = {
    "{maximize: val_balanced_accuracy}": "| steps | 0.4000 | 100 (0.5000) | 20 (0.1000) |",
    "{maximize: val_macro_f1}": "| steps | 0.2000 | 100 (0.2500) | 20 (0.0500) |",
    "{maximize: val_accuracy}": "| steps | 0.4000 | 20 (0.9000) | 100 (0.5000) |",
    "{minimize: val_loss}": "| steps | 0.4000 | 20 (0.1000) | 100 (0.5000) |",
}


@pytest.mark.parametrize(("objective", "row"), MOVES.items(), ids=MOVES)
def test_the_best_and_the_worst_value_of_a_knob_are_those_of_the_objective(
    make: Callable[..., Path], objective: str, row: str
) -> None:
    folder = make(f"{KNOBS}\nobjective: {objective}\n", opposed)
    page = write_report(folder).markdown.read_text()
    metric = objective[1:-1].split()[1]
    assert row in page
    assert f"moves the mean {metric}," in page
    (numbers,) = [line for line in page.splitlines() if line.startswith("| hyperparameter | value")]
    assert numbers.split(" | ")[3] == metric
    assert "val_accuracy" in numbers
    assert "val_loss" in numbers
    table = pd.read_csv(folder / "effects.csv")
    assert table.columns[4] == metric
    assert {"val_accuracy", "val_loss", f"{metric}_sd"} <= set(table.columns)


def varying(job: Train) -> list[Event]:
    """A training whose F1 depends on its seed, but not its accuracy."""
    evaluated, ended = opposed(job)
    assert isinstance(evaluated, Evaluated)
    f1 = 0.2 + 0.1 * (job.number % 2)
    found = replace(evaluated.evaluation, val_macro_f1=f1, val_accuracy=0.5)
    return [replace(evaluated, evaluation=found), ended]


def test_the_spread_over_seeds_is_of_the_objective(make: Callable[..., Path]) -> None:
    by_f1 = f"{KNOBS}\nobjective: {{maximize: val_macro_f1}}\n"
    page = write_report(make(by_f1, varying)).markdown.read_text()
    assert "deviation of val_macro_f1 over the trainings of one configuration is 0.0707" in page
    page = write_report(make(KNOBS, varying)).markdown.read_text()
    assert "deviation of val_accuracy over the trainings of one configuration is 0.0000" in page


def test_the_precision_of_an_accuracy_is_not_taken_for_that_of_the_objective(
    make: Callable[..., Path],
) -> None:
    by_f1 = TPE.replace("25", "2") + "objective: {maximize: val_macro_f1}\n"
    only = (
        "is a tie (this holds for val_accuracy only; the precision of val_macro_f1 is not computed)"
    )
    assert only in write_report(make(by_f1, opposed)).markdown.read_text()
    page = write_report(make(TPE.replace("25", "2"), opposed)).markdown.read_text()
    assert "is a tie" in page
    assert "this holds for" not in page


def test_values_that_come_to_the_same_have_no_best_and_no_worst(make: Callable[..., Path]) -> None:
    page = write_report(make(KNOBS, opposed)).markdown.read_text()
    assert "| dense | 0.0000 | - | - |" in page


def test_values_that_share_the_best_mean_are_all_called_the_best(
    make: Callable[..., Path],
) -> None:
    def two_good(job: Train) -> list[Event]:
        evaluated, ended = opposed(job)
        assert isinstance(evaluated, Evaluated)
        accuracy = 0.5
        if job.point.steps == 20:
            accuracy = 0.25
        found = replace(evaluated.evaluation, val_accuracy=accuracy)
        return [replace(evaluated, evaluation=found), ended]

    page = write_report(make(KNOBS, two_good)).markdown.read_text()
    assert "| steps | 0.2500 | 60, 100 (0.5000) | 20 (0.2500) |" in page


def unbroken(page: str) -> str:
    """The page without the places where a long word may be broken."""
    return page.replace("<wbr>", "")


def headings_of(page: str) -> list[list[str]]:
    """The headings of every table of a page."""
    return [
        re.findall(r"<th>(.*?)</th>", row)
        for row in re.findall(r"<thead>(.*?)</thead>", unbroken(page))
    ]


def test_the_best_are_shown_with_every_hyperparameter(make: Callable[..., Path]) -> None:
    spoken_of = "baselines: {mine: {filters: [4], dense: [8], learning_rate: 0.01, batch_norm: true, steps: 60, %s}}"
    folder = make(
        TPE.replace("space:\n", "space:\n  batch_size: 50\n")
        + spoken_of % "padding: valid, strides: 1"
    )
    written = write_report(folder)
    page, twin = unbroken(written.html.read_text()), written.markdown.read_text()
    best = re.split("<h2>", page)[1]
    shown = {heading for headings in headings_of(best) for heading in headings}
    for name in (
        "filters.1",
        "dense",
        "learning_rate",
        "batch_norm",
        "steps",
        "batch_size",
        "padding",
        "strides",
    ):
        assert name in shown or re.search(rf"All have [^<]*\b{name} ", best), name
    assert "batch_size 50" in best
    assert "batch_size 50" in twin


def test_everything_that_is_held_is_named(two: Path) -> None:
    page = (two / "report.html").read_text()
    weak, strong = re.findall(r"everything else is held at ([^<]*)\.</p>", page)
    assert weak == (
        "filters.1 4, dense [8], dropout 0.3, learning_rate 0.1, batch_size 50, steps 20, padding "
        "valid"
    )
    assert strong.endswith("learning_rate 1e-05, batch_size 50, steps 100, padding same")


def test_a_leaderboard_that_is_too_wide_goes_on_in_further_tables(
    make: Callable[..., Path],
) -> None:
    many = ", ".join(f"{{low: 2, high: {90 + n}}}" for n in range(24))
    folder = make(
        TPE.replace("[{low: 2, high: 9}]", f"[{many}]").replace("  dense", "  pool: none\n  dense")
    )
    best = re.split("<h2>", write_report(folder).html.read_text())[1]
    tables = headings_of(best)
    assert len(tables) > 2
    assert {headings[0] for headings in tables} == {"trial"}
    assert max(map(len, tables)) < 20
    assert [name for headings in tables for name in headings if name.startswith("filters.")] == [
        f"filters.{layer}" for layer in range(1, 25)
    ]


@dataclass(frozen=True)
class Drawn:
    """One text of a picture: its words and the place where it stands, in points."""

    words: str
    x: float
    y: float
    turned: bool


def axes_of(svg: str) -> Iterator[dict[str, list[Drawn]]]:
    """The labels of the marks of every pair of axes in a picture, under x and y."""
    keeping = ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True))
    root = ElementTree.fromstring(svg, parser=keeping)
    for axes in root.iter("{http://www.w3.org/2000/svg}g"):
        if not axes.get("id", "").startswith("axes_"):
            continue
        found: dict[str, list[Drawn]] = {"x": [], "y": []}
        for group in axes.iter("{http://www.w3.org/2000/svg}g"):
            if group.get("id", "")[1:].startswith("tick_"):
                found[group.get("id", "")[0]] += _texts(group)
        yield found


def _texts(group: Any) -> Iterator[Drawn]:
    for text in group.iter("{http://www.w3.org/2000/svg}g"):
        if text.get("id", "").startswith("text_"):
            words = next(child.text.strip() for child in text if child.tag is ElementTree.Comment)
            transform = next(
                child.get("transform") for child in text if child.tag is not ElementTree.Comment
            )
            x, y = map(float, re.findall(r"translate\(([-\d.]+) ([-\d.]+)\)", transform)[0])
            yield Drawn(words, x, y, "rotate(-" in transform)


def wide(words: str) -> float:
    """The width of a label in points."""
    return float(
        TextPath((0, 0), words, size=8, prop=FontProperties("DejaVu Sans")).get_extents().width
    )


def pictures(*folders: Path) -> list[str]:
    return [
        path.read_text() for folder in folders for path in sorted((folder / "figures").iterdir())
    ]


def test_no_label_of_an_axis_is_a_formula(tpe: Path, two: Path) -> None:
    write_report(tpe)
    assert not [svg for svg in pictures(tpe, two) if "mathdefault" in svg]


def test_no_label_of_an_axis_overprints_another(tpe: Path, two: Path) -> None:
    write_report(tpe)
    labels = 0
    for svg in pictures(tpe, two):
        for axes in axes_of(svg):
            for left, right in zip(axes["x"], axes["x"][1:], strict=False):
                assert left.turned or left.x + wide(left.words) < right.x, (left, right)
            for lower, upper in zip(axes["y"], axes["y"][1:], strict=False):
                assert lower.y - upper.y > 8, (lower, upper)
            labels += len(axes["x"]) + len(axes["y"])
    assert labels > 100


def test_the_panels_of_two_baselines_have_the_same_axes(two: Path) -> None:
    weak, strong = (
        [axes for part in ("", "-2") if (path := two / "figures" / f"knobs-{name}{part}.svg").exists()
         for axes in axes_of(path.read_text())]
        for name in ("weak", "strong")
    )  # fmt: skip
    assert len(weak) == 5 * 4
    assert weak == strong


def test_a_panel_of_many_hyperparameters_goes_on_in_a_second_figure(
    make: Callable[..., Path],
) -> None:
    more = "  kernel_size: {choices: [3, 5, 7]}\n  pool: {choices: [max, none]}\n  dropout: {low: 0.0, high: 0.5}\n"
    folder = make(
        KNOBS.replace("  steps: {", more + "  steps: {").replace(
            "steps: 60}", "steps: 60, kernel_size: 5, pool: max, dropout: 0.1}"
        )
    )
    page = write_report(folder).html.read_text()
    assert {"knobs-plain.svg", "knobs-plain-2.svg"} <= figures(folder)
    assert "Part 1 of 2." in page


def test_a_report_has_no_absolute_path_of_the_images(
    make: Callable[..., Path], tmp_path: Path
) -> None:
    hidden = tmp_path / "secret place" / "flowers.npz"
    summary = replace(SUMMARY, label=str(hidden), notes=(f"{hidden} has images twice",))
    given = f'data:\n  path: "{hidden}"   # once in {hidden}\nspace:'
    folder = make(TPE.replace("25", "3").replace("space:", given), summary=summary)
    report = write_report(folder)
    for path in (report.html, report.markdown, *(folder / "figures").iterdir()):
        assert str(hidden.parent) not in path.read_text()
    for page in (report.html.read_text(), report.markdown.read_text()):
        assert "flowers.npz: 55,000 images to train" in page
        assert "…/flowers.npz has images twice" in page
        assert "The directory of the images is left out" in page
        assert re.search('path: (&#34;|")…/flowers.npz', page)


def test_a_path_that_is_written_with_escapes_is_not_printed_either(
    make: Callable[..., Path],
) -> None:
    folder = make(
        TPE.replace("25", "3").replace("space:", 'data: {path: "/home/al\\x69ce/flowers"}\nspace:')
    )
    report = write_report(folder)
    for page in (report.html.read_text(), report.markdown.read_text()):
        assert "It is not printed here" in page
        assert "/home" not in page
        assert "x69" not in page


def test_a_relative_path_stays_as_it_was_written(make: Callable[..., Path]) -> None:
    folder = make(TPE.replace("25", "3").replace("space:", "data: {path: ../flowers}\nspace:"))
    page = write_report(folder).html.read_text()
    assert "data: {path: ../flowers}" in page
    assert str(folder.parent.parent) not in page


def guessing(job: Train) -> list[Event]:
    """A training that comes to answer the largest class always: 183 of 195 images."""
    job.weights.parent.mkdir(parents=True, exist_ok=True)
    job.weights.write_bytes(b"weights")
    last = Evaluation(job.evaluate_at[-1], 0.3, 0.9, 0.3, float(np.float32(183 / 195)))
    return [Evaluated(job.number, last), Ended(job.number, State.COMPLETE)]


IMBALANCED = replace(SUMMARY, classes=("cat", "dog"), validation=195, validation_counts=(183, 12))


def test_a_sweep_that_is_no_better_than_one_answer_is_called_so_at_the_top(
    make: Callable[..., Path],
) -> None:
    report = write_report(make(TPE.replace("25", "3"), guessing, IMBALANCED))
    for page in (report.html.read_text(), report.markdown.read_text()):
        top = re.split("The best", page)[0]
        assert "No trial is better than always answering the largest class" in top
        assert "0.9385" in top


def balanced(job: Train) -> list[Event]:
    """A training that is less accurate than one answer, but knows both classes."""
    job.weights.parent.mkdir(parents=True, exist_ok=True)
    job.weights.write_bytes(b"weights")
    last = Evaluation(job.evaluate_at[-1], 0.3, 0.9, 0.3, 0.8, 0.75, 0.6)
    return [Evaluated(job.number, last), Ended(job.number, State.COMPLETE)]


def test_one_answer_is_judged_by_the_objective(make: Callable[..., Path]) -> None:
    by_f1 = TPE.replace("25", "2") + "objective: {maximize: val_macro_f1}\n"
    page = write_report(make(by_f1, balanced, IMBALANCED)).markdown.read_text()
    assert "No trial is better" not in page
    assert (
        "always answering cat has an accuracy of 0.9385 on the validation images, and a "
        "val_macro_f1 of 0.4841"
    ) in page
    by_accuracy = write_report(make(TPE.replace("25", "2"), balanced, IMBALANCED))
    assert "No trial is better" in by_accuracy.markdown.read_text()


def test_the_share_of_the_largest_class_is_always_there(
    make: Callable[..., Path], tpe: Path
) -> None:
    report = write_report(
        make(TPE.replace("25", "3"), learning, replace(IMBALANCED, validation_counts=(100, 95)))
    )
    for page in (report.html.read_text(), report.markdown.read_text()):
        assert "always answering cat has an accuracy of 0.5128" in page
        assert "No trial is better" not in page
    assert (
        "not known: this sweep began before classes were counted"
        in write_report(tpe).markdown.read_text()
    )


def test_long_lines_of_the_space_file_are_wrapped_and_its_fence_holds(
    make: Callable[..., Path],
) -> None:
    report = write_report(make("# ```\n# " + "long " * 100 + "\n" + TPE.replace("25", "2")))
    page, twin = report.html.read_text(), report.markdown.read_text()
    assert re.search(r"pre \{[^}]*white-space: pre-wrap; overflow-wrap: anywhere;", page)
    assert "\n````yaml\n# ```\n" in twin
    assert twin.endswith("\n````\n")


def test_nothing_that_is_printed_is_cut_off(tpe: Path) -> None:
    page = write_report(tpe).html.read_text()
    printed = page[page.index("@media print") : page.index("</style>")]
    assert re.search(r"\.scroll \{ overflow: visible;", printed)
    assert re.search(r"th, td \{ white-space: normal;", printed)
    assert re.search(r"figure svg \{ max-width: 100%;", printed)
    assert page.count('<div class="scroll">') == page.count("<table>") + page.count("<svg")
    assert "<caption>" not in page
