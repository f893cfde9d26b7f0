"""One trial on a terminal: its hyperparameters, layers and learning curve."""

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich import box
from rich.bar import Bar
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from sweep.analysis.portrait import Portrait
from sweep.engine.predict import Prediction
from sweep.space import KNOBS, METRICS, Following, Hyperparams, SameAs, SweepSpec, short
from sweep.trial import Trace, TrialRecord, thinned
from sweep.view.live import COLOURS
from sweep.view.space import layer_table
from sweep.view.times import duration

if TYPE_CHECKING:
    from sweep.analysis.findings import Findings

# Lines of a curve at most. A longer curve is thinned, but keeps its first and last points.
MOST_LINES = 25
# Columns of a curve's bars at most.
BAR = 40
# Columns of a terminal that has no room for every metric of a curve.
NARROW = 80
# Columns of a probability.
CELL = 8
# Number of confused pairs of classes that are listed.
PAIRS = 5


def trial_view(found: Portrait, width: int, *, is_running: bool = False) -> list[RenderableType]:
    """The parts of the page, from top to bottom, for a terminal of `width` columns.

    A trial without an end counts as interrupted unless its sweep `is_running`.
    """
    parts: list[RenderableType] = [
        _heading(found, is_running=is_running),
        _hyperparameters(found),
        layer_table(found.layers),
    ]
    if found.record.evaluations:
        parts += [Text("learning curve", style="bold"), _curve(found, width)]
    if found.traces:
        parts += [
            Text(
                "loss of the batch at each step, and class probabilities of the first validation "
                "image before it"
            ),
            _traces(found.traces, found.classes, width),
        ]
    return parts


def inspection_view(
    spec: SweepSpec, record: TrialRecord, found: "Findings"
) -> list[RenderableType]:
    """The findings on a network: its score, each class, and the pairs it confuses most."""
    score = (
        f"{spec.name}, trial {record.trial.number}: {found.correct:,} of {found.images:,} "
        f"validation images right ({found.accuracy:.4f})"
    )
    confused = "nothing was confused"
    pairs = found.pairs.head(PAIRS).to_dict("records")
    if pairs:
        confused = "\n  ".join(["most confused", *map(_pair, pairs)])
    return [
        Text(score, style="bold"),
        _classes_table(found),
        Text(confused),
        Text(f"\n{found.folder}"),
    ]


