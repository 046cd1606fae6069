"""Resources are judged in children, some at once; then the keys of all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Literal

from dataset_tools import contain
from dataset_tools.engines import local
from dataset_tools.validators.spec import Key, Spec
from dataset_tools.validators.tally import Tally
from dataset_tools.validators.work import Found, Work

Keys = Literal["always", "sound", "never"]
TOGETHER = 64 << 20  # bytes of small files that one child judges, one after the other
_OURS = ["dataset_tools.validators.resource"]  # what a sound Parquet file needs, and no more
_FOREIGN = ["dataset_tools.validators.foreign"]
_FOREVER = float("inf")
ENDLESS = contain.Limits(seconds=_FOREVER, whole=_FOREVER, memory=1 << 40)


def judge(works: Sequence[Work], workers: int, keys: Keys = "always") -> tuple[Found, ...]:
    """What is found in the rows of resources and, over all of them, in their keys.

    `keys`: judged always, never, or where the rows are sound, since rows that are not read would be missed by others.
    """
    chunks = list(_chunks(works))
    if len(chunks) == 1:  # one child for rows and keys
        given = contain.call(_everything, (chunks[0], keys), ENDLESS, near=True)
        if not isinstance(given, contain.Died):
            return tuple(given)
        if len(works) == 1:
            return (_dead(works[0], given),)
    contain.prepare(_FOREIGN if any(work.package for work in works) else _OURS)
    found = _rows(chunks, workers, first=any(work.how.first for work in works))
    if not _has_keys(works, found, keys):
        return tuple(found)
    return _keyed(works, found, contain.surely(_keys, list(works), "a reader died", "is it sound?", ENDLESS))


def _rows(chunks: Sequence[list[Work]], workers: int, *, first: bool) -> list[Found]:
    found: list[Found] = []
    with closing(local.run(_in_child, chunks, workers)) as results:
        for some in results:
            found += some
            if first and any(each.total for each in some):
                break
    return found


def _has_keys(works: Sequence[Work], found: Sequence[Found], keys: Keys) -> bool:
    """Whether there are keys to judge: not where the reading has stopped before the end."""
    wrong = any(each.total for each in found)
    stopped = wrong and (keys == "sound" or any(work.how.first for work in works))
    return keys != "never" and not stopped and len(found) == len(works) and any(work.keys for work in works)


def _keyed(works: Sequence[Work], found: Sequence[Found], tallies: Mapping[int, Tally]) -> tuple[Found, ...]:
    """What was found in rows, with what is wrong with their keys."""
    pairs = zip(works, found, strict=True)
    return tuple(_with(each, tallies[work.number]) if work.number in tallies else each for work, each in pairs)


def referenced(specs: Mapping[str, Spec]) -> dict[str, tuple[Spec, tuple[Key, ...]]]:
    """Each table's spec, and its keys with what foreign keys of all tables find in it."""
    wanted: dict[str, list[Key]] = {table: [] for table in specs}
    for spec in specs.values():
        for key in spec.keys:
            reference = Key("reference", key.references)
            if key.kind == "foreign-key" and key.table in wanted and reference not in wanted[key.table]:
                wanted[key.table].append(reference)
    return {
        table: (spec, (*(key for key in spec.keys if not key.table or key.table in specs), *wanted[table]))
        for table, spec in specs.items()
    }


def _chunks(works: Sequence[Work]) -> Iterator[list[Work]]:
    """Works in their order, small ones together: a child costs more than a small file."""
    some: list[Work] = []
    size = 0
    for work in works:
        some.append(work)
        size += sum(path.stat().st_size for name in work.paths if (path := work.folder / name).is_file())
        if size >= TOGETHER:
            yield some
            some, size = [], 0
    if some:
        yield some


def _in_child(works: list[Work]) -> list[Found]:
    """What a child finds; where it dies of one of the resources, that one is an error and the others are judged."""
    given = contain.call(_resources, works, ENDLESS)
    if not isinstance(given, contain.Died):
        return list(given)
    if len(works) == 1:
        return [_dead(works[0], given)]
    return [each for work in works for each in _in_child([work])]


def _everything(task: tuple[list[Work], Keys], steps: contain.Steps) -> tuple[Found, ...]:
    works, keys = task
    found = _resources(works, steps)
    return _keyed(works, found, _keys(works, steps)) if _has_keys(works, found, keys) else tuple(found)


def _resources(works: list[Work], steps: contain.Steps) -> list[Found]:
    from dataset_tools.validators.resource import judge_resources

    return judge_resources(works, steps)


def _dead(work: Work, died: contain.Died) -> Found:
    from dataset_tools.validators.errors import made

    tally = Tally(1)
    tally.add(made("source-error", f"its reader died: {died.message}"))
    return _with(Found(work.name, work.place, work.table, most=work.how.most), tally)


def _keys(works: list[Work], steps: contain.Steps) -> dict[int, Tally]:
    from dataset_tools.validators.uniqueness import judge_keys

    return judge_keys(works, steps)


def _with(found: Found, tally: Tally) -> Found:
    counts = {**found.counts}
    for kind, number in tally.counts.items():
        counts[kind] = counts.get(kind, 0) + number
    return replace(found, errors=(*found.errors, *tally.kept), counts=counts)
