"""croissant.json: what it says of a package, and that mlcroissant reads the rows that pyarrow reads."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataset_tools.dialects.arrow import arrow_schema
from dataset_tools.dialects.croissant import croissant
from dataset_tools.document import parse
from dataset_tools.package import altered, read_package
from dataset_tools.schema import Field, Schema, parse_schema

Row = dict[str, Any]

EVERY = """
primaryKey: [id]
fields:
  - {name: id, type: integer}
  - {name: i8, type: integer, dstools:type: int8}
  - {name: i16, type: integer, dstools:type: int16}
  - {name: i32, type: integer, dstools:type: int32}
  - {name: u8, type: integer, dstools:type: uint8}
  - {name: u16, type: integer, dstools:type: uint16}
  - {name: u32, type: integer, dstools:type: uint32}
  - {name: u64, type: integer, dstools:type: uint64}
  - {name: f32, type: number, dstools:type: float32}
  - {name: f64, type: number}
  - {name: money, type: number, dstools:type: "decimal128(10, 2)"}
  - {name: flag, type: boolean}
  - {name: text, type: string, description: Some text.}
  - {name: long_text, type: string, dstools:type: large_string}
  - {name: raw, type: string, dstools:type: binary}
  - {name: day, type: date}
  - {name: clock, type: time}
  - {name: at, type: datetime}
  - {name: at_ms, type: datetime, dstools:type: "timestamp[ms]"}
  - {name: at_zone, type: datetime, dstools:type: "timestamp[us, tz=Asia/Shanghai]"}
  - {name: tags, type: array, dstools:items: {type: string}}
  - {name: counts, type: array, dstools:items: {type: integer, dstools:type: int16}}
  - {name: matrix, type: array, dstools:items: {type: array, dstools:items: {type: number}}}
  - name: place
    type: object
    dstools:fields:
      - {name: city, type: string}
      - {name: where, type: string, description: A word that JSON path readers reserve.}
      - {name: geo, type: object, dstools:fields: [{name: lat, type: number}, {name: lon, type: number}]}
      - {name: names, type: array, dstools:items: {type: string}}
  - name: links
    type: array
    dstools:items:
      type: object
      dstools:fields:
        - {name: href, type: string}
        - {name: number, type: integer, dstools:type: int32}
        - {name: at, type: datetime}
        - {name: rels, type: array, dstools:items: {type: string}}
"""
LINKS = [
    {"href": "a", "number": 1, "at": datetime(2026, 1, 1, tzinfo=UTC), "rels": ["r", "s"]},
    {"href": None, "number": 2, "at": None, "rels": []},
]


@pytest.fixture(autouse=True)
def _time_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader's process as it is without pandera, whose import tells pyarrow to drop the zones of nested times."""
    monkeypatch.delenv("PYARROW_IGNORE_TIMEZONE", raising=False)


def every_row(i: int) -> Row:
    instant = datetime(2026, 1, 1, 12, 0, i, 5000, tzinfo=UTC)
    return {
        **{"id": i, "i8": -i, "i16": -300 - i, "i32": -70_000 - i},
        **{"u8": 200 + i, "u16": 60_000 + i, "u32": 4_000_000_000 + i, "u64": 2**53 - i},
        **{"f32": 0.5 * i, "f64": 1 / 3 + i, "money": Decimal("12.34") + i, "flag": bool(i % 2)},
        **{"text": "é" * i, "long_text": "L", "raw": b"\xff\x00", "day": date(1999, 1, i + 1)},
        **{"clock": time(12, 30, i, 7), "at": instant, "at_ms": instant.replace(tzinfo=None)},
        **{"at_zone": instant, "tags": ["a", "b"][:i], "counts": [i, 2]},
        **{"matrix": [[1.0, 2.0], [i + 0.5]], "links": LINKS[:i]},
        "place": {"city": "x", "where": "w", "geo": {"lat": 1.5, "lon": -1.0 * i}, "names": ["p"]},
    }


