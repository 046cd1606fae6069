"""The rows of a Parquet, CSV or JSON Lines file, in batches of the Arrow types that the file itself shows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from dataset_tools.errors import SchemaError

_LINES = 5_000  # lines of JSON that are held at once


@dataclass(frozen=True, slots=True)
class Rows:
    """The schema of all rows, and a function that reads them once, batch by batch."""

    schema: pa.Schema
    batches: Callable[[], Iterator[pa.RecordBatch]]


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turns what a reader says of the file at `path` into a SchemaError."""
    try:
        yield
    except OSError as error:
        raise SchemaError(f"{path}: {error.strerror or error}", "name a file that can be read") from error
    except (pa.ArrowException, ValueError, OverflowError, RecursionError) as error:
        first = (str(error) or type(error).__name__).splitlines()[0]
        raise SchemaError(f"{path}: {first}", "mend the file, or write the schema by hand") from error


def read_rows(path: Path) -> Rows:
    """The rows of a file, by its suffix; where values of a field disagree, the reader's own error."""
    kinds = {".parquet": _parquet, ".csv": _csv, ".tsv": _csv, ".jsonl": _jsonl, ".ndjson": _jsonl}
    if (read := kinds.get(path.suffix.lower())) is None:
        raise SchemaError(f"{path}: no Parquet, CSV or JSON Lines by its name", f"known: {', '.join(kinds)}")
    return read(path)


def _parquet(path: Path) -> Rows:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow

    def batches() -> Iterator[pa.RecordBatch]:
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches()

    return Rows(schema, batches)


def _csv(path: Path) -> Rows:
    from pyarrow import csv

    # An empty cell is null, "" is an empty string; NA and null are words like others.
    told = csv.ConvertOptions(null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False)
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    parsed = csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    table = csv.read_csv(path, parse_options=parsed, convert_options=told)
    return Rows(table.schema, lambda: iter(table.to_batches()))


def _jsonl(path: Path) -> Rows:
    # Twice through the file: pyarrow's own reader takes strings that look like times for times.
    schemas = (pa.schema(pa.array(rows).type) for rows in _objects(path))
    schema = pa.schema([])
    for each in schemas:
        schema = pa.unify_schemas([schema, each], promote_options="permissive")
    return Rows(schema, lambda: (pa.RecordBatch.from_pylist(rows, schema) for rows in _objects(path)))


def _objects(path: Path) -> Iterator[list[dict[str, Any]]]:
    with path.open(encoding="utf-8-sig") as lines:
        objects = (_object(path, number, line) for number, line in enumerate(lines, 1) if line.strip())
        while some := list(islice(objects, _LINES)):
            yield some


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise SchemaError(f"{path}:{number}: {error}", "JSON Lines has one object a line") from error
    if not isinstance(value, dict):
        raise SchemaError(f"{path}:{number}: not an object", "JSON Lines has one object a line")
    return value
