"""The values of records as typed Arrow columns; a value that is not of its field's type is an issue, never a cast."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import chain
from typing import Any

import pyarrow as pa

from dataset_tools.dialects.arrow import arrow_schema, arrow_type
from dataset_tools.issue import Issue, shown
from dataset_tools.schema import Field, Schema

_KINDS: dict[str, tuple[type, ...]] = {
    **{"string": (str,), "integer": (int,), "number": (float, int), "boolean": (bool,), "date": (date,)},
    **{"datetime": (datetime,), "time": (time,), "array": (list, tuple), "object": (dict,)},
}

_FLOAT32_END = 2.0**128 - 2.0**103  # what is rounded to infinity begins here


def read_table(records: Sequence[Mapping[str, Any]], schema: Schema) -> tuple[pa.Table, list[Issue]]:
    """The records as a table of the schema's Arrow types, but all nullable, and the issues of type, by row.

    A value with an issue is null in the table.
    """
    columns, issues = [], []
    for field in schema.fields:
        column, found = _read_column([record.get(field.name) for record in records], field)
        columns.append(column)
        issues.extend(found)
    fields = [pa.field(field.name, column.type) for field, column in zip(schema.fields, columns, strict=True)]
    return pa.table(columns, schema=pa.schema(fields)), issues


def typed(table: pa.Table, schema: Schema) -> pa.Table:
    """The table with the schema's own fields: nullability and descriptions included; rows must keep them."""
    return table.cast(arrow_schema(schema))


def _read_column(values: list[Any], field: Field) -> tuple[pa.Array, list[Issue]]:
    kind = nullable(arrow_type(field))
    if _surely_typed(values, field):
        try:
            return _array(values, field, kind), []
        except (pa.ArrowException, OverflowError, UnicodeError, ValueError, TypeError):
            pass  # One of the values does not fit: below, each is tried by itself.
    issues: list[Issue] = []
    kept = []
    for row, value in enumerate(values):
        fault = _fault(value, field, kind)
        kept.append(None if fault else value)
        if fault:
            message = f"{field.name} is no {field.arrow}: {fault}"
            issues.append(Issue("type", message, field=field.name, row=row, value=shown(value)))
    return _array(kept, field, kind), issues


def _array(values: list[Any], field: Field, kind: pa.DataType) -> pa.Array:
    # pandera sets PYARROW_IGNORE_TIMEZONE when it is imported: pyarrow then stores the clock of any zone as if of UTC.
    return pa.array([_in_utc(value, field) for value in values] if _is_zoned(field) else values, kind)


def _is_zoned(field: Field) -> bool:
    members = (*field.fields, field.items) if field.items else field.fields
    return "tz=" in field.arrow or any(map(_is_zoned, members))


def _in_utc(value: Any, field: Field) -> Any:
    if value is None or not _is_zoned(field):
        return value
    if field.items is not None:
        return [_in_utc(each, field.items) for each in value]
    if field.fields:
        return {each.name: _in_utc(value.get(each.name), each) for each in field.fields}
    return value.astimezone(UTC)


def nullable(kind: pa.DataType) -> pa.DataType:
    """The type with every nested field nullable, so that a missing value is an issue of the gate and not a crash."""
    if pa.types.is_list(kind):
        return pa.list_(nullable(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(each.name, nullable(each.type)) for each in kind])
    return kind


def _kinds(field: Field) -> tuple[type, ...]:
    if field.arrow.startswith("decimal"):
        return (Decimal, int)
    return (bytes,) if "binary" in field.arrow else _KINDS[field.type]


def _surely_typed(values: Iterable[Any], field: Field) -> bool:
    """Whether all values have exactly the field's Python types: one pass in C for plain fields."""
    values = [value for value in values if value is not None]
    if not set(map(type, values)) <= set(_kinds(field)):
        return False
    if field.type in ("datetime", "time") or field.arrow == "float32":
        return not any(_lost(value, field) for value in values)
    if field.items is not None:
        return _surely_typed(list(chain.from_iterable(values)), field.items)
    if field.fields:
        names = {each.name for each in field.fields}
        return all(value.keys() <= names for value in values) and all(
            _surely_typed([value.get(each.name) for value in values], each) for each in field.fields
        )
    return True


def _fault(value: Any, field: Field, kind: pa.DataType) -> str | None:
    """Why a value is not of the field's type, None where it is."""
    if (said := next(_faults(value, field), None)) is not None:
        return said
    try:
        pa.array([value], kind)
    except (pa.ArrowException, OverflowError, UnicodeError, ValueError, TypeError) as error:
        return " ".join(str(error).split())[:200]
    return None


def _faults(value: Any, field: Field) -> Iterator[str]:
    if value is None:
        return
    given: Any = value
    kinds = _kinds(field)
    boolean = isinstance(value, bool) and field.type != "boolean"
    stamp = isinstance(value, datetime) and field.type == "date"
    if not isinstance(value, kinds) or boolean or stamp:
        yield f"it is {type(value).__name__}"
    elif said := _lost(given, field):
        yield said
    elif field.items is not None:
        for each in given:
            yield from _faults(each, field.items)
    elif field.fields:
        yield from _struct_faults(given, field.fields)


def _lost(value: Any, field: Field) -> str | None:
    """What Arrow would lose of a value without a word."""
    if field.arrow == "float32":
        return "it is beyond float32" if _FLOAT32_END <= abs(value) < math.inf else None
    if field.type not in ("datetime", "time"):
        return None
    if (value.tzinfo is None) == ("tz=" in field.arrow):
        return "it has no time zone" if value.tzinfo is None else "it has a time zone"
    if field.type == "datetime" and value.year in (1, 9999) and not _has_utc(value):
        return "it has no year in UTC"
    return "it has microseconds" if "[ms" in field.arrow and value.microsecond % 1000 else None


def _has_utc(value: datetime) -> bool:
    try:
        return value.tzinfo is None or bool(value.astimezone(UTC))
    except OverflowError:
        return False


def _struct_faults(value: Mapping[str, Any], fields: tuple[Field, ...]) -> Iterator[str]:
    for key in value.keys() - {each.name for each in fields}:
        yield f"unknown member {key!r}"
    for each in fields:
        yield from _faults(value.get(each.name), each)
