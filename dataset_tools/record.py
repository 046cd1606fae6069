"""What a converter gives for a page: records, rejects, or the word that the page is not its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Record:
    """One row to be, before Arrow: `values` by field name; what the page does not state is left out or None."""

    table: str
    values: Mapping[str, object]
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """A record (or, without `table`, the whole page) that the converter refuses, with a kebab-case `reason`."""

    reason: str
    message: str
    table: str | None = None
    place: str | None = None


class NotMine(Exception):
    """The page is not of this converter's kind: it is passed over, and counted."""


def as_plain(given: Record | Reject) -> dict[str, Any]:
    """A record or reject as plain JSON values: no nulls, times in UTC."""
    if isinstance(given, Reject):
        return {"reject": given.reason, "message": given.message, "table": given.table, "place": given.place}
    values = {name: _plain(value) for name, value in given.values.items() if value is not None}
    return {"table": given.table, "values": values, "place": given.place}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value.tzinfo else value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
