"""The card of a package: `README.md`, YAML that `load_dataset` reads, then words for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dataset_tools.dialects.features import features
from dataset_tools.package import Resource
from dataset_tools.schema import Field, Schema

NOT_STATED = "Not stated."
_STEPS = ["1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T"]
# The Hub's license identifiers are SPDX's in lower case; `other` asks for a name
_ABOUT = {"limitations": "Limitations", "personal": "Personal data", "citation": "Citation"}


def card(
    descriptor: Mapping[str, Any],
    schemas: Mapping[str, Schema],
    resources: Sequence[Resource],
    arrow: Mapping[str, int],
) -> str:
    """The card's text; `arrow` is the Arrow bytes of each resource by its path. No clock: the same in, the same out."""
    import yaml

    told = dict(_metadata(descriptor, schemas, resources, arrow))
    head = yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=120)
    return f"---\n{head}---\n\n" + "\n".join(_body(descriptor, schemas, resources)).rstrip() + "\n"


def _metadata(
    descriptor: Mapping[str, Any],
    schemas: Mapping[str, Schema],
    resources: Sequence[Resource],
    arrow: Mapping[str, int],
) -> Iterator[tuple[str, Any]]:
    yield "pretty_name", descriptor.get("title") or descriptor["name"]
    if language := descriptor.get("dstools:card", {}).get("language"):
        yield "language", [language] if isinstance(language, str) else language
    if licenses := descriptor.get("licenses"):
        first = licenses[0]
        yield "license", str(first.get("name", "other")).lower()
        if first.get("name") == "other":
            yield "license_name", first.get("title", "other")
    if keywords := descriptor.get("keywords"):
        yield "tags", keywords
    tables = [table for table in schemas if any(each.table == table for each in resources)]
    rows = sum(each.rows for each in resources if each.table == tables[0])
    yield "size_categories", [size_category(rows)]
    yield "configs", [_config(table, resources, default=table == tables[0]) for table in tables]
    yield "dataset_info", [_info(schemas[table], resources, arrow) for table in tables]


def size_category(rows: int) -> str:
    """The Hub's word for a number of rows, such as 1K<n<10K."""
    limits = [10 ** (3 + i) for i in range(len(_STEPS))]
    place = sum(rows >= limit for limit in limits)
    if place == 0:
        return "n<1K"
    return f"{_STEPS[place - 1]}<n<{_STEPS[place]}" if place < len(_STEPS) else "n>1T"


def _by_split(table: str, resources: Sequence[Resource]) -> dict[str, list[Resource]]:
    splits: dict[str, list[Resource]] = {}
    for each in resources:
        if each.table == table:
            splits.setdefault(each.split, []).append(each)
    return splits


def _config(table: str, resources: Sequence[Resource], *, default: bool) -> dict[str, Any]:
    # Every file by its name: a pattern would take a stale shard in.
    files = [
        {"split": split, "path": [r.path for r in shards]} for split, shards in _by_split(table, resources).items()
    ]
    return {"config_name": table, **({"default": True} if default else {}), "data_files": files}


def _info(schema: Schema, resources: Sequence[Resource], arrow: Mapping[str, int]) -> dict[str, Any]:
    splits = [
        {"name": split, "num_bytes": sum(arrow[r.path] for r in shards), "num_examples": sum(r.rows for r in shards)}
        for split, shards in _by_split(schema.table, resources).items()
    ]
    return {
        "config_name": schema.table,
        "features": features(schema),
        "splits": splits,
        "download_size": sum(each.size for each in resources if each.table == schema.table),
        "dataset_size": sum(split["num_bytes"] for split in splits),
    }


