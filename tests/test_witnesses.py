"""The two validators see the same rows; where they differ, the build says so instead of hiding one behind the other."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pyarrow as pa
import pytest
from projects import run, write_project

from dataset_tools.dialects import pandera as dialect
from dataset_tools.document import parse
from dataset_tools.errors import ValidationError
from dataset_tools.schema import Schema, parse_schema
from dataset_tools.validators import table
from dataset_tools.validators.witnesses import agree

SCHEMA = """
missingValues: []
fields:
  - {name: page_uri, dstools:fill: page.uri}
  - {name: count, type: integer, constraints: {required: true}}
dstools:rules: [{rule: rules/counts.py:even, field: count}]
"""
CONVERTER = """
from dataset_tools.record import Record

VERSION = "1.0.0"


def convert(page):
    for word in page.text.split():
        yield Record("pages", {"count": int(word) if word.isdigit() else word})
"""
RULE = """
import polars as pl
from dataset_tools.rules import Rule


def even(field):
    return Rule("even", (field,), f"{{field}} is even", lambda: {expression}, lambda row: {predicate})
"""
EVEN, ANY = "pl.col(field) % 2 == 0", "pl.col(field).is_not_null()"


def built(root: Path, expression: str, predicate: str, page: bytes = b"2 3 4 five") -> tuple[int, str]:
    """The exit code of a build, and what it says, with a rule of these halves."""
    write_project(root, schema=SCHEMA, converter=CONVERTER, pages={"a.txt": page})
    (root / "rules").mkdir()
    (root / "rules" / "counts.py").write_text(RULE.format(expression=expression, predicate=predicate))
    done = run("build", cwd=root)
    return done.returncode, done.stderr


def test_halves_that_agree_build(tmp_path: Path) -> None:
    assert built(tmp_path, EVEN, "row[field] % 2 == 0")[0] == 0


def test_a_row_that_pandera_alone_refuses_fails_the_build(tmp_path: Path) -> None:
    code, told = built(tmp_path, EVEN, "True")
    assert code == 1
    assert "Pandera refuses what Frictionless accepts: pages.count: even: '3'" in told
    assert not (tmp_path / "dist" / "demo-1.0.0").exists()


def test_a_row_that_frictionless_alone_refuses_fails_the_build(tmp_path: Path) -> None:
    code, told = built(tmp_path, ANY, "row[field] % 2 == 0")
    assert code == 1
    assert "Frictionless refuses what Pandera accepts: pages.count: even" in told
    assert not (tmp_path / "dist" / "demo-1.0.0").exists()


def schema(*fields: str) -> Schema:
    return parse_schema(parse(f"missingValues: []\nfields: [{', '.join(fields)}]\n", "drawn.yaml"), "drawn")


def test_a_dialect_that_is_broken_is_named_with_schema_rule_and_value(monkeypatch: pytest.MonkeyPatch) -> None:
    judged = schema("{name: title, constraints: {minLength: 2}}")
    rows = pa.table({"title": ["long enough", "fine", "x"]})
    agree(rows, judged, table.judge(rows, judged))
    stricter = {**dialect._EXPRESSIONS, "minLength": lambda value, _, each: value.str.len_chars() > each.value + 3}
    monkeypatch.setattr(dialect, "_EXPRESSIONS", stricter)
    with pytest.raises(ValidationError, match=r"drawn\.title: minLength: 'fine'"):
        agree(rows, judged, table.judge(rows, judged))


def test_what_is_documented_to_differ_does_not_fail() -> None:
    judged = schema("{name: at, type: time, dstools:type: 'time64[ns]', constraints: {maximum: '12:00:00'}}")
    noon = 12 * 3600 * 10**9
    rows = pa.table({"at": pa.array([noon, noon + 1], pa.time64("ns"))})
    issues = table.judge(rows, judged)
    assert [issue.row for issue in issues] == [1]
    agree(rows, judged, issues)
    later = pa.table({"at": pa.array([time(13)], pa.time64("ns"))})
    assert table.judge(later, judged)