def _classes_table(found: "Findings") -> Table:
    """Precision and recall of each class."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    table.add_column("class")
    for heading in ("precision", "recall", "images"):
        table.add_column(heading, justify="right")
    for row in found.classes.to_dict("records"):
        name = escape(row["class"])
        images = f"{row['images']:,}"
        table.add_row(name, _share(row["precision"]), _share(row["recall"]), images)
    return table


def _share(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4f}"


def _pair(row: Mapping[Hashable, Any]) -> str:
    """Two classes that the network confuses, and how often."""
    one = row["one"]
    other = row["other"]
    return (
        f"{one} and {other}: {_mistakes(row['mistakes'])} ({one} taken for {other} "
        f"{row['one_as_other']} times, {other} for {one} {row['other_as_one']})"
    )


def _mistakes(count: int) -> str:
    if count == 1:
        return "1 mistake"
    return f"{count:,} mistakes"


def _heading(found: Portrait, *, is_running: bool) -> Text:
    record = found.record
    state = "interrupted"
    if record.state.is_finished or is_running:
        state = record.state.value
    named = ""
    if record.trial.baseline:
        named = f" ({record.trial.baseline})"
    text = Text.assemble(
        (f"{found.spec.name}, trial {record.trial.number}{named}: ", "bold"),
        (state, COLOURS[record.state]),
    )
    text.append(f", {record.steps} steps")
    if record.best_step is not None:
        text.append(f" (best evaluation: step {record.best_step})")
    text.append(f" in {duration(record.seconds)}" if record.seconds is not None else "")
    text.append(f", configuration {record.trial.configuration}, seed {record.trial.seed}")
    text.append(f"\n{record.cause}" if record.cause else "")
    return text


def _hyperparameters(found: Portrait) -> Table:
    """Every knob of the network, with a note on each that the file did not set."""
    named = {column.partition(".")[0] for column in found.spec.columns}
    existing = {
        c.partition(".")[0]
        for c, v in found.spec.flat(found.record.trial.point).items()
        if v is not None
    }
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    for heading in ("hyperparameter", "value", ""):
        table.add_column(heading)
    point = found.record.trial.point
    space = found.spec.space
    given = {column.partition(".")[0] for column in space.draw_from(point)}
    idle = {knob: reason for knob, reason in space.idle(point).items() if knob in given}
    for knob in KNOBS:
        value = getattr(point, knob)
        if knob in idle:
            note = f"no effect: {idle[knob]}"
        elif knob in existing:
            note = ""
        elif knob in named:
            note = "its condition does not hold"
        else:
            note = _unnamed(point, knob)
        if knob in named - existing:
            shown = ""
        else:
            shown = escape(short(value))
        table.add_row(knob, shown, note, style="dim" if note else "")
    return table


def _unnamed(point: Hyperparams, knob: str) -> str:
    """The note on a knob that the file does not name: where its value comes from."""
    if knob == "steps" and point.epochs is not None:
        return "follows from epochs"
    # Some defaults follow the value of another knob at this point.
    named = [k.default.knob for k in KNOBS.values() if isinstance(k.default, Following | SameAs)]
    defaults = Hyperparams.model_validate({name: getattr(point, name) for name in named})
    if getattr(point, knob) == getattr(defaults, knob):
        return "default"
    # The ledger holds a value that neither the file nor today's defaults give.
    return "default when it was run"


def _curve(found: Portrait, width: int) -> Table:
    """Every evaluation, with a bar for the objective.

    A narrow table leaves out the scores by class, unless one decides.
    """
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    evaluations = found.record.evaluations
    metrics = [name for name in METRICS if evaluations[-1].metric(name) is not None]
    if width < NARROW:
        kept = {*found.spec.objective.columns, "accuracy", "loss"}
        metrics = [name for name in metrics if name in kept]
    for heading in ("step", *metrics):
        table.add_column(heading, justify="right", overflow="fold")
    judged = found.spec.objective.metric
    values = [e.value(judged) for e in evaluations]
    low = min(values)
    high = max(values)
    heading = f"{judged}\n{low:.4f} to {high:.4f}"
    table.add_column(heading, min_width=10, max_width=BAR, overflow="fold")
    for evaluation in thinned(evaluations, MOST_LINES):
        numbers = (f"{evaluation.metric(name):.4f}" for name in metrics)
        share = 1.0
        if high > low:
            share = (evaluation.value(judged) - low) / (high - low)
        table.add_row(str(evaluation.step), *numbers, Bar(1.0, 0.0, max(share, 0.02)))
    return table


def _traces(traces: Sequence[Trace], classes: Sequence[str], width: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    table.add_column("step", justify="right")
    table.add_column("loss", justify="right")
    last = traces[-1].probabilities
    likeliest = sorted(range(len(classes)), key=lambda index: -last[index])
    room = (width - 20) // CELL
    most = max(min(10, room), 1)
    shown = sorted(likeliest[:most])
    for index in shown:
        table.add_column(escape(classes[index]), justify="right")
    for trace in thinned(traces, MOST_LINES):
        shares = [f"{trace.probabilities[index]:.3f}" for index in shown]
        table.add_row(str(trace.step), f"{trace.loss:.4f}", *shares)
    return table


def predictions_view(found: Sequence[Prediction], classes: Sequence[str], width: int) -> Table:
    """One row per image: its class, and the probabilities of all classes, in columns where these
    fit into `width`."""
    longest = max((len(prediction.image) for prediction in found), default=0)
    needed = longest + CELL * (len(classes) + 1)
    in_columns = needed <= width
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    table.add_column("image", overflow="fold")
    table.add_column("class", justify="right")
    if in_columns:
        for name in classes:
            table.add_column(escape(name), justify="right")
    else:
        table.add_column("probabilities")
    for prediction in found:
        shares = [f"{share:.3f}" for share in prediction.probabilities]
        if not in_columns:
            pairs = zip(classes, shares, strict=True)
            text = "  ".join(f"{name} {share}" for name, share in pairs)
            shares = [escape(text)]
        table.add_row(escape(prediction.image), Text(prediction.likeliest, style="bold"), *shares)
    return table
