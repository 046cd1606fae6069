"""The second witness: Frictionless judges every row of every file that is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from frictionless import Check, Checklist, Resource, errors

from dataset_tools.dialects.arrow import arrow_schema, in_utc
from dataset_tools.dialects.frictionless import expressible, frictionless_schema
from dataset_tools.errors import PackageError
from dataset_tools.issue import Issue, shown
from dataset_tools.members import keeps, member_faults
from dataset_tools.schema import Schema

_ROWS = 5_000  # rows that are in memory at once
_ALL = 10**9  # frictionless stops reading at its limit of errors: so there is none

# Where the verdict is not Pandera's, and how
DIFFERENCES = {
    "time64[ns]": "Frictionless sees whole microseconds, as Python does; only a file made elsewhere has less",
}
_VERSION_2 = "https://datapackage.org/profiles/2.0/dataresource.json"  # exclusive bounds came with version 2


def judge(path: Path, schema: Schema, shown_path: str) -> tuple[int, list[Issue]]:
    """The rows of a Parquet file and every issue in them; keys are judged elsewhere, over all files.

    Raises PackageError where the file cannot be read or has other columns than the schema.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            if issue := _columns(file.schema_arrow, schema, shown_path):
                return file.metadata.num_rows, [issue]
            return file.metadata.num_rows, list(_issues(file, schema, shown_path))
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:  # the last two: values Python has not
        said = " ".join(str(error).split())[:200]
        raise PackageError(f"{shown_path}: cannot be read: {said}", "build it again") from error


def _columns(given: pa.Schema, schema: Schema, path: str) -> Issue | None:
    wanted = arrow_schema(schema)
    if given.names != wanted.names:
        return Issue("columns", f"{path} has the columns {given.names}, its schema {wanted.names}", path, schema.table)
    other = [field for field in wanted if not _same(given, field)]
    said = "; ".join(f"{field.name}: {given.field(field.name).type}, not {field.type}" for field in other)
    return Issue("column-type", f"{path}: {said}", path, schema.table) if other else None


def _same(given: pa.Schema, field: pa.Field) -> bool:
    there = given.field(field.name)
    return bool(there.type == field.type and there.nullable == field.nullable)


def _issues(file: pq.ParquetFile, schema: Schema, path: str) -> Iterator[Issue]:
    before = 0
    for batch in file.iter_batches(_ROWS):
        yield from row_issues(batch, schema, path, before)
        before += batch.num_rows


def row_issues(batch: pa.RecordBatch | pa.Table, schema: Schema, path: str, before: int = 0) -> Iterator[Issue]:
    """Every issue in rows that have the schema's columns in order; the first of them is row `before` of its file."""
    # Rows go in inline: Frictionless misreads lists and nullable integers in Parquet files.
    rows = zip(*(in_utc(column).to_pylist() for column in batch.columns), strict=True)
    resource = Resource.from_descriptor(
        {"$schema": _VERSION_2, "name": "rows", "data": [], "schema": frictionless_schema(schema)}
    )
    resource.data = [list(schema.names), *map(list, rows)]
    report = resource.validate(Checklist(checks=[_Promises(schema)]), limit_errors=_ALL)
    for error in report.task.errors:
        yield from _of_error(error, schema, path, before)


def _of_error(error: Any, schema: Schema, path: str, before: int) -> Iterator[Issue]:
    if error.type != "blank-row":
        yield _issue(error, schema, path, before)
        return
    for field in schema.fields:  # Frictionless puts this in the place of what each null breaks
        if field.required:
            message = f"{field.name} breaks its constraint required in a row of nulls"
            yield Issue("required", message, path, schema.table, before + error.row_number - 2, field.name)


def _issue(error: Any, schema: Schema, path: str, before: int) -> Issue:
    descriptor = error.to_descriptor()
    field = descriptor.get("fieldName")
    row = descriptor.get("rowNumber")
    reason = _reason(error, descriptor)
    return Issue(
        *(reason, error.message, path, schema.table),
        row=None if row is None else before + row - 2,  # Frictionless counts from 1 and the header is row 1
        field=field or (error.note.split(":")[0] if isinstance(error, _PromiseError) else None),
        value=shown(descriptor.get("cell")),
    )


def _reason(error: Any, descriptor: dict[str, Any]) -> str:
    if isinstance(error, _PromiseError):
        return str(error.note.split(":")[1])
    if error.type == "constraint-error":  # its note is: constraint "NAME" is "VALUE"
        return str(descriptor["note"]).split('"')[1]
    return "type" if error.type == "type-error" else str(error.type)


class _PromiseError(errors.RowError):
    """A row breaks a rule, or a member of a list or struct its constraint; the note is FIELD:REASON:MESSAGE."""

    type = "dstools-promise"
    title = "Promise Error"
    description = "A row rule of the schema, or a constraint within a list or struct, is broken"
    template = "Row at position {rowNumber}: {note}"


class _Promises(Check):
    """What Table Schema has no word for: row rules, constraints of bytes, and those within lists and structs."""

    type = "dstools-promises"
    Errors = [_PromiseError]  # noqa: RUF012 - frictionless reads it from the class

    def __init__(self, schema: Schema) -> None:
        super().__init__()
        self._schema = schema
        self._nested = [field for field in schema.fields if field.items or field.fields]
        constraints = ((field, each) for field in schema.fields for each in field.constraints)
        self._own = [(field, each) for field, each in constraints if not expressible(field, each)]

    def validate_row(self, row: Any) -> Iterator[errors.RowError]:
        for rule in self._schema.rules:
            if not rule.predicate(row):
                yield _PromiseError.from_row(row, note=f"{rule.fields[0]}:{rule.name}:broken: {rule.says}")
        for field, constraint in self._own:
            if not keeps(row[field.name], field, constraint):
                yield self._broken(row, field.name, constraint.name)
        for field in self._nested:
            for path, reason in member_faults(row[field.name], field):
                yield self._broken(row, path, reason)

    def _broken(self, row: Any, path: str, reason: str) -> Any:
        return _PromiseError.from_row(row, note=f"{path}:{reason}:{path} breaks its constraint {reason}")
