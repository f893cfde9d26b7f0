"""The report of a sweep: one self-contained HTML page, and the same in Markdown."""

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from sweep.analysis import figures
from sweep.analysis.effects import Variation, effects, marginals, variations
from sweep.analysis.leaderboard import by_configurations, leaderboard, settings_of
from sweep.analysis.parts import Figure, Rows, Section
from sweep.analysis.printed_source import data_name, fence, printed_source, without_directory
from sweep.files import make_folder, write_whole
from sweep.search.importance import LEAST, Importance, good_share, importance
from sweep.space import Metric, Objective, OneAtATime, SweepSpec, exact
from sweep.store import Facts, read_sweep
from sweep.trial import (
    DataSummary,
    State,
    TrialRecord,
    configurations,
    exhaustion,
    of_trained,
    triviality,
    with_spread,
)


@dataclass(frozen=True)
class Report:
    """The files that were written, HTML and Markdown, and their numbers."""

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
    """Writes `report.html`, `README.md`, `figures/` and, for one-at-a-time, `effects.csv` into the
    folder of a sweep.

    Raises `StoreError` if the folder cannot be read or written.
    """
    spec, records, facts = read_sweep(folder)
    records = [record for record in records if record.state.is_finished]
    found = variations(spec, records)
    table = _effects(found, spec.objective.columns)
    shares = importance(spec, records)
    sections = [leaderboard(spec, records, facts), *_knobs(spec, found), *_importance(spec, shares)]
    sections += [*_marginals(spec, records), *_learning(spec, records)]

    page = {
        "name": spec.name,
        "alert": triviality(spec, records, facts.data),
        "summary": _summary(spec, records, facts),
        "sections": sections,
        "source": printed_source(spec, facts),
    }
    html = folder / "report.html"
    markdown = folder / "README.md"
    pictures = folder / "figures"
    make_folder(pictures)
    for section in sections:
        for part in section.parts:
            if isinstance(part, Figure):
                picture = pictures / f"{part.name}.svg"
                write_whole(picture, part.svg.encode())
    for file, template in ((html, "report.html.jinja"), (markdown, "README.md.jinja")):
        text = _render(template, page)
        write_whole(file, text.encode())
    if found:
        text = table.to_csv(index=False, lineterminator="\n")
        write_whole(folder / "effects.csv", text.encode())
    return Report(html, markdown, shares.shares, table)


def _effects(found: Iterable[Variation], metrics: Sequence[Metric]) -> pd.DataFrame:
    """What each value came to, one row each; no rows without one-at-a-time."""
    tables = [pd.DataFrame()]
    for variation in found:
        for axis, frame in zip(variation.axes, variation.frames, strict=True):
            table = effects(axis, frame, metrics)
            tables.append(table.assign(baseline=variation.baseline))
    return pd.concat(tables[1:] or tables)


def _render(template: str, page: Mapping[str, Any]) -> str:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("sweep.analysis"),
        autoescape=jinja2.select_autoescape(enabled_extensions=("html.jinja",)),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = lambda text: str(text).replace("|", "\\|")
    environment.filters["fence"] = fence
    environment.filters["sentence"] = lambda text: f"{text[:1].upper()}{text[1:]}."
    return environment.get_template(template).render(page)


def _summary(
    spec: SweepSpec, records: Sequence[TrialRecord], facts: Facts
) -> list[tuple[str, str]]:
    """What was done, line by line."""
    data = facts.data
    seconds = sum(record.seconds or 0 for record in records)
    begun = datetime.fromtimestamp(facts.created, UTC)
    versions = [f"{name} {number}" for name, number in facts.versions.items()]
    lines = [
        ("trials", _ended(spec, records)),
        ("objective", str(spec.objective)),
        ("search", _searched(spec)),
        ("data", _parts_of_data(spec, data)),
    ]
    if facts.exhausted:
        lines.append(("end", exhaustion(spec, records)))
    lines += _about(spec, facts)
    lines += [
        ("training", f"{seconds:,.0f} s in all trials together"),
        ("seed", str(spec.search.seed)),
        ("begun", begun.strftime("%Y-%m-%d %H:%M UTC")),
        ("versions", ", ".join(versions)),
        ("fingerprint of data and split", data.fingerprint[:16]),
    ]
    best = configurations(spec, records)
    accuracy = None
    if best:
        accuracy = best[0].best.metric("val_accuracy")
    if accuracy is not None:
        lines.append(("precision", _precision(spec, accuracy, facts.data.validation)))
        lines.append(("spread over seeds", _seeds(spec, records)))
    return lines


