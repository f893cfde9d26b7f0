"""Search spaces, networks and sweeps as frozen values.

Other packages import these values from here.
"""

from sweep.space.design import (
    LOOKED_AT,
    MOST_CONFIGURATIONS,
    Planned,
    by_configuration,
    described,
    designed,
    one_at_a_time,
)
from sweep.space.domains import Choices, Constant, Domain, FloatRange, IntRange, contains, first
from sweep.space.extremes import ARCHITECTURE, extreme
from sweep.space.feasible import impossible, nothing_can_be_built
from sweep.space.hyperparams import (
    EARLIER_DEFAULTS,
    KNOBS,
    NEWEST_DEFAULTS,
    Following,
    Hyperparams,
    Knob,
    SameAs,
    Scalar,
    Value,
    exact,
    idle,
    idle_hint,
    short,
)
from sweep.space.named import DEFAULT_DATA, NAMED_DATA, DataName, NamedData
from sweep.space.notes import notes_on, without_effect
from sweep.space.objectives import (
    DEFAULT_OBJECTIVE,
    METRICS,
    Metric,
    Objective,
    Objectives,
    Of,
    usual,
)
from sweep.space.shapes import Impossible, Layer, Shape, flops, layer_document, parameters, plan
from sweep.space.space import DEPTH, MOST_LAYERS, Baseline, Condition, Parameter, Space
from sweep.space.spec import ROUNDING, DataSpec, Search, SweepSpec
from sweep.space.strategies import Asha, Grid, NoPruner, OneAtATime, Pruner, Random, Sampler, Tpe

__all__ = [
    "ARCHITECTURE",
    "DEFAULT_DATA",
    "DEFAULT_OBJECTIVE",
    "DEPTH",
    "EARLIER_DEFAULTS",
    "KNOBS",
    "LOOKED_AT",
    "METRICS",
    "MOST_CONFIGURATIONS",
    "MOST_LAYERS",
    "NAMED_DATA",
    "NEWEST_DEFAULTS",
    "ROUNDING",
    "Asha",
    "Baseline",
    "Choices",
    "Condition",
    "Constant",
    "DataName",
    "DataSpec",
    "Domain",
    "FloatRange",
    "Following",
    "Grid",
    "Hyperparams",
    "Impossible",
    "IntRange",
    "Knob",
    "Layer",
    "Metric",
    "NamedData",
    "NoPruner",
    "Objective",
    "Objectives",
    "Of",
    "OneAtATime",
    "Parameter",
    "Planned",
    "Pruner",
    "Random",
    "SameAs",
    "Sampler",
    "Scalar",
    "Search",
    "Shape",
    "Space",
    "SweepSpec",
    "Tpe",
    "Value",
    "by_configuration",
    "contains",
    "described",
    "designed",
    "exact",
    "extreme",
    "first",
    "flops",
    "idle",
    "idle_hint",
    "impossible",
    "layer_document",
    "notes_on",
    "nothing_can_be_built",
    "one_at_a_time",
    "parameters",
    "plan",
    "short",
    "usual",
    "without_effect",
]