def nothing_but(row: Row, *names: str) -> Row:
    return {name: value if name in names else None for name, value in row.items()}


def package(folder: Path, schema: Schema, shards: Mapping[str, list[Row]]) -> None:
    """Writes Parquet files and their croissant.json into a folder."""
    resources = []
    for name, rows in shards.items():
        path = folder / schema.table / f"{name}.parquet"
        path.parent.mkdir(exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows, schema=arrow_schema(schema)), path)
        resources.append(
            {
                "path": f"{schema.table}/{name}.parquet",
                "bytes": path.stat().st_size,
                "hash": f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}",
                "dstools:table": schema.table,
                "dstools:split": name.split("-")[0],
            }
        )
    descriptor = {"name": "every", "version": "1.0.0", "resources": resources}
    (folder / "croissant.json").write_text(json.dumps(croissant(descriptor, {schema.table: schema})))


def rows_of(folder: Path, schema: Schema) -> list[tuple[str, Row]]:
    """The split and the values of each row that pyarrow reads, as mlcroissant would give them."""
    return [
        (path.name.split("-")[0], read_as(row, schema))
        for path in sorted((folder / schema.table).glob("*.parquet"))
        for row in pq.ParquetFile(path).read().to_pylist()
    ]


def agree(folder: Path, schema: Schema) -> int:
    """The number of rows on which mlcroissant and pyarrow agree; fails where they do not."""
    ours, theirs = rows_of(folder, schema), list(records(folder, schema.table))
    assert [split for split, _ in theirs] == [split for split, _ in ours]
    for (_, mine), (_, read) in zip(ours, theirs, strict=True):
        assert read.keys() == mine.keys()
        wrong = {name: (read[name], value) for name, value in mine.items() if not same(read[name], value)}
        assert not wrong
    return len(ours)


def records(folder: Path, table: str) -> Iterator[tuple[str, Row]]:
    """The split and the values of each record that mlcroissant reads."""
    mlcroissant: Any = pytest.importorskip("mlcroissant", reason="pip install '.[test]'")
    # One object for each record set: it keeps what it has read, spent generators included.
    for record in mlcroissant.Dataset(str(folder / "croissant.json")).records(table):
        values = {key.removeprefix(f"{table}/"): value for key, value in record.items()}
        yield values.pop("dataset-split").decode(), values


def read_as(row: Row, schema: Schema) -> Row:
    """A row as mlcroissant gives it: text is bytes, decimals are floats, a struct within a struct stands beside it."""
    read: Row = {}
    for field in schema.fields:
        _place(read, field, row[field.name], field.name, schema.table)
    return read


def _place(read: Row, field: Field, value: Any, place: str, table: str) -> None:
    if not field.fields:
        read[place] = _value(field, value, f"{table}/{place}")
        return
    read[place] = {}
    for member in field.fields:
        inner = None if value is None else value[member.name]
        if member.fields:
            _place(read, member, inner, f"{place}/{member.name}", table)
        else:
            read[place][f"{table}/{place}/{member.name}"] = _value(member, inner, "")


def _value(field: Field, value: Any, place: str) -> Any:
    if field.items is not None and field.items.fields:
        members = field.items.fields
        rows = [dict.fromkeys(member.name for member in members)] if value is None else value
        return [{f"{place}/{m.name}": _value(m, row[m.name], "") for m in members} for row in rows]
    if value is None:
        return None
    if field.items is not None:
        return [_value(field.items, each, "") for each in value]
    if isinstance(value, str):
        return value.encode()
    return float(value) if isinstance(value, Decimal) else value


def same(read: Any, row: Any) -> bool:
    if isinstance(row, dict):
        return read.keys() == row.keys() and all(same(read[key], row[key]) for key in row)
    if isinstance(row, list):
        return len(read) == len(row) and all(map(same, read, row))
    if isinstance(row, float):
        return math.isclose(read, row, rel_tol=1e-7)
    if isinstance(row, datetime):
        return bool(read.to_pydatetime() == row and read.utcoffset() == row.utcoffset())
    return bool(read.date() == row) if isinstance(row, date) else bool(read == row)


