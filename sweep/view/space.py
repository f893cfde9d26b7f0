"""A space on a terminal: its parameters, and its networks layer by layer."""

from collections.abc import Sequence

from rich import box
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from sweep.preview.corners import Inspection
from sweep.space import (
    Choices,
    Constant,
    Domain,
    FloatRange,
    IntRange,
    Layer,
    SweepSpec,
    exact,
    flops,
    parameters,
    short,
)


def space_table(spec: SweepSpec) -> Table:
    """What the space varies and holds."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    for heading in ("hyperparameter", "values", "exists when"):
        table.add_column(heading, overflow="fold")
    for parameter in spec.space.parameters:
        when = " and ".join(
            f"{c.name} is {' or '.join(map(str, c.values))}" for c in parameter.when
        )
        if parameter.otherwise is not None:
            when += f"; else {exact(parameter.otherwise)}"
        table.add_row(parameter.name, escape(_domain(parameter.domain)), escape(when) or "always")
    return table


def network_tables(found: Inspection) -> list[Table | Text]:
    """The layer tables of baselines and corners, and why some corners cannot be built."""
    parts: list[Table | Text] = []
    titles = [f"baseline {network.name}" for network in found.baselines]
    for corner in found.corners:
        doubt = "; not exact: the space is too large to look at all of it"
        if corner.is_exact:
            doubt = ""
        limits = ""
        if corner.breaks:
            limits = f"; before constraints: it breaks {' and '.join(corner.breaks)}"
        titles.append(f"{corner.name} network (by parameters{doubt}{limits})")
    if not found.corners:
        parts.append(
            Text(
                "no smallest and largest network: the space is too large to look for them",
                style="yellow",
            )
        )
    for title, network in zip(titles, (*found.baselines, *found.corners), strict=True):
        parts.append(Text(title, style="bold"))
        parts.append(layer_table(network.layers))
    for refused in found.impossible:
        example = ", ".join(
            f"{name} {short(value)}" for name, value in refused.example.items() if value is not None
        )
        of = " looked at"
        if found.all_corners:
            of = ""
        parts.append(
            Text(
                f"cannot be built: {refused.cause} ({refused.corners} of {found.looked_at} "
                f"corners{of}; for example {example})",
                style="yellow",
            )
        )
    return parts


def layer_table(layers: Sequence[Layer]) -> Table:
    """A network, layer by layer."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), show_footer=True)
    table.add_column("layer", footer="total")
    table.add_column("output shape")
    table.add_column("parameters", justify="right", footer=f"{parameters(layers):,}")
    table.add_column("FLOPs an image", justify="right", footer=f"{flops(layers):,}")
    for layer in layers:
        shape = " x ".join(map(str, layer.output_shape))
        table.add_row(layer.name, shape, f"{layer.parameters:,}", f"{layer.flops:,}")
    return table


def _domain(domain: Domain) -> str:
    match domain:
        case Constant(value):
            return short(value)
        case Choices(options):
            return ", ".join(short(option) for option in options)
        case IntRange(low, high, step, log) | FloatRange(low, high, step, log):
            if log:
                how = ", evenly in the logarithm"
            elif step and step != 1:
                how = f", step {step}"
            else:
                how = ""
            return f"{low} to {high}{how}"
