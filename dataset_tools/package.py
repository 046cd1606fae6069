"""A package: the folder that is published, and its descriptor, a Frictionless Data Package."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from dataset_tools.citation import citation
from dataset_tools.dataset import Dataset
from dataset_tools.dialects.croissant import croissant
from dataset_tools.document import parse
from dataset_tools.errors import PackageError
from dataset_tools.files import sha256
from dataset_tools.issue import Issue
from dataset_tools.schema import Schema, parse_schema

DESCRIPTOR, CARD = "datapackage.json", "README.md"
CROISSANT, CITATION = "croissant.json", "CITATION.cff"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_HASH = re.compile(r"sha256:([0-9a-f]{64})\Z")
_MAX_DESCRIPTOR = 64 << 20


@dataclass(frozen=True, slots=True)
class Resource:
    """One Parquet file: its path below the package, bytes, SHA-256 in hex, rows, and whose shard it is."""

    path: str
    table: str
    split: str
    size: int
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class Package:
    """A package that has been read; `descriptor` as plain values.

    `schema_hashes` by path; `files`: bytes and SHA-256 by path of what describes the package to others.
    """

    folder: Path
    name: str
    version: str
    resources: tuple[Resource, ...]
    schemas: Mapping[str, Schema]
    schema_hashes: Mapping[str, str]
    files: Mapping[str, tuple[int, str]]
    descriptor: Mapping[str, Any]

    @property
    def draft(self) -> bool:
        return bool(self.descriptor.get("dstools:draft"))

    @property
    def digest(self) -> str:
        """The version's digest: the SHA-256 of its descriptor, which holds the hash of every file but the card."""
        return sha256(self.folder / DESCRIPTOR)


def published_schema(schema: Schema) -> dict[str, Any]:
    """The Table Schema file of a package; foreign keys stand in the package's descriptor, over all files of a table."""
    stated = {
        key: value for key, value in (schema.stated or {}).items() if key not in ("foreignKeys", "$schema", "name")
    }
    return {"$schema": "https://datapackage.org/profiles/2.0/tableschema.json", "name": schema.table, **stated}


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def describe(
    dataset: Dataset, resources: Sequence[Resource], schema_hashes: Mapping[str, str], facts: Mapping[str, Any]
) -> dict[str, Any]:
    """The descriptor of a package (Data Package v2): what is private in the dataset's own is left out."""
    stated = {key: value for key, value in dataset.stated.items() if key != "resources"}
    if "created" in stated:
        stated["created"] = _instant(stated["created"])
    return {
        "$schema": PROFILE,
        **stated,
        "dstools:tables": {
            table: _table(schema, resources, schema_hashes) for table, schema in dataset.schemas.items()
        },
        **facts,
        "resources": [_resource(each) for each in resources],
    }


def files_beside(descriptor: Mapping[str, Any], schemas: Mapping[str, Schema]) -> Iterator[tuple[str, str]]:
    """The names and texts of what says for others what the descriptor says: Croissant, and a citation where it can."""
    yield CROISSANT, as_json(croissant(descriptor, schemas))
    if (text := citation(descriptor)) is not None:
        yield CITATION, text


def _instant(day: str) -> str:
    # Data Package v2, "created": an RFC 3339 date-time
    return day if "T" in day else f"{day}T00:00:00Z"


def _table(schema: Schema, resources: Sequence[Resource], hashes: Mapping[str, str]) -> dict[str, Any]:
    shards = [each for each in resources if each.table == schema.table]
    path = f"schemas/{schema.table}.json"
    splits: dict[str, int] = {}
    for each in shards:
        splits[each.split] = splits.get(each.split, 0) + each.rows
    told: dict[str, Any] = {"schema": path, "hash": f"sha256:{hashes[path]}"}
    if schema.primary_key:
        told["primaryKey"] = list(schema.primary_key)
    if keys := (schema.stated or {}).get("foreignKeys"):
        told["foreignKeys"] = keys
    return {**told, "rows": sum(splits.values()), "splits": splits}


def _resource(each: Resource) -> dict[str, Any]:
    number = PurePosixPath(each.path).name.removeprefix(f"{each.split}-")[:5]
    return {
        "name": f"{each.table}-{each.split.lower()}-{number}",
        "path": each.path,
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": each.size,
        "hash": f"sha256:{each.sha256}",
        "schema": f"schemas/{each.table}.json",
        "dstools:table": each.table,
        "dstools:split": each.split,
        "dstools:rows": each.rows,
    }


