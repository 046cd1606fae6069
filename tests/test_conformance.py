"""One schema, one verdict: Pandera, Frictionless and our own plain reading agree on every cell, value and pattern."""

from __future__ import annotations

import math
import pickle
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from dataset_tools import members
from dataset_tools.backtracking import explodes
from dataset_tools.dialects import frictionless as frictionless_dialect
from dataset_tools.dialects import pandera as pandera_dialect
from dataset_tools.dialects.arrow import arrow_schema, in_utc
from dataset_tools.dialects.features import features
from dataset_tools.document import Node, parse
from dataset_tools.errors import PackageError, SchemaError
from dataset_tools.passes.write import OPTIONS
from dataset_tools.patterns import PatternFault, read_pattern
from dataset_tools.reading import read_table, typed
from dataset_tools.rules import RULES, Rule
from dataset_tools.schema import _CONSTRAINTS as CONSTRAINTS
from dataset_tools.schema import _TYPES as TYPES
from dataset_tools.schema import Schema, parse_schema
from dataset_tools.validators import package, table

ROWS = 10  # in each drawn table
VALUES = 10  # for each drawn pattern

CI = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # a table takes minutes to shrink
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
DEEP = settings(CI, max_examples=1_000, derandomize=False)

Stated = dict[str, Any]
Row = dict[str, Any]
Verdict = tuple[int | None, str | None, str]  # row, field path, reason


# What is judged


def node(value: Any) -> Node:
    """A descriptor as if it had been read from a file."""
    if isinstance(value, Mapping):
        return Node({key: node(each) for key, each in value.items()}, "drawn.yaml", 1, 1)
    return Node(tuple(map(node, value)) if isinstance(value, list) else value, "drawn.yaml", 1, 1)


def schema_of(*fields: Stated, rules: Sequence[Stated] = ()) -> Schema:
    return parse_schema(node({"fields": list(fields), "dstools:rules": list(rules)}), "drawn")


def by_pandera(rows: pa.Table, schema: Schema) -> set[Verdict]:
    return {(issue.row, issue.field, issue.reason) for issue in table.judge(rows, schema)}


def by_frictionless(rows: pa.Table, schema: Schema) -> set[Verdict]:
    issues = list(package.row_issues(rows, schema, "drawn.parquet"))
    verdicts = {(issue.row, issue.field, issue.reason) for issue in issues}
    assert len(issues) == len(verdicts), "an issue stands twice"
    return verdicts


def by_hand(rows: pa.Table, schema: Schema) -> set[Verdict]:
    return {(number, *fault) for number, row in enumerate(plain(rows)) for fault in broken(row, schema)}


def plain(rows: pa.Table) -> list[Row]:
    columns = (in_utc(column).to_pylist() for column in rows.columns)
    return [dict(zip(rows.column_names, values, strict=True)) for values in zip(*columns, strict=True)]


def broken(row: Row, schema: Schema) -> Iterator[tuple[str, str]]:
    for field in schema.fields:
        for constraint in field.constraints:
            if not members.keeps(row[field.name], field, constraint):
                yield field.name, constraint.name
        yield from members.member_faults(row[field.name], field)
    for rule in schema.rules:
        if not rule.predicate(row):
            yield rule.fields[0], rule.name


def agreed(rows: pa.Table, schema: Schema) -> set[Verdict]:
    """The verdict on which all three agree."""
    verdicts = by_pandera(rows, schema)
    assert verdicts == by_hand(rows, schema), "Pandera and our reading differ"
    assert verdicts == by_frictionless(rows, schema), "Pandera and Frictionless differ"
    return verdicts


# What is drawn

FLOATS = st.one_of(
    st.sampled_from(
        [0.0, -0.0, 1.0, -1.0, 0.1, 0.5, 1e-300, 1e300, 2.0**53, 2.0**53 + 2, math.inf, -math.inf, math.nan]
    ),
    st.floats(),
)
TEXTS = st.one_of(
    st.sampled_from(
        ["", "a", "a\n", "\n", "bb", "b\r\n", " ", "\0", "é", "e\u0301", "😀", "３", "_", "\u2028", "\x1c", "İ"]
    ),
    st.text(max_size=5),
)
PATTERNS = [
    "a|bb",
    "[a-z]{1,3}",
    r"\d+",
    r"\w*",
    r"\s?",
    ".",
    ".*",
    "^a$",
    "[^a]",
    "(a|b)+",
    "(ca*)*b?",
    "é|e.",
    "[😀-😎]",
]


def whole(bits: int, signed: bool) -> st.SearchStrategy[int]:
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    edges = [each for each in (low, low + 1, -1, 0, 1, 10**18 - 1, 2**53 + 1, high - 1, high) if low <= each <= high]
    return st.one_of(st.sampled_from(edges), st.integers(low, high))


