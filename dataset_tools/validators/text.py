"""A table that frictionless reads, cell by cell (CSV, JSON, …): it reads every row, and pronounces on suspect ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from types import NoneType
from typing import Any

import polars as pl
from frictionless import Dialect, Schema
from frictionless.resources import TableResource

from dataset_tools.validators.keying import Column, KeyFiles
from dataset_tools.validators.rows import ALL, checklist
from dataset_tools.validators.screen.field import MISSING, Field, read_field, read_fields
from dataset_tools.validators.screen.rows import Screen, screen
from dataset_tools.validators.spec import Spec
from dataset_tools.validators.tally import Tally

ROWS = 10_000  # rows that are in memory at once
Row = tuple[int, list[Any]]
_HELD: dict[type, Any] = {
    **{str: pl.String, int: pl.Int64, float: pl.Float64, bool: pl.Boolean, date: pl.Date},
    datetime: pl.Datetime("us"),
}


def judge_table(
    resource: TableResource, spec: Spec | None, tally: Tally, keys: KeyFiles | None, *, first: bool
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Frictionless's report of a table, as a descriptor, its errors in the tally; the fields that no screen judged.

    Without a spec the schema is the one that frictionless infers. `first`: no row is read after the first error.
    """
    if spec is not None:
        resource.schema = Schema.from_descriptor(dict(spec.descriptor))
    sieve = _Sieve(resource, spec, tally, keys, first=first)
    dialect = _Screened.from_descriptor(resource.dialect.to_descriptor())
    dialect.sieve = sieve.suspects
    resource.dialect = dialect
    empty = Spec({}, {"fields": []}, (), {})
    report = resource.validate(checklist(spec or empty, tally), limit_errors=ALL).to_descriptor()
    return report, tuple(sorted(sieve.whole))


class _Screened(Dialect):
    """A dialect whose rows go through a sieve, but for the sample from which header and schema are read."""

    sieve: Callable[[Iterator[Row]], Iterator[Row]]

    def read_enumerated_content_stream(self, cell_stream: Iterable[Any]) -> Iterator[Row]:
        rows = super().read_enumerated_content_stream(cell_stream)
        return rows if isinstance(cell_stream, list) else self.sieve(rows)


class _Sieve:
    """Lets through the rows that could be wrong; it counts all rows, and notes their keys."""

    def __init__(
        self, resource: TableResource, spec: Spec | None, tally: Tally, keys: KeyFiles | None, *, first: bool
    ) -> None:
        self._resource, self._spec, self._tally, self._keys, self._first = resource, spec, tally, keys, first
        self._screens: dict[tuple[Any, ...], Screen] = {}
        self.whole: set[str] = set()

    def suspects(self, rows: Iterator[Row]) -> Iterator[Row]:
        fields = list(self._fields())
        if self._keys is not None:
            self._keys.begin(field.name for field in fields)
        count = 0
        while some := list(islice(rows, ROWS)):
            count += len(some)
            yield from self._of(some, fields)
            if self._first and self._tally.total:
                break
        self._resource.stats.rows = count  # frictionless counts what it is given

    def _fields(self) -> Iterator[Field]:
        """The field of each column, as frictionless pairs them."""
        stated = {} if self._spec is None else {field.name: field for field in read_fields(self._spec.stated)}
        missing = tuple(self._resource.schema.missing_values)
        for field in self._resource.header.get_expected_fields():
            own = field.schema is not None  # else it stands for a label that the schema does not have
            yield stated.get(field.name) or read_field(field.to_descriptor(), missing if own else MISSING)

    def _of(self, rows: Sequence[Row], fields: Sequence[Field]) -> Iterator[Row]:
        cells = [given for _, given in rows]
        width = len(fields)
        even = [len(given) == width for given in cells]
        if not all(even):
            cells = [[*given[:width], *[None] * (width - len(given))] for given in cells]
        columns = [list(column) for column in zip(*cells, strict=True)]
        series = [_series(field.name, column) for field, column in zip(fields, columns, strict=True)]
        if self._keys is not None:
            held: Iterable[Column | None] = series
            values = {f.name: c if s is None else s for f, s, c in zip(fields, held, columns, strict=True)}
            self._keys.add(values, (number for number, _ in rows))
        frame = pl.DataFrame(
            [_valid(f.name, c) if s is None else s for f, s, c in zip(fields, series, columns, strict=True)]
        )
        mask = self._screen(fields, series, frame).mask(frame)
        if mask is not None or not all(even):
            marked = [False] * len(rows) if mask is None else mask.to_list()
            yield from (row for row, suspect, whole in zip(rows, marked, even, strict=True) if suspect or not whole)

    def _screen(self, fields: Sequence[Field], series: Sequence[pl.Series | None], frame: pl.DataFrame) -> Screen:
        """The screen for columns of these types: in JSON they may change from one row to the next."""
        types = tuple(None if each is None else each.dtype for each in series)
        if types not in self._screens:
            read = [
                field if kind is not None else replace(field, type="unknown")
                for field, kind in zip(fields, types, strict=True)
            ]
            self._screens[types] = screen(read, frame.schema.items(), ())
            self.whole |= set(self._screens[types].whole)
        return self._screens[types]


def _series(name: str, cells: list[Any]) -> pl.Series | None:
    """A column of one type; None where it has several, or values that polars does not hold as they are."""
    kinds = set(map(type, cells)) - {NoneType}
    if len(kinds) > 1 or not kinds <= _HELD.keys():
        return None
    kind = next(iter(kinds), str)
    if kind is datetime and any(cell is not None and cell.tzinfo is not None for cell in cells):
        return None
    try:
        return pl.Series(name, cells, _HELD[kind])
    except (TypeError, OverflowError, ValueError, pl.exceptions.PolarsError):
        return None


def _valid(name: str, cells: list[Any]) -> pl.Series:
    return pl.Series(name, [None if cell is None else True for cell in cells], pl.Boolean)
