"""Where each key of a descriptor stands: its file, line and column, for reports that point at it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dataset_tools.dataset import DESCRIPTOR
from dataset_tools.document import Node, read

# Table ("" for the dataset), field as a path such as `place.city` or `links[].href` ("" for the table), key as a path
# such as `constraints.minimum` or `foreignKeys[1]` ("" for the whole)
Spot = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """Lines and columns count from 1."""

    file: str
    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Places:
    """The places that are known."""

    known: Mapping[Spot, Place] = field(default_factory=dict)

    def of(self, table: str = "", field: str = "", key: str = "") -> Place:
        """The place of a key, or of the nearest thing around it that is there."""
        around = (self.known[spot] for spot in _around(table, field, key) if spot in self.known)
        return next(around, Place(""))


def read_places(folder: Path, shown: str) -> Places:
    """The places in a folder schemas/NAME, called `shown`, that `read_dataset` has read without a refusal."""
    node = read(folder / DESCRIPTOR, f"{shown}/{DESCRIPTOR}")
    tables = {}
    for each in node.mapping("the descriptor")["resources"].sequence("resources"):
        resource = each.mapping("a resource")
        file = resource["schema"].text("schema")
        tables[resource["name"].text("name")] = read(folder / file, f"{shown}/{file}")
    return places(node, tables)


def places(dataset: Node, tables: Mapping[str, Node]) -> Places:
    """The places in a descriptor, and in the table schemas by table."""
    known = {("", "", ""): _place(dataset)}
    known |= {("", "", key): place for key, place in _keys(dataset)}
    for table, node in tables.items():
        known |= {(table, *spot): place for spot, place in _table(node)}
    return Places(known)


def _table(node: Node) -> Iterator[tuple[tuple[str, str], Place]]:
    yield ("", ""), _place(node)
    yield from ((("", key), place) for key, place in _keys(node))
    fields = node.value.get("fields") if isinstance(node.value, Mapping) else None
    yield from _fields(fields, "")


def _fields(node: Node | None, before: str) -> Iterator[tuple[tuple[str, str], Place]]:
    for each in node.value if node and isinstance(node.value, tuple) else ():
        name = each.value.get("name") if isinstance(each.value, Mapping) else None
        if name is not None:
            yield from _field(each, f"{before}{name.value}")


def _field(node: Node, path: str) -> Iterator[tuple[tuple[str, str], Place]]:
    yield (path, ""), _place(node)
    yield from (((path, key), place) for key, place in _keys(node))
    if isinstance(node.value, Mapping):
        yield from _fields(node.value.get("dstools:fields"), f"{path}.")
        if items := node.value.get("dstools:items"):
            yield from _field(items, f"{path}[]")


def _keys(node: Node, path: str = "") -> Iterator[tuple[str, Place]]:
    if isinstance(node.value, Mapping):
        for name, each in node.value.items():
            key = f"{path}.{name}" if path else name
            yield key, Place(node.file, *node.keys[name])
            yield from _keys(each, key)
    elif isinstance(node.value, tuple):
        for number, each in enumerate(node.value):
            yield f"{path}[{number}]", _place(each)
            yield from _keys(each, f"{path}[{number}]")


def _place(node: Node) -> Place:
    return Place(node.file, node.line, node.column)


def _around(table: str, field: str, key: str) -> Iterator[Spot]:
    """The spot itself, then the ones around it, from near to far."""
    while True:
        yield from ((table, field, each) for each in _shorter(key))
        if not field:
            break
        field, key = _cut(field), ""
        if not field:
            yield table, "", "fields"
    if table:
        yield from (("", "", "resources"), ("", "", ""))


def _shorter(path: str) -> Iterator[str]:
    while path:
        yield path
        path = _cut(path)
    yield ""


def _cut(path: str) -> str:
    """The path without its last part: `a.b` → `a`, `a[]` → `a`, `a` → nothing."""
    return re.sub(r"(\.[^.\[\]]*|\[[^.\[\]]*\]|[^.\[\]]+)\Z", "", path)
