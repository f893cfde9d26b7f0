"""One point of the search space, and the one declaration of every hyperparameter.

Types, bounds, defaults and descriptions of all knobs stand only here. The space file's checks, its
JSON Schema, the help and the documentation derive from `Hyperparams`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

Scalar: TypeAlias = bool | int | float | str
Value: TypeAlias = Scalar | tuple[Scalar, ...]


def short(value: Value | None) -> str:
    """A value in the form for tables: numbers with three digits, None as -."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.3g}"
    return exact(value)


def exact(value: Value) -> str:
    """A value in the notation of a space file, with every digit."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        brief = f"{value:g}"
        if float(brief) == value:
            return brief
        return repr(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(exact, value))}]"
    return str(value)


Filters = Annotated[int, Field(strict=True, ge=1, le=4096)]
Size = Annotated[int, Field(strict=True, ge=1, le=1024)]
Convolutions = Annotated[int, Field(strict=True, ge=1, le=64)]
Units = Annotated[int, Field(strict=True, ge=1, le=65536)]
Count = Annotated[int, Field(strict=True, ge=1, le=10_000_000)]
BatchSize = Annotated[int, Field(strict=True, ge=1, le=65536)]
Rate = Annotated[float, Field(strict=True, gt=0, le=100, allow_inf_nan=False)]
Share = Annotated[float, Field(strict=True, ge=0, lt=1, allow_inf_nan=False)]
Epochs = Annotated[int, Field(strict=True, ge=1, le=100_000)]
Penalty = Annotated[float, Field(strict=True, ge=0, le=100, allow_inf_nan=False)]
Degrees = Annotated[float, Field(strict=True, ge=0, le=180, allow_inf_nan=False)]
Switch = Annotated[bool, Field(strict=True)]
Padding = Literal["same", "valid"]
Pooling = Literal["max", "average", "none"]

Activation = Literal[
    "celu", "elu", "exponential", "gelu", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh",
    "leaky_relu", "linear", "log_sigmoid", "mish", "relu", "relu6", "selu", "sigmoid", "silu",
    "soft_shrink", "softplus", "softsign", "squareplus", "swish", "tanh", "tanh_shrink",
]  # fmt: skip

Optimizer = Literal[
    "sgd", "momentum", "nesterov", "adam", "adamw", "nadam", "adamax", "rmsprop", "adagrad",
    "adadelta", "ftrl", "lion",
]  # fmt: skip


@dataclass(frozen=True)
class Following:
    """A default that follows another `knob`: `values` by the names that it can have, and one for
    all other names."""

    knob: str
    values: Mapping[str, float]
    otherwise: float

    def __call__(self, before: Mapping[str, Any]) -> float:
        """The default at a point, given the fields that stand `before` this one."""
        return self.values.get(before[self.knob], self.otherwise)

    def __str__(self) -> str:
        named: dict[float, list[str]] = {}
        for name, value in self.values.items():
            named.setdefault(value, []).append(name)
        parts = [f"{exact(value)} for {', '.join(names)}" for value, names in named.items()]
        return f"{'; '.join(parts)}; {exact(self.otherwise)} otherwise"


@dataclass(frozen=True)
class SameAs:
    """A default that is the value of another `knob`; for a list that of its last layer, and for a
    list without layers `otherwise`."""

    knob: str
    otherwise: str

    def __call__(self, before: Mapping[str, Any]) -> Any:
        """The default at a point, given the fields that stand `before` this one."""
        value = before[self.knob]
        if isinstance(value, tuple):
            return (self.otherwise, *value)[-1]
        return value

    def __str__(self) -> str:
        return f"that of {self.knob}"


# Keras' own. What it calls SGD is `sgd`, and with a momentum `momentum` or `nesterov`.
LEARNING_RATES = Following(
    "optimizer", {"sgd": 0.01, "momentum": 0.01, "nesterov": 0.01}, otherwise=0.001
)
MOMENTA = Following("optimizer", {"momentum": 0.9, "nesterov": 0.9}, otherwise=0.0)
WEIGHT_DECAYS = Following("optimizer", {"adamw": 0.004}, otherwise=0.0)
DECAYS = Following("schedule", {"exponential": 0.01}, otherwise=0.0)
# The optimizers that have a momentum.
WITH_MOMENTUM = ("momentum", "nesterov", "rmsprop")
# Earlier editions of the defaults, oldest first. A sweep keeps the edition that it began with.
# Defaults that are missing here were the same as in `Hyperparams`, the newest edition.
EARLIER_DEFAULTS: tuple[Mapping[str, Value], ...] = (
    {"dense": (1024,), "dropout": 0.4, "learning_rate": 1e-3, "momentum": 0.9, "weight_decay": 0.0},
)
NEWEST_DEFAULTS = len(EARLIER_DEFAULTS)


class Hyperparams(BaseModel):
    """A network and its training: plain, frozen, checked values.

    Raises `pydantic.ValidationError` for a value outside its bounds, or an unknown name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    filters: tuple[Filters, ...] = Field(
        (32, 64),
        description="filters of each block of convolutions; [] for a network without any",
    )
    convolutions: Convolutions | tuple[Convolutions, ...] = Field(
        1, description="convolutions of a block, before its pooling; one number or one per block"
    )
    kernel_size: Size | tuple[Size, ...] = Field(
        5, description="height and width of the kernels, in pixels; one for all blocks or one each"
    )
    strides: Size | tuple[Size, ...] = Field(
        1, description="stride of the convolutions, in pixels; one for all blocks or one each"
    )
    padding: Padding | tuple[Padding, ...] = Field(
        "same", description="padding of the convolutions; one for all blocks or one each"
    )
    activation: Activation | tuple[Activation, ...] = Field(
        "relu",
        description="activation of the convolutions, by its Keras name; one for all blocks or one "
        "each",
    )
    pool: Pooling | tuple[Pooling, ...] = Field(
        "max",
        description="pooling after each block, without padding; one for all blocks or one each",
    )
    pool_size: Size | tuple[Size, ...] = Field(
        2,
        description="size of the pooling window and its stride, in pixels; one for all blocks or "
        "one each",
    )
    batch_norm: Switch = Field(
        False, description="batch normalisation after each convolution, before its activation"
    )
    conv_dropout: Share | tuple[Share, ...] = Field(
        0.0, description="share dropped after each block's pooling; one for all blocks or one each"
    )
    global_pool: Literal["none", "average", "max"] = Field(
        "none", description="pooling of each channel to one number, in place of flattening"
    )
    dense: tuple[Units, ...] = Field(
        (), description="units of each hidden dense layer; [] for none"
    )
    dense_activation: Activation = Field(
        default_factory=SameAs("activation", "relu"),
        description="activation of the hidden dense layers, by its Keras name",
    )
    dense_norm: Switch = Field(
        False,
        description="batch normalisation after each hidden dense layer, before its activation",
    )
    dropout: Share | tuple[Share, ...] = Field(
        0.0,
        description="share dropped after each hidden dense layer, or after flattening without one; "
        "one for all layers or one each",
    )
    l2: Penalty = Field(
        0.0,
        description="L2 penalty on the kernels of convolutions and dense layers: its share of the "
        "sum of their squares is added to the loss that is minimised",
    )
    optimizer: Optimizer = Field("adam", description="how the weights are updated")
    learning_rate: Rate = Field(
        default_factory=LEARNING_RATES, description="step size of the optimizer, at the first step"
    )
    momentum: Share = Field(
        default_factory=MOMENTA,
        description="momentum of the optimizers momentum, nesterov and rmsprop",
    )
    weight_decay: Share = Field(
        default_factory=WEIGHT_DECAYS, description="decoupled weight decay, as Keras applies it"
    )
    schedule: Literal["constant", "cosine", "exponential"] = Field(
        "constant",
        description="learning rate over the trial's steps, after the warm-up: constant, or down to "
        "decay along a cosine or exponentially",
    )
    decay: Share = Field(
        default_factory=DECAYS,
        description="share of the learning rate left at the end of the schedules cosine and "
        "exponential",
    )
    warmup: Share = Field(
        0.0,
        description="share of the steps in which the learning rate grows from 0, evenly",
    )
    batch_size: BatchSize = Field(100, description="images per step")
    steps: Count = Field(500, description="training steps of the trial")
    epochs: Epochs | None = Field(
        None,
        description="passes over the training images, in place of steps; the last batch may reach "
        "into another pass",
    )
    flip: Literal["none", "horizontal", "both"] = Field(
        "none", description="training images are mirrored at random"
    )
    shift: Share = Field(
        0.0,
        description="training images are shifted at random, by at most this share of their size",
    )
    rotate: Degrees = Field(
        0.0, description="training images are turned at random, by at most so many degrees"
    )
    zoom: Share = Field(
        0.0, description="training images are zoomed at random, by at most this share"
    )
    brightness: Share = Field(
        0.0,
        description="training images are made darker or lighter at random, by at most this share "
        "of white",
    )
    precision: Literal["float32", "bfloat16"] = Field(
        "float32",
        description="arithmetic of the layers; bfloat16 keeps weights and logits in float32",
    )

    @property
    def augments(self) -> bool:
        """Whether training images are changed at random."""
        moves = self.shift or self.rotate or self.zoom or self.brightness
        return bool(moves) or self.flip != "none"

    @property
    def warmup_steps(self) -> int:
        """The steps before the learning rate is reached."""
        return int(self.warmup * self.steps)


