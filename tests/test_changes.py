"""What changed is found, classed for readers, placed, and asks for a version. To add a pair is to add a folder."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_tools.bases.find import read_base
from dataset_tools.bases.published import Published
from dataset_tools.dataset import KEYS, read_dataset
from dataset_tools.document import parse
from dataset_tools.evolution.changes import KEY_RULES, Change, Described, changes
from dataset_tools.evolution.rules import BREAKING, CHANGE_RULES, COMPATIBLE, COSMETIC, KINDS, SILENT
from dataset_tools.evolution.versions import raised_enough, required_version
from dataset_tools.places import read_places
from dataset_tools.schema import parse_schema

ROOT = Path(__file__).parents[1]
PAIRS = sorted((ROOT / "tests" / "cases" / "check" / "evolve").iterdir())
LEVEL = {BREAKING: "MAJOR", COMPATIBLE: "MINOR", COSMETIC: "PATCH"}
# What a rule is in the other direction, where it is not itself
MIRROR = {
    "table-added": "table-removed",
    "field-added": "field-removed",
    "split-added": "split-removed",
    "arrow-narrowed": "arrow-widened",
    "required-added": "required-removed",
    "unique-added": "unique-removed",
    "minimum-raised": "minimum-lowered",
    "maximum-lowered": "maximum-raised",
    "min-length-raised": "min-length-lowered",
    "max-length-lowered": "max-length-raised",
    "pattern-added": "pattern-removed",
    "enum-added": "enum-removed",
    "enum-value-removed": "enum-value-added",
    "primary-key-added": "primary-key-removed",
    "unique-key-added": "unique-key-removed",
    "foreign-key-added": "foreign-key-removed",
    "row-rule-added": "row-rule-removed",
}


def held(folder: Path) -> Described:
    base = read_base(str(folder), folder, folder.name, {})
    assert base is not None
    return base.described


def compared(pair: Path) -> list[Change]:
    return changes(held(pair / "base"), held(pair / "now"), read_places(pair / "now", "now"))


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_a_pair_gives_the_changes_and_the_version_that_are_expected(pair: Path) -> None:
    expected = json.loads((pair / "expected.json").read_text("utf-8"))
    found = compared(pair)
    assert [
        {"rule": c.rule, "kind": c.kind, "table": c.table, "field": c.field, "at": f"{c.file}:{c.line}:{c.column}"}
        for c in found
    ] == expected["changes"]
    assert held(pair / "base").version == expected["released"]
    assert required_version(expected["released"], found) == expected["required"]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_what_is_compared_with_itself_has_not_changed(pair: Path) -> None:
    for side in ("base", "now"):
        assert not changes(held(pair / side), held(pair / side))


def test_every_rule_of_the_table_is_in_a_pair() -> None:
    stated = [json.loads((pair / "expected.json").read_text("utf-8")) for pair in PAIRS]
    assert {change["rule"] for each in stated for change in each["changes"]} == set(CHANGE_RULES)


def test_every_published_key_of_the_descriptor_has_its_rule() -> None:
    assert {key for key, each in KEYS.items() if each.published} <= set(KEY_RULES)
    assert {rule for rule in KEY_RULES.values() if rule} <= set(CHANGE_RULES)


def test_wherever_the_recipe_says_other_or_nothing_the_reason_stands_beside_it() -> None:
    for name, rule in CHANGE_RULES.items():
        assert rule.kind in KINDS
        assert rule.recipe in (*LEVEL.values(), SILENT)
        assert bool(rule.why) == (rule.recipe != LEVEL[rule.kind]), name


def test_a_promise_taken_back_is_breaking_and_one_added_is_compatible() -> None:
    for added, removed in MIRROR.items():
        assert (CHANGE_RULES[added].kind, CHANGE_RULES[removed].kind) == (COMPATIBLE, BREAKING)


def test_the_project_compared_with_its_own_package_has_not_changed(sample: Path) -> None:
    (package,) = (path.parent for path in (sample / "dist").glob("*/datapackage.json"))
    base = read_base(str(package), sample, "netease", {})
    assert base is not None
    assert changes(base.described, read_dataset(sample, "netease")) == []


def test_what_is_gone_has_the_place_of_what_it_stood_in() -> None:
    pair = next(pair for pair in PAIRS if pair.name == "table_removed")
    (change,) = compared(pair)
    line = (pair / change.file).read_text("utf-8").splitlines()[change.line - 1]
    assert line[change.column - 1 :].startswith("resources:")


def test_without_places_a_change_has_no_file() -> None:
    pair = next(pair for pair in PAIRS if pair.name == "field_removed")
    (change,) = changes(held(pair / "base"), held(pair / "now"))
    assert (change.file, change.line, change.column) == ("", 1, 1)


# Versions


def change(kind: str) -> Change:
    return Change("restated", kind, "", "", "", 1, 1, "")


@pytest.mark.parametrize(
    ("released", "kinds", "required"),
    [
        ("1.2.3", [], "1.2.3"),
        ("1.2.3", [COSMETIC], "1.2.4"),
        ("1.2.3", [COSMETIC, COMPATIBLE], "1.3.0"),
        ("1.2.3", [COSMETIC, BREAKING, COMPATIBLE], "2.0.0"),
        ("0.2.3", [COSMETIC], "0.2.4"),
        ("0.2.3", [COMPATIBLE], "0.2.4"),
        ("0.2.3", [BREAKING], "0.3.0"),
        ("0.0.1", [BREAKING], "0.1.0"),
        ("9.9.9", [BREAKING], "10.0.0"),
    ],
)
def test_the_gravest_change_says_what_is_raised(released: str, kinds: list[str], required: str) -> None:
    assert required_version(released, [change(kind) for kind in kinds]) == required


def test_two_breaking_changes_before_one_release_ask_for_one_major() -> None:
    assert required_version("1.4.0", [change(BREAKING)] * 2) == "2.0.0"
    assert raised_enough("1.4.0", "2.0.0", [change(BREAKING)] * 2)


@pytest.mark.parametrize(
    ("now", "enough"), [("1.9.0", False), ("2.0.0", True), ("2.1.0", True), ("10.0.0", True), ("1.0.0", False)]
)
def test_a_version_is_raised_enough_from_the_required_one_on(now: str, enough: bool) -> None:
    assert raised_enough("1.2.0", now, [change(BREAKING)]) is enough


def test_without_a_change_a_version_may_stay_but_not_sink() -> None:
    assert raised_enough("1.2.0", "1.2.0", [])
    assert not raised_enough("1.2.0", "1.1.9", [])


# Properties

BOUND = st.none() | st.integers(-3, 3)
SIZE = st.none() | st.integers(0, 3)
WORDS = st.none() | st.sampled_from(["", "A", "B"])


def stated(**keys: Any) -> dict[str, Any]:
    return {key: value for key, value in keys.items() if value is not None}


def ordered(low: str, high: str, value: Mapping[str, Any]) -> bool:
    return low not in value or high not in value or bool(value[low] <= value[high])


NUMBERS = st.builds(
    stated,
    minimum=BOUND,
    maximum=BOUND,
    exclusiveMinimum=BOUND,
    exclusiveMaximum=BOUND,
    required=st.none() | st.booleans(),
    unique=st.none() | st.booleans(),
).filter(lambda value: ordered("minimum", "maximum", value))
TEXTS = st.builds(
    stated,
    minLength=SIZE,
    maxLength=SIZE,
    pattern=st.none() | st.sampled_from(["a+", "[a-z]*"]),
    enum=st.none() | st.lists(st.sampled_from("abcd"), min_size=1, unique=True),
    required=st.none() | st.booleans(),
).filter(lambda value: ordered("minLength", "maxLength", value))


def integer(constraints: dict[str, Any], arrow: str | None, title: str | None) -> dict[str, Any]:
    return stated(type="integer", constraints=constraints, title=title, **{"dstools:type": arrow})


def string(constraints: dict[str, Any], description: str | None) -> dict[str, Any]:
    return stated(type="string", constraints=constraints, description=description)


INTEGERS = st.builds(integer, NUMBERS, st.none() | st.sampled_from(["int32", "int64", "uint8", "uint32"]), WORDS)
STRINGS = st.builds(string, TEXTS, WORDS)


def table(fields: Sequence[dict[str, Any]], names: Sequence[str]) -> Published:
    text = json.dumps({"fields": [{"name": n, **f} for n, f in zip(names, fields, strict=False)]})
    return Published("d", "1.0.0", {"t": parse_schema(parse(text, "t"), "t")}, {})


# Fields that keep their names: what is taken for a rename is a matter of the pairs.
SAME_NAMES = st.lists(INTEGERS | STRINGS, min_size=3, max_size=3).map(lambda fields: table(fields, ("a", "b", "c")))


def counted(found: Sequence[Change]) -> Counter[str]:
    return Counter(change.rule for change in found)


@settings(max_examples=300, deadline=None)
@given(SAME_NAMES, SAME_NAMES)
def test_what_is_tightened_in_one_direction_is_loosened_in_the_other(one: Published, other: Published) -> None:
    back = {**MIRROR, **{removed: added for added, removed in MIRROR.items()}}
    there = Counter({back.get(rule, rule): count for rule, count in counted(changes(one, other)).items()})
    assert there == counted(changes(other, one))


@settings(max_examples=100, deadline=None)
@given(SAME_NAMES, SAME_NAMES)
def test_no_difference_of_what_is_published_is_silent(one: Published, other: Published) -> None:
    same = [each.stated for each in one.schemas.values()] == [each.stated for each in other.schemas.values()]
    assert bool(changes(one, other)) is not same
    assert changes(one, other) == changes(one, other)


@settings(max_examples=100, deadline=None)
@given(st.lists(SAME_NAMES, min_size=3, max_size=3))
def test_no_way_round_asks_for_less_than_the_straight_one(states: list[Published]) -> None:
    """What breaks between the first and the last state breaks on one of the steps between them."""
    straight = {change.kind for change in changes(states[0], states[-1])}
    steps = {change.kind for one, other in pairwise(states) for change in changes(one, other)}
    assert BREAKING not in straight or BREAKING in steps


# Documentation


def test_the_evolution_page_lists_every_rule_as_the_code_does() -> None:
    text = (ROOT / "docs" / "evolution.md").read_text("utf-8").split("<!-- changes:")[1].split("\n\n")[1]
    listed = [[cell.strip() for cell in row.split("|")] for row in re.findall(r"^\|( `.*)\|$", text, re.MULTILINE)]
    rows = [[f"`{name}`", rule.kind, rule.says, rule.recipe, rule.why] for name, rule in CHANGE_RULES.items()]
    assert listed == rows
