"""A Table Schema as frozen values: the single source of every type and rule of a table."""

from __future__ import annotations

import inspect
import math
import re
import struct
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from dataset_tools.backtracking import explodes
from dataset_tools.code import is_named
from dataset_tools.document import Node, nearest, read
from dataset_tools.errors import SchemaError
from dataset_tools.patterns import PatternFault, read_pattern
from dataset_tools.rules import RULES, Rule, make, users

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")
FILLS = ("page.uri", "page.sha256", "page.url", "page.fetched_at", "converter")

# Table Schema type (Data Package v2, Table Schema, "Field Types") → its Arrow type where `dstools:type` says none,
# then the Arrow types that it may take, as a pattern.
_INTEGERS = r"u?int(8|16|32|64)"
_TYPES: dict[str, tuple[str, str]] = {
    "string": ("string", r"(large_)?(string|binary)"),
    "integer": ("int64", _INTEGERS),
    "number": ("float64", r"float(32|64)|decimal128\(([1-9]|[12]\d|3[0-8]), ?\d{1,2}\)"),
    "boolean": ("bool", r"bool"),
    "datetime": ("timestamp[us, tz=UTC]", r"timestamp\[(ms|us|ns)(, ?tz=[A-Za-z0-9_+:/-]+)?\]"),
    "date": ("date32", r"date32"),
    "time": ("time64[us]", r"time64\[(us|ns)\]"),
    "array": ("list", r"list"),
    "object": ("struct", r"struct"),
}
_NUMERIC, _TIMES, _SIZED = {"integer", "number"}, {"datetime", "date", "time"}, {"string", "array"}
# Table Schema constraint → the field types that it is for
_CONSTRAINTS: dict[str, set[str]] = {
    "required": set(_TYPES),
    "unique": set(_TYPES) - {"array", "object"},
    "minimum": _NUMERIC | _TIMES,
    "maximum": _NUMERIC | _TIMES,
    "exclusiveMinimum": _NUMERIC | _TIMES,
    "exclusiveMaximum": _NUMERIC | _TIMES,
    "minLength": _SIZED,
    "maxLength": _SIZED,
    "pattern": {"string"},
    "enum": {"string", "integer", "number", "boolean"},
}
_FIELD_KEYS = (
    *("name", "type", "title", "description", "example", "constraints", "rdfType"),
    *("dstools:type", "dstools:items", "dstools:fields", "dstools:fill"),
)
_SCHEMA_KEYS = (
    *("$schema", "name", "title", "description", "fields", "missingValues"),
    *("primaryKey", "uniqueKeys", "foreignKeys", "dstools:rules"),
)
_OF_BYTES = {"required", "unique", "minLength", "maxLength"}  # the constraints of a string that is binary
_CLOCK = r"\d\d:\d\d:\d\d(?:\.\d{1,6})?"
_MOMENTS: dict[str, tuple[str, str]] = {  # how a bound in time is written, and an example
    "date": (r"\d{4}-\d\d-\d\d", "2026-11-01"),
    "time": (_CLOCK, "12:30:00"),
    "datetime": (rf"\d{{4}}-\d\d-\d\dT{_CLOCK}", "2026-11-01T12:30:00"),
}
_ZONE = r"(?:Z|[+-]\d\d:\d\d)"
_PYTHON: dict[str, type | tuple[type, ...]] = {
    **{"string": str, "integer": int, "number": (int, float), "boolean": bool},
    **dict.fromkeys(("datetime", "date", "time"), str),
}


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint of the standard: its name and its value as the descriptor states it."""

    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class Field:
    """A field: its Table Schema `type`, its Arrow type (`arrow`, as `dstools:type` spells it) and its constraints.

    `items` is the field of a list's elements, `fields` those of a struct; `fill` names what the build knows.
    """

    name: str
    type: str
    arrow: str
    title: str = ""
    description: str = ""
    constraints: tuple[Constraint, ...] = ()
    fill: str | None = None
    items: Field | None = None
    fields: tuple[Field, ...] = ()
    example: Any = None

    @property
    def required(self) -> bool:
        return any(c.name == "required" and c.value for c in self.constraints)

    def constraint(self, name: str) -> Any:
        """The value of a constraint, None where it is not stated."""
        return next((c.value for c in self.constraints if c.name == name), None)


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`fields` of this table name a row of table `table` by its `references`."""

    fields: tuple[str, ...]
    table: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """A table's schema. `stated` is the descriptor itself, as plain values, for what is published of it."""

    table: str
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...] = ()
    unique_keys: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    rules: tuple[Rule, ...] = ()
    unjudged: tuple[str, ...] = ()
    title: str = ""
    description: str = ""
    stated: Mapping[str, Any] | None = None

    def field(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)


