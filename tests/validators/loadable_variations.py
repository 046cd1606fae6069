"""Changes of a package that are no fault at all."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from loadable_packages import LABEL, SPLITS, TYPES, Package, listed, people, promised

VARIATIONS: dict[str, Callable[[Package], None]] = {}
SHORTS = pa.array([[7], None], pa.list_(pa.int16()))
PRICES = pa.array([Decimal("1.25"), None], pa.decimal128(5, 2))


def sound(changes: Callable[[Package], None]) -> Callable[[Package], None]:
    VARIATIONS[changes.__name__] = changes
    return changes


@sound
def strings_are_of_other_kinds(package: Package) -> None:
    package.replace({"id": pa.array(["p", "q"], pa.large_string()), "followers": [7, None]})
    package.replace({"id": pa.array(["p", "q"]).dictionary_encode(), "followers": [7, None]}, "test")


@sound
def lists_are_large(package: Package) -> None:
    package.features("articles")[3] = {"name": "tags", "large_list": "large_string"}


@sound
def columns_are_in_another_order(package: Package) -> None:
    package.replace({"followers": [7, None], "id": ["p", "q"]})


@sound
def fields_are_not_nullable(package: Package) -> None:
    member = pa.field("item", pa.int64(), nullable=False)
    schema = pa.schema([pa.field("id", pa.string(), nullable=False), pa.field("followers", pa.list_(member))])
    for split in SPLITS:
        pq.write_table(pa.table([["p", "q"], [[7], None]], schema=schema), package.shard(split=split))
    package.features()[1] = {"name": "followers", "list": "int64"}


@sound
def seconds_stand_for_microseconds(package: Package) -> None:
    rows = pq.read_table(package.shard("articles"))
    moments = rows["published"].cast(pa.timestamp("s", "UTC"), safe=False)
    pq.write_table(rows.set_column(1, "published", moments), package.shard("articles"))


@sound
def a_split_has_two_shards(package: Package) -> None:
    rows = pq.read_table(package.shard())
    package.shard().unlink()
    package.paths()[:] = [f"people/train-{at:05d}-of-00002.parquet" for at in range(2)]
    for at, path in enumerate(package.paths()):
        pq.write_table(rows.slice(at, 1), package.folder / path)


@sound
def an_empty_row_group_is_not_the_first(package: Package) -> None:
    rows = pq.read_table(package.shard())
    with pq.ParquetWriter(package.shard(), rows.schema) as writer:
        writer.write_table(rows)
        writer.write_table(rows.slice(0, 0))


@sound
def a_glob_finds_what_is_promised(package: Package) -> None:
    package.paths()[:] = ["people/train-?????-of-00001.parquet"]


@sound
def the_only_config_is_its_own_default(package: Package) -> None:
    package.card = {"configs": [{**package.config(), "config_name": "default"}], "dataset_info": package.info()}
    del package.card["dataset_info"]["config_name"]
    package.card["configs"].append({**listed()[0], "default": False})
    package.card["configs"].append({**listed()[1]})
    package.card["dataset_info"] = [package.card["dataset_info"], *promised()]


@sound
def promised_splits_are_a_mapping(package: Package) -> None:
    package.info()["splits"] = {each["name"]: each for each in package.info()["splits"]}


@sound
def the_old_infos_are_there_as_well(package: Package) -> None:
    old = {"id": {"_type": "Value", "dtype": "string"}, "likes": {"_type": "Sequence", "feature": {"_type": "Json"}}}
    infos = {name: {"features": old, "splits": {}, "version": {"version_str": "1.0.0"}} for name in TYPES}
    (package.folder / "dataset_infos.json").write_text(json.dumps(infos))


@sound
def a_split_name_has_a_dot(package: Package) -> None:
    package.shard(split="test").rename(package.shard(split="test.2024"))
    package.paths(split="test")[:] = ["people/test.2024-00000-of-00001.parquet"]
    package.config()["data_files"][1]["split"] = package.promised(split="test")["name"] = "test.2024"


@sound
def the_card_begins_with_a_mark_and_ends_lines_as_windows_does(package: Package) -> None:
    front = yaml.safe_dump(package.card, sort_keys=False, line_break="\r\n")
    (package.folder / "README.md").write_bytes(b"\xef\xbb\xbf---\r\n" + front.encode() + b"---\r\n")
    package.card = {}


VARIATIONS |= {
    name: people(**change)
    for name, change in (
        ("nothing_is_changed", {}),
        ("narrower_integers_stand_for_wider_ones", {"followers": pa.array([7, None], pa.int32())}),
        (
            "integers_inside_a_list_are_narrower",
            {"splits": SPLITS, "followers": SHORTS, "followers_as": {"list": "int64"}},
        ),
        ("a_column_is_all_null", {"id": pa.nulls(2)}),
        (
            "dates_and_decimals_are_kept",
            {
                "splits": SPLITS,
                "id": [date(2024, 5, 1), None],
                "id_as": "date32",
                "followers": PRICES,
                "followers_as": "decimal128(10, 3)",
            },
        ),
        ("strings_stand_for_a_label", {"id_as": LABEL}),
        ("text_stands_for_json", {"id_as": "json"}),
    )
}
