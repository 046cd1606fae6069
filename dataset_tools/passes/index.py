"""Pass 2: over keys only, never texts: which rows stay, the split of each, and where each shard ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from dataset_tools import keys, rejects
from dataset_tools.issue import shown
from dataset_tools.rejects import Rejected
from dataset_tools.schema import Schema
from dataset_tools.splits import WHOLE, Splits, followers, parents_first

Rows = npt.NDArray[np.int64]
_GROUP_BYTES = 32 << 20  # Arrow bytes of a row group


@dataclass(frozen=True, slots=True)
class Pick:
    """Rows, by number and in order, of a part's table."""

    part: Path
    rows: Rows


@dataclass(frozen=True, slots=True)
class Shard:
    """A Parquet file to be: shard `number` of `of` of a table's split; `groups` are the rows of each row group."""

    table: str
    split: str
    number: int
    of: int
    picks: tuple[Pick, ...]
    groups: tuple[int, ...]

    @property
    def path(self) -> str:
        return f"{self.table}/{self.split}-{self.number:05d}-of-{self.of:05d}.parquet"


@dataclass(frozen=True, slots=True)
class Index:
    """What the keys say. `accepted` has the numbers (unit, page) of the pages with a row that stays."""

    shards: tuple[Shard, ...]
    rejected: tuple[tuple[int, Rejected], ...]
    rows: Mapping[str, Mapping[str, int]]
    pages: pl.DataFrame
    accepted: pl.DataFrame
    empty: tuple[tuple[str, str], ...]


def index(parts: Sequence[Path], schemas: Mapping[str, Schema], splits: Splits | None, shard_size: int) -> Index:
    """The plan for the shards of all tables, from the key columns of the parts."""
    pages = _pages(parts)
    gone, twins = _same_bytes(pages)
    wanted = {name: _wanted(schema, schemas, splits) for name, schema in schemas.items()}
    rows = {name: _rows(parts, name, wanted[name]).join(gone, on=["_unit", "_page"], how="anti") for name in schemas}
    excluded = list(_exclude(rows, schemas, pages))
    _assign(rows, schemas, splits)
    names = list(splits.shares) if splits else [WHOLE]
    shards = [s for table in schemas for s in _shards(table, rows[table], pages, parts, shard_size, names)]
    counted = {table: _counts(rows[table]) for table in schemas}
    led = followers(schemas, splits.table) if splits else {}
    wishes = [(table, split) for table in schemas for split in (names if table in led else [WHOLE])]
    return Index(
        shards=tuple(shards),
        rejected=tuple(twins + excluded),
        rows=counted,
        pages=pages,
        accepted=pl.concat([frame.select("_unit", "_page") for frame in rows.values()]).unique(),
        empty=tuple((table, split) for table, split in wishes if not counted[table].get(split)),
    )


def _pages(parts: Sequence[Path]) -> pl.DataFrame:
    """Every page: _unit, _page, uri, sha256, records, and whether the whole page was refused or passed over."""
    frames = []
    for unit, part in enumerate(parts):
        pages = (
            pl.read_parquet(part / "_pages.parquet")
            .with_row_index("_page")
            .with_columns(pl.col("_page").cast(pl.Int64))
        )
        out = pl.read_parquet(part / "_rejects.parquet", columns=["kind", "record", "_page"])
        whole = out.filter(pl.col("record").is_null()).select("_page", "kind")
        frames.append(
            pages.join(whole, on="_page", how="left", maintain_order="left").with_columns(_unit=pl.lit(unit, pl.Int64))
        )
    return pl.concat(frames)


def _same_bytes(pages: pl.DataFrame) -> tuple[pl.DataFrame, list[tuple[int, Rejected]]]:
    """The pages that have the bytes of a page with a lower page_uri, and their rejects."""
    read = pages.filter((pl.col("kind") != rejects.PASSED_OVER).fill_null(True)).sort("uri")
    first = read.unique("sha256", keep="first", maintain_order=True).select("sha256", kept="uri")
    twins = read.join(first, on="sha256", how="left", maintain_order="left").filter(pl.col("uri") != pl.col("kept"))
    message = rejects.REASONS["same-bytes"]
    found = [
        (
            row["_unit"],
            Rejected(row["_page"], row["uri"], row["sha256"], "same-bytes", message, stage="index", kept=row["kept"]),
        )
        for row in twins.iter_rows(named=True)
    ]
    return twins.select("_unit", "_page"), found


