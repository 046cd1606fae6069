"""Features as Arrow types: a class label is a dictionary of strings, which no other feature is."""

import re
from typing import Any

import pyarrow as pa
import pyarrow.types as kinds

ALIASES = {"bool": "bool_", "double": "float64", "float": "float32", "large_utf8": "large_string", "utf8": "string"}
PLAIN_TYPES = frozenset(
    {"null", "bool_", "date32", "date64", "float16", "float32", "float64"}
    | {"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"}
    | {"string", "large_string", "string_view", "binary", "large_binary", "binary_view"}
)
TYPE_PATTERNS = {
    "timestamp": re.compile(r"timestamp\[(s|ms|us|ns)(?:,\s*tz=([a-zA-Z0-9/_+\-:]*))?\]"),
    "duration": re.compile(r"duration\[(s|ms|us|ns)\]"),
    "time32": re.compile(r"time32\[(s|ms)\]"),
    "time64": re.compile(r"time64\[(us|ns)\]"),
    "decimal128": re.compile(r"decimal128\((\d+),\s*(-?\d+)\)"),
    "decimal256": re.compile(r"decimal256\((\d+),\s*(-?\d+)\)"),
    "binary": re.compile(r"fixed_size_binary\[(\d+)\]"),
}


def from_yaml(feature: Any) -> Any:
    """The Arrow type of a feature in YAML; names are taken out of it, so that a YAML alias fails as it does there."""
    if isinstance(feature, list):
        names = [member.pop("name") for member in feature]
        return pa.struct(dict(zip(names, (from_yaml(member) for member in feature), strict=True)))
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
        return from_yaml(inner)
    raise ValueError(f"no feature type that is judged here: {kind}")


def _list_from_yaml(kind: str, feature: dict[str, Any]) -> Any:
    inner = feature.pop(kind)
    members = from_yaml({"dtype": inner} if isinstance(inner, str) else inner)
    if kind == "sequence" and isinstance(inner, list):
        return _struct_of_lists(members, feature)
    return _list(kind, members, **feature)


def from_json(feature: Any) -> Any:
    """The Arrow type of a feature in the JSON form of `Features.to_dict`."""
    if isinstance(feature, list):
        return pa.list_(from_json(feature[0]))
    kind = feature.get("_type")
    if kind is None or isinstance(kind, dict):
        return pa.struct({name: from_json(member) for name, member in feature.items()})
    options = {key: value for key, value in feature.items() if key not in ("_type", "feature")}
    if kind in ("List", "LargeList", "Sequence"):
        return _list_from_json(kind, from_json(feature["feature"]), options)
    if kind == "Json":
        return pa.json_()
    if kind in ("Value", "ClassLabel"):
        return _plain(feature["dtype"]) if kind == "Value" else _label(feature["names"])
    raise ValueError(f"no feature type that is judged here: {kind}")


def _list_from_json(kind: str, members: Any, options: dict[str, Any]) -> Any:
    if kind == "Sequence" and kinds.is_struct(members) and not all(kinds.is_list(each.type) for each in members):
        return _struct_of_lists(members, options)
    return _list("large_list" if kind == "LargeList" else "list", members, **options)


def _struct_of_lists(members: Any, options: dict[str, Any]) -> Any:
    return pa.struct({member.name: _list("list", member.type, **options) for member in members})


def _list(kind: str, members: Any, length: int = -1, id: str | None = None) -> Any:
    if kind != "large_list":
        return pa.list_(members, length)
    if length != -1:
        raise TypeError("a large_list has no length")
    return pa.large_list(members)


def _label(names: Any) -> Any:
    ordered = [names[key] for key in sorted(names, key=int)] if isinstance(names, dict) else names
    if isinstance(names, dict) and sorted(map(int, names)) != list(range(len(names))):
        raise ValueError("the ids of a class_label have gaps")
    if not isinstance(ordered, list) or len({str(name) for name in ordered}) != len(ordered):
        raise ValueError("the names of a class_label are not a list of different names")
    return pa.dictionary(pa.int64(), pa.string())


def _plain(dtype: str) -> Any:
    name = ALIASES.get(dtype, dtype)
    if name in PLAIN_TYPES:
        return getattr(pa, name)()
    if name == "json":
        return pa.json_()
    for factory, pattern in TYPE_PATTERNS.items():
        if match := pattern.fullmatch(dtype):
            given = [part for part in match.groups() if part is not None]
            return getattr(pa, factory)(*(int(part) if part.lstrip("-").isdigit() else part for part in given))
    raise ValueError(f"no dtype that is judged here: {dtype}")
