"""The keys of a table's rows, hashed into files, so that they can be judged over all its files at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from dataset_tools.hashes import Seed, Values, hashed, plain_values, values_of
from dataset_tools.validators.screen.field import Field, read_fields
from dataset_tools.validators.spec import Key
from dataset_tools.validators.work import Work

Column = pl.Series | Sequence[Any]  # typed, or whatever Python holds
_WHOLE = r"\A[+-]?[0-9]{1,18}\z"
# The columns whose values are those of a field, as they are
_FITS: dict[str, Callable[[pl.DataType], bool]] = {
    "string": lambda dtype: dtype == pl.String,
    "integer": lambda dtype: dtype.is_integer(),
    "year": lambda dtype: dtype.is_integer(),
    "number": lambda dtype: dtype.is_integer() or isinstance(dtype, pl.Decimal),
    "boolean": lambda dtype: dtype == pl.Boolean,
    "date": lambda dtype: dtype == pl.Date,
    "datetime": lambda dtype: isinstance(dtype, pl.Datetime) and dtype.time_unit != "ns",
    "any": lambda dtype: dtype in (pl.String, pl.Binary, pl.Boolean, pl.Date) or dtype.is_integer(),
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
        for place, key in enumerate(self.keys):
            if set(key.fields) <= set(columns):
                path_of(self.folder, self.resource, place).touch()

    def add(self, columns: Mapping[str, Column], numbers: Iterable[int]) -> None:
        """Adds rows, each with its number; a key whose columns are not all there is not judged."""
        stated = {field.name: field for field in self.fields}
        rows = np.fromiter(numbers, np.uint64)
        values: dict[str, Values] = {}
        for place, key in enumerate(self.keys):
            if not set(key.fields) <= columns.keys() & stated.keys():
                continue
            parts = [values.setdefault(name, logical(stated[name], columns[name])) for name in key.fields]
            kept = ~_no_key(key, parts)
            with path_of(self.folder, self.resource, place).open("ab") as file:
                hashed(parts, rows, self.seed)[kept].tofile(file)


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
        return plain_values(_read(field, [None if str(cell) in field.missing else cell for cell in column]))
    if field.missing and column.dtype == pl.String:
        column = column.set(column.is_in(pl.Series(field.missing, dtype=pl.String).implode()), None)
    elif set(field.missing) - {""} and not column.dtype.is_nested():
        written = [None if cell is None or str(cell) in field.missing else cell for cell in column.to_list()]
        column = pl.Series(column.name, written, column.dtype)
    if (fits := _FITS.get(field.type)) and fits(column.dtype):
        return values_of(column)
    if field.type == "integer" and column.dtype == pl.String:
        return _integers(field, column)
    return plain_values(_read(field, column.to_list()))


def _integers(field: Field, column: pl.Series) -> Values:
    """Whole numbers of a column of text: what is written plainly at once, the rest one by one."""
    easy = column.str.contains(_WHOLE).fill_null(value=False)
    numbers = column.set(~easy, None).str.strip_prefix("+").cast(pl.Int64)
    rest = (
        plain_values(_read(field, column.set(easy, None).to_list())) if (column.is_not_null() & ~easy).any() else None
    )
    if rest is None:
        return values_of(numbers)
    return Values((numbers.zip_with(easy, rest.columns[0]), *rest.columns[1:]))


def _read(field: Field, cells: Iterable[Any]) -> list[Any]:
    from frictionless import Field as Reader

    stated: Mapping[str, Any] = {key: value for key, value in field.stated.items() if key != "constraints"}
    reader = Reader.from_descriptor({**stated, "name": field.name, "type": field.type, "missingValues": []})
    read = reader.create_cell_reader()
    return [None if cell is None else read(cell)[0] for cell in cells]
