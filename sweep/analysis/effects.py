"""The effect of each hyperparameter: trials grouped by its values, with means and spreads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from sweep.space import (
    METRICS,
    Baseline,
    Choices,
    Constant,
    Domain,
    FloatRange,
    IntRange,
    Metric,
    OneAtATime,
    Parameter,
    SweepSpec,
    Value,
    exact,
    one_at_a_time,
)
from sweep.trial import State, TrialRecord

# A numeric hyperparameter with more distinct values is grouped into this many bins of equal counts.
BINS = 6


@dataclass(frozen=True)
class Axis:
    """One hyperparameter as an axis of numbers (linear or logarithmic) or of names."""

    name: str
    numeric: bool
    log: bool
    names: tuple[str, ...] = ()
    """Its values in the order of the file, then others that occur, where they are names."""

    @classmethod
    def of(cls, spec: SweepSpec, parameter: Parameter, occurring: Iterable[Value]) -> "Axis":
        """The axis of a parameter that varies, for the values of its domain and the `occurring`
        ones.

        A baseline may bring values from outside the domain, even lists beside numbers.
        """
        name = parameter.name
        options = spec.options(parameter)
        values = list(occurring)
        every = [*options, *values]
        numbers = [v for v in every if isinstance(v, (int, float)) and not isinstance(v, bool)]
        # Two choices are names even if they are numbers: a line between them means nothing.
        has_few = 0 < len(options) <= 2
        if len(numbers) == len(every) and not has_few:
            domain = parameter.domain
            if isinstance(domain, (IntRange, FloatRange)):
                log = domain.log
            else:
                log = _geometric(numbers)
            is_positive = all(number > 0 for number in numbers)
            return cls(name, numeric=True, log=log and is_positive)
        values.sort(key=lambda v: (isinstance(v, tuple), str(v)))
        ordered = [*options, *values]
        if ordered and all(isinstance(value, tuple) for value in ordered):
            ordered.sort(key=lambda v: (len(v), v))  # type: ignore[arg-type]
        names = dict.fromkeys(map(exact, ordered))
        return cls(name, numeric=False, log=False, names=tuple(names))


def _geometric(numbers: Sequence[float]) -> bool:
    """Whether the numbers grow by factors rather than by amounts."""
    return min(numbers) > 0 and max(numbers) / min(numbers) >= 8


def observations(spec: SweepSpec, records: Iterable[TrialRecord]) -> pd.DataFrame:
    """One row per finished trial, with missing values where something does not exist.

    The columns are number, configuration, `complete`, parameters, the metrics and seconds of
    complete trials, and one per varied hyperparameter. `point` identifies the configuration
    (`Space.meaning`).
    """
    varied = [p.name for p in spec.space.parameters if p.constant is None]
    # Hyperparameters keep Python's types: a missing value would turn integers into floats.
    kinds: dict[str, type] = dict.fromkeys(varied, object)
    kinds |= dict.fromkeys(("point", "number", "configuration", "complete"), object)
    kinds |= dict.fromkeys((*METRICS, "seconds", "parameters"), float)
    columns: dict[str, list[object]] = {name: [] for name in kinds}
    for record in records:
        if not record.state.is_finished:
            continue
        trial = record.trial
        complete = record.state is State.COMPLETE
        flat = spec.flat(trial.point)
        row: dict[str, object] = {name: flat.get(name) for name in varied}
        row["point"] = spec.space.meaning(trial.point)
        row["number"] = trial.number
        row["configuration"] = trial.configuration
        row["complete"] = complete
        row["parameters"] = trial.parameters
        row["seconds"] = (record.seconds or 0.0) if complete else None
        for metric in METRICS:
            row[metric] = record.metric(metric) if complete else None
        for name, values in columns.items():
            values.append(row[name])
    series = {name: pd.Series(values, dtype=kinds[name]) for name, values in columns.items()}
    return pd.DataFrame(series)


@dataclass(frozen=True)
class Variation:
    """The trials around one baseline.

    `frames` has one frame for each of the `axes`: the trials that differ from the baseline in that
    hyperparameter alone, and the baseline's own. A frame has the columns of `observations`, and
    `value`. `held` is the whole baseline by column, None for what does not exist there. `at` has
    its values of the hyperparameters that vary.
    """

    baseline: str
    held: dict[str, Value | None]
    at: dict[str, Value]
    axes: tuple[Axis, ...]
    frames: tuple[pd.DataFrame, ...]


def variations(spec: SweepSpec, records: Iterable[TrialRecord]) -> list[Variation]:
    """The results of a one-at-a-time sweep for each baseline; empty for other samplers.

    A hyperparameter has the same axis around every baseline.
    """
    if not isinstance(spec.search.sampler, OneAtATime):
        return []
    count = spec.search.sampler.values
    seen = observations(spec, records)
    around = [(baseline, _around(spec, baseline, seen, count)) for baseline in spec.baselines]
    axes: dict[str, Axis] = {}
    for parameter in spec.space.parameters:
        values: list[Value] = []
        for baseline, frames in around:
            if parameter.name not in frames:
                continue
            own = spec.entry(baseline.point, parameter.name)
            tried = [own, *frames[parameter.name]["value"]]
            values += [value for value in tried if value is not None]
        if values:
            axes[parameter.name] = Axis.of(spec, parameter, values)
    found = []
    for baseline, frames in around:
        if not frames:
            continue
        entries = {name: spec.entry(baseline.point, name) for name in frames}
        variation = Variation(
            baseline=baseline.name,
            held=spec.flat(baseline.point),
            at={name: value for name, value in entries.items() if value is not None},
            axes=tuple(axes[name] for name in frames),
            frames=tuple(frames.values()),
        )
        found.append(variation)
    return found


def _around(
    spec: SweepSpec, baseline: Baseline, seen: pd.DataFrame, count: int
) -> dict[str, pd.DataFrame]:
    """For each varied hyperparameter, the trials that differ from the baseline in it alone.

    Points are compared by meaning: a trial may be near two baselines.
    """
    around = list(one_at_a_time(spec.space, baseline, count))
    own = spec.space.meaning(baseline.point)
    frames = {}
    for parameter in spec.space.parameters:
        before = spec.entry(baseline.point, parameter.name)
        moved = [p.point for p in around if p.varies == parameter.name]
        values = {
            spec.space.meaning(point): spec.entry(point, parameter.name) for point in moved
        } | {own: before}
        if len(values) < 2 or before is None:
            continue
        frame = seen[seen["point"].isin(list(values))].copy()
        if frame["complete"].any():
            frame["value"] = pd.Series(
                [values[point] for point in frame["point"]], index=frame.index, dtype=object
            )
            frames[parameter.name] = frame
    return frames


def effects(axis: Axis, frame: pd.DataFrame, metrics: Sequence[Metric]) -> pd.DataFrame:
    """One row per value of a hyperparameter: counts, means and standard deviations of `metrics`.

    The counts are complete and all trainings. Means and deviations are over the complete ones; the
    deviation of a single training is missing.
    """
    keys = frame["value"].map(exact)
    groups = frame.groupby(keys, sort=False)
    table = pd.DataFrame({"complete": groups["complete"].sum().astype(int)})
    table.insert(0, "hyperparameter", axis.name)
    table["trainings"] = groups.size()
    for metric in metrics:
        table[metric] = groups[metric].mean()
        table[f"{metric}_sd"] = groups[metric].std()
    table["parameters"] = groups["parameters"].mean()
    table["seconds"] = groups["seconds"].mean()
    if axis.numeric:
        values = frame["value"].astype(float)
        ascending = values.sort_values(kind="stable").index
        order = keys.loc[ascending].unique().tolist()
    else:
        there = set(keys)
        order = [name for name in axis.names if name in there]
    table = table.loc[order].rename_axis("value").reset_index()
    others = [name for name in table.columns if name != "hyperparameter"]
    return table[["hyperparameter", *others]]


def marginals(spec: SweepSpec, records: Iterable[TrialRecord]) -> list[tuple[Axis, pd.DataFrame]]:
    """For each varied hyperparameter, the complete trials in which it exists.

    `value` is the trial's own value. `bin` is the middle of the group that the trial is summed up
    in; with few values it equals `value`.
    """
    seen = observations(spec, records)
    seen = seen[seen["complete"].astype(bool)]
    found = []
    for parameter in spec.space.parameters:
        if parameter.constant is not None:
            continue
        frame = seen[seen[parameter.name].notna()].copy()
        if frame.empty:
            continue
        frame["value"] = frame[parameter.name]
        axis = Axis.of(spec, parameter, frame["value"])
        frame["bin"] = _bins(parameter.domain, frame["value"]) if axis.numeric else frame["value"]
        found.append((axis, frame))
    return found


def _bins(domain: Domain, values: pd.Series) -> pd.Series:
    if isinstance(domain, (Choices, Constant)) or values.nunique() <= BINS:
        return values
    numbers = values.astype(float)
    groups = pd.qcut(numbers, min(BINS, max(len(values) // 2, 1)), labels=False, duplicates="drop")
    return numbers.groupby(groups).transform("median")
