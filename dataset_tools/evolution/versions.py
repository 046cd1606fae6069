"""The version that changes ask for, counted from the last released one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from dataset_tools.evolution.rules import BREAKING, COMPATIBLE, KINDS

Version = tuple[int, int, int]


class Kinded(Protocol):
    @property
    def kind(self) -> str: ...


def required_version(released: str, changes: Iterable[Kinded]) -> str:
    """The lowest version for what is `released` with these changes.

    Breaking asks for a major, compatible for a minor, cosmetic for a patch, nothing for the same. In 0.x, where
    everything may still move, breaking asks for a minor and the rest for a patch: 0.3 then promises what 3 does later.
    """
    major, minor, patch = _parts(released)
    kind = worst(changes)
    if kind is None:
        return released
    if kind == BREAKING and major:
        return f"{major + 1}.0.0"
    if kind == BREAKING or (kind == COMPATIBLE and major):
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}"


def raised_enough(released: str, now: str, changes: Iterable[Kinded]) -> bool:
    """Whether `now` is at least the version that the changes since `released` ask for."""
    return _parts(now) >= _parts(required_version(released, changes))


def worst(changes: Iterable[Kinded]) -> str | None:
    """The gravest kind among the changes, None where there are none."""
    return min((change.kind for change in changes), key=KINDS.index, default=None)


def _parts(version: str) -> Version:
    major, minor, patch = (int(part) for part in version.split("."))
    return major, minor, patch
