"""Puts what was measured last, `bench/results/*.json`, into the pages that show it.

    python -m bench.tables

A table stands between `<!-- NAME -->` and `<!-- end -->`, where NAME is that of its document.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench.common import ROOT
from bench.peers import race
from bench.quality import quality

RESULTS = ROOT / "bench" / "results"
PAGES = tuple(ROOT / name for name in ("bench/README.md", "bench/peers/README.md", "bench/quality/README.md"))
Document = Mapping[str, Any]


def filled(page: str, results: Path) -> str:
    """The page with the tables of those documents that exist."""

    def table(found: re.Match[str]) -> str:
        document = results / f"{found['name']}.json"
        if not document.exists():
            return found[0]
        text = TABLES[found["name"]](json.loads(document.read_text()))
        return f"<!-- {found['name']} -->{text}<!-- end -->"

    return re.sub(r"<!-- (?P<name>(?!end)[\w-]+) -->\n.*?<!-- end -->", table, page, flags=re.DOTALL)


def roofline(found: Document) -> str:
    """Training beside the matrix product."""
    numbers, cores = found["float32"]["gflops"], found["cores"]
    rows = [
        (f"matrix product, one process of {cores} threads", numbers["product_one_process"], ""),
        (f"matrix product, {cores} processes of one thread", numbers["product_a_process_a_core"], ""),
        *((f"training, trials at once: {n}", numbers[f"training_{n}"], _steps(found, n)) for n in (1, cores)),
    ]
    cells = [(name, f"{gflops:.1f}", steps) for name, gflops, steps in rows]
    ratios = found["float32"]["ratios"]
    share = (
        f"Training on all cores reaches **{median(ratios):.2f}** ({min(ratios):.2f} to {max(ratios):.2f})"
        " of the faster product, round by round."
    )
    return _page(found, _markdown(("", "GFLOP/s", "steps/s"), cells), share)


def _steps(found: Document, trials: int) -> str:
    return f"{1e9 * found['float32']['gflops'][f'training_{trials}'] / found['flops_per_step']:.2f}"


def overhead(found: Document) -> str:
    """Where the time of a trial goes."""
    parts = {"in the worker": found["worker_ms"], "in the coordinator": found["coordinator_ms"]}
    rows = [
        (where, name.replace("_", " "), f"{ms:.1f}") for where, those in parts.items() for name, ms in those.items()
    ]
    table = _markdown(("", "", "ms a trial"), [("wall", "", f"**{found['wall_ms']:.0f}**"), *rows])
    start = median(found["start_up_s_each"])
    memory = found["memory_mb"]
    return _page(
        found,
        table,
        f"From the shell to the first step: {found['to_first_step_s']:.1f} s; the import of TensorFlow alone: "
        f"{found['import_tensorflow_s']:.1f} s; the difference,\nround by round: {start:+.1f} s. "
        f"A trial's process has {memory['first']:.0f} MB at first and {memory['last']:.0f} MB at last.",
    )


def scale(found: Document) -> str:
    """What a trial and a command cost as a study grows."""
    samplers = found["samplers"]
    costs = _markdown(
        ("sampler", "trials", "CPU, ms a trial", "of it MLflow", "memory, MiB"),
        [
            (one["sampler"], f"{c['trials']:,}", f"{c['cpu']:.1f}", f"{c['mlflow']:.1f}", f"{c['memory']:.0f}")
            for one in samplers
            for c in one["costs"]
        ],
    )
    commands = _markdown(
        (f"seconds, with {found['trials']:,} trials", *(one["sampler"] for one in samplers)),
        [(name, *(f"{one['seconds'][name]:.1f}" for one in samplers)) for name in samplers[0]["seconds"]],
    )
    return _page(found, costs, commands)


def race_of(found: Document) -> str:
    """The same work by each tool, fastest first."""
    seen = race.summary([race.Run(**run) for run in found["runs"]])
    return _page(found, _markdown(race.HEADINGS, race.rows(seen)), f"{race.verdict(seen)}.")


def quality_of(found: Document) -> str:
    """What each tool found: medians over its seeds."""
    searches = [quality.Search(**search) for search in found["searches"]]
    by_tool = {tool: [s for s in searches if s.tool == tool] for tool in dict.fromkeys(s.tool for s in searches)}
    rows = [(tool, str(len(own)), *quality.numbers(own)) for tool, own in by_tool.items()]
    return _page(found, _markdown(("tool", "seeds", *quality.HEADINGS), rows))


TABLES: Mapping[str, Callable[[Document], str]] = {
    "roofline": roofline,
    "overhead": overhead,
    "scale": scale,
    "scale-1000": scale,
    "race-small": race_of,
    "race-large": race_of,
    "race-small-onednn": race_of,
    "race-large-onednn": race_of,
    "quality": quality_of,
}


def _page(found: Document, *parts: str) -> str:
    machine = found["machine"]
    where = f"{machine['cores']} cores of {machine['processor']}, {machine['memory'] / 1024:.0f} GiB"
    return "\n\n".join(("", *parts, f"{found['date'][:10]}, {where}, Python {machine['python']}.", ""))


def _markdown(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---", *["---:" if heading else "---" for heading in headings[1:]]]
    return "\n".join(f"| {' | '.join(row)} |" for row in (headings, rule, *rows))


def main() -> None:
    for page in PAGES:
        page.write_text(filled(page.read_text(), RESULTS))


if __name__ == "__main__":
    main()
