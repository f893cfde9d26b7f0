"""The report of a sweep: one HTML page that needs nothing beside it, and its Markdown twin."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from sweep.analysis import figures
from sweep.analysis.effects import Variation, by_configurations, effects, marginals, variations
from sweep.analysis.overview import read_sweep
from sweep.analysis.rows import make_folder, write_whole
from sweep.hyperparams import exact, short
from sweep.record import State, TrialRecord, configurations, of_trained, ranking, with_spread
from sweep.search.importance import LEAST, Importance, good_share, importance
from sweep.search.ledger import Facts
from sweep.spec import SweepSpec

LEADERS = 10


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
    """Writes `report.html`, `README.md` and, for one-at-a-time, `effects.csv` into the folder of a sweep, and the
    figures into `figures/`. Raises `StoreError` where it cannot be read or written."""
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

    page = {"spec": spec, "facts": facts, "summary": _summary(spec, records, facts), "sections": sections}
    html, markdown = folder / "report.html", folder / "README.md"
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
    return environment.get_template(template).render(page)


def _summary(spec: SweepSpec, records: Sequence[TrialRecord], facts: Facts) -> list[tuple[str, str]]:
    """What was done, line by line."""
    counts = {state: sum(r.state is state for r in records) for state in State}
    ended = ", ".join(f"{count} {state}" for state, count in counts.items() if count) or "none has ended"
    data, search = facts.data, spec.search
    options = ", ".join(f"{name} {value}" for name, value in search.sampler.options.items())
    repeats = f", {search.repeats} trainings of each configuration" if search.repeats > 1 else ""
    lines = [
        ("trials", f"{ended}, of {search.trials}{repeats}"),
        ("objective", f"{spec.objective.direction} {spec.objective.metric}"),
        ("search", f"{search.sampler.name}{f' ({options})' if options else ''}, pruner {search.pruner.name}"),
        ("data", f"{spec.data.name or data.label}: {data.train:,} images to train, {data.validation:,} to validate, "
                 f"{data.test:,} to test (not looked at)"),
        ("training", f"{sum(r.seconds or 0 for r in records):,.0f} s in all trials together"),
        ("seed", str(search.seed)),
        ("begun", datetime.fromtimestamp(facts.created, UTC).strftime("%Y-%m-%d %H:%M UTC")),
        ("versions", ", ".join(f"{name} {number}" for name, number in facts.versions.items())),
        ("fingerprint of data and split", data.fingerprint[:16]),
    ]  # fmt: skip
    best = configurations(spec, records)
    accuracy = best[0].best.metric("val_accuracy") if best else None
    if accuracy is not None:
        error = standard_error(accuracy, data.validation)
        said = f"an accuracy of {accuracy:.4f} on {data.validation:,} images has a standard error of {error:.4f}"
        tie = f"of two single trainings, a difference below {2 * math.sqrt(2) * error:.4f} is a tie"
        lines.append(("precision", f"{said}: {tie}"))
        lines.append(("spread over seeds", _seeds(spec, records)))
    return lines


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
    """Of an accuracy measured on that many images, as the share of successes of a binomial distribution."""
    return math.sqrt(accuracy * (1 - accuracy) / images)


def _leaders(spec: SweepSpec, records: Sequence[TrialRecord], facts: Facts) -> Section:
    varied = [p.name for p in spec.space.parameters if p.constant is None]
    if spec.search.repeats > 1:
        rows = _configurations(spec, records, varied)
        headings = ("configuration", "trainings", "val_accuracy", "val_loss", *varied, "parameters", "seconds")
        caption = f"The best {len(rows)} configurations, by the mean over their trainings, with standard deviations."
    else:
        best = ranking(records, spec.objective)[:LEADERS]
        rows = tuple(_leader(spec, record, varied) for record in best)
        headings = ("trial", "val_accuracy", "val_loss", *varied, "parameters", "seconds", "baseline")
        caption = f"The best {len(rows)} of the complete trials."
    on = f"the same {facts.data.validation:,} images" if spec.objective.metric.startswith("val_") else "training images"
    text = f"The best was chosen by its {spec.objective.metric} on {on}, so that its number is a little too good."
    text = text if rows else "No trial has completed yet."
    return Section("The best", text, (Rows(caption, headings, rows),) if rows else ())


def _leader(spec: SweepSpec, record: TrialRecord, varied: Sequence[str]) -> tuple[str, ...]:
    flat = spec.flat(record.trial.point)
    return (
        str(record.trial.number),
        f"{record.metric('val_accuracy'):.4f}",
        f"{record.metric('val_loss'):.4f}",
        *("" if flat[name] is None else short(flat[name]) for name in varied),
        f"{record.trial.parameters:,}",
        f"{record.seconds or 0:.1f}",
        record.trial.baseline or "",
    )


def _configurations(
    spec: SweepSpec, records: Sequence[TrialRecord], varied: Sequence[str]
) -> tuple[tuple[str, ...], ...]:
    points = {r.trial.configuration: spec.flat(r.trial.point) for r in records}
    rows = []
    for row in by_configurations(spec, records).head(LEADERS).to_dict("records"):
        flat = points[int(row["configuration"])]
        rows.append(
            (
                str(row["configuration"]),
                of_trained(row["complete"], row["trainings"]),
                with_spread(row["val_accuracy"], row["val_accuracy_sd"]),
                with_spread(row["val_loss"], row["val_loss_sd"]),
                *("" if flat[name] is None else short(flat[name]) for name in varied),
                f"{row['parameters']:,.0f}",
                f"{row['seconds']:.1f}",
            )
        )
    return tuple(rows)


def _knobs(variations: Sequence[Variation]) -> list[Section]:
    """Of a one-at-a-time sweep, one section per baseline: the panel, and its numbers."""
    sections = []
    for found in variations:
        tables = [effects(axis, frame) for axis, frame in zip(found.axes, found.frames, strict=True)]
        rows = tuple(
            (
                row["hyperparameter"],
                f"{row['value']}{' (baseline)' if row['value'] == exact(found.held[row['hyperparameter']]) else ''}",
                of_trained(row["complete"], row["trainings"]),
                with_spread(row["val_accuracy"], row["val_accuracy_sd"]),
                with_spread(row["val_loss"], row["val_loss_sd"]),
                f"{row['parameters']:,.0f}",
                "-" if math.isnan(row["seconds"]) else f"{row['seconds']:.1f}",
            )
            for table in tables
            for row in table.to_dict("records")
        )
        headings = ("hyperparameter", "value", "trainings", "val_accuracy", "val_loss", "parameters", "seconds")
        caption = (
            "Each hyperparameter over its values. Dots are single trainings, circles their means with one standard "
            "deviation; the dotted line is the baseline. Seconds are wall time, and depend on what else was running."
        )
        numbers = "The numbers of the panel: means and standard deviations over the trainings."
        sections.append(
            Section(
                f"What each knob does, around {found.baseline}",
                "One hyperparameter is varied at a time, everything else is held at "
                + ", ".join(f"{name} {short(value)}" for name, value in found.held.items())
                + ".",
                (
                    Figure(f"knobs-{found.baseline}", caption, figures.panel(found)),
                    _moves(tables),
                    Rows(numbers, headings, rows),
                ),
            )
        )
    return sections


def _moves(tables: Sequence[pd.DataFrame]) -> Rows:
    """How far each hyperparameter moves the accuracy over its values, the farthest first."""
    found = []
    for table in tables:
        seen = sorted(table.dropna(subset=["val_accuracy"]).to_dict("records"), key=lambda row: row["val_accuracy"])
        found.append((seen[-1]["val_accuracy"] - seen[0]["val_accuracy"], seen[0], seen[-1]))
    rows = tuple(
        (
            str(best["hyperparameter"]),
            f"{distance:.4f}",
            f"{best['value']} ({best['val_accuracy']:.4f})",
            f"{worst['value']} ({worst['val_accuracy']:.4f})",
        )
        for distance, worst, best in sorted(found, key=lambda item: -item[0])
    )
    caption = "How far each hyperparameter moves the mean validation accuracy, over the values that were tried."
    return Rows(caption, ("hyperparameter", "difference", "best value", "worst value"), rows)


def _importance(spec: SweepSpec, found: Importance) -> list[Section]:
    title = "How much each hyperparameter mattered"
    if not found.shares:
        return [Section(title, f"Fewer than {LEAST} trials of the space completed: too few to say.", ())]
    text = (
        f"PED-ANOVA (Watanabe et al., IJCAI 2023), by Optuna: how much a hyperparameter tells the best "
        f"{good_share(found.trials):.0%} of the {found.trials} complete trials from all of them. The shares sum to "
        "1; they are of this space and these trials, and rough where trials are few."
    )
    if spec.search.sampler.name == "one-at-a-time":
        text += (
            " It supposes trials that are spread over the space. Those of a one-at-a-time sweep stand around its "
            "baselines: how far each knob moves the accuracy is told above, by the differences."
        )
    return [
        Section(
            title,
            text,
            (Figure("importance", "Importance of each hyperparameter.", figures.importance_bars(found.shares)),),
        )
    ]


def _marginals(spec: SweepSpec, records: Sequence[TrialRecord]) -> list[Section]:
    found = marginals(spec, records)
    if not found or spec.search.sampler.name == "one-at-a-time":
        return []
    text = (
        "Each complete trial by the value of one hyperparameter, all others varying; circles are medians of trials "
        "with like values, bars their quartiles."
    )
    if spec.search.sampler.name == "tpe":
        text += (
            " The sampler tries promising values more often and together, which favours what stands beside them: this "
            "is no experiment."
        )
    svg = figures.marginal_panel(found, spec.objective.metric)
    return [Section("Marginal effects", text, (Figure("marginals", "Marginal effect of each hyperparameter.", svg),))]


def _learning(spec: SweepSpec, records: Sequence[TrialRecord]) -> list[Section]:
    if not any(record.evaluations for record in records):
        return []
    svg = figures.learning_curves(spec, records)
    caption = f"{spec.objective.metric} at every evaluation; dashed: pruned. The best five are named."
    if len(records) > figures.MANY:
        caption += f" Of the others {figures.MANY} are drawn."
    return [Section("Learning curves", "", (Figure("learning", caption, svg),))]
