"""Asynchronous successive halving, which finds the trials that have fallen behind."""

import math
import zlib
from bisect import bisect_right, insort
from dataclasses import dataclass, field
from itertools import accumulate

# The name that Optuna's `HyperbandPruner` mixes into the lot of each trial.
STUDY = "sweep"


@dataclass
class Rungs:
    """The sorted values of the trials at each rung.

    A rung is a step: `first`, and then each `factor` times the one before. A trial that reaches a
    rung stays if it is among the best 1/`factor` of the trials there so far, itself included. The
    verdicts equal those of Optuna's `SuccessiveHalvingPruner`, which reads all trials for each.
    """

    first: int
    factor: int
    maximize: bool
    _values: list[list[float]] = field(init=False, default_factory=list)
    _passed: dict[int, int] = field(init=False, default_factory=dict)
    """How many rungs a trial that has not ended has come to, by its number."""

    def falls_behind(self, trial: int, step: int, value: float) -> bool:
        """Takes the next evaluation of a trial, and returns whether the trial fell behind at a
        rung."""
        while step >= self.first * self.factor ** (rung := self._passed.get(trial, 0)):
            if math.isnan(value):
                return True
            self._passed[trial] = rung + 1
            if rung == len(self._values):
                self._values.append([])
            values = self._values[rung]
            insort(values, value)
            place = max(len(values) // self.factor, 1)
            if value < values[-place] if self.maximize else value > values[place - 1]:
                return True
        return False

    def ended(self, trial: int, *, complete: bool) -> None:  # noqa: ARG002 all values count alike
        """Forgets how far a trial came; its values stay."""
        self._passed.pop(trial, None)


@dataclass
class Brackets:
    """Several `Rungs`, which begin at `first` and later: Hyperband.

    A trial belongs to one of them by its number. The verdicts and the shares equal those of
    Optuna's `HyperbandPruner` for a study of the name `STUDY`, with `longest` times `first` as its
    largest resource.
    """

    first: int
    factor: int
    longest: int
    maximize: bool
    _brackets: list[Rungs] = field(init=False, default_factory=list)
    _shares: list[int] = field(init=False, default_factory=list)
    """How many of `sum(_shares)` trials belong to each bracket."""

    def __post_init__(self) -> None:
        count = 1
        while self.factor**count <= self.longest:
            count += 1
        for bracket in range(count):
            halvings = count - 1 - bracket
            first = self.first * self.factor**bracket
            self._brackets.append(Rungs(first, self.factor, self.maximize))
            self._shares.append(math.ceil(count * self.factor**halvings / (halvings + 1)))

    def falls_behind(self, trial: int, step: int, value: float) -> bool:
        """Takes the next evaluation of a trial, and returns whether the trial fell behind in its
        bracket."""
        return self._brackets[self._bracket(trial)].falls_behind(trial, step, value)

    def ended(self, trial: int, *, complete: bool) -> None:
        """Forgets how far a trial came in its bracket; its values stay."""
        self._brackets[self._bracket(trial)].ended(trial, complete=complete)

    def _bracket(self, trial: int) -> int:
        ends = list(accumulate(self._shares))
        place = zlib.crc32(f"{STUDY}_{trial}".encode()) % ends[-1]
        return bisect_right(ends, place)
