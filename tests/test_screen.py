"""Screened or not: what we find in any table is what Frictionless finds in all its rows, and in all its keys."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import test_conformance as conformance
from frictionless import Field, FrictionlessException, Package, Schema, errors
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from dataset_tools import hashes
from dataset_tools.dialects.arrow import in_utc
from dataset_tools.reading import read_table
from dataset_tools.validators import keying, package, parquet, rows, text, uniqueness
from dataset_tools.validators.errors import ERRORS
from dataset_tools.validators.issues import issues_of
from dataset_tools.validators.judging import referenced
from dataset_tools.validators.resource import judge_resource
from dataset_tools.validators.screen import bounds, promises, typed
from dataset_tools.validators.screen import rows as screen_rows
from dataset_tools.validators.screen import text as screen_text
from dataset_tools.validators.screen.field import Field as Field_
from dataset_tools.validators.spec import of_descriptor, of_schema
from dataset_tools.validators.tally import Tally
from dataset_tools.validators.work import How, Work

CI = settings(
    max_examples=125,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # a table takes minutes to shrink
    report_multiple_bugs=False,
    database=None,
    suppress_health_check=list(HealthCheck),
)
DEEP = settings(CI, max_examples=2_000, derandomize=False)
ALL = 10**9
SCHEMA_2 = "https://datapackage.org/profiles/2.0/tableschema.json"
RESOURCE_2 = "https://datapackage.org/profiles/2.0/dataresource.json"  # frictionless forgets the package's in a copy
PACKAGE_2 = "https://datapackage.org/profiles/2.0/datapackage.json"

Stated = dict[str, Any]
Found = Counter[tuple[Any, ...]]


# What is compared


@dataclass(frozen=True)
class Table:
    """A table as it is written: `labels`, and cells by row; or, where `columns` are given, typed columns."""

    schema: Stated
    labels: list[str]
    cells: list[list[Any]] = field(default_factory=list)
    columns: list[pa.Array] | None = None


@dataclass(frozen=True)
class Case:
    """Tables of a package by name; `format` is what they are written as, `at_once` how many rows are in memory."""

    tables: Mapping[str, Table]
    format: str
    at_once: int = 20_000
    keys_at_once: int = 2_000_000


@dataclass
class Verdict:
    """Errors as (type, row, field, constraint, note), and rows by table."""

    found: Found = field(default_factory=Counter)
    rows: dict[str, int] = field(default_factory=dict)

    def add(self, table: str, error: Mapping[str, Any]) -> None:
        """Of a foreign key not the values: we write them as they stand in the file, frictionless as it reads them."""
        name = error.get("fieldName") or ",".join(error.get("fieldNames", ()))
        note = error["note"] if error["type"] != "foreign-key" else error["referenceName"] or table
        self.found[(table, error["type"], error.get("rowNumber"), name, note)] += 1


def written(case: Case, folder: Path) -> Stated:
    """The descriptor of the package whose files are now in the folder."""
    resources = [_written(name, each, case.format, folder) for name, each in case.tables.items()]
    return {"$schema": PACKAGE_2, "name": "drawn", "resources": resources}


def _written(name: str, table: Table, format: str, folder: Path) -> Stated:
    path = folder / f"{name}.{format}"
    if table.columns is not None:
        given = pa.Table.from_arrays(table.columns, names=table.labels)
        pq.write_table(given, path, row_group_size=max(1, given.num_rows // 2))
    elif format == "csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([table.labels, *table.cells])
    else:
        path.write_text("".join(json.dumps(each) + "\n" for each in [table.labels, *table.cells]), "utf-8")
    dialect = {"dialect": {"delimiter": ","}} if format == "csv" else {}
    file = {"path": path.name, "format": format, "encoding": "utf-8", **dialect}
    return {"$schema": RESOURCE_2, "name": name, **file, "schema": table.schema}


def by_us(case: Case, folder: Path, stated: Stated) -> Verdict:
    """Our verdict, without the children in which it is made."""
    verdict = Verdict()
    with TemporaryDirectory() as scratch, pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet, "ROWS", case.at_once)
        patch.setattr(text, "ROWS", case.at_once)
        patch.setattr(hashes, "IN_MEMORY", case.keys_at_once)
        how = How(ALL, False, Path(scratch), (1, 2))
        read = {
            name: Schema.from_descriptor(deepcopy(each.schema)).to_descriptor() for name, each in case.tables.items()
        }
        specs = referenced({name: of_descriptor(each, name) for name, each in read.items()})
        works = []
        for number, each in enumerate(stated["resources"]):
            told = (how, number, each["name"], each["path"], each["name"], folder, (each["path"],), case.format)
            works.append(Work(*told, *specs[each["name"]], {**stated, "resources": [each]}))
        found = [judge_resource(work) for work in works]
        tallies = uniqueness.judge_keys(works, None)  # type: ignore[arg-type]
    for work, each in zip(works, found, strict=True):
        tally = tallies.get(work.number)
        told = [*each.errors, *(tally.kept if tally else ())]
        assert len(told) == each.total + (tally.total if tally else 0)
        for error in told:
            verdict.add(work.table, {**error, "type": _type(error)})
        verdict.rows[work.table] = each.stats.get("rows", 0)
    return verdict


# Where our verdict is another than frictionless's: the reason, and how a note begins
DIFFERENCES = {
    'matching fields by name ("fieldsMatch"': (
        "error",  # frictionless has no type for it; in Parquet it is a source-error of ours
        "labels that stand twice can't be matched by name: nothing of the file is judged",
    )
}


def _type(error: Mapping[str, Any]) -> str:
    """The type of an error as frictionless has it."""
    other = (type for note, (type, _) in DIFFERENCES.items() if error["note"].startswith(note))
    return str(next(other, error["type"]))


def as_given(schema: Stated, *, keys: bool) -> Stated:
    """A schema as frictionless has to be given it: a pattern is a full match, a part of a primary key is required."""
    given = deepcopy(schema)
    primary = given.get("primaryKey", [])
    for each in given["fields"]:
        constraints = each.setdefault("constraints", {})
        if "pattern" in constraints:
            constraints["pattern"] = rf"(?:{constraints['pattern']})\Z"
        if each["name"] in ([primary] if isinstance(primary, str) else primary):
            constraints["required"] = True
        if not keys:
            constraints.pop("unique", None)
    return given if keys else {k: v for k, v in given.items() if k not in ("primaryKey", "foreignKeys")}


def as_given_package(case: Case, folder: Path, stated: Stated, *, keys: bool) -> Package:
    """The package for frictionless; rows of Parquet are in memory: it misreads lists, and integers with nulls."""
    if case.format != "parquet":
        given = deepcopy(stated)
        for each in given["resources"]:
            each["schema"] = as_given(each["schema"], keys=keys)
        return Package.from_descriptor(given, basepath=str(folder))
    resources = [
        {"$schema": RESOURCE_2, "name": each["name"], "data": [], "schema": as_given(each["schema"], keys=keys)}
        for each in stated["resources"]
    ]
    made = Package.from_descriptor({"$schema": PACKAGE_2, "name": "drawn", "resources": resources})
    for resource, each in zip(made.resources, stated["resources"], strict=True):
        table = pq.ParquetFile(folder / each["path"]).read()
        _cells(table)  # raises here where Python has no such values: frictionless would hide it in an error of its own
        resource.data = partial(_cells, table)
    return made


def _cells(table: pa.Table) -> list[list[Any]]:
    """Made for each reading: frictionless writes the items of an array back into what it reads."""
    columns = [in_utc(column).to_pylist() for column in table.columns]
    return [table.column_names, *map(list, zip(*columns, strict=True))]


def by_frictionless(case: Case, folder: Path, stated: Stated, *, keys: bool) -> Verdict:
    """Frictionless's verdict on all rows, and the plain oracle's on what frictionless ignores."""
    verdict = Verdict()
    for name in case.tables:
        report = as_given_package(case, folder, stated, keys=keys).get_resource(name).validate(limit_errors=ALL)
        for error in [*report.errors, *(error for task in report.tasks for error in task.errors)]:
            verdict.add(name, error.to_descriptor())
        verdict.rows[name] = report.tasks[0].stats.get("rows", 0) if report.tasks else 0
    return verdict


def logical(case: Case, folder: Path, stated: Stated) -> dict[str, list[tuple[int, Stated]]]:
    """The rows of each table as frictionless reads them: number, and values by field."""
    read = {}
    for name in case.tables:
        resource = as_given_package(case, folder, stated, keys=False).get_resource(name)
        try:
            with resource:
                read[name] = [(row.row_number, dict(row.items())) for row in resource.row_stream]
        except FrictionlessException:
            read[name] = []
    return read


def by_hand(case: Case, read: Mapping[str, list[tuple[int, Stated]]], *, keys: bool) -> Found:
    """What frictionless ignores, by plain Python: uniqueKeys and categories; `keys`: and every other key."""
    found: Found = Counter()
    for name, table in case.tables.items():
        for error in (*_categories(table.schema, read[name]), *_unique_keys(table.schema, read[name])):
            found[(name, *error)] += 1
        for error in _keys(name, table.schema, read) if keys else ():
            found[(name, *error)] += 1
    return found


def _ignored(schema: Stated) -> bool:
    """Whether a schema states what frictionless ignores."""
    return "uniqueKeys" in schema or any("categories" in each for each in schema["fields"])


def _categories(schema: Stated, read: list[tuple[int, Stated]]) -> Iterator[tuple[Any, ...]]:
    for each in schema["fields"]:
        if "categories" in each:
            allowed = [one["value"] if isinstance(one, dict) else one for one in each["categories"]]
            for number, row in read:
                value = row.get(each["name"])
                if value is not None and value not in allowed:
                    yield "categories", number, each["name"], f'"{value}"'


def _unique_keys(schema: Stated, read: list[tuple[int, Stated]]) -> Iterator[tuple[Any, ...]]:
    for key in schema.get("uniqueKeys", ()):
        names = [key] if isinstance(key, str) else key
        for number, note in _twice(names, read, excused=any):
            yield "unique-keys", number, ",".join(names), note


def _twice(names: Sequence[str], read: list[tuple[int, Stated]], excused: Any) -> Iterator[tuple[int, str]]:
    seen: dict[Any, int] = {}
    for number, row in read:
        if not set(names) <= row.keys() or excused(row[name] is None for name in names):
            continue
        key = frozen([row[name] for name in names])
        if key in seen:
            yield number, f"the same as in the row at position {seen[key]}"
        seen[key] = number


def _keys(table: str, schema: Stated, read: Mapping[str, list[tuple[int, Stated]]]) -> Iterator[tuple[Any, ...]]:
    """Primary, unique and foreign keys, of values that frictionless can't look up (lists, objects)."""
    primary = schema.get("primaryKey", [])
    primary = [primary] if isinstance(primary, str) else primary
    if primary:
        for number, row in read[table]:
            if set(primary) <= row.keys() and all(row[name] is None for name in primary):
                yield "primary-key", number, "", 'cells composing the primary keys are all "None"'
        yield from (("primary-key", number, "", note) for number, note in _twice(primary, read[table], all))
    for each in schema["fields"]:
        if each.get("constraints", {}).get("unique"):
            found = _twice([each["name"]], read[table], all)
            yield from (("unique-error", number, each["name"], note) for number, note in found)
    for key in schema.get("foreignKeys", ()):
        names, reference = key["fields"], key["reference"]
        parents = read[reference["resource"] or table]
        there = {frozen([row.get(name) for name in reference["fields"]]) for _, row in parents}
        for number, row in read[table]:
            wanted = [row.get(name) for name in names]
            if set(names) <= row.keys() and any(each is not None for each in wanted) and frozen(wanted) not in there:
                yield "foreign-key", number, ",".join(names), reference["resource"] or table


