"""Frictionless pronounces on rows, each under its own number; every error is counted, the first are kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from frictionless import Check, Checklist, Detector, Dialect, FrictionlessException, errors
from frictionless.resources import TableResource

from dataset_tools.dialects.frictionless import expressible
from dataset_tools.errors import PackageError
from dataset_tools.members import keeps, member_faults
from dataset_tools.schema import Schema
from dataset_tools.validators.errors import CategoriesError, MemberError, RuleError
from dataset_tools.validators.spec import Key, Spec
from dataset_tools.validators.tally import Tally

ALL = 10**9  # frictionless stops reading at its limit of errors: so there is none
_RESOURCE_2 = "https://datapackage.org/profiles/2.0/dataresource.json"


class Cells(list[Any]):
    """The cells of a row that knows its number: frictionless counts from 1, and a header is row 1."""

    number: int

    def __init__(self, number: int, cells: Iterable[Any]) -> None:
        super().__init__(cells)
        self.number = number


def pronounce(spec: Spec, labels: Sequence[str], rows: Iterable[Cells], tally: Tally) -> None:
    """Frictionless's verdict on a header and some rows, added to the tally; rows are taken one by one."""
    resource = _resource(spec)
    resource.data = _lazily(labels, rows)
    resource.detector = Detector(sample_size=1)  # for more, rows would be sought before one is judged
    resource.dialect = _Numbered()
    report = resource.validate(checklist(spec, tally), limit_errors=ALL)
    for error in [*report.errors, *(error for task in report.tasks for error in task.errors)]:
        tally.add(error)  # of the schema itself: then no row was read


def _resource(spec: Spec) -> TableResource:
    return TableResource.from_descriptor(
        {"$schema": _RESOURCE_2, "name": "rows", "data": [], "schema": dict(spec.descriptor)}
    )


def paired(spec: Spec, labels: Sequence[str]) -> list[str]:
    """The name of the field that frictionless pairs with each label; its own, where there is none.

    A blank one is a space, as polars has no column without a name. Raises PackageError where it can't pair them.
    """
    resource = _resource(spec)
    resource.data = [list(labels)]
    try:
        with resource:
            return [field.name or " " for field in resource.header.get_expected_fields()]
    except FrictionlessException as error:
        raise PackageError(error.error.note, "name each column once") from error


def _lazily(labels: Sequence[str], rows: Iterable[Cells]) -> Iterator[list[Any]]:
    yield list(labels)
    yield from rows


class _Numbered(Dialect):
    """Rows that bring their numbers with them."""

    def read_enumerated_content_stream(self, cell_stream: Iterable[Any]) -> Iterator[tuple[int, list[Any]]]:
        for cells in islice(cell_stream, 1, None):
            yield cells.number, cells


def checklist(spec: Spec, tally: Tally) -> Checklist:
    """What frictionless checks by itself, and what it has no word for; each error goes to the tally."""
    checks: list[Check] = [] if spec.ours is None else [_Promises(spec.ours)]
    checks += [_NoKey(key) for key in spec.keys if key.kind == "primary-key"]
    if any("categories" in field for field in spec.stated["fields"]):
        checks.append(_Categories(spec))
    made = _Tallying(checks=checks)
    made.tally, made.plain = tally, {name: re.compile(f"^{pattern}$") for name, pattern in spec.plain.items()}
    return made


class _Tallying(Checklist):
    """Counts each error and leaves frictionless none to hold, so that memory does not grow with them."""

    tally: Tally
    plain: dict[str, re.Pattern[str]]

    def match(self, error: Any) -> bool:
        self.tally.add(error)
        if isinstance(error, errors.ConstraintError) and error.note.startswith('constraint "pattern"'):
            plain = self.plain.get(error.field_name)
            if plain is not None and plain.match(error.cell):
                self.tally.fuller[error.field_name] += 1
        return False


class _Promises(Check):
    """What Table Schema has no word for: row rules, constraints of bytes, and those within lists and structs."""

    type = "dstools-promises"
    Errors = [RuleError, MemberError, errors.ConstraintError]  # noqa: RUF012 - frictionless reads it from the class

    def __init__(self, schema: Schema) -> None:
        super().__init__()
        self._schema = schema
        self._nested = [field for field in schema.fields if field.items or field.fields]
        constraints = ((field, each) for field in schema.fields for each in field.constraints)
        self._own = [(field, each) for field, each in constraints if not expressible(field, each)]

    def validate_row(self, row: Any) -> Iterator[errors.RowError]:
        for rule in self._schema.rules:
            if not rule.predicate(row):
                yield RuleError.at(row, rule.fields[0], f'rule "{rule.name}": {rule.says}')
        for field, constraint in self._own:
            if not keeps(row[field.name], field, constraint):
                note = f'constraint "{constraint.name}" is "{constraint.value}"'
                yield errors.ConstraintError.from_row(row, note=note, field_name=field.name)
        for field in self._nested:
            for path, reason in member_faults(row[field.name], field):
                yield MemberError.at(row, path, f'constraint "{reason}"')


class _NoKey(Check):
    """A primary key of nulls alone; the others are judged over all rows."""

    type = "dstools-no-key"
    Errors = [errors.PrimaryKeyError]  # noqa: RUF012 - frictionless reads it from the class

    def __init__(self, key: Key) -> None:
        super().__init__()
        self._names = key.fields

    def validate_row(self, row: Any) -> Iterator[errors.RowError]:
        if all(name in row and row[name] is None for name in self._names):
            note = 'cells composing the primary keys are all "None"'
            yield errors.PrimaryKeyError.from_row(row, note=note)


class _Categories(Check):
    """Table Schema v2, "categories": a value is one of them."""

    type = "dstools-categories"
    Errors = [CategoriesError]  # noqa: RUF012 - frictionless reads it from the class

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self._allowed = {
            field["name"]: [each["value"] if isinstance(each, dict) else each for each in field["categories"]]
            for field in spec.stated["fields"]
            if "categories" in field
        }

    def validate_row(self, row: Any) -> Iterator[errors.RowError]:
        for name, allowed in self._allowed.items():
            if name in row and row[name] is not None and row[name] not in allowed:
                yield CategoriesError.at(row, name, f'"{row[name]}"')