def _ended(spec: SweepSpec, records: Sequence[TrialRecord]) -> str:
    """How many trials ended in each state, and how many there are in all."""
    counts = Counter(record.state for record in records)
    ended = [f"{counts[state]} {state}" for state in State if counts[state]]
    words = ", ".join(ended) or "none has ended"
    words += f", of {spec.search.trials}"
    if spec.search.repeats > 1:
        words += f", {spec.search.repeats} trainings of each configuration"
    return words


def _searched(spec: SweepSpec) -> str:
    sampler = spec.search.sampler
    options = []
    for name, value in sampler.options.items():
        if value is not None:
            options.append(f"{name} {value}")
    words: str = sampler.name
    if options:
        words += f" ({', '.join(options)})"
    words += f", pruner {spec.search.pruner.name}"
    if spec.search.patience is not None:
        words += f", patience {spec.search.patience}"
    return words


def _parts_of_data(spec: SweepSpec, data: DataSummary) -> str:
    parts = [
        f"{data.train:,} images to train",
        f"{data.validation:,} to validate",
        f"{data.test:,} to test (not looked at)",
    ]
    return f"{data_name(spec)}: {', '.join(parts)}"


def _precision(spec: SweepSpec, accuracy: float, images: int) -> str:
    """The precision of an accuracy on this many images, in words.

    The number of images does not tell that of another objective.
    """
    error = standard_error(accuracy, images)
    difference = 2 * math.sqrt(2) * error
    words = (
        f"an accuracy of {accuracy:.4f} on {images:,} images has a standard error of {error:.4f}: "
        f"of two single trainings, a difference below {difference:.4f} is a tie"
    )
    metric = spec.objective.metric
    if metric != "val_accuracy":
        words += f" (this holds for val_accuracy only; the precision of {metric} is not computed)"
    return words


def _about(spec: SweepSpec, facts: Facts) -> list[tuple[str, str]]:
    """Facts about the data: the accuracy of always answering one class, and oddities of the
    images."""
    data = facts.data
    share = facts.data.largest_share
    if share is None:
        said = "not known: this sweep began before classes were counted"
    else:
        said = (
            f"always answering {data.largest_class} has an accuracy of {share:.4f} on the "
            "validation images"
        )
        metric = spec.objective.metric
        value = data.of_one_answer(metric)
        if value is not None and metric != "val_accuracy":
            said += f", and a {metric} of {value:.4f}"
    notes = [("note", without_directory(note, spec, facts)) for note in data.notes]
    return [("largest class", said), *notes]


def _seeds(spec: SweepSpec, records: Sequence[TrialRecord]) -> str:
    """How much the seed alone changes the objective."""
    metric = spec.objective.metric
    spreads = by_configurations(spec, records)[f"{metric}_sd"].dropna()
    if spreads.empty:
        return "not measured (repeats would), and comes on top of that"
    return (
        f"the median standard deviation of {metric} over the trainings of one configuration is "
        f"{spreads.median():.4f} (the largest {spreads.max():.4f})"
    )


def standard_error(accuracy: float, images: int) -> float:
    """The standard error of an accuracy on this many images (a binomial proportion)."""
    return math.sqrt(accuracy * (1 - accuracy) / images)