@dataclass(frozen=True)
class Knob:
    """The declaration of one hyperparameter: its type, whether it may be a list, default,
    description."""

    name: str
    scalar: Any
    takes_scalar: bool
    takes_list: bool
    default: Value | Following | SameAs | None
    description: str

    @property
    def along(self) -> str:
        """The knob whose list has the layers of this one: a list has an entry for each."""
        if self.name in ("dense", "dropout"):
            return "dense"
        return "filters"

    @property
    def kind(self) -> type[int] | type[float] | type[bool] | type[str]:
        """The Python type of one value; for a list, of one layer's value."""
        base = get_args(self.scalar)[0]
        if isinstance(base, type):
            return base
        return str

    @property
    def options(self) -> tuple[str, ...]:
        """The names that a knob of kind `str` takes; empty for other kinds."""
        if self.kind is str:
            return get_args(self.scalar)
        return ()

    @property
    def scalar_check(self) -> TypeAdapter[Any]:
        """Checks one value: a name, a number, or the entry of one layer."""
        return TypeAdapter(self.scalar)

    @property
    def is_number(self) -> bool:
        return self.kind in (int, float)


def _knob(name: str) -> Knob:
    info = Hyperparams.model_fields[name]
    hint: Any = Hyperparams.__annotations__[name]
    is_union = get_origin(hint) is Union or isinstance(hint, UnionType)
    arms = get_args(hint) if is_union else (hint,)
    lists = [arm for arm in arms if get_origin(arm) is tuple]
    scalars = [arm for arm in arms if get_origin(arm) is not tuple and arm is not NoneType]
    scalar = scalars[0] if scalars else get_args(lists[0])[0]
    default = info.default
    if isinstance(info.default_factory, (Following, SameAs)):
        default = info.default_factory
    return Knob(
        name=name,
        scalar=scalar,
        takes_scalar=bool(scalars),
        takes_list=bool(lists),
        default=default,
        description=info.description or "",
    )


