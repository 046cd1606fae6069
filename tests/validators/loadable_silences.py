"""Faults of a package that `load_dataset` accepts in silence."""

import pyarrow as pa
from loadable_faults import Fault, gives
from loadable_packages import MOMENT, SPLITS, Package, people

SILENT_FAULTS: list[Fault] = []
NAIVE = pa.array([MOMENT, None], pa.timestamp("us"))


@gives("missing-column", SILENT_FAULTS)
def a_shard_lacks_a_column(package: Package) -> None:
    package.replace({"id": ["p", "q"]}, "test")


@gives("missing-column", SILENT_FAULTS)
def a_struct_lacks_a_field(package: Package) -> None:
    package.features("articles")[5]["struct"].append({"name": "born", "list": "int64"})


@gives("extra-shard", SILENT_FAULTS)
def a_stale_shard_is_not_listed(package: Package) -> None:
    stale = package.folder / "people" / "train-00000-of-00002.parquet"
    stale.write_bytes(package.shard().read_bytes())


@gives("missing-shard", SILENT_FAULTS)
def one_of_two_shards_is_listed(package: Package) -> None:
    package.shard().rename(package.folder / "people" / "train-00000-of-00002.parquet")
    package.paths()[:] = ["people/train-00000-of-00002.parquet"]


@gives("file-twice", SILENT_FAULTS)
def a_shard_is_listed_twice(package: Package) -> None:
    package.paths().append(package.paths()[0])
    package.promised()["num_examples"] = 4


@gives("file-twice", SILENT_FAULTS)
def train_is_listed_as_test_as_well(package: Package) -> None:
    package.paths(split="test")[:] = package.paths(split="train")


@gives("misplaced-shard", SILENT_FAULTS)
def the_shards_of_two_splits_are_exchanged(package: Package) -> None:
    train, test = package.paths(split="train"), package.paths(split="test")
    train[:], test[:] = list(test), list(train)


@gives("outside-folder", SILENT_FAULTS)
def a_shard_lies_outside_the_folder(package: Package) -> None:
    package.shard().rename(package.folder.parent / "train-00000-of-00001.parquet")
    package.paths()[:] = ["../train-00000-of-00001.parquet"]


@gives("config-twice", SILENT_FAULTS)
def the_last_of_two_configs_is_sound(package: Package) -> None:
    package.card["configs"].insert(1, {"config_name": "people", "data_files": "people/nothing.parquet"})


@gives("config-twice", SILENT_FAULTS)
def the_last_of_two_infos_is_sound(package: Package) -> None:
    package.card["dataset_info"].insert(0, {"config_name": "people", "splits": []})


@gives("missing-promise", SILENT_FAULTS)
def a_config_is_listed_and_not_promised(package: Package) -> None:
    package.card["dataset_info"] = package.card["dataset_info"][:1]


@gives("missing-promise", SILENT_FAULTS)
def the_features_are_absent(package: Package) -> None:
    del package.info()["features"]


@gives("missing-promise", SILENT_FAULTS)
def the_splits_are_absent(package: Package) -> None:
    del package.info()["splits"]


@gives("card-overridden", SILENT_FAULTS)
def the_override_drops_the_promises(package: Package) -> None:
    (package.folder / ".huggingface.yaml").write_text("dataset_info: []\n")


SILENT_FAULTS += [
    Fault("column-cast", name, people(**change))
    for name, change in (
        ("integers_stand_for_strings", {"id": [1, 2]}),
        ("integers_fit_the_narrower_type", {"followers_as": "int8"}),
        ("integers_fit_the_float", {"followers_as": "float32"}),
        ("floats_are_narrowed", {"splits": SPLITS, "followers": [1e300, None], "followers_as": "float32"}),
        (
            "a_moment_without_zone_stands_for_one_in_utc",
            {"splits": SPLITS, "id": NAIVE, "id_as": "timestamp[us, tz=UTC]"},
        ),
        (
            "a_moment_stands_for_a_date",
            {"splits": SPLITS, "id": NAIVE.cast(pa.timestamp("us", "UTC")), "id_as": "date32"},
        ),
    )
]
