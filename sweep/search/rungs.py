"""Asynchronous successive halving, which finds the trials that have fallen behind."""

import math
from bisect import insort
from dataclasses import dataclass, field


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
    """How many rungs a trial has come to, by its number."""

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
