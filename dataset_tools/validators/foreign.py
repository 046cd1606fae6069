"""Data Packages and files that anybody made, as frictionless reads them: nothing is fetched, nothing leads outside."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from frictionless import FrictionlessException, Package, Resource, Schema
from frictionless.resources import FileResource, TableResource

from dataset_tools import contain
from dataset_tools.errors import PackageError
from dataset_tools.validators.errors import made
from dataset_tools.validators.keying import key_files
from dataset_tools.validators.paths import unread
from dataset_tools.validators.rows import ALL
from dataset_tools.validators.spec import Spec, of_descriptor
from dataset_tools.validators.tally import Error, Tally
from dataset_tools.validators.text import judge_table
from dataset_tools.validators.work import Found, Work

_STANDARD = ("https://datapackage.org/profiles/", "https://specs.frictionlessdata.io/schemas/")
_PROFILES = ("data-package", "tabular-data-package", "data-resource", "tabular-data-resource")
_SCHEMES = ("file", "multipart", "")  # others connect to somewhere
_FORMATS = (  # of tables; others connect to somewhere, or are none
    *("csv", "tsv", "json", "jsonl", "ndjson", "yaml", "parquet", "parq", "inline"),
    *("xlsx", "xls", "ods", "html", "sav", "zsav"),
)
_NAMING = ("package", "resource", "inquiry", "catalog")  # what frictionless would follow to other data
_DAMAGE = (EOFError, OSError, ValueError, RecursionError, csv.Error, zlib.error, BadZipFile)
_OF_ALL = ("hash-count", "byte-count", "row-count")
_NO_DATA = ("file", "text", "article", "document", "image", "script")
_KNOWN = "csv, tsv, jsonl, parquet, xlsx, …; .gz or .zip of a text; .json and .yaml of a package, or with --schema"
_PROMISED = ("bytes", "hash", "fields", "rows")


@dataclass(frozen=True, slots=True)
class Planned:
    """A resource of a package: what it is made of, and by what it is judged.

    `package` is a descriptor of this resource alone.
    """

    name: str
    place: str
    paths: tuple[str, ...]
    package: Mapping[str, Any]
    format: str = ""
    spec: Spec | None = None
    stated: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be judged of a package; its own errors, as frictionless writes them, where there are any."""

    errors: tuple[Error, ...] = ()
    resources: tuple[Planned, ...] = ()


def plan(task: tuple[Path, Mapping[str, Any]], _steps: contain.Steps) -> Plan:
    """In a child: the resources of a package whose descriptor is in a folder."""
    folder, stated = task
    if errors := [made("package-error", note) for note in _astray(folder, stated)]:
        return Plan(tuple(error.to_descriptor() for error in errors))
    try:
        return Plan(resources=tuple(_planned(folder, _plainly(stated))))
    except FrictionlessException as error:
        return Plan(tuple(each.to_descriptor() for each in error.to_errors()))


def _planned(folder: Path, stated: dict[str, Any]) -> Iterator[Planned]:
    """The resources in their order; frictionless looks into files while it reads a descriptor: so into these only."""
    given = stated["resources"] if isinstance(stated.get("resources"), list) else []
    away = [isinstance(each, Mapping) and any(unread(folder, path) for path in paths_of(each)) for each in given]
    near = {**stated, "resources": [each for each, gone in zip(given, away, strict=True) if not gone]}
    package = Package.from_descriptor(near if any(away) else stated, basepath=str(folder))
    package.to_descriptor(validate=True)
    resources = iter(package.resources)
    for number, (each, gone) in enumerate(zip(given, away, strict=True), 1):
        alone = {**stated, "resources": [each]}
        if gone:
            paths = tuple(paths_of(each))
            yield Planned(str(each.get("name", f"resource{number}")), ", ".join(paths), paths, alone)
        else:
            yield _one(next(resources), alone)


def _one(resource: Resource, package: Mapping[str, Any]) -> Planned:
    promised = {name: value for name in _PROMISED if (value := getattr(resource, name))}
    spec = None
    if isinstance(resource, TableResource) and resource.has_defined("schema"):
        spec = of_descriptor(resource.schema.to_descriptor(), str(resource.name))
    about = (str(resource.name), str(resource.place), tuple(map(str, resource.paths)))
    return Planned(*about, package, resource.format or "", spec, promised)


def _plainly(stated: Mapping[str, Any]) -> dict[str, Any]:
    """A descriptor without the profiles of the standard, which frictionless knows, and would fetch."""
    plain = _without_profile(stated)
    if isinstance(given := plain.get("resources"), list):
        plain["resources"] = [_without_profile(each) if isinstance(each, Mapping) else each for each in given]
    return plain


def _without_profile(stated: Mapping[str, Any]) -> dict[str, Any]:
    plain = {key: value for key, value in stated.items() if key not in ("profile", "profiles")}
    return plain | {key: stated[key] for key in ("profile",) if stated.get(key) in _PROFILES}


def _astray(folder: Path, stated: Mapping[str, Any]) -> Iterator[str]:
    """What a package names that frictionless would fetch, or read elsewhere, while it only reads descriptors."""
    yield from _profiles("", stated)
    resources = stated.get("resources", ())
    for number, each in enumerate(resources if isinstance(resources, list) else (), 1):
        if isinstance(each, Mapping):
            about = f' of resource "{each.get("name", number)}"'
            yield from _profiles(about, each)
            for key in ("schema", "dialect"):
                if isinstance(value := each.get(key), str) and (said := unread(folder, value)):
                    yield f"the {key}{about}: {said[1]}"