def read_schema(path: Path, table: str, shown: str | None = None, root: Path | None = None) -> Schema:
    """The Schema that the file at `path` states for `table`; raises SchemaError with file, line and column."""
    return parse_schema(read(path, shown), table, root)


def parse_schema(node: Node, table: str, root: Path | None = None) -> Schema:
    """The Schema of a Table Schema descriptor (Data Package v2).

    Rules that name code are those of the project at `root`; without one they are `unjudged`, and nothing is run.
    """
    stated = node.mapping("a table schema", _SCHEMA_KEYS)
    if "fields" not in stated:
        raise node.refuse("no fields", "a table schema lists its fields: fields: [{name: id, type: string}]")
    fields = tuple(_field(each, f"field {i}") for i, each in enumerate(stated["fields"].sequence("fields"), 1))
    if not fields:
        raise stated["fields"].refuse("no fields", "list at least one field")
    _no_twins(stated["fields"], fields)
    names = {field.name: field for field in fields}
    primary_key = _primary_key(stated["primaryKey"], names) if "primaryKey" in stated else ()
    if "missingValues" in stated and stated["missingValues"].plain() != []:
        raise stated["missingValues"].refuse("missingValues is not empty", "null is null here: missingValues: []")
    return Schema(
        table=table,
        fields=_keyed(fields, primary_key),
        primary_key=primary_key,
        unique_keys=tuple(_unique_keys(stated, names)),
        foreign_keys=tuple(_foreign_keys(stated, names)),
        rules=tuple(_rules(stated, names, root)),
        unjudged=tuple(_unjudged(stated)) if root is None else (),
        title=_optional_text(stated, "title"),
        description=_optional_text(stated, "description"),
        stated=node.plain(),
    )


def _field(node: Node, what: str) -> Field:
    stated = node.mapping(what, _FIELD_KEYS)
    if "name" not in stated:
        raise node.refuse(f"{what} has no name", "give it one: name: title")
    name = stated["name"].text("name")
    if not NAME.match(name):
        raise stated["name"].refuse(f"field name {name!r}", "lower-case letters, digits and _, beginning with a letter")
    return _typed(node, name, stated)


def _typed(node: Node, name: str, stated: Mapping[str, Node]) -> Field:
    """The field of a descriptor whose name is known: also for the elements of a list, which have none of their own."""
    type_node = stated.get("type", Node("string", node.file, node.line, node.column))
    kind = type_node.text("type")
    if kind not in _TYPES:
        raise type_node.refuse(f'field "{name}" has type "{kind}"', _type_hint(kind))
    arrow = _arrow(stated, name, kind)
    return Field(
        name=name,
        type=kind,
        arrow=arrow,
        title=_optional_text(stated, "title"),
        description=_optional_text(stated, "description"),
        constraints=tuple(_constraints(stated, name, kind, arrow)),
        fill=stated["dstools:fill"].choice("dstools:fill", FILLS) if "dstools:fill" in stated else None,
        items=_items(node, stated, name, kind),
        fields=_struct(node, stated, name, kind),
        example=stated["example"].plain() if "example" in stated else None,
    )