def decimals(precision: int, scale: int) -> st.SearchStrategy[Decimal]:
    most = 10**precision - 1
    units = st.one_of(st.sampled_from([0, 1, -1, most, -most]), st.integers(-most, most))
    return units.map(lambda unit: Decimal(f"{unit}e-{scale}"))


def moments(unit: str, zone: str | None) -> st.SearchStrategy[datetime]:
    least, most = (datetime(1678, 1, 1), datetime(2262, 1, 1)) if unit == "ns" else (datetime.min, datetime.max)
    edges = [least, datetime(1970, 1, 1), datetime(2026, 10, 25, 0, 30), most]  # one that Berlin has twice
    drawn = st.one_of(st.sampled_from(edges), st.datetimes(least, most))
    if unit == "ms":
        drawn = drawn.map(lambda each: each.replace(microsecond=each.microsecond // 1000 * 1000))
    return drawn.map(lambda each: each.replace(tzinfo=UTC)) if zone else drawn


ZONES = [None, "UTC", "Asia/Shanghai", "Europe/Berlin"]
VALUES_OF: dict[str, tuple[str, st.SearchStrategy[Any]]] = {
    **dict.fromkeys(("string", "large_string"), ("string", TEXTS)),
    **{kind: ("string", st.binary(max_size=3)) for kind in ("binary", "large_binary")},
    **{f"int{bits}": ("integer", whole(bits, True)) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": ("integer", whole(bits, False)) for bits in (8, 16, 32, 64)},
    "float64": ("number", FLOATS),
    "float32": ("number", FLOATS.map(lambda each: float(pa.scalar(each, pa.float32()).as_py()))),
    **{f"decimal128({p}, {s})": ("number", decimals(p, s)) for p, s in ((1, 0), (10, 2), (38, 0), (38, 38), (5, 5))},
    "bool": ("boolean", st.booleans()),
    "date32": ("date", st.one_of(st.sampled_from([date.min, date(1970, 1, 1), date.max]), st.dates())),
    **{f"time64[{u}]": ("time", st.one_of(st.sampled_from([time.min, time.max]), st.times())) for u in ("us", "ns")},
    **{
        f"timestamp[{unit}{f', tz={zone}' if zone else ''}]": ("datetime", moments(unit, zone))
        for unit in ("ms", "us", "ns")
        for zone in ZONES
    },
}


def as_stated(value: Any) -> Any:
    """A value as a descriptor would state it for a bound."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date | time):
        text = value.isoformat()
        return text.replace("+00:00", "Z")
    return value


def is_bound(value: Any) -> bool:
    """Whether a descriptor can state it: a YAML number has 18 digits at most, and is finite."""
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, int) or abs(value) < 10**18


def is_exact(value: Any) -> bool:
    """Whether what a descriptor states of a value is the value."""
    return not isinstance(value, Decimal) or Decimal(str(float(value))) == value


@st.composite
def leaf(draw: st.DrawFn) -> tuple[Stated, st.SearchStrategy[Any]]:
    arrow = draw(st.sampled_from(sorted(VALUES_OF)))
    kind, values = VALUES_OF[arrow]
    pool = draw(st.lists(values, min_size=2, max_size=5))
    constraints: Stated = {}
    if draw(st.booleans()):
        constraints["required"] = draw(st.sampled_from([True, True, False]))
    if kind in ("integer", "number", "datetime", "date", "time"):
        constraints |= draw(bounds(kind, pool, values))
    if kind == "string":
        constraints |= draw(sizes())
    if kind == "string" and "binary" not in arrow and draw(st.booleans()):
        constraints["pattern"] = pattern = draw(st.sampled_from(PATTERNS))
        values = values | st.from_regex(re.compile(read_pattern(pattern).python))
    if kind in ("string", "integer", "number", "boolean") and "binary" not in arrow and draw(st.integers(0, 3)) == 0:
        allowed = [as_stated(each) for each in pool if is_bound(each) and is_exact(each)]
        constraints |= {"enum": allowed} if allowed else {}
    stated = {"type": kind, "dstools:type": arrow, "constraints": constraints}
    return stated, st.one_of(st.sampled_from(pool), values, st.none())


@st.composite
def bounds(draw: st.DrawFn, kind: str, pool: list[Any], values: st.SearchStrategy[Any]) -> Stated:
    """Bounds from the values that rows have, so that they are met; for numbers also between them, and beyond."""
    near = st.one_of(st.sampled_from(pool), values)
    if kind == "integer":
        near = st.one_of(near, st.integers(-(10**18) + 1, 10**18 - 1))
    if kind == "number":
        near = st.one_of(near, st.floats(allow_nan=False), st.integers(-(10**18) + 1, 10**18 - 1))
    stated = {}
    for low, high in (("minimum", "maximum"), ("exclusiveMinimum", "exclusiveMaximum")):
        pair = sorted((each for each in draw(st.lists(near, max_size=2)) if each == each and is_bound(each)), key=order)
        names = (low, high) if len(pair) == 2 else (draw(st.sampled_from([low, high])),)
        stated |= {name: as_stated(each) for name, each in zip(names, pair, strict=False)}
    return stated


def order(value: Any) -> Any:
    return Decimal(str(value)) if isinstance(value, int | float) else value


@st.composite
def sizes(draw: st.DrawFn) -> Stated:
    small = draw(st.lists(st.sampled_from([0, 1, 2, 3, 10**18 - 1]), max_size=2).map(sorted))
    names = ("minLength", "maxLength") if len(small) == 2 else (draw(st.sampled_from(["minLength", "maxLength"])),)
    return dict(zip(names, small, strict=False))


@st.composite
def field(draw: st.DrawFn, depth: int = 0) -> tuple[Stated, st.SearchStrategy[Any]]:
    shape = draw(st.sampled_from(["leaf"] * 5 + ["array"] * 2 + ["object"] * 2)) if depth < 3 else "leaf"
    if shape == "leaf":
        return draw(leaf())
    required = {"required": True} if draw(st.booleans()) else {}
    if shape == "array":
        stated, values = draw(field(depth + 1))
        constraints = required | draw(sizes())
        many = st.one_of(st.lists(values, max_size=3), st.none(), st.just([]))
        return {"type": "array", "dstools:items": stated, "constraints": constraints}, many
    inner = [draw(field(depth + 1)) for _ in range(draw(st.integers(1, 3)))]
    named = [{"name": f"m{number}", **stated} for number, (stated, _) in enumerate(inner)]
    one = st.fixed_dictionaries({each["name"]: values for each, (_, values) in zip(named, inner, strict=True)})
    return {"type": "object", "dstools:fields": named, "constraints": required}, st.one_of(one, st.none())


@st.composite
def drawn(draw: st.DrawFn) -> tuple[Schema, list[Row]]:
    """A schema and rows of its types, good and bad."""
    inner = [draw(field()) for _ in range(draw(st.integers(1, 4)))]
    fields = [{"name": f"f{number}", **stated} for number, (stated, _) in enumerate(inner)]
    values = {each["name"]: strategy for each, (_, strategy) in zip(fields, inner, strict=True)}
    rules = []
    for rule, more in draw(ruled(values)):
        rules.append(rule)
        fields.extend(more)
    whole_row = st.fixed_dictionaries(values)
    blank = st.just(dict.fromkeys(values))
    rows = draw(st.lists(st.one_of(*[whole_row] * 9, blank), min_size=ROWS, max_size=ROWS))
    return schema_of(*fields, rules=rules), rows


@st.composite
def ruled(draw: st.DrawFn, values: dict[str, st.SearchStrategy[Any]]) -> list[tuple[Stated, list[Stated]]]:
    """Rules and the fields they need; their values join `values`."""
    ruled = []
    for rule in draw(st.lists(st.sampled_from(sorted(RULES)), max_size=3, unique=True)):
        first, second = f"{rule}_a", f"{rule}_b"
        kinds, pair = draw(RULED[rule])
        values |= {first: pair[0], second: pair[1]}
        more = [{"name": first, **kinds[0]}, {"name": second, **kinds[1]}]
        names = {"field": first, "of" if rule in ("joined", "length") else "other": second}
        ruled.append(({"rule": rule, **names}, more))
    return ruled


@st.composite
def compared(draw: st.DrawFn) -> Any:
    arrow = draw(st.sampled_from(sorted(VALUES_OF)))
    kind, values = VALUES_OF[arrow]
    near = st.one_of(st.sampled_from(draw(st.lists(values, min_size=1, max_size=3))), values, st.none())
    stated = {"type": kind, "dstools:type": arrow}
    return (stated, stated), (near, near)


LINES = st.lists(st.one_of(st.sampled_from(["", "a", "\n", "é"]), st.none()), max_size=2)
STRINGS = {"type": "array", "dstools:items": {"type": "string"}}
RULED = {
    **dict.fromkeys(("before", "after", "equals"), compared()),
    "requires": st.tuples(field(), field()).map(lambda two: ((two[0][0], two[1][0]), (two[0][1], two[1][1]))),
    "joined": st.just(
        (({"type": "string"}, STRINGS), (st.sampled_from(["", "a", "\n", "a\na", "é\n", None]), LINES | st.none()))
    ),
    "length": st.just(
        (
            ({"type": "integer", "dstools:type": "uint64"}, {"type": "string"}),
            (st.integers(0, 3) | st.none(), TEXTS | st.none()),
        )
    ),
}


# Tables


def conforms(schema: Schema, rows: list[Row], folder: Path) -> None:
    read, mistyped = read_table(rows, schema)
    assert not mistyped
    verdicts = agreed(read, schema)
    event(f"issues: {min(len(verdicts), 20)}")
    refused = {row for row, _, _ in verdicts}
    good = typed(read.take(pa.array([row for row in range(len(rows)) if row not in refused], pa.int64())), schema)
    path = folder / "drawn.parquet"
    with pq.ParquetWriter(path, arrow_schema(schema), **OPTIONS) as writer:
        writer.write_table(good)
    assert package.judge(path, schema, "drawn.parquet") == (good.num_rows, [])
    assert table.judge(pq.read_table(path), schema) == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("drawn")


@CI
@given(drawn())
def test_three_readings_give_one_verdict_for_each_cell(folder: Path, case: tuple[Schema, list[Row]]) -> None:
    conforms(*case, folder)


@pytest.mark.deep
@DEEP
@given(drawn())
def test_three_readings_give_one_verdict_for_each_cell_of_ten_thousand_rows(
    folder: Path, case: tuple[Schema, list[Row]]
) -> None:
    conforms(*case, folder)


# Patterns

CHARACTERS = list("ab1_- .^$é😀\n\\/<>{}[]()|*+?&~#３\u0301")
SPELLED = [
    r"\n",
    r"\t",
    r"\x41",
    r"\u00e9",
    r"\U0001F600",
    r"\.",
    r"\<",
    r"\&",
    r"\ ",
    r"\é",
    r"\-",
    "{",
    "}",
    "^",
    "$",
]


def spelled(character: str) -> str:
    return re.escape(character) if character.isascii() else character


ATOMS = st.one_of(
    st.sampled_from(CHARACTERS).map(spelled),
    st.sampled_from(SPELLED),
    st.sampled_from(
        [r"\d", r"\w", r"\s", ".", "[a-c]", "[^a]", r"[\d.-]", "[]a]", "[^]a]", "[😀-😎]", r"[^\x00-\x7f]"]
    ),
)
QUANTIFIERS = st.sampled_from(["*", "+", "?", "*?", "{2}", "{1,3}", "{,2}", "{2,}", "{1,2}?"])


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
        st.tuples(inner, QUANTIFIERS).map(lambda two: f"(?:{two[0]}){two[1]}"),
        st.tuples(ATOMS, QUANTIFIERS).map("".join),
    )


EXPRESSIONS = st.one_of(
    st.recursive(ATOMS, grown, max_leaves=6),
    st.lists(st.recursive(ATOMS, grown, max_leaves=3), min_size=2, max_size=3).map("|".join),
    st.recursive(ATOMS, grown, max_leaves=4).map(lambda inner: f"^{inner}$"),
)


def is_accepted(pattern: str) -> bool:
    try:
        return bool(read_pattern(pattern)) and not explodes(pattern)
    except PatternFault:
        return False


ACCEPTED = EXPRESSIONS.filter(is_accepted)
SOUP = st.text(st.sampled_from("ab1-^$.|()[]{}*+?\\,dwsDbBAZxun<>&~:P=!é\n😀"), max_size=12)


def original(pattern: str) -> re.Pattern[str] | None:
    """The pattern as Python reads it, with sets of ASCII; None where Python, or a later one, reads no such pattern."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return re.compile(pattern, re.ASCII)
        except (re.error, FutureWarning, DeprecationWarning, OverflowError):
            return None


@st.composite
def paired(draw: st.DrawFn, patterns: st.SearchStrategy[str]) -> tuple[str, list[str]]:
    """A pattern, and values that it matches, that it almost matches, and others; short, as Python may take 2ⁿ steps."""
    pattern = draw(patterns)
    try:
        matched = st.from_regex(re.compile(read_pattern(pattern).python)).map(lambda text: text[:10])
    except PatternFault:
        matched = st.nothing()
    values = draw(st.lists(st.one_of(matched, matched.flatmap(mutated), TEXTS), min_size=VALUES, max_size=VALUES))
    return pattern, values


def mutated(value: str) -> st.SearchStrategy[str]:
    at = st.integers(0, len(value))
    other = st.sampled_from(CHARACTERS)
    return st.one_of(
        st.sampled_from([f"{value}\n", f"\n{value}", f"{value} ", value.upper(), value * 2, value.replace("1", "٣")]),
        st.tuples(at, other).map(lambda two: value[: two[0]] + two[1] + value[two[0] :]),
        st.tuples(at, other).map(lambda two: value[: two[0]] + two[1] + value[two[0] + 1 :]),
        at.map(lambda place: value[:place] + value[place + 1 :]),
        at.map(lambda place: value[:place]),
    )


def patterns_agree(pattern: str, values: list[str]) -> None:
    try:
        read = read_pattern(pattern)
    except PatternFault:
        return
    if explodes(pattern):  # refused by the schema, whatever the engines say
        return
    python = original(pattern)
    assert python, "Python reads no such pattern"
    wanted = [python.fullmatch(value) is not None for value in values]
    schema = schema_of({"name": "a", "type": "string", "constraints": {"pattern": pattern}})
    rows, _ = read_table([{"a": value} for value in values], schema)
    refused = agreed(rows, schema)
    assert [(row, "a", "pattern") not in refused for row in range(len(values))] == wanted
    assert pc.match_substring_regex(pa.array(values, pa.string()), read.linear).to_pylist() == wanted
    unicode = re.compile(pattern)
    assert all(unicode.fullmatch(value) for value, kept in zip(values, wanted, strict=True) if kept)


@CI
@given(paired(ACCEPTED))
def test_a_pattern_that_is_accepted_is_read_alike_by_every_engine(pair: tuple[str, list[str]]) -> None:
    patterns_agree(*pair)


@settings(CI, max_examples=300)
@given(paired(SOUP))
def test_any_text_is_refused_as_a_pattern_or_read_as_python_reads_it(pair: tuple[str, list[str]]) -> None:
    patterns_agree(*pair)


@pytest.mark.deep
@DEEP
@given(paired(ACCEPTED))
def test_ten_thousand_pairs_of_pattern_and_value_are_read_alike(pair: tuple[str, list[str]]) -> None:
    patterns_agree(*pair)


@pytest.mark.deep
@settings(DEEP, max_examples=1_000)
@given(paired(SOUP))
def test_ten_thousand_texts_are_refused_or_read_as_python_reads_them(pair: tuple[str, list[str]]) -> None:
    patterns_agree(*pair)


@pytest.mark.parametrize(
    ("pattern", "place", "what", "hint"),
    [
        (r"\bword\b", 1, r"\b", "list the characters"),
        (r"[^\s/]+", 3, r"[^…\s…]", "list the characters"),
        (r"\D", 1, r"\D", "list the characters"),
        ("a$b", 2, "$", "no anchor inside"),
        ("(^a|b)", 2, "^", "no anchor inside"),
        (r"\Aa", 1, r"\A", "take the anchor away"),
        ("(?i)a", 1, "(?i", "flag"),
        ("a(?!b)", 2, "(?!", "no look-around"),
        ("(?<=b)a", 1, "(?<=", "no look-around"),
        (r"(a)\1", 4, r"\1", "back-reference"),
        ("(?P<x>a)(?P=x)", 9, "(?P=", "back-reference"),
        ("(?>a)", 1, "(?>", "each engine reads it otherwise"),
        ("a++", 2, "++", "no possessive"),
        ("[a&&b]", 3, "&&", "in a class"),
        ("[[:alpha:]]", 2, "[", r"write \["),
        (r"\p{Lu}", 1, r"\p", "each engine reads it otherwise"),
        ("a{x}", 2, "{", "no quantifier"),
        ("a{2000}", 2, "{2000}", "at most 1,000"),
        ("(a", 1, "(", "does not end"),
        ("[z-a]", 2, "z-a", "no range"),
    ],
)
def test_what_engines_read_differently_is_refused_with_its_place_and_a_hint(
    pattern: str, place: int, what: str, hint: str
) -> None:
    quoted = pattern.replace("'", "''")
    text = f"fields:\n- name: a\n  constraints:\n    pattern: '{quoted}'"
    with pytest.raises(SchemaError) as caught:
        parse_schema(parse(text, "t.yaml"), "t")
    assert caught.value.message == f"t.yaml:4:14: pattern with {what!r}"
    assert caught.value.hint.startswith(f"character {place}: ")
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    "pattern", ["(" * 40 + ")" * 40, "a" * 1001, "(?:a{100}){100}", ".{1000}.{1000}.{1000}", "x" * 2**20]
)
def test_a_pattern_that_costs_much_is_refused(pattern: str) -> None:
    with pytest.raises(PatternFault):
        read_pattern(pattern)


@pytest.mark.parametrize(
    "pattern", [".{1000}.{1000}.{500}", "[^a]{1000}", "(?:a{31}){32}", "😀" * 1000, "(" * 30 + ")" * 30, "|" * 999]
)
def test_the_largest_patterns_that_are_accepted_compile_in_every_engine(pattern: str) -> None:
    patterns_agree(pattern, ["", "a" * 992, "b" * 1000, "b" * 2500, "😀" * 1000])


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+",
        r"(a+)+b",
        r"([a-z]+)*b",
        r"(a|aa)+b",
        r"(a|a?)+b",
        r"(.*a){20}b",
        r"(.*)*b",
        r"(x+x+)+y",
        r"(\w+\s?)*b",
        r"(a*)*",
        r"((a*)*)*b",
        r"(a|b|ab)*c",
        r"(aa|a)*b",
        r"(.+)+x",
        r"(a{1,50}){1,19}b",
    ],
)
def test_a_pattern_that_explodes_is_refused_with_its_place(pattern: str) -> None:
    with pytest.raises(SchemaError, match="can take for ever") as caught:
        schema_of({"name": "a", "type": "string", "constraints": {"pattern": pattern}})
    assert caught.value.place


