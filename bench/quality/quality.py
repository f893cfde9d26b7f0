"""What `sweep` and its peers find in equal time: the best validation accuracy so far, and its test
accuracy.

    python -m bench.quality.quality --budget 120 --seeds 3 --json quality.json --figure quality.png

Each tool searches the same space with the algorithm that it recommends, on the same images, until
its time is over; random search, which is the control, has twice the time. A trial counts from the
moment when it has come to the end that its tool meant for it. The network with the best validation
accuracy of each search is then tested. Interrupted, it goes on after the searches that its JSON
document has.
"""

import argparse
import math
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.common import ONEDNN, begun, order, write_json
from bench.peers.environments import python_of
from bench.peers.images import write_images
from bench.quality.figure import Curve, at, draw
from bench.quality.programs.space import EVALUATIONS, SPACE, STEPS, OneOf, Real, Whole
from bench.quality.tools import (
    FOLDER,
    PEERS,
    TOOLS,
    Trial,
    budget_of,
    environment_of,
    hyperparams,
    search,
)
from sweep.data.dataset import Dataset
from sweep.data.dataset import load as load_data
from sweep.space.domains import Choices, Domain, FloatRange, IntRange
from sweep.space.spec import SweepSpec
from sweep.spacefile.read import load

# Shares of the time at which the table shows what was found.
MOMENTS = (0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Search:
    """One search: how its best rose, how many trials ended, its best point, and what that
    reaches."""

    tool: str
    seed: int
    seconds: float
    trials: int
    curve: Curve
    best_point: Mapping[str, Any]
    val_accuracy: float
    test_accuracy: float

    def by(self, share: float) -> float:
        """The best validation accuracy after a share of the search's time."""
        return at(self.curve, share * self.seconds)


def check_equal(spec: SweepSpec) -> None:
    """Raises `SystemExit` where the space file and the peers' space differ."""
    ours = {p.name: p.domain for p in spec.space.parameters if p.constant is None}
    theirs = {name: _domain(domain) for name, domain in SPACE.items()}
    if ours != theirs or spec.largest_steps != STEPS or spec.search.evaluations != EVALUATIONS:
        raise SystemExit(f"space.yaml and the peers' space differ: {ours}; {theirs}")


def _domain(domain: Whole | Real | OneOf) -> Domain:
    match domain:
        case Whole(low, high, step):
            return IntRange(low, high, step)
        case Real(low, high, log):
            return FloatRange(low, high, log=log)
        case OneOf(options):
            return Choices(options)


def judged(tool: str, seed: int, seconds: float, trials: Sequence[Trial], data: Dataset) -> Search:
    """A search, with the test accuracy of its best network."""
    from bench.quality.score import test_accuracy  # imported here: TensorFlow takes seconds

    curve: list[tuple[float, float]] = []
    for trial in trials:
        if not curve or trial.val_accuracy > curve[-1][1]:
            curve.append((trial.seconds, trial.val_accuracy))
    best = max((t for t in trials if t.weights is not None), key=lambda t: t.val_accuracy)
    assert best.weights is not None
    accuracy = test_accuracy(hyperparams(best), best.weights, data)
    return Search(tool, seed, seconds, len(trials), curve, best.point, best.val_accuracy, accuracy)


def table(searches: Sequence[Search]) -> Table:
    """Every search, and the medians of each tool where there are several seeds."""
    shown = Table(title="best validation accuracy so far, and its test accuracy")
    for heading in ("tool", "seed", *HEADINGS):
        shown.add_column(heading, justify="left" if heading == "tool" else "right")
    for tool in dict.fromkeys(s.tool for s in searches):
        own = [s for s in searches if s.tool == tool]
        for one in own:
            shown.add_row(tool, str(one.seed), *numbers([one]))
        if len(own) > 1:
            shown.add_row(tool, "median", *numbers(own), style="bold", end_section=True)
    return shown


HEADINGS = ("s", "trials", *(f"{moment:.0%}" for moment in MOMENTS), "test")


def numbers(own: Sequence[Search]) -> list[str]:
    """Medians over some searches of one tool, as `HEADINGS` says."""
    accuracies = [median(s.by(moment) for s in own) for moment in MOMENTS] + [
        median(s.test_accuracy for s in own)
    ]
    return [
        f"{own[0].seconds:.0f}",
        f"{median(s.trials for s in own):.0f}",
        *(f"{a:.4f}" if not math.isnan(a) else "" for a in accuracies),
    ]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--budget", type=float, required=True, metavar="SECONDS", help="the time of one search"
    )
    parser.add_argument("--seeds", type=int, default=3, help="searches of each tool")
    parser.add_argument(
        "--tools", nargs="+", choices=TOOLS, default=TOOLS, metavar="TOOL", help=", ".join(TOOLS)
    )
    parser.add_argument(
        "--onednn", action="store_true", help=f"the peers have {ONEDNN}=1 in their environment"
    )
    parser.add_argument(
        "--json",
        type=Path,
        metavar="PATH",
        help="write everything there, after every search, and go on from it",
    )
    parser.add_argument(
        "--figure", type=Path, metavar="PATH", help="draw the best so far against time (PNG)"
    )
    return parser.parse_args()


def main() -> None:
    given = parse()
    spec = load(FOLDER / "space.yaml").spec((28, 28, 1))
    check_equal(spec)
    for tool in set(given.tools) & set(PEERS):
        python_of(PEERS[tool])
    data = load_data(spec.data)
    said = {"budget": given.budget, "onednn": given.onednn}
    document = begun(given.json, said, "searches")
    searches = [Search(**before) for before in document["searches"]]
    done = {(s.tool, s.seed) for s in searches}
    turns = [(tool, seed) for seed in range(given.seeds) for tool in order(given.tools, seed)]
    with tempfile.TemporaryDirectory(prefix="quality-") as name:
        images = Path(name) / "images.npz"
        write_images(data, images)
        for tool, seed in [turn for turn in turns if turn not in done]:
            folder = Path(name) / f"{tool}-{seed}"
            folder.mkdir()
            environment = environment_of(tool, images, onednn=given.onednn)
            trials = search(tool, seed, given.budget, folder, environment)
            searches.append(judged(tool, seed, budget_of(tool, given.budget), trials, data))
            latest = searches[-1]
            print(
                f"{tool}, seed {seed}: {latest.trials} trials, {latest.val_accuracy:.4f}",
                file=sys.stderr,
            )
            if given.json:
                write_json(given.json, {**document, "searches": [asdict(s) for s in searches]})
    Console().print(table(searches))
    if given.figure:
        tools = dict.fromkeys(s.tool for s in searches)
        curves = {tool: [s.curve for s in searches if s.tool == tool] for tool in tools}
        draw(curves, {tool: budget_of(tool, given.budget) for tool in tools}, given.figure)


if __name__ == "__main__":
    main()
