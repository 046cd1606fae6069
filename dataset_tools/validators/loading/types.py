"""What an Arrow type holds: its members, its kind of value and its bounds."""

from typing import Any

import pyarrow.types as kinds

UNITS = ("s", "ms", "us", "ns")


def members(fields: Any) -> dict[str, Any]:
    return {field.name: field.type for field in fields}


def is_list(kind: Any) -> bool:
    return bool(kinds.is_list(kind) or kinds.is_large_list(kind) or kinds.is_fixed_size_list(kind))


def length(kind: Any) -> int:
    return getattr(kind, "list_size", -1)


def is_number(kind: Any) -> bool:
    return bool(kinds.is_integer(kind) or kinds.is_floating(kind))


def is_text(kind: Any) -> bool:
    return bool(kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_string_view(kind))


def is_binary(kind: Any) -> bool:
    return is_variable_binary(kind) or bool(kinds.is_fixed_size_binary(kind))


def is_variable_binary(kind: Any) -> bool:
    return bool(kinds.is_binary(kind) or kinds.is_large_binary(kind) or kinds.is_binary_view(kind))


def is_label(source: Any) -> bool:
    number = source.value_type if kinds.is_dictionary(source) else source
    return bool(kinds.is_integer(number) or kinds.is_boolean(source) or is_text(source))


def bounds(kind: Any) -> tuple[int, int]:
    """The least and the greatest integer that a type holds exactly: a float has 11, 24 or 53 bits for it."""
    if kinds.is_floating(kind):
        bits = {16: 11, 32: 24, 64: 53}[kind.bit_width]
        return -(2**bits), 2**bits
    if kinds.is_unsigned_integer(kind):
        return 0, 2**kind.bit_width - 1
    return -(2 ** (kind.bit_width - 1)), 2 ** (kind.bit_width - 1) - 1


def covers(outer: tuple[int, int], inner: tuple[int, int]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def whole_digits(decimal: Any) -> int:
    return int(decimal.precision - decimal.scale)


def is_finer(source: Any, wanted: Any) -> bool:
    """Whether both are times of one kind, the wanted one in the same or a finer unit."""
    clocks = (kinds.is_timestamp, kinds.is_time, kinds.is_duration)
    same = any(clock(source) and clock(wanted) for clock in clocks)
    return same and unit_rank(source) <= UNITS.index(wanted.unit)


def unit_rank(kind: Any) -> int:
    # Parquet has no seconds: Arrow writes them as milliseconds, which go back into seconds without a loss.
    return UNITS.index("s" if kind.unit == "ms" else kind.unit)
