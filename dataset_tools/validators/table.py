"""The first witness: Pandera judges rows before they are written."""

from __future__ import annotations

import pandera.polars as pandera
import polars as pl
import pyarrow as pa

from dataset_tools.dialects.pandera import pandera_schema
from dataset_tools.issue import Issue, shown
from dataset_tools.schema import Schema


def judge(table: pa.Table, schema: Schema) -> list[Issue]:
    """Every constraint and rule that a row breaks, with its row number; `table` has the schema's columns in order."""
    frame = pl.DataFrame(pl.from_arrow(table))
    try:
        pandera_schema(schema).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        return [_issue(table, schema, case) for case in error.failure_cases.iter_rows(named=True)]
    return []


def _issue(table: pa.Table, schema: Schema, case: dict[str, object]) -> Issue:
    row, check = case["index"], str(case["check"])
    if not isinstance(row, int):
        raise AssertionError(f"pandera refuses the table itself, not a row: {case}")
    path, _, reason = check.rpartition(":")
    field = path.split("[")[0].split(".")[0]
    value = shown(table.column(field)[row].as_py())
    return Issue(reason, _message(schema, path, reason), table=schema.table, row=row, field=path, value=value)


def _message(schema: Schema, path: str, reason: str) -> str:
    rule = next((rule for rule in schema.rules if rule.name == reason and rule.fields[0] == path), None)
    if rule:
        return f"broken: {rule.says}"
    field = schema.field(path.split("[")[0].split(".")[0])
    return f"{path} breaks its constraint {reason}" + (f": {field.constraint(reason)}" if path == field.name else "")
