"""Resources are judged in children, some at once; then the keys of all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace

from dataset_tools import contain
from dataset_tools.engines import local
from dataset_tools.validators.spec import Key, Spec
from dataset_tools.validators.tally import Tally
from dataset_tools.validators.work import Found, Work

TOGETHER = 64 << 20  # bytes of small files that one child judges, one after the other
_FOREVER = float("inf")
ENDLESS = contain.Limits(seconds=_FOREVER, whole=_FOREVER, memory=1 << 40)


def judge_all(works: Sequence[Work], workers: int) -> tuple[Found, ...]:
    """What is found in the rows of the resources."""
    found: list[Found] = []
    first = any(work.how.first for work in works)
    with closing(local.run(_in_child, _chunks(works), workers)) as results:
        for some in results:
            found += some
            if first and any(each.total for each in some):
                break
    return tuple(found)


def judge_keys(works: Sequence[Work], found: Sequence[Found]) -> tuple[Found, ...]:
    """What was found in the rows of all resources, with what is wrong with their keys."""
    stopped = any(work.how.first for work in works) and any(each.total for each in found)
    if stopped or len(found) < len(works) or not any(work.keys for work in works):
        return tuple(found)
    by_number = dict(zip((work.number for work in works), found, strict=True))
    for number, tally in contain.surely(_keys, list(works), "a reader died", "is it sound?", ENDLESS).items():
        by_number[number] = _with(by_number[number], tally)
    return tuple(by_number.values())


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
        tally = Tally(1)
        from dataset_tools.validators.errors import made

        tally.add(made("source-error", f"its reader died: {given.message}"))
        (work,) = works
        return [_with(Found(work.name, work.place, work.table, most=work.how.most), tally)]
    return [each for work in works for each in _in_child([work])]


def _resources(works: list[Work], steps: contain.Steps) -> list[Found]:
    from dataset_tools.validators.resource import judge_resources

    return judge_resources(works, steps)


def _keys(works: list[Work], steps: contain.Steps) -> dict[int, Tally]:
    from dataset_tools.validators.uniqueness import judge_keys

    return judge_keys(works, steps)


def _with(found: Found, tally: Tally) -> Found:
    counts = {**found.counts}
    for kind, number in tally.counts.items():
        counts[kind] = counts.get(kind, 0) + number
    return replace(found, errors=(*found.errors, *tally.kept), counts=counts)