def _type_hint(kind: str) -> str:
    aliases = {"int": "integer", "str": "string", "float": "number", "double": "number", "bool": "boolean"}
    aliases |= {"timestamp": "datetime", "list": "array", "struct": "object", "dict": "object", "text": "string"}
    return f'Table Schema calls it "{aliases[kind]}"' if kind in aliases else nearest(kind, _TYPES)


def _arrow(stated: Mapping[str, Node], name: str, kind: str) -> str:
    default, allowed = _TYPES[kind]
    if "dstools:type" not in stated:
        return default
    given = stated["dstools:type"].text("dstools:type")
    if not re.fullmatch(allowed, given):
        raise stated["dstools:type"].refuse(
            f'field "{name}" of type "{kind}" has dstools:type "{given}"', f"such as {default}"
        )
    if fault := _type_fault(given):
        raise stated["dstools:type"].refuse(f'field "{name}" has dstools:type "{given}"', fault)
    return re.sub(r", ?", ", ", given)


def _type_fault(given: str) -> str | None:
    """Why no value can have an Arrow type that is well written."""
    if given.startswith("decimal") and (digits := re.findall(r"\d+", given)[1:]) and int(digits[1]) > int(digits[0]):
        return "a decimal has at least as many digits as decimal places: decimal128(10, 2)"
    if "tz=" in given and not _is_zone(given.partition("tz=")[2].rstrip("]")):
        return "a time zone is UTC, or a name of the time zone database such as Asia/Shanghai"
    return None


def _is_zone(name: str) -> bool:
    return name == "UTC" or name in zoneinfo.available_timezones() - {"Factory", "localtime"}


def _items(node: Node, stated: Mapping[str, Node], name: str, kind: str) -> Field | None:
    if kind != "array":
        _only_for(stated, "dstools:items", name, "array")
        return None
    if "dstools:items" not in stated:
        raise node.refuse(f'field "{name}" does not say what it lists', "add dstools:items: {type: string}")
    items = stated["dstools:items"]
    inner = items.mapping("dstools:items", [key for key in _FIELD_KEYS if key != "name"])
    _not_unique(inner, name)
    return _typed(items, name, inner)


def _struct(node: Node, stated: Mapping[str, Node], name: str, kind: str) -> tuple[Field, ...]:
    if kind != "object":
        _only_for(stated, "dstools:fields", name, "object")
        return ()
    if "dstools:fields" not in stated:
        raise node.refuse(f'field "{name}" does not list its fields', "add dstools:fields: [{name: …, type: …}]")
    nodes = stated["dstools:fields"].sequence("dstools:fields")
    if not nodes:
        raise stated["dstools:fields"].refuse(f'field "{name}" has no fields', "list at least one field")
    fields = tuple(_field(each, f"field {i} of {name}") for i, each in enumerate(nodes, 1))
    _no_twins(stated["dstools:fields"], fields)
    for each in nodes:
        _not_unique(each.mapping(f"a field of {name}"), name)
    return fields


def _not_unique(stated: Mapping[str, Node], name: str) -> None:
    """Refuses `unique` within a list or a struct, where Table Schema has no word for it."""
    constraints = stated["constraints"].mapping("constraints") if "constraints" in stated else {}
    if "unique" in constraints:
        raise constraints["unique"].refuse(f'unique within field "{name}"', "it is for the fields of a table")


def _only_for(stated: Mapping[str, Node], key: str, name: str, kind: str) -> None:
    if key in stated:
        raise stated[key].refuse(f'field "{name}" has {key}, but is no {kind}', f"take {key} away, or type: {kind}")


def _no_twins(node: Node, fields: tuple[Field, ...]) -> None:
    seen: set[str] = set()
    for each, name in zip(node.sequence("fields"), (field.name for field in fields), strict=True):
        if name in seen:
            raise each.refuse(f'two fields are called "{name}"', "rename one of them")
        seen.add(name)


