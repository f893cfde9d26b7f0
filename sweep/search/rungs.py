"""Asynchronous successive halving: which trials have fallen behind."""

import math
from bisect import insort
from dataclasses import dataclass, field


@dataclass
class Rungs:
    """The values that trials had at each rung, in order.

    A rung is a step: the first one, and then each `factor` times the one before. A trial that comes
    to one stays if it is among the best 1/`factor` of those that were there so far, itself
    included. Every verdict is the one of Optuna's `SuccessiveHalvingPruner`, which looks at all
    trials for each.
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
