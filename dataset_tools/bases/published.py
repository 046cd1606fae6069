"""A dataset as its readers know it, read from a descriptor or a package that may lie anywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dataset_tools.dataset import DESCRIPTOR, KEYS, read_dataset
from dataset_tools.document import parse
from dataset_tools.errors import SchemaError
from dataset_tools.schema import NAME, Schema

PACKAGE = "datapackage.json"
MAX_PACKAGE, MAX_SCHEMA, MAX_TABLES = 64 << 20, 1 << 20, 1000
_FILE = re.compile(r"[^/\\.\0][^/\\\0]{0,200}\Z")  # a file beside the descriptor, as dataset.py wants it
_BELOW = re.compile(r"(?:[\w-][\w.-]{0,100}/){0,9}[\w-][\w.-]{0,100}\Z")  # a path below a package, none of it hidden

# The bytes of a file by its path, at most so many (one more tells that there are too many); None where there is none
Fetch = Callable[[str, int], bytes | None]


@dataclass(frozen=True, slots=True)
class Published:
    """A dataset as its readers know it; see `changes.Described`."""

    name: str
    version: str
    schemas: Mapping[str, Schema]
    stated: Mapping[str, Any]


def read_descriptor(fetch: Fetch) -> Published | None:
    """The dataset whose dataset.yaml and schemas `fetch` gives; None where there is no dataset.yaml."""
    if (text := fetch(DESCRIPTOR, MAX_SCHEMA)) is None:
        return None
    stated = parse(_decoded(text, DESCRIPTOR), DESCRIPTOR).plain()
    files = {DESCRIPTOR: text}
    for resource in _dicts(stated, "resources")[:MAX_TABLES]:
        file = resource.get("schema")
        if isinstance(file, str) and _FILE.match(file) and (found := fetch(file, MAX_SCHEMA)) is not None:
            files[file] = found
    return _laid_out(stated.get("name") if isinstance(stated, Mapping) else None, files)


def read_package(fetch: Fetch) -> Published:
    """The dataset whose datapackage.json and schemas `fetch` gives."""
    text = fetch(PACKAGE, MAX_PACKAGE)
    if text is None:
        raise SchemaError(f"holds no {PACKAGE}", "is it a package, and is the revision right?")
    if len(text) > MAX_PACKAGE:
        raise SchemaError(f"{PACKAGE}: larger than {MAX_PACKAGE >> 20} MiB", "choose another base")
    descriptor = _json(text, PACKAGE)
    tables = _tables(descriptor)
    schemas = {f"{table}.json": _as_json(_schema(fetch, stated)) for table, stated in tables.items()}
    known = {key: value for key, value in descriptor.items() if key in KEYS and KEYS[key].published}
    resources = [{"name": table, "schema": f"{table}.json"} for table in tables]
    # A day, where the package has the instant at which it begins
    created = {"created": str(known["created"])[:10]} if "created" in known else {}
    whole = _as_json({**known, **created, "resources": resources})
    return _laid_out(descriptor.get("name"), {DESCRIPTOR: whole, **schemas})


def _tables(descriptor: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """What a package states of each table: its schema, and keys over all its files."""
    tables = descriptor.get("dstools:tables")
    if not isinstance(tables, Mapping):
        tables = {each.get("name"): each for each in _dicts(descriptor, "resources") if "schema" in each}
    if len(tables) > MAX_TABLES:
        raise SchemaError(f"{PACKAGE}: more than {MAX_TABLES} tables", "choose another base")
    for name, stated in tables.items():
        if not isinstance(name, str) or not NAME.match(name) or not isinstance(stated, Mapping):
            raise SchemaError(f"{PACKAGE}: a table called {name!r}", "lower-case letters, digits and _")
    return dict(tables)


def _schema(fetch: Fetch, stated: Mapping[str, Any]) -> dict[str, Any]:
    keys = {"foreignKeys": stated["foreignKeys"]} if "foreignKeys" in stated else {}
    schema = stated.get("schema")
    if isinstance(schema, Mapping):
        return {**schema, **keys}
    if not isinstance(schema, str) or not _BELOW.match(schema):
        raise SchemaError(f"{PACKAGE}: the schema {schema!r}", "it is a path below the package")
    text = fetch(schema, MAX_SCHEMA)
    if text is None:
        raise SchemaError(f"holds no {schema}, which {PACKAGE} names", "choose another base")
    return {**_json(text, schema), **keys}


def _laid_out(name: Any, files: Mapping[str, bytes]) -> Published:
    """What `read_dataset` makes of the files, in a folder of their own."""
    if not isinstance(name, str) or not NAME.match(name):
        raise SchemaError(f"name {name!r}", "lower-case letters, digits and _, beginning with a letter")
    with TemporaryDirectory(prefix="dstools-base-") as place:
        folder = Path(place, "schemas", name)
        folder.mkdir(parents=True)
        for path, content in files.items():
            (folder / path).write_bytes(content)
        dataset = read_dataset(Path(place), name)
    return Published(dataset.name, dataset.version, dataset.schemas, dataset.stated)


def _json(text: bytes, path: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SchemaError(f"{path}: not JSON: {error}", "choose another base") from error
    if not isinstance(value, dict):
        raise SchemaError(f"{path}: no JSON object", "choose another base")
    return value


def _as_json(value: Any) -> bytes:
    # Not as ASCII: YAML reads an escaped pair of surrogates as two characters
    return json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def _decoded(text: bytes, path: str) -> str:
    if len(text) > MAX_SCHEMA:
        raise SchemaError(f"{path}: larger than {MAX_SCHEMA >> 20} MiB", "choose another base")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SchemaError(f"{path}: not UTF-8 at byte {error.start}", "choose another base") from error


def _dicts(stated: Any, key: str) -> list[Mapping[str, Any]]:
    found = stated.get(key) if isinstance(stated, Mapping) else None
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
