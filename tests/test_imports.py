"""Each heavy library has one door, arrows point one way, and `sweep --help` opens none of the doors."""

import ast
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
    "sqlalchemy": ["search"],
    "mlflow": ["track"],
    "pandas": ["analysis"],
    "matplotlib": ["analysis/figures.py", "analysis/pictures.py"],
    "jinja2": ["analysis/report.py"],
    "yaml": ["yamlfile.py"],
    "PIL": ["data/picture.py"],
    "rich": [
        "console.py",
        "leaderboard.py",
        "space_view.py",
        "trial_view.py",
        "estimate_view.py",
        "cli.py",
        "terminal.py",
    ],
    "typer": ["cli.py", "terminal.py"],
    "sqlite3": ["search/ledger.py"],
}

# What stands lower knows nothing of what stands higher.
LAYERS = [
    {"errors", "hyperparams", "machine"},
    {"spec", "shapes", "sections", "yamlfile"},
    {"foreign"},
    {"checks", "feasible", "record", "examination"},
    {"distributions", "design", "notes", "epochs"},
    {"baselines", "searching", "calls", "extremes"},
    {"spacefile"},
    {"data", "schema"},
    {"corners", "execute", "search", "track"},
    {"estimate"},
    {"analysis"},
    {"best", "console"},
    {"train"},
    {"trials", "inspect", "predict"},
    {"leaderboard", "space_view", "trial_view", "estimate_view"},
    {"finish"},
    {"run", "terminal"},
    {"cli"},
    {"__main__"},
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
    importing = {p.relative_to(ROOT).as_posix() for p in FILES if library in {n.split(".")[0] for n in imports(p)}}
    assert importing, f"nothing imports {library}"
    strangers = {p for p in importing if not any(p == door or p.startswith(f"{door}/") for door in DOORS[library])}
    assert not strangers


def part(dotted: str) -> str:
    return dotted.split(".")[1]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_arrows_point_downwards(path: Path) -> None:
    own = path.relative_to(ROOT).parts[0].removesuffix(".py")
    if own == "__init__":
        return
    rank = {name: level for level, names in enumerate(LAYERS) for name in names}
    known = {part(name) for name in imports(path) if name.startswith("sweep.") and part(name) in rank}
    # The server is the one place where what runs trials starts what trains.
    if path.name == "server.py":
        known.discard("train")
    assert {name for name in known if rank[name] > rank[own]} == set()


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
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr.strip() == ""
    assert done.stdout.strip()


def test_the_coordinator_does_not_import_tensorflow_nor_at_its_start_what_draws() -> None:
    heavy = "{'tensorflow', 'keras', 'matplotlib', 'pandas'}"
    program = f"import sys, sweep.run, sweep.execute.local; print(*({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_worker_imports_neither_optuna_nor_mlflow() -> None:
    program = "import sys, sweep.execute.server; print(*({'optuna', 'mlflow', 'pandas'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
