"""The pages of `bench` show what the documents of the last measurements say."""

import json
from pathlib import Path

import pytest

from bench.tables import PAGES, RESULTS, TABLES, filled


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_pages_show_the_documents(page: Path) -> None:
    text = page.read_text()
    assert filled(text, RESULTS) == text


def test_every_table_and_so_every_document_has_its_place_on_one_page() -> None:
    pages = "".join(page.read_text() for page in PAGES)
    assert {path.stem for path in RESULTS.glob("*.json")} <= TABLES.keys()
    assert [name for name in (*TABLES, "speed") if pages.count(f"<!-- {name} -->\n") != 1] == []


def test_a_race_without_a_round_in_common_has_no_verdict(tmp_path: Path) -> None:
    run = {
        "cpu_seconds": 4.0,
        "seconds": 2.0,
        "trials": 8,
        "best_val_accuracy": 0.9,
        "versions": {},
        "load": 0.0,
    }
    runs = [{"tool": "sweep", "round": 0, **run}, {"tool": "ray-tune", "round": 1, **run}]
    machine = {"cores": 2, "processor": "a processor", "memory": 2048, "python": "3.11"}
    document = {"runs": runs, "machine": machine, "date": "2026-01-02T03:04:05+00:00"}
    (tmp_path / "race-large.json").write_text(json.dumps(document))
    shown = filled("<!-- race-large -->\n<!-- end -->\n", tmp_path)
    assert "| ray-tune | 1 |" in shown
    assert "takes" not in shown


def test_a_table_replaces_the_one_before_and_nothing_else(tmp_path: Path) -> None:
    run = {
        "cpu_seconds": 4.0,
        "trials": 8,
        "best_val_accuracy": 0.9,
        "versions": {},
        "load": 0.0,
        "round": 0,
    }
    runs = [{"tool": "sweep", "seconds": 2.0, **run}, {"tool": "ray-tune", "seconds": 4.0, **run}]
    machine = {"cores": 2, "processor": "a processor", "memory": 2048, "python": "3.11"}
    document = {"runs": runs, "machine": machine, "date": "2026-01-02T03:04:05+00:00"}
    (tmp_path / "race-small.json").write_text(json.dumps(document))
    page = "before\n<!-- race-small -->\nold\n<!-- end -->\nbetween\n<!-- quality -->\nold\n<!-- end -->\n"
    once = filled(page, tmp_path)
    assert filled(once, tmp_path) == once
    assert once.splitlines() == [
        "before",
        "<!-- race-small -->",
        "",
        "| tool | rounds | wall, s | CPU, s | best val_accuracy |",
        "| --- | ---: | ---: | ---: | ---: |",
        "| sweep | 1 | 2.0 | 4.0 | 0.9000 |",
        "| ray-tune | 1 | 4.0 | 4.0 | 0.9000 |",
        "",
        "sweep takes 0.50 of the time of ray-tune, over 1 round.",
        "",
        "2026-01-02, 2 cores of a processor, 2 GiB, Python 3.11.",
        "",
        "<!-- end -->",
        "between",
        "<!-- quality -->",
        "old",
        "<!-- end -->",
    ]
