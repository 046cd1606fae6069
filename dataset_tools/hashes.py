"""Keys of many rows as 128-bit hashes in files: which stand twice, which are nowhere, in bounded memory.

A key's hash has two lanes of 64 bits, with seeds that are drawn for each judgement, so that nobody can make a file
whose different keys collide. Values that Python holds for equal (1 and 1.0) have one hash.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Lane = npt.NDArray[np.uint64]
Records = npt.NDArray[np.void]
Seed = tuple[int, int]
RECORD = np.dtype([("high", "u8"), ("low", "u8"), ("row", "u8")])
IN_MEMORY = 2_000_000  # records that are judged at once: 48 MB, and a few times that while they are sorted
_READ = 500_000  # records that are read at once while they are distributed
_PARTS = 512  # files that they are distributed to, at most
_KINDS = (pl.Int64, pl.String, pl.Binary, pl.Date)  # what values are hashed as, in this order
_EPOCH = datetime(1970, 1, 1)
_FILE = 40  # a place is the number of a file, then so many bits of row


@dataclass(frozen=True, slots=True)
class Place:
    """A row of one of the files that were given, by its number there."""

    file: int
    row: int


@dataclass(frozen=True, slots=True)
class Values:
    """The values of a key's field: each row has one in at most one of these columns, and none where it is null."""

    columns: tuple[pl.Series, ...]

    @property
    def null(self) -> npt.NDArray[np.bool_]:
        nulls = [column.is_null().to_numpy() for column in self.columns]
        return np.asarray(np.logical_and.reduce(nulls), np.bool_)


def hashed(key: Sequence[Values], rows: Lane, by: Seed) -> Records:
    """A record for each row of a key's fields; `rows` are the numbers of the rows."""
    records = np.empty(len(rows), RECORD)
    records["row"] = rows
    for name, start in zip(("high", "low"), by, strict=True):
        total = np.zeros(len(rows), np.uint64)
        for place, values in enumerate(key):
            # A sum of hashes, each times an odd number of its own: so the order of the fields counts.
            total += _lane(values, start ^ place) * np.uint64(_mixed(start + place) | 1)
        records[name] = total
    return records


def _lane(values: Values, start: int) -> Lane:
    lane = np.zeros(len(values.columns[0]), np.uint64)
    for column in values.columns:
        start = _mixed(start)  # one for each column: a text is no number, though their hashes could be the same
        if column.null_count() == len(column):
            continue
        lane = np.where(column.is_not_null().to_numpy(), _hashes(column, start), lane)
    return lane


def _hashes(column: pl.Series, start: int) -> Lane:
    if column.dtype in (pl.Int64, pl.Date):
        numbers = column.to_physical().cast(pl.Int64).fill_null(0).to_numpy().view(np.uint64)
        return _scattered(numbers ^ np.uint64(start))
    return column.hash(start).to_numpy()


def _mixed(number: int) -> int:
    """Another number of 64 bits, one for each."""
    return int(_scattered(np.array([number % 2**64], np.uint64))[0])


def _scattered(numbers: Lane) -> Lane:
    """Other numbers, one for each, so that near ones are far apart (the finalizer of SplitMix64)."""
    numbers = numbers + np.uint64(0x9E3779B97F4A7C15)
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


def values_of(column: pl.Series) -> Values:
    """The values of a typed column."""
    none = (pl.Series([None], dtype=kind).new_from_index(0, len(column)) for kind in _KINDS)
    if column.dtype == pl.Boolean or (column.dtype.is_integer() and column.dtype not in (pl.UInt64, pl.Int128)):
        column = column.cast(pl.Int64)
    if column.dtype in _KINDS:
        return Values(tuple(column if kind == column.dtype else each for kind, each in zip(_KINDS, none, strict=True)))
    return plain_values(column.to_list())


def plain_values(values: Sequence[Any]) -> Values:
    """The values that Python holds: whole numbers as int64, texts, and all others as how they are written."""
    forms = [_form(value) for value in values]
    kinds = {pl.Int64: int, pl.String: str, pl.Binary: bytes, pl.Date: date}
    return Values(
        tuple(
            pl.Series([form if isinstance(form, kinds[kind]) else None for form in forms], dtype=kind)
            for kind in _KINDS
        )
    )


def _form(value: Any) -> int | str | bytes | date | None:
    """What equal values have in common."""
    if value is None or isinstance(value, bytes) or (isinstance(value, str) and value.isascii()):
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, int | float | Decimal):
        return _number(value)
    if isinstance(value, str):
        return _text(value)
    return f"\0{_written(value)}".encode("utf-8", "surrogatepass")


def _text(value: str) -> str | bytes:
    try:
        value.encode()
    except UnicodeEncodeError:  # half a character, as JSON may have it
        return f"\0text {value}".encode("utf-8", "surrogatepass")
    return value