def _constraints(stated: Mapping[str, Node], name: str, kind: str, arrow: str) -> Iterator[Constraint]:
    if "constraints" not in stated:
        return
    constraints = stated["constraints"].mapping(f'constraints of "{name}"', _CONSTRAINTS)
    for key, node in constraints.items():
        if kind not in _CONSTRAINTS[key]:
            raise node.refuse(f'{key} on field "{name}" of type "{kind}"', f"it is for: {_listed(_CONSTRAINTS[key])}")
        if "binary" in arrow and key not in _OF_BYTES:
            raise node.refuse(f'{key} on field "{name}" of bytes', f"it is for text; for bytes: {_listed(_OF_BYTES)}")
        yield Constraint(key, _CHECKS[key](node, kind, arrow))
    _in_order(constraints, kind, arrow)


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))


def _in_order(constraints: Mapping[str, Node], kind: str, arrow: str) -> None:
    for low, high in (("minimum", "maximum"), ("minLength", "maxLength")):
        if low in constraints and high in constraints:
            least, most = constraints[low].plain(), constraints[high].plain()
            if bound(least, kind, arrow) > bound(most, kind, arrow):
                raise constraints[low].refuse(f"{low} {least} is larger than {high} {most}", "no value can meet both")


@lru_cache
def bound(stated: Any, kind: str, arrow: str) -> Any:
    """A bound or an allowed value of a constraint as a Python value of the field's type."""
    if kind == "datetime":
        return datetime.fromisoformat(stated)
    if kind in ("date", "time"):
        return (date if kind == "date" else time).fromisoformat(stated)
    if arrow.startswith("decimal"):
        return Decimal(str(stated))
    return float(stated) if arrow.startswith("float") else stated


def _bound(node: Node, kind: str, arrow: str) -> Any:
    if kind == "integer":
        return node.whole("a bound")
    if kind == "number":
        return _finite(node)
    written, example = _MOMENTS[kind]
    if zoned := "tz=" in arrow:
        written, example = written + _ZONE, f"{example}Z"
    given = node.text("a bound")
    if not re.fullmatch(written, given, re.ASCII):
        zone = " and with a time zone" if zoned else ""
        raise node.refuse(f"a bound of {given!r}", f"a {kind} is written as {example}{zone}")
    try:
        bound(given, kind, arrow)
    except ValueError as error:
        raise node.refuse(f"a bound of {given!r}", str(error)) from error
    return given


def _finite(node: Node) -> float:
    number = node.number("a bound")
    if not math.isfinite(number):
        raise node.refuse(f"a number of {number}", "it is beyond what float64 holds")
    return number


def _size(node: Node, _kind: str, _arrow: str) -> int:
    size = node.whole("a length")
    if size < 0:
        raise node.refuse(f"a length of {size}", "lengths count from 0")
    return size


def _pattern(node: Node, _kind: str, _arrow: str) -> str:
    pattern = node.text("pattern")
    try:
        read_pattern(pattern)
    except PatternFault as fault:
        raise node.refuse(fault.message, fault.hint) from fault
    if explodes(pattern):
        hint = "a loop reads one text in two ways, as in (a+)+ or (a|aa)*: write it as one loop"
        raise node.refuse("pattern that can take for ever in an engine that backtracks", hint)
    return pattern


def _enum(node: Node, kind: str, arrow: str) -> tuple[Any, ...]:
    values = node.sequence("enum")
    if not values:
        raise node.refuse("enum is empty", "list the values that are allowed")
    for each in values:
        if not isinstance(each.value, _PYTHON[kind]) or (isinstance(each.value, bool) and kind != "boolean"):
            raise each.refuse(f"enum value {each.plain()!r} is no {kind}", "quote it, or change the type")
        if kind in _NUMERIC and not _holds(arrow, each.value):
            raise each.refuse(f"enum value {each.plain()!r} is no {arrow}", "no value of the field can equal it")
    return tuple(each.plain() for each in values)


