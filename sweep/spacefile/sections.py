"""The keys of a space file outside `space`: types, bounds and defaults, declared once."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from sweep.space import Asha, DataName, DataSpec, Metric, NoPruner, Of, Pruner, Sampler, Tpe

Whole = Annotated[int, Field(strict=True, ge=0)]
Positive = Annotated[int, Field(strict=True, ge=1)]
Seed = Annotated[int, Field(strict=True, ge=0, lt=2**63)]
Switch = Annotated[bool, Field(strict=True)]
Side = Annotated[int, Field(strict=True, ge=1, le=4096)]
Text = Annotated[str, Field(strict=True, min_length=1)]
Amount = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]

NAME_PATTERN = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


DEFAULT_TRIALS = 30


class SearchSection(_Section):
    """How the space is searched."""

    trials: Positive | None = Field(
        None,
        description="trials of the whole sweep, baselines and repeats counted in; 30 if left out, "
        "and all of a grid or of one-at-a-time",
    )
    sampler: Annotated[Sampler, Field(discriminator="name")] = Field(
        Tpe(), description="what suggests the next point"
    )
    pruner: Annotated[Pruner, Field(discriminator="name")] | None = Field(
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
    patience: Positive | None = Field(
        None,
        description="a trial ends after so many evaluations in a row that were no better than its "
        "best, by the objective; never if left out",
    )
    seed: Seed = Field(0, description="what everything random in the sweep derives from")
    threads: Positive = Field(1, description="TensorFlow threads of one trial")
    keep: Positive = Field(
        5,
        description="of how many of the best configurations the weights are kept, each those of "
        "its best training",
    )

    @property
    def chosen_pruner(self) -> Pruner:
        """The pruner of the file, else the default that fits."""
        if self.pruner is not None:
            return self.pruner
        # A mean over several trainings needs all of them.
        needs_all = self.sampler.is_design or self.repeats > 1
        if needs_all:
            return NoPruner()
        return Asha()


class DataSection(_Section):
    """Which images, and how they are split."""

    name: DataName | None = Field(None, description="a data set by its name")
    path: Text | None = Field(
        None,
        description="an .npz file, a folder of IDX files or a folder with one subfolder of images "
        "per class, which may stand inside train, val and test; relative to the space file",
    )
    validation: Amount | None = Field(
        None,
        description="validation images: a share below 1, or a number; if left out a twelfth, or "
        "those that the data bring",
    )
    test: Amount | None = Field(
        None,
        description="test images to set aside where the data bring none: a share below 1, or a "
        "number",
    )
    train: Positive | None = Field(
        None, description="training images: a number; all that are left if left out"
    )
    size: Side | tuple[Side, Side] | None = Field(
        None,
        description="height and width to which images are resized when they are read, in pixels; "
        "[height, width] or one number",
    )
    crop: Switch = Field(
        DataSpec.crop,
        description="use the middle of an image in the proportions of size, in place of stretching "
        "it",
    )
    broken: Literal["error", "skip"] = Field(
        "error", description="damaged images: an error that names them, or left out and counted"
    )
    scale: Literal["unit", "standard"] = Field(
        "unit",
        description="of the pixels: unit divides them by 255; standard also subtracts the mean of "
        "the training images and divides by their standard deviation, in each channel",
    )
    class_weight: Literal["balanced"] | None = Field(
        None,
        description="of the training loss: balanced multiplies that of an image by the number of "
        "training images / (classes * those of its class), as in Keras; every image counts alike "
        "if left out",
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
    of: Of = Field(
        "last",
        description="the evaluation whose numbers and weights are the trial's: the last one, or "
        "the best by this metric",
    )
