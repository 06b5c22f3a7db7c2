"""The JSON Schemas of suites and recipes, for editors: the declarations, and all that the loader takes besides."""

from __future__ import annotations

from typing import Any

from mtlbench.suite.declarations import Suite
from mtlbench.suite.recipe import Recipe

Schema = dict[str, Any]

_ENVIRONMENT: Schema = {"type": "string", "pattern": r"\$\{env:[A-Za-z_][A-Za-z0-9_]*\}"}
_TEXT: Schema = {"type": "string", "minLength": 1}
_LABEL: Schema = {"type": ["string", "integer", "boolean"]}
_LABELS: Schema = {"type": "array", "items": _LABEL, "minItems": 2, "uniqueItems": True}
_NAMES: Schema = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}


def suite_schema() -> Schema:
    """JSON Schema, draft 2020-12."""
    schema = Suite.model_json_schema(mode="validation")
    parts: dict[str, Schema] = schema["$defs"]
    parts["MetricUse"] = _metric_use(parts["MetricUse"])
    parts["Task"]["properties"]["labels"]["anyOf"].append(_LABELS)
    swaps = parts["Task"]["properties"]["counterfactual"]
    parts["Task"]["properties"]["counterfactual"] = _or_names(swaps)
    parts["Model"]["properties"]["trained_on"]["anyOf"].append(_NAMES)
    return _of_file(schema, "suite", _complete_suite(schema.pop("required"), [*parts["Task"].pop("required")]))


def recipe_schema() -> Schema:
    """The same of recipes."""
    schema = Recipe.model_json_schema(mode="validation")
    backbone: Schema = {"oneOf": [{"required": ["checkpoint"]}, {"required": ["config", "tokenizer"]}]}
    complete = {"required": schema.pop("required"), "properties": {"backbone": backbone}}
    return _of_file(schema, "recipe", complete)


def _of_file(schema: Schema, noun: str, complete: Schema) -> Schema:
    """The schema of a whole file; `complete` is what it must have where it extends no other."""
    parts: dict[str, Schema] = schema.pop("$defs")
    for part in (schema, *parts.values()):
        _tidy(part)
    extends = {
        "description": f"A {noun} file to build on, or a list of them; what this file says comes first, then later ones.",
        "anyOf": [_TEXT, {"type": "array", "items": _TEXT}],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"mtlbench {noun}",
        "description": schema["description"],
        "type": "object",
        "properties": {"extends": extends, **schema["properties"]},
        "additionalProperties": False,
        "if": {"not": {"required": ["extends"]}},
        "then": complete,
        "$defs": parts,
    }


def _metric_use(full: Schema) -> Schema:
    """A metric: its name, `{name: options}`, or name and options in full."""
    options: Schema = {"type": ["object", "null"], "description": "Options of the metric."}
    short = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "not": {"required": ["name"]},
        "additionalProperties": options,
    }
    return {"description": full["description"], "anyOf": [{"type": "string"}, short, full]}


def _or_names(mapping: Schema) -> Schema:
    """A mapping of names, or a list of them."""
    about = {key: mapping.pop(key) for key in ("description", "default")}
    mapping.pop("title", None)
    return {**about, "anyOf": [{**mapping, "additionalProperties": False}, _NAMES]}


def _complete_suite(suite: list[str], task: list[str]) -> Schema:
    """What a file must have that extends no other, and a task without a preset, since no other can bring it."""
    model = {"oneOf": [{"required": ["checkpoint"]}, {"required": ["predictions"]}]}
    data = {"oneOf": [{"required": ["path"]}, {"required": ["hub", "split"]}]}
    alone = {"if": {"not": {"required": ["preset"]}}, "then": {"required": task}}
    return {
        "required": suite,
        "properties": {
            "models": {"additionalProperties": model},
            "tasks": {"additionalProperties": {**alone, "required": ["data"], "properties": {"data": data}}},
        },
    }


def _tidy(part: Schema) -> None:
    """Drop titles made of key names, forbid bad names, let `${env:NAME}` stand where text of a certain form must."""
    for key, value in part.get("properties", {}).items():
        value.pop("title", None)
        if "patternProperties" in value:
            value["additionalProperties"] = False
        if value.get("type") == "string" and ("enum" in value or "pattern" in value):
            form = {name: value.pop(name) for name in ("type", "enum", "pattern") if name in value}
            part["properties"][key] = {**value, "anyOf": [form, _ENVIRONMENT]}
