"""Validation of a package or a file: hashes, every row by Frictionless, keys over all files, loadability.

It runs no code and fetches nothing that the caller did not name.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from dataset_tools import contain
from dataset_tools.document import MAX_DEPTH, read
from dataset_tools.errors import PackageError, SchemaError
from dataset_tools.issue import Issue
from dataset_tools.remote import fetched, is_remote
from dataset_tools.schema import parse_schema
from dataset_tools.standard import faults
from dataset_tools.validators.issues import issue_of, issues_of
from dataset_tools.validators.judging import judge, referenced
from dataset_tools.validators.spec import Spec, of_descriptor, of_schema
from dataset_tools.validators.tally import Error
from dataset_tools.validators.work import Found, How, Work

if TYPE_CHECKING:
    from dataset_tools.package import Package

DESCRIPTORS = ("datapackage.json", "datapackage.yaml", "datapackage.yml")
MOST = 20  # errors of each rule of a resource that are told one by one
_DESCRIBING = {"resources", "path", "data"}  # as frictionless tells a package or a resource from data
_HINT = "the file may be damaged"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What validation found: `found` in each resource, `errors` beside them; no error in a sound package.

    Errors are as frictionless writes them. `package` is there where it is one of ours; `unjudged` are its rules that
    name code, which is never run for a package.
    """

    target: str
    found: tuple[Found, ...]
    errors: tuple[Error, ...] = ()
    package: Package | None = None
    seconds: float = 0.0

    @property
    def valid(self) -> bool:
        return not self.total

    @property
    def total(self) -> int:
        """All errors, with those that are counted only."""
        return len(self.errors) + sum(each.total for each in self.found)

    @property
    def rows(self) -> int:
        return sum(int(each.stats.get("rows", 0)) for each in self.found)

    @property
    def unjudged(self) -> tuple[str, ...]:
        schemas = self.package.schemas.values() if self.package else ()
        return tuple(dict.fromkeys(use for schema in schemas for use in schema.unjudged))

    @property
    def issues(self) -> tuple[Issue, ...]:
        """Every error that is listed, as other reports have it."""
        return tuple(self._issues())

    def _issues(self) -> Iterator[Issue]:
        yield from (issue_of(error, self.target, None) for error in self.errors)
        for each in self.found:
            schema = self.package.schemas[each.table] if self.package else None
            for error in each.errors:
                if schema is not None:
                    yield from issues_of(error, schema, each.place)
                else:
                    yield issue_of(error, each.place, each.table)


def validate(
    target: str | Path, schema: Path | None = None, *, workers: int = 1, most: int = MOST, first: bool = False
) -> Verdict:
    """Judges a package (its folder or its descriptor), or a file by a schema; local, or a URL that fsspec reads.

    At most `most` errors of each rule of a resource are listed, all are counted; `first` stops after the first error.
    Raises PackageError where there is nothing to judge, SchemaError where the schema can't be read.
    """
    begun = time.monotonic()
    name = str(target)
    with ExitStack() as stack:
        place = stack.enter_context(fetched(name)) if is_remote(name) else Path(name)
        scratch = Path(stack.enter_context(TemporaryDirectory(prefix="dstools-")))
        how = How(most, first, scratch, (secrets.randbits(64), secrets.randbits(64)))
        verdict = _Judge(name, workers, how).of(place, schema)
    return replace(verdict, seconds=time.monotonic() - begun)


@dataclass(frozen=True, slots=True)
class _Judge:
    target: str
    workers: int
    how: How

    def of(self, place: Path, schema: Path | None) -> Verdict:
        descriptor = _descriptor(place)
        if descriptor is None:
            return self._file(place, schema)
        if schema is not None:
            raise PackageError(f"{self.target}: a package has schemas of its own", "leave --schema out")
        stated = _stated(descriptor)
        if "dstools:tables" in stated:
            return self._ours(descriptor.parent)
        return self._foreign(descriptor.parent, stated)

    def _ours(self, folder: Path) -> Verdict:
        from dataset_tools.package import altered, read_package

        package = read_package(folder)
        wrong = list(altered(package, shards=False))
        missing = {issue.path for issue in wrong}
        specs = referenced({table: of_schema(schema) for table, schema in package.schemas.items()})
        works = [
            Work(
                *(self.how, number, _slug(each.path), each.path, each.table, package.folder, (each.path,), "parquet"),
                *(*specs[each.table], None),
                {"bytes": each.size, "hash": f"sha256:{each.sha256}", "rows": each.rows},
            )
            for number, each in enumerate(package.resources)
            if each.path not in missing
        ]
        found = judge(works, self.workers, keys="never" if missing else "sound")
        damaged = missing | {each.place for each in found if each.total}
        loads = contain.surely(_loads, package.folder, f"{self.target}: its reader died", _HINT, near=True)
        beside = [*_errors("package-file", wrong), *_errors("loadable", (i for i in loads if i.path not in damaged))]
        return Verdict(self.target, found, tuple(beside), package)

    def _foreign(self, folder: Path, stated: Mapping[str, Any]) -> Verdict:
        plan = contain.surely(_plan, (folder, stated), f"{self.target}: its reader died", _HINT, near=True)
        if plan.errors:
            return Verdict(self.target, (), plan.errors)
        specs = referenced({each.name: each.spec for each in plan.resources if each.spec is not None})
        works = []
        for number, each in enumerate(plan.resources):
            spec, keys = specs.get(each.name, (None, ()))
            told = (self.how, number, each.name, each.place, each.name, folder, each.paths, each.format)
            works.append(Work(*told, spec, keys, each.package, each.stated))
        return Verdict(self.target, judge(works, self.workers))

    def _file(self, place: Path, schema: Path | None) -> Verdict:
        if not place.is_file():
            raise PackageError(f"{self.target}: no such file or folder", "name a package, or a file")
        given = None if schema is None else _spec(schema, place.stem)
        if isinstance(given, tuple):
            return Verdict(self.target, (), given)
        specs = {} if given is None else referenced({place.stem: given})
        kind = place.suffix.lstrip(".").lower()
        name, path = _slug(place.name), (place.name,)
        work = Work(self.how, 0, name, self.target, place.stem, place.parent, path, kind, *specs.get(place.stem, ()))
        return Verdict(self.target, judge([work], self.workers))


