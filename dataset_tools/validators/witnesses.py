"""The two witnesses side by side: a row that one of them refuses and the other accepts is a fault of ours (law 2)."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from dataset_tools.errors import ValidationError
from dataset_tools.issue import Issue
from dataset_tools.schema import Field, Schema
from dataset_tools.validators.package import DIFFERENCES, row_issues

_HINT = (
    "the two halves of a rule of your own must agree; anything else is a fault of dataset_tools: "
    "please report it with this line and the schema"
)


def agree(table: pa.Table, schema: Schema, issues: Sequence[Issue]) -> None:
    """Frictionless judges the rows that Pandera refuses; `issues` are Pandera's, of the rows of `table`.

    Raises ValidationError where it accepts one of them, but for what `DIFFERENCES` documents.
    """
    refused = sorted({issue.row for issue in issues if issue.row is not None})
    if not refused:
        return
    judged = row_issues(table.take(pa.array(refused, pa.int64())), schema, schema.table)
    both = {refused[issue.row] for issue in judged if issue.row is not None}
    for issue in issues:
        if issue.row not in both and not _differs(schema, issue):
            raise disagreement("Pandera", "Frictionless", issue)


def disagreement(refuses: str, accepts: str, issue: Issue) -> ValidationError:
    """What to say of a row on which the witnesses differ: the schema, the rule and the value."""
    where = f"{issue.table}.{issue.field}" if issue.field else str(issue.table)
    said = f"{refuses} refuses what {accepts} accepts: {where}: {issue.reason}: {issue.value!r}"
    return ValidationError(f"the two validators disagree: {said} ({issue.message})", _HINT)


def _differs(schema: Schema, issue: Issue) -> bool:
    """Whether an issue is at a field of a type on which the witnesses are known to differ."""
    name = (issue.field or "").split("[")[0].split(".")[0]
    return name in schema.names and bool(_types(schema.field(name)) & DIFFERENCES.keys())


def _types(field: Field) -> set[str]:
    inner = (*field.fields, field.items) if field.items else field.fields
    return {field.arrow}.union(*map(_types, inner))
