"""The second witness: Frictionless judges every row of every file that is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from frictionless import Check, Checklist, Resource, errors
from frictionless import Schema as TableSchema

from dataset_tools.dialects.arrow import arrow_schema
from dataset_tools.dialects.frictionless import frictionless_schema
from dataset_tools.errors import PackageError
from dataset_tools.issue import Issue, shown
from dataset_tools.members import member_faults
from dataset_tools.schema import Schema

_ROWS = 5_000  # rows that are in memory at once
_ALL = 10**9  # frictionless stops reading at its limit of errors: so there is none
_REASONS = {"type-error": "type", "missing-cell": "missing-cell", "extra-cell": "extra-cell", "blank-row": "blank-row"}


def judge(path: Path, schema: Schema, shown_path: str) -> tuple[int, list[Issue]]:
    """The rows of a Parquet file and every issue in them; keys are judged elsewhere, over all files.

    Raises PackageError where the file cannot be read or has other columns than the schema.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            if issue := _columns(file.schema_arrow, schema, shown_path):
                return file.metadata.num_rows, [issue]
            return file.metadata.num_rows, list(_issues(file, schema, shown_path))
    except (pa.ArrowException, OSError) as error:
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
    descriptor = TableSchema.from_descriptor(frictionless_schema(schema))
    checks: list[Check] = [_Promises(schema)]
    before = 0
    for batch in file.iter_batches(_ROWS):
        # Rows go in inline: Frictionless misreads lists and nullable integers in Parquet files.
        rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        resource = Resource(data=[list(schema.names), *map(list, rows)], schema=descriptor)
        report = resource.validate(Checklist(checks=checks), limit_errors=_ALL)
        for error in report.task.errors:
            yield _issue(error, schema, path, before)
        before += batch.num_rows


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
    return _REASONS.get(error.type, str(error.type))


class _PromiseError(errors.RowError):
    """A row breaks a rule, or a member of a list or struct its constraint; the note is FIELD:REASON:MESSAGE."""

    type = "dstools-promise"
    title = "Promise Error"
    description = "A row rule of the schema, or a constraint within a list or struct, is broken"
    template = "Row at position {rowNumber}: {note}"


class _Promises(Check):
    """What Table Schema has no word for: row rules, and the constraints within lists and structs."""

    type = "dstools-promises"
    Errors = [_PromiseError]  # noqa: RUF012 - frictionless reads it from the class

    def __init__(self, schema: Schema) -> None:
        super().__init__()
        self._schema = schema
        self._nested = [field for field in schema.fields if field.items or field.fields]

    def validate_row(self, row: Any) -> Iterator[errors.RowError]:
        for rule in self._schema.rules:
            if not rule.predicate(row):
                yield _PromiseError.from_row(row, note=f"{rule.fields[0]}:{rule.name}:broken: {rule.says}")
        for field in self._nested:
            for path, reason in member_faults(row[field.name], field):
                yield _PromiseError.from_row(row, note=f"{path}:{reason}:{path} breaks its constraint {reason}")
