"""Data Packages and Table Schemas that others wrote: their faults, by the standard (Data Package v2), without our keys.

They can be checked and validated, not built. Properties with a prefix (`x:y`) are custom, as the standard allows; any
other unknown property is a warning, since it may be misspelt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dataset_tools.document import Node, nearest, read
from dataset_tools.errors import SchemaError
from dataset_tools.issue import Issue

_PACKAGE = (
    *("$schema", "profile", "name", "id", "licenses", "title", "description", "homepage", "image", "version"),
    *("created", "keywords", "contributors", "sources", "resources"),
)
_RESOURCE = (
    *("$schema", "profile", "name", "type", "path", "data", "schema", "dialect", "title", "description", "format"),
    *("mediatype", "encoding", "bytes", "hash", "sources", "licenses", "homepage"),
)
_SCHEMA = (
    *("$schema", "profile", "name", "title", "description", "homepage", "keywords", "version", "created", "examples"),
    *("fields", "fieldsMatch", "missingValues", "primaryKey", "uniqueKeys", "foreignKeys", "contributors"),
)
_FIELD = (
    *("name", "type", "format", "title", "description", "example", "examples", "rdfType", "constraints", "categories"),
    *("categoriesOrdered", "missingValues", "trueValues", "falseValues", "decimalChar", "groupChar", "bareNumber"),
    *("delimiter", "itemType", "arrayItem"),
)
_ANY = {"required", "unique", "enum"}
_RANGE = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
_LENGTH = {"minLength", "maxLength"}
# Table Schema v2, "Field Types" and "Field Constraints"
_TYPES: dict[str, set[str]] = {
    **{"string": _ANY | _LENGTH | {"pattern"}, "boolean": _ANY, "any": _ANY, "geopoint": _ANY},
    **dict.fromkeys(("number", "integer", "date", "time", "datetime", "year", "yearmonth", "duration"), _ANY | _RANGE),
    **dict.fromkeys(("object", "array", "geojson"), _ANY | _LENGTH | {"jsonSchema"}),
    "list": _ANY | _LENGTH,
}
_ALL = {name for names in _TYPES.values() for name in names} | {"pattern"}


def faults(path: Path, shown: str) -> list[Issue]:
    """What is wrong with a Data Package or a Table Schema file; nothing is fetched, and no data is read."""
    try:
        root = read(path, shown)
        stated = root.mapping("the file")
        if "resources" in stated:
            return list(_package(root, path.parent))
        if "fields" in stated:
            return list(_schema(root))
    except SchemaError as error:
        return [as_issue(error, shown)]
    return [_issue(root, "not-a-descriptor", "neither resources nor fields", "a Data Package or a Table Schema")]


def as_issue(error: SchemaError, shown: str) -> Issue:
    """A refusal as an issue at its place; `shown` names the file where the refusal names none."""
    if error.place is None:
        return Issue("descriptor", error.message, shown, hint=error.hint)
    file, line, column = error.place
    message = error.message.removeprefix(f"{file}:{line}:{column}: ")
    return Issue("descriptor", message, file, line=line, column=column, hint=error.hint)


def _issue(node: Node, reason: str, message: str, hint: str, *, key: str = "", level: str = "error") -> Issue:
    line, column = node.keys.get(key, (node.line, node.column))
    return Issue(reason, message, node.file, line=line, column=column, hint=hint, level=level)


def _package(root: Node, folder: Path) -> Iterator[Issue]:
    stated = root.mapping("the package")
    yield from _unknown(root, "a package", _PACKAGE)
    names = []
    for each in stated["resources"].sequence("resources"):
        resource = each.mapping("a resource")
        yield from _unknown(each, "a resource", _RESOURCE)
        if "name" not in resource:
            yield _issue(each, "no-name", "a resource has no name", "the standard asks for one")
        elif (name := resource["name"].text("name")) in names:
            yield _issue(resource["name"], "name-twice", f"two resources are called {name!r}", "rename one of them")
        else:
            names.append(name)
        if not {"path", "data"} & set(resource):
            yield _issue(each, "no-data", "a resource has neither path nor data", "say where its data is")
        if "schema" in resource:
            yield from _resource_schema(resource["schema"], folder)
    yield from _references(stated["resources"], names)


def _resource_schema(node: Node, folder: Path) -> Iterator[Issue]:
    if isinstance(node.value, Mapping):
        yield from _schema(node)
        return
    path = node.text("schema")
    if "://" in path:
        yield _issue(node, "remote-schema", f"the schema {path} is not read", "nothing is fetched", level="note")
    elif not (place := folder / path).resolve().is_relative_to(folder.resolve()):
        yield _issue(node, "path", f"the schema {path} leads out of the package", "put it beside the package")
    elif not place.is_file():
        yield _issue(node, "missing-file", f"the schema {path} is missing", "paths count from the descriptor's folder")
    else:
        shown = (Path(node.file).parent / path).as_posix()
        yield from _schema(read(place, shown))


def _schema(root: Node) -> Iterator[Issue]:
    stated = root.mapping("a table schema")
    yield from _unknown(root, "a table schema", _SCHEMA)
    if "fields" not in stated:
        yield _issue(root, "no-fields", "no fields", "a table schema lists its fields")
        return
    names: list[str] = []
    for number, each in enumerate(stated["fields"].sequence("fields"), 1):
        yield from _field(each, f"field {number}", names)
    for key in ("primaryKey", "uniqueKeys", "foreignKeys"):
        if key in stated:
            yield from _keys(stated[key], key, names)


def _field(node: Node, what: str, names: list[str]) -> Iterator[Issue]:
    stated = node.mapping(what)
    yield from _unknown(node, what, _FIELD)
    if "name" not in stated:
        yield _issue(node, "no-name", f"{what} has no name", "give it one: name: title")
        return
    name = stated["name"].text("name")
    if name in names:
        yield _issue(node, "name-twice", f'two fields are called "{name}"', "rename one of them")
    names.append(name)
    kind = stated["type"].text("type") if "type" in stated else "string"
    if kind not in _TYPES:
        yield _issue(stated["type"], "type", f'field "{name}" has type "{kind}"', nearest(kind, _TYPES))
    elif "constraints" in stated:
        yield from _constraints(stated["constraints"], name, kind)


def _constraints(node: Node, name: str, kind: str) -> Iterator[Issue]:
    stated = node.mapping(f'constraints of "{name}"')
    for key, each in stated.items():
        if key not in _ALL:
            message = f'unknown constraint {key!r} on field "{name}"'
            yield _issue(node, "constraint", message, nearest(key, _ALL), key=key)
        elif key not in _TYPES[kind]:
            hint = f"it is for: {', '.join(sorted(k for k, names in _TYPES.items() if key in names))}"
            yield _issue(each, "constraint", f'{key} on field "{name}" of type "{kind}"', hint)
        elif key == "pattern":
            yield from _pattern(each)
    for low, high in (("minimum", "maximum"), ("minLength", "maxLength")):
        bounds: list[Any] = [stated[key].plain() for key in (low, high) if key in stated]
        if len(bounds) == 2 and _numbers(*bounds) and bounds[0] > bounds[1]:
            message = f"{low} {bounds[0]} is larger than {high} {bounds[1]}"
            yield _issue(stated[low], "constraint", message, "no value can meet both")


def _numbers(*values: Any) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _pattern(node: Node) -> Iterator[Issue]:
    try:
        re.compile(node.text("pattern"))
    except (re.error, RecursionError, OverflowError) as error:
        yield _issue(node, "constraint", f"pattern does not compile: {error}", "it is a regular expression")


def _keys(node: Node, what: str, names: list[str]) -> Iterator[Issue]:
    if what == "primaryKey":
        keys = [node]
    elif what == "uniqueKeys":
        keys = list(node.sequence(what))
    else:
        parts = [each.mapping("a foreign key") for each in node.sequence(what)]
        keys = [part["fields"] for part in parts if "fields" in part]
    for key in keys:
        for name in key.texts(what):
            if name not in names:
                yield _issue(key, "key", f"{what} names the field {name!r}", nearest(name, names))


def _references(resources: Node, names: list[str]) -> Iterator[Issue]:
    for each in resources.sequence("resources"):
        schema = each.mapping("a resource").get("schema")
        if schema is None or not isinstance(schema.value, Mapping) or "foreignKeys" not in schema.value:
            continue
        for key in schema.value["foreignKeys"].sequence("foreignKeys"):
            reference = key.mapping("a foreign key").get("reference")
            resource = reference.mapping("reference").get("resource") if reference else None
            if resource is not None and resource.plain() not in ("", *names):
                wanted = resource.text("resource")
                message = f"a foreign key references the resource {wanted!r}"
                yield _issue(resource, "key", message, nearest(wanted, names))


def _unknown(node: Node, what: str, known: tuple[str, ...]) -> Iterator[Issue]:
    for key in node.mapping(what):
        if key not in known and ":" not in key:
            hint = nearest(key, known)
            hint = hint if hint.startswith("did") else "a property of your own has a prefix: my:property"
            yield _issue(node, "unknown-key", f"unknown key {key!r} in {what}", hint, key=key, level="warning")
