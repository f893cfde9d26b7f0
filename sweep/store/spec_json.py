"""A `SweepSpec` as a JSON document, and back.

The document keeps a sweep's spec, even if a later version would read its file differently.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from sweep.space import (
    Baseline,
    Choices,
    Condition,
    Constant,
    Constraint,
    DataSpec,
    Domain,
    FloatRange,
    Hyperparams,
    IntRange,
    Objective,
    Objectives,
    Parameter,
    Pruner,
    Sampler,
    Search,
    Space,
    SweepSpec,
    Value,
)

_DOMAINS: Mapping[str, type[Domain]] = {
    "constant": Constant,
    "integers": IntRange,
    "numbers": FloatRange,
    "choices": Choices,
}
_NAMES = {kind: name for name, kind in _DOMAINS.items()}
_CONSTRAINTS: TypeAdapter[tuple[Constraint, ...]] = TypeAdapter(
    tuple[Annotated[Constraint, Field(discriminator="kind")], ...]
)
_SAMPLER: TypeAdapter[Sampler] = TypeAdapter(Annotated[Sampler, Field(discriminator="name")])
_PRUNER: TypeAdapter[Pruner] = TypeAdapter(Annotated[Pruner, Field(discriminator="name")])


def to_json(spec: SweepSpec) -> dict[str, Any]:
    """The spec as a document, without the text of its file."""
    data = asdict(spec.data)
    if spec.data.path is not None:
        data["path"] = str(spec.data.path)
    search = dict(vars(spec.search))
    search["sampler"] = spec.search.sampler.model_dump()
    search["pruner"] = spec.search.pruner.model_dump()
    return {
        "name": spec.name,
        "data": data,
        "edition": spec.space.edition,
        "images": spec.space.images,
        "space": list(map(_from_parameter, spec.space.parameters)),
        "search": search,
        "objectives": list(map(asdict, spec.objectives.each)),
        "baselines": list(map(_from_baseline, spec.baselines)),
        "constraints": _CONSTRAINTS.dump_python(spec.constraints, mode="json"),
        "classes": spec.classes,
    }


def from_json(raw: Mapping[str, Any], source: str) -> SweepSpec:
    """The sweep of a JSON document; `source` is the text of its file.

    Raises `ValueError`, `KeyError` or `TypeError` for an invalid document.
    """
    search = dict(raw["search"])
    search["sampler"] = _SAMPLER.validate_python(search["sampler"])
    search["pruner"] = _PRUNER.validate_python(search["pruner"])
    parameters = tuple(map(_to_parameter, raw["space"]))
    return SweepSpec(
        name=raw["name"],
        data=DataSpec.from_json(raw["data"]),
        space=Space(parameters, raw["edition"], raw.get("images")),
        search=Search(**search),
        objectives=objectives_of(raw),
        baselines=tuple(map(_to_baseline, raw["baselines"])),
        source=source,
        # Sweeps of earlier versions have no constraints.
        constraints=_CONSTRAINTS.validate_python(raw.get("constraints", [])),
        classes=raw.get("classes"),
    )


def objectives_of(raw: Mapping[str, Any]) -> Objectives:
    """The objectives of a JSON document. Those of an earlier version judge by the last
    evaluation."""
    return Objectives(tuple(Objective(**each) for each in raw["objectives"]))


def _from_parameter(parameter: Parameter) -> dict[str, Any]:
    domain = parameter.domain
    return {
        "name": parameter.name,
        "knob": parameter.knob,
        "layer": parameter.layer,
        "domain": {"kind": _NAMES[type(domain)], **asdict(domain)},
        "when": [asdict(condition) for condition in parameter.when],
        "otherwise": parameter.otherwise,
    }


def _to_parameter(raw: Mapping[str, Any]) -> Parameter:
    fields = dict(raw["domain"])
    kind = _DOMAINS[fields.pop("kind")]
    domain = kind(**{name: _value(value) for name, value in fields.items()})
    conditions = []
    for each in raw["when"]:
        conditions.append(Condition(each["name"], _values(each["values"])))
    otherwise = _value(raw.get("otherwise"))
    return Parameter(raw["name"], raw["knob"], raw["layer"], domain, tuple(conditions), otherwise)


def _from_baseline(baseline: Baseline) -> dict[str, Any]:
    point = baseline.point.model_dump()
    return {"name": baseline.name, "point": point, "knobs": sorted(baseline.knobs)}


def _to_baseline(raw: Mapping[str, Any]) -> Baseline:
    return Baseline(raw["name"], Hyperparams.model_validate(raw["point"]), frozenset(raw["knobs"]))


def _values(raw: list[Any]) -> tuple[Value, ...]:
    return tuple(map(_value, raw))


def _value(raw: Any) -> Any:
    """The value with all JSON lists, at any depth, as tuples."""
    if isinstance(raw, list):
        return _values(raw)
    return raw
