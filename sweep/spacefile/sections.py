"""The keys of a space file outside its space: their types, bounds and defaults, declared once."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from sweep.space.spec import DataSpec, Metric

Whole = Annotated[int, Field(strict=True, ge=0)]
Positive = Annotated[int, Field(strict=True, ge=1)]
Seed = Annotated[int, Field(strict=True, ge=0, lt=2**63)]
Switch = Annotated[bool, Field(strict=True)]
Text = Annotated[str, Field(strict=True, min_length=1)]
Amount = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]

NAME_PATTERN = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tpe(_Section):
    """Tree-structured Parzen estimator, multivariate and by groups of parameters that exist
    together."""

    name: Literal["tpe"]
    n_startup_trials: Positive = Field(
        10, description="trials drawn at random before the sampler learns"
    )
    n_ei_candidates: Positive = Field(
        24, description="candidates of which each suggestion is the best"
    )


class Random(_Section):
    """Every point independently at random."""

    name: Literal["random"]


Values = Annotated[int, Field(strict=True, ge=2, le=1000)]


class DesignSampler(_Section):
    """A sampler that says beforehand what is tried: it tries all of it, and prunes nothing unless
    told to."""

    values: Values = Field(5, description="values of a range, spread evenly, both ends included")


class Grid(DesignSampler):
    """Every combination of the values of the hyperparameters."""

    name: Literal["grid"]


class OneAtATime(DesignSampler):
    """From each baseline every hyperparameter in turn over its values, everything else held."""

    name: Literal["one-at-a-time"]


class Asha(_Section):
    """Asynchronous successive halving over the points of the evaluation grid."""

    name: Literal["asha"]
    reduction_factor: Annotated[int, Field(strict=True, ge=2)] = Field(
        2, description="at each rung one trial in this many goes on"
    )


class NoPruner(_Section):
    """Every trial runs to its last step."""

    name: Literal["none"]


DEFAULT_TRIALS = 30


class SearchSection(_Section):
    """How the space is searched."""

    trials: Positive | None = Field(
        None,
        description="trials of the whole sweep, baselines and repeats counted in; 30 if left out, "
        "and all of a grid "
        "or of one-at-a-time",
    )
    sampler: Annotated[Tpe | Random | Grid | OneAtATime, Field(discriminator="name")] = Field(
        Tpe.model_validate({"name": "tpe"}), description="what suggests the next point"
    )
    pruner: Annotated[Asha | NoPruner, Field(discriminator="name")] | None = Field(
        None,
        description="what ends trials that fall behind; asha if left out, but none for a grid, "
        "one-at-a-time and with repeats",
    )
    repeats: Annotated[int, Field(strict=True, ge=1, le=1000)] = Field(
        1, description="trainings of each configuration, each with a seed of its own"
    )
    evaluations: Positive = Field(
        5, description="evaluations of a trial of the largest number of steps"
    )
    seed: Seed = Field(0, description="what everything random in the sweep derives from")
    threads: Positive = Field(1, description="TensorFlow threads of one trial")
    keep: Positive = Field(
        5,
        description="of how many of the best configurations the weights are kept, each those of "
        "its best training",
    )

    @property
    def is_design(self) -> bool:
        return isinstance(self.sampler, DesignSampler)

    @property
    def chosen_pruner(self) -> Asha | NoPruner:
        """The pruner of the file, else the one that goes with the sampler."""
        if self.pruner is not None:
            return self.pruner
        # A mean over several trainings needs all of them.
        return (
            NoPruner(name="none")
            if self.is_design or self.repeats > 1
            else Asha.model_validate({"name": "asha"})
        )


class DataSection(_Section):
    """Which images, and how they are split."""

    name: Literal["mnist", "fashion_mnist"] | None = Field(
        None, description="a data set by its name"
    )
    path: Text | None = Field(
        None,
        description="an .npz file, a folder of IDX files or a folder with one subfolder of images "
        "per "
        "class, which may stand inside train, val and test; relative to the space file",
    )
    validation: Amount | None = Field(
        None,
        description="validation images: a share below 1, or a number; if left out a twelfth, or "
        "those that the data "
        "bring",
    )
    test: Amount | None = Field(
        None,
        description="test images to set aside where the data bring none: a share below 1, or a "
        "number",
    )
    merge: Switch = Field(
        DataSpec.merge,
        description="join training, validation and test images before they are split",
    )
    stratify: Switch = Field(
        DataSpec.stratify, description="keep the shares of the classes in every split"
    )
    seed: Seed = Field(DataSpec.seed, description="seed of the split")


class ObjectiveSection(_Section):
    """What a trial is judged by."""

    maximize: Metric | None = Field(None, description="the metric to make large")
    minimize: Metric | None = Field(None, description="the metric to make small")
