"""JSON Schemas (draft-07) of the descriptor and of a table schema, from which editors complete and check keys."""

from __future__ import annotations

import inspect
from typing import Any

from dataset_tools import dataset, schema
from dataset_tools.rules import RULES

_TEXT: dict[str, Any] = {"type": "string"}
_TEXTS: dict[str, Any] = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_SHARE: dict[str, Any] = {"type": "number", "minimum": 0, "maximum": 1}
_SIZE: dict[str, Any] = {"type": "integer", "minimum": 0}
_TRUTH: dict[str, Any] = {"type": "boolean"}
_BOUND: dict[str, Any] = {"type": ["number", "string"]}


def descriptor_schema() -> dict[str, Any]:
    """The JSON Schema of `dataset.yaml`: every key of `dataset.KEYS`, and no other."""
    properties = {name: {**_DESCRIPTOR[name], "description": _says(key)} for name, key in dataset.KEYS.items()}
    return {**_head("dataset.yaml"), **_closed(properties, ("name", "version", "resources"))}


def table_schema() -> dict[str, Any]:
    """The JSON Schema of a table's schema file, with nested fields, constraints and rules."""
    properties: dict[str, Any] = {
        **dict.fromkeys(("$schema", "name", "title", "description"), _TEXT),
        "primaryKey": _TEXTS,
        "fields": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/field"}},
        "missingValues": {"const": []},
        "uniqueKeys": {"type": "array", "items": _TEXTS},
        "foreignKeys": {"type": "array", "items": {"$ref": "#/definitions/foreignKey"}},
        "dstools:rules": {"type": "array", "items": {"anyOf": [_rule(name) for name in RULES] + [_OWN_RULE]}},
    }
    definitions = {"field": _field(named=True), "items": _field(named=False), "foreignKey": _FOREIGN_KEY}
    return {**_head("a table schema"), **_closed(properties, ("fields",)), "definitions": definitions}


def _head(title: str) -> dict[str, Any]:
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": title}


def _says(key: dataset.Key) -> str:
    return f"{key.says} ({'published' if key.published else 'private'})"


def _closed(properties: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    closed = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**closed, "required": list(required)} if required else closed


def _objects(names: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "array", "items": _closed({name: _TEXTS if name == "roles" else _TEXT for name in names})}


def _field(*, named: bool) -> dict[str, Any]:
    properties: dict[str, Any] = {
        **dict.fromkeys(("name", "title", "description", "rdfType", "dstools:type"), _TEXT),
        "type": {"enum": list(schema._TYPES)},
        "example": {},
        "constraints": _closed(_CONSTRAINTS),
        "dstools:items": {"$ref": "#/definitions/items"},
        "dstools:fields": {"type": "array", "minItems": 1, "items": {"$ref": "#/definitions/field"}},
        "dstools:fill": {"enum": list(schema.FILLS)},
    }
    if not named:
        del properties["name"]
    return _closed(properties, ("name",) if named else ())


def _rule(name: str) -> dict[str, Any]:
    parameters = inspect.signature(RULES[name]).parameters
    needed = [key for key, each in parameters.items() if each.default is inspect.Parameter.empty]
    properties: dict[str, Any] = {"rule": {"const": name}, **dict.fromkeys(parameters, _TEXT)}
    return _closed(properties, ("rule", *needed))


_CONSTRAINTS: dict[str, Any] = {
    **dict.fromkeys(("required", "unique"), _TRUTH),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _BOUND),
    **dict.fromkeys(("minLength", "maxLength"), _SIZE),
    "pattern": _TEXT,
    "enum": {"type": "array", "minItems": 1},
}
_REFERENCE = _closed({"resource": _TEXT, "fields": _TEXTS}, ("fields",))
_FOREIGN_KEY = _closed({"fields": _TEXTS, "reference": _REFERENCE}, ("fields", "reference"))
_OWN_RULE: dict[str, Any] = {
    **{"type": "object", "required": ["rule", "field"], "additionalProperties": _TEXT},
    "properties": {"rule": {"type": "string", "pattern": r"^[\w/]+\.py:\w+$"}, "field": _TEXT},
}
_RESOURCE = {"name": _TEXT, "schema": _TEXT}
_SHARES = {"type": "object", "additionalProperties": _SHARE}
_DESCRIPTOR: dict[str, dict[str, Any]] = {
    **dict.fromkeys(("created", "title", "description", "homepage", "dstools:target"), _TEXT),
    "name": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
    "version": {"type": "string", "pattern": r"^\d+\.\d+\.\d+$"},
    "keywords": _TEXTS,
    **{name: _objects(parts) for name, parts in dataset._LISTS.items()},
    "resources": {"type": "array", "minItems": 1, "items": _closed(_RESOURCE, ("name", "schema"))},
    "dstools:source": {"anyOf": [*_TEXTS["anyOf"], _closed({"paths": _TEXTS}, ("paths",))]},
    "dstools:converter": {"anyOf": [_TEXT, _closed({"use": _TEXT, "options": {"type": "object"}}, ("use",))]},
    "dstools:splits": _closed(
        {"table": _TEXT, "by": _TEXT, "seed": {"type": "integer"}, "shares": _SHARES}, ("table", "by", "shares")
    ),
    "dstools:budget": _closed({"pages": _SHARE, "records": _SHARE}),
    "dstools:shard_size": {"type": "string", "pattern": r"^\d+ ?([kKMG]B|[KMG]iB)$"},
    "dstools:card": _closed({"language": _TEXTS, "about": _closed(dict.fromkeys(dataset.ABOUT, _TEXT))}),
}
