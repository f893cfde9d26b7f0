"""The leaderboard of a report: the best trials or configurations with every hyperparameter."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from sweep.analysis.parts import Rows, Section
from sweep.space import METRICS, SweepSpec, Value, short
from sweep.store import Facts
from sweep.trial import (
    TrialRecord,
    configurations,
    judged_by_best,
    network_of_best,
    nothing_completed,
    of_trained,
    ranked,
    with_spread,
)

LEADERS = 10
# Most characters of a row, with three between two columns, to fit on a wide screen and on paper.
# In a wider leaderboard the hyperparameters go into tables of their own.
WIDEST = 145


def leaderboard(spec: SweepSpec, records: Sequence[TrialRecord], facts: Facts) -> Section:
    """The section of the best trials, or a note that no trial completed yet."""
    headings: tuple[str, ...]
    metrics = spec.objective.columns
    if spec.search.repeats > 1:
        leaders = _configurations(spec, records)
        headings = ("configuration", "trainings", *metrics, "parameters", "seconds")
        caption = (
            f"The best {len(leaders)} configurations, by the mean over their trainings, with "
            "standard deviations."
        )
    else:
        leaders = [_leader(spec, record) for record in ranked(records, spec.objectives)[:LEADERS]]
        named: tuple[str, ...] = ("baseline",)
        if not any(leader.cells[-1] for leader in leaders):
            named = ()
            leaders = [replace(leader, cells=leader.cells[:-1]) for leader in leaders]
        headings = ("trial", *metrics, "parameters", "seconds", *named)
        caption = f"The best {len(leaders)} of the complete trials."
    on = "training images"
    if spec.objective.metric.startswith("val_"):
        on = f"the same {facts.data.validation:,} images"
    text = (
        f"The best was chosen by its {spec.objective.metric} on {on}, so that its number is a "
        "little too good."
    )
    for remark in (judged_by_best(spec), network_of_best(spec, records)):
        text += f" {remark[0].upper()}{remark[1:]}." if remark else ""
    if not leaders:
        line = nothing_completed(spec, records, exhausted=facts.exhausted)
        return Section("The best", f"{line[0].upper()}{line[1:]}.", ())
    return Section("The best", text, _tables(caption, headings, leaders))


@dataclass(frozen=True)
class Leader:
    """A row of the leaderboard: scores and costs as text, and hyperparameters by column name."""

    cells: tuple[str, ...]
    flat: Mapping[str, Value | None]


def _tables(caption: str, headings: tuple[str, ...], leaders: Sequence[Leader]) -> tuple[Rows, ...]:
    """The leaderboard with every hyperparameter, in several tables if there are too many.

    The caption lists what all rows share.
    """
    shown, same = _varying([leader.flat for leader in leaders])
    if same:
        caption = f"{caption} {same}"
    columns = {name: [short(leader.flat[name]) for leader in leaders] for name in shown}
    scores: dict[str, Sequence[str]] = {}
    costs: dict[str, Sequence[str]] = {}
    # The scores come first, the costs last.
    first_cost = headings.index("parameters")
    for index, heading in enumerate(headings):
        cells = [leader.cells[index] for leader in leaders]
        if index < first_cost:
            scores[heading] = cells
        else:
            costs[heading] = cells
    whole = scores | columns | costs
    if _width(whole) <= WIDEST:
        return (_rows(caption, whole),)
    key = {headings[0]: scores[headings[0]]}
    parts = _evenly_split(columns, key)
    further = []
    for number, part in enumerate(parts, 1):
        of = f", {number} of {len(parts)}" if len(parts) > 1 else ""
        further.append(_rows(f"Their hyperparameters{of}.", part))
    return (_rows(caption, scores | costs), *further)


def _evenly_split(
    columns: Mapping[str, Sequence[str]], key: Mapping[str, Sequence[str]]
) -> list[dict[str, Sequence[str]]]:
    """As few tables as possible, of about the same width, each with the column `key`."""
    fewest = len(_split(columns, key, WIDEST))
    for most in range(1, WIDEST):
        parts = _split(columns, key, most)
        if len(parts) == fewest:
            return parts
    return _split(columns, key, WIDEST)


def _split(
    columns: Mapping[str, Sequence[str]], key: Mapping[str, Sequence[str]], widest: int
) -> list[dict[str, Sequence[str]]]:
    """The columns in parts that begin with `key` and are at most `widest` wide.

    Only a column that is itself too wide makes a part wider.
    """
    parts = [dict(key)]
    for name, cells in columns.items():
        if len(parts[-1]) > 1 and _width(parts[-1] | {name: cells}) > widest:
            parts.append(dict(key))
        parts[-1][name] = cells
    return parts


def _width(columns: Mapping[str, Sequence[str]]) -> int:
    """The characters of a row of these columns."""
    return sum(3 + max(map(len, (name, *cells))) for name, cells in columns.items())


def _rows(caption: str, columns: Mapping[str, Sequence[str]]) -> Rows:
    return Rows(caption, tuple(columns), tuple(zip(*columns.values(), strict=True)))


def _varying(flats: Sequence[Mapping[str, Value | None]]) -> tuple[list[str], str]:
    """The hyperparameters that differ among the configurations, and a sentence on the others."""
    if len(flats) == 1:
        return list(flats[0]), ""
    shown = [name for name in flats[0] if len({short(flat[name]) for flat in flats}) > 1]
    same = {name: value for name, value in flats[0].items() if name not in shown}
    given = settings_of(same)
    absent = [name for name, value in same.items() if value is None]
    sentences = []
    if given:
        sentences.append(f"All have {given}.")
    if absent:
        sentences.append(f"None has {', '.join(absent)}.")
    return shown, " ".join(sentences)


def settings_of(flat: Mapping[str, Value | None]) -> str:
    """Hyperparameters and their values as a list in a sentence, without those that do not exist."""
    return ", ".join(f"{name} {short(value)}" for name, value in flat.items() if value is not None)


def _leader(spec: SweepSpec, record: TrialRecord) -> Leader:
    trial = record.trial
    scores = [f"{record.metric(name):.4f}" for name in spec.objective.columns]
    seconds = record.seconds or 0
    cost = (f"{trial.parameters:,}", f"{seconds:.1f}")
    cells = (str(trial.number), *scores, *cost, trial.baseline or "")
    return Leader(cells, spec.flat(trial.point))


def _configurations(spec: SweepSpec, records: Sequence[TrialRecord]) -> list[Leader]:
    points = {r.trial.configuration: spec.flat(r.trial.point) for r in records}
    leaders = []
    for row in by_configurations(spec, records).head(LEADERS).to_dict("records"):
        number = int(row["configuration"])
        parameters = f"{row['parameters']:,.0f}"
        seconds = f"{row['seconds']:.1f}"
        trainings = of_trained(row["complete"], row["trainings"])
        means = [with_spread(row[name], row[f"{name}_sd"]) for name in spec.objective.columns]
        cells = (str(number), trainings, *means, parameters, seconds)
        leaders.append(Leader(cells, points[number]))
    return leaders


def by_configurations(spec: SweepSpec, records: Iterable[TrialRecord]) -> pd.DataFrame:
    """One row per configuration with complete trainings, the best first: `configuration`,
    `complete`, `trainings` (how many it has in the end), mean and standard deviation of every
    metric over the complete ones, parameters, mean seconds."""
    columns = ["configuration", "complete", "trainings"]
    for name in METRICS:
        columns += [name, f"{name}_sd"]
    columns += ["parameters", "seconds"]
    rows = []
    for found in configurations(spec, records):
        row: list[float] = [found.number, len(found.complete), found.repeats]
        for name in METRICS:
            row += [found.mean(name), found.deviation(name)]
        seconds = [record.seconds or 0.0 for record in found.complete]
        row += [float(found.best.trial.parameters), statistics.fmean(seconds)]
        rows.append(row)
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"configuration": int, "complete": int, "trainings": int})
