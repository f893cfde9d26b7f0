"""Continues a sweep: checks that its file, its defaults and its data are still the same."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from sweep.errors import InputError, StoreError
from sweep.files import write_whole
from sweep.space import (
    EARLIER_DEFAULTS,
    KNOBS,
    NEWEST_DEFAULTS,
    Following,
    SameAs,
    SweepSpec,
    by_configuration,
    exact,
    idle,
)
from sweep.spacefile.read import parse
from sweep.store import Facts, Ledger, new_id
from sweep.trial import DataSummary


def check_same(spec: SweepSpec, facts: Facts, ledger: Ledger) -> Facts:
    """The facts with which an existing sweep continues.

    Raises `InputError` if `spec` is another sweep, or would train the remaining trials differently.
    """
    _check_same_sweep(spec, facts, ledger)
    if ledger.finished() >= spec.search.trials:
        # It ended early only while it asked for more trials.
        facts = replace(facts, exhausted=False)
    is_trained = facts.exhausted or ledger.finished() >= spec.search.trials
    if facts.completed and is_trained:
        return facts
    _check_same_defaults(spec, facts, ledger, is_trained=is_trained)
    if is_trained:
        return facts
    # The remaining trials use these defaults; the finished ones are equal under both.
    return replace(facts, defaults=NEWEST_DEFAULTS)


def _check_same_sweep(spec: SweepSpec, facts: Facts, ledger: Ledger) -> None:
    """Raises `InputError` if the ledger belongs to another space file; only `trials` and `keep` may
    change."""
    file = parse(facts.source, Path(facts.path), as_run=True)
    before = file.spec(facts.data.shape, facts.data.train, facts.data.class_count)
    # Trials may be added; and data that have moved are known by their fingerprint.
    search = replace(before.search, trials=spec.search.trials, keep=spec.search.keep)
    data = replace(before.data, path=before.data.path and spec.data.path)
    # How many images there are to train on is a matter of the data.
    space = replace(before.space, images=spec.space.images)
    same = replace(before, search=search, data=data, space=space)
    sections = ("data", "space", "search", "objective", "constraints", "baselines")
    differing = [name for name in sections if getattr(same, name) != getattr(spec, name)]
    if not differing:
        return
    what = _differing(same, spec, differing)
    raise InputError(
        f"{ledger.folder} holds a sweep of this name with another {what}",
        "give this one another name; of a sweep that has begun, only trials and keep can change",
        str(ledger.folder / "space.yaml"),
    )


def _differing(before: SweepSpec, spec: SweepSpec, sections: Sequence[str]) -> str:
    """The sections that differ, in words.

    If the space differs, it lists its hyperparameters. The baselines, which derive from it, are
    then left out.
    """
    if "space" not in sections:
        return " and ".join(sections)
    spaces = [
        {name: [p for p in s.space.parameters if p.knob == name] for name in KNOBS}
        for s in (before, spec)
    ]
    names = [name for name in KNOBS if spaces[0][name] != spaces[1][name]]
    space = "space"
    if names:
        space = f"space ({', '.join(names)})"
    return " and ".join(
        space if name == "space" else name for name in sections if name != "baselines"
    )


def _check_same_defaults(
    spec: SweepSpec, facts: Facts, ledger: Ledger, *, is_trained: bool
) -> None:
    """Raises `InputError` if the sweep began with other defaults and they mattered in a trial.

    The remaining trials would then differ from the earlier ones in something that the file does not
    show. If every trial `is_trained`, only the numbering of configurations matters: there may have
    been more of them.
    """
    if facts.defaults == NEWEST_DEFAULTS:
        return
    earlier = EARLIER_DEFAULTS[facts.defaults]
    planned = by_configuration(spec, facts.data.shape)
    differing: dict[str, str] = {}
    for trial in (record.trial for record in ledger.records()):
        own = planned.get(trial.configuration)
        if own is None:
            now = spec.space.point(spec.space.draw_from(trial.point))
        else:
            now = own.point
        for knob in KNOBS:
            was = getattr(trial.point, knob)
            value = getattr(now, knob)
            if was == value or knob in idle(trial.point):
                continue
            if was != earlier.get(knob):
                before = (
                    f"configuration {trial.configuration} of this sweep had {knob} {exact(was)}"
                )
                raise InputError(
                    f"{before}, now it has {exact(value)}",
                    "give the sweep another name: the version that began it counted its "
                    "configurations otherwise",
                    str(ledger.folder),
                )
            under = ""
            default = KNOBS[knob].default
            if isinstance(default, Following | SameAs):
                under = f" under {getattr(now, default.knob)}"
            differing.setdefault(
                knob, f"{knob} was {exact(was)} by default, now it is {exact(value)}{under}"
            )
    if differing and not is_trained:
        kept = ", ".join(f"{knob}: {exact(earlier[knob])}" for knob in differing)
        raise InputError(
            f"this sweep began when {'; '.join(differing.values())}",
            f"give the sweep another name; to train as before, write {kept}",
            str(ledger.folder),
        )


def begin(
    spec: SweepSpec,
    path: Path,
    ledger: Ledger,
    before: Facts | None,
    data: DataSummary,
    tracking_uri: str,
) -> Facts:
    """Records what this sweep is. Raises `StoreError` if its data have changed since it began."""
    facts = Facts(
        id=new_id(),
        source=spec.source,
        path=str(path.resolve()),
        data=data,
        tracking_uri=tracking_uri,
        versions=versions(),
        created=time.time(),
        defaults=NEWEST_DEFAULTS,
        spec=spec,
    )
    if before is not None:
        if before.data.fingerprint != data.fingerprint:
            what = "the data have changed since this sweep began"
            raise StoreError(what, "give the sweep another name", spec.data.label)
        facts = replace(
            facts,
            id=before.id,
            created=before.created,
            defaults=before.defaults,
            exhausted=before.exhausted,
        )
    ledger.begin(facts)
    write_whole(ledger.folder / "space.yaml", spec.source.encode())
    return facts


def versions() -> Mapping[str, str]:
    """The versions of all software that affects the numbers, by name."""
    names = {"sweep": "cnn-sweep"}
    return {
        name: version(names.get(name, name))
        for name in ("sweep", "tensorflow", "keras", "optuna", "mlflow")
    }


def in_words(versions: Mapping[str, str]) -> str:
    """Versions in words."""
    return ", ".join(f"{name} {number}" for name, number in versions.items())
