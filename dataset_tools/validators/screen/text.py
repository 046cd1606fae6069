"""Columns of text, as CSV has them: where a text could not be read as a field's type, or break a constraint of it.

What is written plainly is judged here; anything unusual that Frictionless may read all the same (`1_000`, ` 5`,
`2020-1-2`) is suspect, so that Frictionless says.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from dataset_tools.validators.screen import bounds, typed
from dataset_tools.validators.screen.field import Field
from dataset_tools.validators.screen.typed import Suspects

_TRUE, _FALSE = ("true", "True", "TRUE", "1"), ("false", "False", "FALSE", "0")
_WHOLE = r"\A[+-]?[0-9]{1,18}\z"  # what surely fits 64 bits
_DECIMAL = r"\A[+-]?[0-9]+(\.[0-9]+)?\z"
_DIGITS = 15  # decimals of so many digits are ordered as their floats are
_DAY = r"\A[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}\z"
_MOMENT = r"\A[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z?\z"
_CLOCK = r"\A([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\z"


def suspects(field: Field, value: pl.Expr) -> Suspects:
    """What could be wrong with the texts of a column that are not null."""
    if (judge := _JUDGES.get(field.type)) is None or set(field.constraints) - typed.KNOWN:
        yield None
    else:
        yield from judge(field, value)


def _plain(field: Field, value: pl.Expr) -> Suspects:
    yield from typed.suspects(field, pl.String(), value)


def _integer(field: Field, value: pl.Expr) -> Suspects:
    yield ~value.str.contains(_WHOLE)
    yield from typed.whole_numbers(field, value.str.strip_prefix("+").cast(pl.Int64, strict=False))


def _number(field: Field, value: pl.Expr) -> Suspects:
    if {"decimalChar", "groupChar", "bareNumber"} & set(field.stated):
        yield None
        return
    yield ~value.str.contains(_DECIMAL)
    if set(field.constraints) - {"required", "unique"}:
        yield value.str.len_bytes() > _DIGITS
        yield from _short_numbers(field, value.str.strip_prefix("+").cast(pl.Float64, strict=False))


def _short_numbers(field: Field, value: pl.Expr) -> Suspects:
    """Bounds of numbers of few digits; a bound of many is not ordered so, and neither is an enum."""
    limits = {name: stated for name, stated in field.constraints.items() if name in bounds.RANGES}
    if "enum" in field.constraints or any(len(str(stated)) > _DIGITS for stated in limits.values()):
        yield None
    else:
        yield from typed.floats(field, value, decimal=not field.stated.get("floatNumber"))


def _boolean(field: Field, value: pl.Expr) -> Suspects:
    if "enum" in field.constraints:
        yield None
    allowed = [*field.stated.get("trueValues", _TRUE), *field.stated.get("falseValues", _FALSE)]
    yield ~value.is_in(pl.Series(allowed, dtype=pl.String).implode())


def _date(field: Field, value: pl.Expr) -> Suspects:
    if field.format != "default":
        yield None
        return
    days = value.str.to_date("%Y-%m-%d", strict=False)
    yield ~value.str.contains(_DAY) | days.is_null()
    yield from typed.moments(field, days.to_physical(), "days", bounds.day)


def _datetime(field: Field, value: pl.Expr) -> Suspects:
    if field.format != "default" or set(field.constraints) - {"required", "unique"}:
        yield None  # whether a moment has a zone decides whether Python compares it at all
        return
    yield ~value.str.contains(_MOMENT) | value.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).is_null()


def _time(field: Field, value: pl.Expr) -> Suspects:
    if field.format != "default" or set(field.constraints) - {"required", "unique"}:
        yield None
        return
    yield ~value.str.contains(_CLOCK)


def _year(field: Field, value: pl.Expr) -> Suspects:
    yield ~value.str.contains(r"\A[0-9]{4}\z")
    yield from typed.whole_numbers(field, value.cast(pl.Int64, strict=False), bounds.year)


_JUDGES: dict[str, Callable[[Field, pl.Expr], Suspects]] = {
    **{"string": _plain, "any": _plain, "integer": _integer, "number": _number, "boolean": _boolean},
    **{"date": _date, "datetime": _datetime, "time": _time, "year": _year},
}