def _holds(arrow: str, value: Any) -> bool:
    """Whether an Arrow type of numbers has exactly this value."""
    if found := re.fullmatch(r"(u?)int(\d+)", arrow):
        bits = int(found[2])
        return bool(0 <= value < 2**bits) if found[1] else bool(-(2 ** (bits - 1)) <= value < 2 ** (bits - 1))
    if not math.isfinite(value):
        return False
    if found := re.fullmatch(r"decimal128\((\d+), (\d+)\)", arrow):
        precision, scale = int(found[1]), int(found[2])
        scaled = Fraction(str(value)) * 10**scale
        return bool(scaled.denominator == 1 and abs(scaled) < 10**precision)
    if arrow == "float32":
        try:
            return bool(struct.unpack("f", struct.pack("f", value))[0] == value)
        except OverflowError:
            return False
    return bool(float(value) == value)


def _truth(node: Node, _kind: str, _arrow: str) -> bool:
    return node.truth("the constraint")


_CHECKS: dict[str, Callable[[Node, str, str], Any]] = {
    **dict.fromkeys(("required", "unique"), _truth),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _bound),
    **dict.fromkeys(("minLength", "maxLength"), _size),
    **{"pattern": _pattern, "enum": _enum},
}


def _key(node: Node, what: str, names: Mapping[str, Field]) -> tuple[str, ...]:
    key = node.texts(what)
    for name in key:
        if name not in names:
            raise node.refuse(f"{what} names the field {name!r}", nearest(name, names))
        if names[name].type in ("array", "object"):
            raise node.refuse(f"{what} names {name!r}, of type {names[name].type}", "a key is made of plain values")
    if not key or len(set(key)) < len(key):
        raise node.refuse(f"{what} is empty or names a field twice", "list each field once")
    return key


def _primary_key(node: Node, names: Mapping[str, Field]) -> tuple[str, ...]:
    key = _key(node, "primaryKey", names)
    for name in key:
        if names[name].constraint("required") is False:
            raise node.refuse(f"primaryKey names {name!r}, which may be null", "a key is never null: required: true")
    return key


def _keyed(fields: tuple[Field, ...], key: tuple[str, ...]) -> tuple[Field, ...]:
    """The fields, with those of the primary key required (Table Schema v2, "primaryKey": no nulls)."""
    from dataclasses import replace

    missing = {field.name for field in fields if field.name in key and not field.required}
    required = Constraint("required", True)
    return tuple(
        replace(f, constraints=(required, *(c for c in f.constraints if c.name != "required")))
        if f.name in missing
        else f
        for f in fields
    )


def _unique_keys(stated: Mapping[str, Node], names: Mapping[str, Field]) -> Iterator[tuple[str, ...]]:
    if "uniqueKeys" in stated:
        for node in stated["uniqueKeys"].sequence("uniqueKeys"):
            yield _key(node, "a unique key", names)


def _foreign_keys(stated: Mapping[str, Node], names: Mapping[str, Field]) -> Iterator[ForeignKey]:
    if "foreignKeys" not in stated:
        return
    for node in stated["foreignKeys"].sequence("foreignKeys"):
        key = node.mapping("a foreign key", ("fields", "reference"))
        if set(key) != {"fields", "reference"}:
            raise node.refuse("a foreign key lacks a part", "{fields: [...], reference: {resource: …, fields: [...]}}")
        reference = key["reference"].mapping("reference", ("resource", "fields"))
        if "fields" not in reference:
            raise key["reference"].refuse("reference names no fields", "add fields: [...]")
        fields, references = _key(key["fields"], "a foreign key", names), reference["fields"].texts("fields")
        if len(fields) != len(references):
            raise node.refuse("a foreign key and its reference differ in length", "name as many fields on both sides")
        table = reference["resource"].text("resource") if "resource" in reference else ""
        yield ForeignKey(fields, table, references)


