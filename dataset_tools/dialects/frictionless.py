"""Schema → a Frictionless Table Schema descriptor: the witness that judges the files that are there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from typing import Any

from dataset_tools.patterns import read_pattern
from dataset_tools.schema import Constraint, Field, Schema, bound

_VERSION_2 = "https://datapackage.org/profiles/2.0/tableschema.json"  # exclusive bounds came with version 2


def frictionless_schema(schema: Schema) -> dict[str, Any]:
    """The descriptor that frictionless-py reads for rows in memory; keys are judged elsewhere, over all rows."""
    return {"$schema": _VERSION_2, "fields": [_field(field) for field in schema.fields], "missingValues": []}


def expressible(field: Field, constraint: Constraint) -> bool:
    """Whether Frictionless judges a constraint of a field; it has no word for bytes, and its patterns backtrack."""
    if constraint.name == "pattern":
        return read_pattern(constraint.value).calm
    return constraint.name == "required" or "binary" not in field.arrow


def stated_field(field: Field) -> dict[str, Any]:
    """A field with every constraint but `unique`, patterns as they are stated: what a screen reads."""
    stated: dict[str, Any] = {"name": field.name, "type": "any" if "binary" in field.arrow else field.type}
    if field.arrow.startswith("float"):
        stated["floatNumber"] = True
    constraints = {each.name: _stated(field, each) for each in field.constraints if each.name != "unique"}
    return {**stated, "constraints": constraints} if constraints else stated


def _field(field: Field) -> dict[str, Any]:
    stated = stated_field(field)
    if constraints := dict(_constraints(field)):
        return {**stated, "constraints": constraints}
    return {key: value for key, value in stated.items() if key != "constraints"}


def _constraints(field: Field) -> Iterator[tuple[str, Any]]:
    for constraint in field.constraints:
        if constraint.name != "unique" and expressible(field, constraint):
            yield constraint.name, _value(field, constraint)


def _value(field: Field, constraint: Constraint) -> Any:
    if constraint.name == "pattern":  # frictionless compiles ^p$, which lets a newline follow
        return read_pattern(constraint.value).python
    return _stated(field, constraint)


def _stated(field: Field, constraint: Constraint) -> Any:
    if constraint.name == "enum":
        return [_plain(bound(each, field.type, field.arrow)) for each in constraint.value]
    if constraint.name in ("required", "minLength", "maxLength", "pattern"):
        return constraint.value
    return _plain(bound(constraint.value, field.type, field.arrow))


def _plain(value: Any) -> Any:
    """A value as a descriptor has it, and as Frictionless reads it without loss."""
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
