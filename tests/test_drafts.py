"""A drafted schema: it parses, its types hold the file's rows, and it says nothing that the file does not show."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataset_tools.dialects.arrow import arrow_schema
from dataset_tools.document import parse
from dataset_tools.drafts.rows import read_rows
from dataset_tools.drafts.schema import draft
from dataset_tools.errors import SchemaError
from dataset_tools.package import read_package
from dataset_tools.schema import Schema, parse_schema


def drafted(path: Path) -> Schema:
    return parse_schema(parse(draft(path), path.name), "drafted")


def held(path: Path) -> list[dict[str, Any]]:
    """The file's rows by the draft's own types; fails where those do not hold them."""
    schema = arrow_schema(drafted(path))
    table = pa.Table.from_batches(read_rows(path).batches())
    rows = table.rename_columns(schema.names).to_pylist()
    made = pa.Table.from_pylist(rows, schema=schema)
    made.validate(full=True)
    assert made.to_pylist() == rows
    return rows


def parquet(folder: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), folder / "rows.parquet")
    return folder / "rows.parquet"


def text(folder: Path, name: str, content: str) -> Path:
    (folder / name).write_text(content, "utf-8")
    return folder / name


def required(path: Path) -> set[str]:
    return {field.name for field in drafted(path).fields if field.required}


@pytest.mark.parametrize("table", ["articles", "recommendations", "headlines"])
def test_a_draft_of_the_samples_files_has_the_schemas_types_and_descriptions(sample: Path, table: str) -> None:
    place = sample / "dist" / "netease-1.0.0"
    path = place / table / "train-00000-of-00001.parquet"
    schema = drafted(path)
    ours = read_package(place).schemas[table]
    assert [(f.name, f.arrow, f.description) for f in schema.fields] == [
        (f.name, f.arrow, f.description) for f in ours.fields
    ]
    assert required(path) >= {field.name for field in ours.fields if field.required}
    assert schema.primary_key == ()
    held(path)


def test_every_arrow_type_that_a_schema_can_say_is_drafted_so_that_it_holds_the_rows(tmp_path: Path) -> None:
    path = parquet(
        tmp_path,
        **{f"{sign}int{bits}": pa.array([1], f"{sign}int{bits}") for sign in ("", "u") for bits in (8, 16, 32, 64)},
        half=pa.array([1.5], pa.float16()),
        single=pa.array([1.5], pa.float32()),
        double=pa.array([1.5]),
        money=pa.array([Decimal("1.25")], pa.decimal128(9, 2)),
        flag=pa.array([True]),
        large=pa.array(["x"], pa.large_string()),
        view=pa.array(["x"], pa.string_view()),
        coded=pa.array(["x"]).dictionary_encode(),
        raw=pa.array([b"\xff"]),
        fixed=pa.array([b"ab"], pa.binary(2)),
        day=pa.array([date(2026, 1, 1)]),
        clock=pa.array([1], pa.time32("ms")),
        second=pa.array([1], pa.timestamp("s", "UTC")),
        nano=pa.array([1000], pa.timestamp("ns")),
        fixed_list=pa.array([[1, 2]], pa.list_(pa.int32(), 2)),
        large_list=pa.array([["x"]], pa.large_list(pa.string())),
        structs=pa.array([[{"a": 1, "b": None}]]),
    )
    held(path)
    kinds = {field.name: field.arrow for field in drafted(path).fields}
    assert kinds["second"] == "timestamp[ms, tz=UTC]"
    assert kinds["money"] == "decimal128(9, 2)"
    assert (kinds["coded"], kinds["half"], kinds["clock"]) == ("string", "float32", "time64[us]")


@pytest.mark.parametrize(
    "column",
    [
        pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())),
        pa.array([1], pa.duration("s")),
        pa.array([Decimal(1)], pa.decimal256(50, 1)),
        pa.array([{}], pa.struct([])),
    ],
)
def test_a_type_that_no_schema_can_say_is_refused_by_name(tmp_path: Path, column: pa.Array) -> None:
    path = tmp_path / "rows.jsonl"
    if pa.types.is_struct(column.type):
        path.write_text('{"odd": {}}\n')
    else:
        path = parquet(tmp_path, odd=column)
    with pytest.raises(SchemaError, match="odd: a Table Schema has no word for"):
        draft(path)


def test_required_means_that_values_were_seen_and_no_null(tmp_path: Path) -> None:
    lines = ['{"a": 1, "b": null, "l": [{"x": 1}, {}], "e": []}', "", '{"a": 2, "l": [], "e": []}']
    path = text(tmp_path, "rows.jsonl", "\n".join(lines))
    assert required(path) == {"a", "l", "e"}
    fields = {field.name: field for field in drafted(path).fields}
    assert fields["l"].items is not None
    assert fields["l"].items.required
    assert not fields["l"].items.fields[0].required
    assert fields["e"].items is not None
    assert not fields["e"].items.required
    assert "# Drafted from rows.jsonl; rows: 2. `required` says that values were seen there" in draft(path)
    assert "# b: no value to tell its type by" in draft(path)


def test_a_null_in_a_later_batch_is_seen(tmp_path: Path) -> None:
    lines = [json.dumps({"a": i, **({"b": "x"} if i < 6_000 else {})}) for i in range(6_001)]
    assert required(text(tmp_path, "rows.jsonl", "\n".join(lines))) == {"a"}


def test_strings_of_json_stay_strings_and_integers_widen_to_numbers(tmp_path: Path) -> None:
    path = text(tmp_path, "rows.jsonl", '{"day": "2026-01-01", "n": 1}\n{"day": "x", "n": 1.5}\n')
    assert [field.type for field in drafted(path).fields] == ["string", "number"]
    assert held(path) == [{"day": "2026-01-01", "n": 1.0}, {"day": "x", "n": 1.5}]


def test_an_empty_cell_is_null_and_a_quoted_one_is_an_empty_string(tmp_path: Path) -> None:
    path = text(tmp_path, "rows.csv", 'id,n,s,word\n1,,"",NA\n2,3,b,\n')
    assert held(path) == [{"id": 1, "n": None, "s": "", "word": "NA"}, {"id": 2, "n": 3, "s": "b", "word": None}]
    assert required(path) == {"id", "s"}


def test_a_name_that_no_schema_takes_is_changed_and_said(tmp_path: Path) -> None:
    path = text(tmp_path, "rows.tsv", "Article ID\tarticle_id\t2nd\t标题\n1\t2\t3\tx\n")
    assert drafted(path).names == ("article_id_2", "article_id", "field_2nd", "field")
    assert "# article_id_2 is 'Article ID' in the file" in draft(path)


def test_a_note_cannot_break_out_of_its_comment(tmp_path: Path) -> None:
    path = parquet(tmp_path, **{"a\nfields: []": pa.array([1])})
    assert drafted(path).names == ("a_fields",)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rows.txt", "a", "no Parquet, CSV or JSON Lines by its name"),
        ("rows.parquet", "nope", "Parquet"),
        ("rows.jsonl", '{"a": 1}\n[1]\n', ":2: not an object"),
        ("rows.jsonl", '{"a": \n', ":1: "),
        ("rows.jsonl", "", "it has no fields"),
        ("rows.jsonl", '{"a": 1}\n{"a": "x"}\n', "Could not convert"),
        ("rows.jsonl", "[" * 100_000, "rows.jsonl"),
        ("rows.csv", "", "Empty CSV file"),
        ("rows.csv", "a,a\n1,2\n", "two fields are called 'a'"),
        ("rows.csv", "a,b\n1\n", "Expected 2 columns"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_name(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    with pytest.raises(SchemaError, match=message):
        draft(text(tmp_path, name, content))
