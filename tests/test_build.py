"""From pages to a package: what is in it, what is not, and that every page and record is somewhere."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from importlib.resources import files as resource_files
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataset_tools import errors
from dataset_tools.build import Built, How, build
from dataset_tools.dataset import read_dataset
from dataset_tools.dialects.arrow import arrow_schema
from dataset_tools.package import read_package
from dataset_tools.passes import verify
from dataset_tools.passes.index import Index, shard_numbers
from dataset_tools.validate import validate

CONVERTER = '''
from dataset_tools.page import Page
from dataset_tools.record import NotMine, Record, Reject

VERSION = "1.0.0"


def convert(page: Page):
    """Lines such as `author A` and `book A TITLE [YEAR]`."""
    for number, line in enumerate(page.text.splitlines(), 1):
        kind, *words = line.split()
        if kind == "author":
            yield Record("authors", {"name": words[0]}, place=f"line {number}")
        elif kind == "book":
            year = int(words[2]) if len(words) > 2 else None
            yield Record("books", {"author": words[0], "title": words[1], "year": year}, place=f"line {number}")
        elif kind == "odd":
            yield Record("books", {"author": words[0], "title": 7, "pages": 1}, place=f"line {number}")
        elif kind == "note":
            yield Record("notes", {"text": " ".join(words)}, place=f"line {number}")
        elif kind == "refuse":
            yield Reject("no-good", "the line says so", table="books", place=f"line {number}")
        else:
            raise NotMine("neither authors nor books")
'''
DESCRIPTOR = """
name: library
version: 1.0.0
title: A library
dstools:source: raw/library
dstools:converter: converters/library.py:convert
dstools:splits: {table: authors, by: name, seed: 0, shares: {train: 0.5, test: 0.5}}
dstools:budget: {pages: 1, records: 1}
dstools:target: hf://datasets/secret/place
resources:
  - {name: authors, schema: authors.yaml}
  - {name: books, schema: books.yaml}
  - {name: notes, schema: notes.yaml}
"""
AUTHORS = "primaryKey: [name]\nfields:\n  - {name: name}\n  - {name: uri, dstools:fill: page.uri}\n"
BOOKS = """
primaryKey: [author, title]
foreignKeys: [{fields: [author], reference: {resource: authors, fields: [name]}}]
fields:
  - {name: author}
  - {name: title, constraints: {maxLength: 20}}
  - {name: year, type: integer, constraints: {minimum: 1450}}
"""
NOTES = "fields:\n  - {name: text, constraints: {minLength: 2}}\n"


def library(root: Path, pages: dict[str, str], descriptor: str = DESCRIPTOR) -> Path:
    (root / "schemas" / "library").mkdir(parents=True, exist_ok=True)
    tables = {"dataset": descriptor, "authors": AUTHORS, "books": BOOKS, "notes": NOTES}
    for name, text in tables.items():
        (root / "schemas" / "library" / f"{name}.yaml").write_text(text)
    (root / "converters").mkdir(exist_ok=True)
    (root / "converters" / "library.py").write_text(CONVERTER)
    (root / "raw" / "library").mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (root / "raw" / "library" / name).write_text(text)
    return root


def made(root: Path, **how: Any) -> Built:
    return build(read_dataset(root, "library"), How(**{"out": root / "dist", "workers": 1, **how}))


def rejects(built: Built) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.ParquetFile(built.report / "rejects.parquet").read().to_pylist()
    return rows


def table(place: Path, name: str) -> list[dict[str, Any]]:
    files = sorted((place / name).glob("*.parquet"))
    return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A library in which everything happens that can happen to a page or record."""
    pages = {
        "a.txt": "author ann\nbook ann One 1999\nbook ann Two\nnote hello",
        "b.txt": "author bob\nbook bob Old 1200\nbook zed Lost 1999\nodd bob",
        "c.txt": "author ann\nbook ann One 2001",
        "d.txt": "author ann\nbook ann One 1999\nbook ann Two\nnote hello",
        "e.txt": "something else",
        "f.txt": "note x\nrefuse it",
        "g.txt": "",
        ".hidden": "author hidden",
    }
    return made(library(tmp_path_factory.mktemp("library"), pages))


def test_every_page_ends_in_one_of_four_ways(mixed: Built) -> None:
    assert mixed.counts["pages"] == {"listed": 8, "accepted": 2, "passed-over": 2, "rejected": 4, "unread": 0}


