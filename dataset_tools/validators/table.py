"""The first witness: Pandera judges rows before they are written."""

from __future__ import annotations

from collections.abc import Iterator

import pandera.polars as pandera
import polars as pl
import pyarrow as pa

from dataset_tools.dialects.arrow import in_utc
from dataset_tools.dialects.pandera import Promise, pandera_schema, promises
from dataset_tools.issue import Issue, shown
from dataset_tools.schema import Schema


def judge(table: pa.Table, schema: Schema) -> list[Issue]:
    """Every constraint and rule that a row breaks, with its row number; `table` has the schema's columns in order."""
    frame = pl.DataFrame(pl.from_arrow(table))
    try:
        pandera_schema(schema).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        broken = set(error.failure_cases["check"])
        kept = {promise.name for promise in promises(schema)}
        if not broken <= kept:
            raise AssertionError(f"pandera refuses the table itself, not a row: {error.message}") from error
        return [
            issue
            for promise in promises(schema)
            if promise.name in broken
            for issue in _issues(table, frame, schema, promise)
        ]
    return []


def _issues(table: pa.Table, frame: pl.DataFrame, schema: Schema, promise: Promise) -> Iterator[Issue]:
    column = table.column(promise.path.split("[")[0].split(".")[0])
    for row in frame.select((~promise.kept).arg_true()).to_series():
        value = shown(in_utc(column.slice(row, 1))[0].as_py())
        yield Issue(promise.reason, promise.says, table=schema.table, row=row, field=promise.path, value=value)
