"""Arrow type → the type of a Table Schema field: the way back from `dialects.arrow`, widened where it must be."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from dataset_tools.errors import SchemaError

# What a schema's `dstools:type` leaves out: the defaults of `schema`.
_DEFAULTS = {"integer": "int64", "number": "float64", "datetime": "timestamp[us, tz=UTC]", "time": "time64[us]"}
_DEFAULTS |= {"string": "string", "boolean": "bool", "date": "date32"}
_UNITS = {"s": "ms"}

Test = Callable[[pa.DataType], bool]
Make = Callable[[pa.DataType], tuple[str, str]]
_KINDS: tuple[tuple[Test, Make], ...] = (
    (pa.types.is_integer, lambda kind: ("integer", str(kind))),
    (pa.types.is_float16, lambda _: ("number", "float32")),
    (pa.types.is_float32, lambda _: ("number", "float32")),
    (pa.types.is_float64, lambda _: ("number", "float64")),
    (pa.types.is_boolean, lambda _: ("boolean", "bool")),
    (pa.types.is_large_string, lambda _: ("string", "large_string")),
    (lambda kind: pa.types.is_string(kind) or pa.types.is_string_view(kind), lambda _: ("string", "string")),
    (pa.types.is_large_binary, lambda _: ("string", "large_binary")),
    (lambda kind: pa.types.is_binary(kind) or pa.types.is_binary_view(kind), lambda _: ("string", "binary")),
    (pa.types.is_fixed_size_binary, lambda _: ("string", "binary")),
    (pa.types.is_date, lambda _: ("date", "date32")),
    (pa.types.is_time32, lambda _: ("time", "time64[us]")),
    (pa.types.is_time64, lambda kind: ("time", str(kind))),
    (pa.types.is_timestamp, lambda kind: ("datetime", str(pa.timestamp(_UNITS.get(kind.unit, kind.unit), kind.tz)))),
    (pa.types.is_null, lambda _: ("string", "string")),
)


def table_schema_type(kind: pa.DataType, place: str) -> dict[str, str]:
    """`type`, and `dstools:type` where it is not the default; `place` is the field that an error names."""
    if pa.types.is_decimal(kind) and kind.precision <= 38 and kind.scale >= 0:
        return {"type": "number", "dstools:type": f"decimal128({kind.precision}, {kind.scale})"}
    for test, make in _KINDS:
        if test(kind):
            name, arrow = make(kind)
            return {"type": name} | ({"dstools:type": arrow} if arrow != _DEFAULTS[name] else {})
    raise SchemaError(f"{place}: a Table Schema has no word for {kind}", "write the field as another type, then again")


def plain(kind: pa.DataType) -> pa.DataType:
    """The type of the values themselves: without dictionary, run-end encoding or extension."""
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return plain(kind.value_type)
    return plain(kind.storage_type) if isinstance(kind, pa.BaseExtensionType) else kind


def is_list(kind: pa.DataType) -> bool:
    """Whether a type is one of Arrow's lists; a map is none."""
    tests: tuple[Test, ...] = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    return any(test(kind) for test in (*tests, pa.types.is_list_view, pa.types.is_large_list_view))
