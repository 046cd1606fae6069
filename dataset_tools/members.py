"""Our own reading of constraints, value by value: for the members of lists and structs, where Table Schema is mute."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from dataset_tools.patterns import read_pattern
from dataset_tools.schema import Constraint, Field, bound


def member_faults(value: Any, field: Field, path: str = "") -> Iterator[tuple[str, str]]:
    """(path, constraint) for each constraint that a member of `value` breaks; paths such as `paragraphs[]`, `a.b`."""
    seen = set()
    for fault in _members(value, field, path or field.name):
        if fault not in seen:
            seen.add(fault)
            yield fault


def _members(value: Any, field: Field, path: str) -> Iterator[tuple[str, str]]:
    if value is None:
        return
    if field.items is not None:
        for each in value:
            yield from _faults(each, field.items, f"{path}[]")
    for member in field.fields:
        yield from _faults(value.get(member.name), member, f"{path}.{member.name}")


def _faults(value: Any, field: Field, path: str) -> Iterator[tuple[str, str]]:
    for constraint in field.constraints:
        if not keeps(value, field, constraint):
            yield path, constraint.name
    yield from _members(value, field, path)


def keeps(value: Any, field: Field, constraint: Constraint) -> bool:
    """Whether a value keeps a constraint; null keeps all but `required`."""
    if constraint.name == "required":
        return not constraint.value or value is not None
    if value is None or constraint.name == "unique":
        return True
    return _CHECKS[constraint.name](value, constraint.value, field)


def _bound(stated: Any, field: Field) -> Any:
    return bound(stated, field.type, field.arrow)


_CHECKS: dict[str, Callable[[Any, Any, Field], bool]] = {
    "minimum": lambda value, limit, field: bool(value >= _bound(limit, field)),
    "maximum": lambda value, limit, field: bool(value <= _bound(limit, field)),
    "exclusiveMinimum": lambda value, limit, field: bool(value > _bound(limit, field)),
    "exclusiveMaximum": lambda value, limit, field: bool(value < _bound(limit, field)),
    "minLength": lambda value, limit, _: len(value) >= limit,
    "maxLength": lambda value, limit, _: len(value) <= limit,
    "pattern": lambda value, limit, _: read_pattern(limit).matches(value),
    "enum": lambda value, limit, field: any(value == _bound(each, field) for each in limit),
}
