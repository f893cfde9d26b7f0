"""How to search a space and when to prune trials: each sampler and each pruner is a type.

Their keys, bounds and defaults in a space file are declared only here. To add one, write a class
and add it to `Sampler` or `Pruner`. mypy then names the `match` in `search` that must construct it.
"""

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[int, Field(strict=True, ge=1)]
Whole = Annotated[int, Field(strict=True, ge=0)]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Percent = Annotated[float, Field(strict=True, gt=0, lt=100)]
Option: TypeAlias = int | float | str


def _named(schema: dict[str, Any]) -> None:
    """A file must write the name; code need not."""
    schema["required"] = ["name"]
    del schema["properties"]["name"]["default"]


class _Strategy(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_named)

    @property
    def options(self) -> dict[str, Option | None]:
        """Its settings from a file, by key; None for one that is left to Optuna or not used."""
        return self.model_dump(exclude={"name"})


class _Sampler(_Strategy):
    is_design: ClassVar[bool] = False
    """Whether it fixes beforehand what is tried. It then prunes nothing unless a file asks."""
    learns_choices: ClassVar[bool] = True
    """Whether it learns which of several choices is best; otherwise it draws them at random."""
    learns_conditional: ClassVar[bool] = True
    """Whether it learns parameters that do not always exist; otherwise it draws them at random."""

    @property
    def learns_after(self) -> int | None:
        """The number of trials after which it learns from them; None if it never does."""
        return None


class Tpe(_Sampler):
    """Tree-structured Parzen estimator, multivariate and by groups of parameters that exist
    together. Its first points are those of a scrambled Sobol sequence."""

    name: Literal["tpe"] = "tpe"
    n_startup_trials: Positive = Field(
        default=10,
        description="trials that cover the space evenly, after the baselines, before the sampler "
        "learns",
    )
    n_ei_candidates: Positive = Field(
        default=24, description="candidates of which each suggestion is the best"
    )

    @property
    def learns_after(self) -> int | None:
        """The number of trials that cover the space evenly."""
        return self.n_startup_trials


class Random(_Sampler):
    """Every point independently at random."""

    name: Literal["random"] = "random"


class Qmc(_Sampler):
    """A scrambled sequence of low discrepancy, which covers the space more evenly than random."""

    name: Literal["qmc"] = "qmc"
    qmc_type: Literal["sobol", "halton"] = Field(
        default="sobol", description="the sequence: Sobol's or Halton's"
    )


class CmaEs(_Sampler):
    """Covariance matrix adaptation, for ranges of numbers. It learns from complete trials only."""

    learns_choices: ClassVar[bool] = False
    learns_conditional: ClassVar[bool] = False

    name: Literal["cmaes"] = "cmaes"
    n_startup_trials: Positive = Field(
        default=1, description="complete trials before the sampler begins, drawn at random"
    )
    popsize: Annotated[int, Field(strict=True, ge=2)] | None = Field(
        default=None,
        description="trials of one generation; if left out it follows from the number of ranges",
    )

    @property
    def learns_after(self) -> int | None:
        """The number of random trials."""
        return self.n_startup_trials


class Nsga2(_Sampler):
    """A genetic algorithm: NSGA-II. It learns from complete trials only."""

    learns_conditional: ClassVar[bool] = False

    name: Literal["nsga2"] = "nsga2"
    population_size: Annotated[int, Field(strict=True, ge=2)] = Field(
        default=20, description="complete trials of one generation; those of the first are random"
    )
    crossover_prob: Share = Field(
        default=0.9, description="how often a trial has two parents, and not one"
    )
    swapping_prob: Share = Field(
        default=0.5, description="how often a value comes from the second parent"
    )

    @property
    def learns_after(self) -> int | None:
        """The number of trials of the first generation."""
        return self.population_size


class _Design(_Sampler):
    is_design: ClassVar[bool] = True

    values: Annotated[int, Field(strict=True, ge=2, le=1000)] = Field(
        default=5, description="values of a range, spread evenly, both ends included"
    )


class Grid(_Design):
    """Every combination of the values of the hyperparameters."""

    name: Literal["grid"] = "grid"


class OneAtATime(_Design):
    """From each baseline every hyperparameter in turn over its values, everything else held."""

    name: Literal["one-at-a-time"] = "one-at-a-time"


class _Pruner(_Strategy):
    is_relative: ClassVar[bool] = True
    """Whether it compares trials with each other, so that their order alone decides."""

    def rungs(self, longest: float, unit: float) -> tuple[float, int] | None:  # noqa: ARG002
        """The progress at rungs of its own: at the first one, and the factor to each next one; None
        if it has none.

        `longest` is the progress of the longest trial, and `unit` that of a step or an epoch.
        """
        return None


class Asha(_Pruner):
    """Asynchronous successive halving: trials are compared at rungs."""

    name: Literal["asha"] = "asha"
    first_rung: Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)] | None = Field(
        default=None,
        description="where trials are first compared: a number of steps (with epochs, of epochs), "
        "or below 1 a share of the longest trial; at the first evaluation if left out",
    )
    reduction_factor: Annotated[int, Field(strict=True, ge=2)] = Field(
        default=2,
        description="at each rung one trial in this many goes on, and the next rung is this many "
        "times as far",
    )

    def rungs(self, longest: float, unit: float) -> tuple[float, int] | None:
        """See `_Pruner.rungs`."""
        first = self.first_rung
        if first is None:
            return None
        if first < 1:
            return first * longest, self.reduction_factor
        return first * unit, self.reduction_factor


class NoPruner(_Pruner):
    """Every trial runs to its last step."""

    name: Literal["none"] = "none"


class Hyperband(_Pruner):
    """Asynchronous successive halving in brackets, each with its own first rung."""

    name: Literal["hyperband"] = "hyperband"
    reduction_factor: Annotated[int, Field(strict=True, ge=2)] = Field(
        default=3, description="at each rung one trial in this many goes on"
    )


class _AmongComplete(_Pruner):
    n_startup_trials: Whole = Field(
        default=5, description="complete trials before any trial is pruned"
    )
    n_warmup_steps: Whole = Field(
        default=0, description="steps before which no trial is pruned; with epochs, images"
    )
    n_min_trials: Positive = Field(
        default=1, description="complete trials that must have an evaluation at the same step"
    )


class Median(_AmongComplete):
    """A trial goes on if its best evaluation is no worse than the median of the complete trials at
    the same step."""

    name: Literal["median"] = "median"


class Percentile(_AmongComplete):
    """A trial goes on if its best evaluation is among the best of the complete trials at the same
    step."""

    name: Literal["percentile"] = "percentile"
    percentile: Percent = Field(
        default=25.0, description="the percentage of the complete trials that counts as the best"
    )


class Threshold(_Pruner):
    """A trial goes on if its objective lies within fixed limits."""

    is_relative: ClassVar[bool] = False
    name: Literal["threshold"] = "threshold"
    lower: Number | None = Field(default=None, description="the least objective of a good trial")
    upper: Number | None = Field(default=None, description="the largest objective of a good trial")
    n_warmup_steps: Whole = Field(
        default=0, description="steps before which no trial is pruned; with epochs, images"
    )


Planning: TypeAlias = Grid | OneAtATime
Sampler: TypeAlias = Tpe | Random | Qmc | CmaEs | Nsga2 | Planning
Pruner: TypeAlias = Asha | Hyperband | Median | Percentile | Threshold | NoPruner