def _wanted(schema: Schema, schemas: Mapping[str, Schema], splits: Splits | None) -> list[str]:
    wanted = keys.columns(schema, schemas)
    by = [splits.by] if splits and splits.table == schema.table and splits.by not in wanted else []
    return wanted + by


def _rows(parts: Sequence[Path], table: str, wanted: list[str]) -> pl.DataFrame:
    columns = [*wanted, "_page", "_record", "_bytes"]
    frames = [
        pl.read_parquet(file, columns=columns).with_row_index("_row").with_columns(_unit=pl.lit(unit, pl.Int64))
        for unit, part in enumerate(parts)
        if (file := part / f"{table}.parquet").exists()
    ]
    empty = dict.fromkeys(("_page", "_unit", "_row", "_bytes", "_record"), pl.Int64) | dict.fromkeys(wanted, pl.String)
    frame = pl.concat(frames) if frames else pl.DataFrame(schema=empty)
    return frame.with_columns(pl.col("_page", "_unit", "_row", "_bytes", "_record").cast(pl.Int64))


def _exclude(
    rows: dict[str, pl.DataFrame], schemas: Mapping[str, Schema], pages: pl.DataFrame
) -> Iterator[tuple[int, Rejected]]:
    """Takes out, parents first, the rows that break a key; gives their rejects."""
    for table in parents_first(schemas):
        schema = schemas[table]
        while True:
            found = list(_broken(rows[table], schema, rows))
            if not found:
                break
            for reason, key, mask in found:
                yield from _rejected(rows[table].filter(mask), rows[table], table, reason, key, pages)
            rows[table] = rows[table].filter(~np.logical_or.reduce([mask.to_numpy() for _, _, mask in found]))


def _broken(
    rows: pl.DataFrame, schema: Schema, tables: Mapping[str, pl.DataFrame]
) -> Iterator[tuple[str, tuple[str, ...], pl.Series]]:
    """The keys that rows break: foreign keys first, since a row that goes out for those holds no primary key."""
    orphans = [(key, keys.orphaned(rows, key, tables[key.table or schema.table])) for key in schema.foreign_keys]
    broken = [("foreignKey", key.fields, mask) for key, mask in orphans if mask.any()]
    if broken:
        yield from broken
        return
    for number, key in enumerate(keys.unique(schema)):
        mask = keys.repeated(rows, key)
        if mask.any():
            yield ("primaryKey" if number == 0 and schema.primary_key else "uniqueKey"), key, mask


def _rejected(
    out: pl.DataFrame, rows: pl.DataFrame, table: str, reason: str, key: tuple[str, ...], pages: pl.DataFrame
) -> Iterator[tuple[int, Rejected]]:
    named = out.join(pages.select("_unit", "_page", "uri", "sha256"), on=["_unit", "_page"], maintain_order="left")
    if reason != "foreignKey":
        first = rows.unique(list(key), keep="first", maintain_order=True)
        holders = first.join(pages.select("_unit", "_page", kept="uri"), on=["_unit", "_page"]).select(*key, "kept")
        named = named.join(holders, on=list(key), how="left", nulls_equal=True, maintain_order="left")
    for row in named.iter_rows(named=True):
        value = row[key[0]] if len(key) == 1 else [row[name] for name in key]
        yield (
            row["_unit"],
            Rejected(
                page=row["_page"],
                page_uri=row["uri"],
                page_sha256=row["sha256"],
                reason=reason,
                message=rejects.REASONS[reason],
                stage="index",
                record=row["_record"],
                table=table,
                field=",".join(key),
                value=shown(value),
                kept=row.get("kept"),
            ),
        )


