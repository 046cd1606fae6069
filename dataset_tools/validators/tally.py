"""A tally of errors: all are counted, the first of each rule are kept."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

Kind = tuple[str, str, str]  # the error's type, its field, its constraint; empty where it has none
Error = dict[str, Any]  # as frictionless writes it in a report
NAMED = ("constraint-error", "member", "rule")  # whose notes say which constraint or rule it is
HEADER = 1  # rows that frictionless counts before the first row


@dataclass(slots=True)
class Tally:
    """Counts errors by rule and keeps the first `most` of each, as frictionless writes them.

    `fuller` counts, by field, the values that frictionless accepts with the pattern as it is written.
    """

    most: int
    counts: Counter[Kind] = field(default_factory=Counter)
    kept: list[Error] = field(default_factory=list)
    fuller: Counter[str] = field(default_factory=Counter)

    def add(self, error: Any) -> None:
        """Counts an error of frictionless's own class."""
        kind = _kind(error.type, getattr(error, "field_name", ""), error.note)
        self.counts[kind] += 1
        if self.counts[kind] <= self.most:
            self.kept.append(error.to_descriptor())

    def keep(self, error: Error) -> None:
        """Counts an error that is written already."""
        kind = _kind(error["type"], error.get("fieldName", ""), error["note"])
        self.counts[kind] += 1
        if self.counts[kind] <= self.most:
            self.kept.append(error)

    @property
    def total(self) -> int:
        return self.counts.total()


def _kind(type: str, field: str, note: str) -> Kind:
    """The rule that an error is about; its note begins: constraint "NAME", rule "NAME"."""
    return type, field, note.split('"')[1] if type in NAMED and '"' in note else ""
