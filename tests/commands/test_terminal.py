"""How every command ends: with what exit code, and what is said."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_cli import call


# More than a pipe holds, so that the command still writes when nobody reads on: by our own hands,
# and by Rich's.
@pytest.mark.parametrize(
    ("module", "program"),
    [
        (
            "schema",
            "import sweep.spacefile.schema as s; s.space_file_schema = lambda: ['x' * 70_000] * 9",
        ),
        (
            "check",
            "import sweep.view.space as c; c.space_table = lambda _: ('x' * 150 + '\\n') * 2_000",
        ),
    ],
)
def test_a_reader_that_stops_reading_is_no_error(module: str, program: str, small: Path) -> None:
    arguments = [module, *([str(small)] if module == "check" else [])]
    program = f"import sys; {program}; sys.argv = ['sweep', *{arguments!r}]; from sweep.cli import main; main()"
    command = f'{sys.executable} -c "$0" | head -c 1'
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command, program],
        # Where it is set, one write that is cut short is all there is.
        env={**os.environ, "PYTHONUNBUFFERED": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_bug_is_exit_1_without_a_traceback(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sweep.spacefile.schema.space_file_schema", lambda: 1 / 0)
    code, _, err = call(capfd, monkeypatch, "schema")
    assert code == 1
    assert err.splitlines()[0] == "sweep: error: ZeroDivisionError: division by zero"
    assert "Traceback" not in err


def test_python_does_not_look_for_garbage_at_the_end() -> None:
    # What is registered before the command runs after what the command registers.
    program = "import atexit, gc, sys; atexit.register(lambda: print(gc.get_freeze_count() > 0))"
    program += "; sys.argv = ['sweep', '--version']; from sweep.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "True"


URI = "postgresql://user:CANARY@host/db"


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "a.yaml", URI],
        [URI],
        ["show", URI],
        ["run", "a.yaml", "--workers", URI],
        ["run", f"{URI}.yaml"],
    ],
    ids=" ".join,
)
def test_no_secret_of_a_mistaken_call_is_printed(
    arguments: list[str], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = call(capfd, monkeypatch, *arguments)
    assert code == 2
    assert "***" in err
    assert "CANARY" not in out + err