def _descriptor(place: Path) -> Path | None:
    """The descriptor of a package: in a folder, or the file itself, where it is one."""
    if place.is_dir():
        for name in DESCRIPTORS:
            if (place / name).is_file():
                return place / name
        raise PackageError(f"{place / DESCRIPTORS[0]}: no such file", "is it a package? build one with: dstools build")
    if place.suffix not in (".json", ".yaml", ".yml") or not place.is_file():
        return None
    if place.name in DESCRIPTORS:
        return place
    try:
        stated = read(place).mapping("the file")
    except SchemaError:
        return None  # a file of data
    return place if _DESCRIBING & set(stated) and "packages" not in stated else None


def _stated(path: Path) -> Mapping[str, Any]:
    """A package's descriptor; that of a resource is one of a package with this resource."""
    stated = _plain(path)
    if not isinstance(stated, Mapping):
        raise PackageError(f"{path}: not a Data Package", "its descriptor is an object with resources")
    if "resources" not in stated and path.name not in DESCRIPTORS:
        return {"resources": [stated]}
    return stated


def _plain(path: Path) -> Any:
    """What a JSON or YAML file says; a descriptor of many resources may be larger than what a person writes."""
    import json

    try:
        value = json.loads(path.read_text("utf-8-sig")) if path.suffix == ".json" else read(path).plain()
    except (ValueError, RecursionError) as error:
        raise PackageError(f"{path}: cannot be read: {error}", "it is JSON, or YAML") from error
    except OSError as error:
        raise PackageError(f"{path}: {error.strerror}", "name a file that can be read") from error
    if not _is_flat(value):
        raise PackageError(f"{path}: more than {MAX_DEPTH} levels of nesting", "make it flatter")
    return value


def _is_flat(value: Any) -> bool:
    """Whether what others recurse into is of a depth that they can."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        values = [list(each.values()) if isinstance(each, dict) else each for each in level]
        level = [inner for each in values if isinstance(each, list) for inner in each]
        if not level:
            return True
    return False


def _spec(path: Path, table: str) -> Spec | tuple[Error, ...]:
    """What a schema file judges by; its errors, as frictionless writes them, where it has some."""
    stated = _plain(path)
    if not isinstance(stated, Mapping):
        raise PackageError(f"{path}: not a Table Schema", "it is an object with fields")
    if "dstools:" in str(stated):
        return of_schema(parse_schema(read(path), table))
    if "foreignKeys" not in stated and not [fault for fault in faults(path, str(path)) if fault.level != "note"]:
        return of_descriptor(stated, table)
    task = stated, table
    given: Spec | tuple[Error, ...] = contain.surely(_read_spec, task, f"{path}: its reader died", _HINT, near=True)
    return given


def _errors(type: str, issues: Iterable[Issue]) -> Iterator[Error]:
    for issue in issues:
        from dataset_tools.validators.errors import made

        yield made(type, f"{issue.reason}: {issue.message}").to_descriptor()


def _slug(place: str) -> str:
    """A resource's name (Data Package, "name"): lower-case, with - . _ and / in it."""
    return re.sub(r"[^-a-z0-9._/]+", "-", place.lower()).strip("-") or "resource"


# What runs in children, with what only they import


def _plan(task: Any, steps: contain.Steps) -> Any:
    from dataset_tools.validators.foreign import plan

    return plan(task, steps)


def _read_spec(task: Any, steps: contain.Steps) -> Any:
    from dataset_tools.validators.foreign import read_spec

    return read_spec(task, steps)


def _loads(folder: Path, _steps: contain.Steps) -> list[Issue]:
    from dataset_tools.validators import loadable

    return loadable.judge(folder)
