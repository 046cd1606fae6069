"""Primary, unique and foreign keys over all rows of a dataset, as polars frames of key columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from dataset_tools.schema import ForeignKey, Schema


def columns(schema: Schema, schemas: Mapping[str, Schema]) -> list[str]:
    """The fields of a table that a key of it, or a foreign key to it, is made of."""
    wanted = {name for key in unique(schema) for name in key}
    wanted |= {name for key in schema.foreign_keys for name in key.fields}
    for other in schemas.values():
        wanted |= {
            n for key in other.foreign_keys if (key.table or other.table) == schema.table for n in key.references
        }
    return [name for name in schema.names if name in wanted]


def unique(schema: Schema) -> Iterator[tuple[str, ...]]:
    """The keys whose values may stand once only: primaryKey, uniqueKeys, and fields with the constraint unique."""
    if schema.primary_key:
        yield schema.primary_key
    yield from schema.unique_keys
    yield from ((field.name,) for field in schema.fields if field.constraint("unique"))


def repeated(rows: pl.DataFrame, key: tuple[str, ...]) -> pl.Series:
    """True for each row whose key stands in an earlier row; a key with a null is none (Table Schema v2, uniqueKeys)."""
    parts = rows.select(key)
    none = parts.select(pl.any_horizontal(pl.all().is_null())).to_series()
    return ~parts.select(pl.struct(pl.all()).is_first_distinct()).to_series() & ~none


def orphaned(rows: pl.DataFrame, key: ForeignKey, parents: pl.DataFrame) -> pl.Series:
    """True for each row whose foreign key names no row of `parents`; a key of nulls alone names none and need not."""
    known = parents.select(pl.col(there).alias(here) for here, there in zip(key.fields, key.references, strict=True))
    marked = known.unique().with_columns(_known=pl.lit(True))
    found = rows.select(key.fields).join(
        marked, on=list(key.fields), how="left", nulls_equal=True, maintain_order="left"
    )
    none = rows.select(pl.all_horizontal(pl.col(key.fields).is_null())).to_series()
    return found["_known"].is_null() & ~none