def read_package(folder: Path) -> Package:
    """The package in a folder; runs and fetches nothing; raises PackageError where it is none, or is malformed."""
    path = folder / DESCRIPTOR
    try:
        if path.stat().st_size > _MAX_DESCRIPTOR:
            raise PackageError(f"{path}: larger than a descriptor may be", "build the package again")
        descriptor = json.loads(path.read_text("utf-8"))
        return _package(folder, descriptor)
    except FileNotFoundError as error:
        raise PackageError(
            f"{error.filename}: no such file", "is it a package? build one with: dstools build"
        ) from error
    except OSError as error:
        raise PackageError(f"{path}: {error.strerror}", "make the file readable") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        hint = "build the package again: dstools build"
        raise PackageError(f"{path}: not the descriptor of a package: {type(error).__name__}: {error}", hint) from error


def _package(folder: Path, descriptor: dict[str, Any]) -> Package:
    tables: dict[str, Any] = descriptor["dstools:tables"]
    return Package(
        folder=folder,
        name=str(descriptor["name"]),
        version=str(descriptor["version"]),
        resources=tuple(_read_resource(folder, each) for each in descriptor["resources"]),
        schemas={name: _read_schema(folder, name, table) for name, table in tables.items()},
        schema_hashes={table["schema"]: _digest(table["hash"]) for table in tables.values()},
        files=dict(_read_file(folder, each) for each in descriptor.get("dstools:files", [])),
        descriptor=descriptor,
    )


def _read_file(folder: Path, each: dict[str, Any]) -> tuple[str, tuple[int, str]]:
    inside(folder, each["path"])
    return each["path"], (int(each["bytes"]), _digest(each["hash"]))


def _read_resource(folder: Path, each: dict[str, Any]) -> Resource:
    inside(folder, each["path"])
    table, split, size, rows = each["dstools:table"], each["dstools:split"], each["bytes"], each["dstools:rows"]
    return Resource(each["path"], str(table), str(split), int(size), _digest(each["hash"]), int(rows))


def _read_schema(folder: Path, name: str, table: dict[str, Any]) -> Schema:
    path = inside(folder, table["schema"])
    stated = json.loads(path.read_text("utf-8"))
    keys = {"foreignKeys": table["foreignKeys"]} if "foreignKeys" in table else {}
    return parse_schema(parse(json.dumps({**stated, **keys}), table["schema"]), name)


def _digest(stated: str) -> str:
    if not (found := _HASH.match(stated)):
        raise ValueError(f"the hash {stated!r} is not sha256:…")
    return found[1]


def inside(folder: Path, path: str) -> Path:
    """The file at a path of a package, really below its folder (links resolved); raises PackageError elsewhere."""
    pure = PurePosixPath(path)
    place = folder / pure
    if pure.is_absolute() or ".." in pure.parts or "\\" in path or not place.resolve().is_relative_to(folder.resolve()):
        raise PackageError(f"{folder}: the path {path!r} leads out of the package", "do not trust this package")
    return place


def altered(package: Package, *, shards: bool = True) -> Iterator[Issue]:
    """What in the folder is not as the descriptor says: files missing, other bytes, files that it does not name.

    Without `shards` the bytes of the Parquet files are not read.
    """
    expected = {**{each.path: (each.size, each.sha256) for each in package.resources}, **package.files}
    for path, (size, digest) in expected.items():
        if shards or path in package.files or not (package.folder / path).is_file():
            yield from _file(package.folder, path, size, digest)
    for path, digest in package.schema_hashes.items():
        yield from _file(package.folder, path, None, digest)
    known = {*expected, *package.schema_hashes, DESCRIPTOR, CARD}
    for place in sorted(package.folder.rglob("*")):
        path = place.relative_to(package.folder).as_posix()
        if not place.is_dir() and path not in known and not path.startswith(".cache/"):
            yield Issue("extra-file", f"{path} is not in the descriptor", path)
    if not (package.folder / CARD).is_file():
        yield Issue("missing-file", f"{CARD} is missing", CARD)


def _file(folder: Path, path: str, size: int | None, digest: str) -> Iterator[Issue]:
    place = folder / path
    if not place.is_file():
        yield Issue("missing-file", f"{path} is missing", path)
    elif size is not None and place.stat().st_size != size:
        yield Issue("bytes", f"{path} has {place.stat().st_size:,} bytes, the descriptor says {size:,}", path)
    elif (there := sha256(place)) != digest:
        yield Issue("hash", f"{path} has the SHA-256 {there}, the descriptor says {digest}", path)
