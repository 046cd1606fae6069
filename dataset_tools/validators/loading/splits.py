"""The splits of a config, held against what the card promises."""

from collections.abc import Iterator
from glob import has_magic
from pathlib import Path

from dataset_tools.issue import Issue
from dataset_tools.validators.loading.columns import inferred, shard_issues
from dataset_tools.validators.loading.configs import Config
from dataset_tools.validators.loading.fault import CARD, issue_at, named
from dataset_tools.validators.loading.files import is_local, matching, within
from dataset_tools.validators.loading.promises import Promise
from dataset_tools.validators.loading.shard import Shard, read_shard


def config_issues(folder: Path, config: Config, promise: Promise) -> Iterator[Issue]:
    yield from _unpromised(config, promise)
    yield from _split_set(config, promise)
    columns = promise.columns
    for split, patterns in config.data_files.items():
        found = list(_found(folder, config, patterns))
        shards = [each for each in found if isinstance(each, Shard)]
        yield from (each for each in found if isinstance(each, Issue))
        if len(shards) == len(found):
            yield from _split_rows(config, split, sum(shard.rows for shard in shards), promise)
        for shard in shards:
            if columns is None:
                columns = inferred(shard, config.name)
            yield from shard_issues(shard, config.name, columns)


def _unpromised(config: Config, promise: Promise) -> Iterator[Issue]:
    for key, value in (("features", promise.columns), ("splits", promise.rows)):
        if value is None:
            yield issue_at("missing-promise", CARD, f"dataset_info has no {key} of config {config.name}", config.name)


def _split_set(config: Config, promise: Promise) -> Iterator[Issue]:
    listed = config.data_files.keys()
    promised = listed if promise.rows is None else promise.rows.keys()
    for split in sorted(promised - listed):
        what = f"dataset_info has split {split} of config {config.name}, data_files have not"
        yield issue_at("missing-split", CARD, what, config.name)
    for split in sorted(listed - promised):
        what = f"data_files have split {split} of config {config.name}, dataset_info has not"
        yield issue_at("extra-split", CARD, what, config.name)


def _split_rows(config: Config, split: str, rows: int, promise: Promise) -> Iterator[Issue]:
    promised = rows if promise.rows is None else promise.rows.get(split, rows)
    if rows == 0:
        yield issue_at("empty-split", CARD, f"split {split} of config {config.name} has no rows", config.name)
    elif rows != promised:
        what = f"split {split} of config {config.name} has {rows} rows, the card says {named(promised)}"
        yield issue_at("row-count", CARD, what, config.name)


def _found(folder: Path, config: Config, patterns: list[str]) -> Iterator[Shard | Issue]:
    for pattern in patterns:
        paths = matching(folder, pattern)
        if not is_local(pattern):
            yield issue_at("remote-file", CARD, f"{pattern} of config {config.name} is not a path", config.name)
        elif not paths and not has_magic(pattern):
            yield issue_at("missing-file", pattern, "the card lists it, it is not there", config.name)
        yield from (read_shard(within(folder, path), path, config.name) for path in paths)
