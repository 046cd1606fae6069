"""Field → a field of a Croissant record set: its data type, its source, and its members as sub-fields."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from dataset_tools.schema import Field

JsonLd = dict[str, Any]

# Arrow types, as a schema spells them. Croissant has no decimals and no bytes: readers give floats, and bytes for text.
_DATA_TYPES: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (r"(u?)int(\d+)", lambda found: f"cr:{'U' if found[1] else ''}Int{found[2]}"),
    (r"float(\d+)", lambda found: f"cr:Float{found[1]}"),
    (r"decimal128.*", lambda _: "sc:Float"),
    (r"(large_)?(string|binary)", lambda _: "sc:Text"),
    (r"bool", lambda _: "sc:Boolean"),
    (r"timestamp.*", lambda _: "sc:DateTime"),
    (r"date32", lambda _: "sc:Date"),
    (r"time64.*", lambda _: "sc:Time"),
)


def croissant_field(field: Field, place: str, source: JsonLd, path: tuple[str, ...]) -> JsonLd:
    """A field with the id `place`. `path` is its column, then its members: a leaf names its member by a JSON path."""
    depth, leaf = _innermost(field)
    stated: JsonLd = {"@type": "cr:Field", "@id": place, "name": path[-1]}
    if words := field.description or field.title or leaf.description or leaf.title:
        stated["description"] = words
    if depth:
        stated |= {"isArray": True, "arrayShape": ",".join(["-1"] * depth)}
    if leaf.fields:
        inner = (croissant_field(each, f"{place}/{each.name}", source, (*path, each.name)) for each in leaf.fields)
        return {**stated, "subField": list(inner)}
    stated |= {"dataType": _data_type(leaf.arrow), "source": {**source, "extract": {"column": path[0]}}}
    if len(path) > 1:
        # In brackets, because some readers have reserved words: $['where']
        stated["source"]["transform"] = {"jsonPath": "$" + "".join(f"['{name}']" for name in path[1:])}
    return stated


def _innermost(field: Field) -> tuple[int, Field]:
    """How many lists deep a field is, and what they list in the end."""
    depth = 0
    while field.items is not None:
        depth, field = depth + 1, field.items
    return depth, field


def _data_type(arrow: str) -> str:
    return next(make(found) for pattern, make in _DATA_TYPES if (found := re.fullmatch(pattern, arrow)))
