"""The errors that a user can correct, each kind with its exit code."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


def printable(text: str) -> str:
    """`text` for a terminal: invisible characters, such as escapes in a file name, are spelt
    out."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: what, where (`path:line:column`, a flag, a file) and what to do."""

    message: str
    hint: str
    where: str = ""

    def __str__(self) -> str:
        place = ""
        if self.where:
            place = f" ({self.where})"
        what = printable(f"sweep: error: {self.message}{place}")
        return f"{what}\n{printable(f'hint: {self.hint}')}"


class SweepError(Exception):
    """A failure reported in two lines, without a traceback; the process exits with `exit_code`."""

    exit_code = 1

    def __init__(self, message: str, hint: str, where: str = "") -> None:
        super().__init__(message)
        self.problems: tuple[Problem, ...] = (Problem(message, hint, where),)

    def __str__(self) -> str:
        """What the command line prints of it."""
        return "\n".join(map(str, self.problems))


class Several(SweepError):
    """A kind of failure that can report several problems at once."""

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> Self:
        """One error with all `problems`, at least one, in their order."""
        first = problems[0]
        error = cls(first.message, first.hint, first.where)
        error.problems = tuple(problems)
        return error


class InputError(Several):
    """A file, an option or a search space asks for something impossible."""

    exit_code = 2


class SpaceFileError(InputError):
    """Every problem of one space file, in the order of the file."""


class NothingSucceeded(SweepError):
    """The sweep ran to its end and no trial completed."""

    exit_code = 3


class StoreError(Several):
    """A ledger, an MLflow store or a data file cannot be used."""

    exit_code = 4


class DataError(StoreError):
    """A data set is missing, damaged or in an unknown form."""


class InUse(SweepError):
    """Another process is writing to this sweep."""

    exit_code = 5


class Interrupted(SweepError):
    """A signal stopped the process; finished work is kept."""

    def __init__(self, signal_number: int, hint: str) -> None:
        super().__init__("interrupted; everything that was finished is kept", hint)
        self.exit_code = 128 + signal_number
