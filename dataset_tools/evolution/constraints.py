"""What became of the constraints of a field: by what they allow, not by how they are written."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

from dataset_tools.evolution.difference import Difference
from dataset_tools.schema import Field

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# constraint, its exclusive twin, what it is called where it allows less and more, and the way that is tighter
_BOUNDS = (
    ("minimum", "exclusiveMinimum", "minimum-raised", "minimum-lowered", 1),
    ("maximum", "exclusiveMaximum", "maximum-lowered", "maximum-raised", -1),
)
_LENGTHS = (
    ("minLength", "min-length-raised", "min-length-lowered", 0, 1),
    ("maxLength", "max-length-lowered", "max-length-raised", math.inf, -1),
)


def changed_constraints(old: Field, new: Field, path: str) -> Iterator[Difference]:
    """The differences of the constraints; between two types only those that every type has are compared."""
    found = list(_truths(old, new, path))
    if old.type == new.type:
        found += [*_bounds(old, new, path), *_lengths(old, new, path), *_pattern(old, new, path)]
        found += _enum(old, new, path)
        if not found and _stated(old) != _stated(new):
            told = f'the constraints of "{path}" say the same in other words'
            found = [Difference("restated", told, path, "constraints")]
    yield from found


def _stated(field: Field) -> dict[str, Any]:
    return {each.name: each.value for each in field.constraints}


def _truths(old: Field, new: Field, path: str) -> Iterator[Difference]:
    for name, added, removed in (
        ("required", "is never null now", "may be null now"),
        ("unique", "has each value once now", "may have a value twice now"),
    ):
        was, now = bool(old.constraint(name)), bool(new.constraint(name))
        if was != now:
            rule, told = (f"{name}-added", added) if now else (f"{name}-removed", removed)
            yield Difference(rule, f'"{path}" {told}', path, f"constraints.{name}")


def _bounds(old: Field, new: Field, path: str) -> Iterator[Difference]:
    for name, exclusive, tightened, loosened, way in _BOUNDS:
        was, now = _bound(old, name, exclusive, way), _bound(new, name, exclusive, way)
        if was != now:
            tighter = was is None or (now is not None and now > was)
            key = exclusive if exclusive in _stated(new) and name not in _stated(new) else name
            told = f"{_told(old, name, exclusive)} → {_told(new, name, exclusive)}"
            yield Difference(tightened if tighter else loosened, f'"{path}": {told}', path, f"constraints.{key}")


def _told(field: Field, *names: str) -> str:
    stated = [f"{name} {field.constraint(name)}" for name in names if field.constraint(name) is not None]
    return " and ".join(stated) or f"no {names[0]}"


def _bound(field: Field, name: str, exclusive: str, way: int) -> tuple[Fraction, bool] | None:
    """What the two constraints together allow, as a point and whether it is shut out: the larger, the tighter."""
    bounds = [
        _point(field, field.constraint(each), way, shut)
        for each, shut in ((name, False), (exclusive, True))
        if field.constraint(each) is not None
    ]
    return max(bounds, default=None)


def _point(field: Field, value: Any, way: int, shut: bool) -> tuple[Fraction, bool]:
    point = way * _number(field.type, value)
    if field.type == "integer":  # above 0 is from 1 on
        return Fraction(math.floor(point) + 1 if shut else math.ceil(point)), False
    return point, shut


def _number(kind: str, bound: Any) -> Fraction:
    """A bound as a number, so that bounds of one type compare, however they are written: moments as microseconds."""
    if kind == "datetime":
        moment = datetime.fromisoformat(bound)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return Fraction((aware - _EPOCH) // timedelta(microseconds=1))
    if kind == "date":
        return Fraction(date.fromisoformat(bound).toordinal())
    if kind == "time":
        clock = time.fromisoformat(bound)
        return Fraction((clock.hour * 60 + clock.minute) * 60 + clock.second) * 10**6 + clock.microsecond
    return Fraction(str(bound))


def _lengths(old: Field, new: Field, path: str) -> Iterator[Difference]:
    for name, tightened, loosened, none, way in _LENGTHS:
        was, now = (none if (size := each.constraint(name)) is None else size for each in (old, new))
        if was != now:
            told = f"{_told(old, name)} → {_told(new, name)}"
            rule = tightened if way * now > way * was else loosened
            yield Difference(rule, f'"{path}": {told}', path, f"constraints.{name}")


def _pattern(old: Field, new: Field, path: str) -> Iterator[Difference]:
    was, now = old.constraint("pattern"), new.constraint("pattern")
    if was != now:
        rule = "pattern-added" if was is None else "pattern-removed" if now is None else "pattern-changed"
        told = f"{_told(old, 'pattern')} → {_told(new, 'pattern')}"
        yield Difference(rule, f'"{path}": {told}', path, "constraints.pattern")


def _enum(old: Field, new: Field, path: str) -> Iterator[Difference]:
    was, now, key = old.constraint("enum"), new.constraint("enum"), "constraints.enum"
    if was is None or now is None:
        if was is not None:
            yield Difference("enum-removed", f'"{path}" may have any value now', path, key)
        elif now is not None:
            yield Difference("enum-added", f'"{path}" has one of {_listed(now)} now', path, key)
        return
    if lost := [value for value in was if value not in now]:
        yield Difference("enum-value-removed", f'"{path}" is never {_listed(lost)} any more', path, key)
    if more := [value for value in now if value not in was]:
        yield Difference("enum-value-added", f'"{path}" may be {_listed(more)} too', path, key)
    if [value for value in was if value in now] != [value for value in now if value in was]:
        yield Difference("enum-reordered", f'the values of "{path}" stand in another order', path, key)


def _listed(values: Any) -> str:
    shown = [str(value) for value in values]
    return ", ".join(shown[:5]) + (f" and {len(shown) - 5} more" if len(shown) > 5 else "")
