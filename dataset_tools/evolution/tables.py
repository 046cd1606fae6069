"""What became of the tables of a dataset: their names, fields, keys and rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dataset_tools.evolution.difference import Difference
from dataset_tools.evolution.fields import changed_fields, renamed
from dataset_tools.rules import Rule
from dataset_tools.schema import Field, ForeignKey, Schema

# What a package's file adds or keeps elsewhere, and what has only one value
_NO_PROMISE = ("$schema", "name", "missingValues", "foreignKeys")


@dataclass(frozen=True, slots=True)
class Renames:
    """New names by old: of tables, and of fields by the old name of their table."""

    tables: Mapping[str, str]
    fields: Mapping[str, Mapping[str, str]]

    def table(self, old: str) -> str:
        return self.tables.get(old, old)

    def field(self, table: str, old: str) -> str:
        return self.fields.get(table, {}).get(old, old)


def renames(base: Mapping[str, Schema], now: Mapping[str, Schema]) -> Renames:
    """What was renamed: a table that is gone for a new one with the same fields, and fields of those that stayed."""
    tables: dict[str, str] = {}
    for old, schema in base.items():
        free = (name for name in now if name not in base and name not in tables.values())
        if old not in now and (found := next((name for name in free if _alike(schema, now[name])), None)):
            tables[old] = found
    pairs = ((old, schema, now.get(tables.get(old, old))) for old, schema in base.items())
    return Renames(tables, {old: renamed(schema.fields, new.fields) for old, schema, new in pairs if new})


def _alike(one: Schema, other: Schema) -> bool:
    return [(each.name, each.type) for each in one.fields] == [(each.name, each.type) for each in other.fields]


def changed_tables(base: Mapping[str, Schema], now: Mapping[str, Schema], new: Renames) -> Iterator[Difference]:
    """The differences of two sets of tables, in the order of `now`, those that are gone first."""
    olds = {new.table(name): name for name in base}
    for name in olds:
        if name not in now:
            yield Difference("table-removed", f'table "{name}" is gone', table=name)
    for name, schema in now.items():
        if name not in olds:
            yield Difference("table-added", f'table "{name}" is new', table=name)
            continue
        if olds[name] != name:
            yield Difference("table-renamed", f'table "{olds[name]}" is called "{name}" now', table=name)
        found = _changed_table(base[olds[name]], schema, new)
        yield from (replace(each, table=name) for each in found)
    yield from _order(list(olds), list(now))


def _order(base: list[str], now: list[str]) -> Iterator[Difference]:
    if base[0] != now[0]:
        told = f'the default table was "{base[0]}", is "{now[0]}"'
        yield Difference("default-table-changed", told, key="resources")
    elif [name for name in base if name in now] != [name for name in now if name in base]:
        yield Difference("tables-reordered", "the tables stand in another order", key="resources")


def _changed_table(old: Schema, new: Schema, names: Renames) -> list[Difference]:
    return [
        *changed_fields(old.fields, new.fields),
        *_primary_key(old, new, names),
        *_unique_keys(old, new, names),
        *_foreign_keys(old, new, names),
        *_rules(old, new, names),
        *_words(old, new),
    ] or list(_restated(old, new))


def _primary_key(old: Schema, new: Schema, names: Renames) -> Iterator[Difference]:
    was, now = [names.field(old.table, field) for field in old.primary_key], list(new.primary_key)
    if set(was) == set(now):
        return
    rule = "primary-key-added" if not was else "primary-key-removed" if not now else "primary-key-changed"
    told = f"the primary key was {', '.join(old.primary_key) or 'none'}, is {', '.join(now) or 'none'}"
    yield Difference(rule, told, key="primaryKey")


def _unique_keys(old: Schema, new: Schema, names: Renames) -> Iterator[Difference]:
    was = [frozenset(names.field(old.table, field) for field in key) for key in old.unique_keys]
    now = [frozenset(key) for key in new.unique_keys]
    for key in was:
        if key not in now:
            yield Difference("unique-key-removed", f"no unique key of {_listed(key)} any more", key="uniqueKeys")
    for number, key in enumerate(now):
        if key not in was:
            yield Difference("unique-key-added", f"a unique key of {_listed(key)}", key=f"uniqueKeys[{number}]")


def _foreign_keys(old: Schema, new: Schema, names: Renames) -> Iterator[Difference]:
    was = [_renamed(key, old.table, names) for key in old.foreign_keys]
    now = [_plain(key, new.table) for key in new.foreign_keys]
    gone, more = [key for key in was if key not in now], [key for key in now if key not in was]
    for key in gone:
        if _from(key) not in map(_from, more):
            yield Difference("foreign-key-removed", f"no foreign key {_arrow(key)} any more", key="foreignKeys")
    for key in more:
        place = f"foreignKeys[{now.index(key)}]"
        before = next((each for each in gone if _from(each) == _from(key)), None)
        if before:
            told = f"the foreign key was {_arrow(before)}, is {_arrow(key)}"
            yield Difference("foreign-key-changed", told, key=place)
        else:
            yield Difference("foreign-key-added", f"a foreign key {_arrow(key)}", key=place)


# A foreign key as what it leads to, and its pairs of fields in any order
_Led = tuple[str, tuple[tuple[str, str], ...]]


def _renamed(key: ForeignKey, table: str, names: Renames) -> _Led:
    fields = tuple(names.field(table, field) for field in key.fields)
    target = key.table or table
    references = tuple(names.field(target, field) for field in key.references)
    return _plain(ForeignKey(fields, names.table(target), references), names.table(table))


def _plain(key: ForeignKey, table: str) -> _Led:
    return key.table or table, tuple(sorted(zip(key.fields, key.references, strict=True)))


def _from(key: _Led) -> tuple[str, ...]:
    return tuple(field for field, _ in key[1])


def _arrow(key: _Led) -> str:
    return f"{', '.join(_from(key))} → {key[0]}.{', '.join(reference for _, reference in key[1])}"


def _rules(old: Schema, new: Schema, names: Renames) -> Iterator[Difference]:
    was = [_promise(rule, dict(names.fields.get(old.table, {}))) for rule in old.rules]
    now = [_promise(rule, {}) for rule in new.rules]
    gone = [each for each in was if each not in now]
    more = [number for number, each in enumerate(now) if each not in was]
    for each in gone:
        if not any(now[number][:2] == each[:2] for number in more):
            yield Difference("row-rule-removed", f"no rule {_called(each)} any more", key="dstools:rules")
    for number in more:
        changed = any(each[:2] == now[number][:2] for each in gone)
        rule, told = ("row-rule-changed", "another rule") if changed else ("row-rule-added", "a rule")
        yield Difference(rule, f"{told} {_called(now[number])}", key=f"dstools:rules[{number}]")


# A rule as its name, the field that it is about, and its parameters
_Promise = tuple[str, str, tuple[tuple[str, str], ...]]


def _promise(rule: Rule, new_names: Mapping[str, str]) -> _Promise:
    names = {field: new_names.get(field, field) for field in rule.fields}
    given = ((name, names.get(value, value)) for name, value in rule.given)
    return rule.name, next(iter(names.values()), ""), tuple(sorted(given))


def _called(promise: _Promise) -> str:
    return f"{promise[0]}({', '.join(f'{name}: {value!r}' for name, value in promise[2])})"


def _words(old: Schema, new: Schema) -> Iterator[Difference]:
    for key in ("title", "description"):
        if getattr(old, key) != getattr(new, key):
            yield Difference(f"{key}-changed", f"the {key} of the table is another", key=key)


def _restated(old: Schema, new: Schema) -> Iterator[Difference]:
    """A difference of what is published that no other rule tells: it makes other bytes, so it asks for a patch."""
    was, now = ({k: v for k, v in (each.stated or {}).items() if k not in _NO_PROMISE} for each in (old, new))
    path = unlike(was, now)
    if path is not None:
        field, key = _spot(path, new.fields)
        yield Difference("restated", f"{path or 'the schema'} is written otherwise", field, key)


_STEP = re.compile(r"(?:dstools:)?fields\[(\d+)\]\.?|(dstools:items)\.?")


def _spot(path: str, fields: Sequence[Field]) -> tuple[str, str]:
    """The field and key, as `places.Spot` has them, of a path through a schema: `fields[0].dstools:items.type`."""
    names, field = "", None
    while step := _STEP.match(path):
        if step[2]:
            field, names = field and field.items, f"{names}[]"
        else:
            field = (field.fields if field else fields)[int(step[1])]
            names = f"{names}.{field.name}".removeprefix(".")
        path = path[step.end() :]
    return names, path


def unlike(one: Any, other: Any, path: str = "") -> str | None:
    """The path of the first value in which two plain values differ, None where they are equal."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        keys = list(dict.fromkeys((*one, *other)))
        found = (unlike(one.get(key), other.get(key), f"{path}.{key}" if path else key) for key in keys)
        return next((each for each in found if each is not None), None)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        found = (unlike(*pair, f"{path}[{number}]") for number, pair in pairs)
        return next((each for each in found if each is not None), None)
    return None if one == other else path


def _listed(fields: Iterable[str]) -> str:
    return ", ".join(sorted(fields))
