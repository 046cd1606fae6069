"""In a child: a resource of any kind is judged, row by row; keys are hashed, and judged when all rows are known."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from dataset_tools import contain
from dataset_tools.errors import PackageError
from dataset_tools.validators.keying import key_files
from dataset_tools.validators.parquet import UNREADABLE, judge_file, opened, unreadable
from dataset_tools.validators.spec import Spec
from dataset_tools.validators.tally import Tally
from dataset_tools.validators.work import Found, Work

PARQUET = ("parquet", "parq")
_BLOCK = 1 << 20


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
    _unreachable(work, tally)
    if tally.total:
        found = Found(work.name, work.place, work.table)
    elif work.format in PARQUET and work.spec is not None:
        found = _parquet(work, work.spec, tally)
    else:
        found = _others(work, tally)
    stats = {**found.stats, "seconds": round(time.monotonic() - begun, 3)}
    warnings = (*found.warnings, *_differences(tally))
    kept, counts = tuple(tally.kept), dict(tally.counts)
    return replace(found, stats=stats, errors=kept, counts=counts, warnings=warnings, most=work.how.most)


def _unreachable(work: Work, tally: Tally) -> None:
    """Paths that would be fetched, or that lead out of the package, links resolved."""
    for path in work.paths:
        if "://" in path:
            _add(tally, "scheme-error", f'the path "{path}" is not fetched: name it yourself')
        elif not (work.folder / path).resolve().is_relative_to(work.folder.resolve()):
            _add(tally, "source-error", f'the path "{path}" leads out of the package')
    for key in work.spec.keys if work.spec else ():
        if key.kind == "foreign-key" and key not in work.keys:
            _add(tally, "resource-error", f'the foreign key "{", ".join(key.fields)}" names "{key.table}", no resource')


def _parquet(work: Work, spec: Spec, tally: Tally) -> Found:
    keys = key_files(work)
    rows = 0
    labels: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    size, digests = _bytes(work)
    _promised(work, tally, size, digests)
    if spec.ours is not None and tally.total:  # it is not what was written: nothing in it counts
        return Found(work.name, work.place, work.table, stats={**digests, "bytes": size})
    try:
        for path in work.paths:
            with _file(work, path) as file:
                if spec.ours is not None and (said := _columns(file, spec)):
                    _add(tally, "columns", said)
                    continue
                judged = judge_file(file, spec, tally, keys, before=rows, first=work.how.first)
                rows, labels, whole = rows + judged.rows, judged.labels, judged.whole
    except PackageError as error:
        _add(tally, "source-error", error.message)
    if work.stated.get("rows", rows) != rows:
        _add(tally, "row-count", f'expected is "{work.stated["rows"]}" and actual is "{rows}"')
    stats = {**digests, "bytes": size, "fields": len(labels), "rows": rows}
    return Found(work.name, work.place, work.table, labels=labels, stats=stats, warnings=slow(whole))


@contextmanager
def _file(work: Work, path: str) -> Iterator[Any]:
    with opened(work.folder / path, path) as file:
        try:
            yield file
        except UNREADABLE as error:
            raise unreadable(path, error) from error


def _columns(file: Any, spec: Spec) -> str | None:
    from dataset_tools.validators.package import columns

    assert spec.ours is not None  # noqa: S101 - the caller has asked
    issue = columns(file.schema_arrow, spec.ours, "the file")
    return issue.message if issue else None


def _bytes(work: Work) -> tuple[int, dict[str, str]]:
    """The size of a resource's files and, where a hash is promised, that hash of them."""
    paths = [work.folder / path for path in work.paths]
    size = sum(path.stat().st_size for path in paths if path.is_file())
    algorithm = str(work.stated.get("hash", "")).partition(":")[0] if "hash" in work.stated else ""
    if algorithm not in ("md5", "sha256"):
        return size, {}
    digest = hashlib.new(algorithm, usedforsecurity=False)
    for path in paths:
        if path.is_file():
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    digest.update(block)
    return size, {algorithm: digest.hexdigest()}


def _promised(work: Work, tally: Tally, size: int, digests: dict[str, str]) -> None:
    """Bytes and hash that are not as the descriptor says."""
    if work.stated.get("bytes", size) != size:
        _add(tally, "byte-count", f'expected is "{work.stated["bytes"]}" and actual is "{size}"')
    for algorithm, digest in digests.items():
        if (wanted := str(work.stated["hash"]).partition(":")[2]) != digest:
            _add(tally, "hash-count", f'expected {algorithm} is "{wanted}" and actual is "{digest}"')


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
