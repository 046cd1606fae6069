"""Which split a row belongs to: by a seeded hash of a key, the same for ever and on every machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate

from dataset_tools.errors import SchemaError
from dataset_tools.schema import Schema

WHOLE = "train"


@dataclass(frozen=True, slots=True)
class Splits:
    """`shares` by split name, which add up to 1; rows of `table` with the same value of `by` stay together."""

    table: str
    by: str
    seed: int
    shares: Mapping[str, float]

    def of(self, value: object) -> str:
        """The split of a value of `by` (of its text, hashed with BLAKE2b under the seed)."""
        key = f"{self.seed}\0{value}".encode("utf-8", "surrogatepass")
        point = int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "big") / 2**64
        names = list(self.shares)
        reached = accumulate(self.shares.values())
        return next((name for name, end in zip(names, reached, strict=True) if point < end), names[-1])


def followers(schemas: Mapping[str, Schema], table: str) -> dict[str, tuple[str, ...]]:
    """For each table whose foreign keys lead to `table`, the way there: (itself, …, `table`).

    A table with several ways takes its first foreign key that leads there. Raises SchemaError where foreign keys run in
    a circle.
    """
    _no_cycle(schemas)
    return {name: way for name in schemas if (way := _way(schemas, name, table))}


def parents_first(schemas: Mapping[str, Schema]) -> list[str]:
    """The tables, each after those that it references; a table that references only itself counts as free."""
    _no_cycle(schemas)
    order: list[str] = []
    for name in schemas:
        _visit(schemas, name, order)
    return order


def _visit(schemas: Mapping[str, Schema], name: str, order: list[str]) -> None:
    if name in order:
        return
    for parent in _parents(schemas[name]):
        _visit(schemas, parent, order)
    order.append(name)


def _parents(schema: Schema) -> Iterable[str]:
    return dict.fromkeys(key.table for key in schema.foreign_keys if key.table and key.table != schema.table)


def _way(schemas: Mapping[str, Schema], name: str, goal: str) -> tuple[str, ...]:
    if name == goal:
        return (name,)
    ways = (_way(schemas, parent, goal) for parent in _parents(schemas[name]))
    return next(((name, *way) for way in ways if way), ())


def _no_cycle(schemas: Mapping[str, Schema], path: tuple[str, ...] = ()) -> None:
    for name in _parents(schemas[path[-1]]) if path else schemas:
        if name in path:
            circle = " → ".join((*path[path.index(name) :], name))
            raise SchemaError(f"foreign keys run in a circle: {circle}", "take one of them away")
        _no_cycle(schemas, (*path, name))
