"""The JSON Schema of the space file, derived from the declared hyperparameters and sections."""

from typing import Any

from pydantic import BaseModel, TypeAdapter

from sweep.space import DEPTH, KNOBS, MOST_LAYERS, Following, Hyperparams, Knob, SameAs
from sweep.spacefile.sections import (
    NAME_PATTERN,
    DataSection,
    ObjectiveSection,
    SearchSection,
)

_WHEN = {
    "type": "object",
    "description": "conditions on other hyperparameters of the space, each with the value or "
    "values it must have",
    "minProperties": 1,
}


def space_file_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) as plain values."""
    definitions: dict[str, Any] = {}
    sections = {
        "data": _section(DataSection, definitions),
        "search": _by_name(_section(SearchSection, definitions)),
        "objective": {
            **_section(ObjectiveSection, definitions),
            "oneOf": [{"required": ["maximize"]}, {"required": ["minimize"]}],
        },
    }
    names = DataSection.model_json_schema()["properties"]["name"]["anyOf"][0]["enum"]
    sections["data"] = {"anyOf": [{"enum": names}, sections["data"]]}
    point = _section(Hyperparams, definitions)
    for knob in KNOBS.values():
        point["properties"][knob.name] |= _described(knob)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "space file of sweep",
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "space"],
        "properties": {
            "name": {
                "type": "string",
                "pattern": f"^{NAME_PATTERN}$",
                "description": "names the study, the MLflow experiment and the folder of results",
            },
            **sections,
            "space": {
                "type": "object",
                "description": "what is varied, and what is held at another value than its default",
                "additionalProperties": False,
                "properties": {name: _entry(knob) for name, knob in KNOBS.items()},
            },
            "constraints": {
                "description": "what every network must keep, over hyperparameters, parameters and "
                "flops, such as parameters <= 2_000_000; one text or a list of them",
                "anyOf": [
                    {"type": "string"},
                    {"type": "array", "items": {"type": "string"}, "minItems": 1},
                ],
            },
            "baselines": {
                "type": "object",
                "description": "named configurations that run first",
                "propertyNames": {"pattern": f"^{NAME_PATTERN}$"},
                "additionalProperties": point,
            },
        },
        "$defs": definitions,
    }


def _section(model: type[BaseModel], definitions: dict[str, Any]) -> dict[str, Any]:
    schema = model.model_json_schema()
    definitions.update(schema.pop("$defs", {}))
    schema.pop("title", None)
    for entry in schema["properties"].values():
        _without_null(entry)
    return schema


def _without_null(entry: dict[str, Any]) -> None:
    """Removes null from the types of a key: a file leaves the key out instead."""
    arms = [arm for arm in entry.get("anyOf", []) if arm != {"type": "null"}]
    if len(arms) == 1 and len(arms) < len(entry["anyOf"]):
        del entry["anyOf"]
        entry.update(arms[0])
        if entry.get("default", 0) is None:
            del entry["default"]


def _by_name(search: dict[str, Any]) -> dict[str, Any]:
    """The search section, whose sampler and pruner may be bare names."""
    for key in ("sampler", "pruner"):
        entry = search["properties"][key]
        options = {
            field: entry.pop(field) for field in ("discriminator", "oneOf") if field in entry
        }
        entry["anyOf"] = [
            {"enum": list(options["discriminator"]["mapping"])},
            {"oneOf": options["oneOf"]},
        ]
    return search


def _entry(knob: Knob) -> dict[str, Any]:
    """The forms of a hyperparameter in the space: a value, a distribution, or one of these per
    layer."""
    one = TypeAdapter(knob.scalar).json_schema()
    lists = {"type": "array", "items": one}
    if knob.takes_scalar:
        whole = [one]
    else:
        whole = []
    per_layer = {
        "type": "array",
        "items": {"anyOf": [one, *_distributions(knob, one, condition=False)]},
    }
    if knob.takes_list:
        value = {"anyOf": [*whole, lists]}
    else:
        value = one
    forms = [*whole, *([per_layer] if knob.takes_list else [])]
    ranges = _distributions(knob, value, condition=True, number=one if knob.takes_scalar else None)
    return {**_described(knob), "anyOf": [*forms, *ranges, *_layered(knob, one)]}


def _layered(knob: Knob, one: dict[str, Any]) -> list[dict[str, Any]]:
    """The form with `each`, and with `layers` for a knob that decides their number."""
    if not knob.takes_list:
        return []
    each = {"anyOf": [one, *_distributions(knob, one, condition=False)]}
    keys = {"each": each, "when": _WHEN}
    if knob.along != knob.name:
        return [_object(keys, ["each"])]
    count: dict[str, Any] = {"type": "integer", "minimum": 0, "maximum": MOST_LAYERS}
    layers = {"anyOf": [count, *_distributions(KNOBS["steps"], count, condition=False)]}
    return [_object({DEPTH: layers, **keys}, [DEPTH, "each"])]


def _described(knob: Knob) -> dict[str, Any]:
    """The description of a hyperparameter and its default."""
    if isinstance(knob.default, (Following, SameAs)):
        return {"description": f"{knob.description}; by default {knob.default}"}
    default: Any = knob.default
    if default is None:
        return {"description": knob.description}
    if isinstance(default, tuple):
        default = list(default)
    return {"description": knob.description, "default": default}


def _distributions(
    knob: Knob, value: dict[str, Any], *, condition: bool, number: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """The distributions of one value, or of the whole knob, which may then have a condition."""
    when: dict[str, Any] = {}
    if condition:
        when = {"when": _WHEN, "else": value}
    found: list[dict[str, Any]] = [
        _object(
            {
                "choices": {"type": "array", "items": value, "minItems": 1, "uniqueItems": True},
                **when,
            },
            ["choices"],
        ),
        _object({"value": value, **when}, ["value"]),
    ]
    bounds = number if condition else value
    if knob.is_number and bounds is not None:
        step = {"type": "number", "exclusiveMinimum": 0}
        found.append(
            _object(
                {"low": bounds, "high": bounds, "step": step, "log": {"type": "boolean"}, **when},
                ["low", "high"],
            )
        )
    return found


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": required,
    }
