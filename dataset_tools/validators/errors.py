"""Errors that Frictionless has no type for: what it ignores of the standard, and what our schemas promise beyond it."""

from __future__ import annotations

from typing import Any

import attrs
from frictionless import errors, system


@attrs.define(kw_only=True, repr=False)
class _NamedError(errors.RowError):
    """An error of a row at a field, or at a member of one (`paragraphs[]`, `place.city`)."""

    field_name: str
    """The field, or the path of the member."""

    metadata_profile_patch = {"properties": {"fieldName": {"type": "string"}}}  # noqa: RUF012 - frictionless reads it

    @classmethod
    def at(cls, row: Any, field: str, note: str) -> Any:
        cells = ["" if cell is None else str(cell) for cell in row.cells]
        return cls(note=note, cells=cells, row_number=row.row_number, field_name=field)


class UniqueKeysError(_NamedError):
    type = "unique-keys"
    title = "Unique Keys Error"
    description = "The values of a unique key stand in more than one row (Table Schema v2, uniqueKeys)"
    template = 'Row at position "{rowNumber}" violates the unique key of the fields "{fieldName}": {note}'


class CategoriesError(_NamedError):
    type = "categories"
    title = "Categories Error"
    description = "A value is none of its field's categories (Table Schema v2, categories)"
    template = 'The cell in row at position "{rowNumber}" and field "{fieldName}" is none of its categories: {note}'


class RuleError(_NamedError):
    type = "rule"
    title = "Rule Error"
    description = "A row breaks a rule of its schema (dstools:rules)"
    template = 'Row at position "{rowNumber}" breaks a rule at field "{fieldName}": {note}'


class MemberError(_NamedError):
    type = "member"
    title = "Member Error"
    description = "A member of a list or a struct breaks its constraint (dstools:items, dstools:fields)"
    template = 'A member "{fieldName}" in row at position "{rowNumber}" does not conform to a constraint: {note}'


class ColumnsError(errors.TableError):
    type = "columns"
    title = "Columns Error"
    description = "A Parquet file has other columns, or columns of another Arrow type, than its schema says"
    template = "The columns are not those of the schema: {note}"


class PackageFileError(errors.FileError):
    type = "package-file"
    title = "Package File Error"
    description = "A file of the package is missing, altered, or not in the descriptor"
    template = "The package is not as its descriptor says: {note}"


class LoadableError(errors.FileError):
    type = "loadable"
    title = "Loadable Error"
    description = "load_dataset would fail, or load something else than the card says"
    template = "load_dataset would not give what the card says: {note}"


_OURS = (UniqueKeysError, CategoriesError, RuleError, MemberError, ColumnsError, PackageFileError, LoadableError)
ERRORS: dict[str, Any] = {each.type: each for each in _OURS}


def made(type: str, note: str) -> Any:
    """An error of a file or a package, of this type, ours or frictionless's."""
    return (ERRORS.get(type) or system.select_error_class(type))(note=note)
