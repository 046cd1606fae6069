"""A Parquet file, batch by batch: polars finds the rows that could be wrong, Frictionless pronounces on those."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from dataset_tools.dialects.arrow import in_utc
from dataset_tools.errors import PackageError
from dataset_tools.validators.keying import Column, KeyFiles
from dataset_tools.validators.screen.field import Field, read_fields
from dataset_tools.validators.screen.promises import promises
from dataset_tools.validators.screen.rows import Screen, screen
from dataset_tools.validators.spec import Spec
from dataset_tools.validators.tally import HEADER, Tally

_BLOCK = 1 << 20  # bytes
ROWS = 16_384  # rows that are in memory at once


@dataclass(frozen=True, slots=True)
class Judged:
    """What was read of a file: its columns, its rows, and the fields of which each row went to Frictionless."""

    labels: tuple[str, ...]
    rows: int
    whole: tuple[str, ...] = ()


def judge_file(
    file: pq.ParquetFile,
    spec: Spec,
    tally: Tally,
    keys: KeyFiles | None = None,
    *,
    before: int = 0,
    first: bool = False,
) -> Judged:
    """Adds every error in a file's header and rows to the tally; `before` rows of the table stand in other files.

    `first`: no row is read after the first error.
    """
    labels = tuple(file.schema_arrow.names)
    fields = _fields(labels, spec)
    frames = _Frames(file.schema_arrow, fields)
    sieve = screen(frames.fields, frames.dtypes.items(), _beside(spec, labels, frames))
    count = _Count(before)
    rows = _suspects(file, frames, sieve, keys, count, tally if first else None)
    begun = next(rows, None)
    if begun is not None or sieve.whole or not _as_stated(labels, spec):
        from dataset_tools.validators.rows import pronounce

        pronounce(spec, labels, chain([] if begun is None else [begun], rows), tally)
    return Judged(labels, count.rows - before, sieve.whole)


@dataclass(slots=True)
class _Count:
    rows: int


def _as_stated(labels: Sequence[str], spec: Spec) -> bool:
    return list(labels) == [field["name"] for field in spec.stated["fields"]]


def _fields(labels: Sequence[str], spec: Spec) -> list[Field]:
    """The field of each column, as frictionless pairs them."""
    stated = read_fields(spec.stated)
    if _as_stated(labels, spec):
        return list(stated)
    from dataset_tools.validators.rows import paired

    named = {field.name: field for field in stated}
    return [named.get(name) or Field(name, "any") for name in paired(spec, labels)]


def _beside(spec: Spec, labels: Sequence[str], frames: _Frames) -> list[pl.Expr]:
    """What makes a row suspect beside its fields; rules can't be judged where a column is missing."""
    if spec.ours is None:
        return []
    if set(spec.ours.names) <= set(labels):
        return list(promises(spec.ours, frames.dtypes))
    return [pl.lit(value=True)]


class _Frames:
    """Batches as polars frames; a column that polars does not have is true where it is not null."""

    def __init__(self, schema: pa.Schema, fields: Sequence[Field]) -> None:
        self._types = [_held(kind) for kind in schema.types]
        self.fields = [
            field if kind is not None else Field(field.name, "unknown", missing=field.missing, stated=field.stated)
            for field, kind in zip(fields, self._types, strict=True)
        ]
        names = [field.name for field in fields]
        # Not pa.array([]), which imports pandas where it is installed: a third of a second.
        empty = self.frame(pa.RecordBatch.from_arrays([pa.nulls(0, kind) for kind in schema.types], names))
        self.dtypes = dict(empty.schema)

    def frame(self, batch: pa.RecordBatch) -> pl.DataFrame:
        columns = zip(self.fields, batch.columns, self._types, strict=True)
        return pl.DataFrame([_series(field.name, column, kind) for field, column, kind in columns])

    def values(self, frame: pl.DataFrame, batch: pa.RecordBatch) -> dict[str, Column]:
        """The columns of a batch by field, with those that polars does not have as Python has them."""
        columns = zip(self.fields, batch.columns, self._types, strict=True)
        return {
            field.name: in_utc(column).to_pylist() if kind is None else frame[field.name]
            for field, column, kind in columns
        }


