"""Reads sweeps back from their ledgers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sweep.errors import Problem, StoreError, SweepError
from sweep.space import SweepSpec
from sweep.store.ledger import Facts, Ledger, sweeps_in
from sweep.trial import State, TrialRecord, configurations


class NotBegun(StoreError):
    """There is a ledger, but it is empty."""


@dataclass(frozen=True)
class Overview:
    """One line of `sweep list`.

    `exhausted` is whether it ended early, because nothing in its space was left to try.
    `created` is in UTC. `best` is the objective of the best configuration: with several trainings
    the mean, with its standard deviation `best_sd`. `best_trial` is its best training.
    """

    name: str
    created: str
    trials: int
    finished: int
    complete: int
    exhausted: bool
    objective: str
    best: float | None
    best_sd: float | None
    best_trial: int | None


def read_sweep(folder: Path) -> tuple[SweepSpec, list[TrialRecord], Facts]:
    """The spec of a sweep, its trials so far, and its facts.

    Raises `StoreError`, and `SpaceFileError` for an old ledger whose space file, which alone it
    holds, is no longer valid.
    """
    with Ledger.open_to_read(folder) as ledger:
        facts = ledger.facts()
        if facts is None:
            raise NotBegun(
                "this sweep was interrupted before it began", "run it again", str(folder)
            )
        spec = facts.sweep
        records = ledger.records()
        # A design that began with an earlier version may have tried more configurations.
        trials = spec.search.trials
        if spec.search.sampler.is_design:
            trials = max(trials, len(records))
        return replace(spec, search=replace(spec.search, trials=trials)), records, facts


def overview(results: Path) -> tuple[list[Overview], list[Problem]]:
    """Every sweep below `results`, and the problems of those that cannot be read."""
    found: list[Overview] = []
    broken: list[Problem] = []
    for folder in sweeps_in(results):
        try:
            spec, records, facts = read_sweep(folder)
        except NotBegun:
            continue
        except SweepError as error:
            broken += error.problems
            continue
        found.append(_overview(folder.name, spec, records, facts))
    return found, broken


def _overview(name: str, spec: SweepSpec, records: Sequence[TrialRecord], facts: Facts) -> Overview:
    """The line of one sweep."""
    metric = spec.objective.metric
    created = datetime.fromtimestamp(facts.created, UTC)
    line = Overview(
        name=name,
        created=created.isoformat(timespec="seconds"),
        trials=spec.search.trials,
        finished=sum(r.state.is_finished for r in records),
        complete=sum(r.state is State.COMPLETE for r in records),
        exhausted=facts.exhausted,
        objective=metric,
        best=None,
        best_sd=None,
        best_trial=None,
    )
    ranked = configurations(spec, records)
    if not ranked:
        return line
    best = ranked[0]
    number = best.best.trial.number
    return replace(line, best=best.value(metric), best_sd=best.spread(metric), best_trial=number)
