"""A dataset: what `schemas/NAME/dataset.yaml` and its table schemas say, and where the project stands."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataset_tools.document import Node, nearest, read
from dataset_tools.errors import SchemaError
from dataset_tools.schema import NAME, Schema, read_schema, references_resolve
from dataset_tools.splits import Splits, followers

DESCRIPTOR = "dataset.yaml"
VERSION = re.compile(r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\Z")
SPLIT_NAME = re.compile(r"\w{1,40}(\.\w{1,40}){0,3}\Z", re.ASCII)
_SIZE = re.compile(r"(\d{1,6}) ?(kB|KB|MB|GB|KiB|MiB|GiB)\Z")
_SIZES = {"kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the descriptor: whether it is published with a package, and what it is for."""

    published: bool
    says: str


# The closed list: there is no other configuration.
KEYS: dict[str, Key] = {
    "name": Key(True, "the dataset's name: lower-case letters, digits and _; required"),
    "version": Key(True, "MAJOR.MINOR.PATCH; required"),
    "created": Key(True, "the day of the version, YYYY-MM-DD"),
    "title": Key(True, "one line for people"),
    "description": Key(True, "a paragraph for people"),
    "homepage": Key(True, "a URL"),
    "keywords": Key(True, "a list of words"),
    "licenses": Key(True, "a list of {name, path, title}"),
    "sources": Key(True, "a list of {title, path, email}: for people, not for the machine"),
    "contributors": Key(True, "a list of {title, roles, path, organization}"),
    "resources": Key(True, "a list of {name, schema}: the tables, the first is the default; required"),
    "dstools:source": Key(False, "where the pages are: a path, a glob, a list of them, or {paths}; required to build"),
    "dstools:converter": Key(False, "a name of ours, FILE.py:FUNCTION, or {use, options}; required to build"),
    "dstools:splits": Key(True, "{table, by, seed, shares}; without it all rows are train"),
    "dstools:budget": Key(True, "{pages, records}: the share that may be rejected; default 0.05 and 0.01"),
    "dstools:shard_size": Key(True, "Arrow bytes of a shard, such as 256MB (the default)"),
    "dstools:card": Key(True, "{language, about: {limitations, personal, citation}}"),
    "dstools:target": Key(False, "where it is published, such as hf://datasets/org/name"),
}
_LISTS: dict[str, tuple[str, ...]] = {
    "licenses": ("name", "path", "title"),
    "sources": ("title", "path", "email", "version"),
    "contributors": ("title", "path", "email", "roles", "organization", "givenName", "familyName"),
}
ABOUT = ("limitations", "personal", "citation", "uses")


@dataclass(frozen=True, slots=True)
class Converter:
    """Which converter turns the pages into records: `use` is a name of ours or FILE.py:FUNCTION."""

    use: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Budget:
    """The shares of pages and of records that may be rejected, from 0 to 1."""

    pages: float = 0.05
    records: float = 0.01


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset: `root` is the project's folder, `stated` the published part of the descriptor as plain values."""

    root: Path
    name: str
    version: str
    schemas: Mapping[str, Schema]
    sources: tuple[str, ...]
    converter: Converter | None
    splits: Splits | None
    budget: Budget
    shard_size: int
    card: Mapping[str, Any]
    stated: Mapping[str, Any]
    target: str | None = None

    @property
    def folder(self) -> str:
        return f"{self.name}-{self.version}"


def find_root(start: Path) -> Path:
    """The nearest folder upwards with `schemas/`; raises SchemaError where there is none."""
    for folder in (start, *start.parents):
        if (folder / "schemas").is_dir():
            return folder
    raise SchemaError(f"{start}: no schemas/ here or in any folder above", "begin a project with: dstools init NAME")


def names(root: Path) -> list[str]:
    """The names of the project's datasets, sorted."""
    return sorted(path.parent.name for path in (root / "schemas").glob(f"*/{DESCRIPTOR}"))


def read_dataset(root: Path, name: str) -> Dataset:
    """The dataset `name` of the project at `root`; raises SchemaError, with file, line and column."""
    folder = root / "schemas" / name
    if not (folder / DESCRIPTOR).is_file():
        known = names(root)
        hint = nearest(name, known) if known else f"begin it with: dstools init {name}"
        raise SchemaError(f"schemas/{name}/{DESCRIPTOR}: no such file", hint)
    node = read(folder / DESCRIPTOR, f"schemas/{name}/{DESCRIPTOR}")
    stated = node.mapping("the descriptor", KEYS)
    for key in ("name", "version", "resources"):
        if key not in stated:
            raise node.refuse(f"no {key}", KEYS[key].says)
    _plain_lists(stated)
    for key in ("created", "title", "description", "homepage"):
        if key in stated:
            stated[key].text(key)
    schemas = _schemas(stated["resources"], folder, f"schemas/{name}")
    return Dataset(
        root=root,
        name=_name(stated["name"], name),
        version=_version(stated["version"]),
        schemas=schemas,
        sources=_sources(stated.get("dstools:source")),
        converter=_converter(stated.get("dstools:converter")),
        splits=_splits(stated.get("dstools:splits"), schemas),
        budget=_budget(stated.get("dstools:budget")),
        shard_size=_shard_size(stated.get("dstools:shard_size")),
        card=_card(stated.get("dstools:card")),
        stated={key: each.plain() for key, each in stated.items() if KEYS[key].published},
        target=stated["dstools:target"].text("dstools:target") if "dstools:target" in stated else None,
    )


