"""A real sweep of four short trials on MNIST; the ledger, the table, MLflow and the model then
agree."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from sweep.data.dataset import load
from sweep.space.objectives import METRICS
from sweep.space.spec import DataSpec
from tests.digits import write_digits

SPACE = """\
name: short
space:
  filters: [{low: 4, high: 8}]
  kernel_size: {choices: [3, 5]}
  dense: [16]
  dropout: {low: 0.0, high: 0.3}
  optimizer: {choices: [adam, momentum]}
  momentum: {low: 0.5, high: 0.9, when: {optimizer: momentum}}
  learning_rate: {low: 1e-3, high: 1e-2, log: true}
  batch_size: 32
  steps: {low: 20, high: 60, step: 20}
search: {trials: 4, evaluations: 3}
baselines:
  plain: {filters: [4], kernel_size: 3, dropout: 0.1, optimizer: adam, learning_rate: 0.005, steps: 60}
"""


@dataclass(frozen=True)
class Done:
    """The folder in which the sweep ran, and what the command gave back."""

    folder: Path
    result: subprocess.CompletedProcess[str]

    def sweep(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "sweep", *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    folder = tmp_path_factory.mktemp("sweep")
    (folder / "space.yaml").write_text(SPACE)
    first = Done(folder, subprocess.CompletedProcess([], 0))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        yield Done(folder, first.sweep("run", "space.yaml"))


@pytest.fixture(scope="module")
def document(done: Done) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.sweep("show", "short", "--json").stdout)
    return found


def test_it_runs_to_its_end_and_says_where_the_results_are(
    done: Done, document: dict[str, Any]
) -> None:
    assert done.result.returncode == 0, done.result.stderr
    assert "sweep ui short" in done.result.stdout
    assert "Warning" not in done.result.stderr
    assert [t["number"] for t in document["trials"]] == [0, 1, 2, 3]
    assert {t["state"] for t in document["trials"]} <= {"complete", "pruned"}
    assert max(t["val_accuracy"] for t in document["trials"]) > 0.5


def test_the_table_has_the_trials_of_the_ledger(done: Done, document: dict[str, Any]) -> None:
    exported = done.sweep("export", "short", "--format", "csv", "-o", "-").stdout
    assert exported == (done.folder / "results" / "short" / "trials.csv").read_text()
    frame = pd.read_csv(io.StringIO(exported))
    for row, trial in zip(frame.to_dict("records"), document["trials"], strict=True):
        assert [row[name] for name in METRICS] == [trial[name] for name in METRICS]


def test_mlflow_has_a_parent_and_a_child_for_each_trial_with_its_numbers(
    done: Done, document: dict[str, Any]
) -> None:
    client = MlflowClient(f"sqlite:///{done.folder}/mlflow.db")
    experiment = client.get_experiment_by_name("short")
    runs = client.search_runs([experiment.experiment_id])
    children = {
        int(r.data.tags["sweep.trial"]): r for r in runs if "mlflow.parentRunId" in r.data.tags
    }
    (parent,) = [r for r in runs if "mlflow.parentRunId" not in r.data.tags]
    assert parent.info.status == "FINISHED"
    statuses = {"complete": "FINISHED", "pruned": "KILLED"}
    for trial in document["trials"]:
        run = children.pop(trial["number"])
        assert run.info.status == statuses[trial["state"]]
        assert {name: run.data.metrics[name] for name in METRICS} == {
            name: trial[name] for name in METRICS
        }
        present = {
            name: str(value)
            for name, value in trial["hyperparameters"].items()
            if value is not None
        }
        assert run.data.params == present
    assert children == {}


def test_the_best_network_loads_from_mlflow_and_scores_what_the_table_says(
    done: Done, document: dict[str, Any]
) -> None:
    uri = f"sqlite:///{done.folder}/mlflow.db"
    client = MlflowClient(uri)
    (logged,) = client.search_logged_models([client.get_experiment_by_name("short").experiment_id])
    mlflow.set_tracking_uri(uri)
    model = mlflow.keras.load_model(logged.model_uri)
    data = load(DataSpec(name="mnist"))
    logits = model.predict(data.images[data.validation] / np.float32(255), verbose=0)
    accuracy = (logits.argmax(axis=1) == data.labels[data.validation]).mean()
    best = max(
        (t for t in document["trials"] if t["state"] == "complete"), key=lambda t: t["val_accuracy"]
    )
    assert abs(accuracy - best["val_accuracy"]) < 0.002
    info = mlflow.models.get_model_info(logged.model_uri)
    assert info.signature.inputs.to_dict()[0]["tensor-spec"] == {
        "dtype": "float32",
        "shape": (-1, 28, 28, 1),
    }
    assert info.metadata["trial"] == best["number"]
    assert info.metadata["classes"] == list("0123456789")
    assert (info.metadata["scaling"], info.metadata["output"]) == ("uint8 / 255", "logits")
    assert info.metadata["input_shape"] == [28, 28, 1]


def test_keras_alone_loads_the_best_network_and_it_scores_what_the_table_says(
    done: Done, document: dict[str, Any]
) -> None:
    folder = done.folder / "results" / "short" / "best"
    program = (
        "import sys, keras, numpy as np\nmodel = keras.models.load_model('best.keras')\n"
        "assert 'sweep' not in sys.modules\n"
        "images = np.load(sys.argv[1])\nnp.save(sys.argv[2], model.predict(images / "
        "np.float32(255), verbose=0))\n"
        "kept = keras.models.clone_model(model)\nkept.load_weights('best.weights.h5')\n"
        "assert all((a == b).all() for a, b in zip(kept.get_weights(), model.get_weights(), "
        "strict=True))\n"
    )
    data = load(DataSpec(name="mnist"))
    images, logits = done.folder.parent / "images.npy", done.folder.parent / "logits.npy"
    np.save(images, data.images[data.validation])
    subprocess.run([sys.executable, "-P", "-c", program, images, logits], cwd=folder, check=True)
    network = json.loads((folder / "network.json").read_text())
    said = np.array(network["classes"])[np.load(logits).argmax(axis=1)]
    accuracy = (said == np.array(list("0123456789"))[data.labels[data.validation]]).mean()
    best = next(t for t in document["trials"] if t["number"] == network["trial"])
    assert abs(accuracy - best["val_accuracy"]) < 0.002


def test_the_same_command_again_does_nothing(done: Done) -> None:
    before = (done.folder / "results" / "short" / "trials.csv").stat()
    again = done.sweep("run", "space.yaml")
    assert again.returncode == 0
    assert "nothing to do" in again.stderr
    assert (done.folder / "results" / "short" / "trials.csv").stat() == before


def test_a_trial_is_shown_with_the_loss_along_the_way(done: Done) -> None:
    shown = json.loads(done.sweep("show", "short", "--trial", "0", "--json").stdout)
    assert [trace["step"] for trace in shown["traces"]] == [1]
    assert shown["traces"][0]["loss"] == pytest.approx(2.3, abs=0.3)
    assert sum(shown["traces"][0]["probabilities"]) == pytest.approx(1, abs=1e-5)
    assert [e["step"] for e in shown["evaluations"]] == [20, 40, 60]


def test_the_best_network_was_looked_at_and_mlflow_has_the_pictures(
    done: Done, document: dict[str, Any]
) -> None:
    best = max(
        (t for t in document["trials"] if t["state"] == "complete"), key=lambda t: t["val_accuracy"]
    )
    folder = done.folder / "results" / "short" / "inspect" / f"trial-{best['number']}"
    matrix = pd.read_csv(folder / "confusion.csv", index_col="true").to_numpy()
    assert matrix.sum() == 5000
    assert np.trace(matrix) / 5000 == pytest.approx(best["val_accuracy"], abs=0.0005)
    client = MlflowClient(f"sqlite:///{done.folder}/mlflow.db")
    experiment = client.get_experiment_by_name("short").experiment_id
    (run,) = client.search_runs([experiment], f"tags.`sweep.trial` = '{best['number']}'")
    assert {f.path for f in client.list_artifacts(run.info.run_id, "inspect")} == {
        f"inspect/{path.name}" for path in folder.iterdir()
    }


def test_any_trial_is_looked_at_on_demand(done: Done, document: dict[str, Any]) -> None:
    other = next(t for t in document["trials"] if t["state"] == "complete")
    result = done.sweep("inspect", "short", str(other["number"]), "--json")
    found = json.loads(result.stdout)
    assert found["accuracy"] == pytest.approx(other["val_accuracy"], abs=0.0005)
    assert (found["trial"], found["split"], found["images"]) == (
        other["number"],
        "validation",
        5000,
    )
    assert result.stderr == ""


def test_the_best_network_classifies_drawn_digits(done: Done, tmp_path: Path) -> None:
    files = [path for path, _ in write_digits(tmp_path)][:5]
    result = done.sweep("predict", "short", *map(str, files), "--json")
    found = json.loads(result.stdout)
    assert [p["image"] for p in found["predictions"]] == [str(path) for path in files]
    for prediction in found["predictions"]:
        assert sum(prediction["probabilities"]) == pytest.approx(1, abs=1e-5)
        assert prediction["class"] == found["classes"][int(np.argmax(prediction["probabilities"]))]
    assert result.stderr == ""


def test_nothing_is_left_beside_the_documented_files(done: Done) -> None:
    assert {p.name for p in done.folder.iterdir()} == {
        "space.yaml",
        "results",
        "mlflow.db",
        "mlruns",
    }
    assert {p.name for p in (done.folder / "results" / "short").iterdir()} == {
        "sweep.db",
        "space.yaml",
        "trials.csv",
        "best",
        "weights",
        "inspect",
    }
