"""Schema → pandera (polars): the witness that judges rows before they are written.

Each check is named `PATH:REASON`, where PATH is a field, a list's elements (`paragraphs[]`) or a struct's member
(`place.city`), and REASON a constraint or a rule.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandera.polars as pandera
import polars as pl
import pyarrow as pa

from dataset_tools.dialects.arrow import arrow_schema, arrow_type
from dataset_tools.patterns import read_pattern
from dataset_tools.schema import Constraint, Field, Schema, bound


@dataclass(frozen=True, slots=True)
class Promise:
    """What a schema promises of each row: `kept` is true or null where the promise holds, and `says` it in words."""

    path: str
    reason: str
    kept: pl.Expr
    says: str

    @property
    def name(self) -> str:
        return f"{self.path}:{self.reason}"


def pandera_schema(schema: Schema) -> pandera.DataFrameSchema:
    """The pandera schema of a table, for an eager polars DataFrame; keys are judged elsewhere, over all rows.

    A check says whether all rows keep a promise. It does not say which: pandera would write each row that does not as
    JSON, and fails on bytes and on times that Python does not have.
    """
    empty = pl.DataFrame(pl.from_arrow(arrow_schema(schema).empty_table()))
    return pandera.DataFrameSchema(
        {field.name: _column(field, empty.schema[field.name]) for field in schema.fields},
        checks=[_check(promise) for promise in _rules(schema)],
        strict=True,
        ordered=True,
        name=schema.table,
    )


def promises(schema: Schema) -> Iterator[Promise]:
    """Everything that a table's schema promises, in the order of its fields, then rules."""
    for field in schema.fields:
        yield from _promises(field, field.name, pl.col(field.name))
    yield from _rules(schema)


def _rules(schema: Schema) -> Iterator[Promise]:
    for rule in schema.rules:
        yield Promise(rule.fields[0], rule.name, rule.expression(), f"broken: {rule.says}")


def _column(field: Field, dtype: Any) -> pandera.Column:
    # Pandera takes NaN for null, Frictionless and Arrow do not: so a check of our own says what is required.
    checks = [_check(promise) for promise in _promises(field, field.name, pl.col(field.name))]
    return pandera.Column(dtype, checks=checks, nullable=True, title=field.title, description=field.description)


def _check(promise: Promise) -> pandera.Check:
    kept = promise.kept.all(ignore_nulls=True)
    return pandera.Check(
        lambda data: bool(data.lazyframe.select(kept).collect().item()), name=promise.name, error=promise.name
    )


def _promises(field: Field, path: str, value: pl.Expr) -> Iterator[Promise]:
    """What a field promises of `value`, constraint by constraint."""
    for constraint in field.constraints:
        if (make := _EXPRESSIONS.get(constraint.name)) and constraint.value is not False:
            stated = "" if path != field.name else f": {constraint.value}"
            says = f"{path} breaks its constraint {constraint.name}{stated}"
            yield Promise(path, constraint.name, make(value, field, constraint), says)
    if field.items is not None:
        for each in _promises(field.items, f"{path}[]", pl.element()):
            yield replace(each, kept=value.list.eval(each.kept.fill_null(True)).list.all())
    for member in field.fields:
        for each in _promises(member, f"{path}.{member.name}", value.struct.field(member.name)):
            yield replace(each, kept=value.is_null() | each.kept)


def _length(value: pl.Expr, field: Field) -> pl.Expr:
    if field.type == "array":
        return value.list.len()
    return value.bin.size() if "binary" in field.arrow else value.str.len_chars()


def _compared(
    compare: Callable[[pl.Expr, Any], pl.Expr], rounded: Callable[[Fraction], int]
) -> Callable[[pl.Expr, Field, Constraint], pl.Expr]:
    def expression(value: pl.Expr, field: Field, constraint: Constraint) -> pl.Expr:
        limit = bound(constraint.value, field.type, field.arrow)
        if field.arrow.startswith("float"):
            # NaN is neither above nor below a bound; polars holds it for the largest number.
            return compare(value.cast(pl.Float64), limit) & value.is_not_nan()
        if isinstance(limit, datetime | Decimal):
            return compare(value.to_physical(), _within(rounded(_steps(limit, field.arrow))))
        return compare(value, limit)

    return expression


def _steps(limit: datetime | Decimal, arrow: str) -> Fraction:
    """A bound in the steps in which an Arrow type counts: units since 1970, or units of its last decimal place."""
    if isinstance(limit, Decimal):
        return Fraction(limit) * Fraction(10) ** int(arrow.rpartition(", ")[2].rstrip(")"))
    since = limit - datetime(1970, 1, 1, tzinfo=limit.tzinfo and UTC)
    return Fraction(since // timedelta(microseconds=1)) * _PER_MICROSECOND[arrow.removeprefix("timestamp[")[:2]]


def _within(steps: int) -> int:
    """The steps, but no further than beyond every value of 38 digits, which still fits 128 bits."""
    return max(-(10**38), min(10**38, steps))


def _one_of(value: pl.Expr, field: Field, constraint: Constraint) -> pl.Expr:
    allowed = pa.array([bound(each, field.type, field.arrow) for each in constraint.value], arrow_type(field))
    return value.is_in(pl.Series(pl.from_arrow(allowed)).implode())


_PER_MICROSECOND = {"ms": Fraction(1, 1000), "us": Fraction(1), "ns": Fraction(1000)}
_EXPRESSIONS: dict[str, Callable[[pl.Expr, Field, Constraint], pl.Expr]] = {
    "required": lambda value, _, __: value.is_not_null(),
    "minimum": _compared(lambda value, limit: value >= limit, math.ceil),
    "maximum": _compared(lambda value, limit: value <= limit, math.floor),
    "exclusiveMinimum": _compared(lambda value, limit: value > limit, math.floor),
    "exclusiveMaximum": _compared(lambda value, limit: value < limit, math.ceil),
    "minLength": lambda value, field, constraint: _length(value, field) >= constraint.value,
    "maxLength": lambda value, field, constraint: _length(value, field) <= constraint.value,
    "pattern": lambda value, _, constraint: value.str.contains(read_pattern(constraint.value).linear),
    "enum": _one_of,
}
