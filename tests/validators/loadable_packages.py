"""Small packages on disk, to be broken."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

SPLITS = ("train", "test")
LABEL = {"dtype": {"class_label": {"names": {"0": "p", "1": "q"}}}}
MOMENT = datetime(2024, 5, 1, 12, 30, 15, 123456, tzinfo=UTC)
LINK = pa.struct([("href", pa.string()), ("rank", pa.int64())])
TYPES = {
    "articles": pa.schema(
        [
            ("id", pa.string()),
            ("published", pa.timestamp("us", "UTC")),
            ("likes", pa.int64()),
            ("tags", pa.list_(pa.string())),
            ("links", pa.list_(LINK)),
            ("author", pa.struct([("name", pa.string()), ("verified", pa.bool_())])),
        ]
    ),
    "people": pa.schema([("id", pa.string()), ("followers", pa.int64())]),
}
FEATURES: dict[str, list[dict[str, Any]]] = {
    "articles": [
        {"name": "id", "dtype": "string"},
        {"name": "published", "dtype": "timestamp[us, tz=UTC]"},
        {"name": "likes", "dtype": "int64"},
        {"name": "tags", "list": "string"},
        {"name": "links", "list": [{"name": "href", "dtype": "string"}, {"name": "rank", "dtype": "int64"}]},
        {"name": "author", "struct": [{"name": "name", "dtype": "string"}, {"name": "verified", "dtype": "bool"}]},
    ],
    "people": [{"name": "id", "dtype": "string"}, {"name": "followers", "dtype": "int64"}],
}
ROWS: dict[str, list[dict[str, Any]]] = {
    "articles": [
        {"id": "a", "published": MOMENT, "likes": 3, "tags": ["x", "y"], "links": [{"href": "h", "rank": 1}]},
        {"id": "b", "published": None, "likes": None, "tags": [], "links": None, "author": {"name": "n"}},
        {"id": "c", "tags": None, "links": [{"href": None, "rank": None}], "author": {"name": None, "verified": True}},
    ],
    "people": [{"id": "p", "followers": 7}, {"id": "q", "followers": None}],
}


@dataclass
class Package:
    """A package on disk; a fault changes its files or its card, then writes the card again."""

    folder: Path
    card: dict[str, Any]

    def shard(self, table: str = "people", split: str = "train") -> Path:
        return self.folder / table / f"{split}-00000-of-00001.parquet"

    def config(self, name: str = "people") -> dict[str, Any]:
        return next(each for each in self.card["configs"] if each["config_name"] == name)

    def info(self, name: str = "people") -> dict[str, Any]:
        return next(each for each in self.card["dataset_info"] if each["config_name"] == name)

    def paths(self, name: str = "people", split: str = "train") -> list[str]:
        return next(each["path"] for each in self.config(name)["data_files"] if each["split"] == split)

    def features(self, name: str = "people") -> list[dict[str, Any]]:
        return self.info(name)["features"]

    def promised(self, name: str = "people", split: str = "train") -> dict[str, Any]:
        return next(each for each in self.info(name)["splits"] if each["name"] == split)

    def write_card(self) -> None:
        front = yaml.safe_dump(self.card, sort_keys=False)
        (self.folder / "README.md").write_text(f"---\n{front}---\n# A dataset\n", encoding="utf-8")

    def replace(self, columns: dict[str, Any], split: str = "train", table: str = "people") -> None:
        pq.write_table(pa.table(columns), self.shard(table, split))


def built(folder: Path) -> Package:
    for table, schema in TYPES.items():
        (folder / table).mkdir(parents=True)
        for split in SPLITS:
            path = folder / table / f"{split}-00000-of-00001.parquet"
            pq.write_table(pa.Table.from_pylist(ROWS[table], schema=schema), path)
    (folder / "schemas").mkdir()
    (folder / "schemas" / "people.json").write_text("{}")
    (folder / "datapackage.json").write_text("{}")
    package = Package(folder, {"license": "cc-by-4.0", "configs": listed(), "dataset_info": promised()})
    package.write_card()
    return package


def listed() -> list[dict[str, Any]]:
    files = {
        table: [{"split": split, "path": [f"{table}/{split}-00000-of-00001.parquet"]} for split in SPLITS]
        for table in TYPES
    }
    return [
        {"config_name": "articles", "data_files": files["articles"], "default": True},
        {"config_name": "people", "data_files": files["people"]},
    ]


def promised() -> list[dict[str, Any]]:
    return [
        {
            "config_name": table,
            "features": yaml.safe_load(yaml.safe_dump(FEATURES[table])),
            "splits": [{"name": split, "num_bytes": 1, "num_examples": len(ROWS[table])} for split in SPLITS],
            "download_size": 1,
            "dataset_size": 1,
        }
        for table in TYPES
    ]


def people(splits: tuple[str, ...] = ("train",), **columns: Any) -> Callable[[Package], None]:
    """A change of the people: other values of a column in these splits, and under `id_as` another feature of it."""
    values = {"id": ["p", "q"], "followers": [7, None]}
    files = values | {name: column for name, column in columns.items() if not name.endswith("_as")}

    def change(package: Package) -> None:
        if files != values:
            for split in splits:
                package.replace(files, split)
        for at, name in enumerate(values):
            if feature := columns.get(f"{name}_as"):
                told = feature if isinstance(feature, dict) else {"dtype": feature}
                package.features()[at] = {"name": name, **told}

    return change


def written(name: str, text: str) -> Callable[[Package], None]:
    return lambda package: (package.folder / name).write_text(text) and None
