"""The second witness: Frictionless judges every row of every file that is there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pyarrow as pa

from dataset_tools.dialects.arrow import arrow_schema
from dataset_tools.issue import Issue
from dataset_tools.schema import Schema
from dataset_tools.validators.issues import issues_of
from dataset_tools.validators.parquet import UNREADABLE, judge_file, numbered, opened, unreadable
from dataset_tools.validators.spec import Spec, of_schema
from dataset_tools.validators.tally import Tally

# Where the verdict is not Pandera's, and how
DIFFERENCES = {
    "time64[ns]": "Frictionless sees whole microseconds, as Python does; only a file made elsewhere has less",
}
MOST = 1_000  # errors of each rule that are told one by one


def judge(path: Path, schema: Schema, shown_path: str) -> tuple[int, list[Issue]]:
    """The rows of a Parquet file and the issues in them; keys are judged elsewhere, over all files.

    Raises PackageError where the file cannot be read or has other columns than the schema.
    """
    tally = Tally(MOST)
    with opened(path, shown_path) as file:
        try:
            if issue := columns(file.schema_arrow, schema, shown_path):
                return file.metadata.num_rows, [issue]
            judge_file(file, _spec(schema), tally)
            return file.metadata.num_rows, _told(tally, schema, shown_path)
        except UNREADABLE as error:
            raise unreadable(shown_path, error) from error


def row_issues(rows: pa.RecordBatch | pa.Table, schema: Schema, path: str) -> list[Issue]:
    """Every issue that Frictionless itself finds in rows in memory, without a screen before it."""
    from dataset_tools.validators.rows import ALL, pronounce

    tally = Tally(ALL)
    every = pl.Series(range(rows.num_rows), dtype=pl.Int64)
    pronounce(_spec(schema), schema.names, numbered(rows, every, 0), tally)
    return _told(tally, schema, path)


def _spec(schema: Schema) -> Spec:
    """What rows are judged by; keys are judged elsewhere."""
    return replace(of_schema(schema), keys=())


def _told(tally: Tally, schema: Schema, path: str) -> list[Issue]:
    return [issue for error in tally.kept for issue in issues_of(error, schema, path)]


def columns(given: pa.Schema, schema: Schema, path: str) -> Issue | None:
    """What is wrong with the columns of a file: their names, or their types."""
    wanted = arrow_schema(schema)
    if given.names != wanted.names:
        return Issue("columns", f"{path} has the columns {given.names}, its schema {wanted.names}", path, schema.table)
    other = [field for field in wanted if not _same(given, field)]
    said = "; ".join(f"{field.name}: {given.field(field.name).type}, not {field.type}" for field in other)
    return Issue("column-type", f"{path}: {said}", path, schema.table) if other else None


def _same(given: pa.Schema, field: pa.Field) -> bool:
    there = given.field(field.name)
    return bool(there.type == field.type and there.nullable == field.nullable)