@pytest.mark.parametrize(("table", "rows"), [("articles", 60), ("recommendations", 920), ("headlines", 282)])
def test_mlcroissant_reads_the_samples_rows_and_their_splits(sample: Path, table: str, rows: int) -> None:
    place = sample / "dist" / "netease-1.0.0"
    assert agree(place, read_package(place).schemas[table]) == rows


def test_mlcroissant_reads_every_type_over_several_files(tmp_path: Path) -> None:
    schema = parse_schema(parse(EVERY, "every"), "every")
    shards = {
        "odd.name-00000-of-00001": [every_row(0)],
        "train-00000-of-00002": [every_row(1), every_row(2)],
        "train-00001-of-00002": [every_row(3)],
    }
    package(tmp_path, schema, shards)
    assert agree(tmp_path, schema) == 4


def test_mlcroissant_reads_nulls_as_nulls_and_integers_keep_their_values_beside_them(tmp_path: Path) -> None:
    schema = parse_schema(parse(EVERY, "every"), "every")
    package(tmp_path, schema, {"train-00000-of-00001": [every_row(1), nothing_but(every_row(2), "id")]})
    assert agree(tmp_path, schema) == 2


def test_types_widths_lists_and_members_are_said() -> None:
    schema = parse_schema(parse(EVERY, "every"), "every")
    (record_set,) = croissant({"name": "every", "version": "1.0.0"}, {"every": schema})["recordSet"]
    fields = {field["name"]: field for field in record_set["field"]}
    said = {name: field.get("dataType") for name, field in fields.items()}
    assert {name: kind for name, kind in said.items() if kind and kind.startswith("cr:")} == {
        **{"id": "cr:Int64", "i8": "cr:Int8", "i16": "cr:Int16", "i32": "cr:Int32"},
        **{"u8": "cr:UInt8", "u16": "cr:UInt16", "u32": "cr:UInt32", "u64": "cr:UInt64"},
        **{"f32": "cr:Float32", "f64": "cr:Float64", "counts": "cr:Int16", "matrix": "cr:Float64"},
    }
    assert [said[name] for name in ("day", "clock", "at", "at_zone")] == ["sc:Date", "sc:Time", *["sc:DateTime"] * 2]
    assert (fields["tags"]["isArray"], fields["tags"]["arrayShape"]) == (True, "-1")
    assert fields["matrix"]["arrayShape"] == "-1,-1"
    assert [member["@id"] for member in fields["links"]["subField"]][:2] == ["every/links/href", "every/links/number"]
    geo = next(member for member in fields["place"]["subField"] if member["name"] == "geo")
    assert geo["subField"][0]["source"]["transform"] == {"jsonPath": "$['geo']['lat']"}
    assert fields["text"]["description"] == "Some text."
    assert record_set["key"] == [{"@id": "every/id"}]


def test_a_package_says_the_hash_and_size_of_each_file_and_lists_no_pattern(sample: Path) -> None:
    place = sample / "dist" / "netease-1.0.0"
    said = json.loads((place / "croissant.json").read_text("utf-8"))
    objects = [each for each in said["distribution"] if each["@type"] == "cr:FileObject"]
    assert {each["contentUrl"] for each in objects} == {
        path.relative_to(place).as_posix() for path in place.glob("*/*.parquet")
    }
    for each in objects:
        content = (place / each["contentUrl"]).read_bytes()
        assert each["sha256"] == hashlib.sha256(content).hexdigest()
        assert each["contentSize"] == f"{len(content)} B"
    sets = [each for each in said["distribution"] if each["@type"] == "cr:FileSet"]
    assert sorted(path for each in sets for path in each["includes"]) == sorted(each["@id"] for each in objects)


