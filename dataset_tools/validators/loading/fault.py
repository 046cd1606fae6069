"""How a fault of a package is told."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from dataset_tools.issue import Issue

CARD = "README.md"


class Fault(Exception):
    """The one fault that keeps `load_dataset` from reading on."""

    def __init__(self, reason: str, what: str, path: str = CARD, table: str | None = None) -> None:
        self.issue = issue_at(reason, path, what, table)
        super().__init__(self.issue.message)


def issue_at(reason: str, path: str, what: str, table: str | None = None, field: str | None = None) -> Issue:
    return Issue(reason, " ".join(f"{path}: {what}".split()), path=path, table=table, field=field)


def named(value: Any) -> str:
    """A value of the card as a message shows it: its text, or its type when it is a list or a mapping."""
    return repr(value) if isinstance(value, str | int | float) else f"a {type(value).__name__}"


def cause(error: Exception) -> str:
    """The first line of an error, or its type when it says nothing."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def repeated(names: Iterable[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]
