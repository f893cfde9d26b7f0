"""One trial with everything that is known of it."""

from pathlib import Path

import pytest

from sweep.analysis.portrait import portrait
from sweep.engine.coordinator import Options
from sweep.errors import InputError
from tests.conftest import SMALL
from tests.fakes import run_file


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, mlflow_store: str) -> Path:
    where = tmp_path_factory.mktemp("portrait")
    (where / "small.yaml").write_text(SMALL)
    options = Options(where / "results", mlflow_store, workers=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(where)
        return run_file(where / "small.yaml", options).folder


def test_a_trial_has_layers_evaluations_and_traces(folder: Path) -> None:
    found = portrait(folder, 2).to_json()
    trial = found["trial"]
    assert (trial["number"], found["name"]) == (2, "small")
    assert sum(layer["parameters"] for layer in found["layers"]) == trial["parameters"]
    assert found["layers"][0]["output_shape"] == [28, 28, trial["hyperparameters"]["filters.1"]]
    assert found["flops"] == sum(layer["flops"] for layer in found["layers"])
    assert [e["step"] for e in found["evaluations"]][-1] == trial["steps"]
    assert found["evaluations"][-1]["val_accuracy"] == trial["val_accuracy"]
    assert found["traces"] == [{"step": 1, "loss": 2.0, "probabilities": (0.1,) * 10}]
    assert found["classes"] == list("0123456789")


@pytest.mark.parametrize("number", [6, -1])
def test_a_trial_that_is_not_there_is_refused(number: int, folder: Path) -> None:
    with pytest.raises(InputError, match=f"no trial {number}") as raised:
        portrait(folder, number)
    assert raised.value.problems[0].hint == "its trials have the numbers 0 to 5"