def test_every_record_ends_in_a_table_or_as_a_reject_with_all_its_reasons(mixed: Built) -> None:
    assert mixed.counts["records"] == {"given": 12, "rows": 5, "rejected": 7}
    said = {(r["page_uri"], r["record"], r["table"], r["field"], r["reason"], r["value"]) for r in rejects(mixed)}
    assert said == {
        (".hidden", None, None, None, "hidden", None),
        ("b.txt", 1, "books", "year", "minimum", "1200"),
        ("b.txt", 2, "books", "author", "foreignKey", "zed"),
        ("b.txt", 3, "books", "title", "type", "7"),
        ("b.txt", 3, "books", "pages", "unknown-field", None),
        ("c.txt", 0, "authors", "name", "primaryKey", "ann"),
        ("c.txt", 1, "books", "author,title", "primaryKey", '["ann", "One"]'),
        ("d.txt", None, None, None, "same-bytes", None),
        ("e.txt", None, None, None, "not-mine", None),
        ("f.txt", 0, "notes", "text", "minLength", "x"),
        ("f.txt", 1, "books", None, "no-good", None),
        ("g.txt", None, None, None, "no-records", None),
    }


def test_a_reject_names_the_place_and_the_page_that_stays(mixed: Built) -> None:
    found = {row["page_uri"]: row for row in rejects(mixed)}
    assert found["d.txt"]["kept"] == "a.txt"
    assert found["c.txt"]["kept"] == "a.txt"
    assert found["f.txt"]["place"] == "line 2"
    assert {row["stage"] for row in rejects(mixed)} == {"convert", "gate", "index"}


def test_what_is_kept_is_what_the_pages_say(mixed: Built) -> None:
    assert table(mixed.place, "authors") == [{"name": "ann", "uri": "a.txt"}, {"name": "bob", "uri": "b.txt"}] or table(
        mixed.place, "authors"
    ) == [{"name": "bob", "uri": "b.txt"}, {"name": "ann", "uri": "a.txt"}]
    assert sorted(table(mixed.place, "books"), key=lambda row: row["title"]) == [
        {"author": "ann", "title": "One", "year": 1999},
        {"author": "ann", "title": "Two", "year": None},
    ]
    assert table(mixed.place, "notes") == [{"text": "hello"}]


def test_children_follow_their_parents_split_and_other_tables_are_train(mixed: Built) -> None:
    parent = next(r.split for r in read_package(mixed.place).resources if r.table == "books")
    rows = pq.ParquetFile(next((mixed.place / "authors").glob(f"{parent}-*.parquet"))).read().to_pylist()
    assert "ann" in {row["name"] for row in rows}
    assert [r.split for r in read_package(mixed.place).resources if r.table == "notes"] == ["train"]


def test_an_empty_split_is_left_out_and_named(mixed: Built) -> None:
    (empty,) = [name for name in mixed.counts["empty"] if name.startswith("books")]
    assert not list(mixed.place.glob(f"{empty}-*.parquet"))
    assert empty in (mixed.place / "README.md").read_text("utf-8")


def test_what_is_private_in_the_descriptor_is_nowhere_in_the_package(mixed: Built) -> None:
    for path in mixed.place.rglob("*"):
        if path.is_file():
            for private in (b"hf://datasets/secret", b"raw/library", b"converters/library.py"):
                assert private not in path.read_bytes(), path


def test_the_package_validates_and_loads(mixed: Built) -> None:
    assert validate(mixed.place).issues == ()


def test_a_second_build_writes_nothing(mixed: Built) -> None:
    before = {path: path.stat().st_mtime_ns for path in mixed.place.rglob("*")}
    again = made(mixed.place.parents[1])
    assert not again.written
    assert again.digest == mixed.digest
    assert {path: path.stat().st_mtime_ns for path in mixed.place.rglob("*")} == before


def test_beyond_the_budget_there_is_a_report_and_no_package(tmp_path: Path) -> None:
    descriptor = DESCRIPTOR.replace("{pages: 1, records: 1}", "{pages: 0.4, records: 0.1}")
    pages = {"a.txt": "author ann\nbook ann One 1999", "b.txt": "author bob\nbook bob Old 1200\nbook bob Older 1100"}
    root = library(tmp_path, pages, descriptor)
    with pytest.raises(errors.ValidationError) as caught:
        made(root)
    assert caught.value.message == (
        "library: 2 of 5 records rejected (40.0%), the budget is 10.0%\n        2  minimum, such as b.txt"
    )
    assert "dstools rejects library" in caught.value.hint
    assert not (root / "dist" / "library-1.0.0").exists()
    assert (root / "dist" / "library-1.0.0.report" / "rejects.parquet").is_file()
    assert json.loads((root / "dist" / "library-1.0.0.report" / "build.json").read_text())["result"] == "refused"


