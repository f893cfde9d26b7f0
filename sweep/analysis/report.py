"""The report of a sweep: one HTML page that needs nothing beside it, and its Markdown twin."""

import math
import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from sweep.analysis import figures
from sweep.analysis.effects import Variation, by_configurations, effects, marginals, variations
from sweep.files import make_folder, write_whole
from sweep.search.importance import LEAST, Importance, good_share, importance
from sweep.space import OneAtATime, SweepSpec, Value, exact, short
from sweep.spacefile.nodes import Leaf, Table, nodes
from sweep.store import Facts, read_sweep
from sweep.trial import (
    DataSummary,
    State,
    TrialRecord,
    configurations,
    network_of_best,
    of_trained,
    ranked,
    triviality,
    with_spread,
)

LEADERS = 10
# Characters of a row, at most, with three for the space between two columns: the hyperparameters of
# a wider table stand in tables of their own, so that it fits on a wide screen and on paper.
WIDEST = 145


@dataclass(frozen=True)
class Figure:
    """A picture with what it shows; `name` is that of its file."""

    name: str
    caption: str
    svg: str


@dataclass(frozen=True)
class Rows:
    """A table as text: headings, rows, and what it shows."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    title: str
    text: str
    parts: tuple[Figure | Rows, ...]


@dataclass(frozen=True)
class Report:
    """What was written: the page, its twin, and the numbers behind both."""

    html: Path
    markdown: Path
    importance: Mapping[str, float]
    effects: pd.DataFrame

    def to_json(self) -> dict[str, Any]:
        plain = self.effects.astype(object).where(self.effects.notna(), None)
        return {
            "report": str(self.html),
            "readme": str(self.markdown),
            "importance": dict(self.importance),
            "effects": plain.to_dict(orient="records"),
        }


def write_report(folder: Path) -> Report:
    """Writes `report.html`, `README.md` and, for one-at-a-time, `effects.csv` into the folder of a
    sweep, and the figures into `figures/`. Raises `StoreError` where it cannot be read or
    written."""
    spec, records, facts = read_sweep(folder)
    records = [record for record in records if record.state.is_finished]
    found = variations(spec, records)
    table = pd.concat(
        [
            effects(axis, frame).assign(baseline=v.baseline)
            for v in found
            for axis, frame in zip(v.axes, v.frames, strict=True)
        ]
        or [pd.DataFrame()]
    )
    shares = importance(spec, records)
    sections = [_leaders(spec, records, facts), *_knobs(found), *_importance(spec, shares)]
    sections += [*_marginals(spec, records), *_learning(spec, records)]

    page = {
        "name": spec.name,
        "alert": triviality(records, facts.data.largest_share, facts.data.largest_class),
        "summary": _summary(spec, records, facts),
        "sections": sections,
        "source": _source(spec, facts),
    }
    html = folder / "report.html"
    markdown = folder / "README.md"
    pictures = folder / "figures"
    make_folder(pictures)
    for section in sections:
        for part in section.parts:
            if isinstance(part, Figure):
                write_whole(pictures / f"{part.name}.svg", part.svg.encode())
    write_whole(html, _render("report.html.jinja", page).encode())
    write_whole(markdown, _render("README.md.jinja", page).encode())
    if found:
        write_whole(folder / "effects.csv", table.to_csv(index=False, lineterminator="\n").encode())
    return Report(html, markdown, shares.shares, table)


def _render(template: str, page: Mapping[str, Any]) -> str:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("sweep.analysis"),
        autoescape=jinja2.select_autoescape(enabled_extensions=("html.jinja",)),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = lambda text: str(text).replace("|", "\\|")
    environment.filters["fence"] = _fence
    environment.filters["sentence"] = lambda text: f"{text[:1].upper()}{text[1:]}."
    return environment.get_template(template).render(page)


def _summary(
    spec: SweepSpec, records: Sequence[TrialRecord], facts: Facts
) -> list[tuple[str, str]]:
    """What was done, line by line."""
    seconds = sum(record.seconds or 0 for record in records)
    begun = datetime.fromtimestamp(facts.created, UTC)
    versions = [f"{name} {number}" for name, number in facts.versions.items()]
    lines = [
        ("trials", _ended(spec, records)),
        ("objective", str(spec.objective)),
        ("search", _searched(spec)),
        ("data", _parts_of_data(spec, facts.data)),
        *_about(spec, facts),
        ("training", f"{seconds:,.0f} s in all trials together"),
        ("seed", str(spec.search.seed)),
        ("begun", begun.strftime("%Y-%m-%d %H:%M UTC")),
        ("versions", ", ".join(versions)),
        ("fingerprint of data and split", facts.data.fingerprint[:16]),
    ]
    best = configurations(spec, records)
    accuracy = best[0].best.metric("val_accuracy") if best else None
    if accuracy is not None:
        lines.append(("precision", _precision(accuracy, facts.data.validation)))
        lines.append(("spread over seeds", _seeds(spec, records)))
    return lines


def _ended(spec: SweepSpec, records: Sequence[TrialRecord]) -> str:
    """How many trials ended in which way, and of how many."""
    counts = Counter(record.state for record in records)
    ended = [f"{counts[state]} {state}" for state in State if counts[state]]
    words = ", ".join(ended) or "none has ended"
    words += f", of {spec.search.trials}"
    if spec.search.repeats > 1:
        words += f", {spec.search.repeats} trainings of each configuration"
    return words


def _searched(spec: SweepSpec) -> str:
    sampler = spec.search.sampler
    options = [f"{name} {value}" for name, value in sampler.options.items()]
    words: str = sampler.name
    if options:
        words += f" ({', '.join(options)})"
    return f"{words}, pruner {spec.search.pruner.name}"


def _parts_of_data(spec: SweepSpec, data: DataSummary) -> str:
    parts = [
        f"{data.train:,} images to train",
        f"{data.validation:,} to validate",
        f"{data.test:,} to test (not looked at)",
    ]
    return f"{_data_name(spec)}: {', '.join(parts)}"


def _precision(accuracy: float, images: int) -> str:
    """How far an accuracy on so many images can be trusted."""
    error = standard_error(accuracy, images)
    difference = 2 * math.sqrt(2) * error
    return (
        f"an accuracy of {accuracy:.4f} on {images:,} images has a standard error of {error:.4f}: "
        f"of two single trainings, a difference below {difference:.4f} is a tie"
    )


def _about(spec: SweepSpec, facts: Facts) -> list[tuple[str, str]]:
    """What there is to know of the data: what always answering one class comes to, and what is odd
    with the images."""
    data = facts.data
    share = facts.data.largest_share
    if share is None:
        said = "not known: this sweep began before classes were counted"
    else:
        said = (
            f"always answering {data.largest_class} has an accuracy of {share:.4f} on the "
            "validation images"
        )
    notes = [("note", _without_directory(note, spec, facts)) for note in data.notes]
    return [("largest class", said), *notes]


def _data_name(spec: SweepSpec) -> str:
    """The name of the data set, or that of its file or folder, without where that is."""
    return spec.data.name or (spec.data.path.name if spec.data.path else "") or "images"


def _without_directory(text: str, spec: SweepSpec, facts: Facts) -> str:
    """`text` without the directory in which the images are, or were when the sweep ran: a report is
    read by others."""
    if spec.data.path is None:
        return text
    for path in (facts.data.label, str(spec.data.path)):
        if Path(path).name:
            text = text.replace(path, f"…/{_data_name(spec)}")
        else:
            text = text
    return text


@dataclass(frozen=True)
class Source:
    """The space file as it is printed, and a note on what it lacks."""

    text: str
    note: str


def _source(spec: SweepSpec, facts: Facts) -> Source:
    """The space file without the directory of the images, where that is an absolute path."""
    written = _written_path(spec.source)
    if not written.startswith("/"):
        return Source(spec.source, "")
    folder = written.rstrip("/")
    shown = f"…/{Path(written).name}"
    text = _without_directory(
        spec.source.replace(folder, shown) if folder else spec.source, spec, facts
    )
    # With escapes, or on two lines, the path does not stand there as it is read.
    if not _written_path(text).startswith(shown):
        return Source("", "It is not printed here: it has the absolute path of the images.")
    return Source(text, "The directory of the images is left out: …/ stands in its place.")


def _written_path(source: str) -> str:
    """The path of the images as a space file has it; empty where it has none."""
    root, _ = nodes(source, Path("space.yaml"))
    data = None
    if isinstance(root, Table):
        data = root.get("data")
    leaf = None
    if isinstance(data, Table):
        leaf = data.get("path")
    if isinstance(leaf, Leaf):
        return str(leaf.value)
    return ""


def _fence(text: str) -> str:
    """The backticks around a block of code: more than any that stand in it."""
    longest = max((len(found) for found in re.findall("`+", text)), default=0)
    return "`" * max(3, longest + 1)


def _seeds(spec: SweepSpec, records: Sequence[TrialRecord]) -> str:
    """What is known of how much the seed alone makes."""
    spreads = by_configurations(spec, records)["val_accuracy_sd"].dropna()
    if spreads.empty:
        return "not measured (repeats would), and comes on top of that"
    return (
        "the median standard deviation of an accuracy over the trainings of one configuration is "
        f"{spreads.median():.4f} (the largest {spreads.max():.4f})"
    )


def standard_error(accuracy: float, images: int) -> float:
    """Of an accuracy measured on that many images, as the share of successes of a binomial
    distribution."""
    return math.sqrt(accuracy * (1 - accuracy) / images)


def _leaders(spec: SweepSpec, records: Sequence[TrialRecord], facts: Facts) -> Section:
    headings: tuple[str, ...]
    if spec.search.repeats > 1:
        leaders = _configurations(spec, records)
        headings = (
            "configuration",
            "trainings",
            "val_accuracy",
            "val_loss",
            "parameters",
            "seconds",
        )
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
        headings = ("trial", "val_accuracy", "val_loss", "parameters", "seconds", *named)
        caption = f"The best {len(leaders)} of the complete trials."
    on = "training images"
    if spec.objective.metric.startswith("val_"):
        on = f"the same {facts.data.validation:,} images"
    text = (
        f"The best was chosen by its {spec.objective.metric} on {on}, so that its number is a "
        "little too good."
    )
    network = network_of_best(spec, records)
    text += f" {network[0].upper()}{network[1:]}." if network else ""
    if not leaders:
        return Section("The best", "No trial has completed yet.", ())
    return Section("The best", text, _tables(caption, headings, leaders))


@dataclass(frozen=True)
class Leader:
    """A row of the leaderboard: its scores and costs as text, and its hyperparameters by the names
    of the columns."""

    cells: tuple[str, ...]
    flat: Mapping[str, Value | None]


def _tables(caption: str, headings: tuple[str, ...], leaders: Sequence[Leader]) -> tuple[Rows, ...]:
    """The leaderboard with every hyperparameter. What is the same in all rows stands in the
    caption; where the others are too many for one table, they stand in further ones."""
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
    """As few tables as there can be, of about the same width, each with the column `key`."""
    fewest = len(_split(columns, key, WIDEST))
    for most in range(1, WIDEST):
        parts = _split(columns, key, most)
        if len(parts) == fewest:
            return parts
    return _split(columns, key, WIDEST)


def _split(
    columns: Mapping[str, Sequence[str]], key: Mapping[str, Sequence[str]], widest: int
) -> list[dict[str, Sequence[str]]]:
    """The columns in parts that begin with `key` and are not wider than `widest`, but for a column
    wider than that."""
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
    """The hyperparameters that differ among several configurations, and a sentence on those that do
    not."""
    if len(flats) == 1:
        return list(flats[0]), ""
    shown = [name for name in flats[0] if len({short(flat[name]) for flat in flats}) > 1]
    same = {name: value for name, value in flats[0].items() if name not in shown}
    given = _settings(same)
    absent = [name for name, value in same.items() if value is None]
    if given:
        said = [f"All have {given}."]
    else:
        said = []
    return shown, " ".join([*said, *([f"None has {', '.join(absent)}."] if absent else [])])


def _settings(flat: Mapping[str, Value | None]) -> str:
    """Hyperparameters with their values, as a sentence lists them; those that do not exist are left
    out."""
    return ", ".join(f"{name} {short(value)}" for name, value in flat.items() if value is not None)


def _leader(spec: SweepSpec, record: TrialRecord) -> Leader:
    cells = (
        str(record.trial.number),
        f"{record.metric('val_accuracy'):.4f}",
        f"{record.metric('val_loss'):.4f}",
        f"{record.trial.parameters:,}",
        f"{record.seconds or 0:.1f}",
        record.trial.baseline or "",
    )
    return Leader(cells, spec.flat(record.trial.point))


def _configurations(spec: SweepSpec, records: Sequence[TrialRecord]) -> list[Leader]:
    points = {r.trial.configuration: spec.flat(r.trial.point) for r in records}
    leaders = []
    for row in by_configurations(spec, records).head(LEADERS).to_dict("records"):
        number = int(row["configuration"])
        parameters = f"{row['parameters']:,.0f}"
        seconds = f"{row['seconds']:.1f}"
        trainings = of_trained(row["complete"], row["trainings"])
        accuracy = with_spread(row["val_accuracy"], row["val_accuracy_sd"])
        loss = with_spread(row["val_loss"], row["val_loss_sd"])
        cells = (str(number), trainings, accuracy, loss, parameters, seconds)
        leaders.append(Leader(cells, points[number]))
    return leaders


def _knob_row(found: Variation, row: Mapping[Hashable, Any]) -> tuple[str, ...]:
    """What came of one value of one hyperparameter, as cells."""
    name = row["hyperparameter"]
    value = row["value"]
    if value == exact(found.at[name]):
        value += " (baseline)"
    seconds = row["seconds"]
    return (
        name,
        value,
        of_trained(row["complete"], row["trainings"]),
        with_spread(row["val_accuracy"], row["val_accuracy_sd"]),
        with_spread(row["val_loss"], row["val_loss_sd"]),
        f"{row['parameters']:,.0f}",
        "-" if math.isnan(seconds) else f"{seconds:.1f}",
    )


def _knobs(variations: Sequence[Variation]) -> list[Section]:
    """Of a one-at-a-time sweep, one section per baseline: the panel, and its numbers."""
    sections = []
    for found, pictures in zip(
        variations, figures.panels(variations) if variations else (), strict=True
    ):
        tables = [
            effects(axis, frame) for axis, frame in zip(found.axes, found.frames, strict=True)
        ]
        rows = tuple(_knob_row(found, row) for table in tables for row in table.to_dict("records"))
        headings = (
            "hyperparameter",
            "value",
            "trainings",
            "val_accuracy",
            "val_loss",
            "parameters",
            "seconds",
        )
        caption = (
            "Each hyperparameter over its values. Dots are single trainings, circles their means "
            "with one standard deviation; the dotted line is the baseline. Where values differ "
            "much an axis is logarithmic (log), one of accuracies in the error (log error). "
            "Seconds are wall time, and depend on what else was running."
        )
        if len(variations) > 1:
            caption += " All baselines have the same axes."
        numbers = "The numbers of the panel: means and standard deviations over the trainings."
        text = (
            "One hyperparameter is varied at a time, everything else is held at "
            f"{_settings(found.held)}."
        )
        panel = _figures(f"knobs-{found.baseline}", caption, pictures)
        title = f"What each knob does, around {found.baseline}"
        sections.append(
            Section(title, text, (*panel, _moves(tables), Rows(numbers, headings, rows)))
        )
    return sections


def _figures(name: str, caption: str, pictures: Sequence[str]) -> tuple[Figure, ...]:
    """The parts of a figure that has more rows than fit on a page; the whole caption stands below
    the last."""
    count = len(pictures)
    return tuple(
        Figure(
            name if number == 1 else f"{name}-{number}",
            caption if number == count else f"Part {number} of {count}.",
            svg,
        )
        for number, svg in enumerate(pictures, 1)
    )


def _moves(tables: Sequence[pd.DataFrame]) -> Rows:
    """How far each hyperparameter moves the accuracy over its values, the farthest first."""
    found: list[tuple[float, tuple[str, ...]]] = []
    for table in tables:
        seen = table.dropna(subset=["val_accuracy"]).sort_values("val_accuracy", kind="stable")
        rows = seen.to_dict("records")
        worst = rows[0]
        best = rows[-1]
        distance = best["val_accuracy"] - worst["val_accuracy"]
        name = str(best["hyperparameter"])
        found.append((distance, (name, f"{distance:.4f}", _reached(best), _reached(worst))))
    found.sort(key=lambda item: -item[0])
    caption = (
        "How far each hyperparameter moves the mean validation accuracy, over the values that "
        "were tried."
    )
    headings = ("hyperparameter", "difference", "best value", "worst value")
    return Rows(caption, headings, tuple(cells for _, cells in found))


def _reached(row: Mapping[Hashable, Any]) -> str:
    """A value, and the accuracy that it came to."""
    return f"{row['value']} ({row['val_accuracy']:.4f})"


def _importance(spec: SweepSpec, found: Importance) -> list[Section]:
    title = "How much each hyperparameter mattered"
    if not found.shares:
        return [
            Section(title, f"Fewer than {LEAST} trials of the space completed: too few to say.", ())
        ]
    text = (
        "PED-ANOVA (Watanabe et al., IJCAI 2023), by Optuna: how much a hyperparameter tells the "
        f"best {good_share(found.trials):.0%} of the {found.trials} complete trials from all of "
        "them. The shares sum to 1; they are of this space and these trials, and rough where "
        "trials are few."
    )
    if isinstance(spec.search.sampler, OneAtATime):
        text += (
            " It supposes trials that are spread over the space. Those of a one-at-a-time sweep "
            "stand around its baselines: how far each knob moves the accuracy is told above, by "
            "the differences."
        )
    return [
        Section(
            title,
            text,
            (
                Figure(
                    "importance",
                    "Importance of each hyperparameter.",
                    figures.importance_bars(found.shares),
                ),
            ),
        )
    ]


def _marginals(spec: SweepSpec, records: Sequence[TrialRecord]) -> list[Section]:
    found = marginals(spec, records)
    if not found or isinstance(spec.search.sampler, OneAtATime):
        return []
    text = (
        "Each complete trial by the value of one hyperparameter, all others varying; circles are "
        "medians of trials with like values, bars their quartiles."
    )
    if spec.search.sampler.learns_after is not None:
        text += (
            " The sampler tries promising values more often and together, which favours what "
            "stands beside them: this is no experiment."
        )
    pictures = figures.marginal_panels(found, spec.objective.metric)
    panel = _figures("marginals", "Marginal effect of each hyperparameter.", pictures)
    return [Section("Marginal effects", text, panel)]


def _learning(spec: SweepSpec, records: Sequence[TrialRecord]) -> list[Section]:
    if not any(record.evaluations for record in records):
        return []
    svg = figures.learning_curves(spec, records)
    caption = (
        f"{spec.objective.metric} at every evaluation; dashed: pruned. The best five are named."
    )
    if len(records) > figures.MANY:
        caption += f" Of the others {figures.MANY} are drawn."
    return [Section("Learning curves", "", (Figure("learning", caption, svg),))]
