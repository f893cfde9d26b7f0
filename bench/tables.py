"""Puts what was measured last, `bench/results/*.json`, into the pages that show it.

    python -m bench.tables

A table stands between `<!-- NAME -->` and `<!-- end -->`, where NAME is that of its document;
`speed` takes what it shows from all of them.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import forecast, window
from bench.common import ROOT, spread
from bench.peers import race
from bench.quality import quality

RESULTS = ROOT / "bench" / "results"
PAGES = tuple(
    ROOT / name
    for name in ("README.md", "bench/README.md", "bench/peers/README.md", "bench/quality/README.md")
)
Document = Mapping[str, Any]


def filled(page: str, results: Path) -> str:
    """The page with the tables of those documents that exist."""

    def table(found: re.Match[str]) -> str:
        name = found["name"]
        document = _read(results, name)
        text = speed(results) if name == "speed" else TABLES[name](document) if document else None
        return found[0] if text is None else f"<!-- {name} -->{text}<!-- end -->"

    return re.sub(
        r"<!-- (?P<name>(?!end)[\w-]+) -->\n.*?<!-- end -->", table, page, flags=re.DOTALL
    )


def roofline(found: Document) -> str:
    """Training beside the matrix product."""
    kinds, cores = [kind for kind in ("float32", "bfloat16") if kind in found], found["cores"]
    names = {
        "product_one_process": f"matrix product, one process of {cores} threads",
        "product_a_process_a_core": f"matrix product, {cores} processes of one thread",
        **{f"training_{number}": f"training, trials at once: {number}" for number in (1, cores)},
    }
    rows = []
    for kind in kinds:
        for name, said in names.items():
            gflops = found[kind]["gflops"][name]
            steps = (
                f"{1e9 * gflops / found['flops_per_step']:.2f}"
                if name.startswith("training")
                else ""
            )
            rows.append((kind, said, f"{gflops:.1f}", steps))
    shares = [
        f"Training on all cores reaches {_roof_share(found, kind)} of the faster product, round by "
        f"round, in {kind}."
        for kind in kinds
    ]
    return _page(found, _markdown(("", "", "GFLOP/s", "steps/s"), rows), *shares)


def _roof_share(found: Document, kind: str = "float32") -> str:
    return spread(found[kind]["ratios"], 2)


def overhead(found: Document) -> str:
    """Where the time of a trial goes."""
    parts = {"in the worker": found["worker_ms"], "in the coordinator": found["coordinator_ms"]}
    rows = [
        (where, name.replace("_", " "), f"{ms:.1f}")
        for where, those in parts.items()
        for name, ms in those.items()
    ]
    table = _markdown(
        ("", "", "ms a trial"), [("wall", "", spread(found["wall_ms_each"], 0)), *rows]
    )
    memory = found["memory_mib"]
    return _page(
        found,
        table,
        f"From the shell to the first step: {found['to_first_step_s']:.1f} s; the import of "
        "TensorFlow alone: "
        f"{spread(found['import_tensorflow_s_each'], 1)} s;\nthe difference in each round: "
        f"{', '.join(f'{round(more, 1) + 0.0:.1f}' for more in found['start_up_s_each'])} s. "
        f"The process of a trial has at most {memory['first']:.0f} MiB in the first five trials,\n"
        f"and {memory['last']:.0f} MiB in the last of {found['trials']}, shared pages counted in.",
    )


def scale(found: Document) -> str:
    """What a trial and a command cost as a study grows."""
    samplers = found["samplers"]
    costs = _markdown(
        ("sampler", "trials", "CPU, ms a trial", "of it MLflow", "memory, MiB"),
        [
            (
                one["sampler"],
                f"{c['trials']:,}",
                f"{c['cpu']:.1f}",
                f"{c['mlflow']:.1f}",
                f"{c['memory']:.0f}",
            )
            for one in samplers
            for c in one["costs"]
        ],
    )
    commands = _markdown(
        (f"seconds, with {found['trials']:,} trials", *(one["sampler"] for one in samplers)),
        [
            (name, *(f"{one['seconds'][name]:.1f}" for one in samplers))
            for name in samplers[0]["seconds"]
        ],
    )
    return _page(found, costs, commands)


def window_of(found: Document) -> str:
    """What TPE finds with a bounded memory and without one."""
    searches = [window.Search(**search) for search in found["searches"]]
    shown = max(search.shown for search in searches if search.memory == "sweep")
    said = (
        f"Searches of {found['trials']:,} trials, of which `sweep` shows {shown:,} to TPE at the "
        "end."
    )
    return _page(found, _markdown(window.HEADINGS, window.rows(searches)), said)


def forecast_of(found: Document) -> str:
    """How often the range of a forecast held."""
    sweeps = [forecast.Held(**held) for held in found["sweeps"]]
    return _page(found, _markdown(forecast.HEADINGS, forecast.rows(sweeps)))


def race_of(found: Document) -> str:
    """The same work by each tool, fastest first."""
    seen = race.summary([race.Run(**run) for run in found["runs"]])
    verdict = race.verdict(seen)
    return _page(
        found, _markdown(race.HEADINGS, race.rows(seen)), *([f"{verdict}."] if verdict else [])
    )


def quality_of(found: Document) -> str:
    """What each tool found: medians over its seeds."""
    searches = [quality.Search(**search) for search in found["searches"]]
    by_tool = {
        tool: [s for s in searches if s.tool == tool]
        for tool in dict.fromkeys(s.tool for s in searches)
    }
    rows = [(tool, str(len(own)), *quality.numbers(own)) for tool, own in by_tool.items()]
    return _page(found, _markdown(("tool", "seeds", *quality.HEADINGS), rows))


def speed(results: Path) -> str | None:
    """What is said of speed in a few lines, each with the program that measured it; nothing without
    a measurement."""
    races = {
        "race-small": (
            "60 small trainings, `sweep`'s time over that of the fastest peer",
            "--workload small",
        ),
        "race-small-onednn": (
            "60 small trainings, the peers with oneDNN, too",
            "--workload small --onednn",
        ),
        "race-large": ("8 large trainings, the same ratio", "--workload large"),
        "race-large-onednn": (
            "8 large trainings, the peers with oneDNN, too",
            "--workload large --onednn",
        ),
    }
    rows = []
    for name, (what, options) in races.items():
        found = _read(results, name)
        seen = race.summary([race.Run(**run) for run in found["runs"]]) if found else {}
        if "best_peer" in seen:
            rounds = f"{seen['rounds_together']} round{'s' * (seen['rounds_together'] > 1)}"
            share = f"{race.share(seen)} of {seen['best_peer']}, {rounds}"
            rows.append((what, share, f"`bench.peers.race {options}`"))
    if found := _read(results, "roofline"):
        what = "training on all cores, its FLOP/s over those of the product of two matrices"
        rows.append((what, _roof_share(found), "`bench.roofline`"))
    if found := _read(results, "overhead"):
        what = "one trial of one step of a tiny network, everything counted"
        rows.append((what, f"{spread(found['wall_ms_each'], 0)} ms", "`bench.overhead`"))
        what = "from the shell to the first training step; TensorFlow's import alone"
        rows.append(
            (
                what,
                f"{found['to_first_step_s']:.1f} s; {found['import_tensorflow_s']:.1f} s",
                "`bench.overhead`",
            )
        )
    if found := _read(results, "scale"):
        seconds = found["samplers"][0]["seconds"]
        both = (
            f"{seconds['sweep show scale']:.1f} s and "
            f"{seconds['sweep export scale --format csv']:.1f} s"
        )
        rows.append((f"`show` and `export` of {found['trials']:,} trials", both, "`bench.scale`"))
    return f"\n\n{_markdown(('', '', 'measured by'), rows)}\n\n" if rows else None


TABLES: Mapping[str, Callable[[Document], str]] = {
    "roofline": roofline,
    "overhead": overhead,
    "scale": scale,
    "scale-1000": scale,
    "window": window_of,
    "forecast": forecast_of,
    "race-small": race_of,
    "race-large": race_of,
    "race-small-onednn": race_of,
    "race-large-onednn": race_of,
    "quality": quality_of,
}


def _read(results: Path, name: str) -> Document | None:
    path = results / f"{name}.json"
    found: Document | None = json.loads(path.read_text()) if path.exists() else None
    return found


def _page(found: Document, *parts: str) -> str:
    machine = found["machine"]
    where = (
        f"{machine['cores']} cores of {machine['processor']}, {machine['memory'] / 1024:.0f} GiB"
    )
    return "\n\n".join(
        ("", *parts, f"{found['date'][:10]}, {where}, Python {machine['python']}.", "")
    )


def _markdown(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---", *["---:" if heading else "---" for heading in headings[1:]]]
    return "\n".join(f"| {' | '.join(row)} |" for row in (headings, rule, *rows))


def main() -> None:
    for page in PAGES:
        page.write_text(filled(page.read_text(), RESULTS))


if __name__ == "__main__":
    main()
