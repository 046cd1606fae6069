"""A schema is refused where it is wrong, with file, line, column and a hint."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from dataset_tools.document import parse
from dataset_tools.errors import SchemaError
from dataset_tools.schema import Schema, parse_schema, read_schema

ROOT = Path(__file__).parents[1]


def schema(text: str) -> Schema:
    return parse_schema(parse(text, "t.yaml"), "t")


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("{fields: []}", "t.yaml:1:10: no fields", "list at least one field"),
        ("{field: []}", "t.yaml:1:2: unknown key 'field' in a table schema", "did you mean 'fields'?"),
        ("fields:\n- {name: a, type: int}", 't.yaml:2:19: field "a" has type "int"', 'Table Schema calls it "integer"'),
        ("fields:\n- {name: a, typ: x}", "t.yaml:2:13: unknown key 'typ' in field 1", "did you mean 'type'?"),
        ("fields:\n- {name: A b}", "t.yaml:2:10: field name 'A b'", "lower-case letters"),
        ("fields:\n- {name: a}\n- {name: a}", 't.yaml:3:3: two fields are called "a"', "rename"),
        (
            "fields:\n- {name: a, constraints: {requird: true}}",
            "t.yaml:2:27: unknown key 'requird' in constraints of \"a\"",
            "did you mean 'required'?",
        ),
        (
            "fields:\n- {name: a, type: integer, constraints: {minimum: 3, maximum: 2}}",
            "t.yaml:2:51: minimum 3 is larger than maximum 2",
            "no value can meet both",
        ),
        (
            "fields:\n- {name: a, type: integer, constraints: {pattern: x}}",
            't.yaml:2:51: pattern on field "a" of type "integer"',
            "it is for: string",
        ),
        ("fields:\n- {name: a, constraints: {pattern: '(?=x)'}}", "t.yaml:2:36: pattern with '(?='", "no look-around"),
        ("fields:\n- {name: a, constraints: {enum: [1]}}", "t.yaml:2:34: enum value 1 is no string", "quote it"),
        ("fields:\n- {name: a, type: array}", 't.yaml:2:3: field "a" does not say what it lists', "dstools:items"),
        (
            "fields:\n- {name: a, type: integer, dstools:type: string}",
            't.yaml:2:42: field "a" of type "integer" has dstools:type "string"',
            "such as int64",
        ),
        ("primaryKey: [b]\nfields:\n- {name: a}", "t.yaml:1:13: primaryKey names the field 'b'", "known: a"),
        (
            "dstools:rules:\n- {rule: join, field: a}\nfields:\n- {name: a}",
            "t.yaml:2:10: rule is 'join'",
            "did you mean 'joined'?",
        ),
        (
            "dstools:rules:\n- {rule: length, field: a, of: b}\nfields:\n- {name: a}\n- {name: b}",
            "t.yaml:2:3: rule length: a is string, b is string",
            "a is the number of characters of b",
        ),
        ("missingValues: ['']\nfields:\n- {name: a}", "t.yaml:1:16: missingValues is not empty", "missingValues: []"),
    ],
)
def test_a_fault_is_refused_with_its_place_and_a_hint(text: str, message: str, hint: str) -> None:
    with pytest.raises(SchemaError) as caught:
        schema(text)
    assert caught.value.message == message
    assert hint in caught.value.hint


def test_a_primary_keys_fields_are_required() -> None:
    assert schema("primaryKey: a\nfields:\n- {name: a}\n- {name: b}").field("a").required


def test_a_schema_survives_the_way_to_another_process() -> None:
    there = read_schema(ROOT / "schemas" / "netease" / "articles.yaml", "articles")
    back = pickle.loads(pickle.dumps(there))  # noqa: S301 - our own bytes
    assert back.fields == there.fields
    assert [(rule.name, rule.fields, rule.given) for rule in back.rules] == [
        (rule.name, rule.fields, rule.given) for rule in there.rules
    ]
    assert back.rules[0].predicate({"text": "a\nb", "paragraphs": ["a", "b"]})


@pytest.mark.parametrize("table", ["articles", "recommendations", "headlines"])
def test_every_field_of_the_netease_tables_has_a_title_and_a_description(table: str) -> None:
    for field in read_schema(ROOT / "schemas" / "netease" / f"{table}.yaml", table).fields:
        assert field.title
        assert field.description
