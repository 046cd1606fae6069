"""The verdict on a package is the one that `load_dataset` itself gives, fault by fault."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from dataset_tools.issue import Issue
from dataset_tools.validators.loadable import SILENT, judge

SPLITS = ("train", "test")
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


def offline(home: str) -> None:
    # Read when `datasets` is imported, which happens in the loading process alone.
    os.environ.update(HF_HUB_OFFLINE="1", HF_HOME=home, HF_DATASETS_DISABLE_PROGRESS_BARS="1")


def failure_of_load_dataset(folder: str, cache: str) -> str | None:
    """Why `load_dataset` fails for the package or one of its configs; None when it loads all of them."""
    import datasets

    datasets.logging.set_verbosity(datasets.logging.CRITICAL)
    for config in (None, *TYPES):
        try:
            datasets.load_dataset(folder, config, cache_dir=cache)
        except Exception as error:
            return f"{config}: {type(error).__name__}: {error} ({error.__cause__})"
    return None


@pytest.fixture(scope="module")
def loading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessPoolExecutor]:
    home = str(tmp_path_factory.mktemp("home"))
    with ProcessPoolExecutor(1, get_context("spawn"), offline, (home,)) as process:
        yield process


@pytest.fixture
def load_dataset(loading: ProcessPoolExecutor, tmp_path: Path) -> Callable[[Path], str | None]:
    return lambda folder: loading.submit(failure_of_load_dataset, str(folder), str(tmp_path / "cache")).result()


@pytest.fixture
def package(tmp_path: Path) -> Package:
    return built(tmp_path / "package-1.0.0")


def loud(issues: list[Issue]) -> list[Issue]:
    return [issue for issue in issues if issue.reason not in SILENT]


# Faults: each breaks a sound package, and its name is the id of its case. The card is written anew after it, unless the
# fault takes the text of the card into its own hands.


@dataclass(frozen=True)
class Fault:
    """A way to break a package, and the reason that the verdict must give."""

    reason: str
    breaks: Callable[[Package], None]
    writes_card: bool = True

    def __call__(self, package: Package) -> None:
        self.breaks(package)
        if self.writes_card:
            package.write_card()


FAULTS: list[Fault] = []


def gives(reason: str, writes_card: bool = True) -> Callable[[Callable[[Package], None]], Callable[[Package], None]]:
    def register(breaks: Callable[[Package], None]) -> Callable[[Package], None]:
        FAULTS.append(Fault(reason, breaks, writes_card))
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
def a_shard_has_an_extra_column(package: Package) -> None:
    package.replace({"id": ["p", "q"], "followers": [7, None], "spy": [1, 2]})


@gives("extra-column")
def a_struct_has_an_extra_field(package: Package) -> None:
    package.features("articles")[5]["struct"].pop()


@gives("column-twice")
def a_column_is_there_twice(package: Package) -> None:
    ids = pa.array(["p", "q"])
    package_rows = pa.Table.from_arrays([ids, pa.array([7, None]), ids], names=["id", "followers", "id"])
    pq.write_table(package_rows, package.shard())


@gives("column-type")
def strings_stand_for_integers(package: Package) -> None:
    package.replace({"id": ["p", "q"], "followers": ["many", "few"]})


@gives("column-type")
def a_list_stands_for_a_string(package: Package) -> None:
    package.replace({"id": [["p"], ["q"]], "followers": [7, None]})


@gives("column-type")
def a_string_stands_for_a_list(package: Package) -> None:
    package.features()[0] = {"name": "id", "list": "string"}


@gives("column-type")
def integers_inside_a_list_are_strings(package: Package) -> None:
    package.features("articles")[3] = {"name": "tags", "list": "int64"}


@gives("column-type")
def integers_exceed_the_narrower_type(package: Package) -> None:
    package.replace({"id": ["p", "q"], "followers": [2**40, None]})
    package.features()[1]["dtype"] = "int32"


@gives("column-type")
def integers_exceed_what_a_float_holds(package: Package) -> None:
    package.replace({"id": ["p", "q"], "followers": [2**60 + 1, None]})
    package.features()[1]["dtype"] = "float64"


@gives("column-type")
def floats_stand_for_integers(package: Package) -> None:
    package.replace({"id": ["p", "q"], "followers": [1.5, None]})


@gives("column-type")
def microseconds_stand_for_seconds(package: Package) -> None:
    package.features("articles")[1]["dtype"] = "timestamp[s, tz=UTC]"


@gives("column-type")
def text_stands_for_a_timestamp(package: Package) -> None:
    package.features()[0]["dtype"] = "timestamp[us, tz=UTC]"


@gives("column-type")
def a_decimal_has_too_many_places(package: Package) -> None:
    package.replace({"id": ["p", "q"], "followers": [Decimal("1.25"), None]})
    package.features()[1]["dtype"] = "decimal128(5, 1)"


@gives("column-type")
def a_list_of_any_length_stands_for_a_fixed_one(package: Package) -> None:
    package.features("articles")[3] = {"name": "tags", "list": "string", "length": 2}


@gives("column-type")
def a_map_stands_for_a_list_of_structs(package: Package) -> None:
    counts = pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64()))
    package.replace({"id": ["p", "q"], "followers": counts})
    entry = [{"name": "key", "dtype": "string"}, {"name": "value", "dtype": "int64"}]
    package.features()[1] = {"name": "followers", "list": entry}


@gives("column-type")
def a_map_has_no_feature_to_infer(package: Package) -> None:
    for split in SPLITS:
        counts = pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64()))
        package.replace({"id": ["p", "q"], "followers": counts}, split)
    del package.info()["features"]


@gives("column-type")
def values_stand_where_the_card_says_null(package: Package) -> None:
    package.features()[0]["dtype"] = "null"


@gives("column-type")
def bytes_stand_for_text(package: Package) -> None:
    package.replace({"id": [b"\xff", b"\xfe"], "followers": [7, None]})


@gives("column-type")
def dictionary_values_stand_for_a_label(package: Package) -> None:
    package.replace({"id": pa.array(["p", "q"]).dictionary_encode(), "followers": [7, None]})
    package.features()[0]["dtype"] = {"class_label": {"names": {"0": "p", "1": "q"}}}


@gives("feature-type")
def a_feature_has_an_unknown_dtype(package: Package) -> None:
    package.features()[1]["dtype"] = "integer"


@gives("feature-type")
def a_dtype_names_a_function_of_pyarrow(package: Package) -> None:
    package.features()[1]["dtype"] = "cpu_count"


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
def the_labels_have_a_gap(package: Package) -> None:
    package.features()[0]["dtype"] = {"class_label": {"names": {"0": "p", "2": "q"}}}


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


# The card as text, and the other files that `load_dataset` reads.


@gives("card-malformed", writes_card=False)
def the_front_matter_is_not_yaml(package: Package) -> None:
    (package.folder / "README.md").write_text("---\nconfigs: [unclosed\n---\n")


@gives("card-malformed", writes_card=False)
def the_front_matter_is_a_list(package: Package) -> None:
    (package.folder / "README.md").write_text("---\n- configs\n---\n")


@gives("card-malformed", writes_card=False)
def the_card_is_not_utf_8(package: Package) -> None:
    (package.folder / "README.md").write_bytes((package.folder / "README.md").read_bytes() + b"\xff")


@gives("card-malformed")
def a_key_of_the_card_is_a_number(package: Package) -> None:
    package.card[2024] = "a year"  # type: ignore[index]


@gives("card-malformed", writes_card=False)
def the_card_contains_itself(package: Package) -> None:
    (package.folder / "README.md").write_text("---\nconfigs: &a [*a]\n---\n")


@gives("no-card", writes_card=False)
def there_is_no_card(package: Package) -> None:
    (package.folder / "README.md").unlink()


@gives("no-configs", writes_card=False)
def the_card_has_no_front_matter(package: Package) -> None:
    (package.folder / "README.md").write_text("# A dataset\n")


@gives("no-configs")
def the_card_has_no_configs(package: Package) -> None:
    del package.card["configs"]


@gives("missing-file")
def the_override_lists_another_file(package: Package) -> None:
    configs = [{"config_name": "people", "data_files": "elsewhere.parquet"}]
    (package.folder / ".huggingface.yaml").write_text(yaml.safe_dump({"configs": configs}))


@gives("no-configs")
def the_override_has_no_configs(package: Package) -> None:
    (package.folder / ".huggingface.yaml").write_text("configs: []\n")


@gives("card-malformed")
def the_override_is_not_yaml(package: Package) -> None:
    (package.folder / ".huggingface.yaml").write_text("configs: [")


@gives("card-malformed")
def the_override_is_a_word(package: Package) -> None:
    (package.folder / ".huggingface.yaml").write_text("configs")


@gives("card-malformed")
def the_old_infos_are_not_json(package: Package) -> None:
    (package.folder / "dataset_infos.json").write_text("{")


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


@gives("saved-to-disk")
def there_is_a_state_of_save_to_disk(package: Package) -> None:
    (package.folder / "state.json").write_text("{}")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.breaks.__name__)
def test_a_package_that_load_dataset_refuses_is_refused(
    fault: Fault, package: Package, load_dataset: Callable[[Path], str | None]
) -> None:
    fault(package)
    issues = loud(judge(package.folder))
    failure = load_dataset(package.folder)
    assert failure is not None
    assert fault.reason in {issue.reason for issue in issues}, (issues, failure)


# What `load_dataset` accepts in silence

SILENT_FAULTS: list[Fault] = []


def silently(reason: str) -> Callable[[Callable[[Package], None]], Callable[[Package], None]]:
    def register(breaks: Callable[[Package], None]) -> Callable[[Package], None]:
        SILENT_FAULTS.append(Fault(reason, breaks))
        return breaks

    return register


@silently("missing-column")
def a_shard_lacks_a_column(package: Package) -> None:
    package.replace({"id": ["p", "q"]}, "test")


@silently("missing-column")
def a_struct_lacks_a_field(package: Package) -> None:
    package.features("articles")[5]["struct"].append({"name": "born", "list": "int64"})


@silently("column-cast")
def integers_stand_for_strings(package: Package) -> None:
    package.replace({"id": [1, 2], "followers": [7, None]})


@silently("column-cast")
def integers_fit_the_narrower_type(package: Package) -> None:
    package.features()[1]["dtype"] = "int8"


@silently("column-cast")
def integers_fit_the_float(package: Package) -> None:
    package.features()[1]["dtype"] = "float32"


@silently("column-cast")
def floats_are_narrowed(package: Package) -> None:
    package.replace({"id": ["p", "q"], "followers": [1e300, None]})
    package.replace({"id": ["p", "q"], "followers": [1e300, None]}, "test")
    package.features()[1]["dtype"] = "float32"


@silently("column-cast")
def a_moment_without_zone_stands_for_one_in_utc(package: Package) -> None:
    moments = pa.array([MOMENT, None], pa.timestamp("us"))
    for split in SPLITS:
        package.replace({"id": moments, "followers": [7, None]}, split)
    package.features()[0]["dtype"] = "timestamp[us, tz=UTC]"


@silently("column-cast")
def a_moment_stands_for_a_date(package: Package) -> None:
    for split in SPLITS:
        package.replace({"id": pa.array([MOMENT, None], pa.timestamp("us", "UTC")), "followers": [7, None]}, split)
    package.features()[0]["dtype"] = "date32"


@silently("extra-shard")
def a_stale_shard_is_not_listed(package: Package) -> None:
    stale = package.folder / "people" / "train-00000-of-00002.parquet"
    stale.write_bytes(package.shard().read_bytes())


@silently("missing-shard")
def one_of_two_shards_is_listed(package: Package) -> None:
    package.shard().rename(package.folder / "people" / "train-00000-of-00002.parquet")
    package.paths()[:] = ["people/train-00000-of-00002.parquet"]


@silently("file-twice")
def a_shard_is_listed_twice(package: Package) -> None:
    package.paths().append(package.paths()[0])
    package.promised()["num_examples"] = 4


@silently("file-twice")
def train_is_listed_as_test_as_well(package: Package) -> None:
    package.paths(split="test")[:] = package.paths(split="train")


@silently("misplaced-shard")
def the_shards_of_two_splits_are_exchanged(package: Package) -> None:
    train, test = package.paths(split="train"), package.paths(split="test")
    train[:], test[:] = list(test), list(train)


@silently("outside-folder")
def a_shard_lies_outside_the_folder(package: Package) -> None:
    package.shard().rename(package.folder.parent / "train-00000-of-00001.parquet")
    package.paths()[:] = ["../train-00000-of-00001.parquet"]


@silently("config-twice")
def the_last_of_two_configs_is_sound(package: Package) -> None:
    package.card["configs"].insert(1, {"config_name": "people", "data_files": "people/nothing.parquet"})


@silently("config-twice")
def the_last_of_two_infos_is_sound(package: Package) -> None:
    package.card["dataset_info"].insert(0, {"config_name": "people", "splits": []})


@silently("missing-promise")
def a_config_is_listed_and_not_promised(package: Package) -> None:
    package.card["dataset_info"] = package.card["dataset_info"][:1]


@silently("missing-promise")
def the_features_are_absent(package: Package) -> None:
    del package.info()["features"]


@silently("missing-promise")
def the_splits_are_absent(package: Package) -> None:
    del package.info()["splits"]


@silently("card-overridden")
def the_override_drops_the_promises(package: Package) -> None:
    (package.folder / ".huggingface.yaml").write_text("dataset_info: []\n")


@pytest.mark.parametrize("fault", SILENT_FAULTS, ids=lambda fault: fault.breaks.__name__)
def test_what_load_dataset_accepts_in_silence_is_told_apart(
    fault: Fault, package: Package, load_dataset: Callable[[Path], str | None]
) -> None:
    fault(package)
    issues = judge(package.folder)
    assert load_dataset(package.folder) is None
    assert not loud(issues)
    assert fault.reason in {issue.reason for issue in issues}


def test_every_silent_reason_is_shown_to_be_accepted() -> None:
    assert {fault.reason for fault in SILENT_FAULTS} == SILENT
    assert not {fault.reason for fault in FAULTS} & SILENT


# What is no fault at all

VARIATIONS: list[Callable[[Package], None]] = []


def sound(changes: Callable[[Package], None]) -> Callable[[Package], None]:
    VARIATIONS.append(changes)
    return changes


@sound
def nothing_is_changed(package: Package) -> None:
    pass


@sound
def narrower_integers_stand_for_wider_ones(package: Package) -> None:
    package.replace({"id": ["p", "q"], "followers": pa.array([7, None], pa.int32())})


@sound
def integers_inside_a_list_are_narrower(package: Package) -> None:
    for split in SPLITS:
        package.replace({"id": ["p", "q"], "followers": pa.array([[7], None], pa.list_(pa.int16()))}, split)
    package.features()[1] = {"name": "followers", "list": "int64"}


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
def a_column_is_all_null(package: Package) -> None:
    package.replace({"id": pa.nulls(2), "followers": [7, None]})


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
def dates_and_decimals_are_kept(package: Package) -> None:
    prices = pa.array([Decimal("1.25"), None], pa.decimal128(5, 2))
    for split in SPLITS:
        package.replace({"id": [date(2024, 5, 1), None], "followers": prices}, split)
    package.features()[0]["dtype"] = "date32"
    package.features()[1]["dtype"] = "decimal128(10, 3)"


@sound
def strings_stand_for_a_label(package: Package) -> None:
    package.features()[0]["dtype"] = {"class_label": {"names": {"0": "p", "1": "q"}}}


@sound
def text_stands_for_json(package: Package) -> None:
    package.features()[0]["dtype"] = "json"


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


@pytest.mark.parametrize("changes", VARIATIONS, ids=lambda changes: changes.__name__)
def test_a_package_that_loads_as_promised_has_no_issue(
    changes: Callable[[Package], None], package: Package, load_dataset: Callable[[Path], str | None]
) -> None:
    changes(package)
    if package.card:
        package.write_card()
    assert load_dataset(package.folder) is None
    assert loud(judge(package.folder)) == []


def test_a_sound_package_has_no_issue_at_all(package: Package) -> None:
    assert judge(package.folder) == []


# Every type of column against every type in the card, with ordinary values

COLUMNS: dict[str, pa.Array] = {
    "null": pa.nulls(2),
    "bool": pa.array([True, None]),
    "int8": pa.array([100, None], pa.int8()),
    "int32": pa.array([-70_000, None], pa.int32()),
    "int64": pa.array([2**60 + 1, None]),
    "uint16": pa.array([60_000, None], pa.uint16()),
    "uint64": pa.array([2**63 + 1, None], pa.uint64()),
    "float16": pa.array([1.5, None], pa.float16()),
    "float32": pa.array([1.5, None], pa.float32()),
    "float64": pa.array([1.5, None]),
    "string": pa.array(["word", None]),
    "large_string": pa.array(["word", None], pa.large_string()),
    "string_view": pa.array(["word", None], pa.string_view()),
    "binary": pa.array([b"\xff\xfe", None]),
    "large_binary": pa.array([b"\xff\xfe", None], pa.large_binary()),
    "fixed_size_binary[3]": pa.array([b"\xff\xfe\xfd", None], pa.binary(3)),
    "date32": pa.array([MOMENT.date(), None], pa.date32()),
    "date64": pa.array([MOMENT.date(), None], pa.date64()),
    "time32[s]": pa.array([MOMENT.time(), None], pa.time64("us")).cast(pa.time32("s"), safe=False),
    "time64[us]": pa.array([MOMENT.time(), None], pa.time64("us")),
    "timestamp[s]": pa.array([MOMENT, None], pa.timestamp("us")).cast(pa.timestamp("s"), safe=False),
    "timestamp[us]": pa.array([MOMENT, None], pa.timestamp("us")),
    "timestamp[ns]": pa.array([1_700_000_000_123_456_789, None], pa.timestamp("ns")),
    "timestamp[us, tz=UTC]": pa.array([MOMENT, None], pa.timestamp("us", "UTC")),
    "timestamp[us, tz=Europe/Paris]": pa.array([MOMENT, None], pa.timestamp("us", "Europe/Paris")),
    "duration[s]": pa.array([90, None], pa.duration("s")),
    "duration[us]": pa.array([90_000_001, None], pa.duration("us")),
    "decimal128(5, 2)": pa.array([Decimal("1.25"), None], pa.decimal128(5, 2)),
    "decimal128(21, 2)": pa.array([Decimal("1.25"), None], pa.decimal128(21, 2)),
    "decimal256(40, 4)": pa.array([Decimal("1.2345"), None], pa.decimal256(40, 4)),
    "json": pa.array(["[1]", None], pa.json_()),
}
KINDS: dict[str, dict[str, Any]] = {
    **{name: {"dtype": name} for name in COLUMNS},
    "list": {"list": "int64"},
    "large_list": {"large_list": "int64"},
    "fixed list": {"list": "int64", "length": 2},
    "longer fixed list": {"list": "int64", "length": 3},
    "struct": {"struct": [{"name": "a", "dtype": "int64"}]},
}
SOURCES: dict[str, pa.Array] = {
    **COLUMNS,
    "dictionary": pa.array(["word", None]).dictionary_encode(),
    "list": pa.array([[1, 2], None], pa.list_(pa.int32())),
    "long list": pa.array([[1, 2, 3], None], pa.list_(pa.int64())),
    "large_list": pa.array([[1], None], pa.large_list(pa.int64())),
    "fixed list": pa.array([[1, 2], None], pa.list_(pa.int64(), 2)),
    "struct": pa.array([{"a": 1}, None]),
    "map": pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int64())),
}
PAIRS = {f"{source} as {kind}": (source, kind) for source in SOURCES for kind in KINDS}
LUCKY = {  # refused, although these very values would pass
    "list as fixed list",
    "long list as longer fixed list",
    "json as fixed_size_binary[3]",
    "decimal128(21, 2) as decimal128(5, 2)",
    "int32 as float16",
    "uint16 as float16",
    *(
        f"{real} as {decimal}"
        for real in ("float32", "float64")
        for decimal in COLUMNS
        if decimal.startswith("decimal")
    ),
}


def pairs_that_datasets_refuses(folder: str) -> set[str]:
    from datasets import Features
    from datasets.table import table_cast

    rows = pq.read_table(Path(folder) / "people" / "train-00000-of-00001.parquet")
    schemas = {kind: Features._from_yaml_list([{"name": "c", **KINDS[kind]}]).arrow_schema for kind in KINDS}
    columns = {pair: pa.table({"c": rows[pair]}) for pair in PAIRS}
    return {
        pair
        for pair, (_, kind) in PAIRS.items()
        if fails(lambda pair=pair, kind=kind: table_cast(columns[pair], schemas[kind]))
    }


def fails(action: Callable[[], object]) -> bool:
    try:
        action()
    except Exception:
        return True
    return False


def test_every_pair_of_types_is_judged_as_datasets_casts_it(package: Package, loading: ProcessPoolExecutor) -> None:
    package.replace({pair: SOURCES[source] for pair, (source, _) in PAIRS.items()})
    package.info()["features"] = [{"name": pair, **deepcopy(KINDS[kind])} for pair, (_, kind) in PAIRS.items()]
    package.write_card()
    here = [issue for issue in loud(judge(package.folder)) if issue.path == "people/train-00000-of-00001.parquet"]
    refused = loading.submit(pairs_that_datasets_refuses, str(package.folder)).result()
    assert {issue.reason for issue in here} == {"column-type"}
    assert {str(issue.field).removesuffix("[]") for issue in here} == refused | LUCKY
    assert not refused & LUCKY


def test_an_issue_names_the_file_the_config_and_the_column(package: Package) -> None:
    package.replace({"id": ["p", "q"], "followers": ["many", "few"]})
    path = "people/train-00000-of-00001.parquet"
    message = f"{path}: column followers: string in the file, int64 in the card"
    assert judge(package.folder) == [Issue("column-type", message, path=path, table="people", field="followers")]


def test_a_message_is_one_line_and_names_no_folder_outside_the_package(package: Package) -> None:
    a_shard_is_truncated(package)
    a_feature_has_an_unknown_dtype(package)
    (issue,) = judge(package.folder)
    assert "\n" not in issue.message
    assert str(package.folder) not in issue.message


def test_the_import_loads_neither_pyarrow_nor_yaml_and_the_verdict_not_datasets(package: Package) -> None:
    code = f"""
import sys
from pathlib import Path
from dataset_tools.validators.loadable import judge
assert not {{"pyarrow", "yaml"}} & set(sys.modules)
assert judge(Path({str(package.folder)!r})) == []
assert "datasets" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": os.pathsep.join(sys.path)})
