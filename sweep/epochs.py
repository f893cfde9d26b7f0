"""How many steps an epoch is: a trial is counted in steps here, and in epochs elsewhere."""

import math
from collections.abc import Sequence

from sweep.checks import Checker, number
from sweep.foreign import plain_word
from sweep.hyperparams import KNOBS
from sweep.yamlfile import Entry, Items, Leaf, Node, Table

EPOCHS = frozenset(
    [
        *("epoch", "epochs", "nepoch", "nepochs", "nbepoch", "nbepochs", "numepoch", "numepochs", "maxepoch"),
        *("maxepochs", "minepochs", "trainepochs", "trainingepochs", "numtrainepochs", "totalepochs"),
    ]
)


def without_epochs(check: Checker, root: Table, images: int | None) -> Table:
    """The file without its numbers of epochs, wherever they stand; each becomes a problem that says how many steps they
    are. `images` are those that are trained on, None where they must be read first."""
    space = root.get("space")
    batches = _batch_sizes(space.get("batch_size") if isinstance(space, Table) else None)
    return _without(check, root, (), images, batches)


def _without(check: Checker, table: Table, path: tuple[str, ...], images: int | None, batches: Sequence[int]) -> Table:
    """`table`, which stands under the keys `path`, without numbers of epochs."""
    if (own := table.get("batch_size")) is not None:
        batches = _batch_sizes(own)
    kept = []
    for entry in table.entries:
        # Baselines have names of the user's own.
        if plain_word(entry.key) in EPOCHS and path != ("baselines",):
            is_baseline = len(path) == 2 and path[0] == "baselines"
            hint = _hint(entry.value, images, batches, is_point=is_baseline or path == ("space",))
            what = f"the baseline {path[1]}" if is_baseline else path[-1] if path else "a space file"
            check.problem(entry.mark, f"{what} has no key {entry.key}", hint)
        elif isinstance(entry.value, Table):
            inner = _without(check, entry.value, (*path, entry.key), images, batches)
            kept.append(Entry(entry.key, entry.mark, inner))
        else:
            kept.append(entry)
    return Table(tuple(kept), table.mark)


def _batch_sizes(node: Node | None) -> tuple[int, ...]:
    """The batch sizes that are tried, of a range its ends; the default where none is understood."""
    match node:
        case Leaf():
            nodes: tuple[Node, ...] = (node,)
        case Items(entries):
            nodes = entries
        case Table():
            inner = node.get("choices") or node.get("values")
            ends = [node.get(key) for key in ("low", "high", "min", "max", "value")]
            nodes = inner.entries if isinstance(inner, Items) else tuple(end for end in ends if end is not None)
        case None:
            nodes = ()
    sizes = [int(size) for node in nodes if (size := number(node)) is not None and size >= 1]
    default = KNOBS["batch_size"].default
    assert isinstance(default, int)
    return tuple(dict.fromkeys(sizes)) or (default,)


def _hint(value: Node, images: int | None, batches: Sequence[int], *, is_point: bool) -> str:
    given = number(value)
    epochs = given if given is not None and 0 < given < math.inf else None
    if images is None:
        size = str(batches[0]) if len(batches) == 1 else "batch_size"
        counted = "" if epochs is None else f", {_epochs(epochs)} {epochs:g} x images / {size} steps"
        return (
            f"this version has no epochs; an epoch is one step for every {size} training images{counted}: "
            f"write {_written('..', is_point=is_point)}"
        )
    steps = [math.ceil((epochs or 1) * images / size) for size in batches]
    several = [f"{count:,} of {size:,}" for count, size in zip(steps[1:], batches[1:], strict=True)]
    amount = str(steps[0]) if epochs is not None and not several else ".."
    described = ", ".join([f"{steps[0]:,} steps of {batches[0]:,} images", *several])
    return f"this version has no epochs; {_epochs(epochs)} {described}: write {_written(amount, is_point=is_point)}"


def epochs_of_mnist(given: str | None) -> str:
    """What to do about a number of epochs that an option is given: no file is at hand from which to compute."""
    text = given or ""
    count = int(text) if text.isdecimal() and int(text) > 0 else None
    return (
        f"this version has no epochs; {_epochs(count)} {550 * (count or 1):,} steps of 100 images for mnist: "
        "write space: {steps: ..} in the space file"
    )


def _written(amount: str, *, is_point: bool) -> str:
    return f"steps: {amount}" if is_point else f"space: {{steps: {amount}}}"


def _epochs(count: float | None) -> str:
    if count is None:
        return "an epoch is"
    return "1 epoch is" if count == 1 else f"{count:g} epochs are"