def _written(value: Any) -> str:
    if isinstance(value, datetime):
        return f"moment {_count(value.replace(tzinfo=None) - _EPOCH, value)}"
    if isinstance(value, time):
        return f"clock {_count(datetime.combine(_EPOCH, value.replace(tzinfo=None)) - _EPOCH, value)}"
    if isinstance(value, timedelta):
        return f"span {value.days} {value.seconds} {value.microseconds} {getattr(value, 'nanoseconds', 0)}"
    if isinstance(value, list | tuple):
        return f"{'list' if isinstance(value, list) else 'tuple'} {[_form(each) for each in value]}"
    if isinstance(value, dict):
        return f"dict {sorted((name, repr(_form(each))) for name, each in value.items())}"
    return f"{type(value).__name__} {value!r}"


def _count(since: timedelta, value: datetime | time) -> str:
    """Microseconds in UTC, which need not be in a year that Python has; one without a zone equals none with one."""
    offset = value.utcoffset()
    counted = (since - (offset or timedelta())) // timedelta(microseconds=1)
    return f"{counted} {getattr(value, 'nanosecond', 0)} {'' if offset is None else 'UTC'}"


def _number(value: float | Decimal) -> int | bytes:
    """A whole number of 64 bits as it is, any other by its digits and the place of its point."""
    exact = Decimal(value)
    if not exact.is_nan() and not exact:
        return 0
    if not exact.is_finite():
        return f"\0number {exact} {secrets.token_hex(16) if exact.is_nan() else ''}".encode()  # NaN equals nothing
    sign, digits, exponent = exact.as_tuple()
    written = "".join(map(str, digits)).lstrip("0")
    bare = written.rstrip("0")
    exponent = int(exponent) + len(written) - len(bare)
    if len(bare) + exponent <= 18 and exponent >= 0:
        return int((-1 if sign else 1) * int(bare or "0") * 10**exponent)
    return int(exact) if exponent >= 0 and -(2**63) <= exact < 2**63 else f"\0number {sign} {bare}e{exponent}".encode()


def repeated(files: Sequence[Path], folder: Path) -> Iterator[tuple[Place, Place]]:
    """Each place whose key stands in an earlier one, and the last place before it that has the same key.

    `files` hold records, each with rising rows; more of them than memory holds are distributed to files in `folder`.
    """
    for part in _parts([files], folder):
        (records,) = part
        order = np.lexsort((records["row"], records["low"], records["high"]))
        high, low, row = (records[name][order] for name in ("high", "low", "row"))
        same = np.flatnonzero((high[1:] == high[:-1]) & (low[1:] == low[:-1]))
        yield from zip(map(_place, row[same + 1]), map(_place, row[same]), strict=True)


def absent(files: Sequence[Path], known: Sequence[Path], folder: Path) -> Iterator[Place]:
    """Each place in `files` whose key is in none of `known`."""
    for given, there in _parts([files, known], folder):
        left, right = (pl.DataFrame({name: each[name] for name in RECORD.names or ()}) for each in (given, there))
        missing = left.join(right.select("high", "low").unique(), on=["high", "low"], how="anti")
        yield from map(_place, missing["row"].sort())


def _place(number: Any) -> Place:
    return Place(int(number) >> _FILE, int(number) & (2**_FILE - 1))


def _parts(sides: Sequence[Sequence[Path]], folder: Path) -> Iterator[list[Records]]:
    """The records of each side, all at once where memory holds them, else by the first bits of their hashes."""
    total = sum(path.stat().st_size for files in sides for path in files) // RECORD.itemsize
    if total <= IN_MEMORY:
        yield [_whole(files) for files in sides]
        return
    bits = min(_PARTS, 2 * total // IN_MEMORY).bit_length()
    names = [_distributed(files, folder / f"side-{number}", bits) for number, files in enumerate(sides)]
    for part in range(2**bits):
        yield [np.fromfile(side(part), RECORD) for side in names]
        for side in names:
            side(part).unlink()


def _whole(files: Sequence[Path]) -> Records:
    return np.concatenate([np.empty(0, RECORD), *(each for _, each in _read(files))])


def _read(files: Sequence[Path]) -> Iterator[tuple[int, Records]]:
    """The records of the files, some at a time, with places instead of rows."""
    for number, path in enumerate(files):
        with path.open("rb") as file:
            while len(records := np.fromfile(file, RECORD, _READ)):
                records["row"] |= np.uint64(number << _FILE)
                yield number, records


def _distributed(files: Sequence[Path], folder: Path, bits: int) -> Callable[[int], Path]:
    folder.mkdir()
    paths = [folder / f"{part:04}" for part in range(2**bits)]
    with ExitStack() as stack:
        parts = [stack.enter_context(path.open("wb")) for path in paths]
        for _, records in _read(files):
            first = records["high"] >> np.uint64(64 - bits)
            order = np.argsort(first, kind="stable")
            ends = np.searchsorted(first[order], np.arange(2**bits + 1, dtype=np.uint64))
            for part, file in enumerate(parts):
                records[order[ends[part] : ends[part + 1]]].tofile(file)
    return paths.__getitem__
