"""Validation of a package: hashes, every row by Frictionless, keys over all files, loadability; it runs no code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from dataset_tools import contain, keys
from dataset_tools.engines import local
from dataset_tools.issue import Issue
from dataset_tools.package import Package, Resource, altered, inside, read_package
from dataset_tools.passes.verify import verify_shard
from dataset_tools.validators import loadable


@dataclass(frozen=True, slots=True)
class Verdict:
    """What validation found: `issues` is empty for a sound package; `rows` counts those that were judged.

    `unjudged` are the rules that name code, which is never run for a package.
    """

    package: Package
    rows: int
    issues: tuple[Issue, ...]

    @property
    def unjudged(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(use for schema in self.package.schemas.values() for use in schema.unjudged))


def validate(folder: Path, workers: int = 1) -> Verdict:
    """Judges the package in a folder; raises PackageError where there is none."""
    package = read_package(folder)
    issues = list(altered(package))
    damaged = {issue.path for issue in issues}
    sound = [each for each in package.resources if each.path not in damaged]
    issues += _rows(package, sound, workers)
    if not issues:
        issues += _keys(package)
    issues += [issue for issue in loadable.judge(folder) if issue.path not in damaged]
    return Verdict(package, sum(each.rows for each in sound), tuple(issues))


def _rows(package: Package, resources: Sequence[Resource], workers: int) -> Iterator[Issue]:
    contain.prepare()
    tasks = ((package.folder, each, package.schemas[each.table]) for each in resources)
    for found in local.run(_in_child, tasks, workers):
        yield from found


def _in_child(task: tuple[Path, Resource, object]) -> list[Issue]:
    hint = "the file may be damaged: build it again"
    return list(contain.surely(verify_shard, task, f"{task[1].path}: its reader died", hint))


def _keys(package: Package) -> Iterator[Issue]:
    rows = {table: _key_columns(package, table) for table in package.schemas}
    for table, schema in package.schemas.items():
        for key in keys.unique(schema):
            yield from _broken(rows[table], keys.repeated(rows[table], key), "primaryKey", key, table, "stands twice")
        for foreign in schema.foreign_keys:
            mask = keys.orphaned(rows[table], foreign, rows[foreign.table or table])
            yield from _broken(
                rows[table], mask, "foreignKey", foreign.fields, table, f"is not in {foreign.table or table}"
            )


def _key_columns(package: Package, table: str) -> pl.DataFrame:
    wanted = keys.columns(package.schemas[table], package.schemas)
    frames = [
        pl.read_parquet(inside(package.folder, each.path), columns=wanted)
        .with_row_index("_row")
        .with_columns(_path=pl.lit(each.path))
        for each in package.resources
        if each.table == table
    ]
    none = {**dict.fromkeys(wanted, pl.String), "_row": pl.UInt32, "_path": pl.String}
    return pl.concat(frames) if frames else pl.DataFrame(schema=none)


def _broken(
    rows: pl.DataFrame, mask: pl.Series, reason: str, key: tuple[str, ...], table: str, said: str
) -> Iterator[Issue]:
    for row in rows.filter(mask).iter_rows(named=True):
        value = ", ".join(str(row[name]) for name in key)
        message = f"{', '.join(key)} {said}: {value}"
        yield Issue(reason, message, row["_path"], table, row["_row"], ",".join(key), value[:200])