def _unjudged(stated: Mapping[str, Node]) -> Iterator[str]:
    """The rules that name code of the project, which only their own project runs."""
    if "dstools:rules" in stated:
        rules = (node.mapping("a rule").get("rule") for node in stated["dstools:rules"].sequence("dstools:rules"))
        yield from (rule.text("rule") for rule in rules if rule is not None and is_named(rule.text("rule")))


def _users_rule(node: Node, root: Path, use: str, names: Mapping[str, Field]) -> Rule:
    given = {key: each.text(key) for key, each in node.mapping("a rule").items() if key != "rule"}
    if given.get("field") not in names:
        raise node.refuse(f"rule {use} names no field", nearest(given.get("field", ""), names))
    fields = dict.fromkeys([given["field"], *(value for value in given.values() if value in names)])
    return users(root, use, given, tuple(fields))


def _rules(stated: Mapping[str, Node], names: Mapping[str, Field], root: Path | None) -> Iterator[Rule]:
    if "dstools:rules" not in stated:
        return
    for node in stated["dstools:rules"].sequence("dstools:rules"):
        rule = node.mapping("a rule")
        if "rule" not in rule:
            raise node.refuse("a rule without a name", "such as {rule: joined, field: text, of: paragraphs}")
        if is_named(use := rule["rule"].text("rule")):
            if root is not None:
                yield _users_rule(node, root, use, names)
            continue
        function = RULES[rule["rule"].choice("rule", RULES)]
        parameters = inspect.signature(function).parameters
        given = node.mapping(f"rule {rule['rule'].value}", ["rule", *parameters])
        for name, parameter in parameters.items():
            if name in given:
                given[name].text(name)
            elif parameter.default is inspect.Parameter.empty:
                raise node.refuse(f"rule {rule['rule'].value} lacks {name!r}", inspect.cleandoc(function.__doc__ or ""))
        made = make(
            rule["rule"].text("rule"), {name: each.text(name) for name, each in given.items() if name != "rule"}
        )
        for name in made.fields:
            if name not in names:
                raise node.refuse(f"rule {made.name} names the field {name!r}", nearest(name, names))
        _fits(node, made, names)
        yield made


def _fits(node: Node, rule: Rule, names: Mapping[str, Field]) -> None:
    """Refuses a rule whose fields have types that it cannot compare."""
    first, second = (names[name] for name in rule.fields)
    comparable = first.arrow == second.arrow and first.type == second.type and first.type not in ("array", "object")
    fits = {
        "joined": _is_text(first) and second.items is not None and _is_text(second.items),
        "length": first.type == "integer" and _is_text(second),
        "requires": True,
    }.get(rule.name, comparable)
    if not fits:
        kinds = f"{first.name} is {_called(first)}, {second.name} is {_called(second)}"
        raise node.refuse(f"rule {rule.name}: {kinds}", rule.says)


def _is_text(field: Field) -> bool:
    return field.type == "string" and "binary" not in field.arrow


def _called(field: Field) -> str:
    return field.type if field.arrow == _TYPES[field.type][0] else field.arrow


def _optional_text(stated: Mapping[str, Node], key: str) -> str:
    return stated[key].text(key).strip() if key in stated else ""


def references_resolve(schemas: Mapping[str, Schema], where: str) -> None:
    """Refuses a foreign key whose table, or its fields, are not there."""
    for schema in schemas.values():
        for key in schema.foreign_keys:
            target = schemas.get(key.table or schema.table)
            if target is None:
                hint = nearest(key.table, schemas)
                raise SchemaError(f"{where}: table {schema.table} references the table {key.table!r}", hint)
            for name in key.references:
                if name not in target.names:
                    hint = nearest(name, target.names)
                    raise SchemaError(f"{where}: table {schema.table} references {key.table}.{name}", hint)
