"""What became of the fields of a table, or of the members of a struct."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from dataset_tools.evolution.constraints import changed_constraints
from dataset_tools.evolution.difference import Difference
from dataset_tools.schema import Field

_INT = re.compile(r"(u?)int(\d+)\Z")
_DECIMAL = re.compile(r"decimal(?:128|256)\((\d+), (\d+)\)\Z")
_INSTANT = re.compile(r"(timestamp|time(?:32|64))\[(\w+)(?:, tz=(.+))?\]\Z")


def changed_fields(base: Sequence[Field], now: Sequence[Field], before: str = "") -> Iterator[Difference]:
    """The differences of two lists of fields; `before` is what stands before their names in a path."""
    new_names = renamed(base, now)
    kept = {new_names.get(field.name, field.name): field for field in base}
    there = {field.name for field in now}
    for old in kept:
        if old not in there:
            yield Difference("field-removed", f'field "{before}{old}" is gone', f"{before}{old}")
    for field in now:
        path = f"{before}{field.name}"
        if field.name not in kept:
            told = "required" if field.required else "optional"
            yield Difference("field-added", f'field "{path}" is new ({told})', path)
        else:
            yield from _changed_field(kept[field.name], field, path)
    if [name for name in kept if name in there] != [field.name for field in now if field.name in kept]:
        whole = f' of "{before[:-1]}"' if before else ""
        yield Difference("fields-reordered", f"the fields{whole} stand in another order", before[:-1], _listing(before))


def _listing(before: str) -> str:
    return "dstools:fields" if before else "fields"


def renamed(base: Sequence[Field], now: Sequence[Field]) -> dict[str, str]:
    """New names by old: a field that is gone and one that is new, of one kind, with the same words or place."""
    gone = [field for field in base if field.name not in {each.name for each in now}]
    new = [field for field in now if field.name not in {each.name for each in base}]
    names: dict[str, str] = {}
    for same in (_same_words, lambda old, each: _same_place(old, each, base, now)):
        for old in gone:
            free = (each for each in new if each.name not in names.values())
            found = next((each for each in free if _kind(old) == _kind(each) and same(old, each)), None)
            if old.name not in names and found:
                names[old.name] = found.name
    return names


def _kind(field: Field) -> tuple[Any, ...]:
    """All of a field but its name and words."""
    constraints = {each.name: each.value for each in field.constraints}
    members = {each.name: _kind(each) for each in field.fields}
    return field.type, field.arrow, field.fill, constraints, members, field.items and _kind(field.items)


def _same_words(old: Field, new: Field) -> bool:
    return bool(old.title or old.description) and (old.title, old.description) == (new.title, new.description)


def _same_place(old: Field, new: Field, base: Sequence[Field], now: Sequence[Field]) -> bool:
    """Whether both follow the same field that stayed, and no word says that they are two things."""
    stayed = {field.name for field in base} & {field.name for field in now}
    like = old.title == new.title or old.description == new.description
    return like and _before(old, base, stayed) == _before(new, now, stayed)


def _before(field: Field, fields: Sequence[Field], stayed: set[str]) -> str | None:
    names = [each.name for each in fields]
    return next((name for name in reversed(names[: names.index(field.name)]) if name in stayed), None)


def _changed_field(old: Field, new: Field, path: str) -> Iterator[Difference]:
    if old.name != new.name:
        yield Difference("field-renamed", f'field "{old.name}" is called "{path}" now', path, "name")
    yield from _changed_element(old, new, path)


def _changed_element(old: Field, new: Field, path: str) -> Iterator[Difference]:
    """The differences of two fields, or of the elements of two lists."""
    if old.type != new.type:
        yield Difference("type-changed", f'"{path}" was of type {old.type}, is {new.type}', path, "type")
    elif old.arrow != new.arrow:
        yield from _changed_arrow(old.arrow, new.arrow, path)
    if old.fill != new.fill:
        told = f'"{path}" was filled by {old.fill or "the converter"}, is by {new.fill or "the converter"}'
        yield Difference("fill-changed", told, path, "dstools:fill")
    yield from changed_constraints(old, new, path)
    yield from _changed_parts(old, new, path)
    for key in ("title", "description", "example"):
        if getattr(old, key) != getattr(new, key):
            yield Difference(f"{key}-changed", f'the {key} of "{path}" is another', path, key)


def _changed_parts(old: Field, new: Field, path: str) -> Iterator[Difference]:
    if old.type != new.type:
        return
    yield from changed_fields(old.fields, new.fields, f"{path}.")
    if old.items and new.items:
        yield from _changed_element(old.items, new.items, f"{path}[]")
    elif old.items or new.items:
        told = "is not stated any more" if old.items else "is stated now"
        yield Difference("type-changed", f'what "{path}" lists {told}', path, "dstools:items")


def _changed_arrow(old: str, new: str, path: str) -> Iterator[Difference]:
    told = f'"{path}" was {old}, is {new}'
    was, now = _INSTANT.match(old), _INSTANT.match(new)
    if was and now:
        if was[2] != now[2]:
            yield Difference("unit-changed", told, path, "dstools:type")
        if was[3] != now[3]:
            yield Difference("zone-changed", told, path, "dstools:type")
    elif _holds(new, old) or (old, new) == ("float32", "float64"):
        yield Difference("arrow-widened", told, path, "dstools:type")
    elif _holds(old, new):
        yield Difference("arrow-narrowed", told, path, "dstools:type")
    else:
        yield Difference("arrow-changed", told, path, "dstools:type")


def _holds(wide: str, narrow: str) -> bool:
    """Whether the wide type holds each value of the narrow one, and differs in its reach alone."""
    if (one := _INT.match(wide)) and (other := _INT.match(narrow)):
        (least, most), (lowest, highest) = _reach(one), _reach(other)
        return least <= lowest and highest <= most
    if (one := _DECIMAL.match(wide)) and (other := _DECIMAL.match(narrow)):
        return one[2] == other[2] and int(one[1]) >= int(other[1])
    return wide == f"large_{narrow}"


def _reach(integer: re.Match[str]) -> tuple[int, int]:
    bits = int(integer[2])
    return (0, 2**bits - 1) if integer[1] else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
