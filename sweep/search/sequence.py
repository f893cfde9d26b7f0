"""Sequences of low discrepancy: points that cover a cube more evenly than random ones."""

from typing import Any, Literal, TypeAlias

SequenceKind: TypeAlias = Literal["sobol", "halton"]


def sequence_point(kind: SequenceKind, dimensions: int, seed: int, index: int) -> list[float]:
    """The coordinates, from 0 to below 1, of the point `index` of a scrambled sequence.

    `seed` decides on the scrambling. Points depend on nothing else, so they can be asked for in any
    order.
    """
    if dimensions == 0:
        return []
    # Imported here: it takes half a second, and only some samplers need it.
    from scipy.stats import qmc

    engines: dict[str, Any] = {"sobol": qmc.Sobol, "halton": qmc.Halton}
    engine = engines[kind](dimensions, scramble=True, rng=seed)
    if index:
        engine.fast_forward(index)
    coordinates: list[float] = engine.random(1)[0].tolist()
    return coordinates
