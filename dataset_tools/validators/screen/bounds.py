"""Bounds of constraints, exactly, and comparisons that never say kept where Frictionless could say broken."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import polars as pl

RANGES = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_EPOCH = datetime(1970, 1, 1)  # polars counts from here
_CLOCK = re.compile(r"\d\d:\d\d:\d\d(\.\d{1,6})?", re.ASCII)
_MOMENT = re.compile(rf"\d{{4}}-\d\d-\d\dT{_CLOCK.pattern}(Z|[+-]\d\d:\d\d)?", re.ASCII)
_PER_MICROSECOND = {"ms": Fraction(1, 1000), "us": Fraction(1), "ns": Fraction(1000)}
WIDEST = 10**38  # no step of 128 bits is further away


def whole(stated: Any) -> int | None:
    """An integer as Frictionless reads it in a constraint; None where it can't."""
    if isinstance(stated, bool):
        return None
    if isinstance(stated, int):
        return stated
    if isinstance(stated, float) and stated.is_integer():
        return int(stated)
    try:
        return int(stated) if isinstance(stated, str) else None
    except ValueError:
        return None


def year(stated: Any) -> int | None:
    """A year as Frictionless reads it in a constraint; None where it can't, so that it fails when it compares."""
    is_one = len(stated) == 4 if isinstance(stated, str) else isinstance(stated, int)
    number = whole(stated) if is_one else None
    return number if number is not None and 0 <= number <= 9999 else None


def exact(stated: Any) -> Fraction | None:
    """A number as Frictionless reads it in a constraint, without rounding; None where it can't, or is not finite."""
    if isinstance(stated, bool) or not isinstance(stated, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(stated).strip())
    except InvalidOperation:
        return None
    return Fraction(number) if number.is_finite() and abs(number.adjusted()) < 1_000 else None


def day(stated: Any) -> date | None:
    """A date of the default format; None where it is none."""
    if isinstance(stated, date) and not isinstance(stated, datetime):
        return stated
    try:
        return datetime.strptime(stated, "%Y-%m-%d").date()
    except (ValueError, TypeError):
        return None


def moment(stated: Any) -> datetime | None:
    """A date-time of the default format, with a zone or without; None where it is none that we surely read alike."""
    if isinstance(stated, datetime):
        limit = stated
    elif not isinstance(stated, str) or not _MOMENT.fullmatch(stated):
        return None
    else:
        try:
            limit = datetime.fromisoformat(stated)
        except ValueError:
            return None
    try:
        return limit.astimezone(UTC) if limit.tzinfo else limit
    except OverflowError:  # in UTC it is in a year that Python does not have
        return None


def clock(stated: Any) -> time | None:
    """A time of the default format, without a zone; None where it is none."""
    if not isinstance(stated, time):
        if not isinstance(stated, str) or not _CLOCK.fullmatch(stated):
            return None
        try:
            stated = time.fromisoformat(stated)
        except ValueError:
            return None
    return None if stated.tzinfo else stated


def steps(limit: date | time, unit: str) -> Fraction:
    """A day in days since 1970, a moment or a clock in units (ms, us, ns) since 1970 or midnight."""
    if isinstance(limit, datetime):
        since = limit.replace(tzinfo=None) - _EPOCH
    elif isinstance(limit, date):
        return Fraction(limit.toordinal() - _EPOCH.toordinal())
    else:
        since = datetime.combine(_EPOCH, limit) - _EPOCH
    return Fraction(since // timedelta(microseconds=1)) * _PER_MICROSECOND[unit]


def beyond(value: pl.Expr, name: str, limit: Fraction | int) -> pl.Expr:
    """True where a column of whole numbers breaks a bound that may lie between them, or beyond all of them."""
    edge = math.ceil(limit) if name in ("minimum", "exclusiveMaximum") else math.floor(limit)
    return _COMPARE[name](value, _within(edge))


def beyond_float(value: pl.Expr, name: str, limit: Fraction, *, decimal: bool) -> pl.Expr | None:
    """The same of a column of float64; a NaN breaks every bound. None where the bound has no near float.

    `decimal`: Frictionless compares the decimals that floats are written as; else the floats themselves.
    """
    try:
        near = float(limit)
    except OverflowError:
        return None
    if not math.isfinite(near):
        return None
    same = Fraction(repr(near)) == limit or (not decimal and Fraction(near) == limit)
    return _COMPARE[name if same else _ON_THE_EDGE[name]](value, near) | value.is_nan()


def _within(edge: int) -> int:
    return max(-WIDEST, min(WIDEST, edge))


# True where the bound is broken
_COMPARE: dict[str, Callable[[pl.Expr, float], pl.Expr]] = {
    "minimum": lambda value, limit: value < limit,
    "maximum": lambda value, limit: value > limit,
    "exclusiveMinimum": lambda value, limit: value <= limit,
    "exclusiveMaximum": lambda value, limit: value >= limit,
}
# Where the bound is not the float itself, a value equal to the float may be on either side of it.
_ON_THE_EDGE = {
    "minimum": "exclusiveMinimum",
    "maximum": "exclusiveMaximum",
    "exclusiveMinimum": "exclusiveMinimum",
    "exclusiveMaximum": "exclusiveMaximum",
}
