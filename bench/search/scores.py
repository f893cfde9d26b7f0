"""What searches are worth: regrets after budgets, and the work to a regret."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.search.problem import Floats

# Budgets at which regrets are printed, in whole trainings.
PRINTED = (5, 10, 20, 40)
# Budgets at which they are known.
BUDGETS: tuple[float, ...] = tuple(float(number) for number in range(1, 41))


@dataclass(frozen=True)
class Scores:
    """The regrets of one searcher: an array (problems, seeds, budgets)."""

    regrets: Floats

    def at(self, budget: float) -> tuple[float, float]:
        """The mean regret after a budget, and its standard error over problems and seeds."""
        return _mean(self.regrets[:, :, BUDGETS.index(budget)])

    def against(self, other: "Scores", budget: float) -> tuple[float, float]:
        """How much smaller this regret is than another's, in pairs of problem and seed."""
        place = BUDGETS.index(budget)
        return _mean(other.regrets[:, :, place] - self.regrets[:, :, place])

    def work_to(self, regret: float) -> float | None:
        """The first budget after which the mean regret is no larger; None if it never is."""
        means = self.regrets.mean(axis=(0, 1))
        reached = np.flatnonzero(means <= regret)
        if len(reached):
            return BUDGETS[int(reached[0])]
        return None


def _mean(values: Floats) -> tuple[float, float]:
    """A mean and its standard error: over seeds, within each problem."""
    problems, seeds = values.shape
    deviations = values - values.mean(axis=1, keepdims=True)
    degrees = max(problems * (seeds - 1), 1)
    variance = float((deviations**2).sum()) / degrees
    return float(values.mean()), float(np.sqrt(variance / values.size))


def lines(scores: Mapping[str, Scores], reference: str, control: str = "random") -> list[str]:
    """A table for people: regrets, the work to the control's last regret, and the differences to
    the reference in pairs."""
    target = scores[control].at(BUDGETS[-1])[0]
    head = "".join(f"{f'at {budget}':>15}" for budget in PRINTED)
    found = [f"{'searcher':<24}{head}{'work':>7}   ahead of {reference} at 10, 20, 40"]
    for name, own in scores.items():
        cells = "".join(f"{mean:9.3f} ±{error:.3f}" for mean, error in map(own.at, PRINTED))
        work = own.work_to(target)
        shown = "-" if work is None else f"{work:.0f}"
        pairs = [own.against(scores[reference], budget) for budget in PRINTED[1:]]
        ahead = "  ".join(f"{mean:+.3f} ±{error:.3f}" for mean, error in pairs)
        found.append(f"{name:<24}{cells}{shown:>7}   {ahead}")
    return found


def document(scores: Mapping[str, Scores], names: Sequence[str]) -> dict[str, object]:
    """Everything as plain values; `names` are the problems."""
    return {
        "problems": list(names),
        "budgets": list(BUDGETS),
        "regrets": {name: np.round(own.regrets, 4).tolist() for name, own in scores.items()},
    }
