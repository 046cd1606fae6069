"""Typed columns: where a value could be of the wrong type for a field, or break a constraint of it.

Each function gives an expression that is true for every value on which Frictionless could find an error, or None where
there is no such expression: then every value goes to Frictionless.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from dataset_tools.patterns import PatternFault, read_pattern
from dataset_tools.validators.screen import bounds
from dataset_tools.validators.screen.bounds import RANGES
from dataset_tools.validators.screen.field import Field

Suspects = Iterator[pl.Expr | None]
_NEVER, _ALWAYS = pl.lit(value=False), pl.lit(value=True)
_DAYS = (-719_162, 2_932_896)  # since 1970, of the first and the last day that Python has
_SECONDS = (-62_135_596_800, 253_402_300_799)  # the same of moments
_PER_SECOND = {"ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
KNOWN = {"required", "unique", "enum", "pattern", "minLength", "maxLength", *RANGES}


def suspects(field: Field, dtype: pl.DataType, value: pl.Expr) -> Suspects:
    """What could be wrong with the values of a column that are not null."""
    judge = _JUDGES.get(field.type)
    if judge is None or not set(field.constraints) <= KNOWN or field.stated.get("arrayItem"):
        yield None
    else:
        yield from judge(field, dtype, value)


def _string(field: Field, dtype: pl.DataType, value: pl.Expr) -> Suspects:
    if dtype != pl.String:
        yield _ALWAYS
        return
    if field.format != "default":
        yield None
    yield from lengths(field, value.str.len_chars())
    if "pattern" in field.constraints:
        yield mismatch(field, value)
    if "enum" in field.constraints:
        yield _outside(value, [each for each in field.constraints["enum"] if isinstance(each, str)], pl.String)


def lengths(field: Field, length: pl.Expr) -> Suspects:
    """Where a length breaks minLength or maxLength."""
    for name, compare in _LENGTHS.items():
        if (limit := field.constraints.get(name)) is not None:
            yield compare(length, limit) if isinstance(limit, int) and not isinstance(limit, bool) else None


def mismatch(field: Field, value: pl.Expr) -> pl.Expr | None:
    """Where a text is not surely a full match of the pattern: sets as `\\d` are read as of ASCII only."""
    try:
        return ~value.str.contains(read_pattern(field.constraints["pattern"]).linear)
    except PatternFault:
        return None


def _integer(field: Field, dtype: pl.DataType, value: pl.Expr) -> Suspects:
    if dtype.is_float():
        # Beyond 2^53 all floats are whole, and their integers need not fit a column of integers.
        yield ~value.is_between(-(2.0**53), 2.0**53) | (value != value.round())
        value = value.cast(pl.Int64, strict=False)
    elif dtype == pl.Boolean:
        yield _ALWAYS
        return
    elif not dtype.is_integer():
        yield None
        return
    yield from whole_numbers(field, value)


def whole_numbers(field: Field, value: pl.Expr, read: Callable[[Any], int | None] = bounds.whole) -> Suspects:
    """Where whole numbers break the bounds or the enum of a field; `read` reads those as Frictionless does."""
    for name in RANGES:
        if (stated := field.constraints.get(name)) is not None:
            limit = read(stated)
            yield None if limit is None else bounds.beyond(value, name, limit)
    if "enum" in field.constraints:
        yield _none_of(value, [read(each) for each in field.constraints["enum"]])


def _none_of(value: pl.Expr, allowed: Iterable[int | None]) -> pl.Expr:
    """Where a whole number is none of those allowed; one that can't be read, or that no column has, allows nothing."""
    there = (each for each in allowed if each is not None and abs(each) < bounds.WIDEST)
    return ~pl.any_horizontal(_NEVER, *(value == each for each in there))


def _number(field: Field, dtype: pl.DataType, value: pl.Expr) -> Suspects:
    if dtype == pl.Boolean:
        yield _ALWAYS
    elif dtype.is_float():
        yield from floats(field, value.cast(pl.Float64), decimal=not field.stated.get("floatNumber"))
    elif dtype.is_integer():
        yield from _steps(field, value, 0)
    elif isinstance(dtype, pl.Decimal) and not field.stated.get("floatNumber"):
        yield from _steps(field, value.to_physical(), dtype.scale)
    else:
        yield None


def floats(field: Field, value: pl.Expr, *, decimal: bool) -> Suspects:
    """Where floats break the bounds or the enum of a number field; see `bounds.beyond_float`."""
    for name in RANGES:
        if (stated := field.constraints.get(name)) is not None:
            limit = bounds.exact(stated)
            yield None if limit is None else bounds.beyond_float(value, name, limit, decimal=decimal)
    if "enum" in field.constraints:
        exact = [bounds.exact(each) for each in field.constraints["enum"]]
        near = [each for each in map(_float, exact) if each is not None]
        yield _outside(value, near, pl.Float64)


def _float(limit: Fraction | None) -> float | None:
    """The float that equals a number both as it is and as it is written, if there is one."""
    try:
        near = None if limit is None else float(limit)
    except OverflowError:
        return None
    return near if near is not None and Fraction(repr(near)) == limit else None


def _steps(field: Field, value: pl.Expr, scale: int) -> Suspects:
    """Bounds and enum of numbers that are counted in steps of 10^-scale."""
    for name in RANGES:
        if (stated := field.constraints.get(name)) is not None:
            limit = bounds.exact(stated)
            yield None if limit is None else bounds.beyond(value, name, limit * 10**scale)
    if "enum" in field.constraints:
        scaled = [each * 10**scale for each in map(bounds.exact, field.constraints["enum"]) if each is not None]
        yield _none_of(value, [int(each) for each in scaled if each.denominator == 1])


