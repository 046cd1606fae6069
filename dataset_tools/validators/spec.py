"""What a table is judged by: a Table Schema as frictionless-py is given it, as a screen reads it, and its keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dataset_tools.backtracking import explodes
from dataset_tools.dialects.frictionless import frictionless_schema, stated_field
from dataset_tools.errors import PackageError
from dataset_tools.schema import Schema

VERSION_2 = "https://datapackage.org/profiles/2.0/tableschema.json"  # exclusive bounds came with version 2
_KEYS = ("primaryKey", "uniqueKeys", "foreignKeys")


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a table: `kind` is primary-key, unique-error, unique-keys, foreign-key, or reference.

    A foreign key names the fields of another table; a reference is what it finds there.
    """

    kind: str
    fields: tuple[str, ...]
    table: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spec:
    """`descriptor` is for frictionless, without keys; `stated` for a screen: each constraint as it was written.

    `plain` holds the patterns that frictionless would read otherwise; `ours` is the schema, where it is one of ours.
    """

    descriptor: Mapping[str, Any]
    stated: Mapping[str, Any]
    keys: tuple[Key, ...]
    plain: Mapping[str, str]
    ours: Schema | None = None


def of_schema(schema: Schema) -> Spec:
    """What a schema of ours judges by; keys are judged over all files."""
    stated = {"fields": [stated_field(field) for field in schema.fields], "missingValues": []}
    keys = [Key("primary-key", schema.primary_key)] if schema.primary_key else []
    keys += [Key("unique-keys", fields) for fields in schema.unique_keys]
    keys += [Key("unique-error", (field.name,)) for field in schema.fields if field.constraint("unique")]
    keys += [Key("foreign-key", key.fields, key.table or schema.table, key.references) for key in schema.foreign_keys]
    return Spec(frictionless_schema(schema), stated, tuple(keys), {}, schema)


def of_descriptor(stated: Mapping[str, Any], table: str) -> Spec:
    """What any Table Schema judges by: a pattern is a full match, and the fields of a primary key are required.

    Raises PackageError where a pattern could take for ever.
    """
    primary = _names(stated.get("primaryKey", ()))
    fields = [_required(each) if each.get("name") in primary else dict(each) for each in stated["fields"]]
    bare = {key: value for key, value in stated.items() if key not in _KEYS}
    given = [_given(each) for each in fields]
    plain = {each["name"]: each["constraints"]["pattern"] for each in fields if _has_pattern(each)}
    return Spec({**bare, "fields": given}, {**bare, "fields": fields}, tuple(_keys(stated, primary, table)), plain)


def _has_pattern(field: Mapping[str, Any]) -> bool:
    return isinstance(field.get("constraints", {}).get("pattern"), str)


def _required(field: Mapping[str, Any]) -> dict[str, Any]:
    """Table Schema v2, "primaryKey": its fields can't be null."""
    return {**field, "constraints": {**field.get("constraints", {}), "required": True}}


def _given(field: dict[str, Any]) -> dict[str, Any]:
    """A field as frictionless is given it: it compiles ^p$, which is a full match of few patterns."""
    constraints = {name: value for name, value in field.get("constraints", {}).items() if name != "unique"}
    if _has_pattern(field):
        constraints["pattern"] = _full(constraints["pattern"], field["name"])
    kept = {key: value for key, value in field.items() if key != "constraints"}
    return {**kept, "constraints": constraints} if constraints else kept


def _full(pattern: str, name: str) -> str:
    if explodes(pattern):
        raise PackageError(f'the pattern of field "{name}" can take for ever', "write its nested loops as one")
    return rf"(?:{pattern})\Z"


def _keys(stated: Mapping[str, Any], primary: tuple[str, ...], table: str) -> Iterator[Key]:
    if primary:
        yield Key("primary-key", primary)
    for key in stated.get("uniqueKeys", ()):
        yield Key("unique-keys", _names(key))
    for field in stated["fields"]:
        if field.get("constraints", {}).get("unique"):
            yield Key("unique-error", (field["name"],))
    for key in stated.get("foreignKeys", ()):
        reference = key["reference"]
        yield Key("foreign-key", _names(key["fields"]), reference.get("resource") or table, _names(reference["fields"]))


def _names(key: Any) -> tuple[str, ...]:
    return (key,) if isinstance(key, str) else tuple(key)