def test_a_larger_budget_builds_a_draft_that_says_so(tmp_path: Path) -> None:
    descriptor = DESCRIPTOR.replace("{pages: 1, records: 1}", "{pages: 0, records: 0}")
    root = library(tmp_path, {"a.txt": "author ann\nbook ann Old 1200"}, descriptor)
    built = made(root, budget=1.0)
    assert built.draft
    assert read_package(built.place).draft
    assert "A draft" in (built.place / "README.md").read_text("utf-8")


def test_a_limit_builds_a_preview_and_nothing_in_dist(tmp_path: Path) -> None:
    root = library(tmp_path, {f"{i}.txt": f"author a{i}" for i in range(9)})
    built = made(root, out=root / ".dstools" / "preview", limit=4)
    assert built.place == root / ".dstools" / "preview" / "library"
    assert built.counts["pages"]["listed"] == 4
    assert not (root / "dist").exists()
    assert validate(built.place).issues == ()


def test_pages_of_several_sources_carry_the_sources_name(tmp_path: Path) -> None:
    root = library(tmp_path, {"a.txt": "author ann"})
    (root / "more").mkdir()
    (root / "more" / "a.txt").write_text("author bob")
    built = made(root, sources=("raw/library", "more"))
    assert {row["uri"] for row in table(built.place, "authors")} == {"library/a.txt", "more/a.txt"}


def test_two_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    root = library(tmp_path, {"a.txt": "author ann"})
    (root / "other" / "library").mkdir(parents=True)
    with pytest.raises(errors.PageError, match="library"):
        made(root, sources=("raw/library", "other/library"))


def test_a_gap_in_the_counts_fails_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = library(tmp_path, {"a.txt": "author ann\nauthor bob", "b.txt": "author cid"})
    whole = Index.__init__

    def lossy(self: Index, **given: Any) -> None:
        shards = [shard for shard in given["shards"] if shard.split != "test"]
        whole(self, **{**given, "shards": tuple(shards)})

    monkeypatch.setattr(Index, "__init__", lossy)
    with pytest.raises(errors.PackageError, match="records came in"):
        made(root)
    assert not (root / "dist" / "library-1.0.0").exists()


def test_a_lost_page_fails_the_build(tmp_path: Path) -> None:
    pages = pl.DataFrame({"uri": ["a", "b"], "records": [1, 0], "_unit": [0, 0], "_page": [0, 1]})
    accepted = pl.DataFrame({"_unit": [0], "_page": [0]})
    plan = Index((), (), {"t": {"train": 1}}, pages, accepted, ())
    out = {name: pa.array([], pa.string()) for name in ("kind", "page_uri", "reason")}
    pq.write_table(pa.table({**out, "record": pa.array([], pa.int64())}), tmp_path / "rejects.parquet")
    (said,) = verify.conserved(plan, [_resource(1)], tmp_path, 2)
    assert said == "2 pages came in; 1 accepted, 0 passed-over, 0 rejected went out"


def _resource(rows: int) -> Any:
    from dataset_tools.package import Resource

    return Resource("t/train.parquet", "t", "train", 1, "", rows)


def test_the_sample_loads_with_the_schemas_types_and_nulls(sample: Path) -> None:
    from datasets import Features, load_dataset

    place = sample / "dist" / "netease-1.0.0"
    schemas = read_dataset(sample, "netease").schemas
    assert load_dataset(str(place))["train"].features == load_dataset(str(place), "articles")["train"].features
    for name, schema in schemas.items():
        loaded = load_dataset(str(place), name)
        ours = dict(read_package(place).descriptor["dstools:tables"][name]["splits"].items())
        assert {split: data.num_rows for split, data in loaded.items()} == ours
        for data in loaded.values():
            assert data.features == Features.from_arrow_schema(arrow_schema(schema))
    rows = load_dataset(str(place), "articles")["train"].to_list()
    assert any(row["published_at"] is None for row in rows)
    assert any(row["published_at"] == row["published_at"].astimezone(UTC) for row in rows if row["published_at"])
    assert all(isinstance(row["captured_at"], datetime | None) for row in rows)
    assert any(row["author_follower_count"] is None for row in rows)


def test_the_samples_descriptor_is_valid_by_the_official_profile(sample: Path) -> None:
    profiles = resource_files("dplib") / "profiles" / "2.0"
    package = json.loads((sample / "dist" / "netease-1.0.0" / "datapackage.json").read_text("utf-8"))
    jsonschema.validate(package, json.loads((profiles / "datapackage.json").read_text("utf-8")))
    for path in (sample / "dist" / "netease-1.0.0" / "schemas").glob("*.json"):
        jsonschema.validate(
            json.loads(path.read_text("utf-8")), json.loads((profiles / "tableschema.json").read_text("utf-8"))
        )


