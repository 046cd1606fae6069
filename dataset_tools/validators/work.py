"""What there is to judge in a resource, and what was found: values that pass between processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dataset_tools.validators.spec import Key, Spec
from dataset_tools.validators.tally import Error, Kind

Seed = tuple[int, int]  # of hashes: two numbers of 64 bits that nobody can guess


@dataclass(frozen=True, slots=True)
class How:
    """`most` errors of each rule of a resource are listed; `first`: nothing after the first error.

    Hashes of keys go to files in `scratch`; they are made with the seed.
    """

    most: int
    first: bool
    scratch: Path
    seed: Seed


@dataclass(frozen=True, slots=True)
class Work:
    """A resource: `paths` are its files, `place` is how a report shows them, `number` tells it from others.

    `package` is the descriptor that it is of, of this resource alone, where that is not one of ours. `stated` are the
    bytes, the hash (`sha256:…`), the fields and the rows that were promised, as far as they were.
    """

    how: How
    number: int
    name: str
    place: str
    table: str
    folder: Path
    paths: tuple[str, ...]
    format: str
    spec: Spec | None = None
    keys: tuple[Key, ...] = ()
    package: Mapping[str, Any] | None = None
    stated: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a resource; `errors` as frictionless writes them, `most` of each rule; `counts` has all."""

    name: str
    place: str
    table: str
    type: str = "table"
    labels: tuple[str, ...] = ()
    stats: Mapping[str, Any] = field(default_factory=dict)
    errors: tuple[Error, ...] = ()
    counts: Mapping[Kind, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    most: int = 0

    @property
    def total(self) -> int:
        return sum(self.counts.values())