@pytest.mark.parametrize(
    "pattern",
    [r"a*a*a*a*b", r".*.*=.*", r"(a?){30}a{30}b", r"([0-9a-z]+\.)*[a-z]+=", r"(\d|\w)*-"],
)
def test_a_pattern_takes_time_that_grows_with_the_text_and_no_faster(pattern: str) -> None:
    schema = schema_of({"name": "a", "type": "string", "constraints": {"pattern": pattern}})
    rows, _ = read_table([{"a": "a" * 100_000}], schema)
    begun = monotonic()
    agreed(rows, schema)
    assert monotonic() - begun < 2


# Features, pickles, values that are read


def test_the_cards_features_are_what_datasets_makes_of_the_arrow_schema() -> None:
    from datasets import Features

    leaves = [
        {"name": f"f{number}", "type": kind, "dstools:type": arrow}
        for number, (arrow, (kind, _)) in enumerate(VALUES_OF.items())
    ]
    nested = [{"name": f"l{leaf['name']}", "type": "array", "dstools:items": leaf_of(leaf)} for leaf in leaves]
    struct = {"type": "object", "dstools:fields": [*leaves, *nested]}
    deep = {
        "type": "array",
        "dstools:items": {"type": "array", "dstools:items": {"type": "array", "dstools:items": struct}},
    }
    schema = schema_of(
        *leaves,
        *nested,
        {"name": "s", **struct},
        {"name": "ss", "type": "array", "dstools:items": struct},
        {"name": "deep", **deep},
    )
    assert features(schema) == Features.from_arrow_schema(arrow_schema(schema))._to_yaml_list()


