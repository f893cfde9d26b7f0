"""`sweep check`: what it prints of a space file, and what it refuses."""

import json
import re
from pathlib import Path

import pytest

from tests.test_cli import Command


def test_workers_without_a_timing_are_refused(small: Path, sweep: Command) -> None:
    code, out, err = sweep("check", str(small), "--workers", "2")
    assert (code, out) == (2, "")
    assert "--workers says nothing without --time" in err
    assert "hint: add --time" in err


def test_the_first_line_says_what_would_run(small: Path, sweep: Command) -> None:
    code, out, _ = sweep("check", str(small))
    assert code == 0
    assert out.splitlines()[0].startswith("small: 6 trials, ")
    for name in ("filters", "optimizer", "learning_rate", "steps"):
        assert name in out


def test_each_constraint_is_printed_with_what_it_leaves(small: Path, sweep: Command) -> None:
    with small.open("a") as file:
        file.write("constraints: [filters.1 < filters.2, steps >= 20]\n")
    code, out, err = sweep("check", str(small))
    assert (code, err) == (0, "")
    lines = [line for line in out.splitlines() if "constraint" in line and "leave" in line]
    assert re.fullmatch(
        r"the constraint filters\.1 < filters\.2 leaves 1,[0-9]{3} of 2,000 random points "
        r"\(6[0-9.]+ %\)",
        lines[0],
    )
    assert lines[1].endswith("(100 %); it has no effect")
    assert lines[2].startswith("all constraints leave 1,")
    assert len(lines) == 3


def test_a_mistake_in_a_constraint_is_two_lines_with_its_column(
    small: Path, sweep: Command
) -> None:
    with small.open("a") as file:
        file.write("constraints:\n  - filters.1 <= filter.2\n")
    code, out, err = sweep("check", str(small))
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        f"sweep: error: no hyperparameter is called filter.2 ({small}:12:18)",
        "hint: did you mean filters.2?",
    ]


def test_a_space_with_fewer_points_than_trials_is_told_so(tmp_path: Path, sweep: Command) -> None:
    path = tmp_path / "few.yaml"
    path.write_text("name: few\nspace: {batch_size: {choices: [32, 64]}}\nsearch: {trials: 3}\n")
    code, out, _ = sweep("check", str(path))
    assert code == 0
    assert "the space has only 2 configurations" in out
    assert "the sweep ends after 2 of 3 trials" in out


def test_what_the_sampler_does_not_learn_is_told(small: Path, sweep: Command) -> None:
    small.write_text(small.read_text().replace("trials: 6", "trials: 6, sampler: cmaes"))
    code, out, _ = sweep("check", str(small))
    assert code == 0
    assert "cmaes draws at random, and does not learn: optimizer (is a choice)" in out


def test_the_document_has_no_time_unless_asked_and_nothing_is_written(
    small: Path, sweep: Command
) -> None:
    code, out, _ = sweep("check", str(small), "--json")
    assert (code, "time" in json.loads(out)) == (0, False)
    assert list(small.parent.iterdir()) == [small]


def test_the_numbers_of_the_scaling_stand_with_the_data(
    sweep: Command, blobs: Path, tmp_path: Path
) -> None:
    text = f"name: a\ndata: {{path: {blobs}, scale: standard}}\nspace: {{filters: [2]}}\n"
    (tmp_path / "a.yaml").write_text(text)
    code, out, _ = sweep("check", str(tmp_path / "a.yaml"))
    assert code == 0
    data = json.loads(sweep("check", str(tmp_path / "a.yaml"), "--json")[1])["data"]
    assert [len(data["mean"]), len(data["deviation"])] == [3, 3]
    printed = (" ".join(f"{number:.4f}" for number in data[name]) for name in ("mean", "deviation"))
    assert "scaled by mean {} and deviation {}".format(*printed) in out


def test_training_images_are_written_where_they_are_asked_for(
    sweep: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text("name: a\nspace: {flip: horizontal, steps: 20}\n")
    code, out, err = sweep("check", "a.yaml", "--images", "--json")
    assert code == 0, err
    assert "images a-images.png" in err
    assert (tmp_path / "a-images.png").read_bytes().startswith(b"\x89PNG")
    assert "a-images" not in out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-images.png", "a.yaml"]
