"""The keys of a table's rows, hashed into files, so that they can be judged over all its files at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from dataset_tools.errors import DatasetError
from dataset_tools.hashes import Seed, Values, hashed, plain_values, values_of
from dataset_tools.validators.screen import typed
from dataset_tools.validators.screen.field import Field, read_fields
from dataset_tools.validators.spec import Key
from dataset_tools.validators.work import Work

Column = pl.Series | Sequence[Any]  # typed, or whatever Python holds
_WHOLE = r"\A[+-]?[0-9]{1,18}\z"
# The columns whose values are those of a field, as they are
_FITS: dict[str, Callable[[Field, pl.DataType], bool]] = {
    "string": lambda field, dtype: dtype == pl.String and field.format == "default",
    "integer": lambda _, dtype: dtype.is_integer(),
    "number": lambda field, dtype: dtype.is_integer() or (dtype == pl.Decimal and not field.stated.get("floatNumber")),
    "boolean": lambda _, dtype: dtype == pl.Boolean,
    "date": lambda _, dtype: dtype == pl.Date,
    "any": lambda _, dtype: dtype in (pl.String, pl.Binary, pl.Boolean, pl.Date) or dtype.is_integer(),
}


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """Where the keys of a resource go: a file for each, beside those of other resources."""

    keys: tuple[Key, ...]
    fields: tuple[Field, ...]
    folder: Path
    resource: int
    seed: Seed

    def begin(self, columns: Iterable[str]) -> None:
        """Makes the files of the keys whose columns are there: a table without rows has keys too, none of them."""
        there = set(columns)
        for place, key in enumerate(self.keys):
            if _is_judged(key, there):
                path_of(self.folder, self.resource, place).touch()

    def add(self, columns: Mapping[str, Column], numbers: Iterable[int]) -> None:
        """Adds rows, each with its number; a key whose columns are not all there is not judged."""
        with room_for_keys(self.folder):
            self._add(columns, np.fromiter(numbers, np.uint64))

    def _add(self, columns: Mapping[str, Column], rows: Any) -> None:
        stated = {field.name: field for field in self.fields}
        values: dict[str, Values] = {}
        for place, key in enumerate(self.keys):
            if not _is_judged(key, columns.keys() & stated.keys()):
                continue
            for name in key.fields:
                if name not in values:
                    there = name in columns and name in stated
                    values[name] = logical(stated[name], columns[name]) if there else plain_values([None] * len(rows))
            parts = [values[name] for name in key.fields]
            kept = ~_no_key(key, parts)
            with path_of(self.folder, self.resource, place).open("ab") as file:
                hashed(parts, rows, self.seed)[kept].tofile(file)


def _is_judged(key: Key, columns: Set[str]) -> bool:
    """Whether a key's columns are there; what a foreign key refers to is null where it is not there."""
    return key.kind == "reference" or columns >= set(key.fields)


@contextmanager
def room_for_keys(folder: Path) -> Iterator[None]:
    """Raises DatasetError where the folder of the keys is full: that is no fault of the data."""
    try:
        yield
    except OSError as error:
        raise DatasetError(f"{folder}: the keys do not fit: {error}", "name a larger folder: TMPDIR=…") from error


def key_files(work: Work) -> KeyFiles | None:
    """Where the keys of a resource go; None where it has none."""
    if work.spec is None or not work.keys:
        return None
    return KeyFiles(work.keys, read_fields(work.spec.stated), work.how.scratch, work.number, work.how.seed)


def path_of(folder: Path, resource: int, key: int) -> Path:
    """The file of the keys of one resource."""
    return folder / f"{resource}-{key}"


def _no_key(key: Key, parts: Sequence[Values]) -> Any:
    """Where a key is none: nulls alone are none; in a unique key one null is enough (Table Schema v2, uniqueKeys)."""
    nulls = [part.null for part in parts]
    return np.logical_or.reduce(nulls) if key.kind == "unique-keys" else np.logical_and.reduce(nulls)


def logical(field: Field, column: Column) -> Values:
    """The logical values of a column: null where a text stands for it, or where a value is not of the field's type."""
    if not isinstance(column, pl.Series):
        return plain_values(_read(field, column))
    if (named := typed.named(field.missing, column.dtype, pl.col("value"))) is None:
        return plain_values(_read(field, _cells(column)))
    column = column.to_frame("value").select(pl.when(~named).then(pl.col("value"))).to_series()
    if (fits := _FITS.get(field.type)) and fits(field, column.dtype):
        return values_of(column)
    if field.type == "integer" and column.dtype == pl.String:
        return _integers(field, column)
    return plain_values(_read(field, _cells(column)))


def _cells(column: pl.Series) -> list[Any]:
    """The values as Python has them, and as frictionless is given them: moments in UTC.

    Raises ValueError or OverflowError where Python has no such value.
    """
    cells: list[Any] = column.cast(_in_utc(column.dtype)).to_arrow().to_pylist()
    return cells


def _in_utc(dtype: Any) -> Any:
    if isinstance(dtype, pl.List):
        return pl.List(_in_utc(dtype.inner))
    if isinstance(dtype, pl.Struct):
        return pl.Struct({field.name: _in_utc(field.dtype) for field in dtype.fields})
    return pl.Datetime(dtype.time_unit, "UTC") if isinstance(dtype, pl.Datetime) and dtype.time_zone else dtype


def _integers(field: Field, column: pl.Series) -> Values:
    """Whole numbers of a column of text: what is written plainly at once, the rest one by one."""
    easy = column.str.contains(_WHOLE).fill_null(value=False)
    numbers = column.set(~easy, None).str.strip_prefix("+").cast(pl.Int64)
    if not (column.is_not_null() & ~easy).any():
        return values_of(numbers)
    rest = plain_values(_read(field, column.set(easy, None).to_list()))
    return Values((numbers.zip_with(easy, rest.columns[0]), *rest.columns[1:]))


def _read(field: Field, cells: Iterable[Any]) -> list[Any]:
    from frictionless import Field as Reader

    stated: Mapping[str, Any] = field.stated
    if not stated.get("arrayItem"):  # the items of an array that breaks a constraint are not read
        stated = {key: value for key, value in stated.items() if key != "constraints"}
    reader = Reader.from_descriptor({**stated, "name": field.name, "type": field.type, "missingValues": []})
    read = reader.create_cell_reader()
    return [None if cell is None or str(cell) in field.missing else read(cell)[0] for cell in cells]