def leaf_of(field: Stated) -> Stated:
    return {key: value for key, value in field.items() if key != "name"}


@settings(CI, max_examples=30)
@given(drawn())
def test_what_is_written_is_what_load_dataset_gives(folder: Path, case: tuple[Schema, list[Row]]) -> None:
    from datasets import Dataset, Features

    schema, rows = case
    read, _ = read_table(rows, schema)
    path = folder / f"{uuid4()}.parquet"  # datasets caches by path and time
    pq.write_table(read, path, **OPTIONS)
    loaded = Dataset.from_parquet(str(path), cache_dir=str(folder / "cache"), keep_in_memory=True)
    assert loaded.features == Features._from_yaml_list(features(schema))
    assert repr(plain(loaded.data.table.cast(read.schema))) == repr(plain(read))  # NaN equals nothing


@settings(CI, max_examples=15)
@given(drawn())
def test_a_schema_judges_alike_in_another_process(case: tuple[Schema, list[Row]]) -> None:
    schema, rows = case
    there = pickle.loads(pickle.dumps(schema))  # noqa: S301 - our own bytes
    read, _ = read_table(rows, schema)
    assert agreed(read, there) == agreed(read, schema)


ANYTHING = st.one_of(
    *(values for _, values in VALUES_OF.values()),
    moments("us", "UTC").map(lambda at: at.replace(tzinfo=timezone(timedelta(hours=8)))),
    st.just(time(12, tzinfo=UTC)),
)


