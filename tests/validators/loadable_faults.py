"""Faults that make `load_dataset` fail: each breaks a sound package, and its name is the id of its case."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
from loadable_packages import LABEL, SPLITS, TYPES, Package, people, written


@dataclass(frozen=True)
class Fault:
    """A way to break a package, and the reason that the verdict must give.

    The card is written anew after it, unless the fault takes the text of the card into its own hands.
    """

    reason: str
    name: str
    breaks: Callable[[Package], None]
    writes_card: bool = True

    def __call__(self, package: Package) -> None:
        self.breaks(package)
        if self.writes_card:
            package.write_card()


FAULTS: list[Fault] = []
COUNTS = pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64()))
ENTRY = [{"name": "key", "dtype": "string"}, {"name": "value", "dtype": "int64"}]
ELSEWHERE = "configs: [{config_name: people, data_files: elsewhere.parquet}]\n"

Breaks = Callable[[Package], None]


def gives(reason: str, faults: list[Fault] = FAULTS, writes_card: bool = True) -> Callable[[Breaks], Breaks]:
    def register(breaks: Breaks) -> Breaks:
        faults.append(Fault(reason, breaks.__name__, breaks, writes_card))
        return breaks

    return register


@gives("missing-file")
def a_listed_shard_is_missing(package: Package) -> None:
    package.shard().unlink()


@gives("unreadable-file")
def a_shard_is_truncated(package: Package) -> None:
    package.shard().write_bytes(package.shard().read_bytes()[:-20])


@gives("unreadable-file")
def a_shard_has_no_bytes(package: Package) -> None:
    package.shard().write_bytes(b"")


@gives("missing-file")
def a_shard_is_a_folder(package: Package) -> None:
    package.shard().unlink()
    package.shard().mkdir()


@gives("unreadable-file")
def a_shard_is_text(package: Package) -> None:
    package.shard().write_text("id,followers\n")


@gives("empty-split")
def a_split_has_no_rows(package: Package) -> None:
    pq.write_table(TYPES["people"].empty_table(), package.shard(split="test"))
    package.promised(split="test")["num_examples"] = 0


@gives("empty-split")
def a_split_has_no_row_groups(package: Package) -> None:
    pq.ParquetWriter(package.shard(split="test"), TYPES["people"]).close()
    package.promised(split="test")["num_examples"] = 0


@gives("empty-split")
def a_split_lists_no_files(package: Package) -> None:
    package.paths(split="test").clear()


@gives("empty-shard")
def an_empty_shard_stands_beside_a_full_one(package: Package) -> None:
    second = package.folder / "people" / "train-00001-of-00002.parquet"
    first = package.shard().rename(package.folder / "people" / "train-00000-of-00002.parquet")
    pq.write_table(TYPES["people"].empty_table(), second)
    package.paths()[:] = [f"people/{first.name}", f"people/{second.name}"]


@gives("empty-shard")
def a_shard_begins_with_an_empty_row_group(package: Package) -> None:
    rows = pq.read_table(package.shard())
    with pq.ParquetWriter(package.shard(), rows.schema) as writer:
        writer.write_table(rows.slice(0, 0))
        writer.write_table(rows)


@gives("split-name")
def a_split_name_has_a_hyphen(package: Package) -> None:
    package.config()["data_files"][1]["split"] = "hold-out"
    package.promised(split="test")["name"] = "hold-out"


@gives("split-name")
def a_split_is_called_all(package: Package) -> None:
    package.config()["data_files"][1]["split"] = "all"
    package.promised(split="test")["name"] = "all"


@gives("split-name")
def a_split_name_is_a_number(package: Package) -> None:
    package.config()["data_files"][1]["split"] = 2024


@gives("split-twice")
def a_split_is_listed_twice(package: Package) -> None:
    package.config()["data_files"].append(dict(package.config()["data_files"][0]))


@gives("split-twice")
def a_split_is_promised_twice(package: Package) -> None:
    package.info()["splits"].append(dict(package.promised()))


@gives("missing-split")
def a_split_is_promised_and_not_listed(package: Package) -> None:
    package.config()["data_files"].pop()


@gives("extra-split")
def a_split_is_listed_and_not_promised(package: Package) -> None:
    package.info()["splits"].pop()


@gives("row-count")
def more_rows_are_promised(package: Package) -> None:
    package.promised()["num_examples"] = 3


@gives("row-count")
def the_promised_rows_are_text(package: Package) -> None:
    package.promised()["num_examples"] = "2"


@gives("row-count")
def the_promised_rows_are_absent(package: Package) -> None:
    del package.promised()["num_examples"]


@gives("card-malformed")
def a_promised_split_has_an_unknown_key(package: Package) -> None:
    package.promised()["rows"] = 2


@gives("row-count")
def a_shard_has_one_row_more(package: Package) -> None:
    rows = pq.read_table(package.shard())
    pq.write_table(pa.concat_tables([rows, rows.slice(0, 1)]), package.shard())


@gives("extra-column")
def a_struct_has_an_extra_field(package: Package) -> None:
    package.features("articles")[5]["struct"].pop()


@gives("column-twice")
def a_column_is_there_twice(package: Package) -> None:
    ids = pa.array(["p", "q"])
    package_rows = pa.Table.from_arrays([ids, pa.array([7, None]), ids], names=["id", "followers", "id"])
    pq.write_table(package_rows, package.shard())


@gives("column-type")
def integers_inside_a_list_are_strings(package: Package) -> None:
    package.features("articles")[3] = {"name": "tags", "list": "int64"}


@gives("column-type")
def microseconds_stand_for_seconds(package: Package) -> None:
    package.features("articles")[1]["dtype"] = "timestamp[s, tz=UTC]"


@gives("column-type")
def a_list_of_any_length_stands_for_a_fixed_one(package: Package) -> None:
    package.features("articles")[3] = {"name": "tags", "list": "string", "length": 2}


@gives("column-type")
def a_map_has_no_feature_to_infer(package: Package) -> None:
    for split in SPLITS:
        counts = pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64()))
        package.replace({"id": ["p", "q"], "followers": counts}, split)
    del package.info()["features"]


@gives("feature-type")
def a_feature_has_no_name(package: Package) -> None:
    del package.features()[1]["name"]


@gives("feature-type")
def a_feature_begins_with_another_key(package: Package) -> None:
    package.features()[1] = {"name": "followers", "description": "of them", "dtype": "int64"}


@gives("feature-type")
def two_features_are_one_yaml_alias(package: Package) -> None:
    package.features()[1] = package.features()[0]


@gives("feature-type")
def the_features_are_a_word(package: Package) -> None:
    package.info()["features"] = "string"


@gives("no-files")
def a_config_has_no_files(package: Package) -> None:
    package.config()["data_files"] = []


@gives("no-files")
def the_first_config_has_no_files(package: Package) -> None:
    package.config("articles")["data_files"] = []


@gives("card-malformed")
def a_config_has_no_name(package: Package) -> None:
    del package.config()["config_name"]


@gives("config-name")
def a_config_name_is_a_path(package: Package) -> None:
    package.config()["config_name"] = package.info()["config_name"] = "a/people"


@gives("config-name")
def a_config_name_is_a_number(package: Package) -> None:
    package.config()["config_name"] = 5


@gives("unknown-config")
def a_config_is_promised_and_not_listed(package: Package) -> None:
    package.card["configs"].pop()


@gives("card-malformed")
def a_split_has_a_third_key(package: Package) -> None:
    package.config()["data_files"][0]["rows"] = 2


@gives("card-malformed")
def words_and_splits_are_mixed(package: Package) -> None:
    package.config()["data_files"].append("people/test-00000-of-00001.parquet")


@gives("card-malformed")
def data_files_is_a_mapping(package: Package) -> None:
    package.config()["data_files"] = {"train": "people/train-00000-of-00001.parquet"}


@gives("card-malformed")
def configs_is_a_mapping(package: Package) -> None:
    package.card["configs"] = {each["config_name"]: each for each in package.card["configs"]}


@gives("card-malformed")
def an_info_is_a_word(package: Package) -> None:
    package.card["dataset_info"].append("people")


@gives("card-malformed")
def a_version_is_not_of_three_numbers(package: Package) -> None:
    package.info()["version"] = "1.0"


@gives("card-malformed")
def a_config_has_a_version_that_is_no_string(package: Package) -> None:
    package.config()["version"] = 1


@gives("default-twice")
def two_configs_are_the_default(package: Package) -> None:
    package.config()["default"] = True


@gives("no-default-config")
def no_config_is_the_default(package: Package) -> None:
    del package.config("articles")["default"]


@gives("remote-file")
def a_url_is_listed(package: Package) -> None:
    package.paths()[:] = ["https://example.invalid/people/train-00000-of-00001.parquet"]


@gives("extra-column")
def shards_of_two_tables_are_swapped(package: Package) -> None:
    here, there = package.shard("people"), package.shard("articles")
    first, second = here.read_bytes(), there.read_bytes()
    here.write_bytes(second)
    there.write_bytes(first)


@gives("row-count")
def a_glob_finds_a_stale_shard(package: Package) -> None:
    stale = package.folder / "people" / "train-00000-of-00002.parquet"
    stale.write_bytes(package.shard().read_bytes())
    package.paths()[:] = ["people/train-*.parquet"]


@gives("empty-split")
def a_glob_finds_nothing(package: Package) -> None:
    package.paths()[:] = ["people/training-*.parquet"]


@gives("missing-file")
def the_last_of_two_configs_is_wrong(package: Package) -> None:
    package.card["configs"].append({"config_name": "people", "data_files": "people/nothing.parquet"})


@gives("card-malformed", writes_card=False)
def the_card_is_not_utf_8(package: Package) -> None:
    (package.folder / "README.md").write_bytes((package.folder / "README.md").read_bytes() + b"\xff")


@gives("card-malformed")
def a_key_of_the_card_is_a_number(package: Package) -> None:
    package.card[2024] = "a year"  # type: ignore[index]


@gives("no-card", writes_card=False)
def there_is_no_card(package: Package) -> None:
    (package.folder / "README.md").unlink()


@gives("no-configs")
def the_card_has_no_configs(package: Package) -> None:
    del package.card["configs"]


@gives("row-count")
def the_old_infos_promise_more_rows(package: Package) -> None:
    package.card["dataset_info"].pop()
    old = {"splits": {"train": {"name": "train", "num_examples": 3}, "test": {"name": "test", "num_examples": 2}}}
    (package.folder / "dataset_infos.json").write_text(json.dumps({"people": old, "others": {}}))


@gives("feature-type")
def the_old_infos_have_an_unknown_feature(package: Package) -> None:
    old = {"features": {"id": {"dtype": "integer", "_type": "Value"}}}
    (package.folder / "dataset_infos.json").write_text(json.dumps({"people": old}))


@gives("dataset-script")
def a_script_has_the_name_of_the_folder(package: Package) -> None:
    (package.folder / f"{package.folder.name}.py").write_text("raise SystemExit('run')")


FAULTS += [
    Fault(reason, name, people(**change))
    for reason, name, change in (
        ("extra-column", "a_shard_has_an_extra_column", {"spy": [1, 2]}),
        ("column-type", "strings_stand_for_integers", {"followers": ["many", "few"]}),
        ("column-type", "a_list_stands_for_a_string", {"id": [["p"], ["q"]]}),
        ("column-type", "a_string_stands_for_a_list", {"id_as": {"list": "string"}}),
        ("column-type", "integers_exceed_the_narrower_type", {"followers": [2**40, None], "followers_as": "int32"}),
        (
            "column-type",
            "integers_exceed_what_a_float_holds",
            {"followers": [2**60 + 1, None], "followers_as": "float64"},
        ),
        ("column-type", "floats_stand_for_integers", {"followers": [1.5, None]}),
        ("column-type", "text_stands_for_a_timestamp", {"id_as": "timestamp[us, tz=UTC]"}),
        (
            "column-type",
            "a_decimal_has_too_many_places",
            {"followers": [Decimal("1.25"), None], "followers_as": "decimal128(5, 1)"},
        ),
        ("column-type", "a_map_stands_for_a_list_of_structs", {"followers": COUNTS, "followers_as": {"list": ENTRY}}),
        ("column-type", "values_stand_where_the_card_says_null", {"id_as": "null"}),
        ("column-type", "bytes_stand_for_text", {"id": [b"\xff", b"\xfe"]}),
        (
            "column-type",
            "dictionary_values_stand_for_a_label",
            {"id": pa.array(["p", "q"]).dictionary_encode(), "id_as": LABEL},
        ),
        ("feature-type", "a_feature_has_an_unknown_dtype", {"followers_as": "integer"}),
        ("feature-type", "a_dtype_names_a_function_of_pyarrow", {"followers_as": "cpu_count"}),
        (
            "feature-type",
            "the_labels_have_a_gap",
            {"id_as": {"dtype": {"class_label": {"names": {"0": "p", "2": "q"}}}}},
        ),
    )
]

FAULTS += [
    Fault(reason, name, written(file, text), writes_card=file != "README.md")
    for reason, name, file, text in (
        ("card-malformed", "the_front_matter_is_not_yaml", "README.md", "---\nconfigs: [unclosed\n---\n"),
        ("card-malformed", "the_front_matter_is_a_list", "README.md", "---\n- configs\n---\n"),
        ("card-malformed", "the_card_contains_itself", "README.md", "---\nconfigs: &a [*a]\n---\n"),
        ("no-configs", "the_card_has_no_front_matter", "README.md", "# A dataset\n"),
        ("missing-file", "the_override_lists_another_file", ".huggingface.yaml", ELSEWHERE),
        ("no-configs", "the_override_has_no_configs", ".huggingface.yaml", "configs: []\n"),
        ("card-malformed", "the_override_is_not_yaml", ".huggingface.yaml", "configs: ["),
        ("card-malformed", "the_override_is_a_word", ".huggingface.yaml", "configs"),
        ("card-malformed", "the_old_infos_are_not_json", "dataset_infos.json", "{"),
        ("saved-to-disk", "there_is_a_state_of_save_to_disk", "state.json", "{}"),
    )
]