def _assign(rows: dict[str, pl.DataFrame], schemas: Mapping[str, Schema], splits: Splits | None) -> None:
    """Gives every row its `_split`: by its own key, by that of the row that it follows, or train."""
    led = followers(schemas, splits.table) if splits else {}
    for table in parents_first(schemas):
        frame = rows[table]
        if splits and table == splits.table:
            values = frame[splits.by].unique()
            chosen = pl.Series("_split", [splits.of(value) for value in values], pl.String)
            rows[table] = frame.join(pl.DataFrame([values, chosen]), on=splits.by, how="left", maintain_order="left")
        elif way := led.get(table):
            key = next(key for key in schemas[table].foreign_keys if key.table == way[1])
            parents = rows[way[1]].select(
                *(pl.col(t).alias(h) for h, t in zip(key.fields, key.references, strict=True)), "_split"
            )
            parents = parents.unique(list(key.fields), keep="first", maintain_order=True)
            joined = frame.join(parents, on=list(key.fields), how="left", nulls_equal=True, maintain_order="left")
            rows[table] = joined.with_columns(pl.col("_split").fill_null(WHOLE))
        else:
            rows[table] = frame.with_columns(_split=pl.lit(WHOLE))


def _counts(rows: pl.DataFrame) -> dict[str, int]:
    return dict(rows.group_by("_split").len().sort("_split").iter_rows())


def _shards(
    table: str, rows: pl.DataFrame, pages: pl.DataFrame, parts: Sequence[Path], size: int, splits: list[str]
) -> Iterator[Shard]:
    for split in [*splits, *([WHOLE] if WHOLE not in splits else [])]:
        frame = rows.filter(pl.col("_split") == split)
        if frame.is_empty():
            continue
        numbers = frame.join(_ends(frame, pages, size), on=["_unit", "_page"], how="left", maintain_order="left")
        frames = numbers.partition_by("_shard", maintain_order=True)
        for number, each in enumerate(frames):
            yield Shard(
                table, split, number, len(frames), tuple(_picks(each, table, parts)), _groups(each["_bytes"].to_numpy())
            )


def _ends(rows: pl.DataFrame, pages: pl.DataFrame, size: int) -> pl.DataFrame:
    """The shard number of each page: a shard ends at a page whose hash says so."""
    grouped = rows.group_by("_unit", "_page", maintain_order=True).agg(pl.col("_bytes").sum())
    hashed = grouped.join(
        pages.select("_unit", "_page", "sha256"), on=["_unit", "_page"], how="left", maintain_order="left"
    )
    points = (int(digest[:16], 16) / 2**64 for digest in hashed["sha256"])
    numbers = pl.Series("_shard", list(shard_numbers(zip(hashed["_bytes"], points, strict=True), size)), pl.Int64)
    return hashed.select("_unit", "_page").with_columns(numbers)


def shard_numbers(pages: Iterator[tuple[int, float]], size: int) -> Iterator[int]:
    """The shard of each page, given its bytes and its point in [0, 1), which comes from its hash.

    A page ends a shard with a chance that its bytes give it: none below half the size, then about one mark in each
    half size, beyond the size one in each quarter; twice the size is the end in any case. So a shard's end depends on
    the pages near it and on nothing else, and one page more moves one or two ends.
    """
    number, filled = 0, 0
    for taken, point in pages:
        yield number
        filled += taken
        spread = size / 2 if filled < size else size / 4
        if filled >= size / 2 and (point < taken / spread or filled >= 2 * size):
            number, filled = number + 1, 0


def _picks(rows: pl.DataFrame, table: str, parts: Sequence[Path]) -> Iterator[Pick]:
    for each in rows.partition_by("_unit", maintain_order=True):
        yield Pick(parts[each["_unit"][0]] / f"{table}.parquet", each["_row"].to_numpy())


def _groups(sizes: Rows) -> tuple[int, ...]:
    """How many rows each row group holds: groups are filled up to about 32 MiB."""
    return tuple(int(n) for n in np.unique((np.cumsum(sizes) - sizes) // _GROUP_BYTES, return_counts=True)[1])