def frozen(value: Any) -> Any:
    """A value that can be looked up; a NaN equals nothing."""
    if isinstance(value, list):
        return "list", tuple(map(frozen, value))
    if isinstance(value, dict):
        return "dict", frozenset((name, frozen(each)) for name, each in value.items())
    return object() if isinstance(value, float | Decimal) and value != value else value


def agreed(case: Case, folder: Path) -> str:
    """How it was compared, when the verdicts are one."""
    stated = written(case, folder)
    try:
        return _compared(case, folder, stated, keys=True)
    except FAILURES as error:
        crash = error
    try:
        _compared(case, folder, stated, keys=False)
    except FAILURES as error:
        return _raises_or_reports(case, folder, stated, error)
    return f"keys by hand: {type(crash).__name__}"


def _compared(case: Case, folder: Path, stated: Stated, *, keys: bool) -> str:
    """Raises what frictionless raises; it may raise of keys only."""
    wanted = by_frictionless(case, folder, stated, keys=keys)
    if not keys or any(_ignored(table.schema) for table in case.tables.values()):
        wanted.found += by_hand(case, logical(case, folder, stated), keys=not keys)
    SEEN.update(each[1] for each in wanted.found)
    try:
        ours = by_us(case, folder, stated)
    except FAILURES as error:
        raise AssertionError(f"we raise {error!r}") from error
    assert_same(ours, wanted)
    return "all"


# What frictionless, pyarrow and Python raise of values that they do not have or do not compare
FAILURES = (TypeError, ArithmeticError, ValueError, FrictionlessException)


def assert_same(ours: Verdict, wanted: Verdict) -> None:
    missed, added = wanted.found - ours.found, ours.found - wanted.found
    assert not missed and not added, f"we miss {dict(missed)}, we add {dict(added)}"
    assert ours.rows == wanted.rows


