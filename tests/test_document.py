"""Descriptors are read with line and column, and nothing in them is guessed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from dataset_tools.document import MAX_BYTES, nearest, parse, read
from dataset_tools.errors import SchemaError


def refused(text: str) -> str:
    with pytest.raises(SchemaError) as caught:
        parse(text, "x.yaml")
    return caught.value.message


def test_scalars_are_those_of_yaml_1_2() -> None:
    text = "{a: no, b: 1.10, c: 12:30:45, d: 017, e: 2026-11-01, f: true, g: ~, h: 'true', i: 0x1F, j: 1e3}"
    assert parse(text, "x").plain() == {
        **{"a": "no", "b": 1.1, "c": "12:30:45", "d": 17, "e": "2026-11-01", "f": True, "g": None},
        **{"h": "true", "i": "0x1F", "j": 1000.0},
    }


def test_every_value_and_key_knows_its_line_and_column() -> None:
    root = parse("a: 1\nb:\n  - x\n  - y: 2\n", "x")
    listed = root.mapping("it")["b"].sequence("b")
    assert (listed[0].line, listed[0].column) == (3, 5)
    assert listed[1].keys["y"] == (4, 5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "x.yaml:1:1: the file is empty"),
        ("a: 1\na: 2", "x.yaml:2:1: the key 'a' stands twice"),
        ("a: &b [1]\nc: *b", "x.yaml:2:4: an alias, *b"),
        ("a: !!python/object:os.system x", "x.yaml:1:4: the tag tag:yaml.org,2002:python/object:os.system"),
        ("a: [1", "x.yaml:2:1: did not find expected ',' or ']'"),
        ("--- 1\n--- 2", "x.yaml:2:1: a second document"),
        ("? [a]\n: 1", "x.yaml:1:3: a key that is no string"),
        ("\ta: 1", "x.yaml:1:1: found character that cannot start any token"),
    ],
)
def test_what_is_no_plain_yaml_is_refused_with_its_place(text: str, message: str) -> None:
    assert refused(text) == message


def test_nesting_is_bounded() -> None:
    begun = time.monotonic()
    assert "more than 50 levels" in refused("[" * 3000 + "]" * 3000)
    assert time.monotonic() - begun < 1


def test_an_alias_bomb_is_refused_at_once() -> None:
    levels = zip("abcdefgh", "bcdefghi", strict=True)
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"{b}: &{b} [*{a},*{a},*{a}]\n" for a, b in levels)
    assert "an alias" in refused(bomb)


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(100 * MAX_BYTES)
    with pytest.raises(SchemaError, match="104,857,600 bytes"):
        read(path)


def test_a_file_that_is_no_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"a: \xff")
    with pytest.raises(SchemaError, match="not UTF-8 at byte 3"):
        read(tmp_path / "x.yaml")


def test_a_character_that_json_writes_as_two_escapes_is_read() -> None:
    assert parse('{"a": "\\ud83d\\ude00", "b": "\\\\ud83d"}', "x").plain() == {"a": "\U0001f600", "b": "\\ud83d"}


def test_a_byte_order_mark_and_crlf_are_read_over(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    assert read(tmp_path / "x.yaml").plain() == {"a": 1, "b": 2}


def test_the_nearest_name_is_offered_and_all_where_none_is_near() -> None:
    assert nearest("requird", ["required", "unique"]) == "did you mean 'required'?"
    assert nearest("zzz", ["b", "a"]) == "known: a, b"
