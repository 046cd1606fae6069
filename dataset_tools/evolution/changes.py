"""What changed between two states of a dataset, and what each change is to its readers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from dataset_tools.dataset import Budget
from dataset_tools.evolution.difference import Difference
from dataset_tools.evolution.rules import CHANGE_RULES
from dataset_tools.evolution.splits import KEY as SPLITS
from dataset_tools.evolution.splits import changed_splits, changed_ways
from dataset_tools.evolution.tables import changed_tables, renames, unlike
from dataset_tools.places import Places
from dataset_tools.schema import Schema

# Published key of the descriptor → the rule that tells of it. Those without one have functions of their own below.
KEY_RULES: dict[str, str | None] = {
    "name": "dataset-renamed",
    "version": None,  # what the changes are counted for
    "created": "created-changed",
    "title": "title-changed",
    "description": "description-changed",
    "homepage": "homepage-changed",
    "keywords": "keywords-changed",
    "licenses": None,
    "sources": "sources-changed",
    "contributors": "contributors-changed",
    "resources": None,
    SPLITS: None,
    "dstools:budget": "budget-changed",
    "dstools:shard_size": "shard-size-changed",
    "dstools:card": "card-changed",
}
_DEFAULTS: dict[str, Any] = {"dstools:budget": asdict(Budget()), "dstools:shard_size": "256MB"}


class Described(Protocol):
    """A dataset as far as its readers see it: a Dataset, or what was read of a base."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def schemas(self) -> Mapping[str, Schema]: ...
    @property
    def stated(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Change:
    """A change: its `rule` and `kind` (breaking, compatible or cosmetic), and where it stands in what is there now.

    `table` is "" for the dataset; `field` is a path such as `place.city` or `links[].href`, "" for the table. What is
    gone has the place of what it stood in. Lines and columns count from 1; `file` is "" where no places are known.
    """

    rule: str
    kind: str
    table: str
    field: str
    message: str
    line: int
    column: int
    file: str


def changes(base: Described, now: Described, places: Places | None = None) -> list[Change]:
    """Every difference of `now` from `base`, in the order of the descriptor of `now`; `places` are those of `now`."""
    return [_placed(each, places or Places()) for each in _differences(base, now)]


def _placed(found: Difference, places: Places) -> Change:
    place = places.of(found.table, found.field, found.key)
    kind = CHANGE_RULES[found.rule].kind
    return Change(found.rule, kind, found.table, found.field, found.message, place.line, place.column, place.file)


def _differences(base: Described, now: Described) -> Iterator[Difference]:
    new = renames(base.schemas, now.schemas)
    splits = (base.stated.get(SPLITS) or {}, now.stated.get(SPLITS) or {})
    yield from _keys(base.stated, now.stated)
    yield from _licenses(base.stated, now.stated)
    yield from changed_splits(*splits, new)
    yield from changed_tables(base.schemas, now.schemas, new)
    yield from changed_ways(base.schemas, now.schemas, splits, new)


def _keys(base: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    for key, rule in KEY_RULES.items():
        was, there = _value(base, key), _value(now, key)
        if rule and was != there:
            yield Difference(rule, _told(key, was, there), key=unlike(was, there, key) or key)
        elif rule and base.get(key) != now.get(key):
            yield Difference("restated", f"{key} says what was the default", key=key)
    for key in sorted({*base, *now} - set(KEY_RULES)):
        if base.get(key) != now.get(key):
            yield Difference("restated", f"{key} changed", key=key)


def _value(stated: Mapping[str, Any], key: str) -> Any:
    """The value of a key, its defaults filled in."""
    value = stated.get(key, _DEFAULTS.get(key))
    if isinstance(value, Mapping) and isinstance(default := _DEFAULTS.get(key), Mapping):
        return {**default, **value}
    return value


def _told(key: str, was: Any, now: Any) -> str:
    if was is None or now is None:
        return f"{key} is {'stated now' if was is None else 'not stated any more'}"
    short = all(isinstance(each, str) and len(each) < 40 for each in (was, now))
    return f'{key} was "{was}", is "{now}"' if short else f"{key} changed"


def _licenses(base: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    was, there = base.get("licenses") or [], now.get("licenses") or []
    if was == there:
        return
    if not was:
        yield Difference("license-stated", f"the licence is {_names(there)}", key="licenses")
    elif [_license(each) for each in was] == [_license(each) for each in there]:
        yield Difference("restated", "the licence is the same in other words", key="licenses")
    else:
        yield Difference("license-changed", f"the licence was {_names(was)}, is {_names(there)}", key="licenses")


def _license(each: Mapping[str, Any]) -> Any:
    """What tells licences apart: the name, where it is one that everybody knows."""
    name = each.get("name")
    return each if name in (None, "other") else name


def _names(licenses: list[Mapping[str, Any]]) -> str:
    return ", ".join(_called(each) for each in licenses) or "none"


def _called(each: Mapping[str, Any]) -> str:
    names = [each.get(key) for key in ("name", "title", "path")]
    return next((str(name) for name in names if name not in (None, "other")), "other")
