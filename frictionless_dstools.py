"""Plug-in of frictionless-py, which finds it by its name: Parquet as Arrow reads it, and the classes of our errors.

Frictionless's own parser goes through pandas: lists become arrays of numpy, integers with a null become floats, a right
`bytes` fails, a wrong `hash` passes, and of a resource of many files only the first is read.
"""

# Whoever uses frictionless loads this module: what it needs is imported where it is used.
from __future__ import annotations

import hashlib
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from frictionless import FrictionlessException, Plugin, Resource, Schema, errors, settings
from frictionless.formats import ParquetControl, ParquetParser
from frictionless.helpers import parse_resource_hash_v1

if TYPE_CHECKING:
    import pyarrow as pa

_OWN_ERRORS = {"unique-keys", "categories", "rule", "member", "columns", "package-file", "loadable"}
_BYTES = ("binary", "large_binary")
_ROWS = 1_000  # rows that are in memory at once
_BLOCK = 1 << 20  # bytes that are read at once
_TYPES = {  # a test of pyarrow.types → Table Schema; what passes none is "any"
    **dict.fromkeys(("is_string", "is_large_string", "is_string_view"), "string"),
    **{"is_boolean": "boolean", "is_integer": "integer", "is_floating": "number", "is_decimal": "number"},
    **{"is_date": "date", "is_time": "time", "is_timestamp": "datetime", "is_duration": "duration"},
    **{"is_struct": "object", "is_map": "array"},
}


class DstoolsPlugin(Plugin):
    """Reads Parquet in the place of the parser of frictionless, and gives the classes of our errors."""

    def create_parser(self, resource: Resource) -> ParquetParser | None:
        """Our parser for Parquet files; a folder of partitions is left to the parser of frictionless."""
        if resource.format not in ("parquet", "parq") or resource.normpath is None:
            return None
        is_folder = not resource.remote and Path(resource.normpath).is_dir()
        return None if is_folder else ArrowParser(resource)

    def select_error_class(self, type: str | None = None) -> Any:
        if type not in _OWN_ERRORS:
            return None
        from dataset_tools.validators.errors import ERRORS

        return ERRORS[type]


class ArrowParser(ParquetParser):
    """Rows of Parquet files, a batch at a time; writing is as it was.

    Raises FrictionlessException with a SourceError where a file is damaged, has other columns than the first, or holds
    what Python cannot.
    """

    _stream: Generator[list[Any]] | None = None

    def read_cell_stream_create(self) -> Generator[list[Any]]:
        self._stream = self._read()
        return self._stream

    def close(self) -> None:
        """Ends a read that stopped halfway: its file is closed, and copies of remote files are gone."""
        super().close()
        if self._stream is not None:
            self._stream.close()

    def _read(self) -> Generator[list[Any]]:
        """The names of the columns, then the rows; at their end the resource knows its size and hashes."""
        import pyarrow as pa

        damage: Exception | None = None
        with _at_hand(self.resource.normpaths) as paths:
            try:
                yield from self._cells(paths)
            except (pa.ArrowException, OSError, ValueError, OverflowError) as error:  # the last two: Python has no such
                damage = error
            self._count(paths)
        if damage is not None:
            note = " ".join(str(damage).split())[:300]
            raise FrictionlessException(errors.SourceError(note=note)) from damage

    def _cells(self, paths: list[str]) -> Iterator[list[Any]]:
        import pyarrow.parquet as pq

        control = ParquetControl.from_dialect(self.resource.dialect)
        kept = _kept(_common_columns(paths, self.resource.paths), control.columns)
        self._fit_schema(kept)
        yield list(kept.names)
        where = pq.filters_to_expression(control.filters) if control.filters else None
        for path in paths:
            # Read by pages, not by whole columns: a row group may be larger than memory.
            with pq.ParquetFile(path, page_checksum_verification=True, pre_buffer=False, buffer_size=_BLOCK) as file:
                # A filter may ask for columns that are not kept.
                for batch in file.iter_batches(_ROWS, columns=None if where is not None else control.columns):
                    yield from _rows(batch if where is None else batch.filter(where), control.columns)

    def _fit_schema(self, kept: pa.Schema) -> None:
        """Columns tell their own types where neither schema nor user does."""
        detector = self.resource.detector
        if self.resource.schema:
            _admit_bytes(self.resource.schema, kept)
        elif not (detector.field_type or detector.field_names) and _are_names(kept.names):
            missing = detector.field_missing_values
            # An empty string is a value in Parquet, unless the user says otherwise.
            missing = [] if missing == settings.DEFAULT_MISSING_VALUES else missing
            self.resource.schema = _table_schema(kept, missing)

    def _count(self, paths: list[str]) -> None:
        """The size and the hash of all files, one after the other, as the loaders of frictionless give them."""
        stats = self.resource.stats
        stats.bytes = sum(Path(path).stat().st_size for path in paths)
        stats.sha256 = _hashed(paths, hashlib.sha256())
        if self.resource.hash and parse_resource_hash_v1(self.resource.hash)[0] == "md5":  # it takes twice as long
            stats.md5 = _hashed(paths, hashlib.md5(usedforsecurity=False))


