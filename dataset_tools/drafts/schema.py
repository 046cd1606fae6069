"""A first Table Schema for a Parquet, CSV or JSON Lines file: what the file shows, and nothing guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from dataset_tools.document import parse
from dataset_tools.drafts.rows import read_rows, readable
from dataset_tools.drafts.types import is_list, plain, table_schema_type
from dataset_tools.errors import SchemaError
from dataset_tools.schema import NAME, parse_schema

Place = tuple[str, ...]  # a column, then its members; [] is a list's elements


def draft(path: Path) -> str:
    """The YAML of a Table Schema whose types hold the file's rows; raises SchemaError for what no schema can say.

    Every row is read. A field is required where no null was seen. Descriptions are taken over from a file that has
    them; keys, patterns and rules are not guessed.
    """
    import yaml

    seen = _Seen()
    with readable(path):
        rows = read_rows(path)
        for batch in rows.batches():
            seen.add(batch)
    if not rows.schema.names:
        raise SchemaError(f"{path}: it has no fields", "a file without rows says nothing: write the schema by hand")
    drawn = _Drawn(seen)
    fields = list(drawn.fields(rows.schema, ()))
    notes = (
        f"Drafted from {path.name}; rows: {seen.rows:,}. `required` says that values were seen there, and no null.",
        "Keys, patterns and rules are not guessed: they are yours to state.",
        *drawn.notes,
    )
    head = "".join(f"# {' '.join(note.split())}\n" for note in notes)
    text = head + yaml.safe_dump({"fields": fields}, sort_keys=False, allow_unicode=True, width=120)
    parse_schema(parse(text, str(path)), "draft")
    return text


class _Seen:
    """What was seen in batches of rows: how many, the places with a value, and those with a null."""

    def __init__(self) -> None:
        self.rows = 0
        self.values: set[Place] = set()
        self.nulls: set[Place] = set()

    def add(self, batch: pa.RecordBatch) -> None:
        self.rows += batch.num_rows
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            self._look(_decoded(column), (name,))

    def _look(self, values: pa.Array, place: Place) -> None:
        if values.null_count:
            self.nulls.add(place)
            values = values.drop_null()
        if len(values):
            self.values.add(place)
        if is_list(values.type):
            self._look(_decoded(values.flatten()), (*place, "[]"))
        elif pa.types.is_struct(values.type):
            for field, members in zip(values.type, values.flatten(), strict=True):
                self._look(_decoded(members), (*place, field.name))


def _decoded(values: pa.Array) -> pa.Array:
    kind = plain(values.type)
    if isinstance(values, pa.ExtensionArray):
        return _decoded(values.storage)
    return values if kind == values.type else values.cast(kind)


class _Drawn:
    """The fields of a schema as a person writes them, and notes on what the file could not tell."""

    def __init__(self, seen: _Seen) -> None:
        self.required = seen.values - seen.nulls
        self.notes: list[str] = []

    def fields(self, fields: Iterable[pa.Field], place: Place) -> Iterator[dict[str, Any]]:
        given = list(fields)
        names = _names([field.name for field in given], ".".join(place))
        for field, name in zip(given, names, strict=True):
            if name != field.name:
                self.notes.append(f"{name} is {field.name!r} in the file: a name is lower-case letters, digits and _.")
            yield {"name": name, **self._field(field, (*place, field.name))}

    def _field(self, field: pa.Field, place: Place) -> dict[str, Any]:
        """A field but for its name: also a list's elements, which have none."""
        kind, where = plain(field.type), ".".join(place).replace(".[]", "[]")
        stated: dict[str, Any]
        if is_list(kind):
            stated = {"type": "array", "dstools:items": self._field(kind.value_field, (*place, "[]"))}
        elif pa.types.is_struct(kind) and kind.num_fields:
            stated = {"type": "object", "dstools:fields": list(self.fields(kind, place))}
        else:
            stated = {**table_schema_type(kind, where)}
            if pa.types.is_null(kind):
                self.notes.append(f"{where}: no value to tell its type by; as a string it holds what is there.")
        required = {"constraints": {"required": True}} if place in self.required else {}
        return {**_words(field), **stated, **required}


def _words(field: pa.Field) -> dict[str, str]:
    metadata = field.metadata or {}
    words = {key: metadata.get(key.encode(), b"").decode("utf-8", "replace") for key in ("title", "description")}
    return {key: text for key, text in words.items() if text}


def _names(given: list[str], where: str) -> list[str]:
    """A name that a schema takes for each that the file has: its own where it can be."""
    if len(set(given)) < len(given):
        twin = next(name for name in given if given.count(name) > 1)
        raise SchemaError(f"{where or 'the file'}: two fields are called {twin!r}", "rename one of them in the file")
    taken = {name for name in given if NAME.match(name)}
    names = []
    for name in given:
        new = name
        if name not in taken:
            word = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
            word = (word if word[:1].isalpha() else f"field_{word}".rstrip("_"))[:50]
            new = word if word not in taken else next(w for i in range(2, 10**6) if (w := f"{word}_{i}") not in taken)
            taken.add(new)
        names.append(new)
    return names
