"""A difference between two descriptors, before it is classed and placed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """`rule` is a row of CHANGE_RULES; `field` and `key` are paths, as `places.Spot` has them."""

    rule: str
    message: str
    field: str = ""
    key: str = ""
    table: str = ""
