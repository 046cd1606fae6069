"""The casts that `load_dataset` makes of a column."""

from typing import Any

import pyarrow as pa
import pyarrow.types as kinds

from dataset_tools.validators.loading.shard import Shard
from dataset_tools.validators.loading.types import (
    UNITS,
    bounds,
    covers,
    is_binary,
    is_finer,
    is_label,
    is_number,
    is_text,
    is_variable_binary,
    unit_rank,
    whole_digits,
)


def cast_reason(source: Any, wanted: Any, name: str, shard: Shard | None) -> str | None:
    """The reason why a column of one type is not what a card of another promises; None when it is."""
    if source == wanted or kinds.is_null(source):
        return None
    if isinstance(wanted, pa.JsonType):
        return None if is_text(source) else "column-type" if is_binary(source) else "column-cast"
    if kinds.is_dictionary(wanted):
        return None if is_label(source) else "column-type"
    if kinds.is_nested(source) or kinds.is_nested(wanted) or not _can_cast(source, wanted):
        return "column-type"
    if kinds.is_dictionary(source):
        return cast_reason(source.value_type, wanted, name, shard)
    if _keeps(source, wanted):
        return None
    return "column-cast" if _converts(source, wanted) or _fits(source, wanted, name, shard) else "column-type"


def _can_cast(source: Any, wanted: Any) -> bool:
    try:
        pa.array([], source).cast(wanted)
    except pa.ArrowException:
        return False
    return True


def _keeps(source: Any, wanted: Any) -> bool:
    """Whether the cast never fails and keeps the kind of value."""
    if kinds.is_integer(source) and kinds.is_integer(wanted):
        return covers(bounds(wanted), bounds(source))
    if kinds.is_floating(source) and kinds.is_floating(wanted):
        return bool(wanted.bit_width >= source.bit_width)
    if kinds.is_decimal(source) and kinds.is_decimal(wanted):
        return bool(wanted.scale >= source.scale and whole_digits(wanted) >= whole_digits(source))
    if is_finer(source, wanted):
        return getattr(source, "tz", None) == getattr(wanted, "tz", None)
    if kinds.is_date32(source) and kinds.is_date64(wanted):
        return True
    return (is_text(source) and is_text(wanted)) or (is_binary(source) and is_variable_binary(wanted))


def _converts(source: Any, wanted: Any) -> bool:
    """Whether a cast that Arrow has succeeds for ordinary values, and makes another kind of value of them."""
    if kinds.is_integer(source) and kinds.is_decimal(wanted):
        return whole_digits(wanted) >= len(str(bounds(source)[1]))
    if kinds.is_integer(source) and kinds.is_floating(wanted):
        return covers(bounds(wanted), bounds(source))
    if kinds.is_integer(source) or kinds.is_integer(wanted):
        other = source if kinds.is_integer(wanted) else wanted
        return bool(kinds.is_boolean(other) or kinds.is_temporal(other) or is_text(wanted))
    if kinds.is_temporal(source) and kinds.is_temporal(wanted):
        return is_finer(source, wanted) or _drops_a_part(source, wanted)
    if is_text(wanted) or kinds.is_boolean(wanted):
        return not is_binary(source) and not (is_text(source) and kinds.is_boolean(wanted))
    if kinds.is_floating(wanted):
        return bool(kinds.is_boolean(source) or kinds.is_floating(source) or kinds.is_decimal(source))
    return is_text(source) and is_variable_binary(wanted)


def _drops_a_part(source: Any, wanted: Any) -> bool:
    if kinds.is_timestamp(source) and kinds.is_time(wanted):
        return unit_rank(source) <= UNITS.index(wanted.unit)
    dated = kinds.is_date(source) or kinds.is_timestamp(source)
    return bool(dated and (kinds.is_date(wanted) or (kinds.is_date(source) and kinds.is_timestamp(wanted))))


def _fits(source: Any, wanted: Any, name: str, shard: Shard | None) -> bool:
    """Whether the footer shows that every integer of the column lies within the bounds of the wanted type."""
    if shard is None or not kinds.is_integer(source) or not is_number(wanted):
        return False
    return all(each is not None and covers(bounds(wanted), each) for each in shard.extremes(name))