def test_a_package_says_keys_references_splits_and_what_the_card_states(sample: Path) -> None:
    said = json.loads((sample / "dist" / "netease-1.0.0" / "croissant.json").read_text("utf-8"))
    splits, _articles, recommendations, _headlines = said["recordSet"]
    assert {each["dataset-splits/name"]: each["dataset-splits/url"] for each in splits["data"]} == {
        "train": "cr:TrainingSplit",
        "validation": "cr:ValidationSplit",
        "test": "cr:TestSplit",
    }
    assert recommendations["key"] == [{"@id": "recommendations/article_id"}, {"@id": "recommendations/position"}]
    assert recommendations["field"][0]["references"] == {"field": {"@id": "articles/article_id"}}
    assert said["datePublished"] == "2026-11-01"
    assert said["rai:dataLimitations"].startswith("One site only.")
    assert not said.keys() & {"creator", "citeAs", "url", "rai:dataUseCases"}


def test_the_descriptor_holds_the_hash_of_what_stands_beside_it(sample: Path, tmp_path: Path) -> None:
    import shutil

    place = tmp_path / "package"
    shutil.copytree(sample / "dist" / "netease-1.0.0", place)
    assert list(altered(read_package(place))) == []
    path = place / "croissant.json"
    path.write_text(path.read_text("utf-8").replace("One site", "Two site"), "utf-8")
    assert [(issue.reason, issue.path) for issue in altered(read_package(place))] == [("hash", "croissant.json")]
    path.unlink()
    assert [issue.reason for issue in altered(read_package(place))] == ["missing-file"]


def made(**stated: Any) -> dict[str, Any]:
    return croissant({"name": "d", "version": "1.0.0", **stated}, {})


def test_a_license_is_a_url_where_one_is_known_else_the_words_stated() -> None:
    licenses = [{"name": "cc-by-4.0"}, {"name": "x", "path": "https://x.org/l"}, {"name": "other", "title": "Ours"}]
    assert made(licenses=licenses)["license"] == [
        "https://spdx.org/licenses/CC-BY-4.0",
        "https://x.org/l",
        {"@type": "sc:CreativeWork", "name": "Ours"},
    ]


def test_contributors_are_creators_or_publishers_by_their_roles() -> None:
    contributors = [
        {"givenName": "Ada", "familyName": "Byron", "path": "https://a.org", "roles": ["author"]},
        {"title": "A group"},
        {"title": "A house", "roles": ["publisher"]},
        {"title": "Someone", "roles": ["maintainer"]},
        {"roles": ["author"]},
    ]
    said = made(contributors=contributors)
    person = {"@type": "sc:Person", "name": "Ada Byron", "givenName": "Ada", "familyName": "Byron"}
    assert said["creator"] == [{**person, "url": "https://a.org"}, {"@type": "sc:Organization", "name": "A group"}]
    assert said["publisher"] == [{"@type": "sc:Organization", "name": "A house"}]


def test_nothing_is_said_that_nobody_stated() -> None:
    keys = {"@context", "@type", "conformsTo", "name", "version", "distribution", "recordSet"}
    assert made().keys() == keys
    assert made()["conformsTo"] == "http://mlcommons.org/croissant/1.1"


def test_a_key_that_croissant_cannot_join_by_is_not_referenced() -> None:
    parent = parse_schema(parse("primaryKey: [a, b]\nfields: [{name: a}, {name: b}]", "p"), "parent")
    key = "{fields: [a, b], reference: {resource: parent, fields: [a, b]}}"
    one = "{fields: [a], reference: {resource: parent, fields: [a]}}"
    child = parse_schema(parse(f"foreignKeys: [{key}, {one}]\nfields: [{{name: a}}, {{name: b}}]", "c"), "child")
    said = croissant({"name": "d", "version": "1.0.0"}, {"parent": parent, "child": child})
    assert all("references" not in field for field in said["recordSet"][1]["field"])
