"""Pass 3: each shard from the parts it needs, in a fixed order and with fixed writer options."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dataset_tools import contain
from dataset_tools.dialects.arrow import arrow_schema
from dataset_tools.files import sha256
from dataset_tools.package import Resource
from dataset_tools.passes.index import Pick, Shard
from dataset_tools.schema import Schema
from dataset_tools.sizes import row_sizes

OPTIONS = {
    **{"compression": "zstd", "compression_level": 3, "version": "2.6", "data_page_version": "1.0"},
    **{"write_page_index": True, "write_page_checksum": True, "use_content_defined_chunking": True},
}


def write_shard(task: tuple[Path, Shard, Schema], _steps: contain.Steps) -> tuple[Resource, int]:
    """In a child: writes a shard below a folder, row group by row group; its resource, and its Arrow bytes."""
    folder, shard, schema = task
    path = folder / shard.path
    fields = arrow_schema(schema)
    taken = 0
    with pq.ParquetWriter(path, fields, **OPTIONS) as writer:
        for table in rebatched((_rows(pick, fields) for pick in shard.picks), shard.groups):
            taken += int(row_sizes(table).sum())  # nbytes depends on how the rows came together
            writer.write_table(table, row_group_size=max(1, table.num_rows))
    resource = Resource(shard.path, shard.table, shard.split, path.stat().st_size, sha256(path), sum(shard.groups))
    return resource, taken


def _rows(pick: Pick, fields: pa.Schema) -> pa.Table:
    with pq.ParquetFile(pick.part) as file:
        return file.read(columns=fields.names).take(pa.array(pick.rows)).cast(fields)


def rebatched(tables: Iterable[pa.Table], sizes: Iterable[int]) -> Iterator[pa.Table]:
    """The rows of the tables, in one chunk for each size: the same rows give the same bytes, however they came."""
    tables = iter(tables)
    held: list[pa.Table] = []
    rows = 0
    for size in sizes:
        while rows < size:
            held.append(next(tables))
            rows += held[-1].num_rows
        together = pa.concat_tables(held)
        yield together.slice(0, size).combine_chunks()
        held, rows = [together.slice(size)], rows - size
