"""The files that a card lists."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from urllib.parse import urlsplit

from dataset_tools.issue import Issue
from dataset_tools.validators.loading.configs import Config
from dataset_tools.validators.loading.fault import issue_at, repeated

SHARD_NAME = re.compile(r"(?P<split>.+)-(?P<index>\d{5})-of-(?P<count>\d{5})\.parquet")


@dataclass(frozen=True, slots=True)
class _Use:
    """A file that a split of a config lists."""

    config: str
    split: str
    path: Path


def file_issues(folder: Path, configs: Iterable[Config]) -> Iterator[Issue]:
    uses = [use for config in configs for use in _uses(folder, config)]
    for name in repeated(within(folder, use.path) for use in uses):
        yield issue_at("file-twice", name, "the card lists it more than once")
    for use in uses:
        yield from _place_issues(folder, use, {each.config for each in uses})
    yield from _extra_shards(folder, {use.path for use in uses})
    yield from _missing_shards(folder, {use.path for use in uses})


def _uses(folder: Path, config: Config) -> Iterator[_Use]:
    for split, patterns in config.data_files.items():
        for pattern in patterns:
            for path in matching(folder, pattern):
                yield _Use(config.name, split, Path(os.path.normpath(path)))


def _place_issues(folder: Path, use: _Use, configs: set[str]) -> Iterator[Issue]:
    name = within(folder, use.path)
    if not use.path.resolve().is_relative_to(folder.resolve()):
        yield issue_at("outside-folder", name, f"config {use.config} lists a file outside the package", use.config)
    shard = SHARD_NAME.fullmatch(use.path.name)
    if (shard and shard["split"] != use.split) or use.path.parent.name in configs - {use.config}:
        yield issue_at("misplaced-shard", name, f"listed as split {use.split} of config {use.config}", use.config)


def _extra_shards(folder: Path, listed: set[Path]) -> Iterator[Issue]:
    folders = {path.parent for path in listed if path.is_relative_to(folder)}
    beside = {path for each in folders for path in each.glob("*.parquet")}
    for path in sorted(beside - listed):
        yield issue_at("extra-shard", within(folder, path), "no config lists it")


def _missing_shards(folder: Path, listed: set[Path]) -> Iterator[Issue]:
    series: dict[tuple[Path, str, str], set[int]] = {}
    for path in listed:
        if shard := SHARD_NAME.fullmatch(path.name):
            series.setdefault((path.parent, shard["split"], shard["count"]), set()).add(int(shard["index"]))
    for (parent, split, count), indices in sorted(series.items()):
        if lacking := set(range(int(count))) - indices:
            name = within(folder, parent / f"{split}-{min(lacking):05d}-of-{count}.parquet")
            yield issue_at("missing-shard", name, f"the card lists {len(indices)} shards of {int(count)}")


def is_local(pattern: str) -> bool:
    try:
        return not urlsplit(pattern).scheme and "::" not in pattern
    except ValueError:
        return False


def matching(folder: Path, pattern: str) -> list[Path]:
    if not is_local(pattern):
        return []
    # As text: load_dataset globs the whole path, so that a bracket in the folder's own name counts.
    matches = glob(os.path.join(folder, pattern), recursive=True)  # noqa: PTH118, PTH207
    return [path for path in map(Path, sorted(matches)) if path.is_file()]


def within(folder: Path, path: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()