def _hashed(paths: list[str], digest: hashlib._Hash) -> str:
    for path in paths:
        with Path(path).open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()


@contextmanager
def _at_hand(paths: list[str]) -> Iterator[list[str]]:
    """Local paths of the files: a remote file is copied, and the copy is gone afterwards."""
    if not any("://" in path for path in paths):
        yield paths
        return
    with TemporaryDirectory(prefix="frictionless-dstools-") as folder:
        yield [_copied(path, Path(folder, f"{number}.parquet")) for number, path in enumerate(paths)]


def _copied(path: str, copy: Path) -> str:
    import fsspec

    with fsspec.open(path, "rb") as source, copy.open("wb") as target:
        shutil.copyfileobj(source, target, _BLOCK)
    return str(copy)


def _common_columns(paths: list[str], shown: list[str]) -> pa.Schema:
    """The columns of all files; raises ValueError, with the paths as the resource states them, where they differ."""
    import pyarrow.parquet as pq

    first = pq.read_schema(paths[0])
    for path, name in zip(paths[1:], shown[1:], strict=True):
        names = pq.read_schema(path).names
        if names != first.names:
            raise ValueError(f"{name} has the columns {names}, {shown[0]} has {first.names}")
    return first


def _kept(schema: pa.Schema, names: list[str] | None) -> pa.Schema:
    import pyarrow as pa

    if names is None:
        return schema
    if missing := [name for name in names if name not in schema.names]:
        raise ValueError(f"there are no columns {missing}")
    return pa.schema([schema.field(name) for name in names])


def _rows(batch: pa.RecordBatch, names: list[str] | None) -> Iterator[list[Any]]:
    from dataset_tools.dialects.arrow import in_utc

    columns = batch.columns if names is None else [batch.column(name) for name in names]
    return map(list, zip(*(in_utc(column).to_pylist() for column in columns), strict=True))


def _admit_bytes(schema: Schema, kept: pa.Schema) -> None:
    """Table Schema has no type for bytes: a column of bytes that `dstools:type` says is one may hold any."""
    kinds = {each.name: str(each.type) for each in kept}
    for field in list(schema.fields):
        if kinds.get(field.name) in _BYTES and field.custom.get("dstools:type") in _BYTES:
            held = {name: value for name, value in field.constraints.items() if name in ("required", "unique")}
            schema.update_field(field.name, {"type": "any", "constraints": held})


def _are_names(names: list[str]) -> bool:
    """Whether these can be names of fields: where not, it is for frictionless to say so."""
    return all(names) and len(set(names)) == len(names)


def _table_schema(arrow: pa.Schema, missing: list[str]) -> Schema:
    return Schema.from_descriptor({"fields": [_field(each) for each in arrow], "missingValues": missing})


def _field(field: pa.Field) -> dict[str, Any]:
    import pyarrow as pa

    from dataset_tools.drafts.types import is_list, plain

    kind = plain(field.type)
    found = [name for test, name in _TYPES.items() if getattr(pa.types, test)(kind)]
    stated: dict[str, Any] = {"name": field.name, "type": "array" if is_list(kind) else next(iter(found), "any")}
    return {**stated, "floatNumber": True} if pa.types.is_floating(kind) else stated
