"""What the names in constraints stand for in a space: numbers, options, or true and false.

Tested in tests/spacefile/test_constraints.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sweep.space import (
    DEPTH,
    KNOBS,
    MOST_LAYERS,
    OF_NETWORK,
    Choices,
    Constant,
    Knob,
    Parameter,
    Scalar,
    Space,
    Value,
)
from sweep.spacefile.hints import did_you_mean, key_hint


@dataclass(frozen=True)
class Kind:
    """What a name stands for: a number (`int` or `float`), true or false, or one of `options`.

    `taken` are the options that it takes in the space.
    """

    type: type[Scalar]
    options: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        return self.type in (int, float)


@dataclass(frozen=True)
class Unknown:
    """A name that stands for nothing: what is wrong with it, and what to write."""

    message: str
    hint: str


def option_hint(word: str, kind: Kind) -> str:
    """What to write for a word that is no option."""
    return did_you_mean(word, kind.options, f"it takes {', '.join(kind.taken)}")


class Vocabulary:
    """The names that constraints on a space can use; None for a space that is not understood."""

    def __init__(self, space: Space | None) -> None:
        self._space = space

    def kind_of(self, name: str) -> Kind | Unknown:
        """What a name stands for."""
        if name in OF_NETWORK:
            return Kind(int)
        word, dot, layer = name.partition(".")
        knob = KNOBS.get(word)
        if knob is None:
            return self._unknown(name)
        if not dot:
            return self._whole(knob)
        if not knob.takes_list:
            return Unknown(f"{word} has no layers", f"write {word}")
        if layer == DEPTH and knob.along == word:
            return Kind(int)
        if not layer.isdecimal() or int(layer) == 0:
            return Unknown(f"{name} is no layer of {word}", f"write {self._example(knob)}")
        if len(layer) > 3 or int(layer) > self._deepest(knob):
            what = f"{word} has at most {self._deepest(knob)} layers in this space"
            return Unknown(what, f"write {self._example(knob)}")
        return self._single(knob, name)

    def _unknown(self, name: str) -> Unknown:
        names = (*OF_NETWORK, *KNOBS)
        otherwise = "name hyperparameters, such as batch_size or filters.1, parameters or flops"
        _, dot, layer = name.partition(".")
        if dot:
            layers = [f"{knob.name}.{layer}" for knob in KNOBS.values() if knob.takes_list]
            hint = did_you_mean(name, layers, otherwise)
        else:
            hint = key_hint(name, "constraints", names, otherwise)
        return Unknown(f"no hyperparameter is called {name}", hint)

    def _whole(self, knob: Knob) -> Kind | Unknown:
        """A name without a layer."""
        if not knob.takes_scalar:
            layers = f"{knob.name}.{DEPTH}"
            return Unknown(
                f"{knob.name} is a list, with one entry per layer",
                f"write {self._example(knob)} for one of them, {layers} for their number",
            )
        own = self._own(knob.name)
        if any(p.layer is not None for p in own) or any(
            isinstance(value, tuple) for value in self._values(knob.name)
        ):
            what = f"{knob.name} has one value per layer in this space"
            return Unknown(what, f"write {self._example(knob)} for one of them")
        if knob.default is None and self._space is not None and not own:
            return Unknown(
                f"{knob.name} is not in this space", f"name what the space has, or add {knob.name}"
            )
        return self._single(knob, knob.name)

    def _single(self, knob: Knob, name: str) -> Kind:
        if not knob.options:
            return Kind(knob.kind)
        return Kind(str, knob.options, self._taken(knob, name))

    def _taken(self, knob: Knob, name: str) -> tuple[str, ...]:
        """The options that a name takes; all where they follow from something else."""
        own = [p for p in self._own(knob.name) if p.name == name] or self._own(knob.name)
        values: list[Value] = []
        for parameter in own:
            values += _values(parameter)
        if not own and self._space is not None and isinstance(knob.default, str):
            values.append(knob.default)
        found: list[str] = []
        for value in values:
            found += [option for option in _each(value) if isinstance(option, str)]
        return tuple(dict.fromkeys(found)) or knob.options

    def _deepest(self, knob: Knob) -> int:
        """The most layers that a knob has in the space."""
        if self._space is None:
            return MOST_LAYERS
        own = self._own(knob.along)
        default = KNOBS[knob.along].default
        assert isinstance(default, tuple)
        depths = [p.layer for p in own if p.layer is not None]
        depths += [len(value) for value in self._values(knob.along) if isinstance(value, tuple)]
        if not own:
            depths.append(len(default))
        # Without a hidden dense layer its dropout follows the flattening.
        least = int(knob.name == "dropout")
        return max([least, *depths])

    def _example(self, knob: Knob) -> str:
        """A name that can be written: of the first layer, if there can be one."""
        if self._deepest(knob):
            return f"{knob.name}.1"
        return f"{knob.name}.{DEPTH}"

    def _own(self, knob: str) -> list[Parameter]:
        if self._space is None:
            return []
        return [p for p in self._space.parameters if p.knob == knob]

    def _values(self, knob: str) -> Iterator[Value]:
        for parameter in self._own(knob):
            yield from _values(parameter)


def _values(parameter: Parameter) -> list[Value]:
    """The constant, the choices and the `else` of a parameter."""
    found: list[Value] = []
    match parameter.domain:
        case Constant(value):
            found.append(value)
        case Choices(options):
            found += options
        case _:
            pass
    if parameter.otherwise is not None:
        found.append(parameter.otherwise)
    return found


def _each(value: Value) -> tuple[Scalar, ...]:
    if isinstance(value, tuple):
        return value
    return (value,)
