"""Whether `load_dataset` would load a package, every config of it, and load what the card promises.

Judged as `datasets` 5.2 reads a folder, from README.md, `.huggingface.yaml`, `dataset_infos.json`, file names and
Parquet footers: no row is read, no `datasets` imported, nothing downloaded or executed. A reason in `SILENT` is a fault
that `load_dataset` accepts without a word; any other is one that makes it fail.

A column may differ from the card (`datasets.table.cast_array_to_feature` decides, by value):

- No issue: wider integers and floats, a finer unit of time, milliseconds for seconds (which Parquet does not have),
  larger decimals, another kind of string, binary or list, a dictionary for its values, null for anything, integers or
  strings for a class label, strings for JSON, another order of columns, other nullability.
- `column-cast`, silent: what a cast always does and that changes the kind of value (number, boolean or time to string,
  integer to float, float64 to float32, a moment to a date, another or no time zone, anything to JSON), and narrower
  integers that the footer's minimum and maximum show to fit.
- `column-type`: what no cast does, and what it refuses for ordinary values although some would pass: string to number,
  boolean or time, float to integer or decimal, a coarser unit of time, a smaller decimal, binary to string, anything to
  binary or lists of a fixed size, times to a class label, integers beyond what a float holds, narrower integers without
  a footer's word for it (always so inside lists and structs).

Where `load_dataset` might succeed, these are refused as well, because it then guesses, needs the network or reads what
footers do not show: a card or a config that lists no files, options of a config beyond `data_files` and `default`, data
files that are URLs or not Parquet, and the types of features that hold media, arrays or translations. Footers do not
show damage inside a row group, nor an integer or string that its class label does not have.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dataset_tools.issue import Issue

SILENT = frozenset(
    {
        "card-overridden",  # .huggingface.yaml replaces what README.md says of configs
        "column-cast",  # values are converted to the type that the card names
        "config-twice",  # the last one of that name wins
        "extra-shard",  # a Parquet file beside the listed ones, which nothing loads
        "file-twice",  # its rows are loaded twice, or under two names
        "misplaced-shard",  # named for another split or config than the one that lists it
        "missing-column",  # filled with nulls
        "missing-promise",  # no features or row counts to hold the files against
        "missing-shard",  # "-of-00002" with one file listed
        "outside-folder",  # a local file elsewhere, which a published package would lack
    }
)

CARD = "README.md"
OVERRIDE = ".huggingface.yaml"
LEGACY = "dataset_infos.json"
FRONT_MATTER = re.compile(r"^(\s*---(?:\r\n|\r|\n))([\S\s]*?)((?:\r\n|\r|\n)---[ \t]*(\r\n|\n|$))")
SPLIT_NAME = re.compile(r"^\w+(\.\w+)*$")
VERSION = re.compile(r"^\d+\.\d+\.\d+$")
SHARD_NAME = re.compile(r"(?P<split>.+)-(?P<index>\d{5})-of-(?P<count>\d{5})\.parquet")
NOT_IN_CONFIG_NAMES = set("<>:/\\|?*")
CONFIG_OPTIONS = frozenset(
    {"batch_size", "columns", "data_dir", "features", "filters", "fragment_scan_options", "name", "on_bad_files"}
)
SPLIT_KEYS = {"name", "num_bytes", "num_examples", "shard_lengths", "original_shard_lengths", "dataset_name"}
UNITS = ("s", "ms", "us", "ns")
PLAIN_TYPES = {
    "bool": "bool_",
    "double": "float64",
    "float": "float32",
    "large_utf8": "large_string",
    "utf8": "string",
    **{name: name for name in ("null", "bool_", "float16", "float32", "float64", "date32", "date64")},
    **{name: name for name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")},
    **{name: name for name in ("string", "large_string", "string_view", "binary", "large_binary", "binary_view")},
}
TYPE_PATTERNS = {
    "timestamp": re.compile(r"timestamp\[(s|ms|us|ns)(?:,\s*tz=([a-zA-Z0-9/_+\-:]*))?\]"),
    "duration": re.compile(r"duration\[(s|ms|us|ns)\]"),
    "time32": re.compile(r"time32\[(s|ms)\]"),
    "time64": re.compile(r"time64\[(us|ns)\]"),
    "decimal128": re.compile(r"decimal128\((\d+),\s*(-?\d+)\)"),
    "decimal256": re.compile(r"decimal256\((\d+),\s*(-?\d+)\)"),
    "binary": re.compile(r"fixed_size_binary\[(\d+)\]"),
}
NOT_FEATURES = (AttributeError, LookupError, NotImplementedError, OverflowError, RecursionError, TypeError, ValueError)


class _Fault(Exception):
    """The one fault that keeps `load_dataset` from reading on."""

    def __init__(self, reason: str, what: str, path: str = CARD, table: str | None = None) -> None:
        super().__init__(reason, what, path, table)
        self.issue = _issue(reason, path, what, table)


def _issue(reason: str, path: str, what: str, table: str | None = None, field: str | None = None) -> Issue:
    return Issue(reason, " ".join(f"{path}: {what}".split()), path=path, table=table, field=field)


@dataclass(frozen=True, slots=True)
class _Config:
    """A config and, for each of its splits, the paths or globs that the card lists."""

    name: str
    data_files: Mapping[str, list[str]]
    default: bool


@dataclass(frozen=True, slots=True)
class _Promise:
    """What dataset_info says of a config: Arrow type by column, rows by split; None where it says nothing."""

    columns: Mapping[str, Any] | None = None
    rows: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class _Shard:
    """A Parquet file's footer, and where the file is: its path relative to the package."""

    path: str
    footer: Any

    @property
    def rows(self) -> int:
        return sum(group.num_rows for group in self.groups)

    @property
    def groups(self) -> list[Any]:
        return [self.footer.row_group(at) for at in range(self.footer.num_row_groups)]

    @property
    def schema(self) -> Any:
        return self.footer.schema.to_arrow_schema()


