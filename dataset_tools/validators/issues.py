"""Errors as frictionless writes them in a report → issues, as every other report of ours has them."""

from __future__ import annotations

from collections.abc import Iterator

from dataset_tools.issue import Issue, shown
from dataset_tools.schema import Schema
from dataset_tools.validators.tally import HEADER, NAMED, Error

_REASONS = {
    **{"type-error": "type", "unique-error": "unique", "unique-keys": "uniqueKeys"},
    **{"primary-key": "primaryKey", "foreign-key": "foreignKey", "hash-count": "hash", "byte-count": "bytes"},
}


def issue_of(error: Error, path: str, table: str | None) -> Issue:
    """An error of a row, a cell, a header or a file; `row` counts from 0, as everywhere in ours."""
    row = error.get("rowNumber")
    field = error.get("fieldName") or ",".join(error.get("fieldNames", ()))
    return Issue(
        *(reason_of(error), error["message"], path, table),
        row=None if row is None else row - HEADER - 1,
        field=field or None,
        value=shown(error.get("cell")),
    )


def reason_of(error: Error) -> str:
    """The constraint or the rule that is broken, else frictionless's own code."""
    if error["type"] in NAMED and '"' in error["note"]:
        return str(error["note"].split('"')[1])
    return _REASONS.get(error["type"], str(error["type"]))


def issues_of(error: Error, schema: Schema, path: str) -> Iterator[Issue]:
    """The issues of an error of a row of ours: Frictionless puts a blank row in the place of what each null breaks."""
    issue = issue_of(error, path, schema.table)
    if error["type"] != "blank-row":
        yield issue
        return
    for field in schema.fields:
        if field.required:
            message = f"{field.name} breaks its constraint required in a row of nulls"
            yield Issue("required", message, path, schema.table, issue.row, field.name)
