"""What each hyperparameter did: the trials by its values, with means and spreads."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from sweep.design import Planned, by_configuration
from sweep.hyperparams import Value
from sweep.record import State, TrialRecord
from sweep.shapes import Shape
from sweep.spec import METRICS, Choices, Constant, Domain, FloatRange, IntRange, Parameter, SweepSpec

# A number with more different values than this is summed up in as many bins of equal counts.
BINS = 6

_COLUMNS = ("hyperparameter", "value", "trials", "val_accuracy", "val_accuracy_sd", "val_loss", "val_loss_sd",
            "parameters", "seconds")  # fmt: skip


@dataclass(frozen=True)
class Axis:
    """One hyperparameter as an axis: its values are numbers, evenly in the logarithm or not, or names."""

    name: str
    numeric: bool
    log: bool
    names: tuple[str, ...] = ()
    """Its values in the order of the file, where they are names; a baseline may have others."""

    @classmethod
    def of(cls, parameter: Parameter) -> "Axis":
        """The axis of a parameter that varies."""
        domain = parameter.domain
        match domain:
            case IntRange() | FloatRange():
                return cls(parameter.name, numeric=True, log=domain.log)
            case Choices(options):
                numbers = [o for o in options if isinstance(o, (int, float)) and not isinstance(o, bool)]
                # Two numbers are names: a line between them would say nothing.
                if len(numbers) == len(options) > 2:
                    return cls(parameter.name, numeric=True, log=min(numbers) > 0 and _geometric(numbers))
                return cls(parameter.name, numeric=False, log=False, names=tuple(map(label, options)))
            case Constant():
                raise ValueError(f"{parameter.name} does not vary")

    def order(self, values: Iterable[Value]) -> list[str]:
        """The names along the axis: those of the file, then others that occur."""
        return list(dict.fromkeys([*self.names, *map(label, values)]))


def _geometric(numbers: Sequence[float]) -> bool:
    """Whether they grow by factors rather than by amounts."""
    return max(numbers) / min(numbers) >= 8


def label(value: Value | None) -> str:
    """A value as a person reads it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.3g}"
    return str(list(value)) if isinstance(value, tuple) else str(value)


def with_spread(mean: float, deviation: float) -> str:
    """A mean with its standard deviation, as a person reads it; of one trial there is none."""
    return f"{mean:.4f}" if math.isnan(deviation) else f"{mean:.4f} ± {deviation:.4f}"


def observations(spec: SweepSpec, records: Sequence[TrialRecord]) -> pd.DataFrame:
    """One row per complete trial: its number, configuration, metrics, parameters, seconds, and one column per
    varied hyperparameter with plain values, missing where it does not exist."""
    rows = []
    for record in records:
        if record.state is State.COMPLETE:
            flat = spec.flat(record.trial.point)
            row: dict[str, object] = {p.name: flat.get(p.name) for p in spec.space.parameters if p.constant is None}
            row |= {name: record.metric(name) for name in METRICS}
            row |= {"number": record.trial.number, "configuration": record.trial.configuration}
            rows.append(row | {"parameters": record.trial.parameters, "seconds": record.seconds})
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Variation:
    """The trials around one baseline: for each hyperparameter those that differ in it alone, the baseline's
    own among them, in a frame with the columns of `observations` and `value`."""

    baseline: str
    held: dict[str, Value | None]
    axes: tuple[Axis, ...]
    frames: tuple[pd.DataFrame, ...]


def variations(spec: SweepSpec, records: Sequence[TrialRecord], shape: Shape) -> list[Variation]:
    """What a one-at-a-time sweep found, baseline by baseline; empty for any other."""
    planned = by_configuration(spec, shape)
    seen = observations(spec, records)
    if spec.search.sampler.name != "one-at-a-time" or seen.empty:
        return []
    return [_variation(spec, baseline.name, planned, seen) for baseline in spec.baselines]


def _variation(spec: SweepSpec, baseline: str, planned: Mapping[int, Planned], seen: pd.DataFrame) -> Variation:
    axes, frames = [], []
    held: dict[str, Value | None] = {}
    for parameter in spec.space.parameters:
        members = [n for n, p in planned.items() if p.baseline == baseline]
        others = [n for n, p in planned.items() if p.origin == baseline and p.varies == parameter.name]
        if not others:
            continue
        frame = seen[seen["configuration"].isin([*members, *others])].copy()
        frame["value"] = frame[parameter.name]
        axes.append(Axis.of(parameter))
        frames.append(frame)
        held[parameter.name] = spec.flat(planned[members[0]].point)[parameter.name]
    return Variation(baseline, held, tuple(axes), tuple(frames))


def effects(axis: Axis, frame: pd.DataFrame) -> pd.DataFrame:
    """One row per value of a hyperparameter: how many trials, means and standard deviations (over seeds; of
    one trial it is missing), mean parameters and seconds."""
    if frame.empty:
        return pd.DataFrame(columns=list(_COLUMNS))
    keys = frame["value"].map(label)
    order = frame.assign(key=keys).drop_duplicates("key")
    if axis.numeric:
        order = order.sort_values("value")
    else:
        order = order.set_index("key", drop=False).loc[[k for k in axis.order(frame["value"]) if k in set(keys)]]
    groups = frame.groupby(keys, sort=False)
    table = pd.DataFrame(
        {
            "hyperparameter": axis.name,
            "trials": groups.size(),
            "val_accuracy": groups["val_accuracy"].mean(),
            "val_accuracy_sd": groups["val_accuracy"].std(),
            "val_loss": groups["val_loss"].mean(),
            "val_loss_sd": groups["val_loss"].std(),
            "parameters": groups["parameters"].mean(),
            "seconds": groups["seconds"].mean(),
        }
    )
    table = table.loc[order["key"]].rename_axis("value").reset_index()
    return table[list(_COLUMNS)]


def marginals(spec: SweepSpec, records: Sequence[TrialRecord]) -> list[tuple[Axis, pd.DataFrame]]:
    """For each varied hyperparameter the complete trials where it exists, with `value`, its own, and `bin`, the
    middle of the values that are summed up together, equal to `value` where these are few."""
    seen = observations(spec, records)
    found = []
    for parameter in spec.space.parameters:
        if parameter.constant is not None or seen.empty:
            continue
        frame = seen[seen[parameter.name].notna()].copy()
        if frame.empty:
            continue
        axis = Axis.of(parameter)
        frame["value"] = frame[parameter.name]
        frame["bin"] = _bins(parameter.domain, frame["value"])
        found.append((axis, frame))
    return found


def _bins(domain: Domain, values: pd.Series) -> pd.Series:
    if not isinstance(domain, (IntRange, FloatRange)) or values.nunique() <= BINS:
        return values
    numbers = values.astype(float)
    groups = pd.qcut(numbers, min(BINS, len(values) // 2 or 1), labels=False, duplicates="drop")
    return numbers.groupby(groups).transform("median")


def by_configurations(spec: SweepSpec, records: Sequence[TrialRecord]) -> pd.DataFrame:
    """One row per configuration with complete trials, the best mean first: `configuration`, `trials`, mean and
    standard deviation of every metric."""
    seen = observations(spec, records)
    if seen.empty:
        return seen
    groups = seen.groupby("configuration")
    parts: dict[str, pd.Series] = {"trials": groups.size()}
    for name in METRICS:
        parts |= {name: groups[name].mean(), f"{name}_sd": groups[name].std()}
    table = pd.DataFrame({**parts, "parameters": groups["parameters"].first(), "seconds": groups["seconds"].mean()})
    return table.sort_values(spec.objective.metric, ascending=not spec.objective.maximize).reset_index()
