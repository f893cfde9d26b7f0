"""The space file as a report prints it: without the directory of the images."""

import re
from dataclasses import dataclass
from pathlib import Path

from sweep.space import SweepSpec
from sweep.spacefile.nodes import Leaf, Table, nodes
from sweep.store import Facts


def data_name(spec: SweepSpec) -> str:
    """The name of the data set, or of its file or folder, without the path."""
    return spec.data.name or (spec.data.path.name if spec.data.path else "") or "images"


def without_directory(text: str, spec: SweepSpec, facts: Facts) -> str:
    """`text` without the folder of the images, now or when the sweep ran, because others read a
    report."""
    if spec.data.path is None:
        return text
    shown = f"…/{data_name(spec)}"
    for path in (facts.data.label, str(spec.data.path)):
        if Path(path).is_absolute() and Path(path).name:
            # A path that was already cut stays as it is.
            text = re.sub(rf"(?<!…){re.escape(path)}", lambda _: shown, text)
    return text


@dataclass(frozen=True)
class Source:
    """The space file as printed, and a note on what was left out."""

    text: str
    note: str


def printed_source(spec: SweepSpec, facts: Facts) -> Source:
    """The space file without the folder of the images, if that is an absolute path."""
    written = _written_path(spec.source)
    if not written.startswith("/"):
        return Source(spec.source, "")
    folder = written.rstrip("/")
    shown = f"…/{Path(written).name}"
    text = without_directory(
        spec.source.replace(folder, shown) if folder else spec.source, spec, facts
    )
    # With escapes or a line break, the path in the text differs from its value.
    if not _written_path(text).startswith(shown):
        return Source("", "It is not printed here: it has the absolute path of the images.")
    return Source(text, "The directory of the images is left out: …/ stands in its place.")


def _written_path(source: str) -> str:
    """The path of the images as written in a space file; empty if there is none."""
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


def fence(text: str) -> str:
    """The backticks around a code block: more than any run inside it."""
    longest = max((len(found) for found in re.findall("`+", text)), default=0)
    return "`" * max(3, longest + 1)
