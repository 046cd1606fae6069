"""The columns of a shard, held against those of the card."""

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.types as kinds

from dataset_tools.issue import Issue
from dataset_tools.validators.loading.casts import cast_reason
from dataset_tools.validators.loading.fault import Fault, issue_at, repeated
from dataset_tools.validators.loading.shard import Shard
from dataset_tools.validators.loading.types import is_list, length, members

Difference = tuple[str, str, str, str]  # reason, column, what the file has, what the card says


def inferred(shard: Shard, config: str) -> dict[str, Any]:
    """The types that `load_dataset` takes from the first file when the card names none."""
    types = members(shard.schema)
    for name, kind in types.items():
        if _has_no_feature(kind):
            raise Fault("column-type", f"column {name}: no feature type for {kind}", shard.path, config)
    return {name: each.value_type if kinds.is_dictionary(each) else each for name, each in types.items()}


def _has_no_feature(kind: Any) -> bool:
    if kinds.is_struct(kind):
        return any(map(_has_no_feature, members(kind).values()))
    if is_list(kind) or kinds.is_dictionary(kind):
        return _has_no_feature(kind.value_type)
    if isinstance(kind, pa.BaseExtensionType):
        return not isinstance(kind, pa.JsonType)
    return bool(kinds.is_nested(kind) or kinds.is_interval(kind))


def shard_issues(shard: Shard, config: str, columns: Mapping[str, Any]) -> Iterator[Issue]:
    if not shard.groups:
        return  # no batch, so nothing is ever held against the card
    for reason, what, field in _shard_faults(shard, columns):
        yield issue_at(reason, shard.path, what, config, field)


def _shard_faults(shard: Shard, columns: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    if shard.groups[0].num_rows == 0:
        yield "empty-shard", "its first row group has no rows, which load_dataset cannot read", None
    for name in repeated(shard.schema.names):
        yield "column-twice", f"two columns are called {name}", name
    for reason, name, found, wanted in _struct_differences("", members(shard.schema), columns, shard):
        yield reason, f"column {name}: {found} in the file, {wanted} in the card", name


def _struct_differences(
    parent: str, found: Mapping[str, Any], wanted: Mapping[str, Any], shard: Shard | None
) -> Iterator[Difference]:
    for name in sorted(found.keys() - wanted.keys()):
        yield "extra-column", parent + name, str(found[name]), "absent"
    for name in sorted(wanted.keys() - found.keys()):
        yield "missing-column", parent + name, "absent", str(wanted[name])
    for name in sorted(found.keys() & wanted.keys()):
        yield from _differences(parent + name, found[name], wanted[name], shard)


def _differences(name: str, found: Any, wanted: Any, shard: Shard | None) -> Iterator[Difference]:
    """How a column differs; `shard` knows the extremes of a column of its own, and is None inside lists and structs."""
    source = found.storage_type if isinstance(found, pa.BaseExtensionType) and found != wanted else found
    if kinds.is_struct(source) and kinds.is_struct(wanted):
        yield from _struct_differences(f"{name}.", members(source), members(wanted), None)
    elif is_list(source) and is_list(wanted) and length(wanted) in (-1, length(source)):
        yield from _differences(f"{name}[]", source.value_type, wanted.value_type, None)
    elif reason := cast_reason(source, wanted, name, shard):
        yield reason, name, str(found), "class_label" if kinds.is_dictionary(wanted) else str(wanted)
