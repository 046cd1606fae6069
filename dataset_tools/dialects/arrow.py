"""Schema → pyarrow.Schema, with nullability, titles and descriptions."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa

from dataset_tools.schema import Field, Schema

_TIMESTAMP = re.compile(r"timestamp\[(s|ms|us|ns)(?:, tz=(.+))?\]")
_DECIMAL = re.compile(r"decimal128\((\d+), (\d+)\)")
_TIME = re.compile(r"time64\[(us|ns)\]")
_PLAIN: dict[str, Any] = {
    **{f"{sign}int{bits}": getattr(pa, f"{sign}int{bits}")() for sign in ("", "u") for bits in (8, 16, 32, 64)},
    **{"string": pa.string(), "large_string": pa.large_string(), "binary": pa.binary(), "bool": pa.bool_()},
    **{"large_binary": pa.large_binary(), "float32": pa.float32(), "float64": pa.float64(), "date32": pa.date32()},
}


def arrow_schema(schema: Schema) -> pa.Schema:
    """The Arrow schema of a table: a required field is not nullable; title and description are field metadata."""
    told = {"title": schema.title, "description": schema.description}
    return pa.schema([arrow_field(field) for field in schema.fields], metadata={k: v for k, v in told.items() if v})


def arrow_field(field: Field, name: str | None = None) -> pa.Field:
    told = {"title": field.title, "description": field.description}
    metadata = {key: value for key, value in told.items() if value} or None
    return pa.field(name or field.name, arrow_type(field), nullable=not field.required, metadata=metadata)


def arrow_type(field: Field) -> pa.DataType:
    """The Arrow type that a field's values have."""
    if field.items is not None:
        return pa.list_(arrow_field(field.items, "item"))
    if field.fields:
        return pa.struct([arrow_field(each) for each in field.fields])
    if field.arrow in _PLAIN:
        return _PLAIN[field.arrow]
    if found := _TIMESTAMP.fullmatch(field.arrow):
        return pa.timestamp(found[1], tz=found[2])
    if found := _DECIMAL.fullmatch(field.arrow):
        return pa.decimal128(int(found[1]), int(found[2]))
    found = _TIME.fullmatch(field.arrow)
    assert found, field.arrow  # noqa: S101 - the schema admits no other type
    return pa.time64(found[1])


def in_utc(values: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray | pa.Array:
    """The same moments in UTC: Python compares times of one zone by their clocks, and has no year 10000."""
    kind = _in_utc(values.type)
    return values if kind == values.type else values.cast(kind)


def _in_utc(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        return pa.timestamp(kind.unit, tz="UTC")
    if pa.types.is_list(kind):
        return pa.list_(_field_in_utc(kind.value_field))
    if pa.types.is_struct(kind):
        return pa.struct([_field_in_utc(each) for each in kind])
    return kind


def _field_in_utc(field: pa.Field) -> pa.Field:
    return field.with_type(_in_utc(field.type))