KNOBS: Mapping[str, Knob] = MappingProxyType(
    {name: _knob(name) for name in Hyperparams.model_fields}
)


@dataclass(frozen=True)
class Idle:
    """A rule: `knobs` have no effect on the trained network if every condition of `where` holds.

    Each condition tests the value of one knob. `reason` and `remedy` are for messages; the reason
    may name the optimizer.
    """

    knobs: tuple[str, ...]
    where: Mapping[str, Callable[[Value], bool]]
    reason: str
    remedy: str

    def holds(self, point: Hyperparams) -> bool:
        return all(condition(getattr(point, knob)) for knob, condition in self.where.items())


def _is_empty(value: Value) -> bool:
    return value == ()


def _is_one(value: Value) -> bool:
    """Whether it is 1; for a list, in every layer."""
    return value == 1 or (isinstance(value, tuple) and set(value) == {1})


def _is_none(value: Value) -> bool:
    """Whether it is none, in every layer where it is a list."""
    return value == "none" or (isinstance(value, tuple) and set(value) == {"none"})


IDLE = (
    Idle(
        ("momentum",),
        {"optimizer": lambda value: value not in WITH_MOMENTUM},
        "{optimizer} has no momentum",
        "write optimizer: momentum",
    ),
    Idle(
        (
            "convolutions",
            "kernel_size",
            "strides",
            "padding",
            "batch_norm",
            "pool",
            "pool_size",
            "conv_dropout",
        ),
        {"filters": _is_empty},
        "there is no convolution",
        "write filters: with at least one layer",
    ),
    Idle(
        ("padding",),
        {"kernel_size": _is_one},
        "a kernel of one pixel needs no padding",
        "write a larger kernel_size",
    ),
    Idle(
        ("pool",),
        {"pool_size": _is_one},
        "a window of one pixel pools nothing",
        "write a larger pool_size",
    ),
    Idle(("pool_size",), {"pool": _is_none}, "pool is none", "write pool: max"),
    Idle(
        ("dense_activation", "dense_norm"),
        {"dense": _is_empty},
        "there is no hidden dense layer",
        "write dense: with at least one layer",
    ),
    Idle(
        ("activation",),
        {"filters": _is_empty, "dense": _is_empty},
        "there is neither a convolution nor a hidden dense layer",
        "write dense: with at least one layer",
    ),
    Idle(
        ("schedule", "decay", "warmup"),
        {"steps": _is_one},
        "every schedule begins at the same learning rate",
        "write more steps",
    ),
    Idle(
        ("decay",),
        {"schedule": lambda value: value == "constant"},
        "schedule is constant",
        "write schedule: cosine",
    ),
)


def idle(point: Hyperparams) -> Mapping[str, str]:
    """The knobs that have no effect at `point`, each with the reason.

    With another value of one of them, training gives exactly the same network.
    """
    found: dict[str, str] = {}
    for rule in IDLE:
        if rule.holds(point):
            reason = rule.reason.format(optimizer=point.optimizer)
            found.update((knob, reason) for knob in rule.knobs if knob not in found)
    return found


def idle_hint(point: Hyperparams, knob: str) -> str:
    """A remedy for a knob that is idle at `point`."""
    rule = next(rule for rule in IDLE if knob in rule.knobs and rule.holds(point))
    return f"{rule.remedy}, or remove {knob}"


def pools_nothing(point: Hyperparams) -> bool:
    """Whether the network has no pooling, because of `pool` or `pool_size`."""
    return _is_none(point.pool) or _is_one(point.pool_size)
