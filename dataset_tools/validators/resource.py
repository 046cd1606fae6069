"""In a child: a resource of any kind is judged, row by row; keys are hashed, and judged when all rows are known."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from dataset_tools import contain
from dataset_tools.errors import PackageError
from dataset_tools.validators.keying import key_files
from dataset_tools.validators.parquet import UNREADABLE, judge_file, opened, unreadable
from dataset_tools.validators.paths import unread
from dataset_tools.validators.spec import Spec
from dataset_tools.validators.tally import Tally
from dataset_tools.validators.work import Found, Work

PARQUET = ("parquet", "parq")
_BLOCK = 1 << 20
_UNREAD = ("source-error", "", "")
_COUNTED = {"bytes": "byte-count", "fields": "field-count", "rows": "row-count"}


def judge_resources(works: Sequence[Work], steps: contain.Steps) -> list[Found]:
    """What is found in some resources, one after the other; nothing after the first error, where that is enough."""
    found = []
    for number, work in enumerate(works):
        steps.at(number)
        found.append(judge_resource(work))
        if work.how.first and found[-1].total:
            break
    return found


def judge_resource(work: Work) -> Found:
    """What is found in one resource: its file, its header, its rows; a file that can't be read is an error too."""
    begun = time.monotonic()
    tally = Tally(work.how.most)
    try:
        found = _judged(work, tally)
    except OSError as error:
        _add(tally, "source-error", f"{work.place}: {error.strerror or error}")
        found = Found(work.name, work.place, work.table)
    stats = {**found.stats, "seconds": round(time.monotonic() - begun, 3)}
    warnings = (*found.warnings, *_differences(tally))
    kept, counts = tuple(tally.kept), dict(tally.counts)
    return replace(found, stats=stats, errors=kept, counts=counts, warnings=warnings, most=work.how.most)


def _judged(work: Work, tally: Tally) -> Found:
    _unreachable(work, tally)
    if tally.total:
        return Found(work.name, work.place, work.table)
    if work.format in PARQUET and work.spec is not None:
        return _parquet(work, work.spec, tally)
    return _others(work, tally)


def _unreachable(work: Work, tally: Tally) -> None:
    """Paths of a package that would be fetched, or that lead out of it; keys of tables that are not there."""
    for path in work.paths if work.package is not None else ():
        if said := unread(work.folder, path):
            _add(tally, *said)
    for key in work.spec.keys if work.spec else ():
        if key.kind == "foreign-key" and key not in work.keys:
            _add(tally, "resource-error", f'the foreign key "{", ".join(key.fields)}" names "{key.table}", no resource')


def _parquet(work: Work, spec: Spec, tally: Tally) -> Found:
    keys = key_files(work)
    rows, fields = 0, len(spec.stated["fields"])
    labels: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    size, digests = _bytes(work)
    _promised(work, tally, {"bytes": size, **digests})
    if spec.ours is not None and tally.total:  # it is not what was written: nothing in it counts
        return Found(work.name, work.place, work.table, stats={**digests, "bytes": size})
    try:
        for path in work.paths:
            if _stopped(work, tally):
                break
            with _file(work, path) as file:
                if spec.ours is not None and (said := _columns(file, spec)):
                    _add(tally, "columns", said)
                    rows += file.metadata.num_rows
                    continue
                judged = judge_file(file, spec, tally, keys, before=rows, first=work.how.first)
                rows, labels, whole = rows + judged.rows, judged.labels, judged.whole
    except PackageError as error:
        _add(tally, "source-error", error.message)
    if not tally.counts.keys() & {_UNREAD} and not _stopped(work, tally):
        _promised(work, tally, {"fields": fields, "rows": rows})
    stats = {**digests, "bytes": size, "fields": fields, "rows": rows}
    return Found(work.name, work.place, work.table, labels=labels, stats=stats, warnings=slow(whole))


@contextmanager
def _file(work: Work, path: str) -> Iterator[Any]:
    with opened(work.folder / path, path) as file:
        try:
            yield file
        except UNREADABLE as error:
            raise unreadable(path, error) from error


def _stopped(work: Work, tally: Tally) -> bool:
    """Whether nothing more is read of a resource."""
    return work.how.first and tally.total > 0


def _columns(file: Any, spec: Spec) -> str | None:
    from dataset_tools.validators.package import columns

    assert spec.ours is not None  # noqa: S101 - the caller has asked
    issue = columns(file.schema_arrow, spec.ours, "the file")
    return issue.message if issue else None


def _bytes(work: Work) -> tuple[int, dict[str, str]]:
    """The size of a resource's files and, where a hash is promised, that hash of them."""
    paths = [work.folder / path for path in work.paths]
    size = sum(path.stat().st_size for path in paths if path.is_file())
    algorithm, _ = _hash(work)
    if algorithm not in ("md5", "sha256"):
        return size, {}
    digest = hashlib.new(algorithm, usedforsecurity=False)
    for path in paths:
        if path.is_file():
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    digest.update(block)
    return size, {algorithm: digest.hexdigest()}


def _hash(work: Work) -> tuple[str, str]:
    """The algorithm and the digest that were promised, if any (Data Resource, "hash": MD5 where none is named)."""
    algorithm, colon, digest = str(work.stated.get("hash", "")).rpartition(":")
    return (algorithm if colon else "md5" if digest else ""), digest


def _promised(work: Work, tally: Tally, there: Mapping[str, Any]) -> None:
    """What is not as the descriptor says: bytes, the hash, the fields, the rows."""
    algorithm, digest = _hash(work)
    wanted = {**work.stated, algorithm: digest}
    for name, actual in there.items():
        if wanted.get(name, actual) != actual:
            _add(tally, _COUNTED.get(name, "hash-count"), f'expected is "{wanted[name]}" and actual is "{actual}"')


def _add(tally: Tally, type: str, note: str) -> None:
    from dataset_tools.validators.errors import made

    tally.add(made(type, note))


def slow(whole: Sequence[str]) -> tuple[str, ...]:
    """What to say of fields of which each value went to Frictionless."""
    named = ", ".join(f'"{name}"' for name in whole)
    return (f"no expression screens the fields {named}: Frictionless judged each of their values",) if whole else ()


def _differences(tally: Tally) -> Iterator[str]:
    for name, number in tally.fuller.items():
        yield (
            f'field "{name}": {number:,} values that frictionless accepts are refused here: '
            'a pattern is a full match (Table Schema, "Field Constraints")'
        )


def _others(work: Work, tally: Tally) -> Found:
    from dataset_tools.validators.foreign import judge_foreign

    return judge_foreign(work, tally)
