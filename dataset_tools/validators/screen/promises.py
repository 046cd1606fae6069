"""What a schema of ours promises beyond Table Schema, as expressions that are true where it could be broken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from dataset_tools.dialects.frictionless import stated_field
from dataset_tools.schema import Field, Schema
from dataset_tools.validators.screen import typed
from dataset_tools.validators.screen.field import read_field


def promises(schema: Schema, dtypes: dict[str, pl.DataType]) -> Iterator[pl.Expr]:
    """Where a row could break a rule, or a member of a list or struct its constraint.

    A rule that names code of the user has two halves that nobody compared: each row goes to its predicate.
    """
    for rule in schema.rules:
        yield pl.lit(value=True) if rule.code else (~rule.expression()).fill_null(value=False)
    for field in schema.fields:
        if (found := _members(field, dtypes[field.name], pl.col(field.name))) is not None:
            yield found


def _members(field: Field, dtype: pl.DataType, value: pl.Expr) -> pl.Expr | None:
    """Where a member of a list or struct could break its constraint; None where nothing is promised of members."""
    if field.items is not None and isinstance(dtype, pl.List):
        suspect = _suspect(field.items, _of(dtype.inner), pl.element())
        return None if suspect is None else value.list.eval(suspect).list.any().fill_null(value=False)
    if field.fields and isinstance(dtype, pl.Struct):
        kinds = {each.name: _of(each.dtype) for each in dtype.fields}
        each = (_suspect(member, kinds[member.name], value.struct.field(member.name)) for member in field.fields)
        found = [suspect for suspect in each if suspect is not None]
        return value.is_not_null() & pl.any_horizontal(found) if found else None
    return None


def _of(dtype: Any) -> pl.DataType:
    """The type of a member; polars may give its class."""
    made: pl.DataType = dtype() if isinstance(dtype, type) else dtype
    return made


def _suspect(field: Field, dtype: pl.DataType, value: pl.Expr) -> pl.Expr | None:
    stated = read_field(stated_field(field), ())
    given = list(typed.suspects(stated, dtype, value))
    found = [pl.lit(value=True) if each is None else each.fill_null(value=True) & value.is_not_null() for each in given]
    found += [value.is_null()] if stated.required else []
    if (members := _members(field, dtype, value)) is not None:
        found.append(members)
    return pl.any_horizontal(found) if found else None