def _profiles(about: str, stated: Mapping[str, Any]) -> Iterator[str]:
    profiles = stated.get("profiles")
    for value in [stated.get("profile"), *(profiles if isinstance(profiles, list) else ())]:
        if isinstance(value, str) and value not in _PROFILES and not value.startswith(_STANDARD):
            yield f'"profile"{about} is "{value}", which is not fetched: leave it out, or name one of the standard'


def paths_of(stated: Mapping[str, Any]) -> Iterator[str]:
    """The paths that a resource names, wherever a descriptor of any version may have them."""
    for key in ("path", "url", "extrapaths"):
        value = stated.get(key)
        yield from (path for path in (value if isinstance(value, list) else [value]) if isinstance(path, str))


def judge_foreign(work: Work, tally: Tally) -> Found:
    """In a child: what frictionless finds in a resource, all of it in the tally."""
    try:
        resource = _resource(work)
        if not isinstance(resource, TableResource):
            return _file(resource, work, tally)
        if said := _connecting(resource):
            tally.add(said)
            return Found(work.name, work.place, work.table)
        report, whole = judge_table(resource, work.spec, tally, key_files(work), first=work.how.first)
        _whole(work, tally)
        return _told(work, report, tally, whole)
    except FrictionlessException as error:
        for each in error.to_errors():
            tally.add(each)
    except _DAMAGE as error:
        said = " ".join(str(error).split())[:200]
        tally.add(made("source-error", f"it cannot be read: {type(error).__name__}: {said}"))
    return Found(work.name, work.place, work.table)


def _resource(work: Work) -> Resource:
    if work.package is not None:
        package = Package.from_descriptor(dict(work.package), basepath=str(work.folder))
        return package.resources[0]
    kind = Resource if work.spec is None else TableResource  # frictionless takes JSON for a table only if it is told
    return kind(path=work.paths[0], basepath=str(work.folder))


def _whole(work: Work, tally: Tally) -> None:
    """Takes back what frictionless says of the whole of a file that was not read to its end."""
    of_all = [kind for kind in tally.counts if kind[0] in _OF_ALL]
    if work.how.first and len(of_all) < len(tally.counts):
        tally.kept = [error for error in tally.kept if error["type"] not in _OF_ALL]
        for kind in of_all:
            del tally.counts[kind]


def _connecting(resource: TableResource) -> Any:
    """The error of a scheme or a format that would connect to somewhere; None where it reads a file."""
    if (scheme := resource.scheme or "") not in _SCHEMES:
        return made("scheme-error", f'scheme "{scheme}" is not supported: only files are read')
    if (format := resource.format or "") not in _FORMATS:
        return made("format-error", f'format "{format}" is not supported')
    return None


def read_spec(task: tuple[Mapping[str, Any], str], _steps: contain.Steps) -> Spec | tuple[Error, ...]:
    """In a child: what a Table Schema judges by; its errors, as frictionless writes them, where it has some."""
    stated, table = task
    try:
        return of_descriptor(Schema.from_descriptor(dict(stated)).to_descriptor(), table)
    except FrictionlessException as error:
        return tuple(each.to_descriptor() for each in error.to_errors())


def _file(resource: Resource, work: Work, tally: Tally) -> Found:
    """A resource that is no table: its bytes and its hash; what describes other data is not followed."""
    if work.package is None and resource.datatype in _NO_DATA:
        raise PackageError(f'{work.place}: not judged: its format is "{resource.format}"', f"known: {_KNOWN}")
    if resource.datatype not in _NAMING:
        return _without_rows(resource, work, tally)
    said = f"a {resource.datatype} of its own, which is not followed to its data: name it yourself"
    if resource.path is None:
        return Found(work.name, work.place, work.table, resource.datatype, warnings=(said,))
    promised = {"bytes": resource.bytes, "hash": resource.hash}
    about = {name: value for name, value in promised.items() if value}
    plain = FileResource.from_descriptor({"name": work.name, "path": resource.path, **about}, basepath=str(work.folder))
    found = _without_rows(plain, work, tally)
    return replace(found, warnings=(*found.warnings, said))


def _without_rows(resource: Resource, work: Work, tally: Tally) -> Found:
    found = _told(work, resource.validate(limit_errors=ALL).to_descriptor(), tally, ())
    if work.package is None and resource.datatype == "json":
        return replace(found, warnings=("read as JSON, not as a table: its rows are judged by a --schema",))
    return found


def cells_of_table(work: Work, numbers: Sequence[int]) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """The names of the fields and the cells of some rows of a table, by their numbers, rising."""
    resource = _resource(work)
    assert isinstance(resource, TableResource)  # noqa: S101 - it has keys
    if work.spec is not None:
        resource.schema = Schema.from_descriptor(dict(work.spec.descriptor))
    with resource:
        names = tuple(field.name for field in resource.header.get_expected_fields())
        wanted = iter(numbers)
        next_one = next(wanted, None)
        for number, cells in resource.dialect.read_enumerated_content_stream(resource.cell_stream):
            if number == next_one:
                yield names, cells
                if (next_one := next(wanted, None)) is None:
                    return


def _told(work: Work, report: Mapping[str, Any], tally: Tally, whole: Sequence[str]) -> Found:
    from dataset_tools.validators.resource import slow

    for error in report["errors"]:
        tally.keep(error)
    if not report["tasks"]:
        return Found(work.name, work.place, work.table)
    task = report["tasks"][0]
    for error in task["errors"]:
        tally.keep(error)
    stats = {name: value for name, value in task["stats"].items() if name not in ("errors", "warnings", "seconds")}
    warnings = (*task["warnings"], *slow(whole))
    return Found(work.name, work.place, work.table, task["type"], tuple(task["labels"]), stats, warnings=warnings)
