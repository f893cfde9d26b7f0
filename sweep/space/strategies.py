"""How to search a space and when to prune trials: each sampler and each pruner is a type.

Their keys, bounds and defaults in a space file are declared only here. To add one, write a class
and add it to `Sampler` or `Pruner`. mypy then names the `match` in `search` that must construct it.
"""

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[int, Field(strict=True, ge=1)]


def _named(schema: dict[str, Any]) -> None:
    """A file must write the name; code need not."""
    schema["required"] = ["name"]
    del schema["properties"]["name"]["default"]


class _Strategy(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_named)

    @property
    def options(self) -> dict[str, int]:
        """Its settings from a file, by key."""
        return self.model_dump(exclude={"name"})


class _Sampler(_Strategy):
    is_design: ClassVar[bool] = False
    """Whether it fixes beforehand what is tried. It then prunes nothing unless a file asks."""

    @property
    def learns_after(self) -> int | None:
        """The number of trials after which it learns from them; None if it never does."""
        return None


class Tpe(_Sampler):
    """Tree-structured Parzen estimator, multivariate and by groups of parameters that exist
    together."""

    name: Literal["tpe"] = "tpe"
    n_startup_trials: Positive = Field(
        default=10, description="trials drawn at random before the sampler learns"
    )
    n_ei_candidates: Positive = Field(
        default=24, description="candidates of which each suggestion is the best"
    )

    @property
    def learns_after(self) -> int | None:
        """The number of random trials."""
        return self.n_startup_trials


class Random(_Sampler):
    """Every point independently at random."""

    name: Literal["random"] = "random"


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


class Asha(_Strategy):
    """Asynchronous successive halving over the points of the evaluation grid."""

    name: Literal["asha"] = "asha"
    reduction_factor: Annotated[int, Field(strict=True, ge=2)] = Field(
        default=2, description="at each rung one trial in this many goes on"
    )


class NoPruner(_Strategy):
    """Every trial runs to its last step."""

    name: Literal["none"] = "none"


Planning: TypeAlias = Grid | OneAtATime
Sampler: TypeAlias = Tpe | Random | Planning
Pruner: TypeAlias = Asha | NoPruner
