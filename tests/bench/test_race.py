"""What the race says of its runs, and that it refuses to compare what is not the same work."""

from pathlib import Path

import numpy as np
import pytest

from bench.common import begun, order, when_and_where, write_json
from bench.peers.environments import FOLDER
from bench.peers.images import write_images
from bench.peers.programs.workloads import WORKLOADS
from bench.peers.race import Run, check_equal, summary, verdict
from sweep.data.dataset import load
from sweep.spacefile.read import load as load_spacefile


@pytest.mark.parametrize("name", WORKLOADS)
def test_the_space_file_and_the_peers_say_the_same_work(name: str) -> None:
    check_equal(name)


CHANGES = {
    "another optimizer": ("optimizer: adam", "optimizer: sgd"),
    "another network": ("dense: [64]", "dense: [65]"),
    "another range": ("high: 0.6", "high: 0.7"),
    "more evaluations": ("evaluations: 1", "evaluations: 2"),
    "fewer trials": ("trials: 60", "trials: 59"),
    "a pruner": ("pruner: none", "pruner: asha"),
    "other images": ("validation: 10000", "validation: 5000"),
}


@pytest.mark.parametrize(("said", "instead"), CHANGES.values(), ids=CHANGES)
def test_other_work_is_refused(
    said: str, instead: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (FOLDER / "small.yaml").read_text()
    assert said in text
    (tmp_path / "small.yaml").write_text(text.replace(said, instead))
    monkeypatch.setattr("bench.peers.race.FOLDER", tmp_path)
    with pytest.raises(SystemExit, match="differ"):
        check_equal("small")


def test_each_round_begins_with_another_tool() -> None:
    assert [order(("a", "b", "c"), number) for number in range(4)] == [
        ["a", "b", "c"],
        ["b", "c", "a"],
        ["c", "a", "b"],
        ["a", "b", "c"],
    ]


def test_sweep_stands_beside_the_fastest_peer_round_by_round() -> None:
    # The machine was slower in the second round.
    times = {
        "sweep": (1.0, 6.0, 2.0),
        "optuna-threads": (9.0, 20.0, 9.0),
        "ray-tune": (4.0, 10.0, 4.0),
    }
    runs = [
        Run(tool, number, seconds, 2 * seconds, 8, 0.9 + number / 100, {}, 0.0)
        for tool, all_seconds in times.items()
        for number, seconds in enumerate(all_seconds)
    ]
    found = summary(runs)
    assert found["tools"]["sweep"]["seconds"] == {"median": 2.0, "lowest": 1.0, "highest": 6.0}
    assert found["best_peer"] == "ray-tune"
    assert found["sweep_to_best_peer"] == {"median": 0.5, "lowest": 0.25, "highest": 0.6}
    assert (
        verdict(found) == "sweep takes 0.50 (0.25 to 0.60) of the time of ray-tune, over 3 rounds"
    )
    alone = summary([run for run in runs if run.tool != "sweep"])
    assert ("best_peer" in alone, verdict(alone)) == (False, "")
    # A peer of fewer rounds is no measure for the others.
    once = [*runs, Run("optuna", 2, 3.5, 7.0, 8, 0.9, {}, 0.0)]
    assert summary(once)["best_peer"] == "ray-tune"


def test_a_race_goes_on_from_its_own_document_alone(tmp_path: Path) -> None:
    path = tmp_path / "race.json"
    assert begun(None, {}, "runs")["runs"] == begun(path, {"race": 1}, "runs")["runs"] == []
    before = {**when_and_where(), "race": {"trials": 8}, "date": "then", "runs": [{"round": 0}]}
    write_json(path, before)
    assert begun(path, {"race": {"trials": 8}}, "runs") == before
    with pytest.raises(SystemExit, match="another measurement"):
        begun(path, {"race": {"trials": 9}}, "runs")
    write_json(path, {**before, "machine": {**before["machine"], "processor": "another"}})
    with pytest.raises(SystemExit, match="another machine"):
        begun(path, {"race": {"trials": 8}}, "runs")


def test_peers_get_the_images_of_the_split_and_no_test_images(tmp_path: Path) -> None:
    data = load(load_spacefile(FOLDER / "small.yaml").data)
    write_images(data, tmp_path / "images.npz")
    with np.load(tmp_path / "images.npz") as arrays:
        assert {name: len(arrays[name]) for name in arrays.files} == {
            "x_train": 50_000,
            "y_train": 50_000,
            "x_val": 10_000,
            "y_val": 10_000,
        }
        for name, part in (("train", data.train), ("val", data.validation)):
            assert np.array_equal(arrays[f"x_{name}"], data.images[part])
            assert np.array_equal(arrays[f"y_{name}"], data.labels[part])
