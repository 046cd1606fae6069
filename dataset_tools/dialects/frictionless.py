"""Schema → a Frictionless Table Schema descriptor: the witness that judges the files that are there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dataset_tools.schema import Field, Schema


def frictionless_schema(schema: Schema) -> dict[str, Any]:
    """The descriptor that frictionless-py reads for rows in memory; keys are judged elsewhere, over all rows."""
    return {"fields": [_field(field) for field in schema.fields], "missingValues": []}


def _field(field: Field) -> dict[str, Any]:
    stated: dict[str, Any] = {"name": field.name, "type": "any" if "binary" in field.arrow else field.type}
    if constraints := dict(_constraints(field)):
        stated["constraints"] = constraints
    if field.items is not None and not field.items.fields and field.items.items is None:
        item = _field(field.items)
        stated["arrayItem"] = {key: value for key, value in item.items() if key != "name"}
    return stated


def _constraints(field: Field) -> Iterator[tuple[str, Any]]:
    for constraint in field.constraints:
        if constraint.name == "unique":
            continue
        # frictionless compiles ^p$, which reads a|bb as ^a or bb$, and lets a newline follow
        value = rf"(?:{constraint.value})\Z" if constraint.name == "pattern" else constraint.value
        yield constraint.name, list(value) if isinstance(value, tuple) else value