def _knob_row(
    found: Variation, row: Mapping[Hashable, Any], metrics: Sequence[Metric]
) -> tuple[str, ...]:
    """The results of one value of one hyperparameter, as cells."""
    name = row["hyperparameter"]
    value = row["value"]
    if value == exact(found.at[name]):
        value += " (baseline)"
    trained = of_trained(row["complete"], row["trainings"])
    means = [with_spread(row[metric], row[f"{metric}_sd"]) for metric in metrics]
    parameters = f"{row['parameters']:,.0f}"
    seconds = "-"
    if not math.isnan(row["seconds"]):
        seconds = f"{row['seconds']:.1f}"
    return name, value, trained, *means, parameters, seconds


def _knobs(spec: SweepSpec, variations: Sequence[Variation]) -> list[Section]:
    """One section per baseline of a one-at-a-time sweep: the panel and its numbers."""
    if not variations:
        return []
    metrics = spec.objective.columns
    sections = []
    for found, pictures in zip(variations, figures.panels(variations, metrics), strict=True):
        rows = []
        tables = []
        for axis, frame in zip(found.axes, found.frames, strict=True):
            table = effects(axis, frame, metrics)
            tables.append(table)
            rows += [_knob_row(found, row, metrics) for row in table.to_dict("records")]
        headings = ("hyperparameter", "value", "trainings", *metrics, "parameters", "seconds")
        caption = (
            "Each hyperparameter over its values. Dots are single trainings, circles their means "
            "with one standard deviation; the dotted line is the baseline. Where values differ "
            "much an axis is logarithmic (log), one of accuracies or F1 in the error (log error). "
            "Seconds are wall time, and depend on what else was running."
        )
        if len(variations) > 1:
            caption += " All baselines have the same axes."
        numbers = "The numbers of the panel: means and standard deviations over the trainings."
        text = (
            "One hyperparameter is varied at a time, everything else is held at "
            f"{settings_of(found.held)}."
        )
        panel = _figures(f"knobs-{found.baseline}", caption, pictures)
        title = f"What each knob does, around {found.baseline}"
        sections.append(
            Section(
                title,
                text,
                (*panel, _moves(tables, spec.objective), Rows(numbers, headings, tuple(rows))),
            )
        )
    return sections


def _figures(name: str, caption: str, pictures: Sequence[str]) -> tuple[Figure, ...]:
    """The pages of a figure; the last one has the caption, the others their number."""
    count = len(pictures)
    found = []
    for number, svg in enumerate(pictures, 1):
        file = name
        words = caption
        if number > 1:
            file = f"{name}-{number}"
        if number < count:
            words = f"Part {number} of {count}."
        found.append(Figure(file, words, svg))
    return tuple(found)


def _moves(tables: Sequence[pd.DataFrame], objective: Objective) -> Rows:
    """A table of how far each hyperparameter moves the objective, the largest difference first."""
    metric = objective.metric
    found: list[tuple[float, tuple[str, ...]]] = []
    for table in tables:
        name = str(table["hyperparameter"].iloc[0])
        ends = (table[metric].min(), table[metric].max())
        best, worst = sorted(ends, key=objective.signed)
        distance = abs(best - worst)
        reached = (_reached(table, metric, best), _reached(table, metric, worst))
        if f"{best:.4f}" == f"{worst:.4f}":
            # Later digits depend on the order of a sum.
            distance = 0.0
            reached = ("-", "-")
        found.append((distance, (name, f"{distance:.4f}", *reached)))
    found.sort(key=lambda item: -item[0])
    caption = (
        f"How far each hyperparameter moves the mean {metric}, over the values that were tried. "
        "A dash means that all values came to the same."
    )
    headings = ("hyperparameter", "difference", "best value", "worst value")
    return Rows(caption, headings, tuple(cells for _, cells in found))


def _reached(table: pd.DataFrame, metric: Metric, score: float) -> str:
    """The values with this mean, as far as it is printed, and the mean."""
    printed = f"{score:.4f}"
    same = table[metric].map("{:.4f}".format) == printed
    return f"{', '.join(table.loc[same, 'value'])} ({printed})"


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
            "stand around its baselines: how far each knob moves the objective is told above, by "
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
