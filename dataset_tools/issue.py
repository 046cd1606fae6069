"""An issue: a constraint, a rule or a promise of a package that does not hold."""

import json
from dataclasses import dataclass
from typing import Any

VALUE_REACH = 200  # characters of a value that a report shows


@dataclass(frozen=True, slots=True)
class Issue:
    """What is broken (`reason`: a constraint, a rule, `type` or a kebab-case code), and where.

    `row` counts from 0 in its file or table, `line` and `column` from 1; `value` is at most 200 characters of the
    value's text; `level` is error, warning or note.
    """

    reason: str
    message: str
    path: str | None = None
    table: str | None = None
    row: int | None = None
    field: str | None = None
    value: str | None = None
    line: int | None = None
    column: int | None = None
    level: str = "error"
    hint: str = ""

    @property
    def where(self) -> str:
        """PATH:LINE:COLUMN, as far as they are known."""
        places = (self.path, self.line, self.column)
        return ":".join(str(place) for place in places if place is not None) or "-"


def shown(value: object) -> str | None:
    """The text of a value as a report shows it: at most 200 characters, None for null."""
    if value is None:
        return None
    text = value if isinstance(value, str) else _text(value)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")[:VALUE_REACH]


def _text(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=_plain)
    except (ValueError, TypeError, RecursionError):  # a number of 10,000 digits, keys that are no text, a circle
        return f"a {type(value).__name__} that has no plain text"


def _plain(value: Any) -> str:
    return str(value.isoformat()) if hasattr(value, "isoformat") else repr(value)