def judge(folder: Path) -> list[Issue]:
    """Every reason why `load_dataset` would fail here, or load other than the card says (`SILENT`); none: it loads.

    `folder` is a package: its card, `TABLE/SPLIT-NNNNN-of-NNNNN.parquet`. Issues carry a path relative to it, the
    config as `table` and the column as `field`. A card that cannot be read as one of configs is the only issue.
    """
    issues: list[Issue] = []
    try:
        for issue in _issues(Path(os.path.normpath(folder.absolute()))):
            issues.append(issue)  # one by one, so that a fault leaves the issues before it
    except _Fault as fault:
        issues.append(fault.issue)
    return issues


def _issues(folder: Path) -> Iterator[Issue]:
    _refuse_other_kinds(folder)
    card = _card(folder)
    listed = _configs(card.get("configs"))
    promises = _promises(card.get("dataset_info"))
    legacy = _legacy_promises(folder)
    configs = {config.name: config for config in listed}
    yield from _overridden(folder)
    yield from _twice(listed, card.get("dataset_info"))
    yield from _unknown_configs(configs, promises)
    yield from _default(configs, legacy | promises)
    for config in configs.values():
        yield from _config_issues(folder, config, (legacy | promises).get(config.name, _Promise()))
    yield from _file_issues(folder, configs.values())


def _refuse_other_kinds(folder: Path) -> None:
    script = f"{folder.name.removesuffix('.py')}.py"
    if folder.name == script or (folder / script).is_file():
        raise _Fault("dataset-script", "load_dataset refuses dataset scripts", script)
    if (folder / "state.json").exists():
        raise _Fault("saved-to-disk", "load_dataset takes this for Dataset.save_to_disk", "state.json")


# The card


def _card(folder: Path) -> dict[str, Any]:
    if not (folder / CARD).is_file() and not (folder / OVERRIDE).exists():
        raise _Fault("no-card", "there is no card")
    return _readme(folder) | _override(folder)


def _readme(folder: Path) -> dict[str, Any]:
    if not (folder / CARD).is_file():
        return {}
    block = FRONT_MATTER.search(_text(folder, CARD, "utf-8-sig"))
    return _mapping(_yaml(block[2], CARD) if block else None, CARD)


def _override(folder: Path) -> dict[str, Any]:
    if not (folder / OVERRIDE).exists():
        return {}
    return _mapping(_yaml(_text(folder, OVERRIDE, "utf-8"), OVERRIDE) or None, OVERRIDE)


def _text(folder: Path, name: str, encoding: str) -> str:
    try:
        with (folder / name).open(encoding=encoding, newline="") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise _Fault("card-malformed", f"cannot be read ({type(error).__name__})", name) from error


