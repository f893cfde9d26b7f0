"""Converts epochs, which other tools count, to the steps that count here."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sweep.space import KNOBS
from sweep.spacefile.checks import Checker, number
from sweep.spacefile.nodes import Entry, Items, Leaf, Node, Table
from sweep.spacefile.words import plain_word

EPOCHS = frozenset(
    [
        *(
            "epoch",
            "epochs",
            "nepoch",
            "nepochs",
            "nbepoch",
            "nbepochs",
            "numepoch",
            "numepochs",
            "maxepoch",
        ),
        *(
            "maxepochs",
            "minepochs",
            "trainepochs",
            "trainingepochs",
            "numtrainepochs",
            "totalepochs",
        ),
    ]
)


# Larger numbers of epochs, or of images in a batch, are probably mistakes; no steps are computed.
_MOST = 1_000_000


@dataclass(frozen=True)
class Epochs:
    """A number of epochs in a file: its key, its section, whether that section takes steps, and the
    batch sizes."""

    entry: Entry
    what: str
    is_point: bool
    batches: tuple[int, ...]


def without_epochs(root: Table) -> tuple[Table, list[Epochs]]:
    """The file without its numbers of epochs, and these numbers."""
    space = root.get("space")
    found: list[Epochs] = []
    batches = _batch_sizes(space.get("batch_size") if isinstance(space, Table) else None)
    return _without(root, (), batches, found), found


def explain_epochs(check: Checker, found: Sequence[Epochs], images: int | None) -> None:
    """A problem for each number of epochs, with the equal number of steps.

    `images` is the number of training images, None if they must be read first.
    """
    for epochs in found:
        hint = _hint(epochs.entry.value, images, epochs.batches, is_point=epochs.is_point)
        check.problem(epochs.entry.mark, f"{epochs.what} has no key {epochs.entry.key}", hint)


def _without(
    table: Table, path: tuple[str, ...], batches: tuple[int, ...], found: list[Epochs]
) -> Table:
    """`table`, at the keys `path`, without its numbers of epochs, which are added to `found`."""
    if (own := table.get("batch_size")) is not None:
        batches = _batch_sizes(own)
    kept = []
    for entry in table.entries:
        # Users choose the names of baselines.
        if plain_word(entry.key) in EPOCHS and path != ("baselines",):
            is_baseline = len(path) == 2 and path[0] == "baselines"
            if is_baseline:
                what = f"the baseline {path[1]}"
            elif path:
                what = path[-1]
            else:
                what = "a space file"
            found.append(Epochs(entry, what, is_baseline or path == ("space",), batches))
        elif isinstance(entry.value, Table):
            inner = _without(entry.value, (*path, entry.key), batches, found)
            kept.append(Entry(entry.key, entry.mark, inner))
        else:
            kept.append(entry)
    return Table(tuple(kept), table.mark)


def _batch_sizes(node: Node | None) -> tuple[int, ...]:
    """The batch sizes of the space: both ends of a range, or the default if none is valid."""
    match node:
        case Leaf():
            nodes: tuple[Node, ...] = (node,)
        case Items(entries):
            nodes = entries
        case Table():
            inner = node.get("choices") or node.get("values")
            ends = [node.get(key) for key in ("low", "high", "min", "max", "value")]
            if isinstance(inner, Items):
                nodes = inner.entries
            else:
                nodes = tuple(end for end in ends if end is not None)
        case None:
            nodes = ()
    sizes = [
        int(size) for node in nodes if (size := number(node)) is not None and 1 <= size <= _MOST
    ]
    default = KNOBS["batch_size"].default
    assert isinstance(default, int)
    return tuple(dict.fromkeys(sizes)) or (default,)


def _hint(value: Node, images: int | None, batches: Sequence[int], *, is_point: bool) -> str:
    if isinstance(value, Table):
        only = value.get("value")
    else:
        only = value
    if only is None:
        given = None
    else:
        given = number(only)
    epochs = None
    if given is not None and 0 < given <= _MOST:
        epochs = given
    if images is None:
        size = "batch_size"
        if len(batches) == 1:
            size = str(batches[0])
        if epochs is None:
            counted = ""
        else:
            counted = f", {_epochs(epochs)} {epochs:g} x images / {size} steps"
        return (
            f"this version has no epochs; an epoch is one step for every {size} training "
            f"images{counted}: write {_written('..', is_point=is_point)}"
        )
    steps = [math.ceil((epochs or 1) * images / size) for size in batches]
    several = [f"{count:,} of {size:,}" for count, size in zip(steps[1:], batches[1:], strict=True)]
    amount = ".."
    if epochs is not None and not several:
        amount = str(steps[0])
    described = ", ".join([f"{steps[0]:,} steps of {batches[0]:,} images", *several])
    return (
        f"this version has no epochs; {_epochs(epochs)} {described}: write "
        f"{_written(amount, is_point=is_point)}"
    )


def epochs_of_mnist(given: str | None) -> str:
    """The hint for an option with a number of epochs, when there is no file to compute with."""
    count = None
    if given is not None and re.fullmatch("[1-9][0-9]{0,5}", given):
        count = int(given)
    return (
        f"this version has no epochs; {_epochs(count)} {550 * (count or 1):,} steps of 100 images "
        "for mnist: write space: {steps: ..} in the space file"
    )


def _written(amount: str, *, is_point: bool) -> str:
    if is_point:
        return f"steps: {amount}"
    return f"space: {{steps: {amount}}}"


def _epochs(count: float | None) -> str:
    if count is None:
        return "an epoch is"
    if count == 1:
        return "1 epoch is"
    return f"{count:g} epochs are"