def test_the_official_profile_refuses_a_broken_descriptor(sample: Path) -> None:
    profiles = resource_files("dplib") / "profiles" / "2.0"
    package = json.loads((sample / "dist" / "netease-1.0.0" / "datapackage.json").read_text("utf-8"))
    del package["resources"][0]["name"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(package, json.loads((profiles / "datapackage.json").read_text("utf-8")))


def test_the_samples_card_has_every_section_and_says_what_nobody_stated(sample: Path) -> None:
    card = (sample / "dist" / "netease-1.0.0" / "README.md").read_text("utf-8")
    for heading in ("Fields", "How it was made", "Limitations", "Personal data", "Citation"):
        assert f"\n## {heading}\n" in card
    assert "## Citation\n\nNot stated." in card
    assert "| accepted | 60 |" in card


def test_the_samples_files_have_page_index_and_checksums_and_descriptions(sample: Path) -> None:
    for path in (sample / "dist" / "netease-1.0.0").glob("*/*.parquet"):
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            file.read()
            column = file.metadata.row_group(0).column(0)
            assert column.has_offset_index
            assert column.has_column_index
            assert column.compression == "ZSTD"
            assert all(b"description" in (field.metadata or {}) for field in file.schema_arrow)
            assert not file.schema_arrow.field(0).nullable


@pytest.mark.parametrize("offset", [0.2, 0.5, 0.8])
def test_a_flipped_byte_in_a_shard_is_found(sample: Path, tmp_path: Path, offset: float) -> None:
    place = tmp_path / "package"
    shutil.copytree(sample / "dist" / "netease-1.0.0", place)
    path = next((place / "articles").glob("train-*.parquet"))
    content = bytearray(path.read_bytes())
    content[int(len(content) * offset)] ^= 1
    path.write_bytes(content)
    assert [issue.reason for issue in validate(place).issues] == ["hash"]


def test_shards_keep_their_bounds_and_end_where_hashes_say() -> None:
    import random

    drawn = random.Random(0)
    pages = [(drawn.randint(10, 100), drawn.random()) for _ in range(50_000)]
    numbers = list(shard_numbers(iter(pages), 10_000))
    sizes: dict[int, int] = {}
    for number, (size, _) in zip(numbers, pages, strict=True):
        sizes[number] = sizes.get(number, 0) + size
    whole = list(sizes.values())[:-1]
    assert min(whole) >= 5_000
    assert max(whole) <= 20_100
    assert 0.7 * 10_000 < sum(whole) / len(whole) < 1.3 * 10_000
    shorter = list(shard_numbers(iter(pages[:25_000] + pages[25_001:]), 10_000))
    ends = {i for i in range(1, len(numbers)) if numbers[i] != numbers[i - 1]}
    moved = {i + (i >= 25_000) for i in range(1, len(shorter)) if shorter[i] != shorter[i - 1]}
    assert len(ends ^ moved) <= 8


RULE = """
import polars as pl
from dataset_tools.rules import Rule


def even(field):
    return Rule("even", (field,), f"{field} is even", lambda: pl.col(field) % 2 == 0, lambda row: row[field] % 2 == 0)
"""


def test_a_rule_of_the_project_is_judged_by_both_witnesses_and_never_run_from_a_package(tmp_path: Path) -> None:
    root = library(tmp_path, {"a.txt": "author ann\nbook ann Odd 1999\nbook ann Even 2000"})
    (root / "rules").mkdir()
    (root / "rules" / "books.py").write_text(RULE)
    path = root / "schemas" / "library" / "books.yaml"
    path.write_text(BOOKS + "dstools:rules: [{rule: rules/books.py:even, field: year}]\n")
    built = made(root)
    assert [row["title"] for row in table(built.place, "books")] == ["Even"]
    assert [(row["reason"], row["value"]) for row in rejects(built)] == [("even", "1999")]
    (root / "rules" / "books.py").write_text("raise SystemExit('run')")
    verdict = validate(built.place)
    assert verdict.issues == ()
    assert verdict.unjudged == ("rules/books.py:even",)


def test_a_rule_whose_code_is_missing_or_changed_is_told(tmp_path: Path) -> None:
    root = library(tmp_path, {"a.txt": "author ann\nbook ann Odd 1999"})
    path = root / "schemas" / "library" / "books.yaml"
    path.write_text(BOOKS + "dstools:rules: [{rule: rules/books.py:even, field: year}]\n")
    with pytest.raises(errors.SchemaError, match="no such file below"):
        made(root)
    (root / "rules").mkdir()
    (root / "rules" / "books.py").write_text(RULE)
    assert made(root).counts["records"]["rows"] == 1
    (root / "rules" / "books.py").write_text(RULE.replace("== 0", "== 1"))
    assert made(root).counts["records"]["rows"] == 2  # the cache knows that the code is another