@settings(CI, max_examples=500)
@given(st.sampled_from(sorted(VALUES_OF)), st.lists(ANYTHING, max_size=3))
def test_a_value_is_read_as_it_was_given_or_is_an_issue(arrow: str, values: list[Any]) -> None:
    kind, _ = VALUES_OF[arrow]
    read, issues = read_table(
        [{"a": value} for value in values], schema_of({"name": "a", "type": kind, "dstools:type": arrow})
    )
    refused = {issue.row for issue in issues}
    for row, (stated, value) in enumerate(zip(values, plain(read), strict=True)):
        if row in refused:
            assert value["a"] is None
        elif arrow == "float32":
            assert math.isnan(stated) or math.isclose(value["a"], stated, rel_tol=2**-23, abs_tol=2**-149)
        else:
            assert value["a"] == stated or stated != stated


@pytest.mark.parametrize("ignored", [None, "1"])
def test_a_time_of_any_zone_keeps_its_moment(ignored: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """pandera sets PYARROW_IGNORE_TIMEZONE when it is imported, and pyarrow then stores the clock as if of UTC."""
    monkeypatch.delenv("PYARROW_IGNORE_TIMEZONE", raising=False)
    if ignored:
        monkeypatch.setenv("PYARROW_IGNORE_TIMEZONE", ignored)
    stamp = {"type": "datetime"}
    nested = {"type": "array", "dstools:items": {"type": "object", "dstools:fields": [{"name": "at", **stamp}]}}
    noon = datetime(2026, 11, 1, 12, tzinfo=timezone(timedelta(hours=8)))
    read, _ = read_table([{"a": noon, "b": [{"at": noon}]}], schema_of({"name": "a", **stamp}, {"name": "b", **nested}))
    assert plain(read) == [{"a": noon, "b": [{"at": noon}]}]


@pytest.mark.parametrize(
    ("stated", "what"),
    [
        ({"type": "integer", "constraints": {"minimum": 0.5}}, "a bound is 0.5"),
        ({"type": "number", "constraints": {"minimum": math.inf}}, "a number of inf"),
        ({"type": "datetime", "constraints": {"minimum": "yesterday"}}, "a bound of 'yesterday'"),
        ({"type": "datetime", "constraints": {"minimum": "2026-11-01T00:00:00"}}, "a bound of '2026-11-01T00:00:00'"),
        ({"type": "date", "constraints": {"maximum": "2026-02-30"}}, "a bound of '2026-02-30'"),
        ({"type": "time", "constraints": {"maximum": "12:00"}}, "a bound of '12:00'"),
        ({"type": "integer", "dstools:type": "int8", "constraints": {"enum": [300]}}, "enum value 300 is no int8"),
        ({"type": "number", "dstools:type": "float32", "constraints": {"enum": [0.1]}}, "enum value 0.1 is no float32"),
        (
            {"type": "number", "dstools:type": "decimal128(5, 1)", "constraints": {"enum": [0.25]}},
            "enum value 0.25 is no decimal128(5, 1)",
        ),
        (
            {"type": "string", "dstools:type": "binary", "constraints": {"pattern": "a"}},
            'pattern on field "a" of bytes',
        ),
        (
            {"type": "array", "dstools:items": {"type": "string", "constraints": {"unique": True}}},
            'unique within field "a"',
        ),
        ({"type": "object", "dstools:fields": []}, 'field "a" has no fields'),
        (
            {"type": "datetime", "dstools:type": "timestamp[us, tz=+05:30]"},
            'field "a" has dstools:type "timestamp[us, tz=+05:30]"',
        ),
        (
            {"type": "number", "dstools:type": "decimal128(2, 3)"},
            'field "a" has dstools:type "decimal128(2, 3)"',
        ),
    ],
)
def test_what_no_value_can_keep_or_no_witness_can_judge_is_refused(stated: Stated, what: str) -> None:
    with pytest.raises(SchemaError) as caught:
        schema_of({"name": "a", **stated})
    assert caught.value.message == f"drawn.yaml:1:1: {what}"
    assert caught.value.hint


@pytest.mark.parametrize(
    ("rule", "first", "second"),
    [
        ("before", {"type": "datetime"}, {"type": "datetime", "dstools:type": "timestamp[us]"}),
        ("equals", {"type": "integer"}, {"type": "integer", "dstools:type": "uint64"}),
        ("after", {"type": "number"}, {"type": "number", "dstools:type": "decimal128(10, 2)"}),
    ],
)
def test_a_rule_compares_fields_of_one_type(rule: str, first: Stated, second: Stated) -> None:
    with pytest.raises(SchemaError, match=f"rule {rule}: a is "):
        schema_of({"name": "a", **first}, {"name": "b", **second}, rules=[{"rule": rule, "field": "a", "other": "b"}])


# The comparison itself


def breaks(
    monkeypatch: pytest.MonkeyPatch, schema: Schema, rows: list[Row], target: Any, name: str, value: Any
) -> None:
    """A schema and rows on which all agree, and no longer when one reading is broken."""
    read, mistyped = read_table(rows, schema)
    assert not mistyped
    assert agreed(read, schema) is not None
    setter = monkeypatch.setitem if isinstance(target, dict) else monkeypatch.setattr
    setter(target, name, value)
    with pytest.raises(AssertionError, match="differ"):
        agreed(read, schema)


def bounded(**constraints: Any) -> Stated:
    return {"constraints": constraints}


PANDERA, OURS = pandera_dialect._EXPRESSIONS, members._CHECKS


WHOLE, NUMBER, TRUTH = {"type": "integer"}, {"type": "number"}, {"type": "boolean"}
NO_ANCHOR, NO_GROUP = {"constraints": {"pattern": "a"}}, {"constraints": {"pattern": "a|bb"}}


@pytest.mark.parametrize(
    ("stated", "value", "target", "name", "replacement"),
    [
        (NO_GROUP, "axxx", PANDERA, "pattern", lambda value, _, c: value.str.contains(f"^{c.value}$")),
        (NO_ANCHOR, "ab", PANDERA, "pattern", lambda value, _, c: value.str.contains(c.value)),
        (NO_ANCHOR, "a\n", frictionless_dialect, "_value", lambda _, c: c.value),
        (NO_GROUP, "axxx", frictionless_dialect, "_value", lambda _, c: c.value),
        (WHOLE | bounded(minimum=3), 3, PANDERA, "minimum", lambda value, _, c: value > c.value),
        (WHOLE | bounded(minimum=3), 3, OURS, "minimum", lambda value, limit, _: value > limit),
        (NUMBER | bounded(minimum=3), math.nan, PANDERA, "minimum", lambda value, _, c: value >= c.value),
        (NUMBER | bounded(required=True), math.nan, PANDERA, "required", lambda value, _, __: value.is_not_nan()),
        (bounded(maxLength=1), "é", PANDERA, "maxLength", lambda value, _, c: value.str.len_bytes() <= c.value),
        (TRUTH | bounded(enum=[True]), False, PANDERA, "enum", lambda value, _, __: value.is_not_null()),
        (bounded(minLength=1), "", OURS, "minLength", lambda *_: True),
    ],
)
def test_a_dialect_that_is_broken_on_purpose_is_found(
    monkeypatch: pytest.MonkeyPatch, stated: Stated, value: Any, target: Any, name: str, replacement: Any
) -> None:
    breaks(monkeypatch, schema_of({"name": "a", "type": "string", **stated}), [{"a": value}], target, name, replacement)


def test_a_rule_whose_halves_differ_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def strict(field: str, other: str) -> Rule:
        return replace(RULES["after"](field, other), name="before", expression=lambda: pl.col(field) < pl.col(other))

    monkeypatch.setitem(RULES, "before", strict)
    whole = {"type": "integer"}
    schema = schema_of(
        {"name": "a", **whole}, {"name": "b", **whole}, rules=[{"rule": "before", "field": "a", "other": "b"}]
    )
    read, _ = read_table([{"a": 1, "b": 1}], schema)
    with pytest.raises(AssertionError, match="differ"):
        agreed(read, schema)


def test_what_is_drawn_is_all_that_a_schema_can_say() -> None:
    drawn_constraints: set[str] = set()

    @CI
    @given(leaf())
    def collect(case: tuple[Stated, Any]) -> None:
        drawn_constraints.update(case[0]["constraints"])

    collect()
    assert drawn_constraints == set(CONSTRAINTS) - {"unique"}
    assert {kind for kind, _ in VALUES_OF.values()} == set(TYPES) - {"array", "object"}
    assert set(RULED) == set(RULES)


def test_the_descriptor_page_lists_where_validators_differ() -> None:
    page = (Path(__file__).parents[1] / "docs" / "descriptor.md").read_text("utf-8")
    after = page.split("<!-- differences:")[1].split("\n\n")[1]
    listed = dict(re.findall(r"^\| `(.*)` \| (.*) \|$", after, re.MULTILINE))
    assert listed == package.DIFFERENCES


def test_a_part_of_a_microsecond_is_where_validators_differ() -> None:
    for arrow, kind, limit in (
        ("time64[ns]", "time", "00:00:00"),
        ("timestamp[ns]", "datetime", "1970-01-01T00:00:00"),
        ("timestamp[ns, tz=Asia/Shanghai]", "datetime", "1970-01-01T00:00:00Z"),
    ):
        schema = schema_of({"name": "a", "type": kind, "dstools:type": arrow, "constraints": {"maximum": limit}})
        rows = pa.table([pa.array([1], pa.int64()).cast(arrow_schema(schema).field("a").type)], names=["a"])
        assert by_pandera(rows, schema) == {(0, "a", "maximum")}
        assert (by_frictionless(rows, schema) == by_pandera(rows, schema)) is (arrow not in package.DIFFERENCES)


def test_a_file_with_values_that_python_does_not_have_is_refused(tmp_path: Path) -> None:
    schema = schema_of({"name": "a", "type": "datetime"})
    path = tmp_path / "far.parquet"
    rows = pa.table([pa.array([2**62], pa.int64()).cast(pa.timestamp("us", tz="UTC"))], schema=arrow_schema(schema))
    pq.write_table(rows, path)
    with pytest.raises(PackageError, match=r"far\.parquet: cannot be read"):
        package.judge(path, schema, "far.parquet")
