"""Predictions: every file is judged before any is classified, and the likeliest class is named."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from sweep.data.arrays import Pixels
from sweep.engine.coordinator import Options
from sweep.engine.predict import predict
from sweep.errors import InputError
from sweep.store.weights import BestNetwork
from tests.digits import write_digits
from tests.fakes import run_file


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, mlflow_store: str) -> Path:
    where = tmp_path_factory.mktemp("predict")
    (where / "s.yaml").write_text(
        "name: s\nspace: {filters: [2], steps: 20}\nsearch: {trials: 1}\n"
    )
    options = Options(where / "results", mlflow_store, workers=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(where)
        return run_file(where / "s.yaml", options).folder


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return [path for path, _ in write_digits(tmp_path_factory.mktemp("digits"))]


def never(best: BestNetwork, images: Pixels) -> np.ndarray:
    raise AssertionError("nothing is to be classified")


def by_height(best: BestNetwork, images: Pixels) -> np.ndarray:
    """Says 7 for whatever it sees, and how sure it is by the brightness."""
    assert images.shape[1:] == best.data.shape
    shares = np.full((len(images), best.data.class_count), 0.01, np.float32)
    shares[:, 7] = images.mean(axis=(1, 2, 3)) / 255 + 0.5
    return shares


def test_every_image_gets_its_class_and_all_probabilities(folder: Path, digits: list[Path]) -> None:
    found = predict(folder, digits[:6], by_height, raw=False)
    assert [p.image for p in found.found] == [str(path) for path in digits[:6]]
    assert {p.likeliest for p in found.found} == {"7"}
    document = found.to_json()
    assert document["classes"] == list("0123456789")
    assert all(len(p["probabilities"]) == 10 for p in document["predictions"])


def test_every_bad_file_is_named_and_nothing_is_classified(
    folder: Path, digits: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "text.png").write_text("x")
    with pytest.raises(InputError) as raised:
        predict(folder, [tmp_path / "text.png", digits[0], tmp_path / "none.jpg"], never, raw=False)
    assert raised.value.exit_code == 2
    assert [p.where for p in raised.value.problems] == [
        str(tmp_path / "text.png"),
        str(tmp_path / "none.jpg"),
    ]


def test_after_a_kill_the_trials_decide_which_network_is_the_best(
    folder: Path, digits: list[Path], tmp_path: Path
) -> None:
    killed = tmp_path / "killed"
    shutil.copytree(folder, killed)
    shutil.rmtree(killed / "best")
    asked: list[Path] = []

    def remembering(best: BestNetwork, images: Pixels) -> np.ndarray:
        asked.append(best.weights)
        return by_height(best, images)

    predict(killed, digits[:1], remembering, raw=False)
    assert asked == [killed / "weights" / "trial-0.weights.h5"]