def _held(kind: pa.DataType) -> pa.DataType | None:
    """The type as which polars is given a column's values; None where it has none that we surely read alike."""
    if pa.types.is_dictionary(kind):
        return _held(kind.value_type)
    if pa.types.is_float16(kind):
        return pa.float32()
    if pa.types.is_nested(kind):
        inner = [kind.field(number).type for number in range(kind.num_fields)]
        plain = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_struct(kind)
        return kind if plain and all(_held(each) == each for each in inner) else None
    if pa.types.is_timestamp(kind) and (kind.tz or "").startswith(("+", "-")):  # polars has zones by name only
        return _held(pa.timestamp(kind.unit, "UTC"))
    other = pa.types.is_decimal256(kind) or isinstance(kind, pa.BaseExtensionType) or pa.types.is_interval(kind)
    seconds = pa.types.is_timestamp(kind) and kind.unit == "s"
    return None if other or seconds or pa.types.is_run_end_encoded(kind) else kind


def _series(name: str, column: pa.Array, kind: pa.DataType | None) -> pl.Series:
    if kind is None:
        return pl.Series(name, [True if valid else None for valid in column.is_valid().to_pylist()], pl.Boolean)
    return pl.Series(_Exported(column if kind == column.type else column.cast(kind))).alias(name)


class _Exported:
    """An array by Arrow's C interface alone: pl.from_arrow imports a tenth of a second of pyarrow for the same."""

    def __init__(self, array: pa.Array) -> None:
        self._array = array

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        given: tuple[object, object] = self._array.__arrow_c_array__(requested_schema)
        return given


def _suspects(
    file: pq.ParquetFile, frames: _Frames, sieve: Screen, keys: KeyFiles | None, count: _Count, first: Tally | None
) -> Iterator[Any]:
    """The rows that could be wrong, as frictionless is given them; it counts all rows, and notes their keys."""
    if keys is not None:
        keys.begin(field.name for field in frames.fields)
    for batch in file.iter_batches(ROWS):
        frame = frames.frame(batch)
        if keys is not None:
            number = count.rows + HEADER + 1
            keys.add(frames.values(frame, batch), range(number, number + batch.num_rows))
        mask = sieve.mask(frame)
        before, count.rows = count.rows, count.rows + batch.num_rows
        if mask is not None:
            yield from numbered(batch, mask.arg_true(), before)
        if first is not None and first.total:
            return


def numbered(batch: pa.RecordBatch | pa.Table, rows: pl.Series, before: int) -> Iterator[Any]:
    """Some rows of a batch, as frictionless is given them: moments in UTC, each row with its number."""
    from dataset_tools.validators.rows import Cells

    columns = [_cells(column, rows) for column in batch.columns]
    for row, cells in zip(rows, zip(*columns, strict=True), strict=True):
        yield Cells(before + row + HEADER + 1, cells)


def _cells(column: pa.Array | pa.ChunkedArray, rows: pl.Series) -> list[Any]:
    if "_view" in str(column.type):  # pyarrow takes no rows of those
        return [column[row].as_py() for row in rows]
    cells: list[Any] = in_utc(column.take(rows.to_arrow())).to_pylist()
    return cells


def cells_of(file: pq.ParquetFile, rows: Sequence[int]) -> Iterator[list[Any]]:
    """The cells of the rows with these numbers (from 0 in the file, rising)."""
    wanted = list(rows)
    before = 0
    for batch in file.iter_batches(ROWS):
        here = [row - before for row in wanted if before <= row < before + batch.num_rows]
        if here:
            yield from numbered(batch, pl.Series(here, dtype=pl.Int64), before)
        before += batch.num_rows


def opened(source: Any, shown: str) -> pq.ParquetFile:
    """A Parquet file that verifies the checksums of its pages; raises PackageError where it is none."""
    try:
        # Read in blocks: with pyarrow's own buffers a file takes twice the time and more memory.
        return pq.ParquetFile(source, page_checksum_verification=True, pre_buffer=False, buffer_size=_BLOCK)
    except UNREADABLE as error:
        raise unreadable(shown, error) from error


# The last two: values that Python does not have
UNREADABLE = (pa.ArrowException, OSError, ValueError, OverflowError)


def unreadable(shown: str, error: Exception) -> PackageError:
    """The refusal of a file that can't be read."""
    said = " ".join(str(error).split())[:200]
    return PackageError(f"{shown}: cannot be read: {said}", "build it again")
