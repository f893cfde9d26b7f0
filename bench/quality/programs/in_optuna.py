"""The space in Optuna's words, for Optuna and for Ray's OptunaSearch."""

from typing import Any

import optuna
from space import SPACE, OneOf, Real, Whole


def suggest(trial: optuna.Trial) -> dict[str, Any]:
    """One point of the space."""
    return {name: _suggest(trial, name, domain) for name, domain in SPACE.items()}


def _suggest(trial: optuna.Trial, name: str, domain: Whole | Real | OneOf) -> int | float | str:
    match domain:
        case Whole(low, high, step):
            return trial.suggest_int(name, low, high, step=step)
        case Real(low, high, log):
            return trial.suggest_float(name, low, high, log=log)
        case OneOf(options):
            return trial.suggest_categorical(name, options)
