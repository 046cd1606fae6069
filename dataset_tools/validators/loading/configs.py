"""The configs that a card lists."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dataset_tools.issue import Issue
from dataset_tools.validators.loading.fault import CARD, Fault, issue_at, named, repeated

SPLIT_NAME = re.compile(r"^\w+(\.\w+)*$")
VERSION = re.compile(r"^\d+\.\d+\.\d+$")
NOT_IN_CONFIG_NAMES = set("<>:/\\|?*")
CONFIG_OPTIONS = frozenset(
    {"batch_size", "columns", "data_dir", "features", "filters", "fragment_scan_options", "name", "on_bad_files"}
)


@dataclass(frozen=True, slots=True)
class Config:
    """A config and, for each of its splits, the paths or globs that the card lists."""

    name: str
    data_files: Mapping[str, list[str]]
    default: bool


def configs(listed: Any) -> list[Config]:
    if not listed:
        raise Fault("no-configs", "no configs, so load_dataset would guess them from file names")
    if not isinstance(listed, list):
        raise Fault("card-malformed", "configs is not a list")
    return [_config(entry) for entry in listed]


def _config(entry: Any) -> Config:
    if not isinstance(entry, dict) or "config_name" not in entry:
        raise Fault("card-malformed", "an entry of configs has no config_name")
    name = _config_name(entry["config_name"])
    if options := sorted(CONFIG_OPTIONS & entry.keys()):
        raise Fault("config-option", f"config {name} has {options[0]}, which changes what is read", table=name)
    refuse_version(name, entry.get("version", "0.0.0"))
    return Config(name, _data_files(name, entry.get("data_files")), bool(entry.get("default")))


def _config_name(name: Any) -> str:
    if not isinstance(name, str) or not name or NOT_IN_CONFIG_NAMES & set(name):
        raise Fault("config-name", "a config_name is empty, is no string or has one of <>:/\\|?*")
    return name


def refuse_version(config: str, version: Any) -> None:
    if not isinstance(version, str) or not VERSION.match(version):
        raise Fault("card-malformed", f"the version of config {config} is not x.y.z", table=config)


def _data_files(config: str, listed: Any) -> dict[str, list[str]]:
    if not listed:
        raise Fault("no-files", f"config {config} lists no data_files", table=config)
    if isinstance(listed, str):
        return {"train": [listed]}
    if not isinstance(listed, list):
        raise Fault("card-malformed", f"data_files of config {config} is not a list", table=config)
    if all(isinstance(path, str) for path in listed):
        return {"train": listed}
    splits = [_split(config, entry) for entry in listed]
    refuse_twice([name for name, _ in splits], config)
    return dict(splits)


def _split(config: str, entry: Any) -> tuple[str, list[str]]:
    if not isinstance(entry, dict) or entry.keys() != {"split", "path"}:
        raise Fault("card-malformed", f"data_files of config {config} want split and path", table=config)
    return _split_name(config, entry["split"]), _paths(config, entry["path"])


def _split_name(config: str, name: Any) -> str:
    if not isinstance(name, str) or not SPLIT_NAME.match(name) or name.lower() == "all":
        raise Fault("split-name", f"config {config} has a split that may not be called {named(name)}", table=config)
    return name


def _paths(config: str, path: Any) -> list[str]:
    paths = path if isinstance(path, list) else [path]
    if not all(isinstance(each, str) for each in paths):
        raise Fault("card-malformed", f"a path of config {config} is not a string", table=config)
    return paths


def refuse_twice(splits: list[str], config: str) -> None:
    for name in repeated(splits):
        raise Fault("split-twice", f"config {config} has split {name} twice", table=config)


def twice(key: str, names: Iterable[str]) -> Iterator[Issue]:
    for name in repeated(names):
        yield issue_at("config-twice", CARD, f"{key} has {name} twice, the last one counts", name)


def default_issues(configs: Mapping[str, Config], promised: Collection[str]) -> Iterator[Issue]:
    defaults = [each.name for each in configs.values() if len(configs) == 1 or each.name == "default" or each.default]
    if not defaults and len(promised) == 1:
        defaults = [name for name in promised if name in configs]
    if not defaults:
        yield issue_at("no-default-config", CARD, f"{len(configs)} configs and none is the default")
    if len(defaults) > 1:
        yield issue_at("default-twice", CARD, f"several configs are the default: {', '.join(defaults)}")
