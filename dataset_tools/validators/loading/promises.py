"""The promises that a card makes of its configs."""

import json
from collections.abc import Callable, Iterator, Mapping, Set
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataset_tools.issue import Issue
from dataset_tools.validators.loading.card import text
from dataset_tools.validators.loading.configs import refuse_twice, refuse_version
from dataset_tools.validators.loading.fault import CARD, Fault, cause, issue_at
from dataset_tools.validators.loading.features import from_json, from_yaml
from dataset_tools.validators.loading.types import members

LEGACY = "dataset_infos.json"
SPLIT_KEYS = {"name", "num_bytes", "num_examples", "shard_lengths", "original_shard_lengths", "dataset_name"}
NOT_FEATURES = (AttributeError, LookupError, NotImplementedError, OverflowError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Promise:
    """What dataset_info says of a config: Arrow type by column, rows by split; None where it says nothing."""

    columns: Mapping[str, Any] | None = None
    rows: Mapping[str, Any] | None = None


def promises(listed: Any) -> list[tuple[str, Promise]]:
    infos = [listed] if isinstance(listed, dict) else listed
    if not isinstance(infos, list):
        return []
    return [_promise(info) for info in infos]


def _promise(info: Any) -> tuple[str, Promise]:
    if not isinstance(info, dict) or not isinstance(name := info.get("config_name", "default"), str):
        raise Fault("card-malformed", "an entry of dataset_info is not a config's")
    refuse_version(name, "0.0.0" if info.get("version") is None else info["version"])
    own = deepcopy(info)
    return name, Promise(_columns(name, own.get("features"), from_yaml, CARD), _rows(name, own, CARD))


def unknown_configs(configs: Set[str], promised: Set[str]) -> Iterator[Issue]:
    for name in sorted(promised - configs):
        yield issue_at("unknown-config", CARD, f"dataset_info has {name}, configs has not", name)


def legacy_promises(folder: Path) -> dict[str, Promise]:
    if not (folder / LEGACY).is_file():
        return {}
    try:
        infos = json.loads(text(folder, LEGACY, "utf-8"))
        promises = {name: _legacy_promise(name, info) for name, info in infos.items()}
    except (ValueError, AttributeError, RecursionError) as error:
        raise Fault("card-malformed", "not a JSON object of configs", LEGACY) from error
    return promises if len(promises) != 1 else {"default": next(iter(promises.values()))}


def _legacy_promise(name: str, info: Any) -> Promise:
    return Promise(_columns(name, info.get("features"), from_json, LEGACY), _rows(name, info, LEGACY))


def _rows(config: str, info: Mapping[str, Any], path: str) -> dict[str, Any] | None:
    splits = info.get("splits")
    if splits is None:
        return None
    entries = list(splits.values()) if isinstance(splits, dict) else splits
    if not isinstance(entries, list) or not all(map(_is_split_info, entries)):
        raise Fault("card-malformed", f"splits of config {config} is not a list of name, num_examples", path, config)
    rows = [(entry.get("name", ""), entry.get("num_examples", 0)) for entry in entries]
    refuse_twice([name for name, _ in rows], config)
    return dict(rows)


def _is_split_info(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.keys() <= SPLIT_KEYS and isinstance(entry.get("name", ""), str)


def _columns(config: str, features: Any, read: Callable[[Any], Any], path: str) -> dict[str, Any] | None:
    if features is None:
        return None
    try:
        return members(read(features))
    except NOT_FEATURES as error:
        raise Fault("feature-type", f"features of config {config}: {cause(error)}", path, config) from error
