"""The values that a hyperparameter may take."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sweep.space.hyperparams import Value


@dataclass(frozen=True)
class Constant:
    value: Value


@dataclass(frozen=True)
class IntRange:
    """Whole numbers from `low` to `high`, both included; `step` apart, or evenly spread in the
    logarithm."""

    low: int
    high: int
    step: int = 1
    log: bool = False


@dataclass(frozen=True)
class FloatRange:
    """Numbers from `low` to `high`, both included; `step` apart, or evenly spread in the
    logarithm."""

    low: float
    high: float
    step: float | None = None
    log: bool = False


@dataclass(frozen=True)
class Choices:
    options: tuple[Value, ...]


Domain: TypeAlias = Constant | IntRange | FloatRange | Choices


def contains(domain: Domain, value: Value) -> bool:
    """Whether `domain` contains `value`."""
    match domain:
        case Constant(only):
            return is_same(only, value)
        case Choices(options):
            return any(is_same(option, value) for option in options)
        case IntRange(low, high, step):
            if isinstance(value, bool) or not isinstance(value, int):
                return False
            return low <= value <= high and (value - low) % step == 0
        case FloatRange(low, high, step):
            if isinstance(value, (bool, str, tuple)) or not low <= value <= high:
                return False
            steps = 0.0
            if step:
                steps = (value - low) / step
            return math.isclose(steps, round(steps), abs_tol=1e-9)


def at(domain: Domain, share: float) -> Value:
    """The value of `domain` at a share of it, from 0 to below 1.

    Equal shares belong to all choices and whole numbers. A log range is shared in the logarithm.
    """
    match domain:
        case Constant(value):
            return value
        case Choices(options):
            return options[int(share * len(options))]
        case IntRange(low, high, step, log):
            if not log:
                steps = (high - low) // step
                return low + step * int(share * (steps + 1))
            whole = round(_between_logs(low - 0.5, high + 0.5, share))
            return min(max(whole, low), high)
        case FloatRange(low, high, step, log):
            if step is not None:
                steps = round((high - low) / step)
                number = low + step * int(share * (steps + 1))
            elif log:
                number = _between_logs(low, high, share)
            else:
                number = low + share * (high - low)
            return min(max(number, low), high)


def members(domain: Domain, most: int) -> Sequence[Value] | None:
    """Every value of `domain`; None if there are more than `most`, or infinitely many."""
    found: Sequence[Value]
    match domain:
        case Constant(value):
            found = (value,)
        case Choices(options):
            found = options
        case IntRange(low, high, step):
            found = range(low, high + 1, step)
        case FloatRange(low, high, step):
            if step is None:
                return None
            count = round((high - low) / step) + 1
            if count > most:
                return None
            found = [min(low + step * place, high) for place in range(count)]
    if len(found) > most:
        return None
    return found


def _between_logs(low: float, high: float, share: float) -> float:
    """The number at a share of a range in the logarithm."""
    first, last = math.log(low), math.log(high)
    return math.exp(first + share * (last - first))


def is_same(one: Value, other: Value) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def first(domain: Domain) -> Value:
    """The constant, the first choice or the lower end."""
    match domain:
        case Constant(value):
            return value
        case Choices(options):
            return options[0]
        case IntRange(low) | FloatRange(low):
            return low


def largest(domain: Domain) -> int:
    match domain:
        case Constant(value):
            options: tuple[Value, ...] = (value,)
        case Choices(options):
            pass
        case IntRange(_, high) | FloatRange(_, high):
            return int(high)
    return max(option for option in options if isinstance(option, int))