def _raises_or_reports(case: Case, folder: Path, stated: Stated, crash: Exception) -> str:
    try:
        ours = by_us(case, folder, stated)
    except FAILURES as error:
        return f"both raise: {type(crash).__name__}, {type(error).__name__}"
    assert ours.found, f"frictionless raises {crash!r}, we say valid"
    return f"we report where frictionless raises: {type(crash).__name__}"


SEEN: set[str] = set()


# What is drawn: fields

TYPES: dict[str, list[Stated]] = {
    "string": [{}, {}, {}, {"format": "email"}, {"format": "uri"}, {"format": "uuid"}, {"format": "binary"}],
    "integer": [{}, {}, {"bareNumber": False}],
    "number": [
        *({}, {}, {"floatNumber": True}, {"bareNumber": False}, {"groupChar": ","}, {"decimalChar": ","}),
        {"decimalChar": ",", "groupChar": ".", "bareNumber": False, "floatNumber": True},
    ],
    "boolean": [{}, {}, {"trueValues": ["yes", "ja", "1"], "falseValues": ["no", "0"]}, {"trueValues": ["a"]}],
    "date": [{}, {}, {"format": "any"}, {"format": "%d/%m/%y"}],
    "time": [{}, {}, {"format": "any"}, {"format": "%H.%M"}],
    "datetime": [{}, {}, {"format": "any"}, {"format": "%Y/%m/%d %H:%M"}],
    "year": [{}],
    "yearmonth": [{}],
    "duration": [{}],
    "geopoint": [{}, {"format": "array"}, {"format": "object"}],
    "geojson": [{}, {"format": "topojson"}],
    "object": [{}],
    "array": [
        {},
        {},
        {"arrayItem": {"type": "integer", "constraints": {"minimum": 1}}},
        {"arrayItem": {"type": "string"}},
    ],
    "list": [{}, {"itemType": "integer"}, {"delimiter": ";", "itemType": "date"}],
    "any": [{}],
}
RANGES = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]
LENGTHS = ["minLength", "maxLength"]
ORDERED = ("integer", "number", "date", "time", "datetime", "year", "yearmonth")
CONSTRAINTS: dict[str, list[str]] = {
    **{kind: ["required", "unique", "enum", *RANGES] for kind in ORDERED},
    **{kind: ["required", "unique", "enum"] for kind in ("boolean", "duration", "geopoint", "geojson", "any")},
    **{kind: ["required", "unique", "enum", *LENGTHS] for kind in ("array", "object")},
    "list": ["required", "unique", *LENGTHS],
    "string": ["required", "unique", "enum", "pattern", *LENGTHS],
}
PATTERNS = ["a", "a|bb", "^a$", r"\d+", "[^a]", ".*", "(a|b)+", r"\w+", "é", r"a(?=\Z)", "a$", "[a-c]{1,2}"]
LIMITS = [0, 1, 2, 3, 10**18, 2.0]
BOUNDS: dict[str, list[Any]] = {
    "integer": [0, 1, -1, 5, "5", " 5 ", 2**53 + 1, 2**63, 10**30, -(10**30), 10**40, 1.0, "x"],
    "number": [0, 1, 0.5, 0.1, "0.1", "0.10", -0.5, 2**53 + 1, "0.1000000000000000055", 1e300, 10**30, "1e400", "NaN"],
    "year": [0, 1, 2020, 9999, "2020", 10_000, "20", 2020.0],
    "yearmonth": ["2020-01", [2020, 1], "0-1"],
    "date": ["0001-01-01", "2020-01-01", "9999-12-31", "2020-1-1", "1969-12-31", "01/02/20"],
    "time": ["00:00:00", "12:00:00", "12:00:00.000001", "23:59:59.999999", "12:00:00Z", "12.00"],
    "datetime": [
        *("2020-01-01T00:00:00", "2020-01-01T00:00:00Z", "2020-01-01T08:00:00+08:00", "2020-01-01 00:00:00"),
        *("0001-01-01T00:00:00", "0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59", "2020-01-01T00:00:00.000001"),
        "2020/01/01 00:00",
    ],
}
# Cells of text, right and wrong, plain and odd
TEXTS: dict[str, list[str]] = {
    "string": [
        *("a", "bb", "a\n", "\n", "é", "😀", "", " ", "1", "３", "abc", "x@y.org", "http://a.b", "a.b"),
        *("Zm9v", "Zm9", "POINT (1 2)", "9f6c1a1e-7a2b-4c39-8d10-0b0c8c3b1f11", "9F6C1A1E-7A2B-4C39-8D10-0B0C8C3B1F11"),
    ],
    "integer": [
        *(
            "0",
            "1",
            "5",
            "-1",
            "-0",
            "+5",
            "05",
            " 5",
            "5 ",
            "1_000",
            "٣",
            "12345678901234567890",
            "9" * 30,
            "1.0",
            "1e3",
        ),
        *("x", "5 EUR", "€5", "True", "9" * 18, "1" + "0" * 18, "5\n"),
    ],
    "number": [
        *(
            "0",
            "0.0",
            "-0",
            "-0.00",
            "1.5",
            "1.50",
            "1,5",
            "1.234,5",
            "1,234.5",
            "1e3",
            "NaN",
            "nan",
            "inf",
            "-Infinity",
        ),
        *(
            " 1.5",
            "1_0.5",
            "1.",
            ".5",
            "0.1",
            "0.10",
            "0.1000000000000000055",
            "1" * 30,
            "5%",
            "$5",
            "x",
            "1e400",
            "+1",
        ),
    ],
    "boolean": ["true", "True", "TRUE", "1", "false", "0", "yes", "no", "ja", "t", " true", "a", "tRue"],
    "date": [
        *(
            "2020-01-01",
            "0001-01-01",
            "9999-12-31",
            "1969-12-31",
            "2020-1-2",
            "2020-02-30",
            "0000-01-01",
            "10000-01-01",
        ),
        *("20200101", " 2020-01-01", "2020-01-01 ", "01/02/20", "2020-01-01T00:00:00", "x", "5", "0999-01-01"),
    ],
    "time": [
        *(
            "12:00:00",
            "00:00:00",
            "23:59:59",
            "24:00:00",
            "23:59:60",
            "12:00:00Z",
            "14:00:00+02:00",
            "12:00:00.5",
            "12:00",
        ),
        *("12.00", "x", "12:00:00+00:00", "12:00:00\n", "1:00:00", "12:00:00.000001"),
    ],
    "datetime": [
        *("2020-01-01T00:00:00", "2020-01-01T00:00:00Z", "2020-01-01T08:00:00+08:00", "2020-01-01 00:00:00"),
        *("2020-01-01T24:00:00", "2020-02-30T00:00:00", "0001-01-01T00:00:00", "0001-01-01T00:00:00+14:00"),
        *("9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "2020-01-01", "2020/01/01 00:00", "x"),
        *("2020-01-01T00:00:00.000001", "2020-01-01T00:00:00+00:00", "0000-01-01T00:00:00Z"),
    ],
    "year": ["2020", "0000", "9999", "10000", "20", "-001", "+200", " 202", "٢٠٢٠", "x", "2_20"],
    "yearmonth": ["2020-01", "2020-1", "2020-13", "0-1", "x", "2020", "-1-1", "2020-01-01"],
    "duration": ["P1Y", "P12M", "PT60S", "PT1M", "P1D", "PT24H", "x", "P", "P1.5D", "-P1D"],
    "geopoint": [
        "1,2",
        "1.0, 2",
        "181,0",
        "0,91",
        "x",
        "[1,2]",
        '{"lon": 1, "lat": 2}',
        "1.00000000000000000001,2",
        "NaN,1",
    ],
    "geojson": [
        '{"type": "Point", "coordinates": [1, 2]}',
        '{"type": "Topology", "objects": {}, "arcs": []}',
        "{}",
        "x",
        "[]",
    ],
    "object": ["{}", '{"a": 1}', "[]", "x", '{"a": 1.0}', "1"],
    "array": ["[]", "[1]", "[0, 2]", '["a"]', "{}", "x", "[1.0]", "[null]"],
    "list": ["a,b", "1,2", "1", "1, x", "2020-01-01;2020-01-02", "a", ","],
    "any": ["a", "1", "", "x", "True"],
}
# Cells of JSON that are no text
PLAIN = [
    0,
    1,
    5,
    -1,
    2020,
    2**63,
    10**30,
    0.0,
    -0.0,
    0.1,
    1.0,
    1.5,
    1e300,
    math.nan,
    math.inf,
    True,
    False,
    [],
    [1],
    {},
    {"a": 1},
]
MISSING = ["", "-", "NA", "x", "0", "1", "1.0", "nan", "True", "None", "[]", "{}", "2020-01-01", "2020-01-01 00:00:00"]
MISSING += ["2020-01-01 00:00:00+00:00", "00:00:00", "b'a'", "0.5", "inf", "a", "5", "0.10", "1 day, 0:00:00", "[1]"]


@st.composite
def a_field(draw: st.DrawFn, kind: str) -> Stated:
    stated: Stated = {"type": kind, **draw(st.sampled_from(TYPES[kind]))}
    names = draw(st.lists(st.sampled_from(CONSTRAINTS[kind]), max_size=3, unique=True))
    constraints = {name: draw(a_constraint(kind, name)) for name in names}
    if constraints:
        stated["constraints"] = constraints
    if kind in ("string", "integer", "number", "any") and draw(st.integers(0, 5)) == 0:
        stated["categories"] = draw(categories(kind))
    if draw(st.integers(0, 6)) == 0:
        stated["missingValues"] = draw(missing())
    return stated


def a_constraint(kind: str, name: str) -> st.SearchStrategy[Any]:
    if name in ("required", "unique"):
        return st.sampled_from([True, True, False])
    if name == "pattern":
        return st.sampled_from(PATTERNS)
    if name in LENGTHS:
        return st.sampled_from(LIMITS)
    if name in RANGES:
        return st.sampled_from(BOUNDS[kind])
    return st.lists(st.sampled_from([*TEXTS[kind], *BOUNDS.get(kind, ()), *PLAIN]), min_size=1, max_size=6)


@st.composite
def categories(draw: st.DrawFn, kind: str) -> list[Any]:
    values = st.sampled_from([0, 1, 5, -1, *(["1", 0.1, 1.5] if draw(st.integers(0, 3)) == 0 else [])])
    values = st.sampled_from(["a", "bb", "", "1", "x"]) if kind in ("string", "any") else values
    plain = draw(st.lists(values, min_size=1, max_size=4, unique=True))
    return [{"value": each, "label": f"label {each}"} for each in plain] if draw(st.booleans()) else plain


@st.composite
def missing(draw: st.DrawFn) -> list[Any]:
    plain = draw(st.lists(st.sampled_from(MISSING), max_size=3, unique=True))
    return [{"value": each, "label": f"label {each}"} for each in plain] if draw(st.integers(0, 3)) == 0 else plain


# What is drawn: typed columns; days, moments and clocks as they are counted

DAYS = [0, -719_162, 2_932_896, 18_262, 18_263, -1]
MOMENTS = [0, -62_135_596_800_000_000, 253_402_300_799_999_999, 1_577_836_800_000_000, 1_577_836_800_000_001, -1]
MOMENTS_NS = [0, 1, -1, 1_577_836_800_000_000_000, 1_577_836_800_000_000_500, 1_577_808_000_000_000_000]
CLOCKS = [0, 43_200_000_000, 43_200_000_001, 86_399_999_999]
FLOATS = [0.0, -0.0, 0.1, 0.5, 1.0, -1.0, 1.5, 5.0, 1e300, 2.0**53, 2.0**53 + 2, math.inf, -math.inf, math.nan, 2020.0]
WORDS = ["a", "bb", "a\n", "é", "", "1", "x", "-"]
STRUCT = pa.struct([("a", pa.int64()), ("b", pa.string())])


def _integers(bits: int, signed: bool) -> list[int]:
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return [each for each in (0, 1, 2, 5, -1, 100, 2020, 10_000, 2**53 + 1, low, high) if low <= each <= high]


def _decimals(*written: str) -> list[Decimal]:
    return list(map(Decimal, written))


COLUMNS: dict[str, tuple[pa.DataType, list[Any]]] = {
    **{f"int{bits}": (getattr(pa, f"int{bits}")(), _integers(bits, True)) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (getattr(pa, f"uint{bits}")(), _integers(bits, False)) for bits in (8, 16, 32, 64)},
    "float16": (pa.float16(), [0.0, -0.0, 0.5, 1.0, math.nan, math.inf, 5.0]),
    "float32": (pa.float32(), [0.0, 0.5, 1.0, 0.1, math.nan, -math.inf, 5.0, 16777216.0]),
    "float64": (pa.float64(), FLOATS),
    "decimal(10, 2)": (pa.decimal128(10, 2), _decimals("0.00", "0.10", "1.00", "1.50", "-1.00", "5.00")),
    "decimal(38, 0)": (pa.decimal128(38, 0), _decimals("0", "1", "9" * 38, "-" + "9" * 38, "5")),
    "decimal(38, 38)": (pa.decimal128(38, 38), _decimals("0", "0.1", "0.5", "-0.5", "0." + "9" * 38)),
    "decimal256": (pa.decimal256(50, 2), _decimals("0.10", "1.00", "9" * 40)),
    "decimal32": (pa.decimal32(5, 1), _decimals("0.0", "0.1", "1.0", "5.0")),
    "bool": (pa.bool_(), [True, False]),
    "string": (pa.string(), WORDS),
    "large_string": (pa.large_string(), WORDS),
    "dictionary": (pa.dictionary(pa.int32(), pa.string()), WORDS),
    "binary": (pa.binary(), [b"", b"a", b"bb", b"\xff"]),
    "fixed binary": (pa.binary(2), [b"aa", b"bb"]),
    "date32": (pa.date32(), DAYS),
    "date32 beyond": (pa.date32(), [0, 2_932_897, -719_163]),
    "time32": (pa.time32("ms"), [each // 1_000 for each in CLOCKS]),
    "time64[us]": (pa.time64("us"), CLOCKS),
    "time64[ns]": (pa.time64("ns"), [each * 1_000 + more for each in CLOCKS for more in (0, 500)]),
    "timestamp[ms]": (pa.timestamp("ms"), [each // 1_000 for each in MOMENTS]),
    "timestamp[us]": (pa.timestamp("us"), MOMENTS),
    "timestamp[us] beyond": (pa.timestamp("us"), [0, 253_402_300_800_000_000, -62_135_596_800_000_001]),
    "timestamp[ns]": (pa.timestamp("ns"), MOMENTS_NS),
    "timestamp[us, tz=UTC]": (pa.timestamp("us", tz="UTC"), MOMENTS),
    "timestamp[us, tz=Asia/Shanghai]": (pa.timestamp("us", tz="Asia/Shanghai"), [*MOMENTS, 1_577_808_000_000_000]),
    "timestamp[ns, tz=Europe/Berlin]": (pa.timestamp("ns", tz="Europe/Berlin"), MOMENTS_NS),
    "duration[us]": (pa.duration("us"), [0, 1, 86_400_000_000, -1]),
    "duration[ns]": (pa.duration("ns"), [0, 1, 86_400_000_000_000, 500]),
    "list<int64>": (pa.list_(pa.int64()), [[], [1], [0, 2], [None], [1, 2, 3]]),
    "large_list<string>": (pa.large_list(pa.string()), [[], ["a"], ["a", "bb"], [None]]),
    "fixed list": (pa.list_(pa.int64(), 2), [[1, 2], [0, 0]]),
    "list<timestamp>": (pa.list_(pa.timestamp("us", tz="Asia/Shanghai")), [[], [0], [0, 1]]),
    "struct": (STRUCT, [{"a": 1, "b": "x"}, {"a": None, "b": None}]),
    "list<struct>": (pa.list_(STRUCT), [[], [{"a": 1, "b": None}]]),
    "map": (pa.map_(pa.string(), pa.int64()), [[("a", 1)], []]),
    "null": (pa.null(), []),
}
INTEGERS = [name for name in COLUMNS if "int" in name and "<" not in name]
DECIMALS = [name for name in COLUMNS if "decimal" in name]
TIMESTAMPS = [name for name in COLUMNS if name.startswith("timestamp")]
FITS: dict[str, list[str]] = {
    "string": ["string", "string", "large_string", "dictionary"],
    "integer": [*INTEGERS, "float64", "float32", "decimal(10, 2)", "decimal(38, 0)"],
    "number": ["float64", "float64", "float32", "float16", *INTEGERS, *DECIMALS, *DECIMALS],
    "boolean": ["bool"],
    "date": ["date32", "date32", "date32", "date32 beyond", "timestamp[us]", "timestamp[us, tz=Asia/Shanghai]"],
    "time": ["time32", "time64[us]", "time64[ns]"],
    "datetime": [*TIMESTAMPS, *TIMESTAMPS, "date32"],
    "year": ["int32", "int16", "uint64", "int64", "float64"],
    "yearmonth": ["list<int64>", "fixed list"],
    "duration": ["duration[us]", "duration[ns]"],
    "geopoint": ["list<int64>", "fixed list"],
    "geojson": ["struct"],
    "object": ["struct"],
    "array": ["list<int64>", "large_list<string>", "list<struct>", "list<timestamp>", "fixed list"],
    "list": ["list<int64>", "large_list<string>", "list<timestamp>"],
    "any": [*COLUMNS],
}


@st.composite
def typed_column(draw: st.DrawFn, kind: str, size: int) -> pa.Array:
    """A column of a type that fits, or of text, or sometimes of any other."""
    way = draw(st.integers(0, 9))
    name = draw(st.sampled_from(FITS[kind] if way < 7 else ["string", "large_string"] if way < 9 else list(COLUMNS)))
    arrow, pool = COLUMNS[name]
    if name in ("string", "large_string", "dictionary"):
        pool = [*TEXTS[kind], *pool]
    some = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=5)) if pool else []
    nulls = draw(st.sampled_from([[], [None]]))
    return column_of(draw(st.lists(st.sampled_from([*some, *nulls] or [None]), min_size=size, max_size=size)), arrow)


def column_of(values: list[Any], arrow: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(arrow):
        return pa.array(values, arrow.value_type).dictionary_encode()
    counted = pa.types.is_temporal(arrow) and not pa.types.is_duration(arrow)
    return (
        pa.array(values, pa.int32() if arrow.bit_width == 32 else pa.int64()).view(arrow)
        if counted
        else pa.array(values, arrow)
    )


@st.composite
def text_column(draw: st.DrawFn, kind: str, size: int) -> list[Any]:
    pool = draw(st.lists(st.sampled_from(TEXTS[kind]), min_size=1, max_size=6))
    pool += draw(st.lists(st.sampled_from(["", "-", "NA", "x"]), max_size=1))
    return draw(st.lists(st.sampled_from(pool), min_size=size, max_size=size))


@st.composite
def json_column(draw: st.DrawFn, kind: str, size: int) -> list[Any]:
    cells = draw(
        st.sampled_from(
            [TEXTS[kind], PLAIN, [*TEXTS[kind], *PLAIN], [1, 2, 5, -1], [0.1, 1.5, math.nan], [True, False]]
        )
    )
    pool = [*draw(st.lists(st.sampled_from(cells), min_size=1, max_size=5)), *draw(st.sampled_from([[], [None]]))]
    return draw(st.lists(st.sampled_from(pool), min_size=size, max_size=size))


# What is drawn: tables

DRAWN: Counter[Any] = Counter()


@st.composite
def a_case(draw: st.DrawFn, format: str) -> Case:
    """Tables of one package: `main`, and `other` where a foreign key needs it."""
    kinds = draw(st.lists(st.sampled_from(list(TYPES)), min_size=1, max_size=6))
    odd = draw(st.sampled_from([{}, {}, {}, {0: "*", 1: "^f.*$", 2: "é b", 3: "F4"}]))
    fields = [{"name": odd.get(number, f"f{number}"), **draw(a_field(kind))} for number, kind in enumerate(kinds)]
    schema: Stated = {"$schema": SCHEMA_2, "fields": fields}
    if draw(st.integers(0, 2)) == 0:
        schema["missingValues"] = draw(missing())
    parents = draw(keys(schema))
    if draw(st.integers(0, 2)) == 0:
        schema["fieldsMatch"] = draw(st.sampled_from(["exact", "equal", "subset", "superset", "partial"]))
    tables = {"main": draw(a_table(schema, format))}
    if parents:
        stated = [
            {**{k: v for k, v in fields[place].items() if k not in ("constraints", "categories")}, "name": f"o{number}"}
            for number, place in enumerate(parents)
        ]
        tables["other"] = draw(a_table({"$schema": SCHEMA_2, "fields": stated}, format))
    at_once, keys_at_once = draw(st.sampled_from([(20_000, 2_000_000), (3, 2_000_000), (7, 2)]))
    return Case(tables, format, at_once, keys_at_once)


@st.composite
def keys(draw: st.DrawFn, schema: Stated) -> list[int]:
    """Adds keys to a schema; the places of the fields whose values the other table has to have."""
    names = [each["name"] for each in schema["fields"]]
    some = st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)
    if draw(st.integers(0, 2)) == 0:
        primary = draw(some)
        schema["primaryKey"] = primary[0] if len(primary) == 1 and draw(st.booleans()) else primary
    if draw(st.integers(0, 2)) == 0:
        schema["uniqueKeys"] = draw(st.lists(some, min_size=1, max_size=2))
    foreign, parents = [], []
    if draw(st.integers(0, 3)) == 0:
        pair = draw(st.permutations(names)), draw(st.permutations(names))
        size = draw(st.integers(1, min(2, len(names))))
        foreign.append({"fields": pair[0][:size], "reference": {"resource": "", "fields": pair[1][:size]}})
    if draw(st.integers(0, 3)) == 0:
        parents = [names.index(name) for name in draw(some)]
        reference = {"resource": "other", "fields": [f"o{number}" for number in range(len(parents))]}
        foreign.append({"fields": [names[place] for place in parents], "reference": reference})
    if foreign:
        schema["foreignKeys"] = foreign
    return parents


@st.composite
def a_table(draw: st.DrawFn, schema: Stated, format: str) -> Table:
    size = draw(st.sampled_from([0, 1, 2, 8, 8, 12, 12]))
    column = {"parquet": typed_column, "csv": text_column, "jsonl": json_column}[format]
    columns = [draw(column(each["type"], size)) for each in schema["fields"]]
    pairs = list(zip((each["name"] for each in schema["fields"]), columns, strict=True))
    pairs = draw(labelled(pairs, draw(column("any", size)), schema.get("fieldsMatch", "exact")))
    labels = [label for label, _ in pairs]
    if format == "parquet":
        return Table(schema, labels, columns=[each for _, each in pairs])
    cells = [list(row) for row in zip(*(each for _, each in pairs), strict=True)] if pairs else []
    return Table(schema, labels, [draw(uneven(row, format)) for row in cells])


@st.composite
def labelled(draw: st.DrawFn, pairs: list[tuple[str, Any]], more: Any, match: str) -> list[tuple[str, Any]]:
    """Columns under other labels: extra, missing, in another order, twice, none."""
    ways = ["as stated"] * 8 + ["shuffled", "extra", "missing", "other", "twice", "again", "blank", "suffixed"]
    way = draw(st.sampled_from(ways + (["shuffled", "extra", "missing"] * 4 if match != "exact" else [])))
    if way == "shuffled":
        return list(draw(st.permutations(pairs)))
    if way == "extra":
        return [*pairs, ("more", more)]
    if way == "missing" and len(pairs) > 1:
        left_out = draw(st.integers(0, len(pairs) - 1))
        return [pair for place, pair in enumerate(pairs) if place != left_out]
    if way == "other":
        return [("g0", pairs[0][1]), *pairs[1:]]
    if way == "twice":
        return [*pairs, (pairs[0][0], more)]
    if way == "again" and len(pairs) > 1:
        return [pairs[0], (pairs[0][0], pairs[1][1]), *pairs[2:]]
    if way == "suffixed":
        return [*pairs, (f"{pairs[0][0]}", more), (f"{pairs[0][0]}2", more)]
    return [("", pairs[0][1]), *pairs[1:]] if way == "blank" else pairs


@st.composite
def uneven(draw: st.DrawFn, row: list[Any], format: str) -> list[Any]:
    """A row with cells too many or too few, or a blank one, now and then."""
    way = draw(st.integers(0, 30))
    nothing = "" if format == "csv" else None
    return {0: [*row, "more"], 1: [*row, nothing, nothing], 2: row[:-1], 3: [], 4: [nothing] * len(row)}.get(way, row)


# Tables


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("screen")


def same(case: Case, folder: Path) -> None:
    for table in case.tables.values():
        _note(table.schema)
    event(compared(case, folder))


def compared(case: Case, folder: Path) -> str:
    with TemporaryDirectory(dir=folder) as scratch:
        return agreed(case, Path(scratch))


def _note(schema: Stated) -> None:
    """What of a schema is drawn, for the test that all is."""
    DRAWN.update(schema.keys())
    DRAWN["fieldsMatch", schema.get("fieldsMatch")] += 1
    for each in schema["fields"]:
        DRAWN["type", each["type"]] += 1
        DRAWN.update(each.keys())
        DRAWN.update(("constraint", name) for name in each.get("constraints", {}))


@CI
@given(a_case("parquet"))
def test_typed_columns_are_judged_as_by_frictionless(folder: Path, case: Case) -> None:
    same(case, folder)


@CI
@given(st.sampled_from(["csv", "csv", "csv", "jsonl"]).flatmap(a_case))
def test_files_of_text_are_judged_as_by_frictionless(folder: Path, case: Case) -> None:
    same(case, folder)


@settings(CI, max_examples=50)  # tests/test_conformance.py draws more of them
@given(conformance.drawn())
def test_tables_of_our_own_schemas_are_judged_as_by_frictionless(folder: Path, case: Any) -> None:
    same_of_ours(*case, folder)


@pytest.mark.deep
@pytest.mark.timeout(3600)
@DEEP
@given(a_case("parquet"))
def test_two_thousand_tables_of_typed_columns_are_judged_as_by_frictionless(folder: Path, case: Case) -> None:
    same(case, folder)


@pytest.mark.deep
@pytest.mark.timeout(3600)
@DEEP
@given(st.sampled_from(["csv", "csv", "csv", "jsonl"]).flatmap(a_case))
def test_two_thousand_files_of_text_are_judged_as_by_frictionless(folder: Path, case: Case) -> None:
    same(case, folder)


@pytest.mark.deep
@pytest.mark.timeout(3600)
@settings(DEEP, max_examples=1_000)
@given(conformance.drawn())
def test_a_thousand_tables_of_our_own_schemas_are_judged_as_by_frictionless(folder: Path, case: Any) -> None:
    same_of_ours(*case, folder)


@pytest.mark.parametrize(
    "arrow",
    [
        pa.timestamp("us", tz="+05:30"),
        pa.string_view(),
        pa.binary_view(),
    ],
    ids=str,
)
def test_a_column_that_polars_or_pyarrow_does_not_read_is_judged_all_the_same(folder: Path, arrow: pa.DataType) -> None:
    column = column_of([0, 1], arrow) if pa.types.is_timestamp(arrow) else pa.array(["a", "b"], arrow)
    assert compared(typed_case(({"type": "date"}, column), TWO), folder) == "all"


def same_of_ours(schema: Any, given: list[Stated], folder: Path) -> None:
    """Of the same rows, with a screen and without; keys are judged elsewhere."""
    table, mistyped = read_table(given, schema)
    assert not mistyped
    path = folder / "ours.parquet"
    pq.write_table(table, path, row_group_size=4)
    tally = Tally(ALL)
    with pytest.MonkeyPatch.context() as patch, pq.ParquetFile(path) as file:
        patch.setattr(parquet, "ROWS", 3)
        parquet.judge_file(file, replace(of_schema(schema), keys=()), tally)
    ours = Counter(issue for error in tally.kept for issue in issues_of(error, schema, "ours"))
    wanted = Counter(package.row_issues(table, schema, "ours"))
    assert ours == wanted, f"we miss {wanted - ours}, we add {ours - wanted}"


def test_all_that_a_schema_can_say_and_all_that_frictionless_finds_in_a_table_is_drawn(folder: Path) -> None:
    if not SEEN:  # the tests before this one were not asked for
        test_typed_columns_are_judged_as_by_frictionless(folder)
        test_files_of_text_are_judged_as_by_frictionless(folder)
    assert {("type", kind) for kind in TYPES} <= set(DRAWN)
    assert {("constraint", name) for names in CONSTRAINTS.values() for name in names} <= set(DRAWN)
    assert {("fieldsMatch", match) for match in (None, "exact", "equal", "subset", "superset", "partial")} <= set(DRAWN)
    assert {"primaryKey", "uniqueKeys", "foreignKeys", "missingValues", "categories", "format", "arrayItem"} <= set(
        DRAWN
    )
    assert {*LABELS, *ROWS, *CELLS, "unique-keys", "categories"} <= SEEN
    known = {each.type for each in (*_all(errors.LabelError), *_all(errors.RowError))}
    ours = set(ERRORS)
    assert known - ours - NEVER - {*LABELS, *ROWS, *CELLS} == set(), "frictionless has an error that is not drawn"


def test_frictionless_supports_no_type_and_no_constraint_that_is_not_drawn() -> None:
    fields = {
        each.type: set(each.supported_constraints) | {"unique"} for each in Field.__subclasses__() if each.builtin
    }
    assert fields == {kind: set(names) for kind, names in CONSTRAINTS.items()}


def _all(error: Any) -> Iterator[Any]:
    yield from (each for child in error.__subclasses__() for each in (child, *_all(child)))


LABELS = ("extra-label", "missing-label", "blank-label", "duplicate-label", "incorrect-label")
ROWS = ("blank-row", "primary-key", "foreign-key")
CELLS = ("extra-cell", "missing-cell", "type-error", "constraint-error", "unique-error")
# Errors of checks that nobody asked for, and classes that others are made of
NEVER = {
    "row-error",
    "cell-error",
    "duplicate-row",
    "row-constraint",
    "deviated-value",
    "deviated-cell",
    "forbidden-value",
}
NEVER |= {"sequential-value", "truncated-value", "ascii-value"}


# The comparison itself


def typed_case(*columns: tuple[Stated, Any], **keys: Any) -> Case:
    fields = [{"name": f"f{number}", **stated} for number, (stated, _) in enumerate(columns)]
    made = [each if isinstance(each, pa.Array) else pa.array(each) for _, each in columns]
    table = Table({"$schema": SCHEMA_2, "fields": fields, **keys}, [each["name"] for each in fields], columns=made)
    return Case({"main": table}, "parquet")


def text_case(*columns: tuple[Stated, list[str]], **keys: Any) -> Case:
    fields = [{"name": f"f{number}", **stated} for number, (stated, _) in enumerate(columns)]
    cells = [list(row) for row in zip(*(each for _, each in columns), strict=True)]
    return Case(
        {"main": Table({"$schema": SCHEMA_2, "fields": fields, **keys}, [each["name"] for each in fields], cells)},
        "csv",
    )


def of(kind: str, **constraints: Any) -> Stated:
    return {"type": kind, "constraints": constraints}


def never(*_: Any, **__: Any) -> Any:
    return pl.lit(value=False)


def nothing(*_: Any, **__: Any) -> Any:
    return iter(())


def rounded(value: pl.Expr, name: str, limit: Any) -> pl.Expr:
    return BEYOND(value, name, math.floor(limit))


def without_nan(value: pl.Expr, name: str, limit: Any, **_: Any) -> pl.Expr:
    return bounds._COMPARE[name](value, float(limit))


def judged_or_not(field: Any, dtype: Any, value: pl.Expr) -> Any:
    return (never() if each is None else each for each in SUSPECTS(field, dtype, value))


def first_part(parts: Any, numbers: Any, seed: Any) -> Any:
    return HASHED(parts[:1], numbers, seed)


BEYOND, SUSPECTS, HASHED = bounds.beyond, screen_rows._suspects, keying.hashed
TWO = ({"type": "string"}, ["a", "b"])  # a second column: else a row of nulls is a blank one
PAIRS = text_case(({"type": "string"}, ["a", "a"]), TWO, primaryKey=["f0", "f1"])
NULLS = typed_case(({"type": "string"}, pa.array([None, None], pa.string())), TWO, uniqueKeys=[["f0"]])


def in_nanoseconds(field: Any, _: Any, value: pl.Expr) -> Any:
    return typed.moments(field, value.to_physical(), "ns", bounds.clock)


def any_category(field: Field_) -> Field_:
    return replace(field, constraints={})


def no_nulls(_: Any, parts: Any) -> Any:
    return np.zeros(len(parts[0].null), bool)


def one(*_: Any) -> Fraction:
    return Fraction(1)


BLANK = ({"type": "string"}, [""])
# What is weakened: a case that shows it, and what stands in the place of what
WEAKENED: dict[str, tuple[Case, Any, str, Any]] = {
    "bounds between numbers": (typed_case((of("number", minimum=0.5), [0])), bounds, "beyond", rounded),
    "NaN": (typed_case((of("number", minimum=0), [math.nan])), bounds, "beyond_float", without_nan),
    "required": (typed_case((of("string", required=True), ["a", None]), TWO), Field_, "required", False),
    "missing values": (
        text_case((of("string", required=True), ["a", "-"]), TWO, missingValues=["-"]),
        *(typed, "named", never),
    ),
    "enum": (typed_case((of("string", enum=["a"]), ["b"])), typed, "_outside", never),
    "enum of integers": (typed_case((of("integer", enum=[1]), [2])), typed, "_none_of", never),
    "pattern": (typed_case((of("string", pattern="a"), ["ab"])), typed, "mismatch", never),
    "minLength": (typed_case((of("string", minLength=2), ["a"])), typed._LENGTHS, "minLength", never),
    "years": (typed_case(({"type": "year"}, [10_000])), typed._JUDGES, "year", nothing),
    "parts of whole numbers": (typed_case(({"type": "integer"}, [1.5])), typed._JUDGES, "integer", nothing),
    "days": (
        typed_case((of("date", exclusiveMaximum="1970-01-01"), column_of([0], pa.date32()))),
        *(bounds, "steps", one),
    ),
    "moments": (
        typed_case((of("datetime", minimum="2020-01-01T00:00:00"), column_of([0], pa.timestamp("us")))),
        *(typed, "moments", nothing),
    ),
    "parts of a microsecond": (
        typed_case((of("time", exclusiveMinimum="00:00:00"), column_of([500], pa.time64("ns")))),
        *(typed._JUDGES, "time", in_nanoseconds),
    ),
    "what no expression judges": (
        typed_case(({"type": "duration"}, ["x"])),
        *(screen_rows, "_suspects", judged_or_not),
    ),
    "whole numbers of text": (text_case(({"type": "integer"}, ["5x"])), screen_text, "_WHOLE", "[0-9]"),
    "numbers of text": (text_case(({"type": "number"}, ["1,5"])), screen_text, "_DECIMAL", "[0-9]"),
    "dates of text": (text_case(({"type": "date"}, ["2020-02-30"])), screen_text._JUDGES, "date", nothing),
    "moments of text": (text_case(({"type": "datetime"}, ["x"])), screen_text._JUDGES, "datetime", nothing),
    "truths of text": (text_case(({"type": "boolean"}, ["yes"])), screen_text, "_TRUE", ("true", "yes")),
    "blank rows": (text_case(BLANK, BLANK), screen_rows._Column, "blank", never()),
    "categories": (
        typed_case(({"type": "string", "categories": ["a"]}, ["b"])),
        *(screen_rows, "of_categories", any_category),
    ),
    "a part of a key": (PAIRS, keying, "hashed", first_part),
    "nulls in keys": (NULLS, keying, "_no_key", no_nulls),
    "equal numbers": (text_case((of("number", unique=True), ["0.0", "-0", "0"])), hashes, "_number", str),
    "equal clocks": (
        text_case((of("time", unique=True), ["12:00:00Z", "14:00:00+02:00"])),
        *(hashes, "_written", repr),
    ),
}


@pytest.mark.parametrize(("case", "target", "name", "weakened"), WEAKENED.values(), ids=WEAKENED)
def test_a_screen_or_a_key_that_is_weakened_is_found(
    folder: Path, monkeypatch: pytest.MonkeyPatch, case: Case, target: Any, name: str, weakened: Any
) -> None:
    assert compared(case, folder) == "all"
    setter = monkeypatch.setitem if isinstance(target, dict) else monkeypatch.setattr
    setter(target, name, weakened)
    with pytest.raises(AssertionError, match=r"we (miss|add) \{\(|we say valid"):
        compared(case, folder)


MEMBERS = {"type": "array", "dstools:items": {"type": "integer", "constraints": {"minimum": 3}}}
STARS = {"type": "integer"}
RULE = {"rule": "before", "field": "b", "other": "c"}


@pytest.mark.parametrize(("target", "name"), [(promises, "_members"), (parquet, "promises")])
def test_a_promise_of_our_own_that_is_not_screened_is_found(
    folder: Path, monkeypatch: pytest.MonkeyPatch, target: Any, name: str
) -> None:
    fields = [{"name": "a", **MEMBERS}, {"name": "b", **STARS}, {"name": "c", **STARS}]
    schema = conformance.schema_of(*fields, rules=[RULE])
    given = [{"a": [1], "b": 1, "c": 2}, {"a": [5], "b": 3, "c": 2}, {"a": [5], "b": 1, "c": 2}]
    same_of_ours(schema, given, folder)
    monkeypatch.setattr(target, name, lambda *_: None if name == "_members" else iter(()))
    with pytest.raises(AssertionError, match="we miss"):
        same_of_ours(schema, given, folder)


# Precision

CLEAN: list[tuple[Stated, Callable[[int], Any]]] = [
    (of("integer", minimum=0, unique=True), lambda n: n),
    (of("string", required=True, minLength=1, maxLength=40), lambda n: f"title {n}"),
    (of("string", pattern="[a-z]+-[0-9]{1,9}"), lambda n: f"slug-{n}"),
    (of("string", enum=["news", "blog"]), lambda n: ["news", "blog", None][n % 3]),
    (of("number", minimum=0, maximum=1), lambda n: n % 11 / 10),
    (of("boolean", required=True), lambda n: n % 2 == 0),
    (of("date", minimum="1990-01-01", maximum="2030-12-31"), lambda n: date(2020, 1, 1 + n % 28)),
    (of("datetime"), lambda n: datetime(2020, 1, 1, n % 24)),
    (of("year", minimum=1990), lambda n: 1990 + n % 40),
    (of("integer", maximum=100), lambda n: n % 100 if n % 5 else None),
    ({"type": "string", "categories": ["a", "b"]}, lambda n: "ab"[n % 2]),
]
BAD = {0: -1, 1: "", 2: "?", 3: "other", 4: 1.5, 6: date(1980, 1, 1), 8: 1980, 9: 101, 10: "c"}


def clean(size: int, every: int, format: str) -> Case:
    """A table of 11 fields, of which one row of `every` is bad, and none where that is 0."""
    columns = [[value(number) for number in range(size)] for _, value in CLEAN]
    for number in range(0, size, every) if every else ():
        place = list(BAD)[number // every % len(BAD)]
        columns[place][number] = BAD[place]
    if format == "parquet":
        return typed_case(*((stated, values) for (stated, _), values in zip(CLEAN, columns, strict=True)))
    texts = [["" if value is None else _as_text(value) for value in column] for column in columns]
    return text_case(*((stated, values) for (stated, _), values in zip(CLEAN, texts, strict=True)))


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


@pytest.mark.parametrize("format", ["parquet", "csv"])
@pytest.mark.parametrize(("every", "most"), [(0, 0), (100, 11)])
def test_only_bad_rows_go_to_frictionless(
    folder: Path, monkeypatch: pytest.MonkeyPatch, format: str, every: int, most: int
) -> None:
    case = clean(1_000, every, format)
    assert compared(case, folder) == "all"
    pronounced = []
    check = rows._Categories.validate_row  # asked of each row that Frictionless reads
    monkeypatch.setattr(rows._Categories, "validate_row", lambda self, row: pronounced.append(row) or check(self, row))
    with TemporaryDirectory(dir=folder) as scratch:
        ours = by_us(case, Path(scratch), written(case, Path(scratch)))
    assert (len(ours.found) > 0) is (every > 0)
    assert ours.rows == {"main": 1_000}
    assert len(pronounced) <= most
