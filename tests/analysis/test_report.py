"""The report: one page that needs nothing beside it, a twin whose pictures are there, and the same again each time."""

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from sweep.analysis.report import standard_error, write_report
from sweep.execute.seam import Event, Job
from sweep.run import Options
from tests.fakes import FakeExecutor, Trainer, failing, learning, run_file

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


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory, mlflow_store: str) -> Callable[[str, Trainer], Path]:
    """Runs a space file with fake trials, and gives the folder of its sweep."""
    store = tmp_path_factory.mktemp("store")

    def made(text: str, trainer: Trainer = learning) -> Path:
        folder = tmp_path_factory.mktemp("sweep")
        (folder / "space.yaml").write_text(text)
        options = Options(folder / "results", mlflow_store, workers=1)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(store)
            start = lambda data, workers: FakeExecutor(data, workers, trainer)  # noqa: E731
            return run_file(folder / "space.yaml", options, start).folder

    return made


@pytest.fixture(scope="module")
def tpe(make: Callable[..., Path]) -> Path:
    return make(TPE)


@pytest.fixture(scope="module")
def knobs(make: Callable[..., Path]) -> Path:
    return make(KNOBS)


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
    for said in ("The best", "PED-ANOVA", "Marginal effects", "standard error", "this is no experiment"):
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
    before = {path: path.read_bytes() for path in [write_report(folder).html, *(folder / "figures").iterdir()]}
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
    def sometimes(job: Job) -> list[Event]:
        return failing(job) if job.number == 1 else learning(job)

    folder = make(TPE.replace("25", "4"), sometimes)
    assert "3 complete, 1 failed" in write_report(folder).html.read_text()