def _body(descriptor: Mapping[str, Any], schemas: Mapping[str, Schema], resources: Sequence[Resource]) -> Iterator[str]:
    about = descriptor.get("dstools:card", {}).get("about", {})
    yield f"# {_flat(descriptor.get('title') or descriptor['name'])}\n"
    yield f"{_flat(descriptor.get('description') or NOT_STATED)}\n"
    yield f"Version {descriptor['version']}. Loaded with `datasets`:\n"
    yield "```python\nfrom datasets import load_dataset\n"
    yield "\n".join(f'{table} = load_dataset(PATH, "{table}")' for table in dict.fromkeys(r.table for r in resources))
    yield "```\n"
    if descriptor.get("dstools:draft"):
        yield "**A draft**: more was rejected than its budget allows. It is not for publication.\n"
    yield "## Fields\n"
    for table, schema in schemas.items():
        yield from _fields(table, schema, resources)
    yield "## How it was made\n"
    yield from _made(descriptor, schemas, resources)
    for key, heading in _ABOUT.items():
        yield f"## {heading}\n"
        yield f"{_flat(about.get(key) or NOT_STATED)}\n"
        if key == "limitations" and about.get("uses"):
            yield f"{_flat(about['uses'])}\n"


def _fields(table: str, schema: Schema, resources: Sequence[Resource]) -> Iterator[str]:
    rows = sum(each.rows for each in resources if each.table == table)
    yield f"### {table}\n"
    yield f"{_flat(schema.description or NOT_STATED)} {rows:,} rows.\n"
    if schema.primary_key:
        yield f"Primary key: {', '.join(f'`{name}`' for name in schema.primary_key)}."
    for key in schema.foreign_keys:
        yield f"{', '.join(f'`{n}`' for n in key.fields)} references `{key.table}` ({', '.join(key.references)})."
    yield "\n| field | type | null | what |\n| --- | --- | --- | --- |"
    for field in schema.fields:
        null = "no" if field.required else "yes"
        what = _cell(field.description or field.title or NOT_STATED)
        yield f"| `{field.name}` | {_cell(_type(field))} | {null} | {what} |"
    yield ""


def _type(field: Field) -> str:
    if field.items is not None:
        return f"list of {_type(field.items)}"
    if field.fields:
        return f"struct of {', '.join(f'{each.name}: {_type(each)}' for each in field.fields)}"
    return field.arrow


def _made(descriptor: Mapping[str, Any], schemas: Mapping[str, Schema], resources: Sequence[Resource]) -> Iterator[str]:
    counts = descriptor["dstools:counts"]
    made = descriptor["dstools:made_with"]
    sources = "; ".join(_flat(f"{s.get('title', '')} {s.get('path', '')}") for s in descriptor.get("sources", []))
    yield f"Sources: {sources or NOT_STATED}\n"
    libraries = ", ".join(f"{name} {version}" for name, version in made.items() if name != "converter")
    yield f"Converter: {made['converter']}. Made with {libraries}.\n"
    yield "| pages | |\n| --- | ---: |"
    yield from (f"| {name} | {number:,} |" for name, number in counts["pages"].items())
    yield "\n| records | |\n| --- | ---: |"
    yield from (f"| {name} | {number:,} |" for name, number in counts["records"].items())
    yield "\n| table | split | rows | files |\n| --- | --- | ---: | ---: |"
    for table in schemas:
        for split, shards in _by_split(table, resources).items():
            yield f"| {table} | {split} | {sum(r.rows for r in shards):,} | {len(shards):,} |"
    if empty := counts.get("empty"):
        yield f"\nLeft out, because no row fell to it: {', '.join(empty)}."
    for kind, counted in counts["reasons"].items():
        if counted:
            yield f"\n| {kind} for | pages or records |\n| --- | ---: |"
            yield from (f"| {_cell(name)} | {number:,} |" for name, number in counted.items())
    yield ""
    if splits := descriptor.get("dstools:splits"):
        seed = splits.get("seed", 0)
        yield f"A row's split is decided by a hash of `{splits['by']}`, with seed {seed}: it never changes.\n"


def _flat(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _flat(text).replace("|", "\\|")
