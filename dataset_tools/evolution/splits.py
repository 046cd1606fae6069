"""What became of the splits: their names, and which rows fall to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dataset_tools.evolution.difference import Difference
from dataset_tools.evolution.tables import Renames, unlike
from dataset_tools.schema import Schema
from dataset_tools.splits import WHOLE, followers

KEY = "dstools:splits"
Stated = Mapping[str, Any]  # `dstools:splits` as the descriptor states it; empty where it states none


def changed_splits(base: Stated, now: Stated, new: Renames) -> Iterator[Difference]:
    """The differences of two statements of the splits."""
    found = list(_changed(base, now, new))
    if not found and (path := unlike(base, now, KEY)):
        found = [Difference("restated", f"{path} moves no row", key=path)]
    yield from found


def _changed(base: Stated, now: Stated, new: Renames) -> Iterator[Difference]:
    was, shares = _shares(base), _shares(now)
    new_names = _renamed(was, shares)
    for name in was:
        if name not in shares and name not in new_names:
            yield Difference("split-removed", f'split "{name}" is gone', key=KEY)
    for name in shares:
        if name not in was and name not in new_names.values():
            yield Difference("split-added", f'split "{name}" is new', key=f"{KEY}.shares.{name}")
    for old, name in new_names.items():
        yield Difference("split-renamed", f'split "{old}" is called "{name}" now', key=f"{KEY}.shares.{name}")
    if [(new_names.get(name, name), share) for name, share in was.items()] != list(shares.items()):
        yield Difference(
            "split-shares-changed", f"the shares were {_told(was)}, are {_told(shares)}", key=f"{KEY}.shares"
        )
    if len(was) > 1 and len(shares) > 1:
        yield from _moved(base, now, new)


def _shares(stated: Stated) -> dict[str, float]:
    return dict(stated.get("shares", {})) or {WHOLE: 1.0}


def _told(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {share:g}" for name, share in shares.items())


def _renamed(base: Mapping[str, float], now: Mapping[str, float]) -> dict[str, str]:
    """New names by old, where the shares are the same ones in the same order."""
    if list(base.values()) != list(now.values()):
        return {}
    pairs = zip(base, now, strict=True)
    return {old: new for old, new in pairs if old not in now and new not in base}


def _moved(base: Stated, now: Stated, new: Renames) -> Iterator[Difference]:
    was, seed = base.get("seed", 0), now.get("seed", 0)
    if was != seed:
        yield Difference("split-seed-changed", f"the seed was {was}, is {seed}", key=f"{KEY}.seed")
    by = new.table(base["table"]), new.field(base["table"], base["by"])
    if by != (now["table"], now["by"]):
        told = f"rows were split by {'.'.join(by)}, are by {now['table']}.{now['by']}"
        yield Difference("split-by-changed", told, key=f"{KEY}.by")


def changed_ways(
    base: Mapping[str, Schema], now: Mapping[str, Schema], splits: tuple[Stated, Stated], new: Renames
) -> Iterator[Difference]:
    """The tables that follow the split table by another way; nothing where all is one split or the table another."""
    if any(len(_shares(each)) < 2 for each in splits) or new.table(splits[0]["table"]) != splits[1]["table"]:
        return
    was, ways = followers(base, splits[0]["table"]), followers(now, splits[1]["table"])
    for old in base:
        name = new.table(old)
        way = ways.get(name, ())
        if name in now and tuple(new.table(each) for each in was.get(old, ())) != way:
            told = f"by {' → '.join(way)}" if way else f"not at all: it is wholly {WHOLE}"
            yield Difference("split-way-changed", f'table "{name}" follows the split {told}', "", "foreignKeys", name)
