"""The command line: documents, exit codes, and errors in two lines each."""

import io
import json
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from sweep import __version__
from sweep.cli import main
from sweep.engine.coordinator import Options
from sweep.space.spec import DataSpec
from sweep.store.ledger import Ledger
from sweep.trial.events import Ended, Evaluated, Event
from sweep.trial.record import Evaluation, State
from sweep.trial.tasks import Train
from tests.conftest import SMALL, Writer
from tests.fakes import SUMMARY, FakeExecutor, failing, learning, run_file
from tests.spacefile.test_read import MISTAKES

# Runs `sweep` with arguments: exit code, standard output and standard error.
Command = Callable[..., tuple[int, str, str]]


def call(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str
) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of `sweep ARGUMENTS`."""
    monkeypatch.setattr(sys, "argv", ["sweep", *arguments])
    with pytest.raises(SystemExit) as raised:
        main()
    out, err = capfd.readouterr()
    return int(raised.value.code or 0), out, err


@pytest.fixture
def sweep(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return lambda *arguments: call(capfd, monkeypatch, *arguments)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, mlflow_store: str) -> Path:
    """The folder of results of one sweep of fake trials, of which one failed."""
    folder = tmp_path_factory.mktemp("cli")
    (folder / "small.yaml").write_text(
        SMALL
        + "baselines: {b: {filters: [2, 4], optimizer: sgd, learning_rate: 0.01, steps: 40}}\n"
    )

    def start(data: object, workers: int) -> FakeExecutor:
        def trainer(job: Train) -> list:  # type: ignore[type-arg]
            return failing(job) if job.number == 1 else learning(job)

        return FakeExecutor(data, workers, trainer)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        options = Options(folder / "results", mlflow_store, 2)
        run_file(folder / "small.yaml", options, start)
    return folder / "results"


def test_version(sweep: Command) -> None:
    assert sweep("--version") == (0, f"{__version__}\n", "")


@pytest.mark.parametrize("text", [text for text, _ in MISTAKES.values()], ids=MISTAKES)
@pytest.mark.parametrize("command", ["run", "check"])
def test_a_bad_space_file_is_exit_2_and_two_lines_a_problem(
    command: str, text: str, write: Writer, sweep: Command
) -> None:
    path = write(text)
    code, out, err = sweep(command, str(path))
    assert (code, out) == (2, "")
    lines = err.splitlines()
    assert len(lines) % 2 == 0
    for error, hint in zip(lines[::2], lines[1::2], strict=True):
        assert error.startswith("sweep: error: ")
        assert f"({path}:" in error
        assert hint.startswith("hint: ")
    assert not (path.parent / "results").exists()


BAD_CALLS = {
    "no such file": (["run", "none.yaml"], 2, "no such space file"),
    "no such option": (["run", "x.yaml", "--wrokers", "2"], 2, "--wrokers"),
    "no such command": (["rnu"], 2, "rnu"),
    "a number that is none": (
        ["run", "x.yaml", "--workers", "two"],
        2,
        "neither auto nor a number",
    ),
    "no workers": (["run", "x.yaml", "--workers", "0"], 2, "from 1 to 1024"),
    "no such sweep": (["show", "none"], 2, "there is no sweep none"),
    "results in a file": (["list", "--results", __file__], 2, "is a file"),
    "no such format": (["export", "x", "--format", "doc"], 2, "doc"),
    "a missing argument": (["show"], 2, "NAME"),
}


@pytest.mark.parametrize(("arguments", "code", "message"), BAD_CALLS.values(), ids=BAD_CALLS)
def test_bad_calls_are_exit_2_with_a_hint(
    arguments: list[str], code: int, message: str, sweep: Command
) -> None:
    found, out, err = sweep(*arguments)
    assert (found, out) == (code, "")
    first, second = err.splitlines()
    assert first.startswith("sweep: error: ")
    assert message in first
    assert second.startswith("hint: ")


@pytest.mark.parametrize(
    ("arguments", "workers"),
    [(("--workers", "7"), 7), (("--workers", "auto", "--trials-per-gpu", "3"), 6)],
)
def test_workers_are_as_many_as_asked_for_or_as_there_is_room_for(
    arguments: tuple[str, ...],
    workers: int,
    small: Path,
    sweep: Command,
    monkeypatch: pytest.MonkeyPatch,
    mlflow_store: str,
) -> None:
    begun: list[FakeExecutor] = []

    def start(data: DataSpec, count: int) -> FakeExecutor:
        begun.append(FakeExecutor(data, count))
        return begun[-1]

    small.write_text(small.read_text().replace("trials: 6", "trials: 1"))
    monkeypatch.chdir(small.parent)
    monkeypatch.setattr("sweep.execute.local.LocalExecutor", start)
    monkeypatch.setattr("sweep.execute.machine.gpus", lambda *_: ["0", "1"])
    code, _, err = sweep("run", str(small), "--tracking-uri", mlflow_store, *arguments)
    assert code == 0, err
    assert [executor.capacity for executor in begun] == [workers]


def test_check_says_that_bfloat16_would_be_refused(
    write: Writer, sweep: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("name: b\nspace: {precision: bfloat16}\n")
    monkeypatch.setattr("sweep.execute.machine.has_native_bfloat16", lambda: False)
    code, out, err = sweep("check", str(path), "--json")
    assert (code, json.loads(out)["baselines"]) == (0, [])
    assert err.startswith("sweep run would refuse this: bfloat16 would be many times slower")
    code, out, err = sweep("check", str(path), "--json", "--time")
    assert (code, out) == (2, "")
    assert err.startswith("sweep: error: bfloat16 would be many times slower")
    monkeypatch.setattr("sweep.execute.machine.has_native_bfloat16", lambda: True)
    assert sweep("check", str(path), "--json")[2] == ""


def test_show_json_is_the_document(results: Path, sweep: Command) -> None:
    code, out, err = sweep("show", "small", "--results", str(results), "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert [t["number"] for t in found["trials"]] == list(range(6))
    assert found["trials"][0]["baseline"] == "b"
    assert found["trials"][1]["cause"] == "killed by SIGKILL"
    assert found["took"]["trial_seconds"] == pytest.approx(
        sum(t["seconds"] for t in found["trials"]), abs=0.01
    )
    assert 0 < found["took"]["wall_seconds"] <= found["took"]["trial_seconds"]


def test_export_csv_has_the_same_trials(results: Path, sweep: Command) -> None:
    _, shown, _ = sweep("show", "small", "--results", str(results), "--json")
    code, out, err = sweep(
        "export", "small", "--results", str(results), "--format", "csv", "-o", "-"
    )
    assert (code, err) == (0, "")
    frame = pd.read_csv(io.StringIO(out))
    for row, trial in zip(frame.to_dict("records"), json.loads(shown)["trials"], strict=True):
        flat = {**trial["hyperparameters"], **trial}
        assert {k: v for k, v in row.items() if not pd.isna(v)} == {
            k: flat[k] for k in frame.columns if flat[k] is not None
        }
    assert out == (results / "small" / "trials.csv").read_text()


def test_export_to_a_file_says_so(results: Path, tmp_path: Path, sweep: Command) -> None:
    path = tmp_path / "t.parquet"
    code, out, _ = sweep(
        "export",
        "small",
        "--results",
        str(results),
        "--format",
        "parquet",
        "-o",
        str(path),
        "--json",
    )
    assert (code, json.loads(out)) == (0, {"path": str(path), "format": "parquet", "rows": 6})
    assert len(pd.read_parquet(path)) == 6
    code, _, err = sweep(
        "export", "small", "--results", str(results), "-o", str(tmp_path / "none" / "t.csv")
    )
    assert (code, "no such folder" in err) == (2, True)


def test_what_was_interrupted_is_not_called_running(
    results: Path, tmp_path: Path, sweep: Command
) -> None:
    copy = Path(shutil.copytree(results / "small", tmp_path / "small"))
    with sqlite3.connect(copy / "sweep.db") as connection:
        connection.execute(
            "UPDATE sweep_trials SET state = 'running', seconds = NULL WHERE number = 5"
        )
    connection.close()
    code, out, err = sweep("show", str(copy))
    assert (code, "1 interrupted" in out, "running" in out) == (0, True, False)
    assert "runs again when the sweep goes on" in err
    assert "small, trial 5: interrupted" in sweep("show", str(copy), "--trial", "5")[1]
    assert "trial 5 has not ended, and has no network" in sweep("inspect", str(copy), "5")[2]
    with Ledger.open_to_write(copy):
        code, out, err = sweep("show", str(copy))
        assert "small, trial 5: running" in sweep("show", str(copy), "--trial", "5")[1]
    assert (code, "1 running" in out, err) == (0, True, "")


def test_list_names_every_sweep_and_what_is_broken(results: Path, sweep: Command) -> None:
    broken = results / "broken"
    broken.mkdir(exist_ok=True)
    (broken / "sweep.db").write_bytes(b"")
    code, out, err = sweep("list", "--results", str(results), "--json")
    (found,) = json.loads(out)["sweeps"]
    assert (code, found["name"], found["trials"], found["finished"]) == (4, "small", 6, 6)
    assert "empty file" in err
    code, out, err = sweep("list", "--results", str(results))
    assert (code, "small" in out, "empty file" in err) == (4, True, True)
    assert sweep("show", "broken", "--results", str(results))[0] == 4
    for path in broken.iterdir():
        path.unlink()
    broken.rmdir()


def test_list_of_nothing(tmp_path: Path, sweep: Command) -> None:
    assert sweep("list", "--results", str(tmp_path), "--json") == (0, '{\n "sweeps": []\n}\n', "")


def test_a_name_that_is_nearly_right_is_guessed(results: Path, sweep: Command) -> None:
    _, _, err = sweep("show", "smal", "--results", str(results))
    assert "did you mean small?" in err


def test_show_prints_the_leaderboard_and_the_failures(results: Path, sweep: Command) -> None:
    code, out, _ = sweep("show", "small", "--results", str(results), "--top", "2")
    assert code == 0
    assert "1 failed" in out
    assert "trial 1 failed: killed by SIGKILL" in out
    assert sum(line.strip().startswith(("1 ", "2 ", "3 ")) for line in out.splitlines()) == 2


@pytest.mark.parametrize("command", ["run", "show"])
def test_a_sweep_that_learnt_nothing_is_told(
    command: str, tmp_path: Path, mlflow_store: str, sweep: Command
) -> None:
    """183 images of one class and 12 of the other: every trial always answers the one class."""
    data = replace(SUMMARY, classes=("owl", "wren"), validation=195, validation_counts=(183, 12))

    def trainer(job: Train) -> list[Event]:
        last = Evaluation(job.point.steps, 0.3, 0.9, 0.3 - job.number / 100, 183 / 195)
        return [Evaluated(job.number, last), Ended(job.number, State.COMPLETE)]

    path = tmp_path / "birds.yaml"
    path.write_text(
        "name: birds\nspace: {dropout: {choices: [0.1, 0.2]}, steps: 20}\nsearch: {sampler: grid}\n"
    )
    options = Options(tmp_path / "results", mlflow_store, 1)
    run_file(path, options, partial(FakeExecutor, trainer=trainer, summary=data))
    name = str(path) if command == "run" else "birds"
    code, out, _ = sweep(command, name, "--results", str(options.results))
    assert code == 0
    assert (
        "no trial is better than always answering the largest class, owl: 0.9385 of the validation "
        "images" in out
    )
    assert out.splitlines()[3].split()[:3] == ["1", "1", "0.9385"]
    document = json.loads(sweep(command, name, "--results", str(options.results), "--json")[1])
    assert document["data"]["largest_class"] == {"class": "owl", "share": 183 / 195}
    assert document["best"] == {
        "trial": 1,
        "configuration": 1,
        "trainings": 1,
        "value": 183 / 195,
        "sd": None,
    }


def test_run_of_a_finished_sweep_says_so_and_prints_one_document(
    results: Path, sweep: Command
) -> None:
    path = results.parent / "small.yaml"
    code, out, err = sweep("run", str(path), "--results", str(results), "--json")
    assert code == 0
    assert len(json.loads(out)["trials"]) == 6
    assert "small is finished: nothing to do" in err


def test_a_sweep_in_use_is_exit_5(results: Path, sweep: Command) -> None:
    with Ledger.open_to_write(results / "small"):
        code, _, err = sweep("run", str(results.parent / "small.yaml"), "--results", str(results))
    assert (code, "another process" in err) == (5, True)


def test_a_finished_sweep_without_success_is_exit_3(
    tmp_path: Path, mlflow_store: str, write: Writer, sweep: Command
) -> None:
    path = write(SMALL)
    with Ledger.open_to_write(tmp_path / "results" / "small"):
        pass
    options = Options(tmp_path / "results", mlflow_store, 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        run_file(path, options, lambda d, w: FakeExecutor(d, w, failing))
    code, out, err = sweep("run", str(path), "--results", str(tmp_path / "results"), "--json")
    assert code == 3
    assert {t["state"] for t in json.loads(out)["trials"]} == {State.FAILED.value}
    assert "no trial completed" in err


def test_check_json_has_the_layers(write: Writer, sweep: Command) -> None:
    path = write("name: a\nspace: {filters: [4], dense: []}\nbaselines: {b: {}}\n")
    code, out, _ = sweep("check", str(path), "--json")
    (baseline,) = json.loads(out)["baselines"]
    assert code == 0
    assert (baseline["name"], baseline["parameters"]) == ("b", 104 + 7850)
    assert baseline["layers"][0] == {
        "name": "conv_1",
        "output_shape": [28, 28, 4],
        "parameters": 104,
        "flops": 156800,
    }


def test_check_prints_the_space_and_what_cannot_be_built(write: Writer, sweep: Command) -> None:
    path = write(
        "name: a\nspace: {filters: [4], kernel_size: {choices: [3, 40]}, padding: valid}\n"
    )
    code, out, _ = sweep("check", str(path))
    assert code == 0
    assert "kernel_size" in out
    assert "cannot be built: conv_1: a kernel of 40x40" in out


def test_schema_is_json(sweep: Command) -> None:
    code, out, _ = sweep("schema")
    assert (code, json.loads(out)["title"]) == (0, "space file of sweep")


@pytest.mark.parametrize(
    "command", [["list"], ["show", "small"], ["export", "small", "--format", "csv"]]
)
def test_reading_a_sweep_imports_nothing_heavy(command: list[str], results: Path) -> None:
    program = (
        "import sys\n"
        "from sweep.cli import main\n"
        f"sys.argv = ['sweep', *{[*command, '--results', str(results)]!r}]\n"
        "try:\n    main()\nfinally:\n"
        "    heavy = {'tensorflow', 'keras', 'mlflow', 'optuna', 'sqlalchemy', 'pandas', "
        "'matplotlib'}\n"
        "    print(*sorted(set(sys.modules) & heavy), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.strip()) == (0, "")
    assert done.stdout.strip()


def test_every_command_has_help(sweep: Command) -> None:
    _, out, _ = sweep("--help")
    for command in (
        "run",
        "check",
        "list",
        "show",
        "export",
        "inspect",
        "predict",
        "report",
        "schema",
        "ui",
    ):
        assert f"\n  {command} " in out
        assert sweep(command, "--help")[0] == 0


def test_no_command_at_all_prints_the_help(sweep: Command) -> None:
    code, out, err = sweep()
    assert (code, err) == (0, "")
    assert out.startswith("Usage: sweep")


def test_export_takes_the_format_from_the_ending(
    results: Path, tmp_path: Path, sweep: Command
) -> None:
    assert (
        sweep("export", "small", "--results", str(results), "-o", str(tmp_path / "t.parquet"))[0]
        == 0
    )
    assert len(pd.read_parquet(tmp_path / "t.parquet")) == 6
    assert (
        sweep("export", "small", "--results", str(results), "-o", str(tmp_path / "table"))[0] == 0
    )
    assert (tmp_path / "table").read_text().startswith("number,state,")


def test_export_refuses_an_ending_that_is_no_format(
    results: Path, tmp_path: Path, sweep: Command
) -> None:
    command = ("export", "small", "--results", str(results), "-o", str(tmp_path / "t.xlsx"))
    code, out, err = sweep(*command)
    assert (code, out, list(tmp_path.iterdir())) == (2, "", [])
    assert "no format has the ending .xlsx" in err
    assert sweep(*command, "--format", "csv")[0] == 0


def test_ui_says_that_a_port_is_in_use(results: Path, sweep: Command) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, out, err = sweep(
            "ui", "small", "--results", str(results), "--port", str(taken.getsockname()[1])
        )
    assert (code, out) == (2, "")
    assert "is in use" in err


def test_a_table_that_was_removed_is_written_again(results: Path, sweep: Command) -> None:
    before = (results / "small" / "trials.csv").read_text()
    (results / "small" / "trials.csv").unlink()
    assert sweep("run", str(results.parent / "small.yaml"), "--results", str(results))[0] == 0
    assert (results / "small" / "trials.csv").read_text() == before


def test_show_of_one_trial(results: Path, sweep: Command) -> None:
    code, out, _ = sweep("show", "small", "--trial", "2", "--results", str(results))
    assert code == 0
    for said in (
        "small, trial 2: complete",
        "conv_1",
        "learning curve",
        "learning_rate",
        "FLOPs an image",
    ):
        assert said in out
    code, out, _ = sweep("show", "small", "--trial", "2", "--json", "--results", str(results))
    assert (code, json.loads(out)["trial"]["number"]) == (0, 2)


def test_a_trial_that_failed_is_shown_with_its_cause(results: Path, sweep: Command) -> None:
    code, out, _ = sweep("show", "small", "--trial", "1", "--results", str(results))
    assert code == 0
    assert "killed by SIGKILL" in out
    code, _, err = sweep("inspect", "small", "1", "--results", str(results))
    assert (code, "trial 1 is failed, and has no network" in err) == (2, True)


def test_a_trial_that_is_not_there_is_bad_input(results: Path, sweep: Command) -> None:
    code, out, err = sweep("show", "small", "--trial", "99", "--results", str(results))
    assert (code, out) == (2, "")
    assert "hint: its trials have the numbers 0 to 5" in err


def test_report_says_what_it_wrote(results: Path, sweep: Command) -> None:
    code, out, _ = sweep("report", "small", "--results", str(results))
    assert (code, out.split()) == (
        0,
        [str(results / "small" / name) for name in ("report.html", "README.md")],
    )
    code, out, _ = sweep("report", "small", "--results", str(results), "--json")
    assert (code, set(json.loads(out))) == (0, {"report", "readme", "importance", "effects"})


def test_predict_refuses_what_is_no_image_before_anything_heavy(
    results: Path, tmp_path: Path, sweep: Command
) -> None:
    path = tmp_path / "no.png"
    path.write_text("no image")
    code, out, err = sweep(
        "predict", "small", str(path), str(tmp_path / "none.png"), "--results", str(results)
    )
    assert (code, out) == (2, "")
    assert [line for line in err.splitlines() if line.startswith("sweep: error")] == [
        f"sweep: error: this is no image of a format that is read ({path})",
        f"sweep: error: there is no such file ({tmp_path / 'none.png'})",
    ]
    code, _, err = sweep("predict", "small", "--results", str(results))
    assert (code, "IMAGE" in err) == (2, True)
