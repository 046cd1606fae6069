"""Data Packages and files that anybody made, as frictionless reads them: nothing is fetched, nothing leads outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from frictionless import FrictionlessException, Package, Resource, Schema
from frictionless.resources import TableResource

from dataset_tools import contain
from dataset_tools.validators.errors import made
from dataset_tools.validators.keying import key_files
from dataset_tools.validators.rows import ALL
from dataset_tools.validators.spec import Spec, of_descriptor
from dataset_tools.validators.tally import Error, Tally
from dataset_tools.validators.text import judge_table
from dataset_tools.validators.work import Found, Work

_KNOWN = ("https://datapackage.org/profiles/", "https://specs.frictionlessdata.io/schemas/")
_PROFILES = ("data-package", "tabular-data-package", "data-resource", "tabular-data-resource", "table-schema")


@dataclass(frozen=True, slots=True)
class Planned:
    """A resource of a package: what it is made of, and by what it is judged."""

    name: str
    place: str
    paths: tuple[str, ...]
    format: str
    spec: Spec | None
    stated: Mapping[str, Any]


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
        package = Package.from_descriptor(dict(stated), basepath=str(folder))
        package.to_descriptor(validate=True)
        return Plan(resources=tuple(_planned(each) for each in package.resources))
    except FrictionlessException as error:
        return Plan(tuple(each.to_descriptor() for each in error.to_errors()))


def _astray(folder: Path, stated: Mapping[str, Any]) -> Iterator[str]:
    """What a package names that frictionless would fetch, or read elsewhere, while it only reads descriptors."""
    for key in ("profile", "$schema"):
        yield from _fetched(f'"{key}"', stated.get(key))
    for number, each in enumerate(stated.get("resources", ()), 1):
        if isinstance(each, str):
            yield from _elsewhere(folder, f"resource {number}", each)
            continue
        for key in ("schema", "dialect") if isinstance(each, Mapping) else ():
            if isinstance(value := each.get(key), str):
                yield from _elsewhere(folder, f'the {key} of resource "{each.get("name", number)}"', value)
        for part in (each, each.get("schema")) if isinstance(each, Mapping) else ():
            if isinstance(part, Mapping):
                for key in ("profile", "$schema"):
                    yield from _fetched(f'"{key}" of resource "{each.get("name", number)}"', part.get(key))


def _fetched(what: str, value: Any) -> Iterator[str]:
    if isinstance(value, str) and value not in _PROFILES and not value.startswith(_KNOWN):
        yield f'{what} is "{value}", which is not fetched: leave it out, or name a profile of the standard'


def _elsewhere(folder: Path, what: str, path: str) -> Iterator[str]:
    if "://" in path:
        yield f'{what} is "{path}", which is not fetched: put it beside the package'
    elif not _inside(folder, path):
        yield f'{what} is "{path}", which leads out of the package'


def _inside(folder: Path, path: str) -> bool:
    """Whether a path leads below the folder, links resolved."""
    return (folder / path).resolve().is_relative_to(folder.resolve())


def _planned(resource: Resource) -> Planned:
    paths = tuple(str(path) for path in [resource.path, *resource.extrapaths] if path is not None)
    stated = {key: value for key, value in (("bytes", resource.bytes), ("hash", resource.hash)) if value}
    spec = None
    if isinstance(resource, TableResource) and resource.has_defined("schema"):
        spec = of_descriptor(resource.schema.to_descriptor(), str(resource.name))
    return Planned(str(resource.name), str(resource.place), paths, resource.format or "", spec, stated)


def judge_foreign(work: Work, tally: Tally) -> Found:
    """In a child: what frictionless finds in a resource, all of it in the tally."""
    try:
        resource = _resource(work)
        if isinstance(resource, TableResource) and work.spec is None and work.format in ("parquet", "parq"):
            return _without_schema(resource, work, tally)
        if not isinstance(resource, TableResource):
            return _file(resource, work, tally)
        report, whole = judge_table(resource, work.spec, tally, key_files(work), first=work.how.first)
        return _told(work, report, tally, whole)
    except FrictionlessException as error:
        for each in error.to_errors():
            tally.add(each)
        return Found(work.name, work.place, work.table)


def _resource(work: Work) -> Resource:
    if work.package is not None:
        package = Package.from_descriptor(dict(work.package), basepath=str(work.folder))
        return package.get_resource(work.name)
    return Resource(path=work.paths[0], basepath=str(work.folder))


def _without_schema(resource: TableResource, work: Work, tally: Tally) -> Found:
    """Parquet without a schema is judged by the one that frictionless infers: our plug-in gives it Arrow's types."""
    report, whole = judge_table(resource, None, tally, None, first=work.how.first)
    return _told(work, report, tally, whole)


def read_spec(task: tuple[Mapping[str, Any], str], _steps: contain.Steps) -> Spec | tuple[Error, ...]:
    """In a child: what a Table Schema judges by; its errors, as frictionless writes them, where it has some."""
    stated, table = task
    try:
        return of_descriptor(Schema.from_descriptor(dict(stated)).to_descriptor(), table)
    except FrictionlessException as error:
        return tuple(each.to_descriptor() for each in error.to_errors())


def _file(resource: Resource, work: Work, tally: Tally) -> Found:
    """A resource that is no table: its bytes and its hash."""
    report = resource.validate(limit_errors=ALL)
    for error in [*report.errors, *(error for task in report.tasks for error in task.errors)]:
        tally.add(error)
    return _told(work, report.to_descriptor(), tally, ())


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
