"""Pass 1: units of pages become typed tables that have passed the Pandera gate, and rejects, in the cache."""

from __future__ import annotations

import hashlib
import json
import platform
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dataset_tools import cache, contain, rejects
from dataset_tools.converter import Loaded, load
from dataset_tools.dataset import Converter
from dataset_tools.errors import ConvertError, PageError
from dataset_tools.issue import Issue
from dataset_tools.page import Page, UndecodableText
from dataset_tools.reading import read_table, typed
from dataset_tools.record import NotMine, Record, Reject
from dataset_tools.rejects import Rejected, one_line
from dataset_tools.schema import Schema
from dataset_tools.sizes import row_sizes
from dataset_tools.sources import folder
from dataset_tools.sources.folder import Found
from dataset_tools.validators.table import judge
from dataset_tools.validators.witnesses import agree

MAX_PAGE = 64 << 20  # bytes of a page
_UNIT_BYTES = 32 << 20
_UNIT_PAGES = range(64, 2049)  # a unit ends at a page whose hash says so, about every 512, between these bounds
_UNIT_MASK = 511
_DEATHS = 16  # of the pages of a unit, or a tenth of them: beyond that the converter is to blame


@dataclass(frozen=True, slots=True)
class Unit:
    """A group of pages that are converted together, in the order of their page_uri."""

    pages: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """What every unit of a build shares; `refused`: by SHA-256, the pages that died in an earlier build, and why."""

    root: Path
    converter: Converter
    label: str
    digest: str
    schemas: Mapping[str, Schema]
    cache: Path
    refused: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    limits: contain.Limits = field(default_factory=contain.Limits)


@dataclass(frozen=True, slots=True)
class Part:
    """What became of a unit: the folder of its tables, or the pages that could not be read."""

    folder: Path | None
    unread: tuple[tuple[str, str], ...] = ()
    cached: bool = False
    pages: int = 0


@dataclass(slots=True)
class Gathered:
    """What the pages of a unit gave, before it is typed."""

    pages: list[tuple[str, str, int]] = field(default_factory=list)  # uri, sha256, records
    rejected: list[Rejected] = field(default_factory=list)
    records: dict[str, list[tuple[int, int, Record]]] = field(default_factory=lambda: defaultdict(list))


def units(pages: Iterable[Found]) -> Iterator[Unit]:
    """The pages in groups that end where the hash of a page_uri says so: one page more changes one unit."""
    group: list[Found] = []
    size = 0
    for page in pages:
        group.append(page)
        size += page.size
        ends = len(group) >= _UNIT_PAGES.start and not _hash(page.uri) & _UNIT_MASK
        if ends or size >= _UNIT_BYTES or len(group) >= _UNIT_PAGES.stop:
            yield Unit(tuple(group))
            group, size = [], 0
    if group:
        yield Unit(tuple(group))


