"""How often a forecast held: `sweep check FILE --time`, and then the sweep itself.

    python -m bench.forecast --json forecast.json

Five space files of different kinds (`bench/forecasts`), each with several seeds. What counts is the
wall time of the whole command, `sweep run FILE`, from the shell to its end. The range of a forecast
is meant to hold in 80 of 100 sweeps.

It goes on after the sweeps that its JSON document has.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.common import ROOT, begun, spread, write_json

SPACES = {path.stem: path for path in sorted((ROOT / "bench" / "forecasts").glob("*.yaml"))}
HEADINGS = ("file", "sweeps", "held", "seconds", "seconds over their forecast", "range, times")


@dataclass(frozen=True)
class Held:
    """A forecast in seconds, its range, and what the command then took."""

    space: str
    seed: int
    forecast: float
    low: float
    high: float
    took: float

    @property
    def is_within(self) -> bool:
        """Whether the command took a time of the range."""
        return self.low <= self.took <= self.high


def one(space: str, seed: int, folder: Path) -> Held:
    """Forecasts one sweep and runs it, in an empty folder. Raises `CalledProcessError` where one of
    the commands fails."""
    file = folder / f"{space}.yaml"
    text = SPACES[space].read_text()
    file.write_text(text.replace("search: {", f"search: {{seed: {seed}, "))
    found = _document("check", str(file), "--time", folder=folder)["time"]
    began = time.monotonic()
    _document("run", str(file), folder=folder)
    took = time.monotonic() - began
    return Held(space, seed, found["seconds"], found["low"], found["high"], took)


def _document(*arguments: str, folder: Path) -> dict[str, Any]:
    ran = subprocess.run(
        [sys.executable, "-m", "sweep", *arguments, "--json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        stdout=subprocess.PIPE,
    )
    document: dict[str, Any] = json.loads(ran.stdout)
    return document


def rows(sweeps: list[Held]) -> list[tuple[str, ...]]:
    """A row for each file, and one for all of them."""
    found: list[tuple[str, ...]] = []
    for space in [*dict.fromkeys(held.space for held in sweeps), "all"]:
        own = [held for held in sweeps if space in (held.space, "all")]
        within = sum(held.is_within for held in own)
        took = spread([held.took for held in own], 0)
        ratio = spread([held.took / held.forecast for held in own], 2)
        width = spread([held.high / held.low for held in own], 2)
        found.append((space, str(len(own)), f"{within} of {len(own)}", took, ratio, width))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--spaces", nargs="+", choices=list(SPACES), default=list(SPACES))
    parser.add_argument("--json", type=Path, metavar="PATH")
    arguments = parser.parse_args()
    document = begun(arguments.json, {"bench": "forecast"}, "sweeps")
    done = {(found["space"], found["seed"]) for found in document["sweeps"]}
    for seed, space in product(range(arguments.seeds), arguments.spaces):
        if (space, seed) in done:
            continue
        with TemporaryDirectory() as folder:
            document["sweeps"].append(asdict(one(space, seed, Path(folder))))
        if arguments.json is not None:
            write_json(arguments.json, document)
    table = Table(*HEADINGS)
    for row in rows([Held(**found) for found in document["sweeps"]]):
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    main()
