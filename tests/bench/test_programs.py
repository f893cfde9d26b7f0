"""The programs that measure speed run; what they measured is not judged here."""

import json
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from bench.forecast import Held
from bench.forecast import rows as forecast_rows
from bench.window import FUNCTIONS, MEMORIES, SMALL, Search
from sweep.search.memory import BEST

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.long
def test_scale_measures_trials_and_commands(tmp_path: Path) -> None:
    path = tmp_path / "scale.json"
    options = ["--trials", "100", "--sampler", "random", "--runs", "1", "--json", str(path)]
    subprocess.run([sys.executable, "-m", "bench.scale", *options], check=True, cwd=ROOT)
    found = json.loads(path.read_text())["samplers"][0]
    assert [cost["trials"] for cost in found["costs"]] == [100]
    assert all(cost["cpu"] > cost["mlflow"] > 0 for cost in found["costs"])
    assert len(found["seconds"]) == 6


@pytest.mark.long
def test_roofline_measures_training_beside_the_matrix_product(tmp_path: Path) -> None:
    path = tmp_path / "roofline.json"
    options = ["--rounds", "1", "--steps", "2", "--seeds", "1", "--json", str(path)]
    subprocess.run([sys.executable, "-m", "bench.roofline", *options], check=True, cwd=ROOT)
    found = json.loads(path.read_text())
    # 100 images; 1,254,400 + 20,070,400 + 6,422,528 + 20,480 forward, three times that but once for
    # the first.
    assert found["flops_per_step"] == 100 * (3 * 27_767_808 - 1_254_400)
    assert found["float32"]["ratio"] > 0


@pytest.mark.long
def test_overhead_says_where_the_time_of_a_trial_goes(tmp_path: Path) -> None:
    path = tmp_path / "overhead.json"
    options = ["--rounds", "1", "--trials", "3", "--json", str(path)]
    subprocess.run([sys.executable, "-m", "bench.overhead", *options], check=True, cwd=ROOT)
    found = json.loads(path.read_text())
    assert all(
        found["worker_ms"][phase] > 0
        for phase in ("fork", "begin", "build", "compile", "train", "evaluate")
    )
    assert all(
        found["coordinator_ms"][part] > 0 for part in ("ask", "tell", "ledger", "mlflow_cpu")
    )
    assert min(found["to_first_step_s"], found["import_tensorflow_s"], found["wall_ms"]) > 0


@pytest.mark.long
def test_window_compares_what_tpe_finds_with_each_memory(tmp_path: Path) -> None:
    path = tmp_path / "window.json"
    options = ["--trials", "320", "--seeds", "1", "--json", str(path)]
    subprocess.run([sys.executable, "-m", "bench.window", *options], check=True, cwd=ROOT)
    searches = [Search(**found) for found in json.loads(path.read_text())["searches"]]
    assert {(one.function, one.memory) for one in searches} == set(product(FUNCTIONS, MEMORIES))
    assert all(one.shown == 320 for one in searches if one.memory != "small")
    assert all(SMALL <= one.shown <= SMALL + BEST for one in searches if one.memory == "small")
    assert all(0 <= one.least <= min(one.looked_best, one.last) for one in searches)


@pytest.mark.long
def test_forecast_compares_a_range_with_what_the_sweep_took(tmp_path: Path) -> None:
    path = tmp_path / "forecast.json"
    options = ["--seeds", "1", "--spaces", "repeats", "--json", str(path)]
    subprocess.run([sys.executable, "-m", "bench.forecast", *options], check=True, cwd=ROOT)
    (found,) = json.loads(path.read_text())["sweeps"]
    assert 0 < found["low"] <= found["forecast"] <= found["high"]
    assert found["took"] > 0


def test_a_forecast_has_held_where_the_command_took_a_time_of_its_range() -> None:
    sweeps = [Held("tpe", 0, 40, 30, 60, 45), Held("tpe", 1, 40, 30, 60, 61)]
    assert [row[:4] for row in forecast_rows([*sweeps, Held("grid", 0, 10, 9, 12, 9)])] == [
        ("tpe", "2", "1 of 2", "53 (45 to 61)"),
        ("grid", "1", "1 of 1", "9"),
        ("all", "3", "2 of 3", "45 (9 to 61)"),
    ]