def _name(node: Node, folder: str) -> str:
    name = node.text("name")
    if not NAME.match(name):
        raise node.refuse(f"name {name!r}", "lower-case letters, digits and _, beginning with a letter")
    if name != folder:
        raise node.refuse(
            f"name {name!r} in the folder {folder!r}", "one word runs through everything: make them equal"
        )
    return name


def _version(node: Node) -> str:
    if not isinstance(node.value, str) or not VERSION.match(node.value):
        raise node.refuse(f"version {node.plain()!r}", "MAJOR.MINOR.PATCH, such as 1.0.0")
    return node.value


def _plain_lists(stated: Mapping[str, Node]) -> None:
    for key, parts in _LISTS.items():
        if key in stated:
            for each in stated[key].sequence(key):
                each.mapping(f"an element of {key}", parts)
    if "keywords" in stated:
        stated["keywords"].texts("keywords")


def _schemas(node: Node, folder: Path, shown: str) -> dict[str, Schema]:
    schemas: dict[str, Schema] = {}
    for each in node.sequence("resources"):
        resource = each.mapping("a resource", ("name", "schema"))
        if set(resource) != {"name", "schema"}:
            raise each.refuse("a resource lacks a part", "{name: articles, schema: articles.yaml}")
        table, file = resource["name"].text("name"), resource["schema"].text("schema")
        if not NAME.match(table) or table in schemas or table == "schemas":
            raise resource["name"].refuse(f"table name {table!r}", "one of its own: lower-case letters, digits and _")
        if "/" in file or "\\" in file or file.startswith("."):
            raise resource["schema"].refuse(f"schema {file!r}", "a file beside this one, such as articles.yaml")
        schemas[table] = read_schema(folder / file, table, f"{shown}/{file}", folder.parents[1])
    if not schemas:
        raise node.refuse("no resources", "list at least one table: {name: articles, schema: articles.yaml}")
    references_resolve(schemas, shown)
    return schemas


def _sources(node: Node | None) -> tuple[str, ...]:
    if node is None:
        return ()
    if isinstance(node.value, Mapping):
        node = node.mapping("dstools:source", ("paths",)).get("paths", node)
    paths = node.texts("dstools:source")
    for path in paths:
        if "://" in path:
            raise node.refuse(f"the source {path!r}", "pages are read from files and folders: fetch them first")
    return paths


def _converter(node: Node | None) -> Converter | None:
    if node is None:
        return None
    if isinstance(node.value, str):
        return Converter(node.value, {})
    stated = node.mapping("dstools:converter", ("use", "options"))
    if "use" not in stated:
        raise node.refuse("dstools:converter does not say which", "{use: NAME, options: {…}}")
    options = stated["options"].mapping("options") if "options" in stated else {}
    return Converter(stated["use"].text("use"), {key: each.plain() for key, each in options.items()})


def _splits(node: Node | None, schemas: Mapping[str, Schema]) -> Splits | None:
    if node is None:
        return None
    stated = node.mapping("dstools:splits", ("table", "by", "seed", "shares"))
    for key in ("table", "by", "shares"):
        if key not in stated:
            raise node.refuse(
                f"dstools:splits lacks {key!r}", "{table: articles, by: article_id, shares: {train: 1.0}}"
            )
    table = stated["table"].choice("table", schemas)
    by = stated["by"].choice("by", schemas[table].names)
    if schemas[table].field(by).type in ("array", "object") or not schemas[table].field(by).required:
        raise stated["by"].refuse(f"splits by {by!r}", "a required field with plain values")
    followers(schemas, table)
    seed = stated["seed"].whole("seed") if "seed" in stated else 0
    return Splits(table, by, seed, _shares(stated["shares"]))


def _shares(node: Node) -> dict[str, float]:
    shares = {name: each.number("a share") for name, each in node.mapping("shares").items()}
    for name, share in shares.items():
        if not SPLIT_NAME.match(name):
            raise node.refuse(
                f"split name {name!r}", "letters, digits and _ (no hyphen): load_dataset refuses others", key=name
            )
        if not 0 < share <= 1:
            raise node.refuse(f"the share of {name} is {share}", "between 0 and 1", key=name)
    if not math.isclose(sum(shares.values()), 1):
        raise node.refuse(f"the shares add up to {sum(shares.values()):g}", "they add up to 1")
    return shares


def _budget(node: Node | None) -> Budget:
    if node is None:
        return Budget()
    stated = node.mapping("dstools:budget", ("pages", "records"))
    shares = {key: each.number(key) for key, each in stated.items()}
    for key, share in shares.items():
        if not 0 <= share <= 1:
            raise stated[key].refuse(f"the budget for {key} is {share}", "a share, from 0 to 1")
    return Budget(**shares)


def _shard_size(node: Node | None) -> int:
    if node is None:
        return 256 * 10**6
    if not isinstance(node.value, str) or not (size := _SIZE.match(node.value)):
        raise node.refuse(f"dstools:shard_size is {node.plain()!r}", "a size with its unit, such as 256MB")
    count = int(size[1]) * _SIZES[size[2]]
    if count < 1000:
        raise node.refuse(f"dstools:shard_size is {node.plain()}", "at least 1KB")
    return count


def _card(node: Node | None) -> dict[str, Any]:
    if node is None:
        return {}
    stated = node.mapping("dstools:card", ("language", "about"))
    if "language" in stated:
        stated["language"].texts("language")
    if "about" in stated:
        for key, each in stated["about"].mapping("about", ABOUT).items():
            each.text(key)
    return {key: each.plain() for key, each in stated.items()}


def every(root: Path, chosen: tuple[str, ...]) -> Iterator[Dataset]:
    """The chosen datasets, or all of the project where none is chosen."""
    for name in chosen or names(root):
        yield read_dataset(root, name)
