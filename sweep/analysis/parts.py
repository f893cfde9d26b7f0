"""The parts of a report: figures, tables as text, and sections of both.

Tested in tests/analysis/test_report.py.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A picture and its caption; `name` is the name of its file."""

    name: str
    caption: str
    svg: str


@dataclass(frozen=True)
class Rows:
    """A table as text: caption, headings and rows."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    title: str
    text: str
    parts: tuple[Figure | Rows, ...]