def _boolean(field: Field, dtype: pl.DataType, value: pl.Expr) -> Suspects:
    if dtype != pl.Boolean:
        yield _ALWAYS
        return
    if "enum" in field.constraints:
        yield _outside(value, [each for each in field.constraints["enum"] if isinstance(each, bool)], pl.Boolean)


def _date(field: Field, dtype: pl.DataType, value: pl.Expr) -> Suspects:
    if dtype != pl.Date or field.format != "default":
        yield None
        return
    yield _beyond(dtype, value)
    yield from moments(field, value.to_physical(), "days", bounds.day)


def _datetime(field: Field, dtype: pl.DataType, value: pl.Expr) -> Suspects:
    if not isinstance(dtype, pl.Datetime) or field.format != "default":
        yield None
        return
    yield _beyond(dtype, value)
    zoned = dtype.time_zone is not None

    def read(stated: Any) -> datetime | None:
        limit = bounds.moment(stated)
        return limit if limit and bool(limit.tzinfo) == zoned else None  # Python does not compare them otherwise

    yield from moments(field, value.to_physical(), dtype.time_unit, read)


def _beyond(dtype: pl.DataType, value: pl.Expr) -> pl.Expr:
    """Where a day or a moment is one that Python does not have."""
    if not isinstance(dtype, pl.Datetime):
        return ~value.to_physical().is_between(*_DAYS)
    per = _PER_SECOND[dtype.time_unit]
    return ~value.to_physical().is_between(_SECONDS[0] * per, min((_SECONDS[1] + 1) * per - 1, 2**63 - 1))


def _time(field: Field, dtype: pl.DataType, value: pl.Expr) -> Suspects:
    if dtype != pl.Time or field.format != "default":
        yield None
        return
    yield from moments(field, value.to_physical() // 1_000, "us", bounds.clock)  # Python has whole microseconds


def moments(field: Field, since: pl.Expr, unit: str, read: Callable[[Any], Any]) -> Suspects:
    """Where days, moments or clocks, counted in `unit`, break the bounds of a field."""
    for name in RANGES:
        if (stated := field.constraints.get(name)) is not None:
            limit = read(stated)
            yield None if limit is None else bounds.beyond(since, name, bounds.steps(limit, unit))
    if "enum" in field.constraints:
        yield None


def _array(field: Field, dtype: pl.DataType, value: pl.Expr) -> Suspects:
    if not isinstance(dtype, pl.List) or "enum" in field.constraints:
        yield None
        return
    yield from lengths(field, value.list.len().cast(pl.Int64))


def _object(field: Field, dtype: pl.DataType, _value: pl.Expr) -> Suspects:
    yield _NEVER if isinstance(dtype, pl.Struct) and not set(field.constraints) - {"required"} else None


def _year(field: Field, dtype: pl.DataType, value: pl.Expr) -> Suspects:
    if not dtype.is_integer():
        yield None
        return
    yield ~value.is_between(0, 9999)
    yield from whole_numbers(field, value, bounds.year)


def _any(field: Field, dtype: pl.DataType, value: pl.Expr) -> Suspects:
    if isinstance(dtype, pl.Date | pl.Datetime):
        yield _beyond(dtype, value)
    if dtype == pl.Binary:  # Table Schema has no bytes: what is promised of them, we judge ourselves
        yield from lengths(field, value.bin.size().cast(pl.Int64))
    if "enum" in field.constraints:
        texts = [each for each in field.constraints["enum"] if isinstance(each, str)]
        yield _outside(value, texts, pl.String) if dtype == pl.String else None


def _outside(value: pl.Expr, allowed: list[Any], dtype: Any) -> pl.Expr:
    return ~value.is_in(pl.Series(allowed, dtype=dtype).implode())


def named(texts: tuple[str, ...], dtype: pl.DataType, value: pl.Expr) -> pl.Expr | None:
    """Where a value is written as one of the texts that stand for null; None where that can't be said."""
    if dtype == pl.String:
        return value.is_in(pl.Series(texts, dtype=pl.String).implode())
    if dtype.is_integer():
        numbers = [int(each) for each in texts if _INTEGER.fullmatch(each)]
        return ~_none_of(value, numbers) if numbers else _NEVER
    if dtype == pl.Null or not any(map(_could_be_written, texts)):
        return _NEVER
    return None


def _could_be_written(text: str) -> bool:
    """Whether Python may write a number, a truth, a time, a list or bytes as this text."""
    try:
        Decimal(text)
    except ArithmeticError:
        return text in ("True", "False", "None") or text[:1] in {*"[{(b0123456789-"}
    return True


_INTEGER = re.compile(r"0|-?[1-9][0-9]*")
_LENGTHS: dict[str, Callable[[pl.Expr, int], pl.Expr]] = {
    "minLength": lambda length, limit: length < limit,
    "maxLength": lambda length, limit: length > limit,
}
_JUDGES: dict[str, Callable[[Field, pl.DataType, pl.Expr], Suspects]] = {
    **{"string": _string, "integer": _integer, "number": _number, "boolean": _boolean, "date": _date},
    **{"datetime": _datetime, "time": _time, "array": _array, "object": _object, "year": _year, "any": _any},
}