def _hash(uri: str) -> int:
    return int.from_bytes(hashlib.blake2b(uri.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "big")


def converted(job: Job, unit: Unit) -> list[Part]:
    """A unit's part, made in a child; a page on which the child dies is refused, and the unit is run again.

    Several parts where the child dies on what its pages gave together. Raises ConvertError where too many die.
    """
    return _converted(job, unit, {})


def _converted(job: Job, unit: Unit, refused: dict[str, tuple[str, str]]) -> list[Part]:
    doubted: set[int] = set()
    while True:
        given = contain.call(convert_unit, (job, unit, refused), job.limits)
        if isinstance(given, Part):
            return [given]
        if not given.sure and given.step not in doubted:  # the page may be as innocent as its neighbours: once more
            doubted.add(given.step)
            continue
        together = given.step < 0 or (given.reason == "memory" and given.step > 0)
        if together and len(unit.pages) > 1:
            half = given.step if given.step > 0 else len(unit.pages) // 2
            halves = Unit(unit.pages[:half]), Unit(unit.pages[half:])
            return [part for each in halves for part in _converted(job, each, refused)]
        _refuse(unit, unit.pages[max(0, given.step)].uri, given, refused)


def _refuse(unit: Unit, uri: str, died: contain.Died, refused: dict[str, tuple[str, str]]) -> None:
    """Adds a page to those refused; raises ConvertError where that cannot help, or too many are."""
    if uri in refused:
        raise ConvertError(f"{uri}: {died.message}, though the page was left out", "run the same command again")
    refused[uri] = (died.reason, died.message)
    dead = [page.uri for page in unit.pages if page.uri in refused]
    if len(dead) > max(_DEATHS, len(unit.pages) // 10):
        raise ConvertError(
            f"the converter died on {len(dead):,} of {len(unit.pages):,} pages, the last: {uri}: {died.message}",
            "mend the converter; dstools convert DATASET PAGE runs it on one page",
        )


def probe(task: tuple[Path, Converter, Mapping[str, Schema]], _steps: contain.Steps) -> tuple[str, str]:
    """In a child: the label of a converter, and the digest of its code and of the rules' that the project brings."""
    root, converter, schemas = task
    for rule in (rule for schema in schemas.values() for rule in schema.rules if rule.code):
        rule.expression()  # imports it, so that its code is part of the digest
    loaded = load(root, converter)
    return loaded.label, loaded.digest


def convert_unit(task: tuple[Job, Unit, Mapping[str, tuple[str, str]]], steps: contain.Steps) -> Part:
    """In a child: the part of a unit, from the cache or converted."""
    job, unit, refused = task
    pages, unread = _read(unit)
    if unread:
        return Part(None, tuple(unread), pages=len(unit.pages))
    bodies = [page for page in pages if isinstance(page, Page)]
    known = {page.uri: job.refused[page.sha256] for page in bodies if page.sha256 in job.refused}
    refused = {**known, **refused}
    name = _key(job, unit, pages, refused)
    if kept := cache.found(job.cache, name):
        return Part(kept, cached=True, pages=len(unit.pages))
    gathered = _gather(job, unit, pages, refused, steps)
    steps.at(-1)
    tables = {table: _gate(table, job, gathered) for table in job.schemas}
    return Part(cache.stored(job.cache, name, lambda folder: _fill(folder, tables, gathered)), pages=len(unit.pages))


def _read(unit: Unit) -> tuple[list[Page | str], list[tuple[str, str]]]:
    """Each page of the unit, or the hash of what is passed over or too large; and those that cannot be read."""
    pages: list[Page | str] = []
    unread = []
    for found in unit.pages:
        try:
            pages.append(_page(found))
        except PageError as error:
            unread.append((found.uri, error.message))
    return pages, unread


def _page(found: Found) -> Page | str:
    if found.over:
        return ""
    if found.size > MAX_PAGE:
        return folder.digest(found)
    page = folder.read(found, MAX_PAGE)
    return page if len(page.body) <= MAX_PAGE else folder.digest(found)


def _key(job: Job, unit: Unit, pages: list[Page | str], refused: Mapping[str, tuple[str, str]]) -> str:
    fixed = [job.digest, json.dumps([job.converter.use, job.converter.options], sort_keys=True)]
    fixed += [json.dumps(schema.stated, sort_keys=True) for schema in job.schemas.values()]
    fixed += [f"{name} {version(name)}" for name in ("pyarrow", "polars", "pandera")] + [platform.python_version()]
    for found, page in zip(unit.pages, pages, strict=True):
        died = refused.get(found.uri, ("", ""))
        fixed += [found.uri, page.sha256 if isinstance(page, Page) else page, found.over or "", *died]
    return cache.key([*job.schemas, *fixed])


def _gather(
    job: Job, unit: Unit, pages: list[Page | str], refused: Mapping[str, tuple[str, str]], steps: contain.Steps
) -> Gathered:
    gathered, loaded = Gathered(), load(job.root, job.converter)
    for number, (found, page) in enumerate(zip(unit.pages, pages, strict=True)):
        steps.at(number)
        digest = page.sha256 if isinstance(page, Page) else page
        if found.over:
            why = rejects.REASONS[found.over]
            outcome: Outcome = Rejected(number, found.uri, None, found.over, why, rejects.PASSED_OVER)
        elif isinstance(page, str):
            outcome = Rejected(number, found.uri, page, "too-large", f"{found.size:,} bytes, of at most {MAX_PAGE:,}")
        elif found.uri in refused:
            reason, message = refused[found.uri]
            outcome = Rejected(number, found.uri, page.sha256, reason, message)
        else:
            outcome = convert_page(number, page, loaded)
        _take(gathered, number, found.uri, digest, outcome, job.schemas)
    return gathered


Outcome = Rejected | list[Record | Reject]


def convert_page(number: int, page: Page, loaded: Loaded) -> Outcome:
    """What the converter gives for a page, or why the page is refused or passed over as a whole."""

    def refuse(reason: str, message: str, kind: str = rejects.REJECTED, place: str | None = None) -> Rejected:
        return Rejected(number, page.uri, page.sha256, reason, one_line(message), kind, place=place)

    given: list[Record | Reject] = []
    try:
        for each in loaded.function(page):
            if fault := _fault(each):
                return refuse("converter-error", fault)
            if isinstance(each, Reject) and each.table is None:
                return refuse(each.reason, each.message, place=each.place)
            given.append(each)
    except NotMine as error:
        if given:
            return refuse("converter-error", f"it passed the page over after {len(given)} records")
        return refuse("not-mine", str(error) or rejects.REASONS["not-mine"], rejects.PASSED_OVER)
    except UndecodableText as error:
        return refuse("undecodable", str(error))
    except MemoryError:
        raise
    except BaseException as error:  # a converter can raise anything, SystemExit included: it costs its page, no more
        return refuse("converter-error", _said(error))
    return given or refuse("no-records", rejects.REASONS["no-records"])


def _fault(given: object) -> str | None:
    """What is wrong with the shape of what a converter gave, None where it is a Record or a Reject of plain parts."""
    if not isinstance(given, Record | Reject):
        return f"it gave a {type(given).__name__}, not a Record or a Reject"
    texts = {"place": given.place or "", "table": given.table if isinstance(given, Record) else given.table or ""}
    if isinstance(given, Reject):
        texts |= {"reason": given.reason, "message": given.message}
    elif not isinstance(given.values, Mapping):
        return f"it gave a Record whose values are a {type(given.values).__name__}, not a mapping"
    wrong = next((name for name, text in texts.items() if not isinstance(text, str)), None)
    return f"it gave a {type(given).__name__} whose {wrong} is no string" if wrong else None


def _said(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # a converter's own exception can fail at this, too
        return type(error).__name__


def _take(gathered: Gathered, number: int, uri: str, digest: str, outcome: Outcome, tables: Container[str]) -> None:
    if isinstance(outcome, Rejected):
        gathered.rejected.append(outcome)
        gathered.pages.append((uri, digest, 0))
        return
    gathered.pages.append((uri, digest, len(outcome)))
    for ordinal, given in enumerate(outcome):
        if isinstance(given, Record) and given.table in tables:
            gathered.records[given.table].append((number, ordinal, given))
            continue
        if isinstance(given, Record):
            given = Reject("unknown-table", f"the dataset has no table {given.table!r}", given.table, given.place)
        gathered.rejected.append(
            Rejected(
                page=number,
                page_uri=uri,
                page_sha256=digest,
                reason=given.reason,
                message=one_line(given.message),
                record=ordinal,
                table=given.table,
                place=given.place,
            )
        )


def _gate(table: str, job: Job, gathered: Gathered) -> pa.Table:
    """The rows of a table that keep their types, constraints and rules; the others join the rejects."""
    schema, rows = job.schemas[table], gathered.records.get(table, [])
    filled = {each.name: each.fill for each in schema.fields if each.fill}
    values = [_values(gathered, page, record, filled, job) for page, _, record in rows]
    read, issues = read_table(values, schema)
    issues += _unknown(rows, frozenset(schema.names) - frozenset(filled))
    mistyped = {(issue.row, issue.field) for issue in issues}
    broken_promises = judge(read, schema)
    agree(read, schema, broken_promises)
    issues += [each for each in broken_promises if (each.row, (each.field or "").split("[")[0]) not in mistyped]
    for issue in issues:
        gathered.rejected.append(_rejected(gathered, table, rows, issue))
    broken = {issue.row for issue in issues}
    kept = [row for row in range(len(rows)) if row not in broken]
    good = typed(read.take(pa.array(kept, pa.int64())) if broken else read, schema)
    places = {"_page": [rows[row][0] for row in kept], "_record": [rows[row][1] for row in kept]}
    columns = [*good.columns, *(pa.array(each, pa.int32()) for each in places.values()), pa.array(row_sizes(good))]
    return pa.table(columns, names=[*good.column_names, *places, "_bytes"])


def _values(gathered: Gathered, page: int, record: Record, filled: Mapping[str, str], job: Job) -> Mapping[str, Any]:
    if not filled:
        return record.values
    uri, digest, _ = gathered.pages[page]
    known = {"page.uri": uri, "page.sha256": digest, "converter": job.label}
    return {**record.values, **{name: known.get(fill) for name, fill in filled.items()}}


def _unknown(rows: list[tuple[int, int, Record]], known: frozenset[str]) -> list[Issue]:
    return [
        Issue("unknown-field", f"the schema has no {name!r}, or the build fills it", row=row, field=str(name))
        for row, (_, _, record) in enumerate(rows)
        if not record.values.keys() <= known
        for name in sorted(map(str, record.values.keys() - known))
    ]


def _rejected(gathered: Gathered, table: str, rows: list[tuple[int, int, Record]], issue: Issue) -> Rejected:
    page, ordinal, record = rows[issue.row or 0]
    uri, digest, _ = gathered.pages[page]
    return Rejected(
        page=page,
        page_uri=uri,
        page_sha256=digest,
        reason=issue.reason,
        message=one_line(issue.message),
        stage="gate",
        record=ordinal,
        table=table,
        field=issue.field,
        value=issue.value,
        place=record.place,
    )


def _fill(folder: Path, tables: Mapping[str, pa.Table], gathered: Gathered) -> None:
    for table, rows in tables.items():
        if rows.num_rows:
            pq.write_table(rows, folder / f"{table}.parquet", compression="zstd", compression_level=1)
    uris, digests, counts = zip(*gathered.pages, strict=True)
    columns = [pa.array(uris, pa.string()), pa.array(digests, pa.string()), pa.array(counts, pa.int64())]
    pages = pa.table(columns, names=["uri", "sha256", "records"])
    pq.write_table(pages, folder / "_pages.parquet", compression="zstd")
    pq.write_table(rejects.as_table(gathered.rejected), folder / "_rejects.parquet", compression="zstd")
