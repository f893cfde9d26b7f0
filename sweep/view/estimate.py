"""The estimated time of a sweep, on a terminal."""

from rich import box
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from sweep.preview.estimate import Estimate
from sweep.space import NoPruner
from sweep.view.times import rough


def estimate_view(found: Estimate) -> list[RenderableType]:
    """The parts of the page, from top to bottom."""
    forecast = found.forecast
    search = found.spec.search
    lines = [
        f"time: about {rough(forecast.seconds, forecast.low, forecast.high)}, {forecast.workers} "
        f"at once, {rough(forecast.around)} of it before the first trial and after the last"
    ]
    if not search.pruner.is_relative:
        lines.append(
            f"{search.pruner.name} is taken to prune no trial: nobody knows yet what lies within "
            "its limits"
        )
    elif not isinstance(search.pruner, NoPruner):
        lines.append(
            f"{search.pruner.name} is taken to prune {forecast.pruned} of {forecast.trials} "
            f"trials; without it about {rough(forecast.without_pruning)}"
        )
    if search.patience is not None:
        lines.append("trials are taken to train all their steps; patience may end some sooner")
    if forecast.drawn:
        taste = ""
        if search.sampler.learns_after is not None:
            name = search.sampler.name
            taste = f"; whether {name} comes to prefer cheap or dear ones is in the range"
        lines.append(
            f"{forecast.drawn} of the trials are taken to be random points of the space{taste}"
        )
    return [*(Text(line) for line in lines), _timed_table(found)]


def _timed_table(found: Estimate) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    table.add_column("timed network")
    for heading in (
        "FLOPs an image",
        "batch_size",
        "ms a step",
        "s an evaluation",
        "s once a trial",
    ):
        table.add_column(heading, justify="right")
    for row in found.rows:
        table.add_row(
            escape(row["name"]),
            f"{row['flops']:,}",
            str(row["batch_size"]),
            f"{1000 * row['seconds_per_step']:.3g}",
            f"{row['seconds_per_evaluation']:.2f}",
            f"{row['seconds_per_trial']:.2f}",
        )
    return table
