"""The check of descriptors: faults, changes since a base, whether the version says so, what the card leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataset_tools.bases.find import Base, read_base
from dataset_tools.dataset import ABOUT, DESCRIPTOR, Dataset, read_dataset
from dataset_tools.errors import SchemaError
from dataset_tools.evolution.changes import Change, changes
from dataset_tools.evolution.versions import raised_enough, required_version
from dataset_tools.issue import Issue
from dataset_tools.places import Places, read_places
from dataset_tools.schema import read_schema
from dataset_tools.standard import as_issue, faults

_LEVELS = {"breaking": "warning", "compatible": "note", "cosmetic": "note"}
_EXPECTED = ("created", "title", "description", "licenses", "sources", "contributors", "keywords", "homepage")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found; `required` has the lowest version for each dataset that was compared."""

    issues: tuple[Issue, ...]
    files: tuple[str, ...]
    required: Mapping[str, str]

    @property
    def failed(self) -> bool:
        return any(issue.level == "error" for issue in self.issues)


def check_dataset(root: Path, name: str, base: str | None, environment: Mapping[str, str], *, strict: bool) -> Checked:
    """The faults of a dataset; without any, its changes against `base` and, if strict, the gaps of its card.

    Raises SchemaError where the base cannot be read.
    """
    files = tuple(f"schemas/{name}/{path.name}" for path in sorted((root / "schemas" / name).glob("*.y*ml")))
    try:
        dataset = read_dataset(root, name)
    except SchemaError as error:
        return Checked(tuple(_faults(root, name, error)), files, {})
    if missing := list(_missing_code(dataset)):
        return Checked(tuple(missing), files, {})
    places = read_places(root / "schemas" / name, f"schemas/{name}")
    issues: list[Issue] = []
    required = {}
    if base is not None and (held := read_base(base, root, name, environment)) is not None:
        issues += (_change(each) for each in changes(held.described, dataset, places))
        since = changes(held.released, dataset, places)
        required[name] = required_version(held.released.version, since)
        issues += _version(dataset, held, since, places)
    elif base is not None:
        place = places.of()
        issues.append(Issue("new", f"{name} is not in {base}", place.file, line=place.line, column=1, level="note"))
    if strict:
        issues += _gaps(dataset, places)
    return Checked(tuple(sorted(issues, key=_order)), files, required)


def check_file(path: Path, shown: str) -> Checked:
    """The faults of a Data Package or Table Schema file that anybody wrote."""
    return Checked(tuple(faults(path, shown)), (shown,), {})


def together(checked: Sequence[Checked]) -> Checked:
    """Several results as one."""
    required = {name: version for each in checked for name, version in each.required.items()}
    issues = tuple(issue for each in checked for issue in each.issues)
    return Checked(issues, tuple(file for each in checked for file in each.files), required)


def _faults(root: Path, name: str, first: SchemaError) -> Iterator[Issue]:
    """The fault that reading stopped at, and those of the other files."""
    shown = f"schemas/{name}"
    found = as_issue(first, f"{shown}/{DESCRIPTOR}")
    yield found
    for path in sorted((root / shown).glob("*.y*ml")):
        if path.name != DESCRIPTOR and f"{shown}/{path.name}" != found.path:
            try:
                read_schema(path, path.stem, f"{shown}/{path.name}", root)
            except SchemaError as error:
                yield as_issue(error, f"{shown}/{path.name}")


def _missing_code(dataset: Dataset) -> Iterator[Issue]:
    """Rules whose file is not there; their code is not run."""
    for table, schema in dataset.schemas.items():
        for root, use in (rule.code for rule in schema.rules if rule.code):
            if not (root / use.partition(":")[0]).is_file():
                file = f"schemas/{dataset.name}/{table}"
                yield Issue(
                    "rule", f"{file}: rule {use}: no such file", table=table, hint="a path below the project's root"
                )


def _change(change: Change) -> Issue:
    where = ".".join(part for part in (change.table, change.field) if part)
    message = f"{change.kind}: {where}: {change.message}" if where else f"{change.kind}: {change.message}"
    return Issue(
        change.rule,
        message,
        path=change.file,
        table=change.table or None,
        field=change.field or None,
        line=change.line,
        column=change.column,
        level=_LEVELS[change.kind],
    )


def _version(dataset: Dataset, base: Base, since: Sequence[Change], places: Places) -> Iterator[Issue]:
    released = base.released.version
    if raised_enough(released, dataset.version, since):
        return
    wanted = required_version(released, since)
    counts = {kind: sum(each.kind == kind for each in since) for kind in _LEVELS}
    said = ", ".join(f"{number} {kind}" for kind, number in counts.items() if number)
    place = places.of(key="version")
    message = f"version {dataset.version} is too low: {said or 'nothing'} changed since {released}"
    yield Issue(
        *("version", message, place.file), line=place.line, column=place.column, hint=f"raise it to {wanted} or higher"
    )


def _gaps(dataset: Dataset, places: Places) -> Iterator[Issue]:
    """What the card will say `Not stated` to."""
    for key in _EXPECTED:
        if key not in dataset.stated:
            yield _gap(places.of(), f"{key} is not stated")
    about = dataset.card.get("about", {})
    place = places.of(key="dstools:card.about")
    yield from (_gap(place, f"about.{key} is not stated") for key in ABOUT if key not in about)
    if "language" not in dataset.card:
        yield _gap(places.of(key="dstools:card"), "language is not stated")
    for table, schema in dataset.schemas.items():
        if not schema.description:
            yield _gap(places.of(table), f"table {table} has no description")
        for field in schema.fields:
            if not field.description:
                yield _gap(places.of(table, field.name), f"{table}.{field.name} has no description")


def _gap(place: Any, message: str) -> Issue:
    hint = "state it, if you know it: the card says so otherwise"
    return Issue("not-stated", message, place.file, line=place.line, column=place.column, level="warning", hint=hint)


def _order(issue: Issue) -> tuple[str, int, int]:
    return issue.path or "", issue.line or 0, issue.column or 0