def _yaml(text: str, path: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        cause = str(error).splitlines() or [type(error).__name__]
        raise _Fault("card-malformed", f"not YAML: {cause[0]}", path) from error


def _mapping(value: Any, path: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise _Fault("card-malformed", "the front matter is not a mapping of names", path)
    return value


def _overridden(folder: Path) -> Iterator[Issue]:
    for key in ("configs", "dataset_info"):
        if key in _override(folder).keys() & _readme(folder).keys():
            yield _issue("card-overridden", OVERRIDE, f"replaces {key} of {CARD}")


# Its configs


def _configs(listed: Any) -> list[_Config]:
    if not listed:
        raise _Fault("no-configs", "no configs, so load_dataset would guess them from file names")
    if not isinstance(listed, list):
        raise _Fault("card-malformed", "configs is not a list")
    return [_config(entry) for entry in listed]


def _config(entry: Any) -> _Config:
    if not isinstance(entry, dict) or "config_name" not in entry:
        raise _Fault("card-malformed", "an entry of configs has no config_name")
    name = _config_name(entry["config_name"])
    if options := sorted(CONFIG_OPTIONS & entry.keys()):
        raise _Fault("config-option", f"config {name} has {options[0]}, which changes what is read", table=name)
    _refuse_version(name, entry.get("version", "0.0.0"))
    return _Config(name, _data_files(name, entry.get("data_files")), bool(entry.get("default")))


def _refuse_version(config: str, version: Any) -> None:
    if not isinstance(version, str) or not VERSION.match(version):
        raise _Fault("card-malformed", f"the version of config {config} is not x.y.z", table=config)


def _config_name(name: Any) -> str:
    if not isinstance(name, str) or not name or NOT_IN_CONFIG_NAMES & set(name):
        raise _Fault("config-name", "a config_name is empty, is no string or has one of <>:/\\|?*")
    return name


def _data_files(config: str, listed: Any) -> dict[str, list[str]]:
    if not listed:
        raise _Fault("no-files", f"config {config} lists no data_files", table=config)
    if isinstance(listed, str):
        return {"train": [listed]}
    if not isinstance(listed, list):
        raise _Fault("card-malformed", f"data_files of config {config} is not a list", table=config)
    if all(isinstance(path, str) for path in listed):
        return {"train": listed}
    splits = [_split(config, entry) for entry in listed]
    _refuse_twice([name for name, _ in splits], config)
    return dict(splits)


def _split(config: str, entry: Any) -> tuple[str, list[str]]:
    if not isinstance(entry, dict) or entry.keys() != {"split", "path"}:
        raise _Fault("card-malformed", f"data_files of config {config} want split and path", table=config)
    return _split_name(config, entry["split"]), _paths(config, entry["path"])


def _split_name(config: str, name: Any) -> str:
    if not isinstance(name, str) or not SPLIT_NAME.match(name) or name.lower() == "all":
        raise _Fault("split-name", f"config {config} has a split that may not be called {_named(name)}", table=config)
    return name


def _named(value: Any) -> str:
    return repr(value) if isinstance(value, str | int | float) else f"a {type(value).__name__}"


def _paths(config: str, path: Any) -> list[str]:
    paths = path if isinstance(path, list) else [path]
    if not all(isinstance(each, str) for each in paths):
        raise _Fault("card-malformed", f"a path of config {config} is not a string", table=config)
    return paths


def _refuse_twice(splits: list[str], config: str) -> None:
    for name in _repeated(splits):
        raise _Fault("split-twice", f"config {config} has split {name} twice", table=config)


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]


def _twice(configs: list[_Config], dataset_info: Any) -> Iterator[Issue]:
    infos = dataset_info if isinstance(dataset_info, list) else []
    for name in _repeated(config.name for config in configs):
        yield _issue("config-twice", CARD, f"configs has {name} twice, the last one counts", name)
    for name in _repeated(info.get("config_name", "default") for info in infos):
        yield _issue("config-twice", CARD, f"dataset_info has {name} twice, the last one counts", name)


def _unknown_configs(configs: Mapping[str, _Config], promises: Mapping[str, _Promise]) -> Iterator[Issue]:
    for name in sorted(promises.keys() - configs.keys()):
        yield _issue("unknown-config", CARD, f"dataset_info has {name}, configs has not", name)


def _default(configs: Mapping[str, _Config], promises: Mapping[str, _Promise]) -> Iterator[Issue]:
    defaults = [each.name for each in configs.values() if len(configs) == 1 or each.name == "default" or each.default]
    if not defaults and len(promises) == 1:
        defaults = [name for name in promises if name in configs]
    if not defaults:
        yield _issue("no-default-config", CARD, f"{len(configs)} configs and none is the default")
    if len(defaults) > 1:
        yield _issue("default-twice", CARD, f"several configs are the default: {', '.join(defaults)}")


# Its promises


def _promises(listed: Any) -> dict[str, _Promise]:
    infos = [listed] if isinstance(listed, dict) else listed
    if not isinstance(infos, list):
        return {}
    return dict(_promise(info) for info in infos)


def _promise(info: Any) -> tuple[str, _Promise]:
    if not isinstance(info, dict) or not isinstance(name := info.get("config_name", "default"), str):
        raise _Fault("card-malformed", "an entry of dataset_info is not a config's")
    _refuse_version(name, "0.0.0" if info.get("version") is None else info["version"])
    own = deepcopy(info)
    return name, _Promise(_columns(name, own.get("features"), _from_yaml, CARD), _rows(name, own, CARD))


def _legacy_promises(folder: Path) -> dict[str, _Promise]:
    if not (folder / LEGACY).is_file():
        return {}
    try:
        infos = json.loads(_text(folder, LEGACY, "utf-8"))
        promises = {name: _legacy_promise(name, info) for name, info in infos.items()}
    except (ValueError, AttributeError, RecursionError) as error:
        raise _Fault("card-malformed", "not a JSON object of configs", LEGACY) from error
    return promises if len(promises) != 1 else {"default": next(iter(promises.values()))}


def _legacy_promise(name: str, info: Any) -> _Promise:
    return _Promise(_columns(name, info.get("features"), _from_json, LEGACY), _rows(name, info, LEGACY))


def _rows(config: str, info: Mapping[str, Any], path: str) -> dict[str, Any] | None:
    splits = info.get("splits")
    if splits is None:
        return None
    entries = list(splits.values()) if isinstance(splits, dict) else splits
    if not isinstance(entries, list) or not all(map(_is_split_info, entries)):
        raise _Fault("card-malformed", f"splits of config {config} is not a list of name, num_examples", path, config)
    rows = [(entry.get("name", ""), entry.get("num_examples", 0)) for entry in entries]
    _refuse_twice([name for name, _ in rows], config)
    return dict(rows)


def _is_split_info(entry: Any) -> bool:
    return isinstance(entry, dict) and entry.keys() <= SPLIT_KEYS and isinstance(entry.get("name", ""), str)


def _columns(config: str, features: Any, read: Callable[[Any], Any], path: str) -> dict[str, Any] | None:
    if features is None:
        return None
    try:
        return _members(read(features))
    except NOT_FEATURES as error:
        cause = str(error).splitlines() or [type(error).__name__]
        raise _Fault("feature-type", f"features of config {config}: {cause[0]}", path, config) from error


# Features as Arrow types: a class label is a dictionary of strings, which no other feature is


def _from_yaml(feature: Any) -> Any:
    """The Arrow type of a feature in YAML; names are taken out of it, so that a YAML alias fails as it does there."""
    import pyarrow as pa

    if isinstance(feature, list):
        names = [member.pop("name") for member in feature]
        return _struct(dict(zip(names, (_from_yaml(member) for member in feature), strict=True)))
    kind = next(iter(feature), "struct")
    if kind in ("list", "large_list", "sequence"):
        return _list_from_yaml(kind, feature)
    inner = feature.get(kind, [])
    if kind == "dtype" and isinstance(inner, str):
        return _plain(inner)
    if kind == "class_label":
        return _label(inner["names"])
    if kind == "json":
        return pa.json_()
    if kind in ("struct", "dtype"):
        return _from_yaml(inner)
    raise ValueError(f"no feature type that is judged here: {kind}")


def _list_from_yaml(kind: str, feature: dict[str, Any]) -> Any:
    inner = feature.pop(kind)
    members = _from_yaml({"dtype": inner} if isinstance(inner, str) else inner)
    if kind == "sequence" and isinstance(inner, list):
        return _struct({member.name: _list("list", member.type, **feature) for member in members})
    return _list(kind, members, **feature)


def _from_json(feature: Any) -> Any:
    """The Arrow type of a feature in the JSON form of `Features.to_dict`."""
    import pyarrow as pa

    if isinstance(feature, list):
        return pa.list_(_from_json(feature[0]))
    kind = feature.get("_type")
    if kind is None or isinstance(kind, dict):
        return _struct({name: _from_json(member) for name, member in feature.items()})
    options = {key: value for key, value in feature.items() if key not in ("_type", "feature")}
    if kind in ("List", "LargeList", "Sequence"):
        return _list_from_json(kind, _from_json(feature["feature"]), options)
    if kind == "Json":
        return pa.json_()
    if kind in ("Value", "ClassLabel"):
        return _plain(feature["dtype"]) if kind == "Value" else _label(feature["names"])
    raise ValueError(f"no feature type that is judged here: {kind}")


def _list_from_json(kind: str, members: Any, options: dict[str, Any]) -> Any:
    import pyarrow as pa

    if kind == "Sequence" and pa.types.is_struct(members) and not all(pa.types.is_list(each.type) for each in members):
        return _struct({member.name: _list("list", member.type, **options) for member in members})
    return _list("large_list" if kind == "LargeList" else "list", members, **options)


def _struct(members: Mapping[str, Any]) -> Any:
    import pyarrow as pa

    return pa.struct(list(members.items()))


def _list(kind: str, members: Any, length: int = -1, id: str | None = None) -> Any:
    import pyarrow as pa

    if kind != "large_list":
        return pa.list_(members, length)
    if length != -1:
        raise TypeError("a large_list has no length")
    return pa.large_list(members)


def _label(names: Any) -> Any:
    import pyarrow as pa

    ordered = [names[key] for key in sorted(names, key=int)] if isinstance(names, dict) else names
    if isinstance(names, dict) and sorted(map(int, names)) != list(range(len(names))):
        raise ValueError("the ids of a class_label have gaps")
    if not isinstance(ordered, list) or len({str(name) for name in ordered}) != len(ordered):
        raise ValueError("the names of a class_label are not a list of different names")
    return pa.dictionary(pa.int64(), pa.string())


def _plain(dtype: str) -> Any:
    import pyarrow as pa

    if dtype in PLAIN_TYPES:
        return getattr(pa, PLAIN_TYPES[dtype])()
    if dtype == "json":
        return pa.json_()
    for factory, pattern in TYPE_PATTERNS.items():
        if match := pattern.fullmatch(dtype):
            return getattr(pa, factory)(*(int(part) if part.lstrip("-").isdigit() else part for part in _given(match)))
    raise ValueError(f"no dtype that is judged here: {dtype}")


def _given(match: re.Match[str]) -> list[str]:
    return [part for part in match.groups() if part is not None]


# The files of a config


def _config_issues(folder: Path, config: _Config, promise: _Promise) -> Iterator[Issue]:
    yield from _unpromised(config, promise)
    yield from _split_set(config, promise)
    columns = promise.columns
    for split, patterns in config.data_files.items():
        found = list(_found(folder, config, patterns))
        shards = [each for each in found if isinstance(each, _Shard)]
        yield from (each for each in found if isinstance(each, Issue))
        if len(shards) == len(found):
            yield from _split_rows(config, split, sum(shard.rows for shard in shards), promise)
        for shard in shards:
            if columns is None:
                columns = _inferred(shard, config)
            yield from _shard_issues(config, shard, columns)


def _unpromised(config: _Config, promise: _Promise) -> Iterator[Issue]:
    for key, value in (("features", promise.columns), ("splits", promise.rows)):
        if value is None:
            yield _issue("missing-promise", CARD, f"dataset_info has no {key} of config {config.name}", config.name)


def _split_set(config: _Config, promise: _Promise) -> Iterator[Issue]:
    listed = config.data_files.keys()
    promised = listed if promise.rows is None else promise.rows.keys()
    for split in sorted(promised - listed):
        what = f"dataset_info has split {split} of config {config.name}, data_files have not"
        yield _issue("missing-split", CARD, what, config.name)
    for split in sorted(listed - promised):
        what = f"data_files have split {split} of config {config.name}, dataset_info has not"
        yield _issue("extra-split", CARD, what, config.name)


def _split_rows(config: _Config, split: str, rows: int, promise: _Promise) -> Iterator[Issue]:
    promised = rows if promise.rows is None else promise.rows.get(split, rows)
    if rows == 0:
        yield _issue("empty-split", CARD, f"split {split} of config {config.name} has no rows", config.name)
    elif rows != promised:
        what = f"split {split} of config {config.name} has {rows} rows, the card says {_named(promised)}"
        yield _issue("row-count", CARD, what, config.name)


def _found(folder: Path, config: _Config, patterns: list[str]) -> Iterator[_Shard | Issue]:
    for pattern in patterns:
        paths = _matching(folder, pattern)
        if not _is_local(pattern):
            yield _issue("remote-file", CARD, f"{pattern} of config {config.name} is not a path", config.name)
        elif not paths and not has_magic(pattern):
            yield _issue("missing-file", pattern, "the card lists it, it is not there", config.name)
        yield from (_shard(_within(folder, path), path, config) for path in paths)


def _is_local(pattern: str) -> bool:
    try:
        return not urlsplit(pattern).scheme and "::" not in pattern
    except ValueError:
        return False


def _matching(folder: Path, pattern: str) -> list[Path]:
    if not _is_local(pattern):
        return []
    # As text: load_dataset globs the whole path, so that a bracket in the folder's own name counts.
    matches = glob(os.path.join(folder, pattern), recursive=True)  # noqa: PTH118, PTH207
    return [path for path in map(Path, sorted(matches)) if path.is_file()]


def _within(folder: Path, path: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()


def _shard(name: str, path: Path, config: _Config) -> _Shard | Issue:
    import pyarrow.parquet as pq
    from pyarrow import ArrowException

    if path.suffix != ".parquet":
        return _issue("not-parquet", name, "not named as a Parquet file", config.name)
    try:
        return _Shard(name, pq.read_metadata(path))
    except (ArrowException, OSError) as error:
        cause = str(error).splitlines() or [type(error).__name__]
        return _issue("unreadable-file", name, cause[0].replace(str(path), name), config.name)


@dataclass(frozen=True, slots=True)
class _Use:
    """A file that a split of a config lists."""

    config: str
    split: str
    path: Path


def _file_issues(folder: Path, configs: Iterable[_Config]) -> Iterator[Issue]:
    uses = [use for config in configs for use in _uses(folder, config)]
    for name in _repeated(_within(folder, use.path) for use in uses):
        yield _issue("file-twice", name, "the card lists it more than once")
    for use in uses:
        yield from _place_issues(folder, use, {each.config for each in uses})
    yield from _extra_shards(folder, {use.path for use in uses})
    yield from _missing_shards(folder, {use.path for use in uses})


def _uses(folder: Path, config: _Config) -> Iterator[_Use]:
    for split, patterns in config.data_files.items():
        for pattern in patterns:
            for path in _matching(folder, pattern):
                yield _Use(config.name, split, Path(os.path.normpath(path)))


def _place_issues(folder: Path, use: _Use, configs: set[str]) -> Iterator[Issue]:
    name = _within(folder, use.path)
    if not use.path.resolve().is_relative_to(folder.resolve()):
        yield _issue("outside-folder", name, f"config {use.config} lists a file outside the package", use.config)
    shard = SHARD_NAME.fullmatch(use.path.name)
    if (shard and shard["split"] != use.split) or use.path.parent.name in configs - {use.config}:
        yield _issue("misplaced-shard", name, f"listed as split {use.split} of config {use.config}", use.config)


def _extra_shards(folder: Path, listed: set[Path]) -> Iterator[Issue]:
    folders = {path.parent for path in listed if path.is_relative_to(folder)}
    beside = {path for each in folders for path in each.glob("*.parquet")}
    for path in sorted(beside - listed):
        yield _issue("extra-shard", _within(folder, path), "no config lists it")


def _missing_shards(folder: Path, listed: set[Path]) -> Iterator[Issue]:
    series: dict[tuple[Path, str, str], set[int]] = {}
    for path in listed:
        if shard := SHARD_NAME.fullmatch(path.name):
            series.setdefault((path.parent, shard["split"], shard["count"]), set()).add(int(shard["index"]))
    for (parent, split, count), indices in sorted(series.items()):
        if lacking := set(range(int(count))) - indices:
            name = _within(folder, parent / f"{split}-{min(lacking):05d}-of-{count}.parquet")
            yield _issue("missing-shard", name, f"the card lists {len(indices)} shards of {int(count)}")


# The columns of a file


def _inferred(shard: _Shard, config: _Config) -> dict[str, Any]:
    import pyarrow as pa

    types = _members(shard.schema)
    for name, kind in types.items():
        if _has_no_feature(kind):
            raise _Fault("column-type", f"column {name}: no feature type for {kind}", shard.path, config.name)
    return {name: each.value_type if pa.types.is_dictionary(each) else each for name, each in types.items()}


def _has_no_feature(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_struct(kind):
        return any(map(_has_no_feature, _members(kind).values()))
    if _is_list(kind) or pa.types.is_dictionary(kind):
        return _has_no_feature(kind.value_type)
    if isinstance(kind, pa.BaseExtensionType):
        return not isinstance(kind, pa.JsonType)
    return bool(pa.types.is_nested(kind) or pa.types.is_interval(kind))


def _shard_issues(config: _Config, shard: _Shard, columns: Mapping[str, Any]) -> Iterator[Issue]:
    if not shard.groups:
        return  # no batch, so nothing is ever held against the card
    for reason, what, field in _shard_faults(shard, columns):
        yield _issue(reason, shard.path, what, config.name, field)


def _shard_faults(shard: _Shard, columns: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    if shard.groups[0].num_rows == 0:
        yield "empty-shard", "its first row group has no rows, which load_dataset cannot read", None
    for name in _repeated(shard.schema.names):
        yield "column-twice", f"two columns are called {name}", name
    types = _members(shard.schema)
    for reason, name, found, wanted in _struct_faults("", types, columns, shard):
        yield reason, f"column {name}: {found} in the file, {wanted} in the card", name


_Difference = tuple[str, str, str, str]


def _struct_faults(
    parent: str, found: Mapping[str, Any], wanted: Mapping[str, Any], shard: _Shard | None
) -> Iterator[_Difference]:
    for name in sorted(found.keys() - wanted.keys()):
        yield "extra-column", parent + name, str(found[name]), "absent"
    for name in sorted(wanted.keys() - found.keys()):
        yield "missing-column", parent + name, "absent", str(wanted[name])
    for name in sorted(found.keys() & wanted.keys()):
        yield from _faults(parent + name, found[name], wanted[name], shard)


def _faults(name: str, found: Any, wanted: Any, shard: _Shard | None) -> Iterator[_Difference]:
    """How a column differs; `shard` knows the extremes of a column of its own, and is None inside lists and structs."""
    import pyarrow as pa

    source = found.storage_type if isinstance(found, pa.BaseExtensionType) and found != wanted else found
    if pa.types.is_struct(source) and pa.types.is_struct(wanted):
        yield from _struct_faults(f"{name}.", _members(source), _members(wanted), None)
    elif _is_list(source) and _is_list(wanted) and _length(wanted) in (-1, _length(source)):
        yield from _faults(f"{name}[]", source.value_type, wanted.value_type, None)
    elif reason := _cast_reason(source, wanted, name, shard):
        yield reason, name, str(found), "class_label" if pa.types.is_dictionary(wanted) else str(wanted)


def _members(fields: Any) -> dict[str, Any]:
    return {field.name: field.type for field in fields}


def _is_list(kind: Any) -> bool:
    import pyarrow.types as kinds

    return bool(kinds.is_list(kind) or kinds.is_large_list(kind) or kinds.is_fixed_size_list(kind))


def _length(kind: Any) -> int:
    return getattr(kind, "list_size", -1)


def _cast_reason(source: Any, wanted: Any, name: str, shard: _Shard | None) -> str | None:
    import pyarrow as pa

    if source == wanted or pa.types.is_null(source):
        return None
    if isinstance(wanted, pa.JsonType):
        return None if _is_text(source) else "column-type" if _is_binary(source) else "column-cast"
    if pa.types.is_dictionary(wanted):
        return None if _is_label(source) else "column-type"
    if pa.types.is_nested(source) or pa.types.is_nested(wanted) or not _can_cast(source, wanted):
        return "column-type"
    if pa.types.is_dictionary(source):
        return _cast_reason(source.value_type, wanted, name, shard)
    if _keeps(source, wanted):
        return None
    return "column-cast" if _converts(source, wanted) or _fits(wanted, name, shard, source) else "column-type"


def _can_cast(source: Any, wanted: Any) -> bool:
    import pyarrow as pa

    try:
        pa.array([], source).cast(wanted)
    except pa.ArrowException:
        return False
    return True


def _keeps(source: Any, wanted: Any) -> bool:
    """Whether the cast never fails and keeps the kind of value."""
    import pyarrow.types as kinds

    if kinds.is_integer(source) and kinds.is_integer(wanted):
        return _covers(_bounds(wanted), _bounds(source))
    if kinds.is_floating(source) and kinds.is_floating(wanted):
        return bool(wanted.bit_width >= source.bit_width)
    if kinds.is_decimal(source) and kinds.is_decimal(wanted):
        return bool(wanted.scale >= source.scale and _whole_digits(wanted) >= _whole_digits(source))
    if _is_finer(source, wanted):
        return getattr(source, "tz", None) == getattr(wanted, "tz", None)
    if kinds.is_date32(source) and kinds.is_date64(wanted):
        return True
    return (_is_text(source) and _is_text(wanted)) or (_is_binary(source) and _is_any_binary(wanted))


def _converts(source: Any, wanted: Any) -> bool:
    """Whether a cast that Arrow has succeeds for ordinary values, and makes another kind of value of them."""
    import pyarrow.types as kinds

    if kinds.is_integer(source) and kinds.is_decimal(wanted):
        return _whole_digits(wanted) >= len(str(_bounds(source)[1]))
    if kinds.is_integer(source) and kinds.is_floating(wanted):
        return _covers(_bounds(wanted), _bounds(source))
    if kinds.is_integer(source) or kinds.is_integer(wanted):
        other = source if kinds.is_integer(wanted) else wanted
        return bool(kinds.is_boolean(other) or kinds.is_temporal(other) or _is_text(wanted))
    if kinds.is_temporal(source) and kinds.is_temporal(wanted):
        return _is_finer(source, wanted) or _drops_a_part(source, wanted)
    if _is_text(wanted) or kinds.is_boolean(wanted):
        return not _is_binary(source) and not (_is_text(source) and kinds.is_boolean(wanted))
    if kinds.is_floating(wanted):
        return bool(kinds.is_boolean(source) or kinds.is_floating(source) or kinds.is_decimal(source))
    return _is_text(source) and _is_any_binary(wanted)


def _drops_a_part(source: Any, wanted: Any) -> bool:
    import pyarrow.types as kinds

    if kinds.is_timestamp(source) and kinds.is_time(wanted):
        return _unit(source) <= UNITS.index(wanted.unit)
    dated = kinds.is_date(source) or kinds.is_timestamp(source)
    return bool(dated and (kinds.is_date(wanted) or (kinds.is_date(source) and kinds.is_timestamp(wanted))))


def _fits(wanted: Any, name: str, shard: _Shard | None, source: Any) -> bool:
    """Whether the footer shows that every integer of the column lies within the bounds of the wanted type."""
    import pyarrow.types as kinds

    if shard is None or not kinds.is_integer(source) or not _is_number(wanted):
        return False
    extremes = [_extremes(group, name) for group in shard.groups]
    return all(each is not None and _covers(_bounds(wanted), each) for each in extremes)


def _extremes(group: Any, name: str) -> tuple[int, int] | None:
    chunks = [group.column(at) for at in range(group.num_columns)]
    for chunk in chunks:
        if chunk.path_in_schema == name and (statistics := chunk.statistics) is not None:
            if statistics.has_min_max:
                return int(statistics.min), int(statistics.max)
            if statistics.null_count == chunk.num_values:
                return 0, 0
    return None


def _bounds(kind: Any) -> tuple[int, int]:
    """The least and the greatest integer that a type holds exactly: a float has 11, 24 or 53 bits for it."""
    import pyarrow.types as kinds

    if kinds.is_floating(kind):
        bits = {16: 11, 32: 24, 64: 53}[kind.bit_width]
        return -(2**bits), 2**bits
    if kinds.is_unsigned_integer(kind):
        return 0, 2**kind.bit_width - 1
    return -(2 ** (kind.bit_width - 1)), 2 ** (kind.bit_width - 1) - 1


def _whole_digits(decimal: Any) -> int:
    return int(decimal.precision - decimal.scale)


def _covers(outer: tuple[int, int], inner: tuple[int, int]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _is_finer(source: Any, wanted: Any) -> bool:
    """Whether both are times of one kind, the wanted one in the same or a finer unit."""
    import pyarrow.types as kinds

    clocks = (kinds.is_timestamp, kinds.is_time, kinds.is_duration)
    same = any(clock(source) and clock(wanted) for clock in clocks)
    return same and _unit(source) <= UNITS.index(wanted.unit)


def _unit(kind: Any) -> int:
    # Parquet has no seconds: Arrow writes them as milliseconds, which go back into seconds without a loss.
    return UNITS.index("s" if kind.unit == "ms" else kind.unit)


def _is_number(kind: Any) -> bool:
    import pyarrow.types as kinds

    return bool(kinds.is_integer(kind) or kinds.is_floating(kind))


def _is_text(kind: Any) -> bool:
    import pyarrow.types as kinds

    return bool(kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_string_view(kind))


def _is_binary(kind: Any) -> bool:
    import pyarrow.types as kinds

    variable = kinds.is_binary(kind) or kinds.is_large_binary(kind) or kinds.is_binary_view(kind)
    return bool(variable or kinds.is_fixed_size_binary(kind))


def _is_any_binary(kind: Any) -> bool:
    import pyarrow.types as kinds

    return _is_binary(kind) and not kinds.is_fixed_size_binary(kind)


def _is_label(source: Any) -> bool:
    import pyarrow.types as kinds

    number = source.value_type if kinds.is_dictionary(source) else source
    return bool(kinds.is_integer(number) or kinds.is_boolean(source) or _is_text(source))
