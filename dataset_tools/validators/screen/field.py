"""A field of a Table Schema, as a screen reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

MISSING = ("",)  # Table Schema, "missingValues": the default


@dataclass(frozen=True, slots=True)
class Field:
    """Name, type, format and constraints as the descriptor states them; `missing` are the texts that stand for null.

    `stated` is the whole descriptor of the field.
    """

    name: str
    type: str
    format: str = "default"
    constraints: Mapping[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = MISSING
    stated: Mapping[str, Any] = field(default_factory=dict)

    @property
    def required(self) -> bool:
        """As it is stated, whatever of the constraints a screen is given."""
        return bool(self.stated.get("constraints", {}).get("required"))


def read_fields(schema: Mapping[str, Any]) -> tuple[Field, ...]:
    """The fields of a Table Schema descriptor (Data Package v2), each with the missing values that hold for it."""
    missing = _texts(schema.get("missingValues", MISSING))
    return tuple(read_field(each, missing) for each in schema["fields"])


def read_field(stated: Mapping[str, Any], missing: tuple[str, ...] = MISSING) -> Field:
    """One field of a descriptor; `missing` are the schema's missing values, which its own replace."""
    return Field(
        name=stated["name"],
        type=stated.get("type", "string"),
        format=stated.get("format", "default"),
        constraints=stated.get("constraints", {}),
        missing=_texts(stated["missingValues"]) if "missingValues" in stated else missing,
        stated=stated,
    )


def of_categories(field: Field) -> Field:
    """The field with its categories as an enum (Table Schema v2, "categories"), as far as those are of its type.

    An enum is read as cells are, a category is not: to an integer field the category "1" is no number.
    """
    stated = (each["value"] if isinstance(each, Mapping) else each for each in field.stated["categories"])
    kind = str if field.type in ("string", "any") else int
    return replace(field, constraints={"enum": [each for each in stated if isinstance(each, kind)]})


def _texts(values: Sequence[Any]) -> tuple[str, ...]:
    """Missing values as texts: an entry is a text, or a text with a label (Table Schema v2)."""
    return tuple(each["value"] if isinstance(each, Mapping) else each for each in values)
