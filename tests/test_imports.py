"""Each heavy library has one door, arrows point one way, and `sweep --help` opens none of the
doors."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "sweep"
FILES = sorted(ROOT.rglob("*.py"))

# Library -> the files and folders that may import it.
DOORS = {
    "tensorflow": ["train"],
    "keras": ["train"],
    "optuna": ["search"],
    "scipy": ["search/sequence.py"],
    "sqlalchemy": ["search"],
    "mlflow": ["track"],
    "pandas": ["analysis"],
    "matplotlib": ["analysis/canvas.py", "analysis/figures.py", "analysis/pictures.py"],
    "jinja2": ["analysis/report.py"],
    "yaml": ["spacefile/nodes.py"],
    "PIL": ["data/picture.py"],
    "rich": ["view", "cli.py", "commands"],
    "typer": ["cli.py", "commands"],
    "sqlite3": ["store/ledger.py", "store/migrate.py"],
}

# The rooms from the lowest to the highest, and the files beside them. What stands lower knows
# nothing of what stands higher.
ORDER = [
    "errors",
    "secrets",
    "files",
    "space",
    "trial",
    "spacefile",
    "data",
    "store",
    "track",
    "search",
    "train",
    "execute",
    "preview",
    "analysis",
    "engine",
    "view",
    "commands",
    "cli",
    "__main__",
]


def imports(path: Path) -> set[str]:
    """The dotted names of every module that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


@pytest.mark.parametrize("library", DOORS)
def test_a_heavy_library_is_imported_at_its_door_alone(library: str) -> None:
    importing = {
        p.relative_to(ROOT).as_posix()
        for p in FILES
        if library in {n.split(".")[0] for n in imports(p)}
    }
    assert importing, f"nothing imports {library}"
    strangers = {
        p
        for p in importing
        if not any(p == door or p.startswith(f"{door}/") for door in DOORS[library])
    }
    assert not strangers


def named(path: Path) -> str:
    """The dotted name of a file's module."""
    return ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")


MODULES = {named(path): path for path in FILES}


def modules_of(path: Path) -> set[str]:
    """The modules of the package that a file imports, anywhere in it."""
    return {name for name in imports(path) if name in MODULES and name.count(".")} - {named(path)}


def room(module: str) -> str:
    return module.split(".")[1]


def test_every_room_has_its_place() -> None:
    assert {room(module) for module in MODULES if module != "sweep"} == set(ORDER)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_arrows_between_rooms_point_downwards(path: Path) -> None:
    if path == ROOT / "__init__.py":
        return
    own = ORDER.index(room(named(path)))
    assert {name for name in modules_of(path) if ORDER.index(room(name)) > own} == set()


def test_no_arrow_within_a_room_leads_back() -> None:
    """Modules whose imports are all known are taken away until none is left, or a circle."""
    left = {name: modules_of(path) for name, path in MODULES.items()}
    while known := [name for name, needed in left.items() if not needed & left.keys()]:
        for name in known:
            del left[name]
    assert not left


def test_the_root_is_nearly_empty() -> None:
    assert {path.stem for path in ROOT.glob("*.py")} == {
        "__init__",
        "__main__",
        "cli",
        "errors",
        "files",
        "secrets",
    }


WITH_CODE = [path for path in FILES if path.stem not in ("__init__", "__main__")]


@pytest.mark.parametrize("path", WITH_CODE, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_module_has_its_tests_or_names_them(path: Path) -> None:
    tests = Path(__file__).parent
    own = tests / path.relative_to(ROOT).parent / f"test_{path.stem}.py"
    document = ast.get_docstring(ast.parse(path.read_text())) or ""
    elsewhere = re.findall(r"Tested in (tests/[\w/]+\.py)\.", document)
    assert own.is_file() != bool(elsewhere)
    assert all((tests.parent / name).is_file() for name in elsewhere)


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys\n"
        "from sweep.cli import main\n"
        f"sys.argv = ['sweep', *{arguments!r}]\n"
        "try:\n    main()\nfinally:\n"
        "    heavy = {'tensorflow', 'keras', 'mlflow', 'optuna', 'pandas', 'numpy'}\n"
        "    print(*sorted(set(sys.modules) & heavy), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert done.stderr.strip() == ""
    assert done.stdout.strip()


def test_the_coordinator_does_not_import_tensorflow_nor_at_its_start_what_draws() -> None:
    heavy = "{'tensorflow', 'keras', 'matplotlib', 'pandas'}"
    program = f"import sys, sweep.engine.coordinator, sweep.execute.local; print(*({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("sweep.execute.server", {"optuna", "mlflow", "pandas"}),
        # The server imports it once it runs, and every trial has it. Keras imports pandas.
        ("sweep.train.trial", {"optuna", "mlflow"}),
    ],
)
def test_a_worker_imports_neither_optuna_nor_mlflow(module: str, absent: set[str]) -> None:
    program = f"import sys, {module}; print(*({absent} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
