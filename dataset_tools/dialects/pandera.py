"""Schema → pandera (polars): the witness that judges rows before they are written.

Each check is named `PATH:REASON`, where PATH is a field, a list's elements (`paragraphs[]`) or a struct's member
(`place.city`), and REASON a constraint or a rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pandera.polars as pandera
import polars as pl

from dataset_tools.dialects.arrow import arrow_schema
from dataset_tools.members import bound
from dataset_tools.schema import Constraint, Field, Schema

Promise = tuple[str, pl.Expr]


def pandera_schema(schema: Schema) -> pandera.DataFrameSchema:
    """The pandera schema of a table, for an eager polars DataFrame; keys are judged elsewhere, over all rows."""
    empty = pl.DataFrame(pl.from_arrow(arrow_schema(schema).empty_table()))
    return pandera.DataFrameSchema(
        {field.name: _column(field, empty.schema[field.name]) for field in schema.fields},
        checks=[_check(f"{rule.fields[0]}:{rule.name}", rule.expression()) for rule in schema.rules],
        strict=True,
        ordered=True,
        name=schema.table,
    )


def _column(field: Field, dtype: Any) -> pandera.Column:
    # Pandera takes NaN for null, Frictionless and Arrow do not: so a check of our own says what is required.
    checks = [_check(name, expression) for name, expression in promises(field, field.name, pl.col(field.name))]
    return pandera.Column(dtype, checks=checks, nullable=True, title=field.title, description=field.description)


def _check(name: str, expression: pl.Expr) -> pandera.Check:
    return pandera.Check(lambda data: data.lazyframe.select(expression), name=name, error=name)


def promises(field: Field, path: str, value: pl.Expr) -> Iterator[Promise]:
    """What a field promises of `value`, constraint by constraint: true or null where the promise is kept."""
    for constraint in field.constraints:
        if (make := _EXPRESSIONS.get(constraint.name)) and constraint.value is not False:
            yield f"{path}:{constraint.name}", make(value, field, constraint)
    if field.items is not None:
        for name, expression in promises(field.items, f"{path}[]", pl.element()):
            yield name, value.list.eval(expression.fill_null(True)).list.all()
    for member in field.fields:
        for name, expression in promises(member, f"{path}.{member.name}", value.struct.field(member.name)):
            yield name, value.is_null() | expression


def _length(value: pl.Expr, field: Field) -> pl.Expr:
    if field.type == "array":
        return value.list.len()
    return value.bin.size() if "binary" in field.arrow else value.str.len_chars()


def _compared(compare: Callable[[pl.Expr, Any], pl.Expr]) -> Callable[[pl.Expr, Field, Constraint], pl.Expr]:
    def expression(value: pl.Expr, field: Field, constraint: Constraint) -> pl.Expr:
        kept = compare(value, bound(constraint.value, field.type, field.arrow))
        # NaN is neither above nor below a bound; polars holds it for the largest number.
        return kept & value.is_not_nan() if field.arrow.startswith("float") else kept

    return expression


_EXPRESSIONS: dict[str, Callable[[pl.Expr, Field, Constraint], pl.Expr]] = {
    "required": lambda value, _, __: value.is_not_null(),
    "minimum": _compared(lambda value, limit: value >= limit),
    "maximum": _compared(lambda value, limit: value <= limit),
    "exclusiveMinimum": _compared(lambda value, limit: value > limit),
    "exclusiveMaximum": _compared(lambda value, limit: value < limit),
    "minLength": lambda value, field, constraint: _length(value, field) >= constraint.value,
    "maxLength": lambda value, field, constraint: _length(value, field) <= constraint.value,
    "pattern": lambda value, _, constraint: value.str.contains(rf"\A(?:{constraint.value})\z"),
    "enum": lambda value, _, constraint: value.is_in(list(constraint.value)),
}
