"""Rejects: every page and record that was kept out, one row for each broken rule, and every page passed over."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

REJECTED, PASSED_OVER = "rejected", "passed-over"
# Reasons of the build; others are constraints, rules, `type`, and what converters say.
REASONS = {
    "not-mine": "the converter says that the page is of another kind",
    "hidden": "a file whose name begins with a dot",
    "link": "a symbolic link",
    "not-a-file": "a folder's entry that is no regular file",
    "no-records": "the converter gave nothing for the page",
    "converter-error": "the converter raised an exception on the page",
    "undecodable": "the bytes are not text in the encoding that they declare, nor UTF-8",
    "too-large": "the page is larger than a page may be",
    "time": "the converter took longer on the page than it may",
    "memory": "the converter took more memory on the page than it may",
    "crash": "the converter's process died on the page",
    "same-bytes": "another page has the same bytes; the lowest page_uri stays",
    "unknown-table": "the record is for a table that the dataset does not have",
    "unknown-field": "the record has a field that the schema does not have, or that the build fills",
    "type": "the value is not of the field's type",
    "primaryKey": "another row has the same primary key; the first stays",
    "uniqueKey": "another row has the same unique key; the first stays",
    "foreignKey": "the row that it references is not in the dataset",
}
CONTAINED = ("time", "memory", "crash")

SCHEMA = pa.schema(
    [
        pa.field("kind", pa.string(), nullable=False),
        pa.field("stage", pa.string(), nullable=False),
        pa.field("page_uri", pa.string(), nullable=False),
        pa.field("page_sha256", pa.string()),
        pa.field("record", pa.int64()),
        pa.field("table", pa.string()),
        pa.field("field", pa.string()),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("value", pa.string()),
        pa.field("message", pa.string(), nullable=False),
        pa.field("place", pa.string()),
        pa.field("kept", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Rejected:
    """One row of rejects.parquet; `page` is the page's ordinal in its unit, `record` the record's in its page."""

    page: int
    page_uri: str
    page_sha256: str | None
    reason: str
    message: str
    kind: str = REJECTED
    stage: str = "convert"
    record: int | None = None
    table: str | None = None
    field: str | None = None
    value: str | None = None
    place: str | None = None
    kept: str | None = None


def as_table(rows: list[Rejected]) -> pa.Table:
    """The rows with the columns of SCHEMA and, last, `_page`."""
    columns = {field.name: [_text(getattr(row, field.name)) for row in rows] for field in SCHEMA}
    return pa.table({**columns, "_page": [row.page for row in rows]}, schema=PART)


def _text(value: str | int | None) -> str | int | None:
    # What a converter names (a table, a field, a reason) can hold what is no UTF-8.
    return value.encode("utf-8", "backslashreplace").decode("utf-8") if isinstance(value, str) else value


PART = SCHEMA.append(pa.field("_page", pa.int64()))


def one_line(text: str, reach: int = 300) -> str:
    """A message as one printable line: control characters and what is no UTF-8 escaped, at most `reach` characters."""
    safe = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in " ".join(safe.split()))[:reach]
